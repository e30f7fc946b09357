"""Whether a web process grows with the number of different cases it has shown and completed."""

import http.client
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from engine import clock, db
from tools import city, serving
from tools.bench import copies
from tools.bench.clients import served
from tools.bench.over_http import ITEM, LOGIN, OUTCOME
from tools.stories import Story

CASES: Final = 10_000
#: The first cases fill the caches: growth is counted from here on.
SETTLED: Final = 0.1
FLAT_MB: Final = 8.0


def measured(url: str, logs: Path, number: int = CASES) -> dict[str, Any]:
    """Open and complete so many different cases over HTTP, and watch the web process."""
    db.migrate(url)
    db.configure(url)
    city.seed(now=clock.now())
    city.deploy_items(serving.ROOT / "processes", now=clock.now())
    now = clock.now()
    story = Story(ITEM, at=now).apply()
    form = story.filled("accept")
    tasks = copies.copy(url, story, number, now=now)
    db.dispose()
    seen: dict[int, float] = {}
    with served(url, logs) as server:
        client = _Client(server.port)
        for done, task_id in enumerate(tasks, start=1):
            client.complete(task_id, form)
            if done % max(1, number // 10) == 0:
                seen[done] = resident(server.workers[0])
    settled = seen[min(done for done in seen if done >= number * SETTLED)]
    growth = max(seen.values()) - settled
    return {
        "cases": number,
        "resident_mb": {done: round(size, 1) for done, size in seen.items()},
        "growth_mb": round(growth, 1),
        "flat": growth <= FLAT_MB,
    }


def as_text(found: Mapping[str, Any]) -> str:
    """Write what was seen for people."""
    sizes = ", ".join(f"{done}: {size} MB" for done, size in found["resident_mb"].items())
    flat = "flat" if found["flat"] else "NOT flat"
    return (
        f"a web process after so many different cases: {sizes}; {found['growth_mb']} MB after"
        f" the first tenth: {flat}"
    )


def resident(pid: int) -> float:
    """Return the resident memory of a process, in megabytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    line = next(one for one in status.splitlines() if one.startswith("VmRSS:"))
    return int(line.split()[1]) / 1024


class _Client:
    """A program that looks at a task, as a person would, and completes it."""

    def __init__(self, port: int) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self.token = ""
        given = {"login": LOGIN, "password": city.PASSWORD}
        self.token = str(self.ask("POST", "token", given)["token"])

    def ask(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        headers = {"Content-Type": "application/json"}
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        text = None if body is None else json.dumps(body)
        self.connection.request(method, f"/api/v1/{path}", text, headers)
        answer = self.connection.getresponse()
        found = answer.read().decode()
        if answer.status >= 400:
            raise RuntimeError(f"Expected success from {path}, but: {answer.status} {found}")
        return dict(json.loads(found))

    def complete(self, task_id: str, form: Mapping[str, Any]) -> None:
        self.ask("GET", f"tasks/{task_id}")
        given = {"outcome": OUTCOME, "answers": dict(form)}
        self.ask("POST", f"tasks/{task_id}/completion", given)
