"""Dates, times and durations of FEEL: reading, writing, properties, arithmetic.

Years run from -999999999 to 999999999 and seconds have nine decimals; ``engine.feel.instants``
says what carries them.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from decimal import ROUND_HALF_EVEN, Decimal
from typing import Final, cast
from zoneinfo import ZoneInfo

from engine.feel.decimals import CONTEXT, Number, divide, multiply
from engine.feel.instants import (
    DATETIMES,
    DAY,
    DAYS,
    DURATIONS,
    MAX_LENGTH,
    MAX_YEAR,
    SECOND,
    TIMES,
    AnyDate,
    AnyDateTime,
    AnyDuration,
    AnyTime,
    FarDate,
    clock_of,
    date_of,
    datetime_at,
    day_number,
    day_of,
    instant_of,
    length_of,
    make_date,
    make_datetime,
    make_duration,
    make_time,
    nanos_of,
    offset_of,
    year_month_day,
)
from engine.feel.values import YearsMonths

_DATE: Final = re.compile(r"(-?(?:[0-9]{4}|[1-9][0-9]{4,8}))-([0-9]{2})-([0-9]{2})")
_TIME: Final = re.compile(
    r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?"
    r"([Zz]|[+-][0-9]{2}:[0-9]{2}(?::[0-9]{2})?|@[A-Za-z_][A-Za-z0-9_+-]*(?:/[A-Za-z0-9_+-]+)*)?"
)
#: Hour 24 is the beginning of the next day (XML Schema part 2, 3.2.7.1).
_END_OF_DAY: Final = re.compile(r"24:00:00(?:\.0{1,9})?(?![.0-9])")
_DAYS: Final = re.compile(
    r"(-?)P(?:([0-9]{1,12})D)?(?:T(?:([0-9]{1,14})H)?(?:([0-9]{1,15})M)?"
    r"(?:([0-9]{1,17})(?:\.([0-9]{0,9}))?S)?)?"
)
_MONTHS: Final = re.compile(r"(-?)P(?:([0-9]{1,9})Y)?(?:([0-9]{1,11})M)?")
#: No place on Earth is further from UTC.
MAX_OFFSET: Final = timedelta(hours=18)


def read_zone(text: str | None) -> tzinfo | None:
    """Read ``Z``, ``+08:00`` or ``@Area/City``; raises ValueError when there is no such zone."""
    if not text:
        return None
    if text in {"Z", "z"}:
        return UTC
    if text.startswith("@"):
        try:
            return ZoneInfo(text[1:])
        except (OSError, KeyError) as error:
            raise ValueError(text) from error
    hours, minutes, seconds = ([int(part) for part in text[1:].split(":")] + [0])[:3]
    offset = timedelta(hours=hours, minutes=minutes, seconds=seconds)
    if offset > MAX_OFFSET or minutes > 59 or seconds > 59:
        raise ValueError(text)
    return timezone(-offset if text.startswith("-") else offset)


def read_date(text: str) -> AnyDate | None:
    """Read ``2026-11-23``; null when there is no such day."""
    match = _DATE.fullmatch(text)
    try:
        return make_date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def read_time(text: str) -> AnyTime | None:
    """Read ``10:30:00``, with an optional fraction and zone; null when there is no such time."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hour, minute, second, fraction, zone = match.groups()
    try:
        return clock_at(int(hour), int(minute), int(second), _nanos(fraction), read_zone(zone))
    except ValueError:
        return None


def clock_at(hour: int, minute: int, second: int, nanos: int, zone: tzinfo | None) -> AnyTime:
    """Make a time from its parts; raises ValueError when there is no such time."""
    if not (0 <= hour < 24 and 0 <= minute < 60 and 0 <= second < 60):
        raise ValueError(hour, minute, second)
    return make_time((hour * 3600 + minute * 60 + second) * SECOND + nanos, zone)


def _nanos(fraction: str | None) -> int:
    return int((fraction or "0").ljust(9, "0"))


def read_datetime(text: str) -> AnyDateTime | None:
    """Read ``2026-11-23T10:30:00`` with an optional zone, or a bare date as its midnight."""
    day_text, mark, time_text = text.partition("T")
    day = read_date(day_text)
    if day is not None and _END_OF_DAY.match(time_text):
        day, time_text = cast("AnyDate | None", shift(day, timedelta(1), 1)), f"00{time_text[2:]}"
    clock = read_time(time_text) if mark else time()
    return make_datetime(day, clock) if day is not None and clock is not None else None


def read_duration(text: str) -> AnyDuration | YearsMonths | None:
    """Read an ISO 8601 duration of one of FEEL's two kinds; null otherwise."""
    if match := _MONTHS.fullmatch(text):
        sign, years, months = match.groups()
        if years is None and months is None:
            return None
        count = int(years or 0) * 12 + int(months or 0)
        return YearsMonths(-count if sign else count)
    match = _DAYS.fullmatch(text)
    if match is None or text.endswith(("T", "P")):
        return None
    sign, days, hours, minutes, seconds, fraction = match.groups()
    whole = int(hours or 0) * 3600 + int(minutes or 0) * 60 + int(seconds or 0)
    length = int(days or 0) * DAY + whole * SECOND + _nanos(fraction)
    return make_duration(-length if sign else length)


