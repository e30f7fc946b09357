"""Dates, times and durations beyond Python's own types, and the whole numbers behind all of them.

A value is of Python's type wherever that can hold it; years outside 1 to 9999 and parts of a
microsecond have types of their own here. Every one has one spelling only, so equal values have
equal types.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Final
from zoneinfo import ZoneInfo

#: Farthest year (DMN 1.3 leaves it open; XML Schema asks for four digits at least).
MAX_YEAR: Final = 999_999_999
SECOND: Final = 10**9
DAY: Final = 86_400 * SECOND
#: Longest days and time duration, in nanoseconds: a little more than all years there are.
MAX_LENGTH: Final = 2 * MAX_YEAR * 366 * DAY
#: Days and years of one whole turn of the Gregorian calendar.
_TURN_DAYS: Final = 146_097
_TURN: Final = 400
_MICRO: Final = timedelta(microseconds=1)
#: A time has a zone but no day: the zone's standard time of this year counts.
_STANDARD: Final = datetime(2020, 1, 1)  # noqa: DTZ001 - a wall clock reading


@dataclass(frozen=True, slots=True)
class FarDate:
    """A date whose year is not from 1 to 9999."""

    year: int
    month: int
    day: int


@dataclass(frozen=True, slots=True)
class FineTime:
    """A time with parts of a microsecond: nanoseconds since midnight."""

    nanos: int
    tzinfo: tzinfo | None


@dataclass(frozen=True, slots=True)
class FarDateTime:
    """A date and time of a far year, or with parts of a microsecond."""

    day: date | FarDate
    nanos: int
    tzinfo: tzinfo | None


@dataclass(frozen=True, slots=True, order=True)
class FineDuration:
    """A days and time duration in nanoseconds, too fine or too long for Python's."""

    nanos: int


AnyDate = date | FarDate
AnyTime = time | FineTime
AnyDateTime = datetime | FarDateTime
AnyDuration = timedelta | FineDuration

DATETIMES: Final = (datetime, FarDateTime)
TIMES: Final = (time, FineTime)
DURATIONS: Final = (timedelta, FineDuration)
#: Dates, and dates and times, which are dates to Python.
DAYS: Final = (date, FarDate, FarDateTime)
TEMPORAL: Final = (date, time, timedelta, FarDate, FineTime, FarDateTime, FineDuration)


def make_date(year: int, month: int, day: int) -> AnyDate:
    """Make a date; raises ValueError when there is no such day."""
    if 1 <= year <= 9999:
        return date(year, month, day)
    if abs(year) > MAX_YEAR:
        raise ValueError(year)
    date(_near(year), month, day)
    return FarDate(year, month, day)


def _near(year: int) -> int:
    # The year of the same calendar that Python can hold.
    return 2000 + year % _TURN


def day_number(day: AnyDate) -> int:
    """Count the days since the first of year 1, which is 1."""
    if isinstance(day, date):
        return day.toordinal()
    turns = (day.year - _near(day.year)) // _TURN
    return date(_near(day.year), day.month, day.day).toordinal() + turns * _TURN_DAYS


def date_of(number: int) -> AnyDate:
    """Return the date of a day's number; raises ValueError beyond the calendar."""
    if 1 <= number <= date.max.toordinal():
        return date.fromordinal(number)
    turns, rest = divmod(number - 1, _TURN_DAYS)
    near = date.fromordinal(rest + 1)
    return make_date(near.year + turns * _TURN, near.month, near.day)


def day_of(value: AnyDate | AnyDateTime) -> AnyDate:
    """Return the day of a date, or of a date and time."""
    if isinstance(value, datetime):
        return value.date()
    return value.day if isinstance(value, FarDateTime) else value


def year_month_day(value: AnyDate | AnyDateTime) -> tuple[int, int, int]:
    """Return the parts of the day of a date, or of a date and time."""
    day = day_of(value)
    return day.year, day.month, day.day


