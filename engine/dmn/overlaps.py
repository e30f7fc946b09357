"""Find rules of a table that can match together, as far as plain constants and ranges tell."""

import operator
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import Any, Final

from engine.feel import FeelError
from engine.feel.functions.base import BUILTINS
from engine.feel.nodes import Call, ListOf, Literal, Name, Node, Span, Test
from engine.feel.operators import ordered
from engine.feel.parser import parse_unary_tests
from engine.feel.scope import NOTHING, PLAIN, Scope
from engine.feel.values import kind_of

#: Beyond so many pairs of rules nothing is compared.
MAX_PAIRS: Final = 20_000
_SPELLINGS: Final = frozenset({"date", "time", "date and time", "duration"})

Row = tuple[str, ...]


@dataclass(frozen=True)
class Stretch:
    """All values between two ends, of one kind; a missing end is endless."""

    kind: str
    low: Any
    high: Any
    low_closed: bool = True
    high_closed: bool = True

    def meets(self, other: "Stretch") -> bool:
        """Tell whether some value lies in both; in (2..2) there is none."""
        both = (self, other)
        return self.kind == other.kind and all(_before(a, b) for a in both for b in both)


def _before(one: Stretch, other: Stretch) -> bool:
    # Whether one begins before the other ends.
    if one.low is None or other.high is None:
        return True
    if ordered(one.low, other.high, operator.eq):
        return one.low_closed and other.high_closed
    return ordered(one.low, other.high, operator.lt) is True


#: What a cell lets through: stretches, or None for anything.
Cell = tuple[Stretch, ...] | None


class _UnclearError(Exception):
    """The cell is not plain enough to tell."""


def overlapping(rows: list[Row], names: frozenset[str]) -> list[tuple[Row, Row]]:
    """Return the pairs of rules, by the texts of their cells, that surely share a case."""
    cells: list[tuple[Row, list[Cell]]] = []
    for row in rows:
        try:
            cells.append((row, [_cell(text, names) for text in row]))
        except _UnclearError:
            continue
    if len(cells) * len(cells) > 2 * MAX_PAIRS:
        return []
    return [
        (one, other)
        for (one, left), (other, right) in combinations(cells, 2)
        if all(map(_meet, left, right))
    ]


def _meet(left: Cell, right: Cell) -> bool:
    if left is None or right is None:
        return True
    return any(one.meets(other) for one in left for other in right)


def _cell(text: str, names: frozenset[str]) -> Cell:
    try:
        tests, negated = parse_unary_tests(text or "-", names)
    except (FeelError, RecursionError) as error:
        raise _UnclearError from error
    if negated:
        raise _UnclearError
    return tuple(stretch for test in tests for stretch in _stretches(test)) if tests else None


def _stretches(test: Test) -> Iterator[Stretch]:
    node, operator = test.operand, test.operator
    if operator in {"", "="} and isinstance(node, ListOf):
        for item in node.items:
            yield _point(item)
    elif not operator and isinstance(node, Span):
        low, high = _point(node.low), _point(node.high)
        if low.kind != high.kind:
            raise _UnclearError
        yield Stretch(low.kind, low.low, high.low, node.low_closed, node.high_closed)
    elif operator in {"", "="}:
        yield _point(node)
    elif operator == "!=":
        raise _UnclearError
    else:
        point, closed = _point(node), operator.endswith("=")
        if operator.startswith("<"):
            yield Stretch(point.kind, None, point.low, high_closed=closed)
        else:
            yield Stretch(point.kind, point.low, None, low_closed=closed)


def _point(node: Node) -> Stretch:
    value: object = None
    if isinstance(node, Literal):
        value = node.value
    elif isinstance(node, Call) and isinstance(node.function, Name) and len(node.arguments) == 1:
        given = node.arguments[0]
        if node.function.name in _SPELLINGS and isinstance(given, Literal):
            scope = Scope(NOTHING, PLAIN, NOTHING, strict=False)
            value = BUILTINS[node.function.name].call(scope, [given.value])
    kind = kind_of(value)
    # Times and instants with and without zones cannot be compared with each other.
    if kind in {"null", "time", "date and time", "range", "list", "context"}:
        raise _UnclearError
    return Stretch(kind, value, value)
