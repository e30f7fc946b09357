"""``lianban bench http``: completing a task over HTTP, beside the bare database transaction.

Both are measured in turn, in one run, on one machine: trust the ratio, not the milliseconds. The
bare transaction sends the very statements that change rows (and the row lock) of one completion,
through a plain driver connection: what the database alone would take for the same writes.
"""

import argparse
import http.client
import json
import os
import re
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
from sqlalchemy import create_engine, event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import scoped_session, sessionmaker

from engine import cases, clock, db, people, tasks
from engine.tasks import Doing
from forms.text import Text
from tools import city, machine, serving
from tools.bench import figures
from tools.postgres import EmbeddedPostgres
from tools.stories import Story, plausible

ITEM, ELEMENT, OUTCOME, LOGIN = "individual-business", "accept", "accept", "wang.clerk"
WRITES = re.compile(r"^\s*(INSERT|UPDATE|DELETE)|FOR UPDATE|pg_advisory", re.IGNORECASE)
WARM_UP = 5
CASES = 60
TICK = os.sysconf("SC_CLK_TCK")


def measure(root: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Complete tasks over HTTP beside the bare transaction; ``options.cases`` says how many."""
    with EmbeddedPostgres(root, durable=True) as server:
        server.create_database("bench")
        return _http(server.url("bench"), root / "logs", max(options.cases or CASES, 10))


def _http(url: str, logs: Path, count: int) -> dict[str, Any]:
    db.migrate(url)
    db.configure(url)
    city.seed(now=clock.now())
    city.deploy_items(serving.ROOT / "processes", now=clock.now())
    stories = [Story(ITEM).apply(number=n) for n in range(1, count + WARM_UP + 2)]
    writes = _captured(url, stories.pop())
    over_http, bare = (
        figures.Figures("task completed over HTTP"),
        figures.Figures("bare transaction, same writes"),
    )
    with served(url, logs) as (port, pid), psycopg.connect(_plain(url)) as connection:
        client = _Client(port, stories)
        for story in stories[:WARM_UP]:
            client.complete(story)
            _replay(connection, writes)
        cpu_before = _cpu(pid)
        for story in stories[WARM_UP:]:
            over_http.time(partial(client.complete, story))
            bare.time(partial(_replay, connection, writes))
        cpu = (_cpu(pid) - cpu_before) / count
    db.dispose()
    return {
        "figures": [over_http.as_json(), bare.as_json()],
        "ratio_http_to_bare": figures.ratio(over_http, bare),
        "server_cpu_ms_per_completion": round(cpu * 1000, 2),
        "statements_that_write": len(writes),
        "machine": figures.this_machine(),
    }


def _doing(story: Story) -> Doing:
    file = cases.file_of(story.case)
    step = file.bundle.step(ELEMENT)
    return Doing(OUTCOME, answers=plausible(file.bundle.forms[step.form or ""], story.now))


def _prepared(story: Story) -> tuple[str, dict[str, Any]]:
    doing = _doing(story)
    body = {"outcome": doing.outcome, "answers": dict(doing.answers)}
    return story.task(ELEMENT, LOGIN).id, body


def _captured(url: str, story: Story) -> list[tuple[str, Any]]:
    """Complete one task in this process and keep the statements that change or lock rows."""
    found: list[tuple[str, Any]] = []
    task_id, doing = story.task(ELEMENT, LOGIN).id, _doing(story)
    actor = people.actor_for_login(LOGIN)
    engine: Engine = create_engine(url)

    def keep(*call: Any) -> None:
        statement, parameters = call[2], call[3]
        if WRITES.search(statement):
            found.append((statement, parameters))

    event.listen(engine, "before_cursor_execute", keep)
    db.use(scoped_session(sessionmaker(engine, expire_on_commit=False)))
    with db.transaction():
        tasks.complete(task_id, doing, actor=actor, now=story.now)
    engine.dispose()
    db.configure(url)
    return found


def _replay(connection: psycopg.Connection[Any], writes: Sequence[tuple[str, Any]]) -> None:
    """Send the same writes again, with new keys where rows must be new, and commit."""
    fresh = uuid.uuid4().hex
    with connection.transaction(), connection.cursor() as cursor:
        for statement, parameters in writes:
            cursor.execute(statement, _renewed(statement, parameters, fresh))


def _renewed(statement: str, parameters: Any, fresh: str) -> Any:
    if not statement.lstrip().upper().startswith("INSERT") or not isinstance(parameters, dict):
        return parameters
    table = statement.split()[2].strip('"')
    unique = {"task": ("id",), "event": ("stream",), "document": ("number", "verify_code")}
    keys = unique.get(table, ())
    return {
        name: f"{fresh}{name}" if name.split("__")[0] in keys else value
        for name, value in parameters.items()
    }


class _Client:
    """A program with a token that completes tasks, over one kept connection."""

    def __init__(self, port: int, stories: Sequence[Story]) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        answer = self.post("/api/v1/token", {"login": LOGIN, "password": city.PASSWORD})
        self.token = str(answer["token"])
        self.prepared = {story.case_id: _prepared(story) for story in stories}

    def post(self, path: str, body: dict[str, Any], token: str = "") -> dict[str, Any]:
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        self.connection.request("POST", path, json.dumps(body), headers)
        response = self.connection.getresponse()
        text = response.read().decode()
        if response.status >= 400:
            raise RuntimeError(f"Expected success from {path}, but: {response.status} {text}")
        return dict(json.loads(text))

    def complete(self, story: Story) -> None:
        """Complete the waiting task of a story; what it takes is prepared beforehand."""
        task_id, body = self.prepared.pop(story.case_id)
        self.post(f"/api/v1/tasks/{task_id}/completion", body, self.token)


@contextmanager
def served(url: str, logs: Path) -> Iterator[tuple[int, int]]:
    """Run one web process with one thread; give its port and the id of the process that works."""
    port = machine.free_port()
    environment = {"DATABASE_URL": url, "LIANBAN_SECRET_KEY": uuid.uuid4().hex}
    children = serving.Children(logs, environment)
    try:
        web = children.start(
            Text("网站", "web server"), serving.web_command(port, workers=1, threads=1)
        )
        serving.wait_until_healthy(f"http://127.0.0.1:{port}", children)
        yield port, _worker_of(web.process.pid)
    finally:
        children.stop()


def _worker_of(parent: int) -> int:
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    return int(children[0])


def _cpu(pid: int) -> float:
    """Return the seconds of CPU a process has used, its threads included."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def _plain(url: str) -> str:
    return url.replace("postgresql+psycopg://", "postgresql://")


def as_text(report: dict[str, Any]) -> str:
    """Write the report for people."""
    lines = figures.lines(report["figures"])
    lines.append(f"ratio HTTP : bare transaction       {report['ratio_http_to_bare']}")
    lines.append(f"CPU of the web process a completion {report['server_cpu_ms_per_completion']} ms")
    return "\n".join(lines)
