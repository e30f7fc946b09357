"""Types as ``instance of`` and DMN item definitions write them (DMN 1.3, 10.3.2.1)."""

from dataclasses import dataclass
from typing import Final

from engine.feel.values import Function, Range, kind_of

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


@dataclass(frozen=True)
class TypeRef:
    """A type: its name and, for lists, ranges and contexts, what is inside."""

    name: str
    #: The type of the elements of a list or range.
    element: "TypeRef | None" = None
    #: The types of a context's entries.
    entries: tuple[tuple[str, "TypeRef"], ...] = ()


def conforms(value: object, wanted: TypeRef) -> bool:
    """Tell whether a value is of a type; null is of none but ``null`` and, inside others, all."""
    name = _SYNONYMS.get(wanted.name, wanted.name)
    if name == "any":
        return value is not None
    if isinstance(value, Function):
        return name == "function"
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
