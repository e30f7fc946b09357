"""Events that are thrown: errors and escalations go outward, messages and signals to who waits."""

from collections.abc import Mapping
from typing import Any

from engine.bpmn.model import Node, Process
from engine.runtime.errors import RuntimeFault
from engine.runtime.machine import compensation, events
from engine.runtime.machine.core import Arrival, Machine
from engine.runtime.machine.plan import begins, link_target
from engine.runtime.machine.records import Item, Scope
from engine.runtime.values import plain_variables
from forms.text import Text


def throw(machine: Machine, arrival: Arrival) -> None:
    """Run an intermediate throw event."""
    item = machine.new(arrival)
    machine.enter(item)
    kind = arrival.node.events[0].kind if arrival.node.events else ""
    if kind == "compensate":
        compensation.begin(machine, item)
        return
    _send(machine, item, kind)
    if kind == "link":
        target = link_target(machine.process(arrival.scope), arrival.node)
        machine.finish(item)
        if target is not None:
            machine.put(arrival.scope, target, None, arrival.token)
    elif item.id in machine.world.items:
        machine.finish(item)


def end(machine: Machine, arrival: Arrival) -> None:
    """Run an end event; an end is done before what it throws takes effect."""
    item = machine.new(arrival)
    machine.enter(item)
    scope = arrival.scope
    kind = arrival.node.events[0].kind if arrival.node.events else ""
    if kind in {"compensate", "cancel"}:
        if kind == "cancel":
            _cancel_others(machine, item)
        compensation.begin(machine, item)
        return
    if kind in {"error", "terminate"}:
        machine.finish(item)
        if kind == "terminate":
            machine.empty(scope)
        else:
            throw_error(machine, scope, None, arrival.node.events[0].ref, arrival.node)
        return
    _send(machine, item, kind)
    if item.id in machine.world.items:
        machine.finish(item)


def _cancel_others(machine: Machine, item: Item) -> None:
    for other in machine.items_in(item.scope):
        if other.id != item.id:
            machine.cancel(other)


def _send(machine: Machine, item: Item, kind: str) -> None:
    node = machine.node(item)
    if kind == "message":
        send_message(machine, item)
    elif kind == "signal":
        data = _payload(machine, item)
        machine.signals.append((node.id, node.events[0].ref, data))
        broadcast(machine, node.events[0].ref, data)
    elif kind == "escalation":
        escalate(machine, machine.scope(item), None, node.events[0].ref)


# --- outward: errors and escalations ---
def throw_error(machine: Machine, scope: Scope, item: Item | None, code: str, at: Node) -> None:
    """Throw an error; raises RuntimeFault when nothing around catches it."""
    catcher = _catcher(machine, "error", code, scope, item)
    if catcher is None:
        raise RuntimeFault(
            Text(f"错误“{code}”没有被捕获。", f"Nothing catches the error '{code}'."),
            element=at.id,
        )
    events.trigger(machine, catcher)


def escalate(machine: Machine, scope: Scope, item: Item | None, code: str) -> None:
    """Throw an escalation; without anybody who catches it nothing happens (BPMN 2.0, 10.5.7)."""
    catcher = _catcher(machine, "escalation", code, scope, item)
    if catcher is not None:
        events.trigger(machine, catcher)


def cancelled(machine: Machine, scope: Scope) -> None:
    """Leave a transaction by its cancel event, after all has been undone."""
    holder = machine.world.items[scope.holder or 0]
    while holder.kind == "run":
        holder = machine.world.items[holder.host or 0]
    for one in machine.hosted(holder):
        if one.facts.get(events.EVENT) == "cancel":
            events.trigger(machine, one)
            return


def _catcher(
    machine: Machine, kind: str, code: str, scope: Scope, item: Item | None
) -> Item | None:
    """Find what catches nearest: event subprocesses of a scope, then the edges of what holds it."""
    at: Scope | None = scope
    while at is not None:
        while item is not None and item.kind == "run":
            item = machine.world.items[item.host or 0]
        if item is not None:
            found = _best(machine, kind, code, machine.hosted(item))
            if found is not None:
                return found
        starts = [one for one in machine.items_in(at.id, listening=True) if one.kind == "start"]
        found = _best(machine, kind, code, starts)
        if found is not None:
            return found
        item = machine.world.items.get(at.holder or 0)
        at = machine.world.scopes.get(at.parent or 0)
    return None


