"""Write everything a unit of work has changed in one statement.

The mapper sends one statement a table and kind of change, and again before every query. A step of
a case changes six tables, and an act takes as long as its round trips. Here all of them become one
statement of data-modifying CTEs, each fed with its rows as one JSON parameter. What this does not
know (relationships, expressions, large contents) is left to the mapper, all of it.
"""

# ruff: noqa: S608 - the SQL is made of the names of our own tables; values are parameters

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final

import orjson
from sqlalchemy import ClauseElement, Integer
from sqlalchemy.dialects import postgresql
from sqlalchemy.orm import InstanceState, Mapper, ORMExecuteState, Session, UOWTransaction
from sqlalchemy.orm.attributes import instance_state, set_committed_value
from sqlalchemy.orm.exc import StaleDataError

from engine.db import direct

#: Contents larger than this, in bytes, go the mapper's way: as JSON they would double.
LARGE: Final = 65_536
#: What JSON writes by itself, in the forms the database reads.
_PLAIN: Final = frozenset({str, int, float, bool, type(None), datetime, date, dict, list})
_LOOSE: Final = "lianban.loose"
_DIALECT: Final = postgresql.dialect()  # type: ignore[no-untyped-call]

#: A kind of change, the table, and the attributes it writes.
_Kind = tuple[str, Mapper[Any], tuple[str, ...]]
#: A kind of change, and whether it is of one row only.
_Part = tuple[_Kind, bool]


@dataclass(frozen=True)
class _Shape:
    """What is known of a table: computed once."""

    table: str
    key: str
    #: The database makes the key of a new row.
    generated: bool
    #: By attribute: the column's name as SQL, and its type.
    columns: dict[str, tuple[str, str]]
    defaults: dict[str, Any]
    relations: frozenset[str]


class _LeftToMapper(Exception):  # noqa: N818 - a signal, no error
    """Something that only the mapper writes rightly."""


def gather(
    session: Session, _context: UOWTransaction | None, instances: Iterable[Any] | None
) -> None:
    """Before a flush: write all changes in one statement, and leave nothing to be flushed.

    Raises StaleDataError when a changed row is not there any more.
    """
    if instances is not None:
        return
    try:
        groups = _groups(session)
        rows = [_rows(kind, states) for kind, states in groups.items()]
    except _LeftToMapper:
        write_loose(session)
        return
    _send(session, groups, rows)


def append(session: Session, table: type[Any], row: Mapping[str, Any]) -> None:
    """Add a row that nobody will look at in this unit of work: a record, all columns but the key.

    It takes part in the next write, without being an object of the mapper before.
    """
    loose: dict[_Kind, list[Mapping[str, Any]]] = session.info.setdefault(_LOOSE, {})
    kind: _Kind = ("insert", direct.mapper_of(table), tuple(row))
    loose.setdefault(kind, []).append(row)


def write_loose(session: Session) -> None:
    """Write the appended rows when nothing else is to be written with them."""
    if session.info.get(_LOOSE):
        _send(session, {}, [])


def write(session: Session) -> None:
    """Write everything that has changed and was appended so far."""
    gather(session, None, None)  # as the flush would, which then finds nothing left to do
    session.flush()
    write_loose(session)


def before_asking(asked: ORMExecuteState) -> None:
    """Before a question: what was appended can be asked for like all else."""
    if asked.session.autoflush and asked.session.info.get(_LOOSE):
        write(asked.session)


def forget_loose(session: Session) -> None:
    """Drop the appended rows of a unit of work that failed."""
    session.info.pop(_LOOSE, None)


def _send(
    session: Session, groups: Mapping[_Kind, Sequence[InstanceState[Any]]], rows: list[str]
) -> None:
    loose: dict[_Kind, list[Mapping[str, Any]]] = session.info.pop(_LOOSE, {})
    if not groups and not loose:
        return
    rows += [_json([_values(row, kind[2]) for row in found]) for kind, found in loose.items()]
    parts = [(kind, len(found) == 1) for kind, found in (*groups.items(), *loose.items())]
    [answer] = direct.ask(session, _statement(tuple(parts)), rows)
    there: list[InstanceState[Any]] = []
    for (kind, states), came in zip(groups.items(), answer, strict=False):
        there += _settle(session, kind, states, came)
    direct.written_now(session, there)


def _groups(session: Session) -> dict[_Kind, list[InstanceState[Any]]]:
    """Sort what has changed by what is done to it; raises _LeftToMapper."""
    found: dict[_Kind, list[InstanceState[Any]]] = {}
    for instance in session.new:
        state = instance_state(instance)
        found.setdefault(("insert", state.mapper, _inserted(state)), []).append(state)
    for instance in session.dirty:
        state = instance_state(instance)
        if changed := _changed(state):
            found.setdefault(("update", state.mapper, changed), []).append(state)
    for instance in session.deleted:
        state = instance_state(instance)
        shape = _shape(state.mapper)
        if shape.relations:
            raise _LeftToMapper
        found.setdefault(("delete", state.mapper, (shape.key,)), []).append(state)
    return found


