"""Many running cases moved to another version by two workers, while somebody goes on completing."""

import argparse
import statistics
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from engine import clock, db, definitions, migrating, people
from engine.errors import EngineError
from engine.permissions import SYSTEM
from forms.text import Text
from tools import city, postgres, serving
from tools.bench import copies, timers
from tools.bench.over_http import ITEM
from tools.stories import Story

CASES: Final = 10_000
MOST_SECONDS: Final = 600.0
GIVE_UP_SECONDS: Final = 1800.0
#: Between two completions of the one who goes on working.
PAUSE_SECONDS: Final = 0.2


def measure(folder: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Move so many cases on a database of its own, one worker killed after a third; undo it."""
    with postgres.EmbeddedPostgres(folder) as server:
        url = server.url()
        db.migrate(url)
        db.configure(url)
        try:
            return _measured(url, folder, options.cases or CASES)
        finally:
            db.dispose()


def _measured(url: str, logs: Path, number: int) -> dict[str, Any]:
    city.seed(now=clock.now())
    files = timers.reminding_files()
    old = _deploy(files)
    story = Story(ITEM).apply()
    copies.copy(url, story, number - 1, now=clock.now())
    diagram = f"{ITEM}.bpmn"
    new = _deploy({**files, diagram: files[diagram].replace(b'"30min"', b'"40min"')})
    began = time.monotonic()
    way = migrating.plan(old, new, {})
    found = migrating.impact(way, migrating.Choice(steps_anew=True), now=clock.now())
    impact = time.monotonic() - began
    wish = migrating.Wish("bench", migrating.Choice(steps_anew=True))
    with db.transaction():
        row_id = migrating.begin(way, wish, actor=_admin(), now=clock.now()).id
    moved, killed_at, times = _worked(url, logs, row_id, kill_at=number // 3)
    with db.transaction():
        migrating.undo(row_id, "bench", actor=_admin(), now=clock.now())
    undone, _, _ = _worked(url, logs, row_id)
    counts = migrating.counted(row_id)
    return {
        "cases": number,
        "movable": found.movable,
        "impact_seconds": round(impact, 2),
        "move_seconds": round(moved, 1),
        "moved_when_one_worker_was_killed": killed_at,
        "undo_seconds": round(undone, 1),
        "undone": counts["undone"],
        "kept": counts["kept"],
        "left": counts["waiting"] + counts["moved"],
        "refused": counts["refused"],
        "completed_meanwhile": len(times),
        "completion_median_ms": round(statistics.median(times) * 1000, 1) if times else None,
        "completion_most_ms": round(max(times) * 1000, 1) if times else None,
    }


def _deploy(files: Mapping[str, bytes]) -> int:
    with db.transaction():
        return definitions.deploy(dict(files), actor=SYSTEM, now=clock.now()).version.id


def _admin() -> Any:
    return people.actor_for_login("admin")


def _worked(url: str, logs: Path, row_id: int, kill_at: int = 0) -> tuple[float, int, list[float]]:
    """Let two workers do it; return the seconds, when one was killed, and completions' times."""
    children = serving.Children(logs, {"DATABASE_URL": url})
    over, times = threading.Event(), list[float]()
    clerk = threading.Thread(target=_complete, args=(over, times)) if kill_at else None
    began, killed_at = time.monotonic(), 0
    first = children.start(Text("工作进程一", "first worker"), serving.worker_command())
    children.start(Text("工作进程二", "second worker"), serving.worker_command())
    try:
        if clerk is not None:
            clerk.start()
        while time.monotonic() - began < GIVE_UP_SECONDS:
            state, done = _state(row_id)
            if kill_at and not killed_at and done >= kill_at:
                first.process.kill()
                killed_at = done
            if state in ("done", "undone"):
                break
            time.sleep(0.2)
        return time.monotonic() - began, killed_at, times
    finally:
        over.set()
        if clerk is not None:
            clerk.join()
        children.stop()


def _state(row_id: int) -> tuple[str, int]:
    with db.transaction():
        row = migrating.find(row_id, _admin())
        return row.state, migrating.counted(row_id)["moved"]


def _complete(over: threading.Event, times: list[float]) -> None:
    """Apply and accept again and again, as one clerk does, until told that it is over."""
    try:
        while not over.wait(PAUSE_SECONDS):
            story = Story(ITEM).apply()
            began = time.monotonic()
            story.do("wang.clerk", "accept", "accept")
            times.append(time.monotonic() - began)
    except EngineError as error:
        print(f"a completion failed: {error}")
    finally:
        db.session().close()


def as_text(found: Mapping[str, Any]) -> str:
    """Write the outcome for people."""
    lines = [
        "impact of moving {cases} cases: {impact_seconds} s, {movable} movable",
        (
            "moved by two workers, one killed after {moved_when_one_worker_was_killed}:"
            " {move_seconds} s (wanted at most {most:g} s), {refused} refused, {left} left"
        ),
        (
            "meanwhile {completed_meanwhile} steps completed, median {completion_median_ms} ms,"
            " most {completion_most_ms} ms"
        ),
        "undone: {undo_seconds} s, {undone} put back, {kept} kept",
    ]
    return "\n".join(lines).format(**found, most=MOST_SECONDS)
