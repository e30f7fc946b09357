"""An answer's headers and body go out in one piece, and nothing that should go at once waits."""

import socket
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPResponse
from pathlib import Path

import pytest

from tests.webapp.served import served
from tools import serving
from webapp.serving import Together

STATIC = serving.ROOT / "webapp" / "static" / "build"


@pytest.fixture
def connection(city_url: str, tmp_path: Path) -> Iterator[socket.socket]:
    """A kept connection to a real server."""
    with (
        served(city_url, tmp_path / "logs", workers=1) as (port, _),
        socket.create_connection(("127.0.0.1", port), timeout=20) as connection,
    ):
        yield connection


def asked(path: str, method: str = "GET") -> bytes:
    return f"{method} {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


def answered(connection: socket.socket, method: str = "GET") -> tuple[int, bytes]:
    """Read one whole answer: its status, and its body."""
    answer = HTTPResponse(connection, method=method)
    with closing(answer):
        answer.begin()
        return answer.status, answer.read()


def test_whoever_asks_is_woken_once(connection: socket.socket) -> None:
    for _ in range(20):
        connection.sendall(asked("/query"))
        head, _, body = connection.recv(2**20).partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200 OK")
        assert body.endswith(b"</html>") or body.rstrip().endswith(b"</html>")


def test_answers_without_a_body_and_long_ones_come_whole(connection: socket.socket) -> None:
    """One after the other on one connection, so that each must end where it says it ends."""
    large = max(STATIC.rglob("*.js"), key=lambda file: file.stat().st_size)
    path = "/static/build/" + large.relative_to(STATIC).as_posix()
    for _ in range(2):
        connection.sendall(asked("/query", "HEAD"))
        assert answered(connection, "HEAD") == (200, b"")
        connection.sendall(asked(path))
        assert answered(connection) == (200, large.read_bytes())
        connection.sendall(asked("/live?seen=x"))
        assert answered(connection)[0] in (204, 302, 404)
        connection.sendall(asked("/no/such/page"))
        status, body = answered(connection)
        assert status == 404
        assert body


@pytest.fixture
def ends() -> Iterator[tuple[Together, socket.socket]]:
    """An answer's end of a connection, and the other end of it."""
    here, there = socket.socketpair()
    there.settimeout(0.1)
    with here, there:
        yield Together(here), there


def test_headers_wait_for_what_they_announce(ends: tuple[Together, socket.socket]) -> None:
    here, there = ends
    here.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n")
    with pytest.raises(TimeoutError):
        there.recv(100)
    here.sendall(b"ab")
    assert there.recv(100).endswith(b"\r\n\r\nab")
    here.flush()
    with pytest.raises(TimeoutError):
        there.recv(100)


def test_headers_of_what_may_be_long_in_coming_go_at_once(
    ends: tuple[Together, socket.socket],
) -> None:
    here, there = ends
    for piece in (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"2\r\nab\r\n"):
        here.sendall(piece)
        assert there.recv(100) == piece


def test_a_file_comes_after_its_headers(
    ends: tuple[Together, socket.socket], tmp_path: Path
) -> None:
    here, there = ends
    file = tmp_path / "file"
    file.write_bytes(b"whole")
    here.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")
    with file.open("rb") as content:
        assert here.sendfile(content) == 5
    assert there.recv(100).startswith(b"HTTP/1.1 200 OK")
    here.flush()
    assert here.fileno() > 0
