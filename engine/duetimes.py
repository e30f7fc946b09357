"""The due times of a case: computed anew from recorded facts whenever one of them changes.

The facts are the day of acceptance (or receipt), the limits of the item's version, the stops, the
extension and the calendar. Nothing is counted up: the same facts always give the same due times.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from sqlalchemy import Select, func, select

from engine import clocks, db, events
from engine.bpmn.grounds import cause_of
from engine.clock import civil_date
from engine.definitions import Bundle
from engine.models import Case, ClockStop, CoHandling, Correction, Extension, Task
from engine.permissions import APPLICANT_ROLE, Actor
from engine.workdays import Calendar, Due, Limit, Stop, parse_limit

#: 许可法 32(1)(4): told nothing within it, the application counts as accepted.
RECEIPT_LIMIT: Final = "5wd"
#: 许可法 44: what was granted is handed over within it. An item may say less.
DELIVERY_LIMIT: Final = "10wd"
#: How long before the applicant's own time to correct ends they are reminded.
REMINDED_BEFORE: Final = 3
STATUTORY, PROMISED, RECEIPT, DELIVERY = "statutory", "promised", "receipt", "delivery"
CLOCKS: Final = (STATUTORY, PROMISED)
Row = TypeVar("Row", ClockStop, Extension, Task, CoHandling)
SUSPENSION: Final = "suspension"
#: In a case's facts: the limits it was promised by the version it was accepted on.
KEPT: Final = "kept"


@dataclass(frozen=True)
class Facts:
    """What was recorded of a case that its clocks depend on."""

    stops: Sequence[ClockStop] = ()
    extension: Extension | None = None
    #: The open steps and co-handlers, and when corrections last came in; None: not read yet.
    owed: Sequence[Task | CoHandling] | None = None
    answered_at: datetime | None = None


@dataclass(frozen=True)
class Timed:
    """What the clocks of a case come to: by clock its due time; None while nobody can say."""

    dues: dict[str, Due | None]
    facts: dict[str, Any]


def await_receipt(case: Case, of: Bundle, since: datetime, stops: Sequence[ClockStop] = ()) -> None:
    """Let the limit run in which the applicant must be told something, where the item has it."""
    end_receipt(case)
    if not any(step.act == "accept" for step in of.steps.values()):
        return
    whole = [stop for stop in stops if stop.kind == SUSPENSION]
    limit = of.process.properties.get("receiptLimit") or RECEIPT_LIMIT
    found = clocks.due(since, limit, stops=_intervals(whole))
    case.due_facts = {**case.due_facts, RECEIPT: clocks.facts_of(found)}
    if any(_open_ended(stop) for stop in whole):
        return
    case.receipt_due_at = found.at
    days = max(0, parse_limit(limit).amount - 1)
    case.receipt_warn_at = clocks.due(since, f"{days}wd", stops=_intervals(whole)).at


def end_receipt(case: Case) -> None:
    """Let the limit of receipt end: the applicant has been told, or it has passed."""
    case.receipt_due_at = case.receipt_warn_at = None
    if RECEIPT in case.due_facts:
        case.due_facts = {k: v for k, v in case.due_facts.items() if k != RECEIPT}


def begin(case: Case, of: Bundle) -> None:
    """Start both clocks of a case that has just been accepted.

    A suspension before acceptance has not been counted, where the item's clock starts at receipt.
    """
    of_suspension = facts_of(case) if _was_suspended(case) else Facts()
    _put(case, of, compute(case, of, of_suspension))


def _was_suspended(case: Case) -> bool:
    return bool(case.due_facts.get(SUSPENSION))


def begin_delivery(case: Case, of: Bundle) -> None:
    """Let the limit run in which what was granted is handed over (许可法 44)."""
    if case.decided_at is None:
        return
    found = clocks.due(
        case.decided_at, of.process.properties.get("deliveryLimit") or DELIVERY_LIMIT
    )
    case.delivery_due_at = found.at
    case.due_facts = {**case.due_facts, DELIVERY: clocks.facts_of(found)}


def time_to_correct(correction: Correction, of: Bundle) -> None:
    """Set until when the applicant has to answer a notice, where the diagram gives a time."""
    limits = [step.limit for step in of.steps.values() if step.act == "correct" and step.limit]
    if limits:
        _watch(correction, clocks.due(correction.asked_at, limits[0]).at)


def _watch(correction: Correction, due_at: datetime) -> None:
    correction.lapse_at = due_at
    reminded = clocks.workdays_earlier(due_at, REMINDED_BEFORE)
    half = correction.asked_at + (due_at - correction.asked_at) / 2
    correction.remind_at = max(reminded, half)


def recompute(
    case: Case,
    of: Bundle,
    cause: str,
    *,
    actor: Actor,
    now: datetime,
    read: Facts | None = None,
) -> dict[str, list[str | None]]:
    """Compute the due times of a held case anew; what has moved is recorded with its cause.

    ``read``: its facts, where they were read for many cases at once; then those of all its open
    steps are computed too, as a change of the calendar asks for. Returns what has moved.
    """
    facts, before = read or facts_of(case), _stored(case)
    if case.decided_at is None:
        if case.accepted_at is not None:
            _put(case, of, compute(case, of, facts))
        elif case.receipt_due_at is not None or RECEIPT in case.due_facts:
            await_receipt(case, of, _received(case, facts), facts.stops)
    elif case.delivery_due_at is not None and case.delivered_at is None:
        begin_delivery(case, of)
    after = _stored(case)
    moved = {name: [before[name], after[name]] for name in after if before[name] != after[name]}
    moved |= _steps(case, facts, every=read is not None)
    if moved:
        events.of_case(case, "due-times-changed", actor, now, cause=cause, moved=moved)
    return moved


def _received(case: Case, facts: Facts) -> datetime:
    if facts.owed is None:
        return receipt_since(case)
    return facts.answered_at or case.received_at


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


def facts_of_all(case_ids: Sequence[int]) -> dict[int, Facts]:
    """Read the same of many cases at once, with their open steps: five statements for all."""
    session = db.session()
    stops = _by_case(
        case_ids,
        select(ClockStop)
        .where(ClockStop.case_id.in_(case_ids), ClockStop.started_at.is_not(None))
        .order_by(ClockStop.started_at, ClockStop.id),
    )
    longer = _by_case(case_ids, select(Extension).where(Extension.case_id.in_(case_ids)))
    open_tasks = select(Task).where(Task.case_id.in_(case_ids), Task.state == "open")
    tasks = _by_case(case_ids, open_tasks)
    open_branches = select(CoHandling).where(
        CoHandling.case_id.in_(case_ids), CoHandling.state == "open"
    )
    asked = _by_case(case_ids, open_branches)
    answers = session.execute(
        select(Correction.case_id, func.max(Correction.answered_at))
        .where(Correction.case_id.in_(case_ids))
        .group_by(Correction.case_id)
    )
    answered: dict[int, datetime | None] = {row[0]: row[1] for row in answers}
    return {
        one: Facts(
            stops[one],
            longer[one][0] if longer[one] else None,
            [*tasks[one], *asked[one]],
            answered.get(one),
        )
        for one in case_ids
    }


def _by_case(case_ids: Sequence[int], query: Select[Row]) -> dict[int, list[Row]]:
    found: dict[int, list[Row]] = {case_id: [] for case_id in case_ids}
    for row in db.session().scalars(query):
        found[row.case_id].append(row)
    return found


def compute(case: Case, of: Bundle, facts: Facts, on: Calendar | None = None) -> Timed:
    """Compute both due times of an accepted case, on the calendar in force or on another."""
    promise = promise_of(case, of)
    start = case.received_at if promise["start"] == "received" else case.accepted_at
    if start is None:
        return Timed({}, {})
    limits = {STATUTORY: promise[STATUTORY], PROMISED: promise[PROMISED]}
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


def promise_of(case: Case, of: Bundle) -> dict[str, str | None]:
    """Return the limits of a case and from when they count: the version's, or those it keeps.

    A case that was moved to another version keeps what was promised when it was accepted.
    """
    drawn = of.process
    own = {
        STATUTORY: drawn.statutory_limit,
        PROMISED: drawn.promised_limit,
        "start": drawn.clock_start,
    }
    kept: dict[str, str | None] = case.due_facts.get(KEPT) or {}
    return {**own, **kept}


def limit_anew(
    row: Task | CoHandling, limit: str | None, facts: Facts
) -> tuple[datetime | None, Due | None]:
    """Compute until when an open step or co-handler has to be done by another limit, and why.

    It counts from when the step began, the same stops not counted. No limit: nothing of both;
    while a stop lasts of which nobody knows the end: only what to count from when it ends.
    """
    acts = _acts_for(row, facts)
    if limit is None:
        return None, None
    began = row.created_at if isinstance(row, Task) else row.asked_at
    told = row.due_facts.get("started_at")
    started = datetime.fromisoformat(told) if told else began
    due = clocks.due(started, limit, stops=_intervals(acts))
    return (None if any(_open_ended(stop) for stop in acts) else due.at), due


def _acts_for(row: Task | CoHandling, facts: Facts) -> list[ClockStop]:
    """Give the stops the staff asked for that a step's own time stands still for."""
    acts = [stop for stop in facts.stops if stop.element is None]
    whole = isinstance(row, Task) and row.role == APPLICANT_ROLE
    return [stop for stop in acts if stop.kind == SUSPENSION] if whole else acts