def nanos_of(value: AnyTime | AnyDateTime) -> int:
    """Count the nanoseconds since midnight on the wall clock."""
    if isinstance(value, (FineTime, FarDateTime)):
        return value.nanos
    seconds = value.hour * 3600 + value.minute * 60 + value.second
    return seconds * SECOND + value.microsecond * 1000


def make_time(nanos: int, zone: tzinfo | None) -> AnyTime:
    """Make a time from nanoseconds since midnight; raises ValueError beyond the day."""
    if not 0 <= nanos < DAY:
        raise ValueError(nanos)
    if nanos % 1000:
        return FineTime(nanos, zone)
    seconds, rest = divmod(nanos, SECOND)
    return time(seconds // 3600, seconds // 60 % 60, seconds % 60, rest // 1000, zone)


def make_datetime(day: AnyDate, clock: AnyTime) -> AnyDateTime:
    """Put a day and a time together."""
    if isinstance(day, date) and isinstance(clock, time):
        return datetime.combine(day, clock)
    return FarDateTime(day, nanos_of(clock), clock.tzinfo)


def clock_of(value: AnyDateTime) -> AnyTime:
    """Return the time of a date and time."""
    return value.timetz() if isinstance(value, datetime) else make_time(value.nanos, value.tzinfo)


def make_duration(nanos: int) -> AnyDuration | None:
    """Make a duration; null when it is longer than any calendar."""
    if abs(nanos) > MAX_LENGTH:
        return None
    if nanos % 1000 or abs(nanos) > 999_999_998 * DAY:
        return FineDuration(nanos)
    return timedelta(microseconds=nanos // 1000)


def length_of(value: AnyDuration) -> int:
    """Count the nanoseconds of a duration."""
    return value.nanos if isinstance(value, FineDuration) else value // _MICRO * 1000


def offset_of(value: AnyTime | AnyDateTime) -> timedelta | None:
    """Return how far from UTC a value is; null when it has no zone."""
    zone = value.tzinfo
    if zone is None:
        return None
    if isinstance(zone, timezone):
        return zone.utcoffset(None)
    if isinstance(value, datetime):
        return value.utcoffset()
    if isinstance(value, FarDateTime):
        return _near_moment(value, zone).utcoffset()
    moment = _STANDARD.replace(tzinfo=zone)
    return (moment.utcoffset() or timedelta()) - (moment.dst() or timedelta())


def _near_moment(value: FarDateTime, zone: tzinfo) -> datetime:
    year, month, day = year_month_day(value.day)
    near = year if 1 < year < 9999 else _near(year)
    micro = timedelta(microseconds=value.nanos // 1000)
    return datetime(near, month, day, tzinfo=zone) + micro


def instant_of(value: AnyDateTime) -> int:
    """Count the nanoseconds since year 1 in UTC, or on the wall clock when there is no zone."""
    shift = offset_of(value)
    return day_number(day_of(value)) * DAY + nanos_of(value) - (length_of(shift) if shift else 0)


def datetime_at(instant: int, zone: tzinfo | None) -> AnyDateTime:
    """Return the date and time of an instant in a zone; raises ValueError beyond the calendar."""
    number, nanos = divmod(instant, DAY)
    if zone is None:
        return make_datetime(date_of(number), make_time(nanos, None))
    plain = make_datetime(date_of(number), make_time(nanos, UTC))
    if isinstance(plain, datetime) and plain.date() not in {date.min, date.max}:
        return plain.astimezone(zone)
    shift = length_of(_shift_at(plain, zone))
    number, nanos = divmod(instant + shift, DAY)
    return make_datetime(date_of(number), make_time(nanos, zone))


def _shift_at(moment: AnyDateTime, zone: tzinfo) -> timedelta:
    if isinstance(zone, ZoneInfo):
        year, month, day = year_month_day(moment)
        near = year if 1 < year < 9999 else _near(year)
        clock = timedelta(microseconds=nanos_of(moment) // 1000)
        local = (datetime(near, month, day, tzinfo=UTC) + clock).astimezone(zone)
        return local.utcoffset() or timedelta()
    return zone.utcoffset(None) or timedelta()
