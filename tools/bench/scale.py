"""``lianban bench scale``: whether a city of a million open tasks is as quick as a small one.

Completing is measured in a small and in a large database in turn, through the engine and with a
commit; every page of the inbox by the time the database takes for all its statements, for many
readers with posts of their own; the best of a few looks counts, and the CPU of the server
process stands beside it, which no neighbour on the machine can lengthen.
"""

import argparse
import random
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from sqlalchemy import create_engine, event, text
from sqlalchemy.engine import Engine
from sqlalchemy.orm import scoped_session, sessionmaker

from engine import clock, db, people, tasks
from engine.permissions import Actor
from engine.tasks import Doing, Query
from tools import city, serving
from tools.bench import crowd, figures, memory, timers
from tools.bench.over_http import ELEMENT, ITEM, LOGIN, OUTCOME
from tools.postgres import EmbeddedPostgres
from tools.stories import Story

CASES, SMALL = 250_000, 250
COMPLETIONS, AT_ONCE = 60, 5
LOOKS: Final = 40
TRIES: Final = 3
#: Finding a deep place takes long: fewer readers look there.
FEW: Final = 8
DEEP: Final = 3000
MOST_MS: Final = 5.0
TIMES: Final = 1.3


@dataclass
class Place:
    """One database, with a stopwatch on its statements."""

    url: str
    engine: Engine
    seconds: float = 0.0

    @classmethod
    def made(cls, url: str, stories: int, cases: int) -> tuple["Place", list[Story]]:
        """Set up a city with some cases that are really submitted and many that are made up."""
        db.migrate(url)
        db.configure(url)
        city.seed(now=clock.now())
        city.deploy_items(serving.ROOT / "processes", now=clock.now())
        told = [Story(ITEM).apply(number=n) for n in range(1, stories + 1)]
        db.dispose()
        crowd.fill(url, cases)
        place = cls(url, create_engine(url))
        event.listen(place.engine, "before_cursor_execute", place._begin)
        event.listen(place.engine, "after_cursor_execute", place._end)
        return place, told

    @contextmanager
    def used(self) -> Iterator[None]:
        """Let the engine work here, and start the stopwatch at zero."""
        self.seconds = 0.0
        db.use(scoped_session(sessionmaker(self.engine, expire_on_commit=False)))
        try:
            yield
        finally:
            db.session().close()

    def _begin(self, *_call: Any) -> None:
        self._began = time.perf_counter()

    def _end(self, *_call: Any) -> None:
        self.seconds += time.perf_counter() - self._began


