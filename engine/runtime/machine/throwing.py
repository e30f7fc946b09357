"""Events that are thrown: errors and escalations go outward, messages and signals to who waits."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from engine.bpmn.model import EventDefinition, Node, Process
from engine.runtime.errors import RuntimeFault
from engine.runtime.machine import calls, compensation, events
from engine.runtime.machine import data as places
from engine.runtime.machine.core import Machine
from engine.runtime.machine.plan import all_needed, gateway_before, link_target
from engine.runtime.machine.records import Arrival, Item, Scope
from engine.runtime.steps import key_text
from engine.runtime.values import plain_variables
from forms.text import Text

#: Of a letter: whether it carries the only input of its sender.
_SOLE: Final = "sole"


def throw(machine: Machine, arrival: Arrival) -> None:
    """Run an intermediate throw event."""
    item = machine.new(arrival)
    machine.enter(item)
    kinds = {event.kind for event in arrival.node.events}
    data = _payload(machine, item)
    effects = _effects(machine, item, data)
    if "compensate" in kinds:
        _take_effect(effects)
        if item.id in machine.world.items:
            compensation.begin(machine, item)
        return
    machine.finish(item)
    if "link" in kinds:
        target = link_target(machine.process(arrival.scope), arrival.node)
        if target is not None:
            machine.put(arrival.scope, target, None, arrival.token)
    _take_effect(effects)


def end(machine: Machine, arrival: Arrival) -> None:
    """Run an end event; it is passed before what it throws takes effect, but waits for undoing."""
    item = machine.new(arrival)
    machine.enter(item)
    scope, node = arrival.scope, arrival.node
    kinds = {event.kind for event in node.events}
    data = _payload(machine, item)
    effects = _effects(machine, item, data)
    if kinds & {"compensate", "cancel"}:
        if "cancel" in kinds:
            machine.empty(scope, but=item)
        _take_effect(effects)
        if item.id in machine.world.items:
            compensation.begin(machine, item)
        return
    machine.finish(item)
    _take_effect(effects)
    if scope.id not in machine.world.scopes:
        return
    if "terminate" in kinds:
        machine.empty(scope)
    for event in node.events:
        if event.kind == "error":
            throw_error(machine, scope, None, event.ref, node, data)


def _effects(machine: Machine, item: Item, data: dict[str, Any]) -> list[Callable[[], object]]:
    """Prepare what an event throws, with what its inputs named at this moment."""
    scope = machine.scope(item)
    return [emission(machine, item, scope, event, data) for event in machine.node(item).events]


def _take_effect(effects: list[Callable[[], object]]) -> None:
    for effect in effects:
        effect()


def emission(
    machine: Machine,
    item: Item,
    scope: Scope,
    event: EventDefinition,
    data: dict[str, Any],
    thrower: Item | None = None,
) -> Callable[[], object]:
    """Prepare the sending of a message, signal or escalation; nothing for other kinds.

    With a ``thrower`` an escalation is thrown by that activity, and its own edges may catch it.
    """
    if event.kind == "message" and event.ref:
        letter = _letter(machine, item, event, data)
        return lambda: machine.world.mail.append(letter)
    if event.kind == "signal":
        return lambda: _shout(machine, item, scope, event, data)
    if event.kind == "escalation":
        return lambda: escalate(machine, scope, thrower, event.ref, data)
    return lambda: None


# --- outward: errors and escalations ---
def fail(machine: Machine, item: Item, code: str, data: Mapping[str, Any]) -> None:
    """Let a task end with an error; its data are the process's, unless the catcher maps them."""
    if hands_on(machine, item, code):
        machine.receive(item, data)
    throw_error(machine, machine.scope(item), item, code, machine.node(item), data)


def hands_on(machine: Machine, item: Item, code: str) -> bool:
    """Whether what a task brings with an error is set around it: unless the catcher maps it."""
    catcher = _catcher(machine, "error", code, machine.scope(item), item)
    return catcher is None or not machine.node(catcher).mappings.local