def read_temporal(text: str) -> object:
    """Read what ``@"..."`` may hold: a date, time, date and time, or duration; null otherwise."""
    for reader in (read_date, read_time, read_duration):
        if (value := reader(text)) is not None:
            return value
    return read_datetime(text) if "T" in text else None


def write_temporal(value: object) -> str:
    """Write a temporal value as ISO 8601, a zone id after ``@``."""
    if isinstance(value, YearsMonths):
        return _write_months(value.months)
    if isinstance(value, DURATIONS):
        return _write_length(length_of(value))
    if isinstance(value, DATETIMES):
        return f"{_write_day(day_of(value))}T{_write_clock(value)}"
    return _write_clock(value) if isinstance(value, TIMES) else _write_day(cast("AnyDate", value))


def _write_day(day: AnyDate) -> str:
    sign, year = ("-", -day.year) if day.year < 0 else ("", day.year)
    return f"{sign}{year:04d}-{day.month:02d}-{day.day:02d}"


def _write_clock(value: AnyTime | AnyDateTime) -> str:
    seconds, nanos = divmod(nanos_of(value), SECOND)
    text = f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
    if nanos:
        text += f".{nanos:09d}".rstrip("0")
    if isinstance(value.tzinfo, ZoneInfo):
        return f"{text}@{value.tzinfo.key}"
    offset = offset_of(value)
    if offset is None:
        return text
    if not offset:
        return f"{text}Z"
    sign, offset = ("-", -offset) if offset < timedelta() else ("+", offset)
    minutes, rest = divmod(offset.seconds, 60)
    text += f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"
    return f"{text}:{rest:02d}" if rest else text


def _write_months(months: int) -> str:
    sign, months = ("-", -months) if months < 0 else ("", months)
    years, rest = divmod(months, 12)
    text = (f"{years}Y" if years else "") + (f"{rest}M" if rest else "")
    return f"{sign}P{text or '0M'}"


def _write_length(length: int) -> str:
    sign, length = ("-", -length) if length < 0 else ("", length)
    days, rest = divmod(length, DAY)
    seconds, nanos = divmod(rest, SECOND)
    hours, minutes = seconds // 3600, seconds // 60 % 60
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    if nanos:
        clock += f"{seconds % 60}.{nanos:09d}".rstrip("0") + "S"
    elif seconds % 60:
        clock += f"{seconds % 60}S"
    text = (f"{days}D" if days else "") + (f"T{clock}" if clock else "")
    return f"{sign}P{text or 'T0S'}"


def comparable(left: object, right: object) -> tuple[int, int] | None:
    """Make two values of one temporal kind comparable; null when only one has a zone."""
    if isinstance(left, DATETIMES) and isinstance(right, DATETIMES):
        alike = (left.tzinfo is None) is (right.tzinfo is None)
        return (instant_of(left), instant_of(right)) if alike else None
    if isinstance(left, TIMES) and isinstance(right, TIMES):
        alike = (left.tzinfo is None) is (right.tzinfo is None)
        return (_of_day(left), _of_day(right)) if alike else None
    if isinstance(left, DURATIONS) and isinstance(right, DURATIONS):
        return length_of(left), length_of(right)
    if _is_day(left) and _is_day(right):
        return day_number(cast("AnyDate", left)), day_number(cast("AnyDate", right))
    return None


def _of_day(value: AnyTime) -> int:
    return nanos_of(value) - length_of(offset_of(value) or timedelta())


def _is_day(value: object) -> bool:
    return isinstance(value, (date, FarDate)) and not isinstance(value, datetime)


def is_same(left: object, right: object) -> bool:
    """Tell whether two times, or dates and times, read the same and have the same zone."""
    if isinstance(left, DATETIMES) and isinstance(right, DATETIMES):
        same = day_of(left) == day_of(right) and nanos_of(left) == nanos_of(right)
        return same and _zone_of(left) == _zone_of(right)
    if isinstance(left, TIMES) and isinstance(right, TIMES):
        return nanos_of(left) == nanos_of(right) and _zone_of(left) == _zone_of(right)
    return False


def _zone_of(value: AnyTime | AnyDateTime) -> object:
    # A named zone is no offset, however far from UTC it is that day.
    return value.tzinfo.key if isinstance(value.tzinfo, ZoneInfo) else offset_of(value)


def subtract_instants(left: object, right: object) -> AnyDuration | None:
    """Return the time between two dates, two times, or two dates and times."""
    if isinstance(left, DAYS) and isinstance(right, DAYS):
        left, right = midnight(left, UTC), midnight(right, UTC)
    pair = comparable(left, right)
    return make_duration(pair[0] - pair[1]) if pair else None


