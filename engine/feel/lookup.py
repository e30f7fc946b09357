"""Compile names and paths: where an expression touches data.

Data is made FEEL values only where it is used: a path walks the host's mappings and lifts its end.
"""

from collections.abc import Callable, Sequence
from functools import reduce
from typing import Final

from engine.errors import EngineError
from engine.feel import library, temporal
from engine.feel.decimals import NUMERIC
from engine.feel.errors import FeelNameError, FeelValueError
from engine.feel.nodes import Name, Node, Path
from engine.feel.scope import Scope
from engine.feel.sight import Code, Sight, compile_node, maker
from engine.feel.values import READY, Function, Range, lift
from forms.text import Text

_MISSING: Final = object()
_RANGE_PROPERTIES: Final = {
    "start": "low",
    "end": "high",
    "start included": "low_closed",
    "end included": "high_closed",
}


def absent(scope: Scope, name: str) -> object:
    """Answer for a name no data has: a function of that name; else FeelNameError, or null."""
    if found := library.find(name):
        return found.value()
    if name in scope.environment.functions:
        return host_function(scope, name)
    if scope.strict:
        error = FeelNameError(name)
        if scope.environment.told is None:
            raise error
        scope.environment.told(error)
    return None


def host_function(scope: Scope, name: str) -> Function:
    """Return a host's function as a value."""
    act = scope.environment.functions[name]
    return Function(
        name, (), lambda inside, values: call_host(inside, name, act, values), variadic=True
    )


def call_host(
    scope: Scope,
    name: str,
    act: Callable[..., object],
    values: Sequence[object],
    names: Sequence[str] = (),
) -> object:
    """Call a host's function; raises FeelValueError when it cannot be called so."""
    scope.spend(1)
    try:
        found = act(**dict(zip(names, values, strict=True))) if names else act(*values)
    except EngineError:
        raise
    except (TypeError, ValueError, ArithmeticError, LookupError) as error:
        raise FeelValueError(
            Text(f"函数“{name}”不能这样调用", f"The function '{name}' cannot be called so: {error}")
        ) from error
    return lift(found)


@maker(Name)
def _name(node: Name, sight: Sight) -> Code:
    name = node.name
    if name in sight.declared:
        return lambda scope: scope.inner[name]
    if sight.in_filter:
        sight.loose.add(name)
        return lambda scope: _loose(scope, name)
    (sight.loose if library.find(name) else sight.free).add(name)

    def run(scope: Scope) -> object:
        value = scope.data.get(name, _MISSING)
        if type(value) in READY:
            return value
        return absent(scope, name) if value is _MISSING else _lifted(scope, name, value)

    return run


def _lifted(scope: Scope, key: str | tuple[str, ...], value: object) -> object:
    # Whole lists and contexts are copied once, however often they are asked for.
    if type(value) in NUMERIC:
        return lift(value)
    found = scope.lifted.get(key, _MISSING)
    if found is _MISSING:
        found = scope.lifted[key] = lift(value)
    return found


def _loose(scope: Scope, name: str) -> object:
    value = scope.inner.get(name, _MISSING)
    if value is not _MISSING:
        return value
    value = scope.data.get(name, _MISSING)
    if value is not _MISSING:
        return value if type(value) in READY else _lifted(scope, name, value)
    # An element without this entry: null, not a mistake.
    if found := library.find(name):
        return found.value()
    return host_function(scope, name) if name in scope.environment.functions else None


@maker(Path)
def _path(node: Path, sight: Sight) -> Code:
    root, names = _unwind(node)
    if isinstance(root, Name) and root.name not in sight.declared and not sight.in_filter:
        sight.free.add(root.name)
        return _data_path(root.name, names)
    source = compile_node(root, sight)
    if len(names) == 1:
        name = names[0]
        return lambda scope: read_property(scope, source(scope), name)
    return lambda scope: _follow(scope, source(scope), names)


def _unwind(node: Node) -> tuple[Node, tuple[str, ...]]:
    names: list[str] = []
    while isinstance(node, Path):
        names.append(node.name)
        node = node.source
    return node, tuple(reversed(names))


def _data_path(root: str, names: tuple[str, ...]) -> Code:
    def run(scope: Scope) -> object:
        value = scope.data.get(root, _MISSING)
        if value is _MISSING:
            value = absent(scope, root)
        for index, name in enumerate(names):
            if type(value) is not dict:
                key = (root, *names[:index])
                return _follow(scope, _lifted(scope, key, value), names[index:])
            value = value.get(name)
        return value if type(value) in READY else _lifted(scope, (root, *names), value)

    return run


def _follow(scope: Scope, value: object, names: tuple[str, ...]) -> object:
    return reduce(lambda found, name: read_property(scope, found, name), names, value)


def read_property(scope: Scope, value: object, name: str) -> object:
    """Return an entry of a context, of each element of a list, or a temporal or range property."""
    if isinstance(value, dict):
        return value.get(name)
    if isinstance(value, list):
        scope.spend(len(value) + 1)
        return [read_property(scope, item, name) for item in value]
    if isinstance(value, Range):
        place = _RANGE_PROPERTIES.get(name)
        return getattr(value, place) if place else None
    return temporal.property_of(value, name)
