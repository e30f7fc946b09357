"""``lianban bench limits``: what watching over limits costs, in a small city and in a large one.

Every case has a step, a promised and a statutory limit that run; one of a hundred is late. A look
within the day must not grow with the city; a whole one, made a few times an hour, grows with what
is open and has to stay below five seconds.
"""

import argparse
import time
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import psycopg

from engine import clock, db, supervision
from engine.clock import CIVIL_ZONE
from tools import city, serving
from tools.bench import copies, figures
from tools.postgres import EmbeddedPostgres
from tools.stories import Story

CASES, SMALL = 10_000, 1_000
#: Its first step has a limit of a working day: none of the copies is late by itself.
ITEM: Final = "medical-device-iii"
MOST_SECONDS: Final = 5.0
#: Of so many cases one is late and gets a card.
LATE: Final = 100
# The clocks of the one case that was really accepted, given to its copies.
_CLOCKS: Final = """
update "case" set accepted_at = source.accepted_at, status = source.status,
  statutory_due_at = source.statutory_due_at, promised_due_at = source.promised_due_at,
  due_facts = source.due_facts from "case" source where source.id = %s"""
_LATE: Final = "update task set due_at = %s where case_id %% %s = 0 and state = 'open'"


def measure(root: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Measure looks and cards in both cities; ``options.cases`` is the size of the large one."""
    report: dict[str, Any] = {}
    with EmbeddedPostgres(root, durable=True) as server:
        for name, number in (("small", SMALL), ("large", options.cases or CASES)):
            server.create_database(name)
            report[name] = _measured(server.url(name), number)
    return {**report, "machine": figures.this_machine()}


def as_text(report: Mapping[str, Any]) -> str:
    """Write the report for people."""
    names = {
        "whole": "a whole look", "within": "a look within the day", "again": "the same again",
        "card": "giving one card",
    }  # fmt: skip
    lines = [
        f"{said:24} {report['small'][f'{name}_s']:8.3f} s with {report['small']['cases']} open "
        f"cases, {report['large'][f'{name}_s']:8.3f} s with {report['large']['cases']}"
        for name, said in names.items()
    ]
    return "\n".join([*lines, f"(a whole look wanted at most {MOST_SECONDS} s)"])


def _measured(url: str, number: int) -> dict[str, Any]:
    now = _city(url, number)
    try:
        found, whole = _timed(lambda: supervision.look(now))
        given, cards = _timed(lambda: sum(len(_issue(one, now)) for one in found))
        due, within = _timed(lambda: supervision.look(now, whole=False))
        _, again = _timed(lambda: supervision.look(now))
    finally:
        db.dispose()
    return {
        "cases": number, "found": len(found), "given": given, "due": len(due),
        "whole_s": round(whole, 3), "within_s": round(within, 3), "again_s": round(again, 3),
        "card_s": round(cards / max(1, given), 4),
    }  # fmt: skip


def _issue(case_id: int, now: datetime) -> list[object]:
    with db.transaction():
        return list(supervision.issue(case_id, now=now))


def _city(url: str, number: int) -> datetime:
    """Set up so many open cases of which a few are late; return the moment to look at."""
    db.migrate(url)
    db.configure(url)
    city.seed(now=clock.now())
    city.deploy_items(serving.ROOT / "processes", now=clock.now())
    now = clock.now().astimezone(CIVIL_ZONE).replace(hour=10, minute=0)
    story = Story(ITEM, at=now - timedelta(hours=2)).apply()
    story.later(minutes=30)
    copies.copy(url, story, number - 1, now=story.now)
    story.do("wang.clerk", "accept", "accept")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_CLOCKS, (story.case_id,))
        connection.execute(_LATE, (now - timedelta(minutes=1), LATE))
        connection.execute("vacuum (analyze)")
    return now


def _timed(act: Any) -> tuple[Any, float]:
    began = time.perf_counter()
    return act(), time.perf_counter() - began