def longer(limit: str, extra: str) -> str:
    """Add an extension to a limit; both are in the same unit."""
    if not extra:
        return limit
    first, second = parse_limit(limit), parse_limit(extra)
    return str(Limit(first.amount + second.amount, first.unit))


def _holds(stop: ClockStop, name: str) -> bool:
    ground = cause_of(stop.ground)
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
        end, ground = stop.ended_at or stop.planned_end_at, cause_of(stop.ground)
        if stop.started_at is None or end is None:
            continue
        text = ground.text if ground else None
        found.append(Stop(civil_date(stop.started_at), clocks.last_day(end), text))
    return found


def _put(case: Case, of: Bundle, timed: Timed) -> None:
    kept = {name: value for name, value in case.due_facts.items() if name not in CLOCKS}
    statutory, promised = timed.dues.get(STATUTORY), timed.dues.get(PROMISED)
    case.statutory_due_at = statutory.at if statutory else None
    case.promised_due_at = promised.at if promised else None
    tacit = statutory is not None and of.process.properties.get("tacit") == "granted"
    case.tacit_due_at = statutory.at if statutory and tacit else None
    case.due_facts = kept | timed.facts


def _stored(case: Case) -> dict[str, str | None]:
    dues = {
        STATUTORY: case.statutory_due_at,
        PROMISED: case.promised_due_at,
        RECEIPT: case.receipt_due_at,
        DELIVERY: case.delivery_due_at,
    }
    return {name: _iso(at) for name, at in dues.items()}


