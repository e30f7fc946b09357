"""A crowd's completions a second, ours in turn with those of the stand-in of the stock way.

They take turns so that what else the machine does falls on both.
"""

import statistics
import sys
import time
import uuid
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import orjson

from tools import machine
from tools.bench import elsewhere, model
from tools.bench.clients import CLIENTS, WORKERS, Client, Served, Work, crowd, running
from tools.bench.stock_way import beginning

STAND_IN: Final = "stand-in of the stock way (rows as Spiff-Arena keeps them)"
ROUNDS: Final = 4
#: Completions of the stand-in a round, and of each side before one: the other side's turn has
#: taken the machine's caches.
STAND_INS, WARM_UP = 24, 16
#: How often connections are tried until each process has its share of them.
TRIES: Final = 200


@dataclass
class Side:
    """A server, what its clients do, and how fast they did it in each round."""

    served: Served
    work: Work
    rates: list[float] = field(default_factory=list)
    #: Milliseconds of CPU of the web processes a completion.
    cpu: list[float] = field(default_factory=list)
    told: dict[str, str] = field(default_factory=dict)

    def round(self, count: int, *, warm_up: int = 0) -> None:
        """Let several clients complete so many tasks at once, as fast as they can."""
        clients = _clients(self.served.port, self.work)
        if warm_up:
            crowd(clients, warm_up)
            self.told = {name: value for one in clients for name, value in one.told.items()}
        before, start = self.served.cpu(), time.perf_counter()
        crowd(clients, count)
        seconds = time.perf_counter() - start
        self.rates.append(count / seconds)
        self.cpu.append((self.served.cpu() - before) / count * 1000)
        for client in clients:
            client.close()

    def as_json(self) -> dict[str, Any]:
        """Return the medians of the rounds, and their spread."""
        return {
            "completions_a_second": round(statistics.median(self.rates), 1),
            "slowest_round": round(min(self.rates), 1),
            "fastest_round": round(max(self.rates), 1),
            "cpu_ms_per_completion": round(statistics.median(self.cpu), 2),
        }


def _clients(port: int, work: Work) -> list[Client]:
    """Connect the clients; if the server tells its processes apart, as many to each."""
    found: dict[str, list[Client]] = defaultdict(list)
    for _ in range(TRIES):
        client = Client(port, work)
        process = client.told.get("process")
        mine = found[process or "any"]
        if len(mine) < CLIENTS // (WORKERS if process else 1):
            mine.append(client)
        else:
            client.close()
        if sum(map(len, found.values())) == CLIENTS:
            return [one for some in found.values() for one in some]
    raise RuntimeError(f"Expected connections to {WORKERS} processes, but some take none")


def work_of_stand_in(waiting: list[str]) -> Work:
    """Say how a client completes tasks of the stand-in."""
    body = orjson.dumps(model.answers(beginning.STEP))
    return Work(beginning.LOGIN, body, waiting, "/v1.0/tasks/{}", "/v1.0/token")


@contextmanager
def stand_in(url: str, logs: Path, *, workers: int = WORKERS) -> Iterator[Served]:
    """Serve the stand-in by as many processes and threads as ours."""
    port = machine.free_port()
    command = [
        *(sys.executable, "-m", "gunicorn", "tools.bench.stock_way.service:App()"),
        *("--bind", f"127.0.0.1:{port}", "--workers", str(workers), "--threads", str(CLIENTS)),
        *("--graceful-timeout", "5", "--no-control-socket"),
    ]
    environment = {"DATABASE_URL": url, "STOCK_WAY_SECRET": uuid.uuid4().hex}
    with running(logs / "stand-in", command, port, environment) as served:
        yield served


def in_turn(ours: Side, url: str, logs: Path, count: int) -> dict[str, Any]:
    """Measure our side, ``count`` completions in all, in turn with the stand-in."""
    waiting = beginning.begin(url, ROUNDS * (STAND_INS + WARM_UP))
    yardstick = elsewhere.Yardstick()
    with stand_in(url, logs) as served:
        theirs = Side(served, work_of_stand_in(waiting))
        for _ in range(ROUNDS):
            ours.round(count // ROUNDS, warm_up=WARM_UP)
            yardstick.lay()
            theirs.round(STAND_INS, warm_up=WARM_UP)
    return {**_compared(ours, theirs), "elsewhere": yardstick.as_json(ours.rates)}


def _compared(ours: Side, theirs: Side) -> dict[str, Any]:
    ratios = [our / their for our, their in zip(ours.rates, theirs.rates, strict=True)]
    medians = statistics.median(ours.rates) / statistics.median(theirs.rates)
    return {
        "name": STAND_IN,
        "rounds": len(ratios),
        **theirs.as_json(),
        "statements": int(theirs.told["statements"]),
        "commits": int(theirs.told["commits"]),
        "ours": ours.as_json(),
        "times_faster": round(medians, 1),
        "times_faster_least": round(min(ratios), 1),
        "times_faster_most": round(max(ratios), 1),
        "times_less_cpu": round(statistics.median(theirs.cpu) / statistics.median(ours.cpu), 1),
    }


def lines(found: dict[str, Any]) -> Sequence[str]:
    """Write the comparison for people."""
    ours = found["ours"]
    span = f"{found['times_faster_least']} to {found['times_faster_most']}"
    return [
        f"{found['name']}: {found['statements']} SQL statements, {found['commits']} commits",
        f"  {_rate(found)}; CPU {found['cpu_ms_per_completion']} ms",
        f"  ours in turn with it: {_rate(ours)}; CPU {ours['cpu_ms_per_completion']} ms",
        f"  times faster {found['times_faster']} (in {found['rounds']} rounds {span})",
        f"  times less CPU {found['times_less_cpu']}",
        *elsewhere.lines(found["elsewhere"]),
    ]


def _rate(side: dict[str, Any]) -> str:
    return (
        f"{side['completions_a_second']} completions a second"
        f" ({side['slowest_round']} to {side['fastest_round']})"
    )
