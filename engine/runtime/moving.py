"""Move a running case to another version of its diagram: what is open stays as it is, elsewhere.

Nodes are matched by their ids, or as a mapping says. Ids given out, drafts of variables, due times
and answers already in are kept; only listeners come and go with the events that are drawn.
"""

# ruff: noqa: SLF001 - the machinery's tree has no public door for what is asked again

import json
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from SpiffWorkflow.util.task import TaskState

from engine.bpmn.model import Process
from engine.runtime import repointed, rooted, run, tokens, uprooted, waiting
from engine.runtime import state as states
from engine.runtime.case import Case, walk
from engine.runtime.errors import RuntimeFault, TaskGone
from engine.runtime.machine.core import Machine
from engine.runtime.machine.plan import Plan
from engine.runtime.machine.records import Item, World, dump
from engine.runtime.machine.table import TABLE
from engine.runtime.program import Program, TokenProgram
from engine.runtime.repointed import Fault, Unmovable
from engine.runtime.specs import InclusiveGateway, ParallelGateway
from engine.runtime.steps import Step
from engine.runtime.timers import Workdays

__all__ = ["Fault", "Move", "Side", "Unmovable", "move"]


@dataclass(frozen=True)
class Side:
    """One of the two versions: what runs, and the process as it was read."""

    program: Program
    process: Process

    @property
    def plan(self) -> Plan:
        """Its processes as the token machine knows them."""
        if isinstance(self.program, TokenProgram):
            return self.program.plan
        return Plan((), self.program.decisions, (self.process,))


@dataclass(frozen=True)
class Move:
    """From where to where, by which mapping of old elements to new ones."""

    old: Side
    new: Side
    mapping: Mapping[str, str]


def move(
    wanted: Move,
    state: bytes,
    variables: Mapping[str, Any],
    *,
    now: datetime,
    workdays: Workdays | None = None,
) -> Step:
    """Move a stored case; the same ids are open afterwards, on the new version's elements.

    ``variables``: what the new version looks at and the old one did not; known ones are not
    changed. Raises Unmovable with all reasons, TaskGone when the case has ended, RuntimeFault.
    """
    world, names, head = _told(wanted.old, state, now)
    root = world.scopes[head["root"]]
    root.variables = {**variables, **(root.variables or {})}
    machine = Machine(wanted.new.plan, world, TABLE, now.astimezone(UTC), workdays)
    fresh = repointed.repoint(machine, wanted.old.plan, wanted.mapping)
    repointed.hand_out(machine, apart=isinstance(wanted.new.program, TokenProgram))
    if isinstance(wanted.new.program, TokenProgram):
        head["ids"] = {str(number): name for number, name in names.items()}
        return _on_tokens(wanted.new.program, _packed(head, world), fresh, (now, workdays))
    named = _Names(wanted, head, names)
    for host, node in fresh:
        machine.new(repointed.beside(machine, host, node), "boundary", host.id)
    stored = rooted.root(world, wanted.new.process, wanted.new.program, named)
    return _on_tree(wanted.new.program, stored, now, workdays)


class _Names:
    """Names items for the outside: as before, and new ones by chance."""

    def __init__(self, wanted: Move, head: Mapping[str, Any], names: Mapping[int, str]) -> None:
        self.names = dict(names)
        self.known = head["key"] if isinstance(wanted.old.program, TokenProgram) else None

    def __call__(self, item: Item) -> str:
        """Give an item's id."""
        if item.id not in self.names:
            outside = tokens.outside(self.known, item.id) if self.known else str(uuid4())
            self.names[item.id] = outside
        return self.names[item.id]


def _told(side: Side, state: bytes, now: datetime) -> tuple[World, dict[int, str], dict[str, Any]]:
    """Give a stored case as a world, the names that are no function of its key, and its head."""
    if isinstance(side.program, TokenProgram):
        head, world = tokens.opened(side.program, state)
        if head["root"] not in world.scopes:
            raise TaskGone("")
        return world, {int(one): name for one, name in head.get("ids", {}).items()}, head
    found = uprooted.uproot(state, side.program, side.process, now.astimezone(UTC))
    if found is None:
        raise TaskGone("")
    world, names = found
    (root,) = (one.id for one in world.scopes.values() if one.parent is None)
    return world, names, {"key": uuid4().hex, "root": root}


def _packed(head: dict[str, Any], world: World) -> Callable[[Program], bytes]:
    def pack(program: Program) -> bytes:
        written = json.dumps({**head, "hash": program.hash}).encode()
        packed = zlib.compress(dump(world), 1)
        return tokens.MAGIC + len(written).to_bytes(2, "big") + written + packed

    return pack


def _on_tokens(
    program: TokenProgram,
    pack: Callable[[Program], bytes],
    fresh: list[tuple[Item, Any]],
    time: tuple[datetime, Workdays | None],
) -> Step:
    case = tokens._Case(program, pack(program), *time)

    def act(machine: Machine) -> None:
        for host, node in fresh:
            repointed.listen_beside(machine, machine.world.items.get(host.id), node)
        repointed.ask_again(machine)

    return case.run(act)


def _on_tree(program: Program, stored: bytes, now: datetime, workdays: Workdays | None) -> Step:
    def begin() -> Case:
        case = states.load(stored, program, now.astimezone(UTC), workdays)
        if case is None:
            raise TaskGone("")
        for task in walk(case):
            if task.task_spec._is_in(task):
                case.note_inside(task)
        return case

    return run.advance(program, begin, _awake)


def _awake(case: Case) -> None:
    """Fix when new timers are due, and ask gateways whether enough has come by now."""
    for task in list(walk(case)):
        definition = getattr(task.task_spec, "event_definition", None)
        if task._state != TaskState.WAITING:
            continue
        if isinstance(definition, waiting.Timer):
            definition.has_fired(task)
        elif isinstance(task.task_spec, ParallelGateway | InclusiveGateway):
            task.task_spec._update(task)


def faulty(error: Exception) -> tuple[Fault, ...]:
    """Give the reasons of a refused move, also where it is no more than a fault of the run."""
    if isinstance(error, Unmovable):
        return error.faults
    if isinstance(error, RuntimeFault):
        return (Fault(error.element or "", error.reason),)
    raise error
