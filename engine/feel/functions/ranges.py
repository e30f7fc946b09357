"""Built-in functions on ranges and points (DMN 1.3, 10.3.4.9)."""

from collections.abc import Callable
from functools import wraps
from typing import Final

from engine.feel.functions.base import builtin
from engine.feel.operators import below
from engine.feel.values import Range


class _IncomparableError(Exception):
    """The two are not points of one kind."""


def _null_when_incomparable(
    act: Callable[[object, object], bool],
) -> Callable[[object, object], bool | None]:
    @wraps(act)
    def run(left: object, right: object) -> bool | None:
        if below(_some(left), _some(right)) is None:
            return None
        try:
            return act(left, right)
        except _IncomparableError:
            return None

    return run


#: Before and behind all points: the ends that a range such as ``(>= 5)`` has not.
_FIRST: Final = object()
_LAST: Final = object()


def _some(value: object) -> object:
    """Return a point, or one of those that a range was written with; null for ``(!= 5)``."""
    if not isinstance(value, Range):
        return value
    if value.alone and not value.low_closed:
        return None  # two stretches
    return value.high if value.low is None else value.low


def _sign(left: object, right: object) -> int:
    if left is right:
        return 0
    if left is _FIRST or right is _LAST:
        return -1
    if left is _LAST or right is _FIRST:
        return 1
    less = below(left, right)
    if less is None:
        raise _IncomparableError
    return -1 if less else int(bool(below(right, left)))


def _low(value: object) -> tuple[object, bool]:
    if not isinstance(value, Range):
        return value, True
    return _FIRST if value.low is None else value.low, value.low_closed


def _high(value: object) -> tuple[object, bool]:
    if not isinstance(value, Range):
        return value, True
    return _LAST if value.high is None else value.high, value.high_closed


def _before(left: object, right: object) -> bool:
    (end, ends), (start, starts) = _high(left), _low(right)
    sign = _sign(end, start)
    return sign < 0 or (sign == 0 and not (ends and starts))


def _meets(left: object, right: object) -> bool:
    (end, ends), (start, starts) = _high(left), _low(right)
    return _sign(end, start) == 0 and ends and starts


def _overlaps_before(left: object, right: object) -> bool:
    (low, opens), (other, other_opens) = _low(left), _low(right)
    start = _sign(low, other)
    begins = start < 0 or (start == 0 and opens and not other_opens)
    return begins and not _before(left, right) and _ends_within(left, right)


def _ends_within(left: object, right: object) -> bool:
    (high, closes), (other, other_closes) = _high(left), _high(right)
    sign = _sign(high, other)
    return sign < 0 or (sign == 0 and (not closes or other_closes))


def _starts_within(left: object, right: object) -> bool:
    (low, opens), (other, other_opens) = _low(left), _low(right)
    sign = _sign(low, other)
    return sign > 0 or (sign == 0 and (not opens or other_opens))


def _same_end(left: object, right: object) -> bool:
    (high, closes), (other, other_closes) = _high(left), _high(right)
    return _sign(high, other) == 0 and closes is other_closes


def _same_start(left: object, right: object) -> bool:
    (low, opens), (other, other_opens) = _low(left), _low(right)
    return _sign(low, other) == 0 and opens is other_opens


@builtin("before(point1: point, point2: point)")
@builtin("before(point: point, range: range)")
@builtin("before(range: range, point: point)")
@builtin("before(range1: range, range2: range)")
@_null_when_incomparable
def before(left: object, right: object) -> bool:
    """Tell whether all of the first lies before the second."""
    return _before(left, right)


@builtin("after(point1: point, point2: point)")
@builtin("after(point: point, range: range)")
@builtin("after(range: range, point: point)")
@builtin("after(range1: range, range2: range)")
@_null_when_incomparable
def after(left: object, right: object) -> bool:
    """Tell whether all of the first lies after the second."""
    return _before(right, left)


@builtin("meets(range1: range, range2: range)")
@_null_when_incomparable
def meets(left: object, right: object) -> bool:
    """Tell whether the first ends in the very point where the second starts."""
    return _meets(left, right)


@builtin("met by(range1: range, range2: range)")
@_null_when_incomparable
def met_by(left: object, right: object) -> bool:
    """Tell whether the first starts in the very point where the second ends."""
    return _meets(right, left)


@builtin("overlaps(range1: range, range2: range)")
@_null_when_incomparable
def overlaps(left: object, right: object) -> bool:
    """Tell whether two ranges share a point."""
    return not _before(left, right) and not _before(right, left)


@builtin("overlaps before(range1: range, range2: range)")
@_null_when_incomparable
def overlaps_before(left: object, right: object) -> bool:
    """Tell whether the first starts earlier and ends within the second."""
    return _overlaps_before(left, right)


@builtin("overlaps after(range1: range, range2: range)")
@_null_when_incomparable
def overlaps_after(left: object, right: object) -> bool:
    """Tell whether the first starts within the second and ends later."""
    return _overlaps_before(right, left)


@builtin("finishes(point: point, range: range)")
@builtin("finishes(range1: range, range2: range)")
@_null_when_incomparable
def finishes(left: object, right: object) -> bool:
    """Tell whether the first is the last part of the second."""
    return _same_end(left, right) and _starts_within(left, right)


@builtin("finished by(range: range, point: point)")
@builtin("finished by(range1: range, range2: range)")
@_null_when_incomparable
def finished_by(left: object, right: object) -> bool:
    """Tell whether the second is the last part of the first."""
    return _same_end(left, right) and _starts_within(right, left)


@builtin("includes(range: range, point: point)")
@builtin("includes(range1: range, range2: range)")
@_null_when_incomparable
def includes(left: object, right: object) -> bool:
    """Tell whether the second lies in the first."""
    return _starts_within(right, left) and _ends_within(right, left)


@builtin("during(point: point, range: range)")
@builtin("during(range1: range, range2: range)")
@_null_when_incomparable
def during(left: object, right: object) -> bool:
    """Tell whether the first lies in the second."""
    return _starts_within(left, right) and _ends_within(left, right)


@builtin("starts(point: point, range: range)")
@builtin("starts(range1: range, range2: range)")
@_null_when_incomparable
def starts(left: object, right: object) -> bool:
    """Tell whether the first is the first part of the second."""
    return _same_start(left, right) and _ends_within(left, right)


@builtin("started by(range: range, point: point)")
@builtin("started by(range1: range, range2: range)")
@_null_when_incomparable
def started_by(left: object, right: object) -> bool:
    """Tell whether the second is the first part of the first."""
    return _same_start(left, right) and _ends_within(right, left)


@builtin("coincides(point1: point, point2: point)")
@builtin("coincides(range1: range, range2: range)")
@_null_when_incomparable
def coincides(left: object, right: object) -> bool:
    """Tell whether both are the same."""
    return _same_start(left, right) and _same_end(left, right)
