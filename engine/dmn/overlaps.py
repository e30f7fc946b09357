"""Find rules of a table that can match together, as far as plain constants and ranges tell."""

import operator
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations, islice
from typing import Any, Final

from engine.dmn.source import Element, Source, children, text_of
from engine.feel import FeelError
from engine.feel.functions.base import BUILTINS
from engine.feel.nodes import Call, ListOf, Literal, Name, Node, Span, Test
from engine.feel.operators import ordered
from engine.feel.parser import parse_unary_tests
from engine.feel.scope import NOTHING, PLAIN, Scope
from engine.feel.values import kind_of
from forms.text import Text

#: Most pairs of rules of one table that are compared, and most warnings about them.
MAX_PAIRS: Final = 250_000
MAX_WARNINGS: Final = 20
#: Policies under which rules that match together are wrong: always, or when their results differ.
_HINTS: Final = {
    "UNIQUE": Text("UNIQUE 表中每次只能命中一条", "In a UNIQUE table only one rule may match"),
    "ANY": Text(
        "ANY 表中同时命中的规则结果须相同", "In an ANY table rules that match together must agree"
    ),
}
_NOT_EXAMINED: Final = (
    Text(
        "规则太多，没有全部两两比较是否可能同时命中",
        "There are too many rules to compare each with each other",
    ),
    Text("请拆分决策表，或自行核对", "Split the table, or make sure of it yourself"),
)
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


class _TooManyError(Exception):
    """So many pairs of rules are not compared."""


def check_overlaps(source: Source, element: Element, policy: str) -> None:
    """Warn of rules of a table that can match together and must not, or not with such results."""
    if policy not in _HINTS:
        return
    rows, first = list(children(element, "rule")), dict[Row, int]()
    results = [_texts(rule, "outputEntry") for rule in rows]

    def wrong(one: int, other: int) -> bool:
        pair = results[one - 1], results[other - 1]
        return policy == "UNIQUE" or _differ(*pair, source.names)

    for number, rule in enumerate(rows, 1):
        same = first.setdefault(_texts(rule, "inputEntry"), number)
        if same != number and wrong(same, number):
            zh, en = "规则 {} 与规则 {} 条件相同", "Rule {} has the same conditions as rule {}"
            message = Text(zh.format(number, same), en.format(number, same))
            source.report(rule, "dmn-same-conditions", message, _HINTS[policy], "warning")
    try:
        pairs = ((first[one], first[other]) for one, other in overlapping([*first], source.names))
        for at in islice((pair for pair in pairs if wrong(*pair)), MAX_WARNINGS):
            zh, en = "规则 {} 与规则 {} 可能同时命中", "Rules {} and {} can match together"
            message = Text(zh.format(*at), en.format(*at))
            source.report(rows[at[1] - 1], "dmn-overlap", message, _HINTS[policy], "warning")
    except _TooManyError:
        source.report(element, "not-examined", *_NOT_EXAMINED, "warning")


def _texts(rule: Element, kind: str) -> Row:
    return tuple(text_of(part) for part in children(rule, kind))


def _differ(one: Row, other: Row, names: frozenset[str]) -> bool:
    """Whether two rules surely have different results."""
    return any(
        left != right and not _meet(_constant(left, names), _constant(right, names))
        for left, right in zip(one, other, strict=True)
    )


@lru_cache(maxsize=4096)
def _constant(text: str, names: frozenset[str]) -> Cell:
    """Read a result that is a constant; None for any other."""
    try:
        return _cell(text, names)
    except _UnclearError:
        return None


def overlapping(rows: list[Row], names: frozenset[str]) -> Iterator[tuple[Row, Row]]:
    """Yield the pairs of rules, by the texts of their cells, that surely share a case.

    Raises _TooManyError where there are more pairs than are compared.
    """
    cells: list[tuple[Row, list[Cell]]] = []
    for row in rows:
        try:
            cells.append((row, [_cell(text, names) for text in row]))
        except _UnclearError:
            continue
    for number, ((one, left), (other, right)) in enumerate(combinations(cells, 2)):
        if number == MAX_PAIRS:
            raise _TooManyError
        if all(map(_meet, left, right)):
            yield one, other


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
