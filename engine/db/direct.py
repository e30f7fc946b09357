"""Statements sent to the driver itself, on the connection of the open unit of work.

An act on a case sends four or five statements, the same ones every time, and the layers above the
driver take several times as long for each as the driver does. Here they are left out: rows come as
the driver reads them, and mapped objects are made of them as the mapper would. Whoever listens for
statements hears of them, and errors come as they do from the layers above.
"""

# ruff: noqa: SLF001 - the places at which the mapper itself puts what it has loaded or written

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final, Generic, TypeVar
from weakref import ReferenceType, ref

import psycopg
from sqlalchemy import ClauseElement, Connection, inspect
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import (
    InstanceState,
    InstrumentedAttribute,
    Mapper,
    Session,
    SessionTransaction,
)
from sqlalchemy.orm.attributes import instance_state

from engine.db.wire import Answer, Asking, Row, Wire

Values = Sequence[Any]
Entity = TypeVar("Entity")

_DIALECT: Final = PGDialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call]
_WIRE: Final = "lianban.wire"
_LANE: Final = "lianban.lane"
_AHEAD, _ANSWERED = "lianban.ahead", "lianban.answered"


def written(statement: ClauseElement) -> str:
    """Return a statement as text for ``ask``; its parameters stand in the order of their use."""
    return str(statement.compile(dialect=_DIALECT))


class Asked:
    """A statement written once for ``ask``, with the values that stand in it already."""

    def __init__(self, statement: ClauseElement) -> None:
        written: Any = statement.compile(dialect=_DIALECT)
        self.text = str(written)
        self._names: list[str] = list(written.positiontup)
        self._own = dict(written.params)

    def values(self, **given: Any) -> list[Any]:
        """Return the values of its parameters in their order, those named here among them."""
        known = self._own | given
        return [known[name] for name in self._names]


def ask(session: Session, statement: str, values: Values) -> list[Row]:
    """Send a statement that answers with rows, and return them as the driver reads them.

    Its parameters are written ``$1``, ``$2``. It joins the session's transaction; what has changed
    in the session is not written before. Raises what the layers above would: IntegrityError and
    the like.
    """
    connection, wire = _lane(session)
    asked: list[Asking] = [(statement, values)]
    answer = _answered(session, asked[0])
    if answer is None:
        if (ahead := session.info.pop(_AHEAD, None)) is not None:
            asked.append(ahead)
        answer, *more = _exchanged(connection, wire, asked)
        if more:
            session.info[_ANSWERED] = (_named(session.get_transaction()), ahead, more[0])
    if isinstance(answer, psycopg.Error):
        raise _said_above(connection, statement, answer) from answer
    return answer


def ahead(session: Session, statement: str, values: Values) -> None:
    """Have a statement sent along with the next one; who then asks for it has the answer at hand.

    It must be the very next that is asked in the same transaction, else it is asked anew.
    """
    session.info[_AHEAD] = (statement, values)


def _answered(session: Session, asked: Asking) -> Answer | None:
    """Return what came of a statement that was sent ahead, if this is the one."""
    kept = session.info.pop(_ANSWERED, None)
    if kept is None or not _is_of(session, kept[0]) or kept[1] != asked:
        return None
    found: Answer = kept[2]
    return found


def _exchanged(connection: Connection, wire: Wire, asked: Sequence[Asking]) -> list[Answer]:
    """Send statements in one piece; whoever listens hears of each."""
    heard = _heard(connection)
    calls = [(connection, wire, *one, None, False) for one in asked] if heard else ()
    for call in calls:
        for listener in connection.dispatch.before_cursor_execute:
            listener(*call)
    try:
        answers = wire.ask_all(asked)
    except psycopg.Error as error:
        raise _said_above(connection, asked[0][0], error) from error
    for call, answer in zip(calls, answers, strict=False):
        if not isinstance(answer, psycopg.Error):
            for listener in connection.dispatch.after_cursor_execute:
                listener(*call)
    return answers


def end(session: Session) -> None:
    """End the session's transaction in the database, for ``engine.db.transaction`` to commit it.

    That finds nothing left to send then. Left to it when somebody listens for commits, but never
    when a statement has failed: the database would roll back, and nobody would be told.
    """
    known: _Lane | None = session.info.get(_LANE)
    if known is None or not _is_of(session, known[0]):
        return
    _, connection, wire = known
    try:
        wire.refuse_failed()
        if not _heard(connection):
            wire.end()
    except psycopg.Error as error:
        raise _said_above(connection, "COMMIT", error) from error


