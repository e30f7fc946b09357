"""Built-in functions that turn values into text, numbers and ranges (DMN 1.3, 10.3.4.1)."""

import re

from engine.feel import parser
from engine.feel.decimals import Number, read_spelling
from engine.feel.errors import FeelError
from engine.feel.functions.base import BUILTINS, builtin
from engine.feel.nodes import Call, HalfOpen, Literal, Name, Node, Span
from engine.feel.operators import below
from engine.feel.scope import Scope
from engine.feel.values import Range, kind_of
from engine.feel.writing import write_text

_SEPARATORS = frozenset({" ", ",", "."})
_POINTS = frozenset({",", "."})
_OPEN_BELOW = re.compile(r"[(\]]\s*\.\.(.+)([\])\[])", re.DOTALL)
_OPEN_ABOVE = re.compile(r"([\[(\]])(.+)\.\.\s*[)\[]", re.DOTALL)
#: Calls that spell a value of their own, when given a plain text.
_SPELLINGS = frozenset({"date", "time", "date and time", "duration"})


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
    return read_spelling(text)


@builtin("number(from: number)")
def number_of_number(value: Number) -> Number:
    """Return a number as it is."""
    return value


@builtin("range(from: string)")
def range_from_text(scope: Scope, text: str) -> Range | None:
    """Read a range of written-out ends (DMN 1.4); null when it is none or runs downwards."""
    scope.text(text)
    text = text.strip()
    try:
        if match := _OPEN_BELOW.fullmatch(text):
            node: Node = HalfOpen("<=" if match.group(2) == "]" else "<", _parsed(match.group(1)))
        elif match := _OPEN_ABOVE.fullmatch(text):
            node = HalfOpen(">=" if match.group(1) == "[" else ">", _parsed(match.group(2)))
        else:
            node = _parsed(text)
    except (FeelError, RecursionError):
        return None
    if text[:1] in {"<", ">"}:
        return None
    if isinstance(node, HalfOpen):
        return _half_open(scope, node)
    return _both_ended(scope, node) if isinstance(node, Span) else None


def _parsed(text: str) -> Node:
    return parser.parse_expression(text)


def _half_open(scope: Scope, node: HalfOpen) -> Range | None:
    end, closed = _spelled(scope, node.end), node.operator.endswith("=")
    if end is None:
        return None
    if node.operator.startswith("<"):
        return Range(None, end, low_closed=False, high_closed=closed)
    return Range(end, None, low_closed=closed, high_closed=False)


def _both_ended(scope: Scope, node: Span) -> Range | None:
    low, high = _spelled(scope, node.low), _spelled(scope, node.high)
    if low is None or kind_of(low) != kind_of(high) or below(high, low) is not False:
        return None
    return Range(low, high, node.low_closed, node.high_closed)


def _spelled(scope: Scope, node: Node) -> object:
    # A literal, or date("...") and its like: nothing that computes or needs names.
    if isinstance(node, Literal):
        return None if isinstance(node.value, bool) else node.value
    if isinstance(node, Call) and isinstance(node.function, Name):
        given = node.arguments[0] if len(node.arguments) == 1 and not node.names else None
        if node.function.name in _SPELLINGS and isinstance(given, Literal):
            return BUILTINS[node.function.name].call(scope, [given.value])
    return None
