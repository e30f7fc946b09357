"""What is on record of a case that is played, and what completing one of its steps asks.

The questions are those of the real work (`engine.completion`); only where the facts come from
differs: from the moves made so far. Who does a step is a post here, nobody in particular, so
the separation of posts is told, not enforced.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final

from engine import completion
from engine.bpmn import duties
from engine.bpmn.duty import ASKED_WITHIN, Facts
from engine.bpmn.model import Step
from engine.clock import civil_date
from engine.completion import CORRECT, Application, Doing
from engine.definitions.bundle import Reading
from engine.errors import InvalidError
from engine.playing.moves import Move, Script
from engine.playing.todos import Done, Lacking, Signed, Todo
from engine.workdays import Calendar, due_at, parse_limit
from forms.text import Text

#: Acts of the applicant during which files may be added to a case.
OPEN_ACTS: Final = ("correct", "rectify")
#: What a move says of a completion beyond where the diagram goes.
_SAID: Final = ("opinion", "corrections", "new_facts", "agency", "reasons")


@dataclass(frozen=True)
class Record:
    """What is on record after the moves so far; a new one for every move."""

    reading: Reading
    calendar: Calendar
    script: Script
    #: The answers of the application as they stand, and the materials that are there.
    answers: Mapping[str, Any]
    materials: frozenset[str]
    accepted: datetime | None = None
    #: The points of the notice that is open, and whether one was sent before.
    entries: tuple[Mapping[str, str], ...] = ()
    asked_before: bool = False
    #: Steps that are done, in their order.
    done: tuple[Done, ...] = ()
    #: Signatures by open task.
    signed: Mapping[tuple[str, str, datetime], Signed] | None = None

    @classmethod
    def begin(cls, reading: Reading, calendar: Calendar, script: Script) -> "Record":
        """Return what is on record when an application comes in."""
        return cls(reading, calendar, script, script.answers, frozenset(script.materials))

    @property
    def application(self) -> Application:
        """What was applied for, as it stands."""
        reading = self.reading
        form = reading.forms.get(reading.process.start_form or "")
        if reading.item is None or form is None:
            raise InvalidError(Text("没有申请表。", "There is no application form."))
        return Application(
            reading.item,
            form,
            self.answers,
            civil_date(self.script.began),
            self.script.kind,
            self.materials,
            self.entries,
        )

    # --- what a step asks ----------------------------------------------------------------------
    def check(
        self, todo: Todo, doing: Doing, now: datetime
    ) -> tuple[dict[str, Any], dict[str, Text]]:
        """Check a completion as the inbox would: the clean answers, and what is wrong by field."""
        step = todo.step
        form = self.reading.forms.get(step.form or "")
        checked = completion.check(step, form, doing, civil_date(now))
        problems = dict(checked.errors) | completion.lacking(
            step,
            doing,
            asked_before=lambda: self.asked_before,
            application=lambda: self.application,
        )
        answers = dict(checked.answers)
        if step.act == CORRECT:
            clean = self.application.corrected(doing).answers
            answers |= {key: clean.get(key) for key in self.application.changed(doing)}
        against = completion.unlawful(form, self.facts(todo, now, doing, checked.answers))
        return answers, {**against, **problems}

    def take(
        self, todo: Todo, doing: Doing, now: datetime, materials: frozenset[str] | None = None
    ) -> Move:
        """Make the move somebody means: a completion, or the first of two signatures.

        ``materials``: those that are there afterwards, of an applicant who may add some.
        Raises InvalidError, with what is wrong by field.
        """
        after = self if materials is None else replace(self, materials=materials)
        answers, problems = after.check(todo, doing, now)
        if problems:
            raise completion.incomplete(problems)
        move: dict[str, Any] = {"outcome": doing.outcome}
        if todo.item:
            move["for"] = todo.item
        if answers:
            move["answers"] = answers
        said = {key: getattr(doing, key) for key in _SAID}
        move |= {
            key: value if isinstance(value, str) else list(value)
            for key, value in said.items()
            if value
        }
        if materials is not None:
            move["materials"] = sorted(materials)
        missing = todo.step.persons - 1 - self._same(todo, move)
        return {"complete" if missing <= 0 else "sign": todo.element, **move}

    def _same(self, todo: Todo, move: Move) -> int:
        """Count those who have signed just this."""
        found = self.signatures(todo)
        return (
            found.count if found is not None and found.content == content_of(todo.step, move) else 0
        )

    def signatures(self, todo: Todo) -> Signed | None:
        """Return what was signed of a task so far."""
        return (self.signed or {}).get(_key(todo))

    def facts(
        self,
        todo: Todo,
        now: datetime,
        doing: Doing | None = None,
        answers: Mapping[str, Any] | None = None,
    ) -> Facts:
        """Return what the law looks at, of a task that is open."""
        properties = self.reading.process.properties
        heard = completion.hearing(self._deeds()) if self._has_hearing() else {}
        return Facts(
            step=todo.step,
            today=civil_date(now),
            opened_on=civil_date(todo.opened_at),
            calendar=self.calendar,
            outcome=doing.outcome if doing else "",
            opinion=doing.opinion if doing else "",
            answers=answers or {},
            accepted_on=civil_date(self.accepted) if self.accepted else None,
            asked_within=properties.get("hearingRequest") or ASKED_WITHIN,
            public_hearing=properties.get("publicHearing", ""),
            **heard,
        )

    def _has_hearing(self) -> bool:
        return any(step.act == duties.Hearing.act for step in self._steps())

    def _steps(self) -> Iterator[Step]:
        return (step for one in self.reading.running for step in one.steps.values())

    def _deeds(self) -> Iterator[completion.Deed]:
        for one in self.done:
            yield completion.Deed(one.step.act, one.outcome, one.answers, civil_date(one.at))

    def hints(self, todo: Todo, now: datetime) -> list[Text]:
        """Return what whoever does an open task should know of the law, and of separated posts."""
        found = completion.hints(self.facts(todo, now), self._assigned_by(todo.step))
        process = self.reading.process
        apart = completion.barred_by(
            todo.step, tuple(self._steps()), combined=process.combined_review
        )
        names = [one.name for one in self._steps() if one.element in apart]
        if names:
            zh, en = "、".join(n.zh for n in names), ", ".join(n.en for n in names)
            found.append(
                Text(
                    f"岗位分离：办理过“{zh}”的人不能办理本环节。",
                    f"Posts are kept separate: who did {en} cannot do this step.",
                )
            )
        return found

    def _assigned_by(self, step: Step) -> date | None:
        inspection = self.reading.process.properties.get("inspection") == "true"
        if not inspection or step.act != duties.SiteVisit.act or self.accepted is None:
            return None
        return due_at(self.calendar, self.accepted, parse_limit(f"{duties.ASSIGNED_WITHIN}wd")).on

    def sample(self, todo: Todo, now: datetime, answers: Mapping[str, Any]) -> dict[str, Any]:
        """Return plausible answers as the law takes them: days that lie right, experts apart."""
        duty = duties.of_step(todo.step)
        found = duty.sample(self.facts(todo, now, None, answers)) if duty is not None else {}
        return {**answers, **{key: value for key, value in found.items() if key in answers}}

    # --- what a move leaves --------------------------------------------------------------------
    def signing(self, todo: Todo, move: Move, at: datetime) -> "Record":
        """Put a signature on record; one under other content starts the signing anew."""
        before, content = self.signatures(todo), content_of(todo.step, move)
        same = before is not None and before.content == content
        count = before.count + 1 if same and before is not None else 1
        signed = Signed(count, doing_of(todo.step, move), content, at)
        return replace(self, signed={**(self.signed or {}), _key(todo): signed})

    def completing(self, todo: Todo, move: Move, at: datetime) -> "Record":
        """Put a completed step on record, with its legal effect."""
        doing = doing_of(todo.step, move)
        done = Done(todo.step, todo.department, doing.outcome, doing.opinion, doing.answers, at)
        found = replace(self, done=(*self.done, done))
        turn = (todo.step.act, doing.outcome)
        if turn == ("accept", "accept"):
            found = replace(found, accepted=at)
        elif turn == ("accept", CORRECT):
            entries = tuple(dict(entry) for entry in doing.corrections)
            found = replace(found, entries=entries, asked_before=True)
        elif todo.step.act == CORRECT:
            own = self.application.corrected(doing).answers
            found = replace(found, answers=own, entries=())
        if "materials" in move and todo.step.act in OPEN_ACTS:
            found = replace(found, materials=frozenset(move["materials"]))
        return found

    def lacking(self, todo: Todo, move: Move, now: datetime, number: int) -> Iterator[Lacking]:
        """Tell what the inbox would have refused in a move that was made."""
        doing = doing_of(todo.step, move)
        after = self
        if "materials" in move:
            after = replace(self, materials=frozenset(move["materials"]))
        _, problems = after.check(todo, doing, now)
        for field, text in problems.items():
            yield Lacking(number, field, text)
        missing = todo.step.persons - 1 - self._same(todo, move)
        if "complete" in move and missing > 0:
            said = Text(f"还需{missing}人签名", f"{missing} more must sign")
            yield Lacking(number, "signatures", said)


def doing_of(step: Step, move: Move) -> Doing:
    """Read what a move says of a completion; without an outcome it means the first one."""
    first = step.outcomes[0].code if step.outcomes else ""
    return Doing(
        str(move.get("outcome", first) or ""),
        dict(move.get("answers") or {}),
        **{key: move[key] for key in _SAID if key in move},
    )


def content_of(step: Step, move: Move) -> str:
    """Return a hash of what is signed: outcome, opinion and answers, whatever they are."""
    doing = doing_of(step, move)
    content = json.dumps([doing.outcome, doing.opinion.strip(), doing.answers], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()


def unsent(application: Application) -> Sequence[tuple[str, Text]]:
    """Return the materials an application still lacks, by code."""
    missing = completion.missing_materials(
        application.item, application.answers, application.materials, application.kind
    )
    return list(missing.items())


def _key(todo: Todo) -> tuple[str, str, datetime]:
    return todo.element, todo.item, todo.opened_at
