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
        answers = answers if answers is not None else samples.APPLICATIONS[self.item](number)
        actor = people.actor_for_login(self.applicant)
        with db.transaction():
            draft_id = cases.start_draft(self.item, actor=actor, now=self.now).id
        with db.transaction():
            draft = cases.save_draft(draft_id, None, answers, actor=actor, now=self.now)
        of = definitions.bundle(draft.version_id)
        for material in cases.required_materials(of, draft.answers):
            upload = (f"{material.name.zh}.pdf", samples.pdf_file(material.code))
            with db.transaction():
                draft = cases.get_draft(draft_id, actor)
                cases.materials.add_to_draft(
                    draft, material.code, upload, actor=actor, now=self.now
                )
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
