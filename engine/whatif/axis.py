"""The time axis of a simulation: office hours alone, one working day after the other.

An instant is a number of office hours since the first working day began; nights, weekends and
holidays have no length. So the queues need no calendar, and every due time is plain arithmetic.
"""

from bisect import bisect_right
from datetime import date, datetime, timedelta
from typing import Final

from engine.workdays import Calendar, Rules, Unit, parse_limit

_RULES: Final = Rules()
_HOUR: Final = timedelta(hours=1)
_DAY: Final = timedelta(days=1)


class Axis:
    """Working days from a first day on, and the office hours of each."""

    def __init__(self, calendar: Calendar, first: date, days: int) -> None:
        spans = _RULES.office_hours.spans
        lengths = [datetime.combine(first, b) - datetime.combine(first, a) for a, b in spans]
        #: Office hours of one working day.
        self.hours: float = sum(lengths, timedelta()) / _HOUR
        self._calendar = calendar
        self._dates = [first if calendar.is_workday(first) else calendar.next_workday(first)]
        while len(self._dates) < days:
            self._dates.append(calendar.next_workday(self._dates[-1]))

    def day_of(self, at: float) -> int:
        """Return on which working day an instant falls, from 0."""
        return int(at // self.hours)

    def date_of(self, day: int) -> date:
        """Return the date of a working day."""
        while day >= len(self._dates):
            self._dates.append(self._calendar.next_workday(self._dates[-1]))
        return self._dates[day]

    def due(self, at: float, limit: str, stopped: int = 0) -> float:
        """Return when a limit from an instant ends: with the last working day that it has.

        ``stopped``: working days that are not counted.
        """
        found = parse_limit(limit)
        if found.unit is Unit.WORKDAY:
            return (self.day_of(at) + found.amount + stopped + 1) * self.hours
        if found.unit is Unit.DAY:
            return (
                self._on(self.date_of(self.day_of(at)), found.amount) + stopped + 1
            ) * self.hours
        return at + found.office_time / _HOUR + stopped * self.hours

    def later(self, at: float, span: timedelta) -> float:
        """Return the first instant in office hours at or after a time on the wall has passed."""
        days, rest = divmod(span, _DAY)
        if not days:
            return at + min(rest / _HOUR, self.hours)
        within = at % self.hours
        day = self._on(self.date_of(self.day_of(at)), days)
        return day * self.hours + within

    def _on(self, start: date, days: int) -> int:
        """Return the working day on which, or before the next of which, a date falls."""
        wanted = start + days * _DAY
        while self._dates[-1] < wanted:
            self._dates.append(self._calendar.next_workday(self._dates[-1]))
        number = bisect_right(self._dates, wanted) - 1
        return number if self._dates[number] == wanted else number + 1
