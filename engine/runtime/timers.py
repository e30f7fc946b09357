"""When a timer of a diagram is due: ISO 8601, or working time by the calendar the caller gives."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

from engine.clock import CIVIL_ZONE
from engine.errors import InvalidError
from engine.feel import YearsMonths
from engine.runtime.errors import RuntimeFault
from engine.workdays.limits import LARGEST_AMOUNT
from forms.text import Text

#: Moves an aware instant on by a working duration such as ``P5WD`` or ``PT4WH``.
Workdays = Callable[[datetime, str], datetime]

_WORKING: Final = re.compile(r"P(?=.)(?:\d{1,4}WD)?(?:T\d{1,4}WH)?")
_ISO: Final = re.compile(
    r"P(?=\d|T\d)(?:(?P<years>\d{1,4})Y)?(?:(?P<months>\d{1,4})M)?(?:(?P<weeks>\d{1,4})W)?"
    r"(?:(?P<days>\d{1,4})D)?(?:T(?=\d)(?:(?P<hours>\d{1,5})H)?(?:(?P<minutes>\d{1,5})M)?"
    r"(?:(?P<seconds>\d{1,7}(?:\.\d{1,3})?)S)?)?"
)
#: The same with any number of digits: lengths of time, but longer than we count.
_LONG: Final = re.compile(
    r"P(?=\d|T\d)(?:\d+Y)?(?:\d+M)?(?:\d+W)?(?:\d+D)?"
    r"(?:T(?=\d)(?:\d+H)?(?:\d+M)?(?:\d+(?:\.\d+)?S)?)?"
    r"|P(?=.)(?:\d+WD)?(?:T(?=\d)\d+WH)?"
)
_LAST_YEAR: Final = 9000


def due(kind: str, value: object, now: datetime, workdays: Workdays | None) -> datetime:
    """Return when a timer is due, as an aware UTC instant.

    ``kind`` is ``duration`` (counted from ``now``) or ``date``; ``value`` is ISO 8601 text or what
    an expression made of it. Raises RuntimeFault for anything else.
    """
    try:
        return _due(kind, value, now, workdays)
    except OverflowError as error:
        raise _too_far(value) from error


def _due(kind: str, value: object, now: datetime, workdays: Workdays | None) -> datetime:
    if kind == "date":
        return moment(value)
    if isinstance(value, timedelta):
        return _forward(now, now + value, str(value))
    if isinstance(value, YearsMonths):
        civil = _add_months(now.astimezone(CIVIL_ZONE), value.months)
        return _forward(now, civil.astimezone(UTC), f"{value.months} months")
    if isinstance(value, str):
        return after(now, value.strip(), workdays)
    raise _wrong(value)


def after(start: datetime, duration: str, workdays: Workdays | None) -> datetime:
    """Move an instant on by ``P5D``, ``PT30M``, ``P1M`` (civil months) or ``P5WD``, ``PT4WH``.

    Raises RuntimeFault for what is no duration, and for a moment that no calendar has.
    """
    try:
        return _after(start, duration, workdays)
    except OverflowError as error:
        raise _too_far(duration) from error


def _after(start: datetime, duration: str, workdays: Workdays | None) -> datetime:
    if _WORKING.fullmatch(duration):
        if workdays is None:
            raise RuntimeFault(
                Text(
                    f"没有工作日历，无法计算“{duration}”。",
                    f"There is no working calendar to compute '{duration}'.",
                )
            )
        return _forward(start, _worked(start, duration, workdays), duration)
    months, rest = _length(duration)
    civil = _add_months(start.astimezone(CIVIL_ZONE), months) + rest
    return civil.astimezone(UTC)


def _worked(start: datetime, duration: str, workdays: Workdays) -> datetime:
    try:
        return workdays(start, duration).astimezone(UTC)
    except InvalidError as error:  # the bound of limits, said of the duration as it was written
        raise RuntimeFault(
            Text(
                f"“{duration}”过长：工作日、工作小时最多各 {LARGEST_AMOUNT}。",
                f"'{duration}' is too long: at most {LARGEST_AMOUNT} working days or hours.",
            )
        ) from error


@lru_cache(maxsize=1024)
def _length(duration: str) -> tuple[int, timedelta]:
    """Read a duration as months and the rest: the diagrams of a city name the same few."""
    found = _ISO.fullmatch(duration)
    if found is None:
        raise _too_far(duration) if _LONG.fullmatch(duration) else _wrong(duration)
    part = {name: float(text or 0) for name, text in found.groupdict().items()}
    rest = timedelta(
        weeks=part["weeks"],
        days=part["days"],
        hours=part["hours"],
        minutes=part["minutes"],
        seconds=part["seconds"],
    )
    return int(part["years"]) * 12 + int(part["months"]), rest


def moment(value: object) -> datetime:
    """Read a date or an instant; without a zone it is civil time, a bare date its first moment."""
    if isinstance(value, str):
        value = _parsed(value.strip())
    if isinstance(value, datetime):
        civil = value if value.tzinfo else value.replace(tzinfo=CIVIL_ZONE)
        return civil.astimezone(UTC)
    if isinstance(value, date):
        return datetime.combine(value, time(), CIVIL_ZONE).astimezone(UTC)
    raise _wrong(value)


def _parsed(text: str) -> date | datetime:
    try:
        return date.fromisoformat(text) if len(text) == 10 else datetime.fromisoformat(text)
    except ValueError as error:
        raise _wrong(text) from error


def _add_months(start: datetime, months: int) -> datetime:
    if not months:
        return start
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    if not 1 <= year <= _LAST_YEAR:
        raise OverflowError
    last = (date(year + (month + 1) // 12, (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return start.replace(year=year, month=month + 1, day=min(start.day, last))


def _forward(start: datetime, end: datetime, text: str) -> datetime:
    if end < start:
        raise _wrong(text)
    return end


def _shown(value: object) -> str:
    return f"{value.months} months" if isinstance(value, YearsMonths) else str(value)[:60]


def _wrong(value: object) -> RuntimeFault:
    shown = _shown(value)
    return RuntimeFault(
        Text(f"无法识别的时间“{shown}”。", f"'{shown}' is not a time or duration we know.")
    )


def _too_far(value: object) -> RuntimeFault:
    shown = _shown(value)
    return RuntimeFault(
        Text(
            f"时间“{shown}”算不出：那一时刻超出范围（至公元 {_LAST_YEAR} 年）。",
            f"'{shown}' is not a time we can count: its moment is out of range"
            f" (years up to {_LAST_YEAR}).",
        )
    )