def throw_error(
    machine: Machine,
    scope: Scope,
    item: Item | None,
    code: str,
    at: Node,
    data: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Throw an error with its data; raises RuntimeFault when nothing around catches it."""
    catcher = _catcher(machine, "error", code, scope, item)
    if catcher is None:
        raise RuntimeFault(
            Text(f"错误“{code}”没有被捕获。", f"Nothing catches the error '{code}'."),
            element=at.id,
        )
    calls.leave(machine, scope, catcher)
    events.trigger(machine, catcher, _told(machine, catcher, code, data))


def escalate(
    machine: Machine,
    scope: Scope,
    item: Item | None,
    code: str,
    data: Mapping[str, Any] = MappingProxyType({}),
) -> None:
    """Throw an escalation; without anybody who catches it nothing happens (BPMN 2.0, 10.5.7)."""
    catcher = _catcher(machine, "escalation", code, scope, item)
    if catcher is not None:
        calls.leave(machine, scope, catcher)
        events.trigger(machine, catcher, _told(machine, catcher, code, data))


def _told(machine: Machine, catcher: Item, code: str, data: Mapping[str, Any]) -> dict[str, Any]:
    """Give what a catcher learns: its own outputs, what a dialect passes in by name (null where
    that did not come), and the code where it has a name for it.
    """
    name, node = events.definition(machine, catcher).variable, machine.node(catcher)
    own, local = node.mappings.own, node.mappings.local
    brought = events.brought(node, data).items()
    told = {one: value for one, value in brought if local or one in own}
    told |= {one: machine.maybe(data, text) for one, text in node.mappings.inputs}
    return told | ({name: code} if name else {})


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
    """Find what catches nearest: event subprocesses of a scope, then the edges of what holds it.

    An event subprocess never catches what comes out of itself.
    """
    at: Scope | None = scope
    inside: str | None = None
    while at is not None:
        while item is not None and item.kind == "run":
            item = machine.world.items[item.host or 0]
        if item is not None:
            found = _best(machine, kind, code, machine.hosted(item))
            if found is not None:
                return found
        starts = [one for one in machine.items_in(at.id, listening=True) if one.kind == "start"]
        found = _best(machine, kind, code, [o for o in starts if machine.node(o).parent != inside])
        if found is not None:
            return found
        inside = at.element
        item = machine.world.items.get(at.holder or 0)
        at = machine.world.scopes.get(at.parent or 0)
    return None


def _best(machine: Machine, kind: str, code: str, listeners: list[Item]) -> Item | None:
    fitting = [
        (one, events.definition(machine, one))
        for one in listeners
        if one.facts.get(events.EVENT) == kind
    ]
    exact = [one for one, event in fitting if event.ref == code]
    any_code = [one for one, event in fitting if not event.ref or event.uncoded]
    return next(iter([*exact, *any_code]), None)


# --- sideways: messages and signals ---
def _payload(machine: Machine, item: Item) -> dict[str, Any]:
    """Give what is thrown or sent carries: what its inputs name, but no own properties."""
    machine.inputs(item)
    own = machine.process(machine.scope(item)).data_inside.get(item.node, ())
    data = {name: one for name, one in item.local.items() if name not in own}
    if places.hands_over(machine.node(item)):
        seen, node = machine.seen(item), machine.node(item)
        data |= {name: machine.value(seen, text, node) for name, text in node.mappings.outputs}
    sole = len(data) == 1 and data.keys() == machine.node(item).mappings.given
    return events.Carried(data) if sole else data


def send_message(machine: Machine, item: Item) -> None:
    """Send a message to whoever in this world waits for it, now or later."""
    event = machine.node(item).events[0]
    machine.world.mail.append(_letter(machine, item, event, _payload(machine, item)))


def _letter(
    machine: Machine, item: Item, event: EventDefinition, data: dict[str, Any]
) -> dict[str, Any]:
    letter = {"name": event.ref, "data": data, "from": item.scope, "context": machine.seen(item)}
    letter |= {"node": item.node, "key": _key(machine, event, letter)}
    letter |= {_SOLE: True} if isinstance(data, events.Carried) else {}
    return plain_variables(letter, item.node)


def _key(machine: Machine, event: EventDefinition, letter: Mapping[str, Any]) -> Any:
    """Work out by which value its receiver is found: in what is sent, else in what is seen."""
    if event.key is None:
        return None
    given = machine.maybe(letter["data"], event.key)
    return given if given is not None else machine.maybe(letter["context"], event.key)


def _shout(
    machine: Machine, item: Item, scope: Scope, event: EventDefinition, data: dict[str, Any]
) -> None:
    if event.inner:
        broadcast(machine, event.ref, data, scope)
        return
    machine.signals.append((item.node, event.ref, data))
    broadcast(machine, event.ref, data)


def idle(machine: Machine) -> bool:
    """Deliver the first letter that somebody waits for."""
    for letter in list(machine.world.mail):
        only = machine.plan.receivers(letter["node"])
        data = events.Carried(letter["data"]) if letter.get(_SOLE) else letter["data"]
        if deliver(machine, letter["name"], data, context=letter["context"], only=only):
            machine.world.mail.remove(letter)
            return True
    return False


def deliver(
    machine: Machine,
    name: str,
    data: Mapping[str, Any],
    correlation: object = None,
    context: Mapping[str, Any] | None = None,
    only: frozenset[str] = frozenset(),
) -> bool:
    """Give a message to the one that waits for it, else to a process it begins; whether one did.

    ``only``: the nodes, or processes, that a message flow leads to (BPMN 2.0, 9.3); empty: any.
    """
    for item in list(machine.world.items.values()):
        if not _awaits(machine, item, "message", name):
            continue
        if only and only.isdisjoint({item.node, machine.scope(item).process}):
            continue
        if context is not None:
            meant = _meant_by_sender(machine, item, data, context)
        else:
            meant = _meant(machine, item, correlation)
        if meant:
            events.trigger(machine, item, data)
            return True
    for process, node, number in machine.plan.starts("message", name):
        if only and only.isdisjoint({node.id, process.id}):
            continue
        knock(machine, process, node, number, data, {})
        return True
    return False


def _awaits(machine: Machine, item: Item, kind: str, name: str) -> bool:
    return item.facts.get(events.EVENT) == kind and events.definition(machine, item).ref == name


def _meant_by_sender(
    machine: Machine, item: Item, data: Mapping[str, Any], context: Mapping[str, Any]
) -> bool:
    """Ask the receiver's key of what the sender sent, and saw: both must have the same value."""
    key = events.definition(machine, item).key
    if not events.has_key(item) or key is None:
        return True
    wanted = events.key_of(item)
    return any(
        given is not None and _same(given, wanted)
        for given in (machine.maybe(data, key), machine.maybe(context, key))
    )


def _meant(machine: Machine, item: Item, correlation: object) -> bool:
    """Compare a correlation: one value with the key, or names with the receiver's variables."""
    if correlation is None:
        return not events.has_key(item)
    if isinstance(correlation, Mapping):
        seen, key = machine.seen(item), events.key_of(item)
        if not events.has_key(item):
            return all(name in seen and seen[name] == value for name, value in correlation.items())
        return any(_same(key, value) for value in correlation.values()) and all(
            _same(seen.get(name, key), value) for name, value in correlation.items()
        )
    return events.has_key(item) and _same(events.key_of(item), correlation)


def _same(one: object, other: object) -> bool:
    """Compare values of a key; a number is also its text, for the keys of Camunda 8 are texts."""
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    if isinstance(one, str) and isinstance(other, int | float):
        return one == key_text(other)
    if isinstance(other, str) and isinstance(one, int | float):
        return other == key_text(one)
    return one == other


def broadcast(
    machine: Machine, name: str, data: Mapping[str, Any], inside: Scope | None = None
) -> bool:
    """Send a signal to all that wait for it, and begin what it begins; whether anything did.

    ``inside``: only the process around this scope hears it, as some dialects let a signal say.
    """
    own = None if inside is None else _around(machine, inside)
    waiting = [
        item
        for item in list(machine.world.items.values())
        if _awaits(machine, item, "signal", name)
        and own in (None, _around(machine, machine.scope(item)))
    ]
    for item in waiting:
        if item.id in machine.world.items:
            events.trigger(machine, item, data)
    begun = list(machine.plan.starts("signal", name)) if inside is None else []
    for process, node, number in begun:
        knock(machine, process, node, number, data, {})
    return bool(waiting or begun)


def _around(machine: Machine, scope: Scope) -> int:
    """Find the run of a process that a scope is in."""
    while scope.element is not None and scope.parent is not None:
        scope = machine.world.scopes[scope.parent]
    return scope.id


def knock(
    machine: Machine,
    process: Process,
    node: Node,
    number: int,
    data: Mapping[str, Any],
    given: Mapping[str, Any],
) -> Scope | None:
    """Begin a process by one definition of an event; None while it needs others besides."""
    if not all_needed(node):
        return begin(machine, process, node, data, given)
    came = machine.world.half.setdefault(f"{process.id}/{node.id}", {})
    came[str(number)] = plain_variables(data, node.id)
    if len(came) < len(node.events):
        return None
    del machine.world.half[f"{process.id}/{node.id}"]
    brought = {name: value for one in came.values() for name, value in one.items()}
    return begin(machine, process, node, brought, given)


def begin(
    machine: Machine,
    process: Process,
    node: Node | None,
    data: Mapping[str, Any],
    given: Mapping[str, Any] | None = None,
) -> Scope:
    """Begin a process at one of its events, or where it begins without a trigger.

    What an event takes in as its own data is not the process's. ``given`` are variables of the
    process beside what its event brought; None where nobody tells the two apart.
    """
    mine = _taken(node, data, apart=given is not None)
    named = not (mine and isinstance(data, events.Carried))
    rest = {name: one for name, one in data.items() if named and name not in mine}
    scope = machine.open(process, None, None, plain_variables({**(given or {}), **rest}))
    machine.table.listen(machine, scope)
    if node is None:
        machine.table.first(machine, scope)
        return scope
    gateway = gateway_before(process, node)
    if gateway is not None:
        events.begin_at_gateway(machine, scope, gateway, node, mine)
    else:
        events.happen(machine, Arrival(scope, node, None, {}), mine)
    return scope


def _taken(node: Node | None, data: Mapping[str, Any], *, apart: bool) -> dict[str, Any]:
    """Give what a start event takes in as its own: its outputs say what goes on from there."""
    if node is not None and apart and node.mappings.local:
        return dict(data)
    if node is None or not events.takes(node):
        return {}
    own = node.mappings.own
    return {name: one for name, one in events.brought(node, data).items() if name in own}