def measure(root: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Measure completing, the inbox, timers, memory; ``options.cases`` is the number of cases."""
    with EmbeddedPostgres(root, durable=True) as server:
        for name in ("small", "large", "timers", "memory"):
            server.create_database(name)
        number = COMPLETIONS + AT_ONCE
        small, few = Place.made(server.url("small"), number, SMALL)
        large, many = Place.made(server.url("large"), number, options.cases or CASES)
        report = {
            "size": crowd.sizes(large.url),
            "completing": _completing({"small": (small, few), "large": (large, many)}),
            "inbox": _inbox(large),
        }
        small.engine.dispose()
        large.engine.dispose()
        report["timers"] = timers.measured(server.url("timers"), root / "logs", options.timers)
        report["memory"] = memory.measured(server.url("memory"), root / "logs", options.memory)
    return {**report, "machine": figures.this_machine()}


def as_text(report: Mapping[str, Any]) -> str:
    """Write the report for people."""
    size, completing, fired = report["size"], report["completing"], report["timers"]
    worst = max(row["p95_ms"] for row in report["inbox"])
    worst_cpu = max(row["database_cpu_p95_ms"] for row in report["inbox"])
    return "\n".join(
        [
            f"{size['open_tasks']} open tasks of {size['cases']} cases, {size['megabytes']} MB",
            *figures.lines(completing["figures"]),
            f"completing, large : small            {completing['ratio']} (wanted at most {TIMES})",
            *(
                f"{figures.line(row)}  server CPU p95 {row['database_cpu_p95_ms']:.3f}"
                for row in report["inbox"]
            ),
            f"worst p95 of an inbox page: {worst} ms, of the server's CPU {worst_cpu} ms",
            f"(wanted at most {MOST_MS} ms)",
            timers.as_text(fired),
            memory.as_text(report["memory"]),
        ]
    )


def _completing(places: Mapping[str, tuple[Place, list[Story]]]) -> dict[str, Any]:
    found = {name: figures.Figures(f"completing, {name} city") for name in places}
    inside = {name: figures.Figures(f"  of it the database, {name} city") for name in places}
    work = {name: _prepared(*found) for name, found in places.items()}
    for turn in range(0, COMPLETIONS + AT_ONCE, AT_ONCE):
        for name, (place, _) in places.items():
            with place.used():
                for task_id, doing in work[name][turn : turn + AT_ONCE]:
                    place.seconds = 0.0
                    seconds = figures.timed(_completion(task_id, doing))
                    if turn:
                        found[name].seconds.append(seconds)
                        inside[name].seconds.append(place.seconds)
    return {
        "figures": [one.as_json() for one in (*found.values(), *inside.values())],
        "ratio": figures.ratio(found["large"], found["small"]),
        "ratio_in_database": figures.ratio(inside["large"], inside["small"]),
    }


def _prepared(place: Place, stories: list[Story]) -> list[tuple[str, Doing]]:
    with place.used():
        return [
            (story.task(ELEMENT, LOGIN).id, Doing(OUTCOME, answers=story.filled(ELEMENT)))
            for story in stories
        ]


def _completion(task_id: str, doing: Doing) -> Callable[[], None]:
    now = clock.now()
    actor = people.actor_for_login(LOGIN)

    def act() -> None:
        with db.transaction():
            tasks.complete(task_id, doing, actor=actor, now=now)

    return act


def _inbox(place: Place) -> list[dict[str, Any]]:
    chance, staff = random.Random(7), crowd.staff(place.url)  # noqa: S311 - no secret
    posts = [
        (f"dep{one}", f"role{two}")
        for one in range(1, crowd.DEPARTMENTS + 1)
        for two in range(1, crowd.ROLES + 1)
    ]
    rows = []
    with place.used():
        for number in (1, 3, 20):
            readers = [
                Actor(
                    "staff", chance.choice(staff), "职员", frozenset(chance.sample(posts, number))
                )
                for _ in range(LOOKS)
            ]
            rows += [
                _looked(place, f"{number:2} roles: {name}", readers, look)
                for name, look in _looks()
            ]
    return rows


def _looked(
    place: Place, name: str, readers: list[Actor], look: Callable[[Actor], Callable[[], object]]
) -> dict[str, Any]:
    found, inside = figures.Figures(name), figures.Figures(name)
    for actor in readers[:FEW] if name.partition(": ")[2].startswith("deep") else readers:
        act = look(actor)  # finding the place to look at is not part of the look
        tries = [_once(place, act) for _ in range(TRIES)]
        found.seconds.append(min(seconds for seconds, _ in tries))
        inside.seconds.append(min(cpu for _, cpu in tries))
    return {**found.as_json(), "database_cpu_p95_ms": inside.as_json()["p95_ms"]}


def _once(place: Place, act: Callable[[], object]) -> tuple[float, float]:
    """Return the seconds of the statements as we wait for them, and of the server's own CPU."""
    db.session().rollback()
    db.session().expunge_all()
    pid = int(db.session().scalar(text("select pg_backend_pid()")) or 0)
    place.seconds, before = 0.0, _cpu_of(pid)
    act()
    return place.seconds, _cpu_of(pid) - before


def _cpu_of(pid: int) -> float:
    """Return how long a process has run, in seconds, to the nanosecond."""
    return int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e9


def _looks() -> list[tuple[str, Callable[[Actor], Callable[[], object]]]]:
    """Return all that the inbox offers, by name."""
    usual = Query("department")
    item = Query("department", item=ITEM)
    wanted = {
        "most urgent": usual,
        "newest": replace(usual, sort="newest"),
        "oldest": replace(usual, sort="oldest"),
        "by item": replace(usual, sort="item"),
        "one item": item,
        "one item, newest": replace(item, sort="newest"),
        "one step": replace(item, element="decide"),
        "one step, newest": replace(item, element="decide", sort="newest"),
        "a number": Query("department", text="bench000000042"),
        "a rare name": Query("department", text="面馆1234"),
        "a common word": Query("department", text="餐厅"),
        "mine": Query("mine"),
        "done": Query("done"),
    }
    shapes = [(name, _page_of(query)) for name, query in wanted.items()]
    shapes += [(f"deep: {name}", _deep_page_of(wanted[name])) for name in _DEEP]
    shapes += [(f"count: {name}", _count_of(wanted[name])) for name in _COUNTED]
    return [
        *shapes,
        ("counts of the tabs", lambda actor: lambda: tasks.counts(actor)),
        ("items to choose", lambda actor: lambda: tasks.filter_choices(actor)),
    ]


_DEEP: Final = ("most urgent", "newest", "by item", "one item", "one step", "done")
_COUNTED: Final = ("one item", "one step", "a common word", "done")


def _page_of(query: Query) -> Callable[[Actor], Callable[[], object]]:
    return lambda actor: lambda: tasks.inbox(actor, query)


def _count_of(query: Query) -> Callable[[Actor], Callable[[], object]]:
    return lambda actor: lambda: tasks.total(actor, query)


def _deep_page_of(query: Query) -> Callable[[Actor], Callable[[], object]]:
    def look(actor: Actor) -> Callable[[], object]:
        deep = tasks.inbox(actor, replace(query, per_page=DEEP)).next
        return lambda: tasks.inbox(actor, replace(query, at=deep or ""))

    return look
