"""Dates, times and durations of FEEL: reading, writing, properties, arithmetic.

Python's own types carry them, so years run from 1 to 9999 and seconds have six decimals.
"""

import re
from datetime import UTC, date, datetime, time, timedelta, timezone, tzinfo
from typing import Final, cast
from zoneinfo import ZoneInfo

from engine.feel.decimals import Number, divide
from engine.feel.values import YearsMonths

_DATE: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_TIME: Final = re.compile(
    r"([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.([0-9]{1,9}))?"
    r"(Z|[+-][0-9]{2}:[0-9]{2}(?::[0-9]{2})?|@[A-Za-z_]+(?:/[A-Za-z0-9_+-]+)*)?"
)
_DAYS: Final = re.compile(
    r"(-?)P(?:([0-9]{1,9})D)?(?:T(?:([0-9]{1,12})H)?(?:([0-9]{1,12})M)?"
    r"(?:([0-9]{1,15})(?:\.([0-9]{1,9}))?S)?)?"
)
_MONTHS: Final = re.compile(r"(-?)P(?:([0-9]{1,9})Y)?(?:([0-9]{1,10})M)?")
#: No place on Earth is further from UTC.
MAX_OFFSET: Final = timedelta(hours=18)
_DAY: Final = timedelta(days=1)
_EPOCH: Final = date(1970, 1, 1)

Instant = date | datetime


def read_zone(text: str | None) -> tzinfo | None:
    """Read ``Z``, ``+08:00`` or ``@Area/City``; raises ValueError when there is no such zone."""
    if not text:
        return None
    if text == "Z":
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


def read_date(text: str) -> date | None:
    """Read ``2026-11-23``; null when there is no such day."""
    match = _DATE.fullmatch(text)
    try:
        return date(*map(int, match.groups())) if match else None
    except ValueError:
        return None


def read_time(text: str) -> time | None:
    """Read ``10:30:00``, with an optional fraction and zone; null when there is no such time."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hour, minute, second, fraction, zone = match.groups()
    micro = int((fraction or "0").ljust(6, "0")[:6])
    try:
        return time(int(hour), int(minute), int(second), micro, read_zone(zone))
    except ValueError:
        return None


def read_datetime(text: str) -> datetime | None:
    """Read ``2026-11-23T10:30:00`` with an optional zone, or a bare date as its midnight."""
    day_text, mark, time_text = text.partition("T")
    day = read_date(day_text)
    clock = read_time(time_text) if mark else time()
    return datetime.combine(day, clock) if day is not None and clock is not None else None


def read_duration(text: str) -> timedelta | YearsMonths | None:
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
    try:
        length = timedelta(
            days=int(days or 0),
            hours=int(hours or 0),
            minutes=int(minutes or 0),
            seconds=int(seconds or 0),
            microseconds=int((fraction or "0").ljust(6, "0")[:6]),
        )
    except OverflowError:
        return None
    return -length if sign else length


def read_temporal(text: str) -> object:
    """Read what ``@"..."`` may hold: a date, time, date and time, or duration; null otherwise."""
    for reader in (read_date, read_time, read_duration):
        if (value := reader(text)) is not None:
            return value
    return read_datetime(text) if "T" in text else None


def write_temporal(value: date | time | timedelta | YearsMonths) -> str:
    """Write a temporal value as ISO 8601, a zone id after ``@``."""
    if isinstance(value, YearsMonths):
        return _write_months(value.months)
    if isinstance(value, timedelta):
        return _write_days(value)
    if isinstance(value, datetime):
        return f"{value.date().isoformat()}T{_write_clock(value.timetz())}"
    return _write_clock(value) if isinstance(value, time) else value.isoformat()


def _write_clock(value: time) -> str:
    text = value.replace(tzinfo=None).isoformat()
    if value.microsecond:
        text = text.rstrip("0")
    zone = value.tzinfo
    if zone is None:
        return text
    if isinstance(zone, ZoneInfo):
        return f"{text}@{zone.key}"
    offset = value.utcoffset() or timedelta()
    if not offset:
        return f"{text}Z"
    return text + value.replace(microsecond=0).isoformat()[8:]


def _write_months(months: int) -> str:
    sign, months = ("-", -months) if months < 0 else ("", months)
    years, rest = divmod(months, 12)
    text = (f"{years}Y" if years else "") + (f"{rest}M" if rest else "")
    return f"{sign}P{text or '0M'}"


def _write_days(length: timedelta) -> str:
    sign, length = ("-", -length) if length < timedelta() else ("", length)
    hours, rest = divmod(length.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    text = f"{length.days}D" if length.days else ""
    clock = (f"{hours}H" if hours else "") + (f"{minutes}M" if minutes else "")
    if length.microseconds:
        clock += f"{seconds}.{length.microseconds:06d}".rstrip("0") + "S"
    elif seconds:
        clock += f"{seconds}S"
    if clock:
        text += "T" + clock
    return f"{sign}P{text or 'T0S'}"


def offset_of(value: datetime | time) -> timedelta | None:
    """Return how far from UTC a time is; null when it has no zone."""
    return value.utcoffset()


def comparable(left: object, right: object) -> tuple[object, object] | None:
    """Make two times or two dates and times comparable; null when only one has a zone."""
    if isinstance(left, datetime) and isinstance(right, datetime):
        if (left.tzinfo is None) is not (right.tzinfo is None):
            return None
        return (
            (left, right) if left.tzinfo is None else (left.astimezone(UTC), right.astimezone(UTC))
        )
    if isinstance(left, time) and isinstance(right, time):
        first, second = _of_day(left), _of_day(right)
        if left.tzinfo is right.tzinfo:
            return first, second
        here, there = left.utcoffset(), right.utcoffset()
        return None if here is None or there is None else (first - here, second - there)
    return None


def _of_day(value: time) -> timedelta:
    return timedelta(
        hours=value.hour,
        minutes=value.minute,
        seconds=value.second,
        microseconds=value.microsecond,
    )


def subtract_instants(left: object, right: object) -> timedelta | None:
    """Return the time between two dates, two times, or two dates and times."""
    if isinstance(left, date) and isinstance(right, date):
        zone = next((v.tzinfo for v in (left, right) if isinstance(v, datetime) and v.tzinfo), None)
        return _between(_midnight(left, zone), _midnight(right, zone))
    return _between(left, right)


def _between(left: object, right: object) -> timedelta | None:
    pair = comparable(left, right)
    if pair is None:
        return None
    first, second = cast("tuple[datetime, datetime]", pair)
    return first - second


def _midnight(value: date, zone: tzinfo | None) -> datetime:
    # DMN 1.3, 10.3.2.3.6: beside a date and time with a zone, a date is its midnight in UTC.
    if isinstance(value, datetime):
        return value
    return datetime.combine(value, time(), UTC if zone else None)


def shift(value: date | time, length: timedelta | YearsMonths, sign: int) -> object:
    """Move a date, time, or date and time by a duration; null when that leaves the calendar."""
    try:
        if isinstance(length, YearsMonths):
            return add_months(value, sign * length.months) if isinstance(value, date) else None
        if isinstance(value, time):
            return _shift_time(value, length * sign)
        if isinstance(value, datetime):
            return _shift_datetime(value, length * sign)
        return (datetime.combine(value, time()) + length * sign).date()
    except (OverflowError, ValueError):
        return None


def _shift_time(value: time, length: timedelta) -> time:
    rest = (_of_day(value) + length) % _DAY
    return (datetime.combine(_EPOCH, time()) + rest).time().replace(tzinfo=value.tzinfo)


def _shift_datetime(value: datetime, length: timedelta) -> datetime:
    if value.tzinfo is None:
        return value + length
    return (value.astimezone(UTC) + length).astimezone(value.tzinfo)


def add_months(value: Instant, months: int) -> Instant:
    """Move by whole months, clamped to the month's end; raises ValueError off the calendar."""
    year, month = divmod(value.year * 12 + value.month - 1 + months, 12)
    if not 1 <= year <= 9999:
        raise ValueError(year)
    return value.replace(year=year, month=month + 1, day=min(value.day, _last_day(year, month + 1)))


