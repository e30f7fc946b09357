"""Processes as plain JSON: made once at deployment, so that no later reader changes what runs.

What equals its default is left out. A value that is not understood is a fault, never skipped.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import Any, Literal, get_args, get_origin, get_type_hints

from engine.bpmn.model import Process
from engine.runtime.errors import RuntimeFault
from forms.text import Text

_Thaw = Callable[[Any], Any]


def freeze(processes: Iterable[Process]) -> list[dict[str, Any]]:
    """Give processes as plain JSON."""
    return [_frozen(process) for process in processes]


def thaw(stored: object) -> tuple[Process, ...]:
    """Bring frozen processes back; raises RuntimeFault for what this version does not know."""
    read = _reading(Process)
    try:
        return tuple(read(one) for one in stored)  # type: ignore[attr-defined]
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise RuntimeFault(
            Text("编译后的流程已损坏。", "The compiled process is damaged.")
        ) from error


def _frozen(value: Any) -> Any:
    if isinstance(value, Text):
        return [value.zh, value.en]
    if is_dataclass(value):
        return {
            one.name: _frozen(held)
            for one in fields(value)
            if (held := getattr(value, one.name)) != _default(one)
        }
    if isinstance(value, Mapping):
        return {name: _frozen(held) for name, held in value.items()}
    if isinstance(value, frozenset):
        return sorted(value)
    if isinstance(value, tuple):
        return [_frozen(held) for held in value]
    return value


def _default(field: Any) -> object:
    return field.default if field.default_factory is MISSING else field.default_factory()


@cache
def _reading(kind: Any) -> _Thaw:
    """Give what makes a value of a type out of its frozen form."""
    if kind is Text:
        return lambda stored: Text(*stored)
    if is_dataclass(kind):
        return _of_class(kind)
    origin, inner = get_origin(kind), get_args(kind)
    if origin is UnionType:
        return _optional(_reading(next(one for one in inner if one is not type(None))))
    if origin is tuple:
        return _of_tuple(inner)
    if origin is frozenset:
        return frozenset
    if origin is not None and origin is not Literal and issubclass(origin, Mapping):
        of = _reading(inner[1])
        return lambda stored: {name: of(held) for name, held in stored.items()}
    return lambda stored: stored


def _of_tuple(inner: tuple[Any, ...]) -> _Thaw:
    if inner[-1] is not ...:
        each = tuple(map(_reading, inner))
        return lambda stored: tuple(read(held) for read, held in zip(each, stored, strict=True))
    one = _reading(inner[0])
    return lambda stored: tuple(one(held) for held in stored)


def _optional(read: _Thaw) -> _Thaw:
    return lambda stored: None if stored is None else read(stored)


def _of_class(kind: Any) -> _Thaw:
    hints = get_type_hints(kind)
    # Most fields are texts and numbers, which stay as they are.
    rich = {one.name: _reading(hints[one.name]) for one in fields(kind) if _is_rich(hints, one)}

    def read(stored: dict[str, Any]) -> Any:
        return kind(
            **{name: rich[name](held) if name in rich else held for name, held in stored.items()}
        )

    return read


def _is_rich(hints: Mapping[str, Any], field: Any) -> bool:
    return hints[field.name] not in (str, bool, int, str | None)
