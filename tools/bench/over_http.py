"""``lianban bench http``: completing a task over HTTP, beside the bare database transaction.

Both are measured in turn, in one run, on one machine: trust the ratio, not the milliseconds. Then
four clients at once use two web processes, and what comes through in a second is counted. Done for
a step of the reference model and for the step with the most to it; for the reference model in turn
with a stand-in of the stock way.
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

import orjson
import psycopg

from engine import clock, db, people
from engine.tasks import Doing
from tools import city, serving
from tools.bench import bare, beside, copies, figures, reference
from tools.bench.clients import CLIENTS, WORKERS, Client, Work, served
from tools.postgres import EmbeddedPostgres
from tools.stories import Story

#: The step with the most to it: an acceptance, which issues a numbered document.
ITEM, ELEMENT, OUTCOME, LOGIN = "individual-business", "accept", "accept", "wang.clerk"
WARM_UP: Final = 10
CASES: Final = 200
#: How many completions a crowd makes for each measured one.
CROWD: Final = 12


@dataclass(frozen=True)
class Act:
    """What is done over and over, and what one completion sends to the database."""

    name: str
    work: Work
    statements: Sequence[bare.Kept]


def measure(root: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Complete tasks over HTTP; ``options.cases`` says how many one by one."""
    with EmbeddedPostgres(root, durable=True) as server:
        server.create_database("bench")
        server.create_database("stock_way")
        urls = server.url("bench"), server.url("stock_way")
        return _measured(*urls, root / "logs", max(options.cases or CASES, 20))


def _measured(url: str, stock_way: str, logs: Path, count: int) -> dict[str, Any]:
    db.migrate(url)
    db.configure(url)
    city.seed(now=clock.now())
    city.deploy_items(serving.ROOT / "processes", now=clock.now())
    number = count * (2 + CROWD) + 2 * WARM_UP * CLIENTS + beside.ROUNDS * beside.WARM_UP
    acts = [_step_of_reference(url, number), _acceptance(url, number)]
    db.dispose()
    return {
        "acts": [
            _act_measured(url, logs, act, count, other)
            for act, other in zip(acts, (stock_way, None), strict=True)
        ],
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
    return Act(name, Work(login, body, tasks[1:]), statements)


def _act_measured(
    url: str, logs: Path, act: Act, count: int, stock_way: str | None
) -> dict[str, Any]:
    """Measure an act, if there is a database for it also beside the stand-in."""
    return {
        "name": act.name,
        **_one_by_one(url, logs, act, count),
        **_together(url, logs, act, count * CROWD, stock_way),
        "statements_of_the_act": len(act.statements),
    }


def _one_by_one(url: str, logs: Path, act: Act, count: int) -> dict[str, Any]:
    """Complete tasks one after the other, the bare transaction in turn with them."""
    over_http = figures.Figures("completed over HTTP")
    alone = figures.Figures("bare transaction, same writes")
    needed = bare.alone(act.statements)
    others = [act.work.waiting.pop() for _ in range(count + WARM_UP)]
    places = iter(bare.places(_plain(url), others))
    with served(url, logs) as server, psycopg.connect(_plain(url)) as connection:
        client = Client(server.port, act.work)
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


def _together(url: str, logs: Path, act: Act, count: int, stock_way: str | None) -> dict[str, Any]:
    """Let several clients complete tasks at once, as fast as they can."""
    with served(url, logs, workers=WORKERS) as server:
        side = beside.Side(server, act.work)
        if stock_way is None:
            side.round(count, warm_up=WARM_UP * CLIENTS)
            found = {}
        else:
            found = {"stand_in": beside.in_turn(side, stock_way, logs, count)}
    figures_of_side = side.as_json()
    return {
        "completions_a_second": figures_of_side["completions_a_second"],
        "crowd_cpu_ms_per_completion": figures_of_side["cpu_ms_per_completion"],
        **found,
    }


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
        *(beside.lines(act["stand_in"]) if "stand_in" in act else ()),
    ]
