"""Programs that complete tasks over HTTP, many at once, and the web processes they do it with."""

import os
import socket
import threading
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import orjson

from forms.text import Text
from tools import city, machine, serving

#: Web processes and clients of a crowd; a process has a thread for each client.
WORKERS, CLIENTS = 2, 4
TICK: Final = os.sysconf("SC_CLK_TCK")
#: Headers by which a server tells the bench something about a request.
TOLD: Final = b"x-bench-"


@dataclass(frozen=True)
class Served:
    """A running web server: its port, and the processes that work."""

    port: int
    workers: tuple[int, ...]

    def cpu(self) -> float:
        """Return the seconds of CPU all of them have used."""
        return sum(_cpu(pid) for pid in self.workers)


@dataclass(frozen=True)
class Work:
    """What a client does over and over: who completes how, and the tasks that wait for it."""

    login: str
    body: bytes
    waiting: list[str]
    #: where a task is completed, and where the token comes from
    path: str = "/api/v1/tasks/{}/completion"
    token_path: str = "/api/v1/token"  # noqa: S105 - an address


class Client:
    """A program with a token that completes tasks, over one kept connection.

    It shares the machine's cores with what it measures, so it does no more than it must.
    """

    def __init__(self, port: int, work: Work) -> None:
        self.work = work
        #: what the server told of the last request
        self.told: dict[str, str] = {}
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answers = self.socket.makefile("rb")
        body = orjson.dumps({"login": work.login, "password": city.PASSWORD})
        self.token = str(orjson.loads(self.post(work.token_path, body))["token"])

    def post(self, path: str, body: bytes, more: str = "") -> bytes:
        """Send JSON and return the body of the answer; raises RuntimeError for a refusal."""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n{more}\r\n"
        )
        self.socket.sendall(head.encode() + body)
        status = self.answers.readline()
        length = 0
        while (line := self.answers.readline().lower()) not in (b"\r\n", b""):
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
            elif line.startswith(TOLD):
                name, _, value = line.decode().partition(":")
                self.told[name.removeprefix(TOLD.decode())] = value.strip()
        answer = self.answers.read(length)
        if not status.startswith(b"HTTP/1.1 20"):
            raise RuntimeError(f"Expected success from {path}, but: {status!r} {answer.decode()}")
        return answer

    def complete(self) -> bytes:
        """Complete the next task that waits; return the answer."""
        token = f"Authorization: Bearer {self.token}\r\n"
        task = self.work.waiting.pop()
        return self.post(self.work.path.format(task), self.work.body, token)

    def close(self) -> None:
        """Hang up."""
        self.answers.close()
        self.socket.close()


def crowd(clients: Sequence[Client], count: int) -> None:
    """Let all clients together complete so many tasks, at once; raise what one of them met."""
    failures: list[Exception] = []
    turns = iter(range(count))

    def work(client: Client) -> None:
        try:
            for _ in turns:
                client.complete()
        except Exception as error:  # noqa: BLE001 - told by whoever waits for the thread
            failures.append(error)

    threads = [threading.Thread(target=work, args=(client,)) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


@contextmanager
def served(url: str, logs: Path, *, workers: int = 1) -> Iterator[Served]:
    """Run our web server as it is served in earnest, with so many processes."""
    port = machine.free_port()
    environment = {"DATABASE_URL": url, "LIANBAN_SECRET_KEY": uuid.uuid4().hex}
    command = serving.web_command(port, workers=workers, threads=CLIENTS)
    with running(logs, command, port, environment) as server:
        yield server


@contextmanager
def running(
    logs: Path, command: Sequence[str], port: int, environment: dict[str, str]
) -> Iterator[Served]:
    """Run a web server until it answers that it is well, and as long as the block runs."""
    children = serving.Children(logs, environment)
    try:
        web = children.start(Text("网站", "web server"), command)
        serving.wait_until_healthy(f"http://127.0.0.1:{port}", children)
        yield Served(port, _workers_of(web.process.pid))
    finally:
        children.stop()


def _workers_of(parent: int) -> tuple[int, ...]:
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return tuple(int(child) for child in children)


def _cpu(pid: int) -> float:
    """Return the seconds of CPU a process has used, its threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK
