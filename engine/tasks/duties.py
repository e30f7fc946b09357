"""What the law asks of a step, with the facts of its case: faults of a completion, and hints."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from sqlalchemy import select

from engine import clocks, completion, db, events
from engine.bpmn import duties
from engine.bpmn.duties import ASSIGNED_WITHIN, HELD
from engine.bpmn.duty import ASKED_WITHIN, Facts
from engine.bpmn.model import Step
from engine.clock import civil_date
from engine.completion import Deed, Doing
from engine.definitions import Bundle, bundle_of
from engine.models import Case, Person, Task
from engine.permissions import Actor
from forms.text import Text


def faults(
    of: Bundle, step: Step, task: Task, doing: Doing, answers: Mapping[str, Any], now: datetime
) -> dict[str, Text]:
    """Return what the law has against completing a task this way, by field."""
    if duties.of_step(step) is None:
        return {}
    form = of.forms[step.form] if step.form else None
    return completion.unlawful(form, _facts(of, step, task, now, doing, answers))


def hints(task: Task, now: datetime) -> list[Text]:
    """Return what whoever does an open task should know of the law beforehand."""
    if task.state != "open":
        return []
    of = bundle_of(task.case)
    step = of.step(task.element)
    return completion.hints(_facts(of, step, task, now), _assigned_by(of, task))


def _facts(
    of: Bundle,
    step: Step,
    task: Task,
    now: datetime,
    doing: Doing | None = None,
    answers: Mapping[str, Any] | None = None,
) -> Facts:
    duty = duties.of_step(step)
    heard = {}
    if duty is not None and duty.reads_hearing and _has_hearing(of):
        heard = _hearing(task.case)
    return Facts(
        step=step,
        today=civil_date(now),
        opened_on=civil_date(task.created_at),
        calendar=clocks.calendar(),
        outcome=doing.outcome if doing else "",
        opinion=doing.opinion if doing else "",
        answers=answers or {},
        accepted_on=civil_date(task.case.accepted_at) if task.case.accepted_at else None,
        asked_within=of.process.properties.get("hearingRequest") or ASKED_WITHIN,
        public_hearing=of.process.properties.get("publicHearing", ""),
        **heard,
    )


def _has_hearing(of: Bundle) -> bool:
    return any(step.act == duties.Hearing.act for step in of.steps.values())


def _hearing(case: Case) -> dict[str, Any]:
    """Read what was done about a hearing in a case, and who has reviewed it so far."""
    query = (
        select(Task.act, Task.outcome, Task.answers, Task.completed_at, Person.name)
        .outerjoin(Person, Person.id == Task.completed_by)
        .where(Task.case_id == case.id, Task.state == "completed")
        .order_by(Task.completed_at)
    )
    return completion.hearing(
        Deed(act, outcome or "", answers, civil_date(at), name or "")
        for act, outcome, answers, at, name in db.session().execute(query)
    )


def held(case: Case, of: Bundle) -> bool:
    """Say whether a hearing was held in a case: then its decision rests on the minutes."""
    return _has_hearing(of) and _hearing(case).get("hearing") == HELD


def _assigned_by(of: Bundle, task: Task) -> date | None:
    """Return by when the inspectors of an inspection item are assigned (许可法 55)."""
    inspection = of.process.properties.get("inspection") == "true"
    if not inspection or task.act != duties.SiteVisit.act or task.case.accepted_at is None:
        return None
    return clocks.last_day(clocks.due(task.case.accepted_at, f"{ASSIGNED_WITHIN}wd").at)


def note_assignment(task: Task, *, actor: Actor, now: datetime) -> None:
    """Record that inspectors were assigned too late: nobody is stopped, supervisors can see it."""
    last = _assigned_by(bundle_of(task.case), task)
    if last is not None and civil_date(now) > last:
        events.of_case(
            task.case,
            "inspectors-assigned-late",
            actor,
            now,
            department=task.department_code,
            element=task.element,
            by=last.isoformat(),
        )
