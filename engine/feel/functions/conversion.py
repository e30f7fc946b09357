"""Built-in functions that turn values into text and numbers (DMN 1.3, 10.3.4.1)."""

from engine.feel.decimals import Number, read_number
from engine.feel.functions.base import builtin
from engine.feel.scope import Scope
from engine.feel.writing import write_text

_SEPARATORS = frozenset({" ", ",", "."})
_POINTS = frozenset({",", "."})


@builtin("string(from: any)")
def string(scope: Scope, value: object) -> str | None:
    """Write a value as text; null stays null."""
    return None if value is None else scope.text(write_text(value))


@builtin("number(from: string, grouping separator?: any, decimal separator?: any)")
def number(text: str, grouping: object = None, point: object = None) -> Number | None:
    """Read a number written with these separators; null when it is none."""
    if not (grouping is None or (isinstance(grouping, str) and grouping in _SEPARATORS)):
        return None
    if not (point is None or (isinstance(point, str) and point in _POINTS)):
        return None
    if grouping is not None and grouping == point:
        return None
    if isinstance(grouping, str):
        text = text.replace(grouping, "")
    if isinstance(point, str):
        text = text.replace(point, ".")
    plain = text.strip()
    digits = plain.lstrip("+-").replace(".", "", 1).replace("e", "").replace("E", "")
    if len(plain) > 100 or not digits.replace("-", "").replace("+", "").isdigit():
        return None
    return read_number(plain)


@builtin("number(from: number)")
def number_of_number(value: Number) -> Number:
    """Return a number as it is."""
    return value
