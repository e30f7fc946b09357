"""A completion's task is read along with who asks: fewer waits, and nobody is let in by it."""

import json
import socket
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask

from engine.db.wire import Wire
from tests.webapp import staff
from tests.webapp.api.program import Program, filled
from tests.webapp.served import served

CLERK = "wang.clerk"


class Waiting:
    """A case that waits to be accepted, and a program of the clerk's that was let in before."""

    def __init__(self, app: Flask) -> None:
        self.app, self.program = app, Program(app, CLERK)
        self.number = Program(app, "zhang.san").apply(staff.SHOP)
        task = self.program.task(self.number, "accept")
        self.path = f"/tasks/{task['id']}/completion"
        self.body = {"outcome": "accept", "answers": filled(task["form"]), "opinion": "情况属实"}

    @property
    def open(self) -> list[str]:
        """The steps that are open."""
        rows = self.program.ok("GET", f"/cases/{self.number}")["tasks"]
        return [row["element"] for row in rows]


@pytest.fixture
def waiting(city_app: Flask) -> Waiting:
    return Waiting(city_app)


def pieces(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Count the statements of each piece that goes to the database."""
    found: list[int] = []
    itself = Wire.ask_all

    def counted(wire: Wire, asked: Any) -> Any:
        found.append(len(asked))
        return itself(wire, asked)

    monkeypatch.setattr(Wire, "ask_all", counted)
    return found


def test_who_was_let_in_before_has_the_task_read_along(
    waiting: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = pieces(monkeypatch)
    waiting.program.ok("POST", waiting.path, json=waiting.body)
    assert sent[0] == 2
    assert set(sent[1:]) == {1}
    assert waiting.open == ["decide"]


def test_a_token_not_seen_before_reads_nothing_ahead(
    waiting: Waiting, monkeypatch: pytest.MonkeyPatch
) -> None:
    fresh = Program(waiting.app, CLERK)
    sent = pieces(monkeypatch)
    fresh.ok("POST", waiting.path, json=waiting.body)
    assert set(sent) == {1}


def test_a_token_that_was_revoked_since_is_refused_and_holds_nothing(waiting: Waiting) -> None:
    other = Program(waiting.app, CLERK)
    other.ok("GET", "/me")
    assert other.ask("DELETE", "/token").status_code == 204
    for _ in range(2):
        other.refused(401, "POST", waiting.path, json=waiting.body)
    assert waiting.open == ["accept"]
    waiting.program.ok("POST", waiting.path, json=waiting.body)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/tasks/00000000-0000-0000-0000-000000000000/completion", 404),
        ("/tasks/a%00b/completion", 404),
        ("/tasks/%ED%A0%80/completion", 404),
        (f"/tasks/{'9' * 4000}/completion", 404),
    ],
)
def test_what_is_no_task_is_refused_as_ever(waiting: Waiting, path: str, status: int) -> None:
    waiting.program.refused(status, "POST", path, json=waiting.body)


def test_whose_task_it_is_not_is_refused_as_ever(waiting: Waiting) -> None:
    stranger = Program(waiting.app, "qian.head")
    stranger.ok("GET", "/me")
    stranger.refused(403, "POST", waiting.path, json=waiting.body)
    waiting.program.refused(400, "POST", waiting.path, data="{", content_type="application/json")
    waiting.program.refused(422, "POST", waiting.path, json={"outcome": "nonsense"})
    waiting.program.ok("POST", waiting.path, json=waiting.body)
    waiting.program.refused(409, "POST", waiting.path, json=waiting.body)


def test_of_two_at_once_one_completes_and_the_other_is_told(waiting: Waiting) -> None:
    """The second reads the row as it is when the first has let go of it."""
    both, ready = [waiting.program, Program(waiting.app, CLERK)], threading.Barrier(2)
    both[1].ok("GET", "/me")
    found: list[int] = []

    def work(program: Program) -> None:
        ready.wait(20)
        found.append(program.ask("POST", waiting.path, json=waiting.body).status_code)

    threads = [threading.Thread(target=work, args=(program,)) for program in both]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(found) == [200, 409]
    assert waiting.open == ["decide"]


@pytest.fixture
def port(waiting: Waiting, city_url: str, tmp_path: Path) -> Iterator[int]:
    """A real server on the database of the waiting case."""
    assert waiting.path
    with served(city_url, tmp_path / "logs", workers=1) as (port, _):
        yield port


def test_who_sends_slowly_holds_nobody_up(waiting: Waiting, port: int, city_url: str) -> None:
    """The case stays free until all of the request has come."""
    body = json.dumps(waiting.body).encode()
    token = waiting.program.headers["Authorization"]
    seen = f"GET /api/v1/me HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\n\r\n"
    head = (
        f"POST /api/v1{waiting.path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: {token}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=30) as slow:
        slow.sendall(seen.encode())
        assert slow.recv(15) == b"HTTP/1.1 200 OK"
    with socket.create_connection(("127.0.0.1", port), timeout=30) as slow:
        slow.sendall(head.encode() + body[:20])
        with pytest.raises(TimeoutError):
            _answer(slow, 1.0)
        with psycopg.connect(city_url.replace("+psycopg", "")) as connection:
            free = 'select 1 from "case" where number = %s for update nowait'
            assert connection.execute(free, (waiting.number,)).fetchall() == [(1,)]
        slow.sendall(body[20:])
        assert _answer(slow, 30.0) == b"HTTP/1.1 200 OK"
    assert waiting.open == ["decide"]


def _answer(connection: socket.socket, seconds: float) -> bytes:
    connection.settimeout(seconds)
    return connection.recv(15)
