"""How long the steps of an item took in the past, what was decided, how many came: for simulations.

Times are office hours of the calendar. Of a task that somebody had claimed, the time before is how
long it lay and the time after is the work; who held several at once worked at each in turn, so the
time is shared. Of a task that was done without being claimed nobody knows what of it was work:
where a step is never claimed, its whole time counts as lying. Applicants' steps are told from asked
to answered.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any, Final, TypeVar

from sqlalchemy import func, select

from engine import clocks, db
from engine.clock import civil_date
from engine.models import Case, Event, Task
from engine.permissions import APPLICANT_ROLE
from engine.workdays import Calendar, office_between, workdays_between

#: How far back is looked, and at how many cases at most, the latest first.
WINDOW: Final = timedelta(days=365)
MAX_CASES, CHUNK = 2000, 500
#: How many values of a kind a simulation gets.
MAX_SAMPLES: Final = 400
_HOUR: Final = timedelta(hours=1)


@dataclass(frozen=True)
class Past:
    """What is known of an item's past cases; empty where there were none."""

    cases: int = 0
    arrivals: float = 0.0
    work: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    delay: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    outcomes: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    #: What applications said, as far as a diagram looks at it.
    mixes: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class Held:
    """A task that a person held, from claimed to completed."""

    element: str
    person_id: int
    start: datetime
    end: datetime


def of_item(item_code: str, names: frozenset[str], now: datetime) -> Past:
    """Tell of an item's cases of the last year; ``names``: what a diagram looks at."""
    mine = (Case.item_code == item_code, Case.received_at >= now - WINDOW)
    query = select(func.count(), func.min(Case.received_at)).where(*mine)
    total, first = db.session().execute(query).one()
    if not total:
        return Past()
    columns = select(Case.id, Case.answers, Case.application_kind).where(*mine)
    latest = columns.order_by(Case.received_at.desc(), Case.id).limit(MAX_CASES)
    cases = list(db.session().execute(latest))
    calendar = clocks.calendar()
    days = max(1, workdays_between(calendar, civil_date(first), civil_date(now)))
    work, delay, outcomes = _tasks([row.id for row in cases], calendar)
    mixes = [
        {k: v for k, v in row.answers.items() if k in names}
        | {"application_kind": row.application_kind}
        for row in cases[:MAX_SAMPLES]
    ]
    return Past(total, total / days, work, delay, outcomes, tuple(mixes))


def renamed(past: Past, ids: Mapping[str, str]) -> Past:
    """Tell of steps that have got another id under that one; ``ids``: the old one by the new."""

    def known(found: Mapping[str, _Value]) -> dict[str, _Value]:
        moved = {new: found[old] for new, old in ids.items() if old in found and new not in found}
        return {**found, **moved}

    return replace(
        past, work=known(past.work), delay=known(past.delay), outcomes=known(past.outcomes)
    )


_Value = TypeVar("_Value")
_Samples = dict[str, tuple[float, ...]]


def _tasks(
    case_ids: Sequence[int], calendar: Calendar
) -> tuple[_Samples, _Samples, dict[str, dict[str, float]]]:
    outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    work: dict[str, list[float]] = defaultdict(list)
    delay: dict[str, list[float]] = defaultdict(list)
    unclaimed: dict[str, list[float]] = defaultdict(list)
    held: list[Held] = []
    for row, at in _completed(case_ids):
        if row.outcome:
            outcomes[row.element][row.outcome] += 1
        if row.role == APPLICANT_ROLE:
            work[row.element].append(_hours(calendar, row.created_at, row.completed_at))
        elif at is not None and at <= row.completed_at:
            delay[row.element].append(_hours(calendar, row.created_at, at))
            held.append(Held(row.element, row.completed_by or 0, at, row.completed_at))
        else:
            unclaimed[row.element].append(_hours(calendar, row.created_at, row.completed_at))
    for element, hours in shared(held, calendar):
        work[element].append(hours)
    # Of a step that nobody ever claims, only the whole time is known.
    delay |= {key: found for key, found in unclaimed.items() if key not in delay}
    counted = {key: {k: float(v) for k, v in found.items()} for key, found in outcomes.items()}
    return _cut(work), _cut(delay), counted


def _completed(case_ids: Sequence[int]) -> Iterator[tuple[Any, datetime | None]]:
    """Read the completed tasks of cases, each with when it was claimed last."""
    columns = (Task.id, Task.element, Task.role, Task.created_at, Task.completed_at, Task.outcome)
    for start in range(0, len(case_ids), CHUNK):
        ids = case_ids[start : start + CHUNK]
        query = select(*columns, Task.completed_by).where(
            Task.case_id.in_(ids), Task.state == "completed"
        )
        claims = _claims(ids)
        for row in db.session().execute(query.order_by(Task.completed_at, Task.id)):
            yield row, claims.get(row.id)


def _claims(case_ids: Sequence[int]) -> dict[str, datetime]:
    """Return when each task was claimed last."""
    query = (
        select(Event.at, Event.data["task"].as_string().label("task"))
        .where(Event.case_id.in_(case_ids), Event.type == "task-claimed")
        .order_by(Event.at)
    )
    return {row.task: row.at for row in db.session().execute(query)}


def shared(held: Sequence[Held], calendar: Calendar) -> Iterable[tuple[str, float]]:
    """Give the hours of work in each held task; what a person held at once shares the time."""
    by_person: dict[int, list[Held]] = defaultdict(list)
    for one in held:
        by_person[one.person_id].append(one)
    for mine in by_person.values():
        sums = dict.fromkeys(range(len(mine)), 0.0)
        moments = sorted({at for one in mine for at in (one.start, one.end)})
        starts = sorted(range(len(mine)), key=lambda n: mine[n].start)
        active: set[int] = set()
        for start, end in pairwise(moments):
            while starts and mine[starts[0]].start <= start:
                active.add(starts.pop(0))
            active = {n for n in active if mine[n].end > start}
            if active:
                part = _hours(calendar, start, end) / len(active)
                for number in active:
                    sums[number] += part
        yield from ((mine[number].element, hours) for number, hours in sums.items())


def _hours(calendar: Calendar, start: datetime, end: datetime) -> float:
    return office_between(calendar, start, end) / _HOUR


def _cut(found: Mapping[str, Sequence[float]]) -> _Samples:
    """Keep so many of each as a simulation needs: evenly spread over them in order of size."""
    kept = {}
    for key, values in found.items():
        ordered = sorted(values)
        step = max(1, len(ordered) // MAX_SAMPLES)
        kept[key] = tuple(round(value, 3) for value in ordered[::step])
    return kept
