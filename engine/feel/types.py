"""Types as ``instance of`` and DMN item definitions mean them (DMN 1.3, 10.3.2.1 and 10.3.2.9)."""

from dataclasses import replace
from datetime import UTC, time
from typing import Final, cast

from engine.feel.instants import AnyDate, make_datetime
from engine.feel.scope import Scope
from engine.feel.typeref import ANY, TypeRef
from engine.feel.values import Function, Range, kind_of, measure

#: Types that every value is of.
_OPEN: Final = frozenset({"any", "untold"})
#: How deep two types are compared.
MAX_TYPE_DEPTH: Final = 20
_SYNONYMS: Final = {
    "dateTime": "date and time",
    "dayTimeDuration": "days and time duration",
    "yearMonthDuration": "years and months duration",
    "Any": "any",
}
SIMPLE: Final = frozenset(
    {
        "number", "string", "boolean", "date", "time", "date and time", "any", "Any", "null",
        "days and time duration", "years and months duration", "context", "list", "function",
        "range", "dateTime", "dayTimeDuration", "yearMonthDuration",
    }
)  # fmt: skip


def plain_name(kind: str) -> str:
    """Return the one name of a simple type that has several."""
    return _SYNONYMS.get(kind, kind)


def conforms(value: object, wanted: TypeRef) -> bool:
    """Tell whether a value is of a type; null is of none but ``null`` and, inside others, all."""
    wanted = wanted.real()
    name = plain_name(wanted.name)
    if name in _OPEN:
        return value is not None
    if isinstance(value, Function):
        return name == "function" and is_kind_of(type_of_function(value), wanted)
    if kind_of(value) != name:
        return False
    if isinstance(value, list) and wanted.element:
        return all(item is None or conforms(item, wanted.element) for item in value)
    if isinstance(value, Range) and wanted.element:
        ends = (value.low, value.high)
        return all(end is None or conforms(end, wanted.element) for end in ends)
    if isinstance(value, dict):
        return all(
            entry in value and (value[entry] is None or conforms(value[entry], kind))
            for entry, kind in wanted.entries
        )
    return True


def conforms_within(scope: Scope, value: object, wanted: TypeRef) -> bool:
    """Tell the same at the expense of the scope: values may share parts and be huge in sum."""
    if isinstance(value, (list, dict)):
        scope.spend(measure(value))
    return conforms(value, wanted)


def type_of_function(function: Function) -> TypeRef:
    """Return the type of a function value; what it does not tell is ``any``."""
    # One that may be called with more values or fewer is of many types.
    if function.variadic or function.required is not None:
        return TypeRef("function")
    kinds = function.types or (None,) * len(function.parameters)
    return TypeRef(
        "function", parameters=tuple(kind or ANY for kind in kinds), returns=function.returns
    )


def is_kind_of(kind: TypeRef, wanted: TypeRef, depth: int = 0) -> bool:
    """Tell whether every value of a type is of another (DMN 1.3, 10.3.2.9.1)."""
    kind, wanted = kind.real(), wanted.real()
    name, wide = plain_name(kind.name), plain_name(wanted.name)
    # Types that hold themselves are compared only so far down.
    if wide in _OPEN or name == "untold" or depth > MAX_TYPE_DEPTH:
        return True
    if name != wide:
        return False
    deeper = depth + 1
    if wide == "function":
        return _function_fits(kind, wanted, deeper)
    if wanted.element and not (kind.element and is_kind_of(kind.element, wanted.element, deeper)):
        return False
    has = dict(kind.entries)
    return all(
        entry in has and is_kind_of(has[entry], inner, deeper) for entry, inner in wanted.entries
    )


def _function_fits(kind: TypeRef, wanted: TypeRef, depth: int) -> bool:
    if wanted.parameters is None or kind.parameters is None:
        return True
    if len(kind.parameters) != len(wanted.parameters):
        return False
    # What it takes may be wider, what it gives narrower; what it does not tell is trusted.
    takes = zip(wanted.parameters, kind.parameters, strict=True)
    if not all(is_kind_of(given, taken, depth) for given, taken in takes):
        return False
    if not (kind.returns and wanted.returns):
        return True
    return is_kind_of(kind.returns, wanted.returns, depth)


def coerce(scope: Scope, value: object, wanted: TypeRef) -> object:
    """Make a value one of a type as DMN 1.3, 10.3.2.9.4 does; null when it cannot be one.

    One value becomes a list of one and back, a date the midnight in UTC that begins it.
    """
    if value is None:
        return None
    made = _made(scope, value, wanted.real())
    return made if is_allowed(scope, made, wanted) else None


def _made(scope: Scope, value: object, wanted: TypeRef) -> object:
    if conforms_within(scope, value, wanted):
        return narrowed(value, wanted) if isinstance(value, Function) else value
    name = plain_name(wanted.name)
    if isinstance(value, list):
        # A list of one in a list of one is taken out once only.
        if len(value) != 1 or name == "list" or isinstance(value[0], list):
            return None
        return coerce(scope, value[0], wanted)
    if name == "list":
        item = coerce(scope, value, wanted.element or ANY)
        return None if item is None else [item]
    if name == "date and time" and kind_of(value) == "date":
        return make_datetime(cast("AnyDate", value), time(tzinfo=UTC))
    return None


def is_allowed(scope: Scope, value: object, kind: TypeRef) -> bool:
    """Tell whether a value of a type passes the tests of the type and of its parts."""
    if value is None:
        return True
    kind = kind.real()
    scope.spend(1)
    if isinstance(value, list) and kind.element:
        inside = all(is_allowed(scope, item, kind.element) for item in value)
    elif isinstance(value, dict):
        inside = all(is_allowed(scope, value.get(name), inner) for name, inner in kind.entries)
    else:
        inside = True
    return inside and all(tests.run(scope, value) is True for tests in kind.allowed)


def narrowed(function: Function, kind: TypeRef) -> Function:
    """Make a function take and give only what a type of functions says."""
    takes = kind.parameters or ()
    if all(part.name in _OPEN for part in takes) and not kind.returns:
        return function

    def call(scope: Scope, values: list[object]) -> object:
        given = values
        if len(takes) == len(values):
            given = [coerce(scope, *pair) for pair in zip(values, takes, strict=True)]
            if any(new is None is not old for new, old in zip(given, values, strict=True)):
                return None
        made = function.call(scope, given)
        return coerce(scope, made, kind.returns) if kind.returns else made

    return replace(function, call=call, returns=kind.returns or function.returns)
