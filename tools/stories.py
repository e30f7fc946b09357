"""Stories: cases played through the engine's own acts, for the demo city and for tests."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from engine import cases, clock, db, definitions, people, tasks
from engine.clock import civil_date
from engine.tasks import Doing
from forms import Field, Form
from tools import samples

#: What a careful official would write where a form asks for words.
WORDS = "经核对，与申请材料一致，符合要求。"


def plausible(form: Form, now: datetime) -> dict[str, Any]:
    """Fill a task's form as on a good day: the first choice, a tick, today, a sentence."""
    return {field.key: _answer(field, now) for field in form.fields if field.takes_answer}


def _answer(field: Field, now: datetime) -> object:
    rows = getattr(field, "inputs", None)
    if rows is not None:
        return [{inner.key: _answer(inner, now) for inner in rows}]
    if field.kind == "datetime":
        return _moment(field, now)
    if field.choices:
        values = [choice.value for choice in field.choices]
        return values if field.kind in ("checklist", "taglist") else values[0]
    return {"checkbox": True, "number": 1}.get(field.kind, WORDS)


def _moment(field: Field, now: datetime) -> str:
    ahead = any(check.name == "date-future" for check in getattr(field, "checks", ()))
    day = civil_date(now + timedelta(days=10 if ahead else 0))
    return f"{day.isoformat()}T10:00" if field.template == "datetime" else day.isoformat()


class Story:
    """One case told act by act; every act is a transaction of its own, as at the doors."""

    def __init__(self, item: str, applicant: str = "zhang.san", *, at: datetime | None = None):
        self.item = item
        self.applicant = applicant
        self.now = at or clock.now()
        self.case_id = 0

    @property
    def case(self) -> cases.Case:
        """The case as it is stored now."""
        return cases.get(self.case_id)

    def later(self, **span: float) -> "Story":
        """Let time pass."""
        self.now += timedelta(**span)
        return self

    def apply(self, answers: Mapping[str, Any] | None = None, *, number: int = 1) -> "Story":
        """Write the application, upload what is asked for, and submit."""
        return self.finish(self.write(answers, number=number))

    def write(self, answers: Mapping[str, Any] | None = None, *, number: int = 1) -> str:
        """Write an application with all it needs and leave it to be handed in."""
        answers = answers if answers is not None else samples.APPLICATIONS[self.item](number)
        actor = people.actor_for_login(self.applicant)
        with db.transaction():
            draft_id = cases.start_draft(self.item, actor=actor, now=self.now).id
        with db.transaction():
            cases.save_draft(draft_id, None, answers, actor=actor, now=self.now)
        self._upload(draft_id)
        return str(draft_id)

    def _upload(self, draft_id: str, kind: str = "first") -> None:
        """Give every material that is asked for."""
        actor = people.actor_for_login(self.applicant)
        with db.transaction():
            draft = cases.get_draft(draft_id, actor)
            of = definitions.bundle(draft.version_id)
            asked = cases.required_materials(of, draft.answers, kind)
            files = [(m.code, (f"{m.name.zh}.pdf", samples.pdf_file(m.code))) for m in asked]
            cases.materials.add_all_to_draft(draft, files, actor=actor, now=self.now)

    def apply_on(self, licence_id: int, kind: str, **changed: Any) -> "Story":
        """Apply on a licence, from what it was granted on, with some answers changed."""
        return self.finish(self.write_on(licence_id, kind, **changed))

    def write_on(self, licence_id: int, kind: str, **changed: Any) -> str:
        """Write an application on a licence and leave it to be handed in; return the draft."""
        actor = people.actor_for_login(self.applicant)
        with db.transaction():
            draft = cases.licensing.apply_on(licence_id, kind, actor=actor, now=self.now)
            draft_id = draft.id
        answers = {**draft.answers, "declared": True, **changed}
        with db.transaction():
            cases.save_draft(draft_id, None, answers, actor=actor, now=self.now)
        self._upload(draft_id, kind)
        return draft_id

    def finish(self, draft_id: str) -> "Story":
        """Hand in a draft that is complete."""
        actor = people.actor_for_login(self.applicant)
        with db.transaction():
            self.case_id = cases.submit(draft_id, actor=actor, now=self.now).id
        return self

    def waiting(self) -> list[tuple[str, str]]:
        """Return (element, department or role) of the open tasks."""
        return [(t.element, t.department_code or t.role) for t in tasks.open_of_case(self.case)]

    def task(self, element: str, login: str) -> tasks.Task:
        """Find the open task of an element that this person's post may do, or any of it."""
        actor = people.actor_for_login(login)
        found = [t for t in tasks.open_of_case(self.case) if t.element == element]
        mine = [t for t in found if t.department_code in actor.departments]
        if not found:
            raise LookupError(f"no open task {element}; waiting: {self.waiting()}")
        return (mine or found)[0]

    def filled(self, element: str) -> dict[str, Any]:
        """Return a step's form filled plausibly; empty where the step has none."""
        of = definitions.bundle_of(self.case)
        form = of.step(element).form
        return plausible(of.forms[form], self.now) if form is not None else {}

    def do(self, login: str, element: str, outcome: str, **more: Any) -> "Story":
        """Complete a task, its form filled plausibly; ``more`` is what ``Doing`` takes."""
        task = self.task(element, login)
        step = definitions.bundle_of(self.case).step(element)
        answers = dict(more.pop("answers", {}))
        if step.role != "applicant":
            answers = {**self.filled(element), **answers}
        chosen = step.outcome(outcome)
        if step.opinion == "required" or (chosen is not None and chosen.reasons_required):
            more.setdefault("opinion", WORDS)
        doing = Doing(outcome, answers=answers, **more)
        with db.transaction():
            actor = people.actor_for_login(login)
            tasks.complete(task.id, doing, actor=actor, now=self.now)
        return self
