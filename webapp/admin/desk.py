"""The open task of a play as its page shows it: what it asks, as inbox and portal ask it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from werkzeug.datastructures import MultiDict

from engine.bpmn.language import APPLICANT
from engine.completion import CORRECT
from engine.definitions import Bundle
from engine.playing import Move, Record, Todo
from engine.playing.record import OPEN_ACTS
from forms import Form, parse_post, plausible, present
from forms.text import Text
from webapp.given import NAMES, Given, links, points
from webapp.language import lang, t
from webapp.portal.applying import Slot, slots
from webapp.questions import Question, error_links, questions, without_removed_row

#: What sample answers say where a step asks for an opinion.
OPINION = Text(
    "经审查，情况属实，有关材料符合规定。", "Looked at; the facts and the materials are in order."
)


@dataclass(frozen=True)
class Desk:
    """One open task of a play, with what was typed so far and what is wrong with it."""

    of: Bundle
    record: Record
    todo: Todo
    now: datetime
    given: Given = field(default_factory=Given)
    #: Codes of the materials that are ticked as handed in; None: those that are on record.
    ticked: frozenset[str] | None = None
    errors: Mapping[str, Text] = field(default_factory=dict)
    added: str = ""

    # --- what it asks --------------------------------------------------------------------------
    @property
    def form(self) -> Form | None:
        """The step's own form."""
        return self.of.forms.get(self.todo.step.form or "")

    @property
    def of_applicant(self) -> bool:
        """Whether the applicant does it."""
        return self.todo.step.role == APPLICANT

    @property
    def entries(self) -> tuple[Mapping[str, str], ...]:
        """The points of the notice that it answers."""
        return self.record.entries if self.todo.step.act == CORRECT else ()

    @property
    def questions(self) -> list[Question]:
        """The questions of the application that the notice names, and those of its own form."""
        targets, found = self._named(), []
        if targets:
            known = {**self.record.answers, **self.given.answers}
            asked = questions(self.of.application_form, None, known, self.errors, added=self.added)
            found = [one for one in asked if one.field.key in targets]
        if self.form is not None:
            own = self.given.answers
            found += questions(self.form, None, own, self.errors, added=self.added)
        return found

    def _named(self) -> frozenset[str]:
        return frozenset(one["target"] for one in self.entries if one["kind"] == "field")

    @property
    def slots(self) -> list[Slot]:
        """The materials that may be added now, those the notice names first."""
        if self.todo.step.act not in OPEN_ACTS or not self.of_applicant:
            return []
        known = {**self.record.answers, **self.given.answers}
        here = self.record.materials if self.ticked is None else self.ticked
        return material_slots(self.of, known, here, self.record.script.kind, self.entries)

    @property
    def points(self) -> list[tuple[str, list[tuple[str, Text]]]]:
        """What a correction notice may ask for."""
        has_form = self.of.process.start_form in self.of.forms
        return points(self.of, self.record.answers) if has_form else []

    @property
    def names(self) -> Mapping[str, str]:
        """The names of the inputs of a notice."""
        return NAMES

    @property
    def hints(self) -> list[Text]:
        """What the law asks of the step."""
        return self.record.hints(self.todo, self.now)

    @property
    def signed(self) -> dict[str, Any] | None:
        """What has been signed and waits for the next person; None when there is nothing."""
        found = self.record.signatures(self.todo)
        if found is None:
            return None
        chosen = self.todo.step.outcome(found.doing.outcome)
        return {
            "count": found.count,
            "missing": self.todo.step.persons - found.count,
            "at": found.at,
            "outcome": chosen.label if chosen else Text("", ""),
            "opinion": found.doing.opinion,
            "sections": present(self.form, found.doing.answers, lang()) if self.form else [],
        }

    @property
    def links(self) -> list[tuple[str, Text]]:
        """Where each message leads."""
        codes = {slot.wanted.code for slot in self.slots}
        rest = {key: text for key, text in self.errors.items() if key not in codes}
        named = {k: v for k, v in rest.items() if k.partition(".")[0] in self._named()}
        others = {k: v for k, v in rest.items() if k not in named}
        found = error_links(self.of.application_form, named) if named else []
        return [
            *found,
            *((f"material-{k}", v) for k, v in self.errors.items() if k in codes),
            *links(self.form, self.of, self.given, others),
        ]

    # --- what is typed -------------------------------------------------------------------------
    def typed(self, post: "MultiDict[str, str]") -> Given:
        """Read the form as it was posted."""
        given = Given.from_post(self.of, self.todo.step, post)
        targets = self._named()
        if not targets:
            return given
        everything = parse_post(self.of.application_form, without_removed_row(post))
        named = {key: value for key, value in everything.items() if key in targets}
        return Given(given.outcome, {**named, **given.answers}, given.opinion)

    def filled(self) -> Given:
        """Return plausible contents, as the law takes them."""
        step, today = self.todo.step, self.now.date()
        answers: dict[str, Any] = {}
        targets = self._named()
        if targets:
            answers |= plausible.answers(self.of.application_form, targets, today=today)
        if self.form is not None:
            answers |= plausible.answers(self.form, today=today)
        answers = self.record.sample(self.todo, self.now, answers)
        asks = step.opinion != "none" and not self.of_applicant
        return Given(answers=answers, opinion=t(OPINION) if asks else "")

    def move(self) -> Move:
        """Make the move that was typed. Raises InvalidError, with what is wrong by field."""
        doing = self.given.doing(self.of, self.todo.step)
        return self.record.take(self.todo, doing, self.now, self.ticked if self.slots else None)

    def signing(self) -> Move | None:
        """Make the move of who signs the same as the first; None when nothing was signed."""
        found = self.record.signatures(self.todo)
        return self.record.take(self.todo, found.doing, self.now) if found is not None else None

    def before(self) -> Given:
        """Return what the form holds at first: what was signed, else nothing."""
        found = self.record.signatures(self.todo)
        if found is None:
            return Given()
        doing = found.doing
        return Given(doing.outcome, doing.answers, doing.opinion)


def material_slots(
    of: Bundle,
    answers: Mapping[str, Any],
    here: frozenset[str],
    kind: str,
    entries: tuple[Mapping[str, str], ...] = (),
) -> list[Slot]:
    """Return the materials an application offers to hand in, those that are there marked."""
    files = [one for one in of.item.materials if one.code in here]
    codes = [entry["target"] for entry in entries if entry["kind"] == "material"]
    found = slots(of, answers, files, kind)
    return sorted(found, key=lambda slot: slot.wanted.code not in codes)
