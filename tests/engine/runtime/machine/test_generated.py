"""Random diagrams of every construct: stored after every step they go on as if never stopped."""

import random
from collections import Counter
from datetime import datetime
from typing import Any

import pytest

from engine import bpmn
from engine.runtime.decisions import Decisions
from engine.runtime.errors import RuntimeFault
from engine.runtime.machine import events, throwing
from engine.runtime.machine.core import Machine
from engine.runtime.machine.plan import Plan
from engine.runtime.machine.records import Entry, Item, World, dump, load
from engine.runtime.machine.table import TABLE
from engine.runtime.trial import BEGINNING
from tests.engine.runtime.machine.generating import TABLES, Maker, variables
from tools.trying import plain_weeks

SEEDS = range(300)
STEPS = 40


class Run:
    """One run of a generated diagram, kept in memory or stored after every act."""

    def __init__(self, plan: Plan, seed: int, *, stored: bool) -> None:
        self.plan, self.stored, self.world, self.now = plan, stored, World(), BEGINNING
        self.trace: list[Entry] = []
        self.failed: str | None = None
        process = plan.processes["p"]
        given = variables(seed)
        self.act(lambda machine: throwing.begin(machine, process, None, given))

    def act(self, act: Any) -> None:
        world = load(dump(self.world)) if self.stored else self.world
        machine = Machine(self.plan, world, TABLE, self.now, plain_weeks)
        try:
            act(machine)
            machine.settle()
        except RuntimeFault as fault:
            self.failed = fault.reason.en
        self.world = machine.world
        self.trace += machine.trace

    def moves(self) -> list[tuple[str, int, datetime | None]]:
        """List what can happen next, in the order of the items."""
        machine = Machine(self.plan, self.world, TABLE, self.now)
        found: list[tuple[str, int, datetime | None]] = [("message", 0, None), ("signal", 0, None)]
        for item in self.world.items.values():
            due = events.due_at(item)
            if item.state == "open":
                found += [("complete", item.id, None)] * 4
            elif due is not None:
                found += [("fire", item.id, due)] * 2
            elif machine.node(item).type == "receiveTask":
                found.append(("message", 0, None))
        return found

    def move(self, kind: str, item: int, due: datetime | None) -> None:
        if kind == "message":
            self.act(lambda machine: throwing.deliver(machine, "Paid", {"paid": 1}))
        elif kind == "signal":
            self.act(lambda machine: throwing.broadcast(machine, "Stop", {}))
        elif kind == "complete":
            self.act(lambda machine: _finish(machine, machine.world.items[item]))
        else:
            self.now = max(self.now, due or self.now)
            self.act(lambda machine: events.trigger(machine, machine.world.items[item]))


def _finish(machine: Machine, item: Item) -> None:
    machine.receive(item, {"n": item.id % 5})
    machine.finish(item)


def _plan(seed: int) -> Plan:
    diagram, problems = bpmn.read(Maker(seed).make(), "g.bpmn")
    assert diagram is not None, problems
    known = {process.id: process for process in diagram.processes}
    wrong = bpmn.check_plain(diagram, decisions={"D": frozenset({"n"})}, others=known)
    errors = [(one.rule, one.element) for one in wrong if one.severity == "error"]
    assert errors == [], "a sound diagram was refused"
    return Plan([diagram], Decisions(TABLES))


@pytest.mark.parametrize("first", range(0, len(SEEDS), 30))
def test_stored_or_not_a_run_is_the_same(first: int) -> None:
    """Thirty diagrams, up to forty random acts each."""
    for seed in SEEDS[first : first + 30]:
        plan, chance = _plan(seed), random.Random(seed)
        one, other = Run(plan, seed, stored=True), Run(plan, seed, stored=False)
        for _ in range(STEPS):
            assert one.trace == other.trace, seed
            assert one.failed == other.failed, seed
            if one.failed or not one.world.scopes:
                break
            assert dump(one.world) == dump(other.world), seed
            assert one.moves() == other.moves(), seed
            move = chance.choice(one.moves())
            one.move(*move)
            other.move(*move)


def test_what_is_entered_is_left_at_the_end() -> None:
    """No run loses a token: at its end everything entered was completed or cancelled."""
    ended = 0
    for seed in SEEDS[:120]:
        run, chance = Run(_plan(seed), seed, stored=True), random.Random(seed)
        for _ in range(STEPS * 3):
            if run.failed or not run.world.scopes:
                break
            run.move(*chance.choice(run.moves()))
        if not run.failed and not run.world.scopes:
            ended += 1
            held = Counter(one.element for one in run.trace if one.event == "entered")
            held.subtract(one.element for one in run.trace if one.event != "entered")
            assert {name for name, number in held.items() if number} == set(), seed
            assert run.world.items == {}, seed
    assert ended > 50