def midnight(value: AnyDate | AnyDateTime, zone: tzinfo | None) -> AnyDateTime:
    """Return a date and time as it is, a date's beginning in a zone (DMN 1.3, 10.3.2.3.6)."""
    if isinstance(value, DATETIMES):
        return value
    return make_datetime(value, time(tzinfo=zone))


def shift(value: object, length: AnyDuration | YearsMonths, sign: int) -> object:
    """Move a date, time, or date and time by a duration; null when that leaves the calendar."""
    try:
        if isinstance(length, YearsMonths):
            return add_months(value, sign * length.months) if isinstance(value, DAYS) else None
        move = sign * length_of(length)
        if isinstance(value, TIMES):
            return make_time((nanos_of(value) + move) % DAY, value.tzinfo)
        if isinstance(value, DATETIMES):
            return datetime_at(instant_of(value) + move, value.tzinfo)
        return date_of((day_number(cast("AnyDate", value)) * DAY + move) // DAY)
    except (OverflowError, ValueError):
        return None


def add_months(value: AnyDate | AnyDateTime, months: int) -> AnyDate | AnyDateTime:
    """Move by whole months, clamped to the month's end; raises ValueError off the calendar."""
    year, month, day = year_month_day(value)
    year, month = divmod(year * 12 + month - 1 + months, 12)
    if abs(year) > MAX_YEAR:
        raise ValueError(year)
    moved = make_date(year, month + 1, min(day, _last_day(year, month + 1)))
    return make_datetime(moved, clock_of(value)) if isinstance(value, DATETIMES) else moved


def end_of_month(day: AnyDate) -> AnyDate:
    """Return the last day of a day's month."""
    return make_date(day.year, day.month, _last_day(day.year, day.month))


def _last_day(year: int, month: int) -> int:
    if month == 2:
        return 29 if year % 4 == 0 and (year % 100 != 0 or year % 400 == 0) else 28
    return 30 if month in {4, 6, 9, 11} else 31


def months_between(start: AnyDate, end: AnyDate) -> YearsMonths:
    """Return the whole months from one date to another, as ``years and months duration`` does."""
    (year, month, day), (to_year, to_month, to_day) = year_month_day(start), year_month_day(end)
    months = (to_year - year) * 12 + to_month - month
    if months > 0 and to_day < day:
        months -= 1
    elif months < 0 and to_day > day:
        months += 1
    return YearsMonths(months)


def scale_duration(length: AnyDuration, factor: Number) -> AnyDuration | None:
    """Multiply a days and time duration by a number, to the nanosecond."""
    return _rounded(multiply(length_of(length), factor))


def divide_duration(length: AnyDuration, divisor: Number) -> AnyDuration | None:
    """Divide a days and time duration by a number, to the nanosecond; null for zero."""
    return _rounded(divide(length_of(length), divisor))


def _rounded(nanos: Number | None) -> AnyDuration | None:
    if nanos is None or not -MAX_LENGTH <= nanos <= MAX_LENGTH:
        return None
    return make_duration(int(Decimal(nanos).to_integral_value(ROUND_HALF_EVEN, CONTEXT)))


def ratio(left: AnyDuration, right: AnyDuration) -> Number | None:
    """Divide two days and time durations; null when the divisor is zero."""
    return divide(length_of(left), length_of(right))


def property_of(value: object, name: str) -> object:
    """Return a property of a temporal value (DMN 1.3, table 65); null when it has none such."""
    if isinstance(value, YearsMonths):
        sign, whole = (-1, -value.months) if value.months < 0 else (1, value.months)
        return {"years": sign * (whole // 12), "months": sign * (whole % 12)}.get(name)
    if isinstance(value, DURATIONS):
        return _length_property(length_of(value), name)
    if isinstance(value, DAYS) and name in {"year", "month", "day", "weekday"}:
        if name == "weekday":
            return (day_number(day_of(value)) - 1) % 7 + 1
        return year_month_day(value)[("year", "month", "day").index(name)]
    if isinstance(value, (*DATETIMES, *TIMES)):
        return _clock_property(value, name)
    return None


def _length_property(value: int, name: str) -> object:
    sign, length = (-1, -value) if value < 0 else (1, value)
    seconds = length // SECOND
    parts = {
        "days": length // DAY,
        "hours": seconds // 3600 % 24,
        "minutes": seconds // 60 % 60,
        "seconds": seconds % 60,
    }
    return sign * parts[name] if name in parts else None


def _clock_property(value: AnyTime | AnyDateTime, name: str) -> object:
    seconds = nanos_of(value) // SECOND
    if name == "hour":
        return seconds // 3600
    if name == "minute":
        return seconds // 60 % 60
    if name == "second":
        return seconds % 60
    if name == "time offset":
        return offset_of(value)
    if name == "timezone" and isinstance(value.tzinfo, ZoneInfo):
        return value.tzinfo.key
    return None