def _heard(connection: Connection) -> bool:
    """Say whether somebody listens for what is sent."""
    return bool(connection._has_events or connection.engine._has_events)


#: A transaction by a weak reference: a session that held its own would stay, with all that was
#: read, until the collector comes, and every request would work in memory that is cold.
_Named = ReferenceType[SessionTransaction]
_Lane = tuple[_Named, Connection, Wire]


def _lane(session: Session) -> tuple[Connection, Wire]:
    """Return the connection of the session's transaction and its wire."""
    known: _Lane | None = session.info.get(_LANE)
    if known is not None and _is_of(session, known[0]):
        return known[1:]
    connection = session.connection()
    wire: Wire | None = connection.info.get(_WIRE)
    if wire is None:
        driver: Any = connection.connection.driver_connection
        wire = connection.info[_WIRE] = Wire(driver)
    session.info[_LANE] = (_named(session.get_transaction()), connection, wire)
    return connection, wire


def _is_of(session: Session, named: _Named) -> bool:
    """Say whether a transaction is the session's present one; one that is gone is nobody's."""
    present = session.get_transaction()
    return present is not None and named() is present


def _named(transaction: SessionTransaction | None) -> _Named:
    if transaction is None:
        raise LookupError("Expected an open transaction")
    return ref(transaction)


def _said_above(connection: Connection, statement: str, error: psycopg.Error) -> BaseException:
    """Return an error of the driver as the layers above raise it; a lost connection is dropped."""
    driver: Any = connection.connection.driver_connection
    lost = bool(driver.closed)
    if lost:
        connection.invalidate(error)
    return DBAPIError.instance(statement, None, error, psycopg.Error, connection_invalidated=lost)


_MAPPERS: dict[type[Any], Mapper[Any]] = {}


def mapper_of(entity: type[Entity]) -> Mapper[Entity]:
    """Return the mapper of a class; the library's own way to it is long."""
    if (found := _MAPPERS.get(entity)) is None:
        found = _MAPPERS[entity] = inspect(entity)
    return found


class Loader(Generic[Entity]):
    """Makes objects of one mapped class of rows that were read directly."""

    def __init__(self, entity: type[Entity], of: Any = None) -> None:
        """``of``: an alias of the class, when its table stands in a statement more than once."""
        self.mapper: Mapper[Entity] = mapper_of(entity)
        self.names = tuple(a.key for a in self.mapper.column_attrs if not a.deferred)
        self.columns: list[InstrumentedAttribute[Any]] = [
            getattr(of or entity, name) for name in self.names
        ]
        key = [self.mapper.get_property_by_column(c).key for c in self.mapper.primary_key]
        self._key = [self.names.index(name) for name in key]
        self._first, _, *self._rest = self.mapper.identity_key_from_primary_key(tuple(key))

    def load(self, session: Session, row: Sequence[Any]) -> Entity | None:
        """Return the session's object with this identity, holding what was read now.

        ``row`` has the values of ``columns``, in their order; all null means that there is none.
        """
        identity = tuple(row[place] for place in self._key)
        if None in identity:
            return None
        key: Any = (self._first, identity, *self._rest)
        known = session.identity_map.get(key)
        if known is None:
            known = self.mapper.class_manager.new_instance()
            state = instance_state(known)
            state.key, state.session_id = key, session.hash_key
            session.identity_map._add_unpresent(state, key)
            state.dict.update(zip(self.names, row, strict=True))
        else:
            state = instance_state(known)
            state.dict.update(zip(self.names, row, strict=True))
            state._commit_all(state.dict, session.identity_map)
        found: Entity = known
        return found


def make(session: Session, entity: type[Entity], values: Mapping[str, Any]) -> Entity:
    """Make a new object of a mapped class and add it to the session, to be written with all else.

    ``values`` are those of its columns; what it does not name keeps its default.
    """
    made = mapper_of(entity).class_manager.new_instance()
    state = instance_state(made)
    state.dict.update(values)
    session._save_impl(state)
    found: Entity = made
    return found


def written_now(session: Session, states: Iterable[InstanceState[Any]]) -> None:
    """Let the session know that objects it had to insert or update stand in the database."""
    if known := set(states):
        session._register_persistent(known)
