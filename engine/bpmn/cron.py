"""Cron expressions of five to seven fields, as timers of other engines write them.

Five fields are those of Unix (minute first; days of the week 0-7, Sunday is 0 and 7). Six and seven
begin with the second and may end with the year; in these the engines number the days of the week
differently, so numbers are read by dialect first (``with_names``) and refused where none is known.
"""

import calendar
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

_DAYS: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_MONTHS: Final = (
    *("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"),
)
_MACROS: Final = {
    "@yearly": "0 0 0 1 1 *",
    "@annually": "0 0 0 1 1 *",
    "@monthly": "0 0 0 1 * *",
    "@weekly": "0 0 0 * * SUN",
    "@daily": "0 0 0 * * *",
    "@midnight": "0 0 0 * * *",
    "@hourly": "0 0 * * * *",
}
#: The number of Sunday in each dialect that begins with seconds.
_SUNDAY: Final = {"camunda": 1, "zeebe": 0}
_NUMBER: Final = re.compile(r"(?<![/#\dA-Z])\d+(?=L?(?:[,\-/#]|$))")
_PIECE: Final = re.compile(r"(?P<from>\*|\w+)(?:-(?P<to>\w+))?(?:/(?P<step>\d{1,4}))?")
#: How far ahead the next time is looked for, in days: some 29 Februaries are 40 years apart.
_FAR: Final = 366 * 41

#: Any moment, to try whether a cron expression ever comes due.
_ANY_DAY: Final = datetime(2026, 1, 1, tzinfo=UTC)

Test = Callable[[date], bool]


@dataclass(frozen=True)
class Cron:
    """When a cron expression goes off, in civil time."""

    seconds: tuple[int, ...]
    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    months: frozenset[int]
    years: frozenset[int]
    #: Whether a day is one of those asked for.
    on: Test


def is_like(text: str) -> bool:
    """Whether a timer's text is meant as cron rather than as ISO 8601."""
    return text.startswith("@") or len(text.split()) > 1


def with_names(text: str, dialect: str) -> str:
    """Write the days of the week of six or seven fields by name, as a dialect numbers them."""
    fields = text.split()
    if len(fields) not in {6, 7} or dialect not in _SUNDAY:
        return text
    first = _SUNDAY[dialect]

    def name(found: re.Match[str]) -> str:
        number = int(found[0]) - first
        known = 0 <= number < 7 or (dialect == "zeebe" and number == 7)
        return _DAYS[number % 7] if known else found[0]

    fields[5] = _NUMBER.sub(name, fields[5].upper())
    return " ".join(fields)


def read(text: str) -> Cron:
    """Read a cron expression; raises ValueError for anything that has not exactly one meaning."""
    fields = _MACROS.get(text.strip().lower(), text).upper().split()
    unix = len(fields) == 5
    if unix:
        fields = ["0", *fields]
    if len(fields) not in {6, 7}:
        raise ValueError(text)
    second, minute, hour, day, month, weekday = fields[:6]
    return Cron(
        tuple(sorted(_numbers(second, 0, 59))),
        tuple(sorted(_numbers(minute, 0, 59))),
        tuple(sorted(_numbers(hour, 0, 23))),
        frozenset(_numbers(month, 1, 12, _MONTHS)),
        frozenset(_numbers(fields[6] if len(fields) == 7 else "*", 1970, 2199)),
        _days(day, weekday, unix=unix),
    )


def following(cron: Cron, after: datetime) -> datetime:
    """Give the first time behind an instant of civil time; raises ValueError when none comes."""
    for offset in range(_FAR):
        day = after.date() + timedelta(days=offset)
        if day.year not in cron.years or day.month not in cron.months or not cron.on(day):
            continue
        for at in _times(cron):
            found = datetime.combine(day, at, after.tzinfo)
            if found > after:
                return found
    raise ValueError(after)


def is_due(text: str) -> bool:
    """Whether a text is a cron expression that comes due some day."""
    try:
        following(read(text), _ANY_DAY)
    except ValueError:
        return False
    return True


