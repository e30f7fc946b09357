"""Numbers of DMN 1.3, 10.3.2.3.1: decimal128, int while integral, else Decimal."""

import decimal
import math
import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Final

Number = int | Decimal

DIGITS: Final = 34
WHOLE: Final = 10**DIGITS
NUMERIC: Final = frozenset({int, Decimal})
#: A numeric literal (DMN 1.3, 10.3.1.2, rule 37): Python's own reading takes far more.
_SPELLING: Final = re.compile(r"-?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,4})?")

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
    # copy_abs, for abs would round to the 28 digits of Python's own context.
    if value == value.to_integral_value() and value.copy_abs() < WHOLE:
        return int(value)
    return value.normalize(CONTEXT)


def fit(value: int) -> Number:
    """Round a whole number to the 34 digits that decimal128 holds."""
    if -WHOLE < value < WHOLE:
        return value
    return CONTEXT.create_decimal(value)


def fit_any(value: int) -> Number | None:
    """Round a host's whole number, which may be of any length; null when out of range."""
    try:
        return fit(value)
    except decimal.DecimalException:
        return None


def read_number(text: str) -> Number | None:
    """Read the spelling of a number; null when it is none or out of range."""
    try:
        return tidy(CONTEXT.create_decimal(text))
    except decimal.DecimalException:
        return None


def read_spelling(text: str) -> Number | None:
    """Read a number as FEEL itself spells one, a sign before it at most; null for all else."""
    return read_number(text) if len(text) <= 100 and _SPELLING.fullmatch(text) else None


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


def modulo(left: Number, right: Number) -> Number | None:
    """Return left - right * floor(left / right), exact before it is rounded; null for zero."""
    if not right:
        return None
    if type(left) is int and type(right) is int:
        return left % right
    (one, high), (other, low) = _parts(left), _parts(right)
    if low > high + DIGITS:
        # The divisor is the greater by far: nothing is taken away, or it once where signs differ.
        return left if not one or (one < 0) is (other < 0) else add(left, right)
    scale = min(high, low)
    modulus = other * 10 ** (low - scale)
    # Only the rest of the power of ten is needed, however far the dividend reaches.
    rest = one * pow(10, high - scale, modulus) % modulus
    return read_number(f"{rest}E{scale}")


def _parts(value: Number) -> tuple[int, int]:
    """Return a number as a whole number and the power of ten it is multiplied by."""
    sign, digits, exponent = Decimal(value).as_tuple()
    return int(Decimal((sign, digits, 0))), int(exponent)


def magnitude(value: Number) -> Number:
    """Return a number without its sign, with all its digits."""
    return abs(value) if isinstance(value, int) else value.copy_abs()


def negated(value: Number) -> Number:
    """Turn the sign of a number, with all its digits kept."""
    return -value if isinstance(value, int) else value.copy_negate()


def deviation(numbers: Sequence[Number], average: Number) -> Number | None:
    """Return the sample standard deviation of two or more numbers; null when out of range."""
    try:
        squares = Decimal(0)
        for number in numbers:
            gap = CONTEXT.subtract(Decimal(number), Decimal(average))
            squares = CONTEXT.add(squares, CONTEXT.multiply(gap, gap))
        return tidy(CONTEXT.sqrt(CONTEXT.divide(squares, Decimal(len(numbers) - 1))))
    except decimal.DecimalException:
        return None


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