@lru_cache(maxsize=256)
def _shape(mapper: Mapper[Any]) -> _Shape:
    """Describe a mapped table; raises _LeftToMapper."""
    columns = {attribute.key: attribute.columns[0] for attribute in mapper.column_attrs}
    special = any(c.server_default is not None or c.onupdate is not None for c in columns.values())
    special |= any(c.default is not None and not c.default.is_scalar for c in columns.values())
    keys = [name for name, column in columns.items() if column.primary_key]
    if special or len(keys) != 1 or mapper.polymorphic_on is not None:
        raise _LeftToMapper
    prepare = _DIALECT.identifier_preparer
    key = columns[keys[0]]
    return _Shape(
        prepare.format_table(mapper.local_table),
        keys[0],
        isinstance(key.type, Integer) and not key.foreign_keys,
        {
            name: (prepare.quote(column.name), column.type.compile(_DIALECT))
            for name, column in columns.items()
        },
        {name: c.default.arg for name, c in columns.items() if c.default is not None},
        frozenset(relation.key for relation in mapper.relationships),
    )


def _inserted(state: InstanceState[Any]) -> tuple[str, ...]:
    """Return what to write of a new row, its defaults filled in; raises _LeftToMapper."""
    shape, held = _shape(state.mapper), state.dict
    if any(held.get(relation) for relation in shape.relations):
        raise _LeftToMapper
    for name, default in shape.defaults.items():
        if name not in held:
            set_committed_value(state.obj(), name, default)
    if shape.generated and held.get(shape.key) is None:
        return tuple(name for name in shape.columns if name != shape.key)
    return tuple(shape.columns)


def _changed(state: InstanceState[Any]) -> tuple[str, ...]:
    """Return key and attributes of a row that differ from what it holds; raises _LeftToMapper."""
    shape, before, held = _shape(state.mapper), state.committed_state, state.dict
    if shape.key in before or not shape.relations.isdisjoint(before):
        raise _LeftToMapper
    changed = [
        name for name in before if name in shape.columns and before[name] is not held.get(name)
    ]
    changed = [name for name in changed if before[name] != held.get(name)]
    return (shape.key, *sorted(changed)) if changed else ()


def _rows(kind: _Kind, states: Sequence[InstanceState[Any]]) -> str:
    """Write the rows of a part as JSON; raises _LeftToMapper."""
    return _json([_values(state.dict, kind[2]) for state in states])


def _values(held: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Pick what is written of a row; raises _LeftToMapper for what only the mapper writes."""
    found = {}
    for name in names:
        value = held.get(name)
        if type(value) not in _PLAIN:
            if isinstance(value, ClauseElement):
                raise _LeftToMapper
            if isinstance(value, bytes):
                if len(value) > LARGE:
                    raise _LeftToMapper
                value = f"\\x{value.hex()}"
        found[name] = value
    return found


def _json(rows: list[dict[str, Any]]) -> str:
    return orjson.dumps(rows, default=_listed, option=orjson.OPT_NON_STR_KEYS).decode()


def _listed(value: Any) -> Any:
    """Write what JSON has no form for: a text in two languages is a tuple."""
    if isinstance(value, tuple):
        return list(value)
    raise TypeError(f"Expected something JSON can hold, but found {type(value).__name__}")


@lru_cache(maxsize=1024)
def _statement(changes: tuple[_Part, ...]) -> str:
    """Compose the one statement for these kinds of change; each has its rows as a parameter."""
    parts, answers = [], []
    for number, (kind, single) in enumerate(changes, start=1):
        shape, name = _shape(kind[1]), f"part{number}"
        parts.append(f"{name} AS ({_part(kind, shape, number, single=single)})")
        key = shape.columns[shape.key][0]
        answers.append(f"(SELECT array_agg({key} ORDER BY {key}) FROM {name})")
    return f"WITH {', '.join(parts)} SELECT {', '.join(answers)}"


def _part(change: _Kind, shape: _Shape, number: int, *, single: bool) -> str:
    kind, _, names = change
    columns = [shape.columns[name][0] for name in names]
    typed = ", ".join(f'"{name}" {shape.columns[name][1]}' for name in names)
    # The planner expects a hundred rows of a set, and would read the whole table for them.
    source = (
        f"json_to_record(${number}::json -> 0)" if single else f"json_to_recordset(${number}::json)"
    )
    given = f"{source} AS given({typed})"
    key = shape.columns[shape.key][0]
    picked = ", ".join(f'given."{name}"' for name in names)
    if kind == "insert":
        return (
            f"INSERT INTO {shape.table} ({', '.join(columns)}) SELECT {picked} FROM {given} "
            f"RETURNING {key}"
        )
    at = f'{shape.table}.{key} = given."{shape.key}"'
    if kind == "delete":
        return f"DELETE FROM {shape.table} USING {given} WHERE {at} RETURNING {shape.table}.{key}"
    pairs = zip(columns[1:], names[1:], strict=True)
    values = ", ".join(f'{column} = given."{name}"' for column, name in pairs)
    return (
        f"UPDATE {shape.table} SET {values} FROM {given} WHERE {at} RETURNING {shape.table}.{key}"
    )


def _settle(
    session: Session, kind: _Kind, states: Sequence[InstanceState[Any]], came: list[Any] | None
) -> Sequence[InstanceState[Any]]:
    """Take note of what the database has made of these rows; return those that are there now."""
    what, mapper, names = kind
    if len(came or ()) != len(states):
        table = _shape(mapper).table
        raise StaleDataError(
            f"Expected to {what} {len(states)} rows of {table}, but {len(came or ())} were there"
        )
    if what == "delete":
        for state in states:
            session.expunge(state.obj())
        return ()
    if (key := _shape(mapper).key) not in names:
        # Rows are inserted in the order given, so their numbers rise in it.
        for state, made in zip(states, came or (), strict=True):
            set_committed_value(state.obj(), key, made)
    return states
