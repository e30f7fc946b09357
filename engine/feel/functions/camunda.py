"""Functions that Camunda adds to FEEL and whose value follows from their arguments alone."""

from zoneinfo import ZoneInfo

from engine.feel import temporal
from engine.feel.decimals import Number
from engine.feel.functions.base import builtin
from engine.feel.functions.lists import distinct_values
from engine.feel.functions.strings import ready
from engine.feel.instants import (
    AnyDate,
    AnyDateTime,
    datetime_at,
    day_of,
    instant_of,
    make_datetime,
    make_time,
    nanos_of,
)
from engine.feel.operators import equal
from engine.feel.scope import Scope
from engine.feel.writing import write_text


@builtin("get or else(value: any, default: any)")
def get_or_else(value: object, default: object) -> object:
    """Return a value, or another where it is null."""
    return default if value is None else value


@builtin("is empty(list: list)")
def is_empty(items: list[object]) -> bool:
    """Tell whether a list has no elements."""
    return not items


@builtin("is blank(string: string)")
def is_blank(text: str) -> bool:
    """Tell whether a text has nothing but blanks."""
    return not text.strip()


@builtin("extract(string: string, pattern: string)")
def extract(scope: Scope, text: str, pattern: str) -> list[object] | None:
    """Return every part of a text that a regular expression matches."""
    compiled = ready(scope, text, pattern, None)
    if compiled is None:
        return None
    return scope.items([match.group() for match in compiled.regex.finditer(text)])


@builtin("duplicate values(list: list)")
def duplicate_values(scope: Scope, items: list[object]) -> list[object]:
    """Return each value that comes more than once."""
    scope.spend(len(items) * len(items) + 1)
    return [
        one
        for one in distinct_values(scope, items)
        if sum(equal(scope, one, item) is True for item in items) > 1
    ]


@builtin("partition(list: list, size: number)")
def partition(scope: Scope, items: list[object], size: Number) -> list[object] | None:
    """Cut a list into lists of a length; the last one may be shorter."""
    step = int(size)
    if step < 1:
        return None
    scope.spend(len(items) + 1)
    return scope.items([items[start : start + step] for start in range(0, len(items), step)])


@builtin("last day of month(date: instant)")
def last_day_of_month(day: AnyDate | AnyDateTime) -> AnyDate:
    """Return the last day of a day's month."""
    return temporal.end_of_month(day_of(day))


@builtin("date and time(date: datetime, timezone: string)")
def datetime_in_zone(moment: AnyDateTime, zone: str) -> AnyDateTime | None:
    """Return the same instant in another zone; without a zone, the same wall clock there."""
    try:
        area = ZoneInfo(zone)
    except (OSError, KeyError, ValueError):
        return None
    if moment.tzinfo is not None:
        return datetime_at(instant_of(moment), area)
    return make_datetime(day_of(moment), make_time(nanos_of(moment), area))


@builtin("cycle(repetitions: any, interval: length)")
def cycle(scope: Scope, repetitions: object, interval: object) -> str | None:
    """Write how often and at which interval a timer goes off; null: without an end."""
    if repetitions is None:
        return scope.text(f"R/{write_text(interval)}")
    if isinstance(repetitions, bool) or not isinstance(repetitions, int) or repetitions < 1:
        return None
    return scope.text(f"R{repetitions}/{write_text(interval)}")


@builtin("cycle(interval: length)")
def endless_cycle(scope: Scope, interval: object) -> str | None:
    """Write at which interval a timer goes off, without an end."""
    return cycle(scope, None, interval)
