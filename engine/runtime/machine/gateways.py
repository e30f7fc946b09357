"""Gateways (BPMN 2.0, 13.4): where tokens part and meet."""

from collections.abc import Mapping
from typing import Any

from engine.bpmn.model import Flow, Node
from engine.runtime.machine.core import Machine
from engine.runtime.machine.outgoing import no_way
from engine.runtime.machine.records import Arrival, Item, Scope


def exclusive(machine: Machine, arrival: Arrival) -> None:
    """Take the first flow whose condition holds, in document order, else the default one."""
    flows = _passed(machine, arrival)
    node = arrival.node
    view = machine.view(arrival.scope, None, arrival.token)
    chosen = next((flow for flow in flows if flow.id == node.default), None)
    for flow in flows:
        if flow.id == node.default:
            continue
        if flow.condition is None or machine.holds(view, flow.condition, node):
            chosen = flow
            break
    if chosen is not None:
        machine.put_on(arrival.scope, chosen, arrival.token)
    elif flows:
        raise no_way(node)


def parallel(machine: Machine, arrival: Arrival) -> None:
    """Wait for one token on each incoming flow, and take exactly these."""
    tokens = _gather(machine, arrival)
    incoming = dict.fromkeys(arrival.node.incoming)
    oldest = [next((one for one in tokens if one.came == flow), None) for flow in incoming]
    if len(incoming) < 2:
        _merge(machine, arrival.scope, arrival.node, tokens)
    elif all(oldest):
        _merge(machine, arrival.scope, arrival.node, [one for one in oldest if one])


def inclusive(machine: Machine, arrival: Arrival) -> None:
    """Wait while a token elsewhere could still come in by another flow."""
    tokens = _gather(machine, arrival)
    if len(arrival.node.incoming) < 2:
        _merge(machine, arrival.scope, arrival.node, tokens)


def complex_(machine: Machine, arrival: Arrival) -> None:
    """Go on when the activation condition holds; then take one token of each other flow, and
    begin anew. Further tokens on a flow that one was taken from wait for the next time.
    """
    scope, node = arrival.scope, arrival.node
    fired = scope.fired.get(node.id)
    if fired is None:
        _gather(machine, arrival)
        _activate(machine, scope, node, arrival.token)
    elif (arrival.came or "") in fired:
        _gather(machine, arrival)
    else:
        fired.append(arrival.came or "")
        if set(fired) >= set(node.incoming):
            _reset(machine, scope, node)


def _activate(machine: Machine, scope: Scope, node: Node, token: Mapping[str, Any]) -> None:
    """Go on as often as the tokens that wait at a complex gateway make its condition hold."""
    while tokens := _waiting(machine, scope, node):
        came = {one.came for one in tokens}
        view = machine.view(scope, None, token) | {"activationCount": len(came)}
        holds = node.condition and machine.holds(view, node.condition, node)
        if len(node.incoming) > 1 and not holds:
            return
        first = [next(one for one in tokens if one.came == flow) for flow in came]
        flows = _merge(machine, scope, node, sorted(first, key=lambda one: one.id))
        if flows and len(came) < len(set(node.incoming)):
            scope.fired[node.id] = [flow or "" for flow in came]
            return


def idle(machine: Machine) -> bool:
    """Open the first inclusive gateway that nothing can reach any more."""
    for item in list(machine.world.items.values()):
        if item.state != "joining":
            continue
        scope, node = machine.scope(item), machine.node(item)
        if node.type == "inclusiveGateway" and not _expected(
            machine, scope, node, _came(machine, item)
        ):
            first = {one.came: one for one in reversed(_waiting(machine, scope, node))}
            _merge(machine, scope, node, sorted(first.values(), key=lambda one: one.id))
            return True
    for scope in list(machine.world.scopes.values()):
        for name, came in list(scope.fired.items()):
            node = machine.process(scope).nodes[name]
            if not _expected(machine, scope, node, set(came)):
                _reset(machine, scope, node)
    return False


def _reset(machine: Machine, scope: Scope, node: Node) -> None:
    """Let a complex gateway begin anew; flows that ask for it get a second token."""
    flows = _outgoing(machine, scope, node)
    view = machine.view(scope) | {"waitingForStart": False, "activationCount": 0}
    asked = [f for f in flows if f.condition and "waitingForStart" in f.condition]
    chosen = [flow for flow in asked if machine.holds(view, flow.condition or "", node)]
    del scope.fired[node.id]
    for flow in chosen:
        machine.put_on(scope, flow, scope.token)
    waiting = _waiting(machine, scope, node)
    if waiting:
        _activate(machine, scope, node, waiting[-1].token)


def enough(machine: Machine, arrival: Arrival, needed: int) -> bool:
    """Keep a token until as many have come as an activity needs; the last one stands for all."""
    if needed < 2:
        return True
    tokens = _gather(machine, arrival)
    if len(tokens) < needed:
        return False
    for token in tokens:
        machine.world.items.pop(token.id)
    return True


def _gather(machine: Machine, arrival: Arrival) -> list[Item]:
    item = machine.new(arrival)
    item.state = "joining"
    return _waiting(machine, arrival.scope, arrival.node)


def _waiting(machine: Machine, scope: Scope, node: Node) -> list[Item]:
    return [
        item
        for item in machine.items_in(scope.id)
        if item.node == node.id and item.state == "joining"
    ]


def _came(machine: Machine, item: Item) -> set[str]:
    found = _waiting(machine, machine.scope(item), machine.node(item))
    return {one.came or "" for one in found}


def _expected(machine: Machine, scope: Scope, node: Node, came: set[str]) -> bool:
    """Whether a token may still come by a flow that has none yet (BPMN 2.0, 13.4.3)."""
    places = {
        item.node
        for item in machine.items_in(scope.id)
        if item.node != node.id and item.kind not in {"handler", "undo"}
    }
    for place in places:
        reached = {
            flow
            for flow in node.incoming
            if place in machine.plan.before(scope.process, node.id, flow)
        }
        if reached and not reached & came:
            return True
    return False


def _merge(machine: Machine, scope: Scope, node: Node, tokens: list[Item]) -> list[Flow]:
    """Go on as one token; its outcome is that of the token that came last."""
    last = tokens[-1]
    for token in tokens:
        machine.world.items.pop(token.id)
    machine.enter(last)
    flows = _outgoing(machine, scope, node)
    scope.token = dict(last.token)
    if node.type != "parallelGateway" and flows:
        view = {"waitingForStart": True} if node.type == "complexGateway" else {}
        chosen = machine.chosen(scope, node, flows, {**last.token, **view})
        if not chosen:
            raise no_way(node)
        flows = chosen
    machine.left(last, "completed")
    for flow in flows:
        machine.put_on(scope, flow, last.token)
    return flows


def _passed(machine: Machine, arrival: Arrival) -> list[Flow]:
    item = machine.new(arrival)
    machine.enter(item)
    machine.left(item, "completed")
    del machine.world.items[item.id]
    arrival.scope.token = dict(arrival.token)
    return _outgoing(machine, arrival.scope, arrival.node)


def _outgoing(machine: Machine, scope: Scope, node: Node) -> list[Flow]:
    process = machine.process(scope)
    return [process.flows[flow] for flow in node.outgoing]
