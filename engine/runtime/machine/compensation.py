"""Undo completed activities, newest first (BPMN 2.0, 13.5.5).

What undoes an activity sees the variables as they were when it completed; what it changes is kept.
A completed subprocess or call without a handler of its own is opened again, so that what was done
inside can be undone there, or by its own event subprocess for compensation.
"""

from typing import Any, Final

from engine.bpmn.model import Node, Process
from engine.runtime.machine import events
from engine.runtime.machine.core import Machine
from engine.runtime.machine.plan import by_event
from engine.runtime.machine.records import Arrival, Item, Scope

#: Of an item that holds a completed subprocess open again.
REOPENED: Final = "reopened"
_OWED: Final = "owed"
_SEEN: Final = "seen"


def inside(machine: Machine, scope: Scope) -> dict[str, Any]:
    """Give what must be known to undo what was done in a scope; empty when there is nothing."""
    undoer = _undoer(machine.process(scope), scope.element)
    if not scope.done and undoer is None:
        return {}
    found: dict[str, Any] = {"inner": scope.done, "process": scope.process}
    if scope.variables is not None:
        found["own" if scope.element is None else "data"] = dict(scope.variables)
    return found


def begin(machine: Machine, item: Item) -> None:
    """Begin to undo what an event asks for; the event goes on when all has been undone, unless it
    does not wait for that.
    """
    scope, node = machine.scope(item), machine.node(item)
    asked = next(event for event in node.events if event.kind in {"compensate", "cancel"})
    wanted = asked.ref if asked.kind == "compensate" else ""
    owed = []
    for around in _reach(machine, scope):
        taken = [one for one in around.done if wanted in ("", one["node"])]
        around.done = [one for one in around.done if one not in taken]
        owed += [[around.id, one] for one in reversed(taken)]
    if asked.kind == "compensate" and not asked.waits:
        machine.finish(item)
        item = machine.new(Arrival(scope, node, None, item.token), "undo")
    item.facts[_OWED] = owed
    _next(machine, item)


def handler_done(machine: Machine, handler: Item) -> None:
    """Keep what a handler changed, and go on with the next one to undo."""
    item = machine.world.items[handler.host or 0]
    before = handler.facts.get(_SEEN, {})
    now = handler.variables or {}
    changed = {name: one for name, one in now.items() if name not in before or before[name] != one}
    machine.assign(machine.scope(handler), None, changed)
    machine.remove(handler)
    _next(machine, item)


def _reach(machine: Machine, scope: Scope) -> list[Scope]:
    """List the scopes an event may undo: its own, and around an event subprocess the next."""
    found = [scope]
    while scope.element and by_event(machine.process(scope).nodes[scope.element]):
        scope = machine.world.scopes[scope.parent or 0]
        found.append(scope)
    return found


def _undoer(process: Process, element: str | None) -> Node | None:
    """Find the event subprocess that undoes what stands around it."""
    for node in process.within(element):
        if by_event(node) and any(
            event.kind == "compensate"
            for start in process.within(node.id)
            for event in start.events
        ):
            return node
    return None


def _next(machine: Machine, item: Item) -> None:
    owed: list[Any] = item.facts[_OWED]
    if owed:
        place, done = owed.pop(0)
        machine.later(item, lambda: _undo(machine, item, machine.world.scopes[place], done))
        return
    scope, kinds = machine.scope(item), {event.kind for event in machine.node(item).events}
    if item.kind == "undo":
        machine.remove(item)
        return
    machine.finish(item)
    if "cancel" in kinds:
        machine.table.cancelled(machine, scope)


def _undo(machine: Machine, item: Item, scope: Scope, done: dict[str, Any]) -> None:
    process = machine.process(scope)
    own = next((b.handler for b in process.boundaries(done["node"]) if b.handler), None)
    node = process.nodes[own or done["node"]]
    handler = machine.new(Arrival(scope, node, None, item.token), "handler", item.id)
    handler.variables = dict(done.get(_SEEN, {}))
    handler.facts[_SEEN] = dict(handler.variables)
    if own is None:
        _reopen(machine, handler, done)
        return
    events.attach(machine, handler)
    if node.loop is not None:
        machine.table.repeat(machine, handler)
        return
    machine.enter(handler)
    machine.inputs(handler)
    machine.table.perform[node.type](machine, handler)


def _reopen(machine: Machine, handler: Item, done: dict[str, Any]) -> None:
    """Open a completed subprocess or call again, to undo there what was done in it."""
    around = machine.process(machine.scope(handler))
    process = machine.plan.processes[done.get("process", around.id)]
    element = None if "own" in done else done["node"]
    handler.facts[REOPENED] = True
    scope = machine.open(process, element, handler, done.get("own", done.get("data")))
    scope.done = list(done["inner"])
    undoer = _undoer(process, element)
    if undoer is not None:
        start = next(one for one in process.within(undoer.id) if one.type == "startEvent")
        events.begin_event_subprocess(machine, scope, undoer, start, None)
        return
    node = process.nodes[scope.done[0]["node"]]
    again = machine.new(Arrival(scope, node, None, handler.token), "undo")
    again.facts[_OWED] = [[scope.id, one] for one in reversed(scope.done)]
    scope.done = []
    _next(machine, again)
