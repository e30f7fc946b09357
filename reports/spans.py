"""Splitting a case's time: who held it from its receipt to its end, pure over recorded facts.

Every moment belongs to somebody: a lawful stop before all others, then whoever had something to
do; what several had to do at the same time is shared, first by department, then by task. Times are
counted twice, on the wall and in office hours, and both add up to the whole exactly.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from engine.workdays import Calendar, office_between

STOPPED, APPLICANT, WAITING, WORKING, NOBODY = (
    *("stopped", "applicant", "waiting", "working"),
    "nobody",
)
#: The kinds in the order in which they are told.
KINDS: Final = (WAITING, WORKING, APPLICANT, STOPPED, NOBODY)
_TICK: Final = timedelta(microseconds=1)


@dataclass(frozen=True)
class Turn:
    """A task as the record has it: whose, from when to when, and who had picked it up since when.

    ``claims`` are pairs of an instant and a person, None for given back; in order.
    """

    element: str
    #: empty for the applicant's own
    department: str
    opened_at: datetime
    ended_at: datetime | None
    claims: tuple[tuple[datetime, int | None], ...] = ()


@dataclass(frozen=True)
class Recorded:
    """What is recorded of one case's time; ``end`` is when it closed, or now."""

    start: datetime
    end: datetime
    turns: tuple[Turn, ...] = ()
    #: lawful stops: from, to (None: still), ground
    stops: tuple[tuple[datetime, datetime | None, str], ...] = ()
    #: corrections asked for: from, to (None: not answered yet)
    corrections: tuple[tuple[datetime, datetime | None], ...] = ()


@dataclass(frozen=True, order=True)
class Holder:
    """Who holds a case at one moment; ``detail`` is the step, or the ground of a stop."""

    kind: str
    department: str = ""
    person_id: int = 0
    detail: str = ""


@dataclass(frozen=True)
class Held:
    """How long one holder has held a case, on the wall and in office hours."""

    holder: Holder
    time: timedelta
    office: timedelta


@dataclass
class _Sum:
    time: timedelta = field(default_factory=timedelta)
    office: timedelta = field(default_factory=timedelta)


def split(recorded: Recorded, calendar: Calendar) -> list[Held]:
    """Split a case's time among its holders; the longest in office hours first."""
    sums: dict[Holder, _Sum] = {}
    for start, end in pairwise(_moments(recorded)):
        groups = _groups(recorded, start)
        whole = (end - start, office_between(calendar, start, end))
        for holder, time, office in _shared(groups, *whole):
            found = sums.setdefault(holder, _Sum())
            found.time += time
            found.office += office
    held = [Held(holder, found.time, found.office) for holder, found in sums.items()]
    return sorted(held, key=lambda one: (-one.office, -one.time, one.holder))


def _moments(recorded: Recorded) -> list[datetime]:
    """Return every instant at which somebody begins or ceases to hold the case, in order."""
    found = {recorded.start, recorded.end}
    for turn in recorded.turns:
        found.add(turn.opened_at)
        found.update(at for at, _ in turn.claims)
        found.update(at for at in (turn.ended_at,) if at is not None)
    spans = [(start, end) for start, end, _ in recorded.stops]
    for start, end in [*spans, *recorded.corrections]:
        found.add(start)
        found.update(at for at in (end,) if at is not None)
    return sorted(at for at in found if recorded.start <= at <= recorded.end)


def _groups(recorded: Recorded, at: datetime) -> list[list[Holder]]:
    """Return who holds the case from an instant on: departments (or one other), each with tasks."""
    for start, end, ground in recorded.stops:
        if start <= at and (end is None or at < end):
            return [[Holder(STOPPED, detail=ground)]]
    groups: dict[str, list[Holder]] = {}
    for turn in recorded.turns:
        if turn.opened_at <= at and (turn.ended_at is None or at < turn.ended_at):
            groups.setdefault(turn.department, []).append(_of_turn(turn, at))
    corrected = any(
        start <= at and (end is None or at < end) for start, end in recorded.corrections
    )
    if corrected and "" not in groups:
        groups[""] = [Holder(APPLICANT)]
    return [groups[code] for code in sorted(groups)] or [[Holder(NOBODY)]]


def _of_turn(turn: Turn, at: datetime) -> Holder:
    if not turn.department:
        return Holder(APPLICANT, detail=turn.element)
    person = None
    for claimed_at, who in turn.claims:
        if claimed_at <= at:
            person = who
    kind = WAITING if person is None else WORKING
    return Holder(kind, turn.department, person or 0, turn.element)


def _shared(
    groups: Sequence[Sequence[Holder]], time: timedelta, office: timedelta
) -> Iterator[tuple[Holder, timedelta, timedelta]]:
    times, offices = parts(time, len(groups)), parts(office, len(groups))
    for group, group_time, group_office in zip(groups, times, offices, strict=True):
        yield from zip(
            group, parts(group_time, len(group)), parts(group_office, len(group)), strict=True
        )


def parts(whole: timedelta, count: int) -> list[timedelta]:
    """Divide a time into parts as equal as can be, that add up to it to the microsecond."""
    ticks, rest = divmod(whole // _TICK, count)
    return [(ticks + (number < rest)) * _TICK for number in range(count)]


def rounded(times: Iterable[timedelta], unit: timedelta = timedelta(hours=1)) -> list[int]:
    """Round times to whole units so that they add up to the rounded whole (largest remainders)."""
    found = list(times)
    total = round(sum(found, timedelta()) / unit)
    whole = [time // unit for time in found]
    by_rest = sorted(range(len(found)), key=lambda i: (-(found[i] % unit), i))
    for number in by_rest[: max(0, total - sum(whole))]:
        whole[number] += 1
    return whole
