"""Lists in pages that begin where the last one ended: a deep page costs what the first does.

A mark is the sort keys of a page's outermost row, as text for an address. Page numbers would make
the database count through everything before them; a mark leads it straight there.
"""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, TypeVar, cast

import orjson
from sqlalchemy import ColumnElement, Select, SQLColumnExpression, func, literal, select, tuple_
from typing_extensions import override

from engine import db
from engine.errors import InvalidError
from forms.text import Text

Row = TypeVar("Row")
#: Nobody reads further than this; beyond it a list says "more than".
COUNTED: Final = 1000
_BEFORE, _AFTER = "b", "a"
_BAD = Text("翻页标记无效，请从第一页开始。", "Not a mark of a page; begin with the first page.")


@dataclass(frozen=True)
class Count:
    """How many there are, counted up to a bound."""

    number: int
    #: there are more than were counted
    more: bool = False

    @override
    def __str__(self) -> str:
        return f"{self.number}+" if self.more else str(self.number)

    def __bool__(self) -> bool:
        return self.number > 0


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a list, with the marks of its neighbours."""

    rows: Sequence[Row]
    next: str | None = None
    previous: str | None = None


@dataclass(frozen=True)
class Key:
    """One thing a list is sorted by: the database's expression, and the same of a row in memory."""

    column: SQLColumnExpression[Any]
    of: Callable[[Any], Any]
    kind: Callable[[Any], Any]
    #: what stands for a missing value in ``column``
    missing: ColumnElement[Any] | None = None


@dataclass(frozen=True)
class Mark:
    """The place at which a page begins, or ends when one goes back."""

    back: bool
    values: tuple[Any, ...]


class Order:
    """An order of a list that no two rows share a place in; all its keys go one way."""

    def __init__(self, *keys: Key, descending: bool = False) -> None:
        self.keys = keys
        self.descending = descending

    def read(self, text: str) -> Mark | None:
        """Read a mark from an address; None for none. Raises InvalidError for anything else."""
        if not text:
            return None
        try:
            found = orjson.loads(base64.urlsafe_b64decode(text[1:].encode()))
            values = [key.kind(given) for key, given in zip(self.keys, found, strict=True)]
        except (binascii.Error, ValueError, TypeError) as error:
            raise InvalidError(_BAD, fields={"at": _BAD}) from error
        if text[0] not in (_BEFORE, _AFTER) or any("\0" in str(value) for value in values):
            raise InvalidError(_BAD, fields={"at": _BAD})
        return Mark(text[0] == _BEFORE, tuple(values))

    def columns(self) -> list[ColumnElement[Any]]:
        """Return the keys with names of their own, to be selected inside another query."""
        return [key.column.label(f"key{number}") for number, key in enumerate(self.keys)]

    def by(self, mark: Mark | None, of: Any = None) -> list[ColumnElement[Any]]:
        """Return what to sort by; ``of`` is a query whose columns these are by now."""
        named = [of.c[f"key{n}"] for n in range(len(self.keys))] if of is not None else None
        turned = self.descending != bool(mark and mark.back)
        return [
            one.desc() if turned else one.asc()
            for one in (named or [key.column for key in self.keys])
        ]

    def beyond(self, mark: Mark | None) -> list[ColumnElement[bool]]:
        """Return the condition that a row stands beyond a mark."""
        if mark is None:
            return []
        places = tuple_(*(key.column for key in self.keys))
        given = tuple_(*map(_given, self.keys, mark.values))
        if self.descending != mark.back:
            return [places < given]
        return [places > given]

    def page(self, rows: Sequence[Row], mark: Mark | None, size: int) -> Page[Row]:
        """Make a page of what was found in this order; one row more than its size says more is."""
        more, back = len(rows) > size, mark is not None and mark.back
        shown = list(rows[:size])
        if back:
            shown.reverse()
        return Page(
            shown,
            self._mark(_AFTER, shown[-1]) if shown and (more or back) else None,
            self._mark(_BEFORE, shown[0]) if shown and mark and (more or not back) else None,
        )

    def _mark(self, way: str, row: object) -> str:
        values = orjson.dumps([key.of(row) for key in self.keys])
        return way + base64.urlsafe_b64encode(values).decode()


def moment(given: object) -> datetime:
    """Read an aware instant. Raises ValueError, TypeError."""
    found = datetime.fromisoformat(given) if isinstance(given, str) else None
    if found is None or found.tzinfo is None:
        raise ValueError(given)
    return found


def number(given: object) -> int:
    """Read the id of a row. Raises ValueError."""
    if isinstance(given, bool) or not isinstance(given, int) or not 0 <= given < 2**31:
        raise ValueError(given)
    return given


def moment_or_none(given: object) -> datetime | None:
    """Read an aware instant that may be missing. Raises ValueError, TypeError."""
    return None if given is None else moment(given)


def count(query: Select[Any]) -> Count:
    """Count what a query finds, as far as anybody reads."""
    some = query.order_by(None).limit(COUNTED + 1).subquery()
    number = db.session().scalar(select(func.count()).select_from(some)) or 0
    return Count(min(number, COUNTED), number > COUNTED)


def _given(key: Key, value: object) -> ColumnElement[Any]:
    if value is None and key.missing is not None:
        return key.missing
    column = cast("ColumnElement[Any]", key.column)
    return literal(value, column.type)
