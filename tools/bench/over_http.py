"""``lianban bench http``: completing a task over HTTP, beside the bare database transaction.

Both are measured in turn, in one run, on one machine: trust the ratio, not the milliseconds. Then
four clients at once use two web processes, and what comes through in a second is counted. Done for
a step of the reference model and for the step with the most to it.
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
from tools.bench import bare, copies, figures, reference
from tools.postgres import EmbeddedPostgres
from tools.stories import Story

#: The step with the most to it: an acceptance, which issues a numbered document.
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


@dataclass(frozen=True)
class Act:
    """What is done over and over: who completes which step how, and the tasks that wait for it."""

    name: str
    login: str
    body: bytes
    waiting: list[str]
    #: what one completion sends to the database
    statements: Sequence[bare.Kept]


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
    number = count * (2 + CROWD) + 2 * WARM_UP * CLIENTS
    acts = [_step_of_reference(url, number), _acceptance(url, number)]
    db.dispose()
    return {
        "acts": [_act_measured(url, logs, act, count) for act in acts],
        "workers": WORKERS,
        "clients": CLIENTS,
        "machine": figures.this_machine(),
    }


def _step_of_reference(url: str, number: int) -> Act:
    """Bring cases of the reference model to a step with a form, a notice and two timers."""
    told = reference.story()
    doing = Doing(reference.OUTCOME, answers=told.filled(reference.ELEMENT))
    name = f"step {reference.ELEMENT} of the reference model"
    waiting = copies.copy(url, told, number, now=clock.now(), way=reference.WAY)
    task = told.task(reference.ELEMENT, reference.LOGIN)
    return _act(url, name, reference.LOGIN, doing, [task.id, *waiting])


def _acceptance(url: str, number: int) -> Act:
    """Bring cases of an item of the city to the acceptance."""
    told = Story(ITEM).apply()
    doing = Doing(OUTCOME, answers=told.filled(ELEMENT))
    waiting = copies.copy(url, told, number, now=clock.now())
    return _act(url, "acceptance", LOGIN, doing, [told.task(ELEMENT, LOGIN).id, *waiting])


def _act(url: str, name: str, login: str, doing: Doing, tasks: list[str]) -> Act:
    """Complete the first of the tasks here and keep what it sends; the others wait."""
    actor = people.actor_for_login(login)
    statements = bare.kept(url, tasks[0], doing, actor, clock.now())
    body = orjson.dumps({"outcome": doing.outcome, "answers": doing.answers})
    return Act(name, login, body, tasks[1:], statements)


def _act_measured(url: str, logs: Path, act: Act, count: int) -> dict[str, Any]:
    return {
        "name": act.name,
        **_one_by_one(url, logs, act, count),
        **_together(url, logs, act, count * CROWD),
        "statements_of_the_act": len(act.statements),
    }


def _one_by_one(url: str, logs: Path, act: Act, count: int) -> dict[str, Any]:
    """Complete tasks one after the other, the bare transaction in turn with them."""
    over_http = figures.Figures("completed over HTTP")
    alone = figures.Figures("bare transaction, same writes")
    needed = bare.alone(act.statements)
    others = [act.waiting.pop() for _ in range(count + WARM_UP)]
    places = iter(bare.places(_plain(url), others))
    with served(url, logs) as server, psycopg.connect(_plain(url)) as connection:
        client = Client(server.port, act)
        for _ in range(WARM_UP):
            client.complete()
            bare.replay(connection, needed, next(places))
        before = server.cpu()
        for _ in range(count):
            over_http.time(client.complete)
            alone.time(partial(bare.replay, connection, needed, next(places)))
        cpu = (server.cpu() - before) / count
    return {
        "figures": [over_http.as_json(), alone.as_json()],
        "ratio_http_to_bare": figures.ratio(over_http, alone),
        "server_cpu_ms_per_completion": round(cpu * 1000, 2),
    }


def _together(url: str, logs: Path, act: Act, count: int) -> dict[str, Any]:
    """Let several clients complete tasks at once, as fast as they can."""
    with served(url, logs, workers=WORKERS) as server:
        clients = [Client(server.port, act) for _ in range(CLIENTS)]
        _crowd(clients, WARM_UP)
        before, start = server.cpu(), time.perf_counter()
        _crowd(clients, count // CLIENTS)
        seconds = time.perf_counter() - start
        cpu = (server.cpu() - before) / count
    return {
        "completions_a_second": round(count / seconds, 1),
        "crowd_cpu_ms_per_completion": round(cpu * 1000, 2),
    }


def _crowd(clients: "Sequence[Client]", each: int) -> None:
    failures: list[Exception] = []

    def work(client: Client) -> None:
        try:
            for _ in range(each):
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


class Client:
    """A program with a token that completes tasks, over one kept connection.

    It shares the machine's cores with what it measures, so it does no more than it must.
    """

    def __init__(self, port: int, act: Act) -> None:
        self.act = act
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=30)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.answers = self.socket.makefile("rb")
        body = orjson.dumps({"login": act.login, "password": city.PASSWORD})
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

    def complete(self) -> None:
        """Complete the next task that waits."""
        token = f"Authorization: Bearer {self.token}\r\n"
        task_id = self.act.waiting.pop()
        self.post(f"/api/v1/tasks/{task_id}/completion", self.act.body, token)


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
    crowd = f"{report['workers']} web processes, {report['clients']} clients"
    return "\n\n".join("\n".join(_act_as_text(act, crowd)) for act in report["acts"])


def _act_as_text(act: dict[str, Any], crowd: str) -> list[str]:
    return [
        f"{act['name']}: {act['statements_of_the_act']} SQL statements",
        *figures.lines(act["figures"]),
        f"ratio HTTP : bare transaction        {act['ratio_http_to_bare']}",
        f"CPU of the web process a completion  {act['server_cpu_ms_per_completion']} ms",
        f"{crowd}        {act['completions_a_second']} completions a second",
        f"CPU of the web processes meanwhile   {act['crowd_cpu_ms_per_completion']} ms",
    ]
