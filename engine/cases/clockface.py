"""The clock of a case as people read it: every limit that runs, until when, and why."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from engine import clocks, db, duetimes, people
from engine.bpmn.grounds import cause_of
from engine.clock import civil_date
from engine.models import Case, ClockStop, CoHandling, Task
from engine.permissions import APPLICANT_ROLE, Actor
from forms.text import Text, dated

NAMES: Final = {
    duetimes.RECEIPT: Text("告知补正或受理", "Corrections named, or accepted"),
    duetimes.PROMISED: Text("承诺期限", "Promised limit"),
    duetimes.STATUTORY: Text("法定期限", "Statutory limit"),
    duetimes.DELIVERY: Text("送达期限", "To be handed over"),
}
_RESUMED: Final = Text("恢复后计算", "counted when the clock goes on")


@dataclass(frozen=True)
class Hand:
    """One limit: of the case, of a step or of a co-handler."""

    #: receipt, promised, statutory, delivery, step or cohandling
    code: str
    name: Text
    whose: Text
    #: None while it stands still and nobody knows its end
    due_at: datetime | None
    words: Text
    provisional: bool


def hands(case: Case, actor: Actor) -> list[Hand]:
    """Return the limits that run for a case, as far as the actor may know of them."""
    if case.closed_at is not None:
        return []
    running = _running(case)
    found = [_of_case(case, name, due, running) for name, due in _dues(case)]
    query = select(Task).where(Task.case_id == case.id, Task.state == "open")
    for task in db.session().scalars(query.order_by(Task.created_at, Task.id)):
        found += _of_task(task, running)
    if actor.kind == "staff":
        asked = select(CoHandling).where(CoHandling.case_id == case.id, CoHandling.state == "open")
        found += [_of_branch(row, running) for row in db.session().scalars(asked)]
    return found


def _dues(case: Case) -> Sequence[tuple[str, datetime | None]]:
    if case.decided_at is not None:
        handed = case.delivery_due_at is not None and case.delivered_at is None
        return [(duetimes.DELIVERY, case.delivery_due_at)] if handed else []
    if case.accepted_at is None:
        told = case.receipt_due_at is not None or duetimes.RECEIPT in case.due_facts
        return [(duetimes.RECEIPT, case.receipt_due_at)] if told else []
    limits = (
        (duetimes.PROMISED, case.promised_due_at),
        (duetimes.STATUTORY, case.statutory_due_at),
    )
    known = [(name, due) for name, due in limits if due is not None]
    return known or [(duetimes.STATUTORY, None)]


def _running(case: Case) -> list[ClockStop]:
    query = select(ClockStop).where(ClockStop.case_id == case.id, ClockStop.state == "running")
    return list(db.session().scalars(query.order_by(ClockStop.started_at)))


def _still(running: Sequence[ClockStop]) -> Text:
    """Say why a limit stands still, and since when."""
    parts = []
    for stop in running:
        cause, day = cause_of(stop.ground), civil_date(stop.started_at or stop.asked_at)
        name = cause.text if cause else Text(stop.ground, stop.ground)
        parts.append(
            Text(
                f"{day.month}月{day.day}日起停止计时（{name.zh}）",
                f"stands still since {dated(day).en} ({name.en})",
            )
        )
    zh, en = "；".join(p.zh for p in parts), "; ".join(p.en for p in parts)
    return Text(f"{zh}，{_RESUMED.zh}", f"{en[:1].upper()}{en[1:]}; {_RESUMED.en}")


def _of_case(case: Case, name: str, due_at: datetime | None, running: Sequence[ClockStop]) -> Hand:
    facts = case.due_facts.get(name) or {}
    words = clocks.explanation(facts) if due_at is not None else _still(running)
    whose = people.department_name(case.lead_code)
    return Hand(name, NAMES[name], whose, due_at, words, clocks.is_provisional(facts))


def _of_task(task: Task, running: Sequence[ClockStop]) -> list[Hand]:
    if not task.due_facts or task.cohandling_id is not None:
        return []
    whose = Text("申请人", "the applicant")
    if task.role != APPLICANT_ROLE:
        whose = people.department_name(task.department_code)
    name = Text(task.name_zh, task.name_en)
    return [_owed("step", name, whose, task, running)]


def _of_branch(row: CoHandling, running: Sequence[ClockStop]) -> Hand:
    name = Text("协办", "Co-handling")
    return _owed("cohandling", name, people.department_name(row.department_code), row, running)


def _owed(
    code: str, name: Text, whose: Text, row: Task | CoHandling, running: Sequence[ClockStop]
) -> Hand:
    words = clocks.explanation(row.due_facts) if row.due_at is not None else _still(running)
    return Hand(code, name, whose, row.due_at, words, clocks.is_provisional(row.due_facts))