def _steps(case: Case, facts: Facts, *, every: bool) -> dict[str, list[str | None]]:
    """Move what the open steps and co-handlers of a case owe by the stops the staff asked for.

    An activity that stops the clock of the case has work to do itself: its steps run on. Only a
    suspension stops the applicant's own time too.
    """
    acts = [stop for stop in facts.stops if stop.element is None]
    if not acts and not every:
        return {}
    moved: dict[str, list[str | None]] = {}
    for row in facts.owed if facts.owed is not None else _owed(case):
        if row.due_facts:
            before = row.due_at
            _owe(row, _acts_for(row, facts))
            if row.due_at != before:
                moved[f"{row.__tablename__}:{row.element}"] = [_iso(before), _iso(row.due_at)]
                move_correction(row)
    return moved


def _owed(case: Case) -> list[Task | CoHandling]:
    session = db.session()
    tasks = select(Task).where(Task.case_id == case.id, Task.state == "open")
    asked = select(CoHandling).where(CoHandling.case_id == case.id, CoHandling.state == "open")
    return [*session.scalars(tasks), *session.scalars(asked)]


def _owe(row: Task | CoHandling, stops: Sequence[ClockStop]) -> None:
    """Compute until when one step or co-handler has its work to do; nobody knows: None."""
    started = datetime.fromisoformat(row.due_facts["started_at"])
    due = clocks.due(started, row.due_facts["limit"], stops=_intervals(stops))
    if any(_open_ended(stop) for stop in stops):
        row.due_at = None
    elif due.at != row.due_at:
        row.due_at, row.due_facts = due.at, clocks.facts_of(due)


def move_correction(row: Task | CoHandling) -> None:
    """Let the reminder and the end of the applicant's own time move with their step."""
    if not isinstance(row, Task) or row.act != "correct" or row.due_at is None:
        return
    query = select(Correction).where(
        Correction.case_id == row.case_id, Correction.lapse_at.is_not(None)
    )
    for correction in db.session().scalars(query):
        _watch(correction, row.due_at)


def _iso(at: datetime | None) -> str | None:
    return at.isoformat() if at else None
