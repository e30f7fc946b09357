"""Numbers of DMN 1.3, 10.3.2.3.1: decimal128, int while integral, else Decimal."""

import decimal
import math
from collections.abc import Callable
from decimal import Decimal
from typing import Final

Number = int | Decimal

DIGITS: Final = 34
WHOLE: Final = 10**DIGITS
NUMERIC: Final = frozenset({int, Decimal})

CONTEXT: Final = decimal.Context(
    prec=DIGITS,
    Emin=-6143,
    Emax=6144,
    rounding=decimal.ROUND_HALF_EVEN,
    traps=[decimal.InvalidOperation, decimal.DivisionByZero, decimal.Overflow],
)


def tidy(value: Decimal) -> Number | None:
    """Give the one spelling of a number: int when integral, no trailing zeros; null for NaN."""
    if not value.is_finite():
        return None
    if value == value.to_integral_value() and abs(value) < WHOLE:
        return int(value)
    return value.normalize(CONTEXT)


def fit(value: int) -> Number:
    """Round a whole number to the 34 digits that decimal128 holds."""
    if -WHOLE < value < WHOLE:
        return value
    return CONTEXT.create_decimal(value)


def read_number(text: str) -> Number | None:
    """Read the spelling of a number; null when it is none or out of range."""
    try:
        return tidy(CONTEXT.create_decimal(text))
    except decimal.DecimalException:
        return None


def round_number(value: Decimal) -> Number | None:
    """Round a host's decimal to the digits that decimal128 holds; null when out of range."""
    try:
        return tidy(CONTEXT.plus(value)) if value.is_finite() else None
    except decimal.DecimalException:
        return None


def from_float(value: float) -> Number | None:
    """Take a binary float as its shortest decimal spelling; null for NaN and infinity."""
    return read_number(repr(value)) if math.isfinite(value) else None


def write_number(value: Number) -> str:
    """Spell a number without an exponent."""
    return str(value) if type(value) is int else format(value, "f")


def add(left: Number, right: Number) -> Number | None:
    """Add two numbers; null when the sum is out of range."""
    if type(left) is int and type(right) is int:
        return fit(left + right)
    return _apply(CONTEXT.add, left, right)


def subtract(left: Number, right: Number) -> Number | None:
    """Subtract two numbers; null when out of range."""
    if type(left) is int and type(right) is int:
        return fit(left - right)
    return _apply(CONTEXT.subtract, left, right)


def multiply(left: Number, right: Number) -> Number | None:
    """Multiply two numbers; null when the product is out of range."""
    if type(left) is int and type(right) is int:
        return fit(left * right)
    return _apply(CONTEXT.multiply, left, right)


def divide(left: Number, right: Number) -> Number | None:
    """Divide two numbers; null when the divisor is zero."""
    return _apply(CONTEXT.divide, left, right)


def power(left: Number, right: Number) -> Number | None:
    """Raise a number to a power; null where it is undefined or out of range."""
    if left == 0 and right == 0:
        return 1
    return _apply(CONTEXT.power, left, right)


def round_to(value: Number, scale: int, rounding: str) -> Number | None:
    """Round to ``scale`` digits after the point (before it when negative), in the given mode."""
    number = Decimal(value)
    if scale >= DIGITS + 6143 or scale <= -DIGITS - 6143:
        return None if scale < 0 else value
    exponent = number.as_tuple().exponent
    if isinstance(exponent, int) and -exponent <= scale:
        return tidy(number)
    try:
        wide = decimal.Context(prec=DIGITS * 3, Emin=-9999, Emax=9999, traps=CONTEXT.traps)
        return tidy(
            CONTEXT.plus(number.quantize(Decimal(1).scaleb(-scale), rounding, context=wide))
        )
    except decimal.DecimalException:
        return None


def _apply(
    act: Callable[[Decimal, Decimal], Decimal], left: Number, right: Number
) -> Number | None:
    try:
        return tidy(act(Decimal(left), Decimal(right)))
    except decimal.DecimalException:
        return None
