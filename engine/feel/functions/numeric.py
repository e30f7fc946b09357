"""Built-in functions on numbers and booleans (DMN 1.3, 10.3.4.2 and 10.3.4.5)."""

import decimal
from collections.abc import Callable
from decimal import Decimal

from engine.feel import decimals
from engine.feel.decimals import CONTEXT, Number, magnitude, round_to, tidy
from engine.feel.functions.base import builtin
from engine.feel.instants import DURATIONS, AnyDuration, length_of, make_duration
from engine.feel.values import YearsMonths


def _applied(act: Callable[[Decimal], Decimal], value: Number) -> Number | None:
    try:
        return tidy(act(Decimal(value)))
    except decimal.DecimalException:
        return None


def _rounded(value: Number, scale: Number, rounding: str) -> Number | None:
    return round_to(value, int(scale), rounding) if -6111 <= scale <= 6176 else None


@builtin("decimal(n: number, scale: number)")
def decimal_(value: Number, scale: Number) -> Number | None:
    """Round to so many digits after the point, halves to the even digit."""
    return _rounded(value, scale, decimal.ROUND_HALF_EVEN)


@builtin("floor(n: number, scale?: number)")
def floor(value: Number, scale: Number = 0) -> Number | None:
    """Round down."""
    return _rounded(value, scale, decimal.ROUND_FLOOR)


@builtin("ceiling(n: number, scale?: number)")
def ceiling(value: Number, scale: Number = 0) -> Number | None:
    """Round up."""
    return _rounded(value, scale, decimal.ROUND_CEILING)


@builtin("round up(n: number, scale: number)")
def round_up(value: Number, scale: Number) -> Number | None:
    """Round away from zero."""
    return _rounded(value, scale, decimal.ROUND_UP)


@builtin("round down(n: number, scale: number)")
def round_down(value: Number, scale: Number) -> Number | None:
    """Round towards zero."""
    return _rounded(value, scale, decimal.ROUND_DOWN)


@builtin("round half up(n: number, scale: number)")
def round_half_up(value: Number, scale: Number) -> Number | None:
    """Round, halves away from zero."""
    return _rounded(value, scale, decimal.ROUND_HALF_UP)


@builtin("round half down(n: number, scale: number)")
def round_half_down(value: Number, scale: Number) -> Number | None:
    """Round, halves towards zero."""
    return _rounded(value, scale, decimal.ROUND_HALF_DOWN)


@builtin("abs(n: number)")
@builtin("abs(n: length)")
def abs_(value: Number | AnyDuration | YearsMonths) -> object:
    """Return a number or duration without its sign."""
    if isinstance(value, YearsMonths):
        return YearsMonths(abs(value.months))
    return (
        make_duration(abs(length_of(value))) if isinstance(value, DURATIONS) else magnitude(value)
    )


@builtin("modulo(dividend: number, divisor: number)")
def modulo(dividend: Number, divisor: Number) -> Number | None:
    """Return the rest of a division, with the divisor's sign."""
    return decimals.modulo(dividend, divisor)


@builtin("sqrt(number: number)")
def sqrt(value: Number) -> Number | None:
    """Return the square root."""
    return _applied(CONTEXT.sqrt, value)


@builtin("log(number: number)")
def log(value: Number) -> Number | None:
    """Return the natural logarithm."""
    return _applied(CONTEXT.ln, value) if value > 0 else None


@builtin("exp(number: number)")
def exp(value: Number) -> Number | None:
    """Return e raised to a number."""
    return _applied(CONTEXT.exp, value)


def _of_two(value: Number) -> int | None:
    if isinstance(value, int):
        return value % 2
    # A whole number that is no int has more digits than are held, and so ends in 0.
    return 0 if value == value.to_integral_value() else None


@builtin("odd(number: number)")
def odd(value: Number) -> bool | None:
    """Tell whether a whole number is odd."""
    remainder = _of_two(value)
    return None if remainder is None else remainder == 1


@builtin("even(number: number)")
def even(value: Number) -> bool | None:
    """Tell whether a whole number is even."""
    remainder = _of_two(value)
    return None if remainder is None else remainder == 0


@builtin("not(negand: any)")
def not_(value: object) -> bool | None:
    """Three-valued not."""
    return not value if isinstance(value, bool) else None
