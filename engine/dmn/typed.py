"""Make values what their declared types say: JSON has no dates, and logic may err."""

from collections.abc import Callable, Mapping
from typing import Final

from engine.feel import TypeRef, from_json
from engine.feel.decimals import read_number
from engine.feel.scope import Scope
from engine.feel.temporal import read_date, read_datetime, read_duration, read_time
from engine.feel.types import coerce

_READERS: Final[Mapping[str, Callable[[str], object]]] = {
    "date": read_date,
    "time": read_time,
    "date and time": read_datetime,
    "days and time duration": read_duration,
    "years and months duration": read_duration,
}
_TRUTHS: Final[Mapping[str, object]] = {"true": True, "false": False}


def read_typed(value: object, kind: TypeRef | None) -> object:
    """Take a host's value in: texts declared as dates, times or durations are read as such.

    A text that spells no such thing stays a text, for ``fit`` to refuse. A text declared as a
    number or boolean is one when it spells one: large numbers travel so. An entry that a context
    lacks is null: what was not answered was not sent.
    """
    lifted = from_json(value)
    return lifted if kind is None else _read(lifted, kind)


def _read(value: object, kind: TypeRef) -> object:
    kind = kind.real()
    if kind.name == "list" and kind.element and not isinstance(value, list):
        return _read(value, kind.element)  # one value becomes a list of one later
    if isinstance(value, str):
        return _read_text(value, kind.name)
    if isinstance(value, list) and kind.element:
        return [_read(item, kind.element) for item in value]
    if isinstance(value, list) and len(value) == 1 and kind.name in _READERS:
        return [_read(value[0], kind)]
    if isinstance(value, dict) and kind.entries:
        kinds = dict(kind.entries)
        # In the order of the type: a result is the same at each run.
        missing = {name: None for name in kinds if name not in value}
        return {
            name: _read(item, kinds[name]) if name in kinds else item
            for name, item in {**value, **missing}.items()
        }
    return value


def _read_text(value: str, name: str) -> object:
    found: object = None
    if name in _READERS:
        found = _READERS[name](value)
    elif name == "number" and len(value) <= 100 and value.strip("+-.0123456789eE") == "":
        found = read_number(value)
    if found is not None:
        return found
    return _TRUTHS.get(value, value) if name == "boolean" else value


def fit(scope: Scope, value: object, kind: TypeRef | None) -> object:
    """Make a value one of a type; null when it cannot be one, or is not among the allowed."""
    return value if value is None or kind is None else coerce(scope, value, kind)
