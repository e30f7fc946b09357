"""Make values what their declared types say: JSON has no dates, and logic may err."""

from collections.abc import Callable, Mapping
from typing import Final

from engine.dmn.items import ItemType
from engine.feel import from_json
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


def read_typed(value: object, kind: ItemType | None) -> object:
    """Take a host's value in: texts declared as dates, times or durations are read as such.

    An entry that a context lacks is null: what was not answered was not sent.
    """
    lifted = from_json(value)
    return lifted if kind is None else _read(lifted, kind)


def _read(value: object, kind: ItemType) -> object:
    if isinstance(value, str) and kind.ref.name in _READERS:
        return _READERS[kind.ref.name](value)
    if isinstance(value, list) and kind.element:
        return [_read(item, kind.element) for item in value]
    if isinstance(value, dict) and kind.entries:
        missing = dict.fromkeys(kind.entries.keys() - value.keys())
        return {
            name: _read(item, kind.entries[name]) if name in kind.entries else item
            for name, item in {**value, **missing}.items()
        }
    return value


def fit(scope: Scope, value: object, kind: ItemType | None) -> object:
    """Make a value one of a type; null when it cannot be one, or is not among the allowed."""
    if value is None or kind is None:
        return value
    made = coerce(scope, value, kind.ref)
    return made if made is None or is_allowed(scope, made, kind) else None


def is_allowed(scope: Scope, value: object, kind: ItemType) -> bool:
    """Tell whether a value of a type passes the tests of the type and of its parts."""
    if value is None:
        return True
    scope.spend(1)
    if isinstance(value, list) and kind.element:
        inside = all(is_allowed(scope, item, kind.element) for item in value)
    elif isinstance(value, dict):
        inside = all(
            is_allowed(scope, value.get(name), inner) for name, inner in kind.entries.items()
        )
    else:
        inside = True
    return inside and all(tests.run(scope, value) is True for tests in kind.allowed)
