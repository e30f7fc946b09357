"""Counting: from a day or an instant and a limit to the day or instant on which it ends."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from engine.errors import InvalidError
from engine.workdays.calendar import DEFAULT_RULES, ONE_DAY, Calendar, DayEnd, Rules, Stop
from engine.workdays.limits import Limit, Unit, parse_limit
from forms.text import Text


@dataclass(frozen=True, slots=True)
class Counted:
    """A due day, and everything that made it that day."""

    start: date
    limit: Limit
    due: date
    #: some day of the span lies in a year without a published calendar
    provisional: bool
    #: weekdays skipped because they are holidays
    holidays: tuple[date, ...] = ()
    #: Saturdays and Sundays that counted
    makeup_days: tuple[date, ...] = ()
    #: days that would have counted, but the clock stood still
    stopped: tuple[date, ...] = ()
    stops: tuple[Stop, ...] = ()


@dataclass(frozen=True, slots=True)
class Due:
    """The instant a limit ends (aware, UTC) and the civil day it falls on.

    ``on`` is stored beside ``at`` because 24:00 of a day is 0:00 of the next.
    """

    at: datetime
    on: date
    provisional: bool
    started_at: datetime
    limit: Limit
    counted: Counted
    zone: ZoneInfo


def add_workdays(
    calendar: Calendar,
    start: date,
    n: int,
    *,
    stops: Sequence[Stop | tuple[date, date]] = (),
    stop_first_day_counts: bool = True,
) -> Counted:
    """Count ``n`` working days from ``start`` (day 0) without the stops (law.md 4.1: 1, 3, 6)."""
    rules = Rules(stop_first_day_counts=stop_first_day_counts)
    return add_days(calendar, start, Limit(n, Unit.WORKDAY), stops=stops, rules=rules)


def add_days(
    calendar: Calendar,
    start: date,
    limit: Limit,
    *,
    stops: Sequence[Stop | tuple[date, date]] = (),
    rules: Rules = DEFAULT_RULES,
) -> Counted:
    """Count a limit in working or calendar days from ``start`` (day 0).

    Raises InvalidError for a limit in hours, which has no whole days to count.
    """
    if not limit.unit.counts_days:
        raise InvalidError(
            Text(
                "时限“{limit}”不以天计，须用 due_at 计算。",
                'The limit "{limit}" is not in days: use due_at.',
            ).format(limit=limit)
        )
    works = calendar.is_workday if limit.unit is Unit.WORKDAY else _every_day
    log = _Log(calendar, tuple(Stop(*stop) for stop in stops), rules)
    day, left = start, limit.amount
    while left:
        day += ONE_DAY
        left -= log.counts(day, works)
    if limit.unit is Unit.DAY and rules.roll_to_workday and not calendar.is_workday(day):
        day = calendar.next_workday(day)
    return log.counted(start, limit, day)


def workdays_between(calendar: Calendar, start: date, end: date) -> int:
    """Count the working days after ``start`` up to and including ``end``; negative backwards.

    The inverse of ``add_workdays``: from a start to its due day lie exactly n.
    """
    if end < start:
        return -workdays_between(calendar, end, start)
    days = (start + timedelta(days=i) for i in range(1, (end - start).days + 1))
    return sum(calendar.is_workday(day) for day in days)


def workdays_before(calendar: Calendar, day: date, n: int) -> Counted:
    """Count ``n`` working days back from ``day`` (day 0), as in "30 wd before expiry"."""
    limit = Limit(n, Unit.WORKDAY)
    log = _Log(calendar, (), DEFAULT_RULES)
    found, left = day, n
    while left:
        found -= ONE_DAY
        left -= log.counts(found, calendar.is_workday)
    return log.counted(day, limit, found)


def office_between(
    calendar: Calendar, start: datetime, end: datetime, rules: Rules = DEFAULT_RULES
) -> timedelta:
    """Return the office time of working days between two aware instants; zero backwards.

    It adds up: what lies between a and b, and between b and c, lies between a and c.
    """
    first, last = start.astimezone(rules.zone), end.astimezone(rules.zone)
    found, day = timedelta(), first.date()
    while day <= last.date():
        if calendar.is_workday(day):
            for opens, closes in rules.office_hours.spans:
                begins = max(first, datetime.combine(day, opens, rules.zone))
                ends = min(last, datetime.combine(day, closes, rules.zone))
                found += max(ends - begins, timedelta())
        day += ONE_DAY
    return found


def due_at(
    calendar: Calendar,
    start_at: datetime,
    limit: Limit,
    *,
    stops: Sequence[Stop | tuple[date, date]] = (),
    rules: Rules = DEFAULT_RULES,
) -> Due:
    """Return when a limit that starts at an aware instant ends.

    Days end at 24:00 in the city's zone (or with the office, by ``rules.day_end``). Hours and
    minutes count only inside office hours of working days; a stop takes whole days out of them.

    Raises InvalidError for a naive instant.
    """
    if start_at.tzinfo is None:
        raise InvalidError(Text("起算时间缺少时区。", "The starting instant has no time zone."))
    local = start_at.astimezone(rules.zone)
    if limit.unit.counts_days:
        counted = add_days(calendar, local.date(), limit, stops=stops, rules=rules)
        end = _end_of_day(counted.due, rules)
    else:
        counted, end = _add_office_time(calendar, local, limit, stops, rules)
    return Due(
        at=end.astimezone(UTC),
        on=counted.due,
        provisional=counted.provisional,
        started_at=start_at.astimezone(UTC),
        limit=limit,
        counted=counted,
        zone=rules.zone,
    )


def working_end(calendar: Calendar, start: datetime, duration: str) -> datetime:
    """Return when a timer's working time ends: ``P5WD``, ``PT4WH``, or days and then hours as in
    ``P1WDT2WH``.

    Raises InvalidError for anything else, and for more than a limit may have.
    """
    days, mark, hours = duration.strip().partition("T")
    if mark and days != "P":
        start = due_at(calendar, start, parse_limit(days)).at
        return due_at(calendar, start, parse_limit(f"PT{hours}")).at
    return due_at(calendar, start, parse_limit(duration)).at


def _every_day(_day: date) -> bool:
    return True


class _Log:
    """Decides day by day what counts, and remembers why."""

    def __init__(self, calendar: Calendar, stops: tuple[Stop, ...], rules: Rules) -> None:
        self._calendar = calendar
        self._stops = stops
        self._first_day_counts = rules.stop_first_day_counts
        self._holidays: list[date] = []
        self._makeup_days: list[date] = []
        self._stopped: list[date] = []
        self._provisional = False

    def counts(self, day: date, works: Callable[[date], bool]) -> bool:
        """Tell whether a day counts towards the limit."""
        self._provisional |= not self._calendar.is_known(day)
        if not works(day):
            if day.weekday() < 5:
                self._holidays.append(day)
            return False
        if any(self._inside(stop, day) for stop in self._stops):
            self._stopped.append(day)
            return False
        if works != _every_day and day.weekday() >= 5:
            self._makeup_days.append(day)
        return True

    def _inside(self, stop: Stop, day: date) -> bool:
        first = stop.start + ONE_DAY if self._first_day_counts else stop.start
        return first <= day <= stop.end

    def counted(self, start: date, limit: Limit, due: date) -> Counted:
        """Close the log."""
        return Counted(
            start=start,
            limit=limit,
            due=due,
            provisional=self._provisional or not self._calendar.is_known(due),
            holidays=tuple(self._holidays),
            makeup_days=tuple(self._makeup_days),
            stopped=tuple(self._stopped),
            stops=self._stops,
        )


def _add_office_time(
    calendar: Calendar,
    local: datetime,
    limit: Limit,
    stops: Sequence[Stop | tuple[date, date]],
    rules: Rules,
) -> tuple[Counted, datetime]:
    """Use up a limit inside the office hours that follow ``local``."""
    log = _Log(calendar, tuple(Stop(*stop) for stop in stops), rules)
    left, day = limit.office_time, local.date()
    while True:
        if log.counts(day, calendar.is_workday):
            for opens, closes in rules.office_hours.spans:
                start = max(local, datetime.combine(day, opens, rules.zone))
                span = datetime.combine(day, closes, rules.zone) - start
                if span >= left and span >= timedelta():
                    return log.counted(local.date(), limit, day), start + left
                left -= max(span, timedelta())
        day += ONE_DAY


def _end_of_day(day: date, rules: Rules) -> datetime:
    if rules.day_end is DayEnd.OFFICE:
        return datetime.combine(day, rules.office_hours.spans[-1][1], rules.zone)
    return datetime.combine(day + ONE_DAY, time(), rules.zone)
