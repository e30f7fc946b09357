"""Compile function calls and function literals."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from engine.feel import library
from engine.feel.errors import FeelArgumentError, FeelNameError
from engine.feel.functions.base import Builtin
from engine.feel.lookup import absent, call_host
from engine.feel.nodes import Call, ContextOf, FunctionOf, Literal, Name, Node, Path, weight
from engine.feel.scope import NOTHING, PLAIN, Scope
from engine.feel.sight import Code, Sight, compile_all, compile_node, maker
from engine.feel.typeref import ANY, TypeRef
from engine.feel.types import coerce
from engine.feel.values import Function, kind_of

#: Calls that spell a value of their own, when given a plain text.
_SPELLINGS: Final = frozenset({"date", "time", "date and time", "duration"})


@maker(Call)
def _call(node: Call, sight: Sight) -> Code:
    if node.function == Name("is defined") and len(node.arguments) == 1:
        return _is_defined(node.arguments[0], sight)
    arguments = compile_all(node.arguments, sight)
    if isinstance(node.function, Name):
        name = node.function.name
        if found := library.find(name):
            if name in _SPELLINGS and not node.names and _is_plain(node.arguments):
                code = _spelled(found, node.arguments)
            else:
                code = _call_builtin(found, arguments, node.names)
            return _call_nearest(name, code, arguments, node.names, sight)
        if name not in sight.declared and not sight.in_filter:
            sight.called.add(name)
            return _call_host(name, arguments, node.names)
    function = compile_node(node.function, sight)
    return lambda scope: call_value(
        scope, function(scope), [code(scope) for code in arguments], node.names
    )


def _is_defined(argument: Node, sight: Sight) -> Code:
    # Camunda's question whether there is such a variable; the name need not be known.
    inner = replace(sight, free=sight.loose)
    code, absent_is_null = compile_node(argument, inner), isinstance(argument, Path)

    def run(scope: Scope) -> bool:
        strict = scope.within(scope.inner)
        strict.strict = True
        if strict.environment.told:
            strict.environment = replace(strict.environment, told=None)
        try:
            found = code(strict)
        except FeelNameError:
            return False
        return found is not None or not absent_is_null

    return run


def _is_plain(arguments: tuple[Node, ...]) -> bool:
    return len(arguments) == 1 and isinstance(arguments[0], Literal)


def _spelled(found: Builtin, arguments: tuple[Node, ...]) -> Code:
    # date("2026-11-23") and its like are read once.
    given = [argument.value for argument in arguments if isinstance(argument, Literal)]
    made = found.call(Scope(NOTHING, PLAIN, NOTHING, strict=True), given)
    return lambda _scope: made


def _call_builtin(found: Builtin, arguments: list[Code], names: tuple[str, ...] | None) -> Code:
    if names is not None:
        return lambda scope: found.call_named(scope, names, [code(scope) for code in arguments])
    call = found.call
    if len(arguments) == 1:
        only = arguments[0]
        return lambda scope: call(scope, (only(scope),))
    return lambda scope: call(scope, [code(scope) for code in arguments])


def _call_nearest(
    name: str, builtin: Code, arguments: list[Code], names: tuple[str, ...] | None, sight: Sight
) -> Code:
    # Built-in functions are the outermost scope (DMN 1.3, 10.3.2.11): a nearer function of that
    # name is called. Other values leave them alone: a form may well have a field named count.
    inside = sight.in_filter or name in sight.declared

    def run(scope: Scope) -> object:
        near = scope.inner.get(name) if inside else None
        if type(near) is not Function:
            near = scope.data.get(name)
            if type(near) is not Function:
                return builtin(scope)
        return call_value(scope, near, [code(scope) for code in arguments], names)

    return run


def _call_host(name: str, arguments: list[Code], names: tuple[str, ...] | None) -> Code:
    # Functions of the host come before data, so that no form field can stand in for one.
    def run(scope: Scope) -> object:
        values = [code(scope) for code in arguments]
        if act := scope.environment.functions.get(name):
            return call_host(scope, name, act, values, names or ())
        found = scope.data.get(name)
        function = found if isinstance(found, Function) else absent(scope, name)
        return call_value(scope, function, values, names)

    return run


def call_value(
    scope: Scope, function: object, values: list[object], names: tuple[str, ...] | None = None
) -> object:
    """Call a function value; null when it is none or the arguments do not fit it."""
    if not isinstance(function, Function):
        return None
    if names is not None:
        given = dict(zip(names, values, strict=True))
        if given.keys() - set(function.parameters):
            return None
        values = _in_order(function, given)
    return function.call(scope, values) if function.takes(len(values)) else None


def _in_order(function: Function, given: dict[str, object]) -> list[object]:
    """Put values given by name in order: what is left out is null (DMN 1.3, 10.3.2.13.5).

    At the end what may be left out is not given at all: null is no value of a built-in's length.
    """
    places = [place for place, name in enumerate(function.parameters, 1) if name in given]
    required = len(function.parameters) if function.required is None else function.required
    length = max(required, *places, 0)
    return [given.get(name) for name in function.parameters[:length]]


@maker(FunctionOf)
def _function(node: FunctionOf, sight: Sight) -> Code:
    parameters, types = node.parameters, node.types
    body = compile_node(node.body, sight.declaring(*parameters))
    cost, returns = weight(node.body), type_of_node(node.body)

    def run(scope: Scope) -> object:
        def call(caller: Scope, values: list[object]) -> object:
            given = fitted(caller, values, types)
            if given is None:
                if told := caller.environment.told:
                    told(FeelArgumentError(parameters))
                return None
            inside = scope.within({**scope.inner, **dict(zip(parameters, given, strict=True))})
            inside.root = caller.root  # whoever calls pays
            caller.spend(cost)
            caller.enter()
            try:
                return body(inside)
            finally:
                caller.leave()

        return Function("", parameters, call, types=types, returns=returns)

    return run


def fitted(
    scope: Scope, values: Sequence[object], types: tuple[TypeRef | None, ...]
) -> Sequence[object] | None:
    """Make arguments the types that parameters declare; None when one cannot be.

    Then the function is not called, and gives null (DMN 1.3, 10.3.2.13.2).
    """
    if not any(types):
        return values
    made: list[object] = []
    for value, kind in zip(values, types, strict=True):
        made.append(coerce(scope, value, kind) if kind else value)
        if made[-1] is None and value is not None:
            return None
    return made


def type_of_node(node: Node) -> TypeRef | None:
    """Tell the type of what a plain literal, list or context gives; None when that is unknown."""
    if isinstance(node, Literal) and node.value is not None:
        return TypeRef(kind_of(node.value))
    if isinstance(node, ContextOf):
        kinds = (type_of_node(value) or ANY for value in node.values)
        return TypeRef("context", entries=tuple(zip(node.names, kinds, strict=True)))
    return None
