"""Undo completed activities, newest first (BPMN 2.0, 13.5.5)."""

from typing import Any

from engine.bpmn.model import Node, Process
from engine.runtime.machine import events
from engine.runtime.machine.core import Arrival, Machine
from engine.runtime.machine.plan import by_event, undoes
from engine.runtime.machine.records import Item, Scope

_OWED = "owed"


def begin(machine: Machine, item: Item) -> None:
    """Begin to undo what an event asks for; the event goes on when all has been undone."""
    scope, node = machine.scope(item), machine.node(item)
    wanted = node.events[0].ref if node.events[0].kind == "compensate" else ""
    item.facts[_OWED] = []
    for around in _reach(machine, scope):
        taken = [one for one in around.done if wanted in ("", one["node"])]
        around.done = [one for one in around.done if one not in taken]
        item.facts[_OWED] += _flat(machine.process(around), taken)
    _next(machine, item)


def handler_done(machine: Machine, handler: Item) -> None:
    """Go on with the next one to undo."""
    item = machine.world.items[handler.host or 0]
    machine.remove(handler)
    _next(machine, item)


def _reach(machine: Machine, scope: Scope) -> list[Scope]:
    """List the scopes an event may undo: its own, and around an event subprocess the next."""
    found = [scope]
    while scope.element and by_event(machine.process(scope).nodes[scope.element]):
        scope = machine.world.scopes[scope.parent or 0]
        found.append(scope)
    return found


def _flat(process: Process, done: list[dict[str, Any]]) -> list[str]:
    """List what undoes some activities, newest first, those inside subprocesses too."""
    found: list[str] = []
    for one in reversed(done):
        own = next((b.handler for b in process.boundaries(one["node"]) if b.handler), None)
        inner = next((n.id for n in process.within(one["node"]) if undoes(process, n)), None)
        if own is not None:
            found.append(own)
        elif inner is not None:
            found.append(inner)
        else:
            found += _flat(process, one["inner"])
    return found


def _next(machine: Machine, item: Item) -> None:
    owed: list[str] = item.facts[_OWED]
    scope = machine.scope(item)
    if owed:
        node = machine.process(scope).nodes[owed.pop(0)]
        machine.later(item, lambda: _undo(machine, item, scope, node))
        return
    kind = machine.node(item).events[0].kind
    machine.finish(item)
    if kind == "cancel":
        machine.table.cancelled(machine, scope)


def _undo(machine: Machine, item: Item, scope: Scope, node: Node) -> None:
    process = machine.process(scope)
    if by_event(node):
        start = next(one for one in process.within(node.id) if one.type == "startEvent")
        holder = events.begin_event_subprocess(machine, scope, node, start, None)
        holder.kind, holder.host = "handler", item.id
        return
    handler = machine.new(Arrival(scope, node, None, item.token), "handler", item.id)
    events.attach(machine, handler)
    machine.enter(handler)
    machine.inputs(handler)
    machine.table.perform[node.type](machine, handler)
