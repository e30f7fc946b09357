"""One connection's line to the database: statements sent through the driver's own lowest layer.

Statements asked together go out in one piece, the first of a transaction with its BEGIN, and their
answers come back in one: each time that two processes wait for each other costs as much as a small
statement (libpq's pipeline mode).

The driver's cursors do for each statement what an act on a case has no use for, and take longer for
it than for sending and reading. What they do that matters is done here too: values and rows are
adapted by the driver, a statement used often is prepared in the driver's own book of such (which
it empties at a rollback), Ctrl-C ends a statement that waits, and errors are the driver's.
"""

# ruff: noqa: SLF001 - the driver's book of prepared statements has no public door

from collections.abc import Generator, Sequence
from itertools import islice
from typing import Any, Final, NamedTuple

import orjson
import psycopg
from psycopg import errors, generators
from psycopg._preparing import Prepare
from psycopg.adapt import PyFormat, Transformer
from psycopg.pq import ConnStatus, ExecStatus, TransactionStatus
from psycopg.pq.abc import PGresult
from psycopg.types.json import set_json_loads

Row = tuple[Any, ...]

#: A statement whose parameters are written ``$1``, ``$2``, and their values.
Asking = tuple[str, Sequence[Any]]
#: What came of one of several statements: its rows, or why it failed.
Answer = list[Row] | psycopg.Error

_TEXT: Final = 0
_GOOD: Final = (ExecStatus.TUPLES_OK, ExecStatus.COMMAND_OK)


class _Query(NamedTuple):
    """A statement as the driver's book of prepared statements knows it."""

    query: bytes
    types: tuple[int, ...]


class _Sent(NamedTuple):
    """A statement on its way: how many results it brings, and what the book is to be told."""

    results: int
    query: _Query | None = None
    how: Prepare = Prepare.NO
    name: bytes = b""


_BEGIN: Final = _Sent(1)


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
        [answer] = self.ask_all([(statement, values)])
        if isinstance(answer, psycopg.Error):
            raise answer
        return answer

    def ask_all(self, asked: Sequence[Asking]) -> list[Answer]:
        """Send statements in one piece; return what came of each, in their order.

        When one fails, those after it are not done. Begins a transaction where none is open.
        Raises ``psycopg.Error`` where the line itself fails, or a value cannot be sent.
        """
        given = [(self._query(*one), self._giving.formats) for one in asked]
        sent: list[_Sent] = []
        self._line.enter_pipeline_mode()
        try:
            if self._line.transaction_status == TransactionStatus.IDLE:
                self._line.send_query_params(b"BEGIN", None)
                sent.append(_BEGIN)
            sent += [self._send(query, values, formats) for (query, values), formats in given]
            self._line.pipeline_sync()
            results = self._driver.wait(self._exchange(sum(one.results for one in sent)))
        finally:
            self._leave()
        return self._answers(sent, results)

    def refuse_failed(self) -> None:
        """Raise InFailedSqlTransaction when a statement of this line's transaction has failed.

        The database would answer COMMIT by rolling back, and call that success.
        """
        if self._line.transaction_status == TransactionStatus.INERROR:
            raise errors.InFailedSqlTransaction("Expected to commit, but a statement had failed")

    def end(self) -> None:
        """End this line's transaction with a commit. Raises ``psycopg.Error``."""
        if self._line.transaction_status != TransactionStatus.IDLE:
            self._line.send_query(b"COMMIT")
            [result] = self._driver.wait(generators.execute(self._line))
            if result.status not in _GOOD:
                raise errors.error_from_result(result)

    def _leave(self) -> None:
        """Leave pipeline mode; a line on which something is yet to come is good for nothing."""
        if self._line.status == ConnStatus.OK:
            try:
                self._line.exit_pipeline_mode()
            except psycopg.Error:
                self._driver.close()

    def _query(self, statement: str, values: Sequence[Any]) -> tuple[_Query, Any]:
        given = self._giving.dump_sequence(values, [PyFormat.AUTO] * len(values))
        return _Query(statement.encode(), self._giving.types or ()), given

    def _send(self, query: _Query, given: Any, formats: Any) -> _Sent:
        """Send a statement, by the name under which it is prepared when there is one."""
        names = self._book._names
        if (name := names.get(query)) is not None:
            names.move_to_end(query)
            self._line.send_query_prepared(name, given, formats, _TEXT)
            return _Sent(1)
        how, name = self._book.get(query)
        if how == Prepare.SHOULD:
            self._line.send_prepare(name, query.query, query.types)
            self._line.send_query_prepared(name, given, formats, _TEXT)
            return _Sent(2, query, how, name)
        self._line.send_query_params(query.query, given, query.types, formats, _TEXT)
        return _Sent(1, query, how, name)

    def _exchange(self, number: int) -> Generator[Any, Any, list[PGresult]]:
        """Send what waits to be sent, and read so many results."""
        yield from generators.send(self._line)
        found: list[PGresult] = []
        try:
            for _ in range(number):
                found += yield from generators.fetch_many(self._line)
            yield from generators.fetch_many(self._line)  # that the pipeline is at its end
        except psycopg.Error:
            # A server that ends says why, and then the line is dead: the first is what to tell.
            if all(result.status in _GOOD for result in found):
                raise
        return found

    def _answers(self, sent: Sequence[_Sent], results: Sequence[PGresult]) -> list[Answer]:
        """Read the rows of results, and note in the book what was prepared."""
        found: list[Answer] = []
        failed: psycopg.Error | None = None
        coming = iter(results)
        for one in sent:
            mine = list(islice(coming, one.results))
            if failed is None:
                failed = next(
                    (
                        errors.error_from_result(result)
                        for result in mine
                        if result.status not in _GOOD
                    ),
                    None,
                )
            if failed is None and one.query is not None:
                self._book.maybe_add_to_cache(one.query, one.how, one.name)
                self._book._rotate()
            if one is not _BEGIN:
                found.append(failed or self._rows(mine[-1]))
        if self._book._to_flush:
            self._driver.wait(self._book.maintain_gen(self._driver))
        return found

    def _rows(self, result: PGresult) -> list[Row]:
        self._reading.set_pgresult(result)
        return self._reading.load_rows(0, result.ntuples, tuple)
