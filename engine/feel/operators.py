"""The operators of FEEL on values: equality, order, membership, arithmetic (DMN 1.3, 10.3.2.9)."""

import operator
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, Final

from engine.feel import decimals, temporal
from engine.feel.decimals import NUMERIC
from engine.feel.instants import (
    DATETIMES,
    DAYS,
    DURATIONS,
    SECOND,
    TIMES,
    FarDate,
    FineDuration,
    length_of,
    make_duration,
)
from engine.feel.scope import Scope
from engine.feel.values import KINDS, Range, YearsMonths

_PLAINLY_EQUAL: Final = frozenset(
    {str, int, bool, Decimal, date, timedelta, YearsMonths, type(None), FarDate, FineDuration}
)
_ORDERED: Final = frozenset({int, Decimal, str, date, timedelta, YearsMonths, FineDuration})
MAX_MONTHS: Final = 10**12
_LENGTHS: Final = (*DURATIONS, YearsMonths)
_MOVABLE: Final = (*DAYS, *TIMES)
_MOMENTS: Final = (*DATETIMES, *TIMES)

#: Compares two values whose kinds were matched.
Order = Callable[[Any, Any], Any]


def equal(scope: Scope, left: object, right: object) -> bool | None:
    """Tell whether two values are equal; null when they are of different kinds."""
    kind = type(left)
    if kind is type(right) and kind in _PLAINLY_EQUAL:
        return left == right
    if left is None or right is None:
        return left is right
    if KINDS[kind] != KINDS[type(right)]:
        return None
    if kind in NUMERIC:
        return left == right
    if kind in {list, dict, Range}:
        return _equal_parts(scope, left, right)
    pair = _measures(left, right)
    return left is right if pair is None else pair[0] == pair[1]


def _measures(left: object, right: object) -> tuple[int, int] | None:
    pair = temporal.comparable(left, right)
    if pair is None or not isinstance(left, _MOMENTS):
        return pair
    # The value of a time is counted in seconds (DMN 1.3, 10.3.2.3.4): neither "=" nor "<" looks
    # closer, or a time would be less than one that it equals.
    return pair[0] // SECOND, pair[1] // SECOND


def _equal_parts(scope: Scope, left: object, right: object) -> bool | None:
    if isinstance(left, dict) and isinstance(right, dict):
        return _equal_contexts(scope, left, right)
    return _equal_lists(scope, _items_of(left), _items_of(right))


def _items_of(value: object) -> list[object]:
    if isinstance(value, Range):
        return [value.low, value.high, value.low_closed, value.high_closed, value.alone]
    return value if isinstance(value, list) else [value]


def _equal_lists(scope: Scope, left: list[object], right: list[object]) -> bool | None:
    if len(left) != len(right):
        return False
    scope.spend(len(left) + 1)
    result: bool | None = True
    for one, other in zip(left, right, strict=True):
        same = equal(scope, one, other)
        if same is False:
            return False
        if same is None:
            result = None
    return result


def _equal_contexts(scope: Scope, left: dict[str, object], right: dict[str, object]) -> bool | None:
    if left.keys() != right.keys():
        return False
    return _equal_lists(scope, list(left.values()), [right[name] for name in left])


def ordered(left: object, right: object, order: Order) -> bool | None:
    """Compare two values of one ordered kind; null when they cannot be compared."""
    kind = type(left)
    if kind is type(right) and kind in _ORDERED:
        return bool(order(left, right))
    if kind in NUMERIC and type(right) in NUMERIC:
        return bool(order(left, right))
    pair = _measures(left, right)
    return bool(order(*pair)) if pair else None


def below(left: object, right: object) -> bool | None:
    """Tell whether left is less than right; null when they cannot be compared."""
    return ordered(left, right, operator.lt)


def in_range(value: object, span: Range) -> bool | None:
    """Tell whether a value lies in a range; null when it cannot be compared with the ends."""
    low = span.low is None or _above(value, span.low, closed=span.low_closed)
    high = span.high is None or _under(value, span.high, closed=span.high_closed)
    return both(low, high)


def between(
    value: object, ends: tuple[object, object], closed: tuple[bool, bool] = (True, True)
) -> bool | None:
    """Tell whether a value lies between two ends, as ``a >= low and a <= high`` does.

    Three-valued (DMN 1.3, table 55): an end that is null or of another kind leaves it unknown,
    unless the other end alone rules the value out.
    """
    above = _above(value, ends[0], closed=closed[0])
    return both(above, _under(value, ends[1], closed=closed[1]))


def _above(value: object, low: object, *, closed: bool) -> bool | None:
    return ordered(value, low, operator.ge if closed else operator.gt)


def _under(value: object, high: object, *, closed: bool) -> bool | None:
    return ordered(value, high, operator.le if closed else operator.lt)


def included(scope: Scope, value: object, container: object) -> bool | None:
    """Tell whether a value is in a list or range, or equals a single value."""
    if isinstance(container, Range):
        return None if value is None else in_range(value, container)
    if not isinstance(container, list):
        return equal(scope, value, container)
    scope.spend(len(container))
    for item in container:
        if isinstance(item, Range) and not isinstance(value, Range):
            if value is not None and in_range(value, item):
                return True
        elif equal(scope, value, item):
            return True
    return isinstance(value, list) and bool(equal(scope, value, container))


