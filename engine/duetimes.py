"""The due times of a case: computed anew from recorded facts whenever one of them changes.

The facts are the day of acceptance (or receipt), the limits of the item's version, the stops, the
extension and the calendar. Nothing is counted up: the same facts always give the same due times.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import select

from engine import clocks, db, events
from engine.bpmn.grounds import ground_of
from engine.clock import civil_date
from engine.definitions import Bundle
from engine.models import Case, ClockStop, CoHandling, Correction, Extension, Task
from engine.permissions import APPLICANT_ROLE, Actor
from engine.workdays import Calendar, Due, Limit, Stop, parse_limit

#: 许可法 32(1)(4): told nothing within it, the application counts as accepted.
RECEIPT_LIMIT: Final = "5wd"
STATUTORY, PROMISED = "statutory", "promised"
CLOCKS: Final = (STATUTORY, PROMISED)


@dataclass(frozen=True)
class Facts:
    """What was recorded of a case that its clocks depend on."""

    stops: Sequence[ClockStop] = ()
    extension: Extension | None = None


@dataclass(frozen=True)
class Timed:
    """What the clocks of a case come to: by clock its due time; None while nobody can say."""

    dues: dict[str, Due | None]
    facts: dict[str, Any]


def await_receipt(case: Case, of: Bundle, since: datetime) -> None:
    """Let the limit run in which the applicant must be told something, where the item has it."""
    accepts = any(step.act == "accept" for step in of.steps.values())
    case.receipt_due_at = clocks.due(since, RECEIPT_LIMIT).at if accepts else None


def begin(case: Case, of: Bundle) -> None:
    """Start both clocks of a case that has just been accepted: nothing has stopped them yet."""
    _put(case, compute(case, of, Facts()))


def recompute(
    case: Case, of: Bundle, cause: str, *, actor: Actor, now: datetime, every: bool = False
) -> None:
    """Compute the due times of a held case anew; what has moved is recorded with its cause.

    ``every``: those of all its open steps too, as a change of the calendar asks for.
    """
    facts, before = facts_of(case), _stored(case)
    if case.decided_at is None:
        if case.accepted_at is not None:
            _put(case, compute(case, of, facts))
        elif case.receipt_due_at is not None:
            await_receipt(case, of, receipt_since(case))
    after = _stored(case)
    moved = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    moved |= _steps(case, facts, every=every)
    if moved:
        events.of_case(case, "due-times-changed", actor, now, cause=cause, moved=moved)


def receipt_since(case: Case) -> datetime:
    """Return when the materials last came in: with the application, or with its corrections."""
    answered = (
        select(Correction.answered_at)
        .where(Correction.case_id == case.id, Correction.answered_at.is_not(None))
        .order_by(Correction.id.desc())
        .limit(1)
    )
    return db.session().scalar(answered) or case.received_at


def facts_of(case: Case) -> Facts:
    """Read what was recorded of a case's clocks."""
    session = db.session()
    stops = session.scalars(
        select(ClockStop)
        .where(ClockStop.case_id == case.id, ClockStop.started_at.is_not(None))
        .order_by(ClockStop.started_at, ClockStop.id)
    )
    extension = session.scalar(select(Extension).where(Extension.case_id == case.id))
    return Facts(list(stops), extension)


def compute(case: Case, of: Bundle, facts: Facts, on: Calendar | None = None) -> Timed:
    """Compute both due times of an accepted case, on the calendar in force or on another."""
    process = of.process
    start = case.received_at if process.clock_start == "received" else case.accepted_at
    if start is None:
        return Timed({}, {})
    limits = {STATUTORY: process.statutory_limit, PROMISED: process.promised_limit}
    dues: dict[str, Due | None] = {}
    written: dict[str, Any] = {}
    for name, limit in limits.items():
        if not limit:
            continue
        extra = facts.extension.limit if facts.extension and name == STATUTORY else ""
        stops = [stop for stop in facts.stops if _holds(stop, name)]
        if any(_open_ended(stop) for stop in stops):
            dues[name] = None
            continue
        dues[name] = due = clocks.due(start, longer(limit, extra), stops=_intervals(stops), on=on)
        written[name] = clocks.facts_of(due) | ({"extension": extra} if extra else {})
    statutory, promised = dues.get(STATUTORY), dues.get(PROMISED)
    if statutory and promised and promised.at > statutory.at:
        # A stop of the promise alone never carries it beyond the law (law.md 4.1, rule 9).
        dues[PROMISED], written[PROMISED] = statutory, written[STATUTORY]
    return Timed(dues, written)


def longer(limit: str, extra: str) -> str:
    """Add an extension to a limit; both are in the same unit."""
    if not extra:
        return limit
    first, second = parse_limit(limit), parse_limit(extra)
    return str(Limit(first.amount + second.amount, first.unit))


def _holds(stop: ClockStop, name: str) -> bool:
    ground = ground_of(stop.ground)
    return ground is not None and (ground.statutory if name == STATUTORY else ground.promised)


def _open_ended(stop: ClockStop) -> bool:
    """Say whether nobody knows when a stop ends: it has no plan, or lasts longer than it."""
    if stop.state != "running":
        return False
    return stop.planned_end_at is None or stop.overrun_at is not None


def _intervals(stops: Sequence[ClockStop]) -> list[Stop]:
    """Give the days of stops; one that still runs is taken to end as planned."""
    found = []
    for stop in stops:
        end, ground = stop.ended_at or stop.planned_end_at, ground_of(stop.ground)
        if stop.started_at is None or end is None:
            continue
        text = ground.text if ground else None
        found.append(Stop(civil_date(stop.started_at), clocks.last_day(end), text))
    return found


def _put(case: Case, timed: Timed) -> None:
    kept = {name: value for name, value in case.due_facts.items() if name not in CLOCKS}
    statutory, promised = timed.dues.get(STATUTORY), timed.dues.get(PROMISED)
    case.statutory_due_at = statutory.at if statutory else None
    case.promised_due_at = promised.at if promised else None
    case.due_facts = kept | timed.facts


def _stored(case: Case) -> dict[str, str | None]:
    dues = {
        STATUTORY: case.statutory_due_at,
        PROMISED: case.promised_due_at,
        "receipt": case.receipt_due_at,
    }
    return {name: at.isoformat() if at else None for name, at in dues.items()}


def _steps(case: Case, facts: Facts, *, every: bool) -> dict[str, list[str | None]]:
    """Move what the open steps and co-handlers of a case owe by the stops the staff asked for.

    An activity that stops the clock of the case has work to do itself: its steps run on.
    """
    acts = [stop for stop in facts.stops if stop.element is None]
    if not acts and not every:
        return {}
    session, stops = db.session(), _intervals(acts)
    tasks = select(Task).where(
        Task.case_id == case.id, Task.state == "open", Task.role != APPLICANT_ROLE
    )
    asked = select(CoHandling).where(CoHandling.case_id == case.id, CoHandling.state == "open")
    moved: dict[str, list[str | None]] = {}
    for row in [*session.scalars(tasks), *session.scalars(asked)]:
        if row.due_at is None or not row.due_facts:
            continue
        started = datetime.fromisoformat(row.due_facts["started_at"])
        due = clocks.due(started, row.due_facts["limit"], stops=stops)
        if due.at != row.due_at:
            name = f"{row.__tablename__}:{row.element}"
            moved[name] = [row.due_at.isoformat(), due.at.isoformat()]
            row.due_at, row.due_facts = due.at, clocks.facts_of(due)
    return moved
