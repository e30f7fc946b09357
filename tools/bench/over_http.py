"""``lianban bench http``: completing a task over HTTP, beside the bare database transaction.

Both are measured in turn, in one run, on one machine: trust the ratio, not the milliseconds. Then
four clients at once use two web processes, and what comes through in a second is counted.
"""

import argparse
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import orjson
import psycopg

from engine import clock, db, people
from engine.tasks import Doing
from forms.text import Text
from tools import city, machine, serving
from tools.bench import bare, copies, figures
from tools.postgres import EmbeddedPostgres
from tools.stories import Story

ITEM, ELEMENT, OUTCOME, LOGIN = "individual-business", "accept", "accept", "wang.clerk"
WARM_UP: Final = 10
CASES: Final = 200
#: Web processes and clients of the crowd, and how many completions it makes for each measured one.
WORKERS, CLIENTS, CROWD = 2, 4, 4
TICK = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Served:
    """A running web server: its port, and the processes that work."""

    port: int
    workers: tuple[int, ...]

    def cpu(self) -> float:
        """Return the seconds of CPU all of them have used."""
        return sum(_cpu(pid) for pid in self.workers)


def measure(root: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Complete tasks over HTTP; ``options.cases`` says how many one by one."""
    with EmbeddedPostgres(root, durable=True) as server:
        server.create_database("bench")
        return _measured(server.url("bench"), root / "logs", max(options.cases or CASES, 20))


def _measured(url: str, logs: Path, count: int) -> dict[str, Any]:
    db.migrate(url)
    db.configure(url)
    city.seed(now=clock.now())
    city.deploy_items(serving.ROOT / "processes", now=clock.now())
    story = Story(ITEM).apply()
    answers = story.filled(ELEMENT)
    crowd = count * CROWD
    waiting = copies.copy(url, story, count + crowd + 2 * WARM_UP * CLIENTS, now=clock.now())
    statements = bare.kept(
        url,
        story.task(ELEMENT, LOGIN).id,
        Doing(OUTCOME, answers=answers),
        people.actor_for_login(LOGIN),
        clock.now(),
    )
    db.dispose()
    body = orjson.dumps({"outcome": OUTCOME, "answers": answers})
    one_by_one = _one_by_one(url, logs, waiting, count, body, statements)
    together = _together(url, logs, waiting, crowd, body)
    return {
        **one_by_one,
        **together,
        "statements_of_the_act": len(statements),
        "machine": figures.this_machine(),
    }


def _one_by_one(
    url: str,
    logs: Path,
    waiting: list[str],
    count: int,
    body: bytes,
    statements: Sequence[bare.Kept],
) -> dict[str, Any]:
    """Complete tasks one after the other, the bare transaction in turn with them."""
    over_http = figures.Figures("task completed over HTTP")
    alone = figures.Figures("bare transaction, same writes")
    needed = [one for one in statements if one.needed]
    with served(url, logs) as server, psycopg.connect(_plain(url)) as connection:
        client = Client(server.port)
        for _ in range(WARM_UP):
            client.complete(waiting.pop(), body)
            bare.replay(connection, needed)
        before = server.cpu()
        for _ in range(count):
            over_http.time(partial(client.complete, waiting.pop(), body))
            alone.time(partial(bare.replay, connection, needed))
        cpu = (server.cpu() - before) / count
    return {
        "figures": [over_http.as_json(), alone.as_json()],
        "ratio_http_to_bare": figures.ratio(over_http, alone),
        "server_cpu_ms_per_completion": round(cpu * 1000, 2),
    }


def _together(url: str, logs: Path, waiting: list[str], count: int, body: bytes) -> dict[str, Any]:
    """Let several clients complete tasks at once, as fast as they can."""
    with served(url, logs, workers=WORKERS) as server:
        clients = [Client(server.port) for _ in range(CLIENTS)]
        _crowd(clients, waiting, WARM_UP * CLIENTS, body)
        before, start = server.cpu(), time.perf_counter()
        _crowd(clients, waiting, count, body)
        seconds = time.perf_counter() - start
        cpu = (server.cpu() - before) / count
    return {
        "workers": WORKERS,
        "clients": CLIENTS,
        "completions_a_second": round(count / seconds, 1),
        "crowd_cpu_ms_per_completion": round(cpu * 1000, 2),
    }


def _crowd(clients: "Sequence[Client]", waiting: list[str], count: int, body: bytes) -> None:
    failures: list[Exception] = []

    def work(client: Client, mine: list[str]) -> None:
        try:
            for task_id in mine:
                client.complete(task_id, body)
        except Exception as error:  # noqa: BLE001 - told by whoever waits for the thread
            failures.append(error)

    share = [[waiting.pop() for _ in range(count // len(clients))] for _ in clients]
    threads = [
        threading.Thread(target=work, args=pair) for pair in zip(clients, share, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failures:
        raise failures[0]


class Client:
    """A program with a token that completes tasks, over one kept connection.

    It shares the machine's cores with what it measures, so it does no more than it must.
    """

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answers = self.socket.makefile("rb")
        body = orjson.dumps({"login": LOGIN, "password": city.PASSWORD})
        self.token = str(orjson.loads(self.post("/api/v1/token", body))["token"])

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
        answer = self.answers.read(length)
        if not status.startswith(b"HTTP/1.1 20"):
            raise RuntimeError(f"Expected success from {path}, but: {status!r} {answer.decode()}")
        return answer

    def complete(self, task_id: str, body: bytes) -> None:
        """Complete a waiting task."""
        token = f"Authorization: Bearer {self.token}\r\n"
        self.post(f"/api/v1/tasks/{task_id}/completion", body, token)


@contextmanager
def served(url: str, logs: Path, *, workers: int = 1) -> Iterator[Served]:
    """Run the web server as it is served in earnest, with so many processes."""
    port = machine.free_port()
    environment = {"DATABASE_URL": url, "LIANBAN_SECRET_KEY": uuid.uuid4().hex}
    children = serving.Children(logs, environment)
    try:
        web = children.start(
            Text("网站", "web server"), serving.web_command(port, workers=workers, threads=CLIENTS)
        )
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


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")


def as_text(report: dict[str, Any]) -> str:
    """Write the report for people."""
    lines = figures.lines(report["figures"])
    lines.append(f"ratio HTTP : bare transaction        {report['ratio_http_to_bare']}")
    lines.append(
        f"CPU of the web process a completion  {report['server_cpu_ms_per_completion']} ms"
    )
    lines.append(f"SQL statements of the act            {report['statements_of_the_act']}")
    lines.append(
        f"{report['workers']} web processes, {report['clients']} clients        "
        f"{report['completions_a_second']} completions a second, "
        f"{report['crowd_cpu_ms_per_completion']} ms CPU each"
    )
    return "\n".join(lines)
