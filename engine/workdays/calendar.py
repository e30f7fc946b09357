"""The calendar: which days count, and the settings the law leaves open."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, time, timedelta
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

from engine.errors import InvalidError
from forms.text import Text

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Calendar:
    """The working days of the years whose holiday notice is known; Monday to Friday otherwise."""

    #: weekdays on which nobody works
    holidays: frozenset[date] = frozenset()
    #: Saturdays and Sundays on which people work (make-up workdays)
    makeup_days: frozenset[date] = frozenset()
    #: years with a published notice; a due date in any other year is provisional
    years: frozenset[int] = frozenset()

    @classmethod
    def from_days(cls, days: Mapping[date, bool], years: Iterable[int]) -> "Calendar":
        """Build a calendar from ``{day: works}``; unnamed days follow the weekday rule."""
        return cls(
            holidays=frozenset(d for d, works in days.items() if not works and d.weekday() < 5),
            makeup_days=frozenset(d for d, works in days.items() if works and d.weekday() >= 5),
            years=frozenset(years),
        )

    def is_workday(self, day: date) -> bool:
        """Tell whether a day counts: Monday to Friday without holidays, plus make-up workdays."""
        if day.weekday() < 5:
            return day not in self.holidays
        return day in self.makeup_days

    def is_known(self, day: date) -> bool:
        """Tell whether the holiday notice of the day's year has been loaded."""
        return day.year in self.years

    def next_workday(self, day: date) -> date:
        """Return the first working day after ``day``."""
        day += ONE_DAY
        while not self.is_workday(day):
            day += ONE_DAY
        return day


class Stop(NamedTuple):
    """A time that is not counted (licensing law art. 45, or the item's own), ends inclusive."""

    start: date
    end: date
    reason: Text | None = None


class DayEnd(StrEnum):
    """When the last day of a limit ends (civil code art. 203)."""

    MIDNIGHT = "midnight"
    OFFICE = "office"


@dataclass(frozen=True, slots=True)
class OfficeHours:
    """The spans of a working day in which people work, in order, within one day."""

    spans: tuple[tuple[time, time], ...] = (
        (time(9), time(12)),
        (time(13, 30), time(17, 30)),
    )

    def __post_init__(self) -> None:
        moments = [moment for span in self.spans for moment in span]
        if not moments or any(a >= b for a, b in pairwise(moments)):
            raise InvalidError(
                Text(
                    "办公时间须至少有一段，各段先后相接而不重叠。",
                    "Office hours need at least one span, in order and without overlap.",
                )
            )


@dataclass(frozen=True, slots=True)
class Rules:
    """The settings the law leaves open; the defaults are those of law.md section 4.1."""

    office_hours: OfficeHours = field(default_factory=OfficeHours)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Asia/Shanghai"))
    #: rule 2: 24:00 of the last day, or the close of office hours
    day_end: DayEnd = DayEnd.MIDNIGHT
    #: rule 6: the first day of a stop counts as used
    stop_first_day_counts: bool = True
    #: civil code art. 203: calendar days that end on a day off end on the next working day
    roll_to_workday: bool = True


DEFAULT_RULES = Rules()