def _last_day(year: int, month: int) -> int:
    if month == 12:
        return 31
    return (date(year, month + 1, 1) - _DAY).day


def months_between(start: Instant, end: Instant) -> YearsMonths:
    """Return the whole months from one date to another, as ``years and months duration`` does."""
    if start > end:
        return YearsMonths(-months_between(end, start).months)
    months = (end.year - start.year) * 12 + end.month - start.month
    return YearsMonths(months - (1 if add_months(start, months) > end else 0))


def scale_duration(length: timedelta, factor: Number) -> timedelta | None:
    """Multiply a days and time duration by a number, exact to the microsecond."""
    micro = length // timedelta(microseconds=1)
    try:
        return timedelta(microseconds=round(micro * factor))
    except OverflowError:
        return None


def ratio(left: timedelta, right: timedelta) -> Number | None:
    """Divide two days and time durations; null when the divisor is zero."""
    micro = timedelta(microseconds=1)
    return divide(left // micro, right // micro)


def property_of(value: object, name: str) -> object:
    """Return a property of a temporal value (DMN 1.3, table 65); null when it has none such."""
    if isinstance(value, YearsMonths):
        sign, whole = (-1, -value.months) if value.months < 0 else (1, value.months)
        return {"years": sign * (whole // 12), "months": sign * (whole % 12)}.get(name)
    if isinstance(value, timedelta):
        return _length_property(value, name)
    if isinstance(value, date) and name in {"year", "month", "day", "weekday"}:
        return value.isoweekday() if name == "weekday" else getattr(value, name)
    if isinstance(value, (datetime, time)):
        return _clock_property(value, name)
    return None


def _length_property(value: timedelta, name: str) -> object:
    sign, length = (-1, -value) if value < timedelta() else (1, value)
    parts = {
        "days": length.days,
        "hours": length.seconds // 3600,
        "minutes": length.seconds // 60 % 60,
        "seconds": length.seconds % 60,
    }
    return sign * parts[name] if name in parts else None


def _clock_property(value: datetime | time, name: str) -> object:
    if name == "hour":
        return value.hour
    if name == "minute":
        return value.minute
    if name == "second":
        return value.second
    if name == "time offset":
        return offset_of(value)
    if name == "timezone" and isinstance(value.tzinfo, ZoneInfo):
        return value.tzinfo.key
    return None