def _best(machine: Machine, kind: str, code: str, listeners: list[Item]) -> Item | None:
    fitting = [one for one in listeners if one.facts.get(events.EVENT) == kind]
    for wanted in (code, ""):
        for one in fitting:
            if machine.node(one).events[0].ref == wanted:
                return one
    return None


# --- sideways: messages and signals ---
def _payload(machine: Machine, item: Item) -> dict[str, Any]:
    """Give what a thrown message or signal carries: what its inputs name."""
    machine.inputs(item)
    return dict(item.local)


def send_message(machine: Machine, item: Item) -> None:
    """Send a message to whoever in this world waits for it, now or later."""
    name = machine.node(item).events[0].ref
    data = _payload(machine, item)
    letter = {"name": name, "data": data, "from": item.scope, "context": machine.seen(item)}
    letter |= {"node": item.node, "key": _key(machine, item, letter)}
    machine.world.mail.append(plain_variables(letter, item.node))


def _key(machine: Machine, item: Item, letter: Mapping[str, Any]) -> Any:
    """Work out by which value its receiver is found: in what is sent, else in what is seen."""
    key = machine.node(item).events[0].key
    if key is None:
        return None
    given = machine.maybe(letter["data"], key)
    return given if given is not None else machine.maybe(letter["context"], key)


def idle(machine: Machine) -> bool:
    """Deliver the first letter that somebody waits for."""
    for letter in list(machine.world.mail):
        if deliver(machine, letter["name"], letter["data"], context=letter["context"]):
            machine.world.mail.remove(letter)
            return True
    return False


def deliver(
    machine: Machine,
    name: str,
    data: Mapping[str, Any],
    correlation: object = None,
    context: Mapping[str, Any] | None = None,
) -> bool:
    """Give a message to the one that waits for it, else to a process it begins; whether one did."""
    for item in list(machine.world.items.values()):
        if item.facts.get(events.EVENT) != "message" or machine.node(item).events[0].ref != name:
            continue
        if context is not None:
            meant = _meant_by_sender(machine, item, data, context)
        else:
            meant = _meant(machine, item, correlation)
        if meant:
            events.trigger(machine, item, data)
            return True
    for process, node in machine.plan.starts("message", name):
        begin(machine, process, node, data)
        return True
    return False


def _meant_by_sender(
    machine: Machine, item: Item, data: Mapping[str, Any], context: Mapping[str, Any]
) -> bool:
    """Ask the receiver's key of what the sender sent, and saw: both must have the same value."""
    key = machine.node(item).events[0].key
    if not events.has_key(item) or key is None:
        return True
    wanted = events.key_of(item)
    return any(
        given is not None and given == wanted
        for given in (machine.maybe(data, key), machine.maybe(context, key))
    )


def _meant(machine: Machine, item: Item, correlation: object) -> bool:
    """Compare a correlation: one value with the key, or names with the receiver's variables."""
    if correlation is None:
        return not events.has_key(item)
    if isinstance(correlation, Mapping):
        seen, key = machine.seen(item), events.key_of(item)
        if events.has_key(item) and key not in correlation.values():
            return False
        return all(
            seen[name] == value if name in seen else events.has_key(item) and value == key
            for name, value in correlation.items()
        )
    return events.has_key(item) and events.key_of(item) == correlation


def broadcast(machine: Machine, name: str, data: Mapping[str, Any]) -> bool:
    """Send a signal to all that wait for it, and begin what it begins; whether anything did."""
    waiting = [
        item
        for item in list(machine.world.items.values())
        if item.facts.get(events.EVENT) == "signal" and machine.node(item).events[0].ref == name
    ]
    for item in waiting:
        if item.id in machine.world.items:
            events.trigger(machine, item, data)
    begun = list(machine.plan.starts("signal", name))
    for process, node in begun:
        begin(machine, process, node, data)
    return bool(waiting or begun)


def begin(machine: Machine, process: Process, node: Node | None, data: Mapping[str, Any]) -> Scope:
    """Begin a process at one of its start events, or at all that it has without a trigger."""
    scope = machine.open(process, None, None, dict(plain_variables(data)))
    machine.table.listen(machine, scope)
    if node is None:
        machine.table.first(machine, scope)
    elif begins(node) and node.type == "startEvent":
        events.happen(machine, Arrival(scope, node, None, {}), {})
    else:
        item = machine.new(Arrival(scope, node, None, {}))
        machine.enter(item)
        machine.finish(item)
    return scope
