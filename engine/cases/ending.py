"""Ending a case before its diagram has: nothing of it is left to be done, all stays on record."""

from datetime import datetime

from sqlalchemy import delete, select

from engine import db, duetimes, events
from engine.models import Case, ClockStop, CoHandling, Correction, Subscription, Task, Timer
from engine.permissions import SYSTEM, Actor


def close(case: Case, result: str, *, actor: Actor, now: datetime) -> list[Task]:
    """Close a held case with a result; return the tasks that were open.

    Tasks and co-handling are cancelled, timers and places that wait for messages go, clocks end.
    The diagram's own state stays as it is: without tasks and timers nothing leads on from there.
    """
    open_tasks = _cancel_tasks(case, now)
    _cancel_branches(case, now)
    session = db.session()
    session.execute(delete(Timer).where(Timer.case_id == case.id))
    session.execute(delete(Subscription).where(Subscription.case_id == case.id))
    _end_clocks(case, actor, now)
    db.known()["open", case.id], db.known()["cohandled", case.id] = {}, {}
    db.known().pop(("timers", case.id), None)
    case.status, case.result, case.closed_at = "closed", result, now
    events.of_case(case, "case-closed", actor, now, result=result)
    return open_tasks


def _cancel_tasks(case: Case, now: datetime) -> list[Task]:
    query = select(Task).where(Task.case_id == case.id, Task.state == "open")
    found = list(db.session().scalars(query.order_by(Task.created_at, Task.id)))
    for task in found:
        task.state = "cancelled"
        events.of_case(case, "task-cancelled", SYSTEM, now, task=task.id, element=task.element)
    return found


def _cancel_branches(case: Case, now: datetime) -> None:
    query = select(CoHandling).where(CoHandling.case_id == case.id, CoHandling.state == "open")
    for row in db.session().scalars(query):
        row.state = "cancelled"
        events.of_case(
            case,
            "cohandling-cancelled",
            SYSTEM,
            now,
            department=row.department_code,
            element=row.element,
            outcome=None,
        )


def _end_clocks(case: Case, actor: Actor, now: datetime) -> None:
    duetimes.end_receipt(case)
    case.tacit_due_at = case.suspended_at = None
    session = db.session()
    stops = select(ClockStop).where(
        ClockStop.case_id == case.id, ClockStop.state.in_(("asked", "running"))
    )
    for stop in session.scalars(stops):
        stop.state = "refused" if stop.state == "asked" else "ended"
        stop.ended_at, stop.ended_by = now, actor.person_id
    waiting = select(Correction).where(
        Correction.case_id == case.id, Correction.answered_at.is_(None)
    )
    for correction in session.scalars(waiting):
        correction.remind_at = correction.lapse_at = None
