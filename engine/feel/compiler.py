"""Compile the plain nodes: literals, operators, logic, lists, contexts, choices.

A tree becomes nested Python functions, once, so that running it is quick; comparisons with a
literal, which most gateways are, get their own short form.
"""

import operator
from typing import Final

from engine.feel import operators
from engine.feel.decimals import NUMERIC
from engine.feel.nodes import (
    All,
    Arithmetic,
    Between,
    Compare,
    ContextOf,
    Either,
    HalfOpen,
    If,
    InstanceOf,
    ListOf,
    Literal,
    Negate,
    Span,
)
from engine.feel.operators import Order
from engine.feel.scope import Scope
from engine.feel.sight import Code, Sight, compile_all, compile_node, maker
from engine.feel.types import conforms_within
from engine.feel.values import Range, kind_of

ORDERS: Final[dict[str, Order]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
_ARITHMETIC: Final = {
    "-": operators.subtract,
    "*": operators.multiply,
    "/": operators.divide,
    "**": operators.power,
}
_POINTS: Final = frozenset(
    {
        "number", "string", "date", "time", "date and time",
        "days and time duration", "years and months duration",
    }
)  # fmt: skip


@maker(Literal)
def _literal(node: Literal, _sight: Sight) -> Code:
    value = node.value
    return lambda _scope: value


@maker(ListOf)
def _list(node: ListOf, sight: Sight) -> Code:
    parts = compile_all(node.items, sight)
    return lambda scope: scope.items([part(scope) for part in parts])


@maker(ContextOf)
def _context(node: ContextOf, sight: Sight) -> Code:
    entries: list[tuple[str, Code]] = []
    for name, value in zip(node.names, node.values, strict=True):
        entries.append((name, compile_node(value, sight)))
        sight = sight.declaring(name)

    def run(scope: Scope) -> object:
        scope.spend(len(entries) + 1)
        result: dict[str, object] = {}
        for name, code in entries:
            result[name] = code(scope.within({**scope.inner, **result}))
        return result

    return run


@maker(Span)
def _span(node: Span, sight: Sight) -> Code:
    if isinstance(node.low, Literal) and isinstance(node.high, Literal):
        made = make_range(node.low.value, node.high.value, node.low_closed, node.high_closed)
        return lambda _scope: made
    low, high = compile_node(node.low, sight), compile_node(node.high, sight)

    def run(scope: Scope) -> object:
        return make_range(low(scope), high(scope), node.low_closed, node.high_closed)

    return run


def make_range(low: object, high: object, *closed: bool) -> Range | None:
    """Make a range; null when its ends are not points of one ordered kind."""
    kind = kind_of(low)
    return Range(low, high, *closed) if kind in _POINTS and kind == kind_of(high) else None


@maker(HalfOpen)
def _half_open(node: HalfOpen, sight: Sight) -> Code:
    end, closed = compile_node(node.end, sight), node.operator in {"<=", ">="}

    def run(scope: Scope) -> object:
        found = end(scope)
        if kind_of(found) not in _POINTS:
            return None
        if node.operator in {"=", "!="}:
            equal = node.operator == "="
            return Range(found, found, equal, equal, alone=True)
        if node.operator.startswith("<"):
            return Range(None, found, low_closed=False, high_closed=closed)
        return Range(found, None, low_closed=closed, high_closed=False)

    return run


@maker(Negate)
def _negate(node: Negate, sight: Sight) -> Code:
    operand = compile_node(node.operand, sight)
    return lambda scope: operators.negate(operand(scope))


@maker(Arithmetic)
def _arithmetic(node: Arithmetic, sight: Sight) -> Code:
    left, right = compile_node(node.left, sight), compile_node(node.right, sight)
    if node.operator == "+":
        return lambda scope: operators.add(scope, left(scope), right(scope))
    act = _ARITHMETIC[node.operator]
    return lambda scope: act(left(scope), right(scope))


@maker(Compare)
def _compare(node: Compare, sight: Sight) -> Code:
    left = compile_node(node.left, sight)
    if isinstance(node.right, Literal) and type(node.right.value) in {str, int, bool, type(None)}:
        return _compare_literal(left, node.operator, node.right.value)
    right = compile_node(node.right, sight)
    if node.operator == "=":
        return lambda scope: operators.equal(scope, left(scope), right(scope))
    if node.operator == "!=":
        return lambda scope: opposite(operators.equal(scope, left(scope), right(scope)))
    order = ORDERS[node.operator]
    return lambda scope: operators.ordered(left(scope), right(scope), order)


def opposite(value: object) -> bool | None:
    """Three-valued not."""
    return not value if type(value) is bool else None


def _compare_literal(left: Code, sign: str, wanted: object) -> Code:
    kinds = NUMERIC if type(wanted) is int else frozenset({type(wanted)})

    def is_equal(scope: Scope) -> object:
        value = left(scope)
        return value == wanted if type(value) in kinds else operators.equal(scope, value, wanted)

    def differs(scope: Scope) -> object:
        value = left(scope)
        if type(value) in kinds:
            return value != wanted
        return opposite(operators.equal(scope, value, wanted))

    def is_ordered(scope: Scope) -> object:
        value = left(scope)
        return order(value, wanted) if type(value) in kinds else None

    if sign == "=":
        return is_equal
    if sign == "!=":
        return differs
    order = ORDERS[sign]
    return is_ordered if type(wanted) in {int, str} else _always_null(left)


def _always_null(left: Code) -> Code:
    def run(scope: Scope) -> None:
        left(scope)

    return run


@maker(All)
def _all(node: All, sight: Sight) -> Code:
    parts = compile_all(node.parts, sight)

    def run(scope: Scope) -> object:
        result: bool | None = True
        for part in parts:
            value = part(scope)
            if value is False:
                return False
            if value is not True:
                result = None
        return result

    return run


@maker(Either)
def _either(node: Either, sight: Sight) -> Code:
    parts = compile_all(node.parts, sight)

    def run(scope: Scope) -> object:
        result: bool | None = False
        for part in parts:
            value = part(scope)
            if value is True:
                return True
            if value is not False:
                result = None
        return result

    return run


@maker(Between)
def _between(node: Between, sight: Sight) -> Code:
    value, low, high = compile_all((node.value, node.low, node.high), sight)

    return lambda scope: operators.between(value(scope), (low(scope), high(scope)))


@maker(InstanceOf)
def _instance_of(node: InstanceOf, sight: Sight) -> Code:
    value, wanted = compile_node(node.value, sight), node.type
    return lambda scope: conforms_within(scope, value(scope), wanted)


@maker(If)
def _if(node: If, sight: Sight) -> Code:
    condition, then, otherwise = compile_all((node.condition, node.then, node.otherwise), sight)
    return lambda scope: then(scope) if condition(scope) is True else otherwise(scope)
