"""The kinds of value of FEEL, and the gate through which host values come in."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Final

from engine.feel.decimals import Number, fit_any, from_float, round_number
from engine.feel.errors import FeelLimitError, FeelValueError
from engine.feel.instants import FarDate, FarDateTime, FineDuration, FineTime
from engine.feel.scope import Scope
from engine.feel.typeref import TypeRef
from forms.text import Text

MAX_DEPTH: Final = 40
MAX_NODES: Final = 100_000


@dataclass(frozen=True, order=True)
class YearsMonths:
    """A years and months duration, in whole months."""

    months: int


@dataclass(frozen=True)
class Range:
    """All values between two ends; a null end is open to that side."""

    low: object
    high: object
    low_closed: bool = True
    high_closed: bool = True
    #: True when it was written as ``(= 10)``, which has no ends of its own.
    alone: bool = False


@dataclass(frozen=True)
class Function:
    """A function as a value: its parameters' names and what it does with a list of values."""

    name: str
    parameters: tuple[str, ...]
    call: Callable[[Scope, list[object]], object]
    #: True when it takes any number of values.
    variadic: bool = False
    #: The types of the parameters, as far as they are told; empty when none is.
    types: tuple[TypeRef | None, ...] = ()
    #: The type of what it gives, when that is known.
    returns: TypeRef | None = None
    #: How many values must be given; None when all must be.
    required: int | None = None

    def takes(self, count: int) -> bool:
        """Tell whether it can be called with this many values."""
        most = len(self.parameters)
        least = most if self.required is None else self.required
        return self.variadic or least <= count <= most


#: The kind of each Python type that may stand for a FEEL value.
KINDS: Final[Mapping[type, str]] = {
    type(None): "null",
    bool: "boolean",
    int: "number",
    Decimal: "number",
    str: "string",
    date: "date",
    time: "time",
    datetime: "date and time",
    timedelta: "days and time duration",
    FarDate: "date",
    FineTime: "time",
    FarDateTime: "date and time",
    FineDuration: "days and time duration",
    YearsMonths: "years and months duration",
    list: "list",
    dict: "context",
    Range: "range",
    Function: "function",
}

#: Values of these types come in as they are; whole numbers are looked at, they may be too long.
READY: Final = frozenset(KINDS) - {list, dict, Decimal, int}


def kind_of(value: object) -> str:
    """Return the FEEL name of a value's kind."""
    return KINDS[type(value)]


def lift(value: object, depth: int = 0) -> object:
    """Make a host value a FEEL value, deeply.

    Raises FeelValueError for a thing FEEL has no kind for or a number beyond its numbers,
    FeelLimitError when nested too deep.
    """
    kind = type(value)
    if kind in READY:
        return value
    if isinstance(value, int):
        return _in_range(fit_any(int(value)))
    if isinstance(value, (list, tuple)):
        deeper = _deeper(depth)
        return [item if type(item) in READY else lift(item, deeper) for item in value]
    if isinstance(value, Mapping):
        deeper = _deeper(depth)
        return {str(name): lift(item, deeper) for name, item in value.items()}
    return _lift_other(value)


def _deeper(depth: int) -> int:
    if depth >= MAX_DEPTH:
        raise FeelLimitError(f"数据嵌套超过 {MAX_DEPTH} 层", f"data nested deeper than {MAX_DEPTH}")
    return depth + 1


def _lift_other(value: object) -> object:
    if isinstance(value, Decimal):
        return _in_range(round_number(value)) if value.is_finite() else None
    if isinstance(value, float):
        return from_float(value)
    if isinstance(value, str):
        return str.__str__(value)
    kind = type(value).__name__
    raise FeelValueError(
        Text(
            f"表达式不能使用类型为 {kind} 的值", f"An expression cannot use a value of type {kind}"
        )
    )


def _in_range(number: Number | None) -> Number:
    # Null would be taken for an answer that was not given.
    if number is None:
        raise FeelValueError(
            Text(
                "数字超出可用范围（约 10 的 ±6144 次方）",
                "A number is out of range (about 10 to the power of ±6144)",
            )
        )
    return number


def measure(value: object) -> int:
    """Count the parts of a value as if written out; refuse a huge one, even of shared parts."""
    count = 0
    stack: list[tuple[object, int]] = [(value, 0)]
    while stack:
        item, depth = stack.pop()
        count += 1
        if count > MAX_NODES or depth > MAX_DEPTH:
            raise FeelLimitError("结果过大", "the result is too large")
        if type(item) is list:
            stack.extend((part, depth + 1) for part in item)
        elif type(item) is dict:
            stack.extend((part, depth + 1) for part in item.values())
        elif type(item) is str:
            count += len(item) >> 8
    return count