def _times(cron: Cron) -> Iterator[time]:
    for hour in cron.hours:
        for minute in cron.minutes:
            for second in cron.seconds:
                yield time(hour, minute, second)


def _numbers(text: str, least: int, most: int, names: tuple[str, ...] = ()) -> set[int]:
    found: set[int] = set()
    for piece in text.split(","):
        read_ = _PIECE.fullmatch(piece)
        if read_ is None:
            raise ValueError(text)
        if read_["from"] == "*":
            if read_["to"]:
                raise ValueError(text)
            low, high = least, most
        else:
            low = _number(read_["from"], least, most, names)
            alone = most if read_["step"] else low
            high = _number(read_["to"], least, most, names) if read_["to"] else alone
        step = int(read_["step"] or 1)
        if step < 1 or high < low:
            raise ValueError(text)
        found.update(range(low, high + 1, step))
    return found


def _number(text: str, least: int, most: int, names: tuple[str, ...]) -> int:
    number = names.index(text) + least if text in names else int(text)
    if not least <= number <= most:
        raise ValueError(text)
    return number


# --- days ---
def _days(day: str, weekday: str, *, unix: bool) -> Test:
    """Read both fields of days: Unix takes either of the two, and the others only one at a time."""
    by_day, by_weekday = _of_month(day), _of_week(weekday, unix=unix)
    if weekday in {"*", "?"}:
        return by_day
    if day in {"*", "?"}:
        return by_weekday
    if not unix:
        raise ValueError(f"{day} {weekday}")
    return lambda one: by_day(one) or by_weekday(one)


def _of_month(text: str) -> Test:
    if text == "?":
        return lambda _: True
    tests = [_day_of_month(piece) for piece in text.split(",")]
    return lambda one: any(test(one) for test in tests)


def _day_of_month(piece: str) -> Test:
    last = re.fullmatch(r"L(?:-(\d{1,2}))?", piece)
    if last is not None:
        back = int(last[1] or 0)
        return lambda one: one.day == _last(one) - back
    near = re.fullmatch(r"(\d{1,2}|L)W", piece)
    if near is not None:
        number = None if near[1] == "L" else _number(near[1], 1, 31, ())
        return lambda one: one.day == _nearest_workday(one, number)
    numbers = _numbers(piece, 1, 31)
    return lambda one: one.day in numbers


def _nearest_workday(month: date, number: int | None) -> int | None:
    """Give the day from Monday to Friday nearest to one of a month, in the same month."""
    last = _last(month)
    wanted = last if number is None else number
    if wanted > last:
        return None
    falls = month.replace(day=wanted).weekday()
    if falls == 5:
        return wanted - 1 if wanted > 1 else wanted + 2
    if falls == 6:
        return wanted + 1 if wanted < last else wanted - 2
    return wanted


def _last(day: date) -> int:
    return calendar.monthrange(day.year, day.month)[1]


def _of_week(text: str, *, unix: bool) -> Test:
    if text in {"*", "?"}:
        return lambda _: True
    tests = [_day_of_week(piece, unix=unix) for piece in text.split(",")]
    return lambda one: any(test(one) for test in tests)


def _day_of_week(piece: str, *, unix: bool) -> Test:
    special = re.fullmatch(r"([A-Z]{3})(?:#([1-5])|(L))", piece)
    if special is not None:
        wanted = _DAYS.index(special[1])
        if special[3]:
            return lambda one: _falls(one) == wanted and one.day + 7 > _last(one)
        number = int(special[2])
        return lambda one: _falls(one) == wanted and (one.day - 1) // 7 + 1 == number
    if not unix and re.search(r"(?<![/\d])\d", piece):
        raise ValueError(piece)
    start, dash, stop = piece.partition("-")
    if dash and stop.partition("/")[0] == "SUN" and start != "SUN":
        # A week that ends with Sunday, such as MON-SUN.
        piece = f"{start}-7{stop[3:]}"
    numbers = {number % 7 for number in _numbers(piece, 0, 7, _DAYS)}
    return lambda one: _falls(one) in numbers


def _falls(day: date) -> int:
    return (day.weekday() + 1) % 7
