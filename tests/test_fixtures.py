"""The fixtures keep what they promise: fresh databases, no other machine, no real mail."""

import smtplib
import socket
from email.message import EmailMessage

import psycopg
import pytest
from playwright.sync_api import Page
from sqlalchemy import text
from sqlalchemy.orm import Session

from engine import db
from tests.databases import Server
from tests.guards import Mailbox, OutsideWorldError


@pytest.mark.parametrize("round_", [1, 2])
def test_each_test_gets_an_empty_database_at_the_newest_migration(
    engine_db: str, round_: int
) -> None:
    assert db.is_current(engine_db)
    with db.transaction() as session:
        assert session.scalar(text("SELECT count(*) FROM role")) == 0
        session.execute(text("INSERT INTO role VALUES ('clerk', '窗口人员', 'Clerk')"))


def test_the_session_fixture_leaves_nothing_behind(session: Session) -> None:
    session.execute(text("INSERT INTO role VALUES ('clerk', '窗口人员', 'Clerk')"))
    assert session.scalar(text("SELECT count(*) FROM role")) == 1


def test_a_database_can_be_made_and_dropped_while_somebody_is_connected(pg: Server) -> None:
    url = pg.create(f"{pg.prefix}_extra")
    with psycopg.connect(url) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
        pg.drop(f"{pg.prefix}_extra")
        with pytest.raises(psycopg.OperationalError):
            connection.execute("SELECT 1")


def test_a_connection_to_another_machine_is_refused() -> None:
    with socket.socket() as outside, pytest.raises(OutsideWorldError):
        outside.connect(("192.0.2.1", 80))


def test_mail_reaches_the_mailbox(mailbox: Mailbox) -> None:
    message = EmailMessage()
    message["Subject"] = "受理通知书"
    message["From"], message["To"] = "lianban@example.test", "zhang.san@example.test"
    message.set_content("您的申请已受理。\n.一行以点开头")
    with smtplib.SMTP("127.0.0.1", mailbox.port) as server:
        server.send_message(message)
    (kept,) = mailbox.messages
    assert kept["Subject"] == "受理通知书"
    assert kept.get_content().splitlines() == ["您的申请已受理。", ".一行以点开头"]


def test_mail_to_any_other_server_is_refused() -> None:
    with pytest.raises(OutsideWorldError):
        smtplib.SMTP("127.0.0.1", 2525)


def test_the_browser_runs_and_speaks_chinese(page: Page) -> None:
    page.set_content("<h1>联办</h1>")
    assert page.locator("h1").inner_text() == "联办"
    assert page.evaluate("navigator.language") == "zh-CN"
