"""Statements sent through the driver's lowest layer are prepared, adapted, and fail as others."""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg import generators
from psycopg.errors import AdminShutdown, InFailedSqlTransaction, UndefinedColumn
from sqlalchemy import event, select
from sqlalchemy.exc import DataError, IntegrityError, InternalError, ProgrammingError
from sqlalchemy.orm import Session

from engine import db
from engine.db import direct
from engine.db.wire import Wire
from engine.models import Role
from tests.waiting import until

INSERT = "insert into role (code, name_zh, name_en) values ($1, $2, '') returning 1"
#: The driver's own measures: when a statement is prepared, and how many are.
PREPARED_AT, PREPARED_AT_MOST = 6, 100
PREPARED = "select statement from pg_prepared_statements order by prepare_time"


@pytest.fixture
def driver(session: Session) -> Iterator[psycopg.Connection[Any]]:
    """A connection of the driver's to the test's database."""
    address = session.connection().engine.url.render_as_string(hide_password=False)
    with psycopg.connect(address.replace("+psycopg", "")) as connection:
        yield connection
        if not connection.closed:
            connection.rollback()


def prepared(driver: psycopg.Connection[Any]) -> list[str]:
    """Return what the server keeps prepared for this connection."""
    return [row[0] for row in driver.execute(PREPARED)]


def test_a_statement_is_prepared_when_it_has_come_often(driver: psycopg.Connection[Any]) -> None:
    wire = Wire(driver)
    for number in range(PREPARED_AT - 1):
        assert wire.ask("select $1::int + 1", (number,)) == [(number + 1,)]
    assert prepared(driver) == []
    for number in range(3):
        assert wire.ask("select $1::int + 1", (number,)) == [(number + 1,)]
    assert prepared(driver) == ["select $1::int + 1"]


def test_only_so_many_are_kept_prepared(driver: psycopg.Connection[Any]) -> None:
    wire = Wire(driver)
    for number in range(PREPARED_AT_MOST + 3):
        for _ in range(PREPARED_AT):
            assert wire.ask(f"select {number}", ()) == [(number,)]
    kept = prepared(driver)
    assert len(kept) == PREPARED_AT_MOST
    assert "select 0" not in kept
    assert f"select {PREPARED_AT_MOST + 2}" in kept
    assert wire.ask("select 0", ()) == [(0,)]


def test_a_rollback_may_take_the_prepared_ones_along(driver: psycopg.Connection[Any]) -> None:
    wire = Wire(driver)
    for _ in range(3):
        for number in range(PREPARED_AT):
            assert wire.ask("select $1::int", (number,)) == [(number,)]
            assert driver.execute("select 1", prepare=True).fetchall() == [(1,)]
        driver.rollback()


def test_values_and_rows_are_adapted_as_by_the_driver(driver: psycopg.Connection[Any]) -> None:
    wire, now = Wire(driver), datetime(2026, 11, 30, 8, 0, tzinfo=UTC)
    sent = ("行政审批 '\"\\", None, now, [1, 70000], 2**40, True)
    asked = "select $1::text, $2::text, $3::timestamptz, $4::int[], $5::bigint, $6::bool"
    for _ in range(PREPARED_AT + 1):
        assert wire.ask(asked, sent) == [sent]
        assert wire.ask("""select '{"数": [1, null]}'::jsonb where $1""", (True,)) == [
            ({"数": [1, None]},)
        ]
        assert wire.ask("select 1 where $1", (False,)) == []


def test_the_same_statement_takes_values_of_other_types(driver: psycopg.Connection[Any]) -> None:
    wire = Wire(driver)
    for value in (1, 2**20, 2**40, None) * (PREPARED_AT + 1):
        assert wire.ask("select $1::bigint", (value,)) == [(value,)]


@pytest.mark.usefixtures("engine_db")
def test_what_fails_is_an_error_of_the_layers_above() -> None:
    def fail(error: type[Exception], statement: str, *values: Any) -> None:
        with pytest.raises(error), db.transaction():
            db.ask(statement, values)

    for _ in range(PREPARED_AT + 1):
        fail(IntegrityError, INSERT, "r", None)
        fail(DataError, "select $1::text", "a\0b")
        fail(ProgrammingError, "select nothing")
    with db.transaction():
        assert db.ask("select count(*) from role", ()) == [(0,)]


@pytest.mark.usefixtures("engine_db")
@pytest.mark.parametrize("heard", [False, True])
def test_a_failure_that_was_passed_over_is_not_taken_for_a_commit(heard: bool) -> None:
    """The database answers COMMIT with ROLLBACK then; what was done before is not there.

    Also when somebody listens for commits, who are then made by the layers above.
    """
    if heard:
        event.listen(db.session().get_bind(), "commit", lambda _connection: None)

    def pass_over() -> None:
        with db.transaction():
            db.ask(INSERT, ("r", "岗"))
            with contextlib.suppress(ProgrammingError):
                db.ask("select nothing", ())

    with pytest.raises(InternalError):
        pass_over()
    with db.transaction():
        assert db.ask("select count(*) from role", ()) == [(0,)]


@pytest.mark.usefixtures("engine_db")
def test_what_was_asked_directly_is_committed_with_the_rest() -> None:
    with db.transaction() as current:
        db.ask(INSERT, ("r", "岗"))
        assert current.scalar(select(Role.name_zh).where(Role.code == "r")) == "岗"
        current.add(Role(code="s", name_zh="位", name_en=""))
    with db.transaction() as current:
        found = current.scalars(select(Role.code).where(Role.code.in_(("r", "s")))).all()
        assert sorted(found) == ["r", "s"]


