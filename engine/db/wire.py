"""One connection's line to the database: statements sent through the driver's own lowest layer.

The driver's cursors do for each statement what an act on a case has no use for, and take longer for
it than for sending and reading. What they do that matters is done here too: values and rows are
adapted by the driver, a statement used often is prepared in the driver's own book of such (which
it empties at a rollback), Ctrl-C ends a statement that waits, and errors are the driver's.
"""

# ruff: noqa: SLF001 - the driver's book of prepared statements has no public door

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import orjson
import psycopg
from psycopg import errors, generators
from psycopg._preparing import Prepare
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult
from psycopg.types.json import set_json_loads

Row = tuple[Any, ...]

_TEXT: Final = 0
_GOOD: Final = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)


class _Query(NamedTuple):
    """A statement as the driver's book of prepared statements knows it."""

    query: bytes
    types: tuple[int, ...]


class Wire:
    """Sends statements on one connection, for one thread at a time, and reads their rows."""

    def __init__(self, driver: psycopg.Connection[Any]) -> None:
        cursor = psycopg.RawCursor(driver)
        set_json_loads(orjson.loads, cursor)
        self._driver, self._line = driver, driver.pgconn
        self._giving, self._reading = Transformer(cursor), Transformer(cursor)
        self._book: Any = driver._prepared

    def ask(self, statement: str, values: Sequence[Any]) -> list[Row]:
        """Send a statement whose parameters are written ``$1``, ``$2``; return its rows.

        Begins a transaction where none is open. Raises ``psycopg.Error``.
        """
        if self._line.transaction_status == TransactionStatus.IDLE:
            self._run(b"BEGIN")
        given = self._giving.dump_sequence(values, [PyFormat.AUTO] * len(values))
        query = _Query(statement.encode(), self._giving.types or ())
        result = self._send(query, given, self._giving.formats)
        self._reading.set_pgresult(result)
        return self._reading.load_rows(0, result.ntuples, tuple)

    def refuse_failed(self) -> None:
        """Raise InFailedSqlTransaction when a statement of this line's transaction has failed.

        The database would answer COMMIT by rolling back, and call that success.
        """
        if self._line.transaction_status == TransactionStatus.INERROR:
            raise errors.InFailedSqlTransaction("Expected to commit, but a statement had failed")

    def end(self) -> None:
        """End this line's transaction with a commit. Raises ``psycopg.Error``."""
        if self._line.transaction_status != TransactionStatus.IDLE:
            self._run(b"COMMIT")

    def _send(self, query: _Query, given: Any, formats: Any) -> PGresult:
        """Send a statement, by the name under which it is prepared when there is one."""
        names = self._book._names
        if (name := names.get(query)) is not None:
            names.move_to_end(query)
            self._line.send_query_prepared(name, given, formats, _TEXT)
            return self._answer()
        how, name = self._book.get(query)
        if how == Prepare.SHOULD:
            self._line.send_prepare(name, query.query, query.types)
            self._answer()
            self._line.send_query_prepared(name, given, formats, _TEXT)
        else:
            self._line.send_query_params(query.query, given, query.types, formats, _TEXT)
        result = self._answer()
        self._book.maybe_add_to_cache(query, how, name)
        self._book._rotate()
        if self._book._to_flush:
            self._driver.wait(self._book.maintain_gen(self._driver))
        return result

    def _run(self, command: bytes) -> None:
        """Run a command without values."""
        self._line.send_query(command)
        self._answer()

    def _answer(self) -> PGresult:
        result: PGresult
        [result] = self._driver.wait(generators.execute(self._line))
        if result.status not in _GOOD:
            raise errors.error_from_result(result)
        return result
