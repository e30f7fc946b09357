"""Types as ``instance of`` and DMN item definitions mean them (DMN 1.3, 10.3.2.1 and 10.3.2.9)."""

from datetime import UTC, time
from typing import Final, cast

from engine.feel.instants import AnyDate, make_datetime
from engine.feel.scope import Scope
from engine.feel.typeref import ANY, TypeRef
from engine.feel.values import Function, Range, kind_of, measure

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
    name = plain_name(wanted.name)
    if name == "any":
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
    if function.variadic:
        return TypeRef("function")
    kinds = function.types or (None,) * len(function.parameters)
    return TypeRef(
        "function", parameters=tuple(kind or ANY for kind in kinds), returns=function.returns
    )


def is_kind_of(kind: TypeRef, wanted: TypeRef) -> bool:
    """Tell whether every value of a type is of another (DMN 1.3, 10.3.2.9.1)."""
    name, wide = plain_name(kind.name), plain_name(wanted.name)
    if wide == "any":
        return True
    if name != wide:
        return False
    if wide == "function":
        return _function_fits(kind, wanted)
    if wanted.element and not (kind.element and is_kind_of(kind.element, wanted.element)):
        return False
    has = dict(kind.entries)
    return all(entry in has and is_kind_of(has[entry], inner) for entry, inner in wanted.entries)


def _function_fits(kind: TypeRef, wanted: TypeRef) -> bool:
    if wanted.parameters is None or kind.parameters is None:
        return True
    if len(kind.parameters) != len(wanted.parameters):
        return False
    # What it takes may be wider, what it gives narrower; what it does not tell is trusted.
    takes = zip(wanted.parameters, kind.parameters, strict=True)
    if not all(is_kind_of(given, taken) for given, taken in takes):
        return False
    return not (kind.returns and wanted.returns) or is_kind_of(kind.returns, wanted.returns)


def coerce(scope: Scope, value: object, wanted: TypeRef) -> object:
    """Make a value one of a type as DMN 1.3, 10.3.2.9.4 does; null when it cannot be one.

    One value becomes a list of one and back, a date the midnight in UTC that begins it.
    """
    if value is None or conforms_within(scope, value, wanted):
        return value
    name = plain_name(wanted.name)
    if isinstance(value, list):
        return coerce(scope, value[0], wanted) if len(value) == 1 and name != "list" else None
    if name == "list":
        item = coerce(scope, value, wanted.element or ANY)
        return None if item is None else [item]
    if name == "date and time" and kind_of(value) == "date":
        return make_datetime(cast("AnyDate", value), time(tzinfo=UTC))
    return None