def test_statements_asked_together_are_answered_each(driver: psycopg.Connection[Any]) -> None:
    """In one transaction with what follows; prepared when they have come often, as any."""
    wire = Wire(driver)
    for number in range(PREPARED_AT + 1):
        asked = [("select $1::int", (number,)), ("select 'x' where $1", (False,)), ("select 7", ())]
        assert wire.ask_all(asked) == [[(number,)], [], [(7,)]]
        assert wire.ask("select txid_current_if_assigned()", ()) == [(None,)]
    assert "select $1::int" in prepared(driver)
    before = wire.ask("select now()", ())
    assert wire.ask_all([("select now()", ())] * 2) == [before, before]


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_what_comes_after_a_failure_is_not_done(
    driver: psycopg.Connection[Any], failing: int
) -> None:
    """What came before it is answered; the line is as good as new after a rollback."""
    wire = Wire(driver)
    for _ in range(PREPARED_AT + 1):
        asked: list[tuple[str, tuple[Any, ...]]] = [("select $1::int", (n,)) for n in range(3)]
        asked[failing] = ("select nothing", ())
        found = wire.ask_all(asked)
        assert found[:failing] == [[(n,)] for n in range(failing)]
        assert [type(one) for one in found[failing:]] == [UndefinedColumn] * (3 - failing)
        with pytest.raises(InFailedSqlTransaction):
            wire.refuse_failed()
        driver.rollback()
        assert wire.ask("select 1", ()) == [(1,)]
        driver.rollback()


def test_a_value_that_cannot_be_sent_leaves_the_line_as_it_was(
    driver: psycopg.Connection[Any],
) -> None:
    wire = Wire(driver)
    for asked in ([("select 1", ()), ("select $1::text", ("a\0b",))], [("select $1", (object(),))]):
        with pytest.raises(psycopg.Error):
            wire.ask_all(asked)
        assert wire.ask("select 1", ()) == [(1,)]
        wire.end()


def test_a_server_that_ends_says_why(driver: psycopg.Connection[Any]) -> None:
    wire = Wire(driver)
    assert wire.ask("select 1", ()) == [(1,)]
    with psycopg.connect(driver.info.dsn, autocommit=True) as other:
        other.execute("select pg_terminate_backend(%s)", (driver.info.backend_pid,))
    until(lambda: not _lives(driver.info.backend_pid))
    with pytest.raises(AdminShutdown, match="terminat"):
        wire.ask("select 1", ())
    assert driver.closed
    with pytest.raises(psycopg.OperationalError):
        wire.ask_all([("select 1", ()), ("select 2", ())])


def test_a_line_with_an_answer_yet_to_come_is_closed(
    driver: psycopg.Connection[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever had it next would take that answer for its own."""

    def give_up(wire: Wire, _number: int) -> Any:
        yield from generators.send(driver.pgconn)
        raise RuntimeError("given up")

    monkeypatch.setattr(Wire, "_exchange", give_up)
    with pytest.raises(RuntimeError, match="given up"):
        Wire(driver).ask("select 1", ())
    assert driver.closed


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


@pytest.mark.usefixtures("engine_db")
def test_what_is_read_ahead_is_for_the_very_next_question() -> None:
    """It is sent along with another one; asked later, or in another transaction, it is new."""
    moment = ("select clock_timestamp()", ())

    def ahead() -> datetime:
        db.ahead(*moment)
        [[found]] = db.ask("select clock_timestamp()::timestamptz", ())
        moment_of: datetime = found
        return moment_of

    with db.transaction():
        before = ahead()
        time.sleep(0.01)
        [[read]] = db.ask(*moment)
        assert read - before < timedelta(milliseconds=10)
        [[again]] = db.ask(*moment)
        assert again > read
        before = ahead()
        time.sleep(0.01)
        db.ask("select 1", ())
        [[late]] = db.ask(*moment)
        assert late - before >= timedelta(milliseconds=10)
        before = ahead()
    time.sleep(0.01)
    with db.transaction():
        [[other]] = db.ask(*moment)
        assert other - before >= timedelta(milliseconds=10)


@pytest.mark.usefixtures("engine_db")
def test_who_asks_for_what_failed_ahead_is_told() -> None:
    """Who asked before it is answered all the same."""

    def fail() -> None:
        with db.transaction():
            db.ahead("select nothing", ())
            assert db.ask("select 1", ()) == [(1,)]
            db.ask("select nothing", ())

    with pytest.raises(ProgrammingError):
        fail()
    with db.transaction():
        assert db.ask("select 1", ()) == [(1,)]


@pytest.fixture
def interruptible() -> Iterator[None]:
    """Ctrl-C as at a terminal: what a shell starts in the background ignores it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
def test_who_waits_for_a_statement_can_be_interrupted(driver: psycopg.Connection[Any]) -> None:
    """Ctrl-C ends what the server does, at once; the connection can be used again."""
    wire, begun = Wire(driver), time.monotonic()
    threading.Timer(0.3, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(KeyboardInterrupt):
        wire.ask_all([("select pg_sleep(30)", ()), ("select 1", ())])
    assert time.monotonic() - begun < 10
    driver.rollback()
    assert wire.ask("select 1", ()) == [(1,)]


@pytest.mark.usefixtures("engine_db")
def test_a_line_is_not_used_after_its_transaction() -> None:
    """Its connection may be another's by then: asked again without one, a new one is begun."""
    with db.transaction() as current:
        db.ask(INSERT, ("r", "岗"))
    direct.end(current)  # nothing is open
    for _ in range(3):
        assert db.ask("select count(*) from role", ()) == [(1,)]
        assert current.in_transaction()
        current.rollback()
        direct.end(current)
