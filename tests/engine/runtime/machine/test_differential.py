"""Random diagrams run alike on both machines, and however often a run is stored between."""

import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from engine import bpmn
from engine.runtime import LimitExceeded, complete, fire, run_paths
from engine.runtime import start as begin_case
from engine.runtime.decisions import Decisions
from engine.runtime.machine import events, throwing
from engine.runtime.machine.core import Machine
from engine.runtime.machine.plan import Plan
from engine.runtime.machine.records import Item, World, dump, load
from engine.runtime.machine.table import TABLE
from engine.runtime.program import TokenProgram
from engine.runtime.trying import Script, try_process
from tests.engine.runtime.driving import MORNING, compiled, program
from tests.engine.runtime.test_fuzz import MAX_STEPS, Generator
from tools.trying import plain_weeks

SEEDS = range(100, 160)
PROCESSES = Path(__file__).resolve().parents[4] / "processes"


class OnTokens:
    """A case on the token machine."""

    def __init__(self, drawing: bytes, *, stored: bool) -> None:
        diagram, _ = bpmn.read(drawing, "t.bpmn")
        assert diagram is not None
        self.plan = Plan((), Decisions({}), diagram.processes)  # as in the case of an item
        self.stored, self.world = stored, World()
        process = diagram.main
        self.root = self.act(lambda machine: throwing.begin(machine, process, None, {}).id)

    def act(self, act: Any) -> Any:
        world = load(dump(self.world)) if self.stored else self.world
        machine = Machine(self.plan, world, TABLE, MORNING)
        answer = act(machine)
        machine.settle()
        self.world = machine.world
        return answer

    def look(self) -> Any:
        machine = Machine(self.plan, self.world, TABLE, MORNING)
        items = self.world.items.values()
        tasks = [(one.node, place(machine, one), one.id) for one in items if one.state == "open"]
        timers = [
            (one.node, place(machine, one), one.id)
            for one in items
            if events.due_at(one) is not None
        ]
        scope = self.world.scopes.get(self.root)
        data = dict(self.world.ended[self.root] if scope is None else scope.variables or {})
        return sorted(tasks), sorted(timers), data, scope is None

    def complete(self, item: int, answers: dict[str, Any]) -> None:
        def finish(machine: Machine) -> None:
            machine.receive(machine.world.items[item], answers)
            machine.finish(machine.world.items[item])

        self.act(finish)

    def fire(self, item: int) -> None:
        self.act(lambda machine: events.trigger(machine, machine.world.items[item]))


class OnTree:
    """A case on the machine that runs the items."""

    def __init__(self, drawing: bytes) -> None:
        self.program = program(drawing)
        self.step = begin_case(self.program, {}, now=MORNING)

    def look(self) -> Any:
        def at(one: Any) -> tuple[str, str, str]:
            where = "" if one.branch is None else f"{one.branch.element}:{one.branch.index}"
            return one.element, where, one.id

        tasks, timers = map(at, self.step.open_tasks), map(at, self.step.timers)
        return sorted(tasks), sorted(timers), dict(self.step.data), self.step.completed

    def complete(self, task: str, answers: dict[str, Any]) -> None:
        self.step = complete(self.program, self.step.state, task, answers, now=MORNING)

    def fire(self, timer: str) -> None:
        late = MORNING.replace(year=MORNING.year + 1)
        self.step = fire(self.program, self.step.state, timer, now=late)


def place(machine: Machine, item: Item | None) -> str:
    """Name the innermost branch of a multi-instance activity around an item."""
    while item is not None:
        if item.kind == "run":
            return f"{item.node}:{item.facts['index']}"
        scope = machine.scope(item)
        host = item.host if item.kind == "boundary" else None
        inner = machine.world.items.get(host or 0)
        if inner is not None and inner.kind == "run":
            return f"{inner.node}:{inner.facts['index']}"
        item = machine.world.items.get(scope.holder or 0)
    return ""


def history(case: Any, seed: int) -> Iterator[Any]:
    """What a case looks like after each of a number of random steps."""
    chance = random.Random(seed + 7)
    for count in range(1, MAX_STEPS):
        tasks, timers, data, completed = case.look()
        told = [one[:2] for one in tasks], [one[:2] for one in timers], data, completed
        yield told
        if completed or len(set(told[0])) < len(tasks):  # of two alike, which is meant?
            return
        if timers and chance.random() < 0.25:
            case.fire(chance.choice(timers)[2])
        else:
            case.complete(chance.choice(tasks)[2], {"cnt": count, "outcome": f"o{count}"})


def told(case: Any, seed: int) -> list[Any]:
    """Collect a history, with a mark where a bound stopped it."""
    found: list[Any] = []
    try:
        for one in history(case, seed):
            found.append(one)  # noqa: PERF402 - what came before a fault counts too
    except LimitExceeded:
        found.append("limit")
    return found


@pytest.mark.parametrize("seed", SEEDS)
def test_a_random_diagram_runs_alike_on_both_machines(seed: int) -> None:
    drawing = Generator(seed).drawing()
    reference = told(OnTree(drawing), seed)
    for stored in (True, False):
        found = told(OnTokens(drawing, stored=stored), seed)
        for number, (one, other) in enumerate(zip(found, reference, strict=False)):
            assert one == other, f"step {number}, stored {stored}"
        assert len(found) == len(reference)


@pytest.mark.parametrize("seed", range(200, 230))
def test_a_case_is_the_same_from_outside_on_both_machines(seed: int) -> None:
    drawing = Generator(seed).drawing().decode()
    through = drawing.replace('targetRef="e"', 'targetRef="thru"')
    through = through.replace(
        "</process>",
        '<task id="thru"/><sequenceFlow id="thru_e" sourceRef="thru" targetRef="e"/></process>',
    )
    other = OnTree(through.encode())
    assert isinstance(other.program, TokenProgram)
    assert told(other, seed) == told(OnTree(drawing.encode()), seed)


@pytest.mark.parametrize(
    "item", ["individual-business", "medical-device-iii", "restaurant-opening"]
)
def test_the_paths_of_our_items_go_alike_on_both_machines(item: str) -> None:
    folder = PROCESSES / item
    drawing = (folder / f"{item}.bpmn").read_bytes()
    tables = {path.name: path.read_bytes() for path in folder.glob("*.dmn")}
    diagram, _ = bpmn.read(drawing, "t.bpmn")
    assert diagram is not None
    paths = yaml.safe_load((folder / "paths.yaml").read_text(encoding="utf-8"))
    on_tree = run_paths(program(drawing, tables), diagram.main, paths, workdays=plain_weeks)
    assert compiled(drawing, tables)
    plan = Plan([diagram], Decisions(tables))
    always = {"item": item, "channel": "online", "application_kind": "first", "licence": None}
    for path, reference in zip(paths, on_tree, strict=True):
        variables = {**always, "lead": diagram.main.lead, **path.get("vars", {})}
        steps = [one for one in path["steps"] if "expect" not in one]
        tried = try_process(plan, diagram.main, Script(variables, steps), workdays=plain_weeks)
        visited = {one.element for one in tried.trace if one.event == "entered"}
        expected = path.get("expect", {})
        assert visited == set(reference.visited), path["name"]
        assert tried.status == expected.get("status", tried.status)
        assert expected.get("data", {}).items() <= tried.data.items()
