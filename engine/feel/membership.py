"""Compile tests: what follows ``in`` and what stands in a decision table's cell."""

from collections.abc import Callable

from engine.feel import operators
from engine.feel.compiler import ORDERS, opposite
from engine.feel.decimals import NUMERIC
from engine.feel.nodes import (
    All,
    Between,
    Call,
    Compare,
    Either,
    Filter,
    HalfOpen,
    If,
    In,
    InstanceOf,
    ListOf,
    Literal,
    Name,
    Node,
    Path,
    Quantified,
    Span,
    Test,
    walk,
)
from engine.feel.scope import Scope
from engine.feel.sight import Code, Sight, compile_all, compile_node, maker

#: A compiled test: takes the scope and the tested value.
Check = Callable[[Scope, object], bool | None]

_TRUTHS = (All, Either, Compare, Between, In, InstanceOf, Quantified, Call, If, Path, Filter)
_INPUT = Name("?")


def compile_test(test: Test, sight: Sight) -> Check:
    """Compile one test as it follows ``in``."""
    if not test.operator:
        return _inclusion(test.operand, sight)
    operand = compile_node(test.operand, sight)
    if test.operator == "=":
        return lambda scope, value: operators.equal(scope, value, operand(scope))
    if test.operator == "!=":
        return lambda scope, value: opposite(operators.equal(scope, value, operand(scope)))
    order = ORDERS[test.operator]
    return lambda scope, value: operators.ordered(value, operand(scope), order)


def _inclusion(node: Node, sight: Sight) -> Check:
    if isinstance(node, Span):
        return _span(node, sight)
    if isinstance(node, HalfOpen):
        return compile_test(Test(node.operator, node.end), sight)
    if isinstance(node, ListOf):
        return _constants(node) or _listed(node, sight)
    operand = compile_node(node, sight)
    return lambda scope, value: operators.included(scope, value, operand(scope))


def _span(node: Span, sight: Sight) -> Check:
    # Not by the range as a value: that is null when an end is, and equal to what is null itself.
    low, high = compile_node(node.low, sight), compile_node(node.high, sight)
    closed = node.low_closed, node.high_closed
    return lambda scope, value: operators.between(value, (low(scope), high(scope)), closed)


def _listed(node: ListOf, sight: Sight) -> Check:
    parts = compile_all(node.items, sight)
    # A range that has a null end is no null in the list, and null lies in no range.
    pairs = zip(node.items, parts, strict=True)
    rest = [part for item, part in pairs if not isinstance(item, (Span, HalfOpen))]

    def run(scope: Scope, value: object) -> bool | None:
        asked = rest if value is None else parts
        return operators.included(scope, value, scope.items([part(scope) for part in asked]))

    return run


def _constants(node: ListOf) -> Check | None:
    values = [item.value for item in node.items if isinstance(item, Literal)]
    if not values or len(values) < len(node.items):
        return None
    for kinds in (frozenset({str}), NUMERIC):
        if all(type(value) in kinds for value in values):
            return _among(frozenset(values), list(values), kinds)
    return None


def _among(found: frozenset[object], values: list[object], kinds: frozenset[type]) -> Check:
    def run(scope: Scope, value: object) -> bool | None:
        if type(value) in kinds:
            return value in found
        return operators.included(scope, value, values)

    return run


def any_of(checks: list[Check]) -> Check:
    """Join tests: true when one is, else null when one is null, else false."""
    if len(checks) == 1:
        return checks[0]

    def run(scope: Scope, value: object) -> bool | None:
        result: bool | None = False
        for check in checks:
            found = check(scope, value)
            if found is True:
                return True
            if found is None:
                result = None
        return result

    return run


@maker(In)
def _in(node: In, sight: Sight) -> Code:
    value = compile_node(node.value, sight)
    check = any_of([compile_test(test, sight) for test in node.tests])
    return lambda scope: check(scope, value(scope))


def compile_cell(tests: tuple[Test, ...], *, negated: bool, sight: Sight) -> Check:
    """Compile a table cell; in it ``?`` is the tested value (DMN 1.3, 10.3.2.9.3)."""
    if not tests:
        return lambda _scope, _value: True
    inside = sight.declaring("?")
    check = any_of([_cell_test(test, inside) for test in tests])
    return (lambda scope, value: opposite(check(scope, value))) if negated else check


def _cell_test(test: Test, sight: Sight) -> Check:
    asks = _asks(test.operand)
    # Whatever asks about the input may answer true; the input alone is a value: it equals itself.
    may_be_truth = isinstance(test.operand, _TRUTHS) or (asks and test.operand != _INPUT)
    if test.operator or not may_be_truth:
        check = compile_test(test, sight)
        if not asks:
            return check
        return lambda scope, value: check(_asking(scope, value), value)
    truth = compile_node(test.operand, sight)
    if not asks and not _refers(test.operand):
        # It does not depend on anything: a value to compare with, not a condition.
        return lambda scope, value: operators.included(scope, value, truth(scope))

    def run(scope: Scope, value: object) -> bool | None:
        found = truth(_asking(scope, value))
        if found is None and asks:
            return None
        if isinstance(found, bool) and (asks or not isinstance(value, bool)):
            return found
        return operators.included(scope, value, found)

    return run


def _refers(node: Node) -> bool:
    called = {id(part.function) for part in walk(node) if isinstance(part, Call)}
    return any(isinstance(part, Name) and id(part) not in called for part in walk(node))


def _asks(node: Node) -> bool:
    return any(part == _INPUT for part in walk(node))


def _asking(scope: Scope, value: object) -> Scope:
    return scope.within({**scope.inner, "?": value})
