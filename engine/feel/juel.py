"""Compile what ``${...}`` does otherwise than FEEL: it coerces values (EL 2.2, 1.8 and 1.18).

Null is false where a boolean is asked for and 0 where a number is, and a text becomes a number or
a boolean beside one. What JUEL refuses with an error is null here.
"""

from typing import Final

from engine.feel import operators
from engine.feel.compiler import ORDERS, opposite
from engine.feel.decimals import NUMERIC, read_spelling
from engine.feel.nodes import Call, Coerced, Filter, Name, Node, Path, Reckoned, Truth
from engine.feel.scope import Scope
from engine.feel.sight import Code, Sight, compile_node, maker

_EQUALITY: Final = frozenset({"=", "!="})
_ARITHMETIC: Final = {
    "-": operators.subtract,
    "*": operators.multiply,
    "/": operators.divide,
    "%": operators.remainder,
}


@maker(Truth)
def _truth(node: Truth, sight: Sight) -> Code:
    operand = compile_node(node.operand, sight)
    return lambda scope: _as_boolean(operand(scope))


def _as_boolean(value: object) -> bool | None:
    if value is None:
        return False
    if isinstance(value, str):
        return value.lower() == "true"
    return value if isinstance(value, bool) else None


@maker(Coerced)
def _coerced(node: Coerced, sight: Sight) -> Code:
    left, right = compile_node(node.left, sight), compile_node(node.right, sight)
    sign = node.operator

    def run(scope: Scope) -> bool | None:
        return _compared(scope, sign, left(scope), right(scope))

    return run


def _compared(scope: Scope, sign: str, left: object, right: object) -> bool | None:
    if left is None or right is None:
        # Null equals itself alone, and nothing comes before or after it.
        return left is not right if sign == "!=" else left is right and "=" in sign
    if type(left) is not type(right):
        left, right = _beside(left, right, sign), _beside(right, left, sign)
        if left is None or right is None:
            return None
    if sign in _EQUALITY:
        same = operators.equal(scope, left, right)
        return same if sign == "=" else opposite(same)
    return operators.ordered(left, right, ORDERS[sign])


def _beside(value: object, other: object, sign: str) -> object:
    """Return a value as it is compared with one of another kind."""
    if isinstance(value, str):
        if type(other) in NUMERIC:
            return read_spelling(value) if value else 0
        return _as_boolean(value) if isinstance(other, bool) and sign in _EQUALITY else value
    if isinstance(value, bool) and isinstance(other, str) and sign not in _EQUALITY:
        return str(value).lower()
    return value


@maker(Reckoned)
def _reckoned(node: Reckoned, sight: Sight) -> Code:
    left, right = _number(node.left, sight), _number(node.right, sight)
    if node.operator == "+":
        return lambda scope: operators.add(scope, left(scope), right(scope))
    act = _ARITHMETIC[node.operator]
    return lambda scope: act(left(scope), right(scope))


def _number(node: Node, sight: Sight) -> Code:
    """Compile an operand: null is 0, unless arithmetic failed or nobody has set the variable."""
    operand, root = compile_node(node, sight), node
    if isinstance(node, Reckoned):
        return operand
    while isinstance(root, Path | Filter):
        root = root.source
    if not isinstance(root, Name):
        return lambda scope: _as_number(operand(scope))
    known = compile_node(Call(Name("is defined"), (root,), None), sight)

    def run(scope: Scope) -> object:
        value = operand(scope)
        return None if value is None and not known(scope) else _as_number(value)

    return run


def _as_number(value: object) -> object:
    if value is None or value == "":
        return 0
    return read_spelling(value) if isinstance(value, str) else value