def both(left: object, right: object) -> bool | None:
    """Three-valued and."""
    if left is False or right is False:
        return False
    return True if left is True and right is True else None


def either(left: object, right: object) -> bool | None:
    """Three-valued or."""
    if left is True or right is True:
        return True
    return False if left is False and right is False else None


def add(scope: Scope, left: object, right: object) -> object:
    """Add numbers, texts or durations, or move an instant by a duration; else null."""
    if isinstance(left, str) and isinstance(right, str):
        return scope.text(left + right)
    if isinstance(left, bool) or isinstance(right, bool):
        return None
    if isinstance(left, (int, Decimal)) and isinstance(right, (int, Decimal)):
        return decimals.add(left, right)
    if isinstance(left, _LENGTHS) and isinstance(right, _LENGTHS):
        return _add_durations(left, right, 1)
    if isinstance(left, _MOVABLE) and isinstance(right, _LENGTHS):
        return temporal.shift(left, right, 1)
    if isinstance(right, _MOVABLE) and isinstance(left, _LENGTHS):
        return temporal.shift(right, left, 1)
    return None


def subtract(left: object, right: object) -> object:
    """Subtract numbers, durations or instants, or move an instant back; else null."""
    if isinstance(left, bool) or isinstance(right, bool):
        return None
    if isinstance(left, (int, Decimal)) and isinstance(right, (int, Decimal)):
        return decimals.subtract(left, right)
    if isinstance(left, _LENGTHS) and isinstance(right, _LENGTHS):
        return _add_durations(left, right, -1)
    if isinstance(left, _MOVABLE) and isinstance(right, _LENGTHS):
        return temporal.shift(left, right, -1)
    if isinstance(left, _MOVABLE) and isinstance(right, _MOVABLE):
        return temporal.subtract_instants(left, right)
    return None


def _add_durations(left: object, right: object, sign: int) -> object:
    if isinstance(left, YearsMonths) and isinstance(right, YearsMonths):
        return _months(left.months + sign * right.months)
    if isinstance(left, DURATIONS) and isinstance(right, DURATIONS):
        return make_duration(length_of(left) + sign * length_of(right))
    return None


def multiply(left: object, right: object) -> object:
    """Multiply numbers, or a duration by a number; else null."""
    if isinstance(left, bool) or isinstance(right, bool):
        return None
    if isinstance(left, (int, Decimal)):
        if isinstance(right, (int, Decimal)):
            return decimals.multiply(left, right)
        left, right = right, left
    if isinstance(right, (int, Decimal)):
        return _scale(left, right)
    return None


def _scale(length: object, factor: decimals.Number) -> object:
    if isinstance(length, DURATIONS):
        return temporal.scale_duration(length, factor)
    if isinstance(length, YearsMonths):
        return _months(decimals.multiply(length.months, factor))
    return None


def _months(count: decimals.Number | None) -> YearsMonths | None:
    # Far beyond any calendar, where the numbers would only grow.
    if count is None or not -MAX_MONTHS <= count <= MAX_MONTHS:
        return None
    return YearsMonths(int(count))


def divide(left: object, right: object) -> object:
    """Divide numbers, a duration by a number, or two durations; null for zero and the rest."""
    if isinstance(left, bool) or isinstance(right, bool):
        return None
    if isinstance(right, (int, Decimal)):
        if isinstance(left, (int, Decimal)):
            return decimals.divide(left, right)
        if isinstance(left, YearsMonths):
            return _months(decimals.divide(left.months, right))
        return temporal.divide_duration(left, right) if isinstance(left, DURATIONS) else None
    if isinstance(left, DURATIONS) and isinstance(right, DURATIONS):
        return temporal.ratio(left, right)
    if isinstance(left, YearsMonths) and isinstance(right, YearsMonths):
        return decimals.divide(left.months, right.months)
    return None


def remainder(left: object, right: object) -> object:
    """Give what a division leaves, with the sign of the dividend; null for zero and the rest."""
    if type(left) not in NUMERIC or type(right) not in NUMERIC:
        return None
    one, other = _absolute(left), _absolute(right)
    rest = decimals.modulo(one, other)
    return rest if rest is None or left == one else decimals.negated(rest)


def _absolute(value: object) -> decimals.Number:
    number: decimals.Number = value  # type: ignore[assignment] # the kind was just matched
    return decimals.negated(number) if number < 0 else number


def power(left: object, right: object) -> object:
    """Raise a number to a number; else null."""
    if isinstance(left, bool) or isinstance(right, bool):
        return None
    if isinstance(left, (int, Decimal)) and isinstance(right, (int, Decimal)):
        return decimals.power(left, right)
    return None


def negate(value: object) -> object:
    """Turn the sign of a number or duration; else null."""
    if type(value) in NUMERIC:
        return decimals.negated(value)  # type: ignore[arg-type] # the kind was just matched
    if isinstance(value, DURATIONS):
        return make_duration(-length_of(value))
    return YearsMonths(-value.months) if isinstance(value, YearsMonths) else None
