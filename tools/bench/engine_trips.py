"""``lianban bench engine``: one trip of a case through the engine, beside the stock library's.

A trip is what every completion does: load the stored case, complete a task, run what is automatic,
store it. The stock library, our tree (the items) and our token machine run the same diagrams on the
same answers, in turns of a few trips.
"""

import argparse
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Final

from tools.bench import figures, model
from tools.bench.own import OwnCase, chosen
from tools.bench.stock import StockCase

STOCK, TREE, TOKENS = "stock library", "our tree", "our tokens"
RETURNS, DEPARTMENTS = 200, 500
AT_ONCE = 5
Case = StockCase | OwnCase
Draw = Callable[..., bytes]


@dataclass(frozen=True)
class Point:
    """A moment in a case's life, and the task that is completed there."""

    name: str
    draw: Draw
    lead_up: Callable[[Case], None]
    task: str
    rounds: int
    #: How many times faster than the stock library we want to be; None: only shown.
    wanted: float | None = None
    #: Largest state wanted, in bytes.
    state: int | None = None


def measure(_root: Path, options: argparse.Namespace) -> dict[str, Any]:
    """Measure every point on all three; ``options.cases`` is the number of departments."""
    points = [_measured(point) for point in _points(options.cases or DEPARTMENTS)]
    return {
        "points": points,
        "four_blocks_to_one": _growth(points[-2], points[-1]),
        "machine": figures.this_machine(),
    }


def as_text(report: Mapping[str, Any]) -> str:
    """Write the report for people."""
    lines = []
    for point in report["points"]:
        lines.append(f"{point['name']} (task {point['task']})")
        for row in point["figures"]:
            size, times = row["state_bytes"], row["times_faster"]
            lines.append(f"  {figures.line(row)}  state {size:8d} B  {times:7.1f} x")
        lines.append(f"  {point['verdict']}")
    told = ", ".join(f"{name} {times} x" for name, times in report["four_blocks_to_one"].items())
    return "\n".join([*lines, f"four blocks in a row against one: {told}"])


def complete(case: Case, name: str, filled: Mapping[str, Any] | None = None) -> None:
    """Complete the first open task of a name, and keep what is stored then."""
    task_id = next(found for open_name, found in case.open() if open_name == name)
    result = case.trip(task_id, model.answers(name) if filled is None else filled)
    if isinstance(case, StockCase):
        case.state = str(result)
    elif not isinstance(result, str):
        case.step = result


def _points(departments: int) -> list[Point]:
    late, many = 4096, 25
    return [
        Point("early", model.approval, partial(_to, "T2"), "T2", 50),
        Point("co-handling of 5 open", model.approval, partial(_to, "D1"), "D1", 50),
        Point("late", model.approval, partial(_to, "T7"), "T7", 50, wanted=10, state=late),
        Point(f"after {RETURNS} returns", model.approval, _returned, "T2", many, wanted=50),
        Point(
            f"co-handling of {departments} open",
            model.approval,
            partial(_asked, departments),
            "D1",
            10,
            wanted=30,
        ),
        Point("8 branches x 4 blocks", partial(model.blocks, 8, 4), _nothing, "B0_0", 5),
        Point("8 branches x 1 block", partial(model.blocks, 8, 1), _nothing, "B0_0", many),
    ]


def _to(stop: str, case: Case) -> None:
    complete(case, "T1", model.application(5))
    while (name := case.open()[0][0]) != stop:
        complete(case, name)


def _returned(case: Case) -> None:
    complete(case, "T1", {**model.application(5), "complete": False})
    for _ in range(RETURNS):
        complete(case, "T2")
        complete(case, "T3")


def _asked(departments: int, case: Case) -> None:
    complete(case, "T1", model.application(departments))
    for name in ("T2", "T4", "D1", "D1"):
        complete(case, name)


def _nothing(case: Case) -> None:
    """Leave a case as it begins."""


_MAKE: Final[Mapping[str, Callable[[Draw], Case]]] = {
    STOCK: lambda draw: StockCase(draw(stock=True), model.PROCESS),
    TREE: lambda draw: OwnCase(draw(stock=False), tokens=False),
    TOKENS: lambda draw: OwnCase(draw(stock=False), tokens=True),
}


def _measured(point: Point) -> dict[str, Any]:
    cases = {name: make(point.draw) for name, make in _MAKE.items()}
    for case in cases.values():
        point.lead_up(case)
    acts = {name: _trip(case, point.task) for name, case in cases.items()}
    found = figures.in_turn(acts, point.rounds, AT_ONCE)
    runs_on = TOKENS if chosen(point.draw(stock=False)) else TREE
    rows = [
        {
            **one.as_json(),
            "state_bytes": cases[name].size,
            "times_faster": figures.ratio(found[STOCK], one),
        }
        for name, one in found.items()
    ]
    return {
        "name": point.name,
        "task": point.task,
        "figures": rows,
        "wanted_times_faster": point.wanted,
        "wanted_state_bytes": point.state,
        "runs_on": runs_on,
        "verdict": _verdict(point, rows, runs_on),
    }


def _trip(case: Case, task: str) -> Callable[[], object]:
    task_id = next(found for name, found in case.open() if name == task)
    filled = model.answers(task)
    return lambda: case.trip(task_id, filled)


def _growth(four: Mapping[str, Any], one: Mapping[str, Any]) -> dict[str, float]:
    """Say how much longer a trip takes when four blocks stand in a row instead of one."""
    return {
        more["name"]: round(more["median_ms"] / less["median_ms"], 2)
        for more, less in zip(four["figures"], one["figures"], strict=True)
    }


def _verdict(point: Point, rows: list[dict[str, Any]], runs_on: str) -> str:
    """Judge the machine that a version with this diagram is given to."""
    told = f"versions with this diagram run on {runs_on}"
    if point.wanted is None:
        return told
    (row,) = [row for row in rows if row["name"] == runs_on]
    held = row["times_faster"] >= point.wanted and row["state_bytes"] <= (point.state or 10**9)
    return f"{told}; wanted at least {point.wanted:g} x: {'held' if held else 'NOT HELD'}"
