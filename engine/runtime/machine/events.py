"""Events that wait: catching, on edges, at event gateways, and those that begin subprocesses."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from engine.bpmn.model import EventDefinition, Node
from engine.runtime import cycles, timers
from engine.runtime.errors import RuntimeFault
from engine.runtime.machine import data as places
from engine.runtime.machine.core import Machine
from engine.runtime.machine.plan import LISTENING, all_needed, by_event
from engine.runtime.machine.records import Arrival, Item, Kind, Scope
from engine.runtime.values import plain_variables

DUE: Final = "due"
EVENT: Final = "event"
#: Events that can begin a whole process.
STARTING: Final = LISTENING
#: Events that bring data with them.
CARRYING: Final = frozenset({"message", "signal", "error", "escalation"})
_WAS: Final = "was"
_KEY: Final = "key"
#: Of a condition that is asked after some changes only: that there was one.
_HEARD: Final = "heard"
#: Of an event with several definitions: which one, those needed together, what the first brought.
_ONE: Final = "one"
_GROUP: Final = "group"
_CAME: Final = "came"


def attach(machine: Machine, item: Item) -> None:
    """Listen on the edges of an activity."""
    scope = machine.scope(item)
    for boundary in machine.process(scope).boundaries(item.node):
        spread(machine, Arrival(scope, boundary, None, {}), "boundary", item.id)


def listen(machine: Machine, scope: Scope) -> None:
    """Listen for what begins the event subprocesses of a scope."""
    process = machine.process(scope)
    for node in process.within(scope.element):
        if not by_event(node):
            continue
        for start in process.within(node.id):
            if start.type == "startEvent":
                spread(machine, Arrival(scope, start, None, {}), "start")


def definition(machine: Machine, item: Item) -> EventDefinition:
    """Give the definition an item waits for: the only one of its event, or one of several."""
    number: int = item.facts.get(_ONE, 0)
    return machine.node(item).events[number]


def spread(machine: Machine, arrival: Arrival, kind: Kind, host: int | None = None) -> None:
    """Listen for each definition of an event; where all are needed they belong together."""
    items = [machine.new(arrival, kind, host) for _ in arrival.node.events]
    if len(items) > 1:
        for number, item in enumerate(items):
            item.facts[_ONE] = number
            if all_needed(arrival.node):
                item.facts[_GROUP] = items[0].id
    for item in items:
        subscribe(machine, item)


def subscribe(machine: Machine, item: Item) -> None:
    """Begin to wait: note what for, and fix when a timer is due and which message is meant."""
    node = machine.node(item)
    event = node.events[item.facts.get(_ONE, 0)]
    item.facts[EVENT] = event.kind
    if event.kind == "timer":
        _schedule(machine, item, node, event)
    elif event.kind == "conditional":
        item.facts[_WAS] = False
        if event.watches:
            item.facts[_HEARD] = True  # it is asked once where it begins to wait
    elif event.kind == "message" and event.key is not None:
        item.facts[_KEY] = machine.value(machine.seen(item), event.key, node)


def _schedule(machine: Machine, item: Item, node: Node, event: EventDefinition) -> None:
    text = (event.expression or "").strip()
    if text.startswith(("=", "${", "#{")):
        value: object = machine.compute(machine.seen(item), text, node)
    else:
        value = text
    try:
        if event.timer == "cycle":
            value = cycles.computed(value, event.dialect)
            left, due = cycles.first(value, machine.now, machine.workdays)
            item.facts.update({"cycle": str(value), "left": left})
        else:
            due = timers.due(event.timer, value, machine.now, machine.workdays)
    except RuntimeFault as fault:
        raise RuntimeFault(fault.reason, element=node.id) from fault
    item.facts[DUE] = due.isoformat()


def moment(machine: Machine, item: Item, text: str) -> datetime:
    """Compute a due date: a date, an instant, or a duration from now, literal or as FEEL."""
    node = machine.node(item)
    value: object = text
    if text.startswith(("=", "${", "#{")):
        value = machine.compute(machine.seen(item), text, node)
    kind = "duration" if isinstance(value, timedelta) or str(value).startswith("P") else "date"
    try:
        return timers.due(kind, value, machine.now, machine.workdays)
    except RuntimeFault as fault:
        raise RuntimeFault(fault.reason, element=node.id) from fault


def due_at(item: Item) -> datetime | None:
    """Give when a waiting timer is due; None for other items."""
    text = item.facts.get(DUE)
    return None if text is None else datetime.fromisoformat(text)


def catch(machine: Machine, arrival: Arrival) -> None:
    """Wait in the flow; a link is only the end of a jump."""
    item = machine.new(arrival)
    machine.enter(item)
    if arrival.node.events[0].kind == "link":
        machine.finish(item)
        return
    item.state = "waiting"
    if len(arrival.node.events) > 1:
        spread(machine, arrival, "choice", item.id)
    else:
        subscribe(machine, item)


def wait_for_message(machine: Machine, item: Item) -> None:
    """Wait as a receive task."""
    item.state = "waiting"
    subscribe(machine, item)


def event_gateway(machine: Machine, arrival: Arrival) -> None:
    """Wait for the first of several events (BPMN 2.0, 13.4.4)."""
    item = machine.new(arrival)
    machine.enter(item)
    item.state = "waiting"
    process = machine.process(arrival.scope)
    for flow in arrival.node.outgoing:
        node = process.nodes[process.flows[flow].target]
        spread(machine, Arrival(arrival.scope, node, flow, arrival.token), "choice", item.id)


def begin_at_gateway(
    machine: Machine, scope: Scope, gateway: Node, node: Node, data: Mapping[str, Any]
) -> None:
    """Begin a process by one of the events behind a gateway; a parallel one needs the others too
    (BPMN 2.0, 10.6.6).
    """
    item = machine.new(Arrival(scope, gateway, None, {}))
    machine.enter(item)
    machine.left(item, "completed")
    machine.remove(item)
    process = machine.process(scope)
    flows = [process.flows[flow] for flow in gateway.outgoing]
    came = next((flow.id for flow in flows if flow.target == node.id), None)
    happen(machine, Arrival(scope, node, came, {}), data)
    if gateway.attributes.get("eventGatewayType") == "Parallel":
        for flow in flows:
            if flow.target != node.id:
                machine.put_on(scope, flow, {})


def trigger(machine: Machine, item: Item, data: Mapping[str, Any] | None = None) -> None:
    """Let happen what an item waits for."""
    machine.count(machine.node(item))
    if _GROUP in item.facts:
        data = _gathered(machine, item, data or {})
        if data is None:
            return
    if item.kind == "boundary":
        _edge(machine, item, data)
    elif item.kind == "start":
        _event_subprocess(machine, item, data)
    elif item.kind == "choice":
        _chosen(machine, item, data)
    else:
        machine.receive(item, brought(machine.node(item), data or {}))
        machine.finish(item)


def takes(node: Node) -> bool:
    """Whether something comes in with an event that goes to outputs of its own."""
    carries = any(event.kind in CARRYING for event in node.events)
    return carries and node.type != "receiveTask" and bool(node.mappings.own)


class Carried(dict[str, Any]):
    """What the only input of a throwing event carries, under its name."""


def brought(node: Node, data: Mapping[str, Any]) -> Mapping[str, Any]:
    """Give what an event takes in; its only output gets all that came when nothing has its name.

    Between an only input and an only output names do not matter: both are the one item of their
    message, signal, error or escalation (BPMN 2.0, 10.4.1 and 10.5.1).
    """
    own = node.mappings.own
    if len(own) != 1 or not data or own & data.keys():
        return data
    (name,) = own
    if isinstance(data, Carried):
        return {name: next(iter(data.values()))}
    return {**data, name: dict(data)} if takes(node) else data


def _gathered(machine: Machine, item: Item, data: Mapping[str, Any]) -> dict[str, Any] | None:
    """Note that one of several needed events has come; with the last give what all brought."""
    for fact in (EVENT, DUE, _KEY):
        item.facts.pop(fact, None)
    item.facts[_CAME] = plain_variables(data, item.node)
    group = _group(machine, item)
    if any(_CAME not in one.facts for one in group):
        return None
    return {name: value for one in group for name, value in one.facts[_CAME].items()}


def _group(machine: Machine, item: Item) -> list[Item]:
    wanted = item.facts[_GROUP]
    return [one for one in machine.world.items.values() if one.facts.get(_GROUP) == wanted]


def _chosen(machine: Machine, item: Item, data: Mapping[str, Any] | None) -> None:
    """Go on with one of the events a gateway, or an event of several definitions, waits for."""
    host = machine.world.items[item.host or 0]
    if host.node == item.node:
        machine.receive(host, brought(machine.node(host), data or {}))
        machine.finish(host)
        return
    scope, node = machine.scope(item), machine.node(item)
    machine.left(host, "completed")
    machine.remove(host)
    happen(machine, Arrival(scope, node, item.came, host.token), data)


def happen(machine: Machine, arrival: Arrival, data: Mapping[str, Any] | None = None) -> None:
    """Pass through an event that has just happened."""
    item = machine.new(arrival)
    machine.enter(item)
    machine.receive(item, brought(arrival.node, data or {}))
    machine.finish(item)


def _edge(machine: Machine, item: Item, data: Mapping[str, Any] | None) -> None:
    host = machine.world.items[item.host or 0]
    scope, node, token = machine.scope(item), machine.node(item), host.token
    if node.interrupting or definition(machine, item).kind in {"error", "cancel"}:
        machine.cancel(host)
    else:
        _again(machine, item)
    happen(machine, Arrival(scope, node, None, token), data)


def _event_subprocess(machine: Machine, item: Item, data: Mapping[str, Any] | None) -> None:
    scope, start = machine.scope(item), machine.node(item)
    process = machine.process(scope)
    if start.interrupting or definition(machine, item).kind == "error":
        machine.empty(scope)
    else:
        _again(machine, item)
    begin_event_subprocess(machine, scope, process.nodes[start.parent or ""], start, data)


def begin_event_subprocess(
    machine: Machine, scope: Scope, node: Node, start: Node, data: Mapping[str, Any] | None
) -> Item:
    """Begin an event subprocess at its start event; gives the item it works for."""
    holder = machine.new(Arrival(scope, node, None, scope.token), "event")
    machine.enter(holder)
    inner = machine.open(machine.process(scope), node.id, holder)
    machine.table.listen(machine, inner)
    happen(machine, Arrival(inner, start, None, holder.token), data)
    return holder


def _again(machine: Machine, item: Item) -> None:
    """Keep listening where that is meant; a timer only with a cycle; missed rounds count once."""
    if _GROUP in item.facts:
        for one in _group(machine, item):
            del one.facts[_CAME]
            if definition(machine, one).timer in {"", "cycle"}:
                subscribe(machine, one)
        return
    if item.facts[EVENT] != "timer":
        return
    left = item.facts.get("left")
    if "cycle" not in item.facts or left == 1:
        machine.world.items.pop(item.id, None)
        return
    due = datetime.fromisoformat(item.facts[DUE])
    upcoming = cycles.following(item.facts["cycle"], due, machine.now, machine.workdays)
    item.facts[DUE] = max(upcoming, machine.now + timedelta(seconds=1)).isoformat()
    item.facts["left"] = None if left is None else left - 1


def waits_for(item: Item) -> str | None:
    """Give the kind of event an item waits for from outside or from the data."""
    kind = item.facts.get(EVENT)
    return kind if kind in LISTENING else None


def changed(machine: Machine) -> bool:
    """After each step, let a condition go off that it has made true (BPMN 2.0, 10.5.5)."""
    return machine.plan.conditional and idle(machine)


def idle(machine: Machine) -> bool:
    """Let the first condition go off that has become true since it was last asked."""
    for item in list(machine.world.items.values()):
        if item.facts.get(EVENT) != "conditional":
            continue
        event = definition(machine, item)
        if event.watches and not item.facts.pop(_HEARD, False):
            continue
        answer = machine.maybe(machine.seen(item), event.expression or "null")
        # What names the changes it waits for goes off after each of them, as its dialects say.
        was = item.facts[_WAS] and not event.watches
        item.facts[_WAS] = answer is True
        if answer is True and not was:
            trigger(machine, item)
            return True
    return False


def setting(machine: Machine, home: Mapping[str, Any], name: str) -> None:
    """Note that a variable changes for the conditions that see it and are asked after that."""
    if not machine.plan.watching:
        return
    how = "update" if name in home else "create"
    for item in machine.world.items.values():
        if item.facts.get(EVENT) != "conditional":
            continue
        event = definition(machine, item)
        if event.watches and event.hears(name, how):
            layers = places.layers(machine.world, machine.scope(item), item)
            nearest = next((one for one in layers if one is home or name in one), None)
            if nearest is home:
                item.facts[_HEARD] = True


def key_of(item: Item) -> object:
    """Give the value a message must carry to be meant for an item; None: any."""
    return item.facts.get(_KEY)


def has_key(item: Item) -> bool:
    """Whether only some messages of the name are meant for an item."""
    return _KEY in item.facts
