"""The items of a world, put on the nodes of another version; refused where none stands for them."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.bpmn.model import Node, Process
from engine.runtime.errors import RuntimeFault
from engine.runtime.machine import events, loops
from engine.runtime.machine.core import Machine
from engine.runtime.machine.plan import Plan, by_event
from engine.runtime.machine.records import Arrival, Item, Scope
from forms.text import Text

#: What only listens goes with its event; everything else must have a place.
_LISTENERS: Final = frozenset({"boundary", "start", "choice"})
_ONE: Final = "one"


@dataclass(frozen=True)
class Fault:
    """Why a case cannot be moved: the element at which it stands, and the reason."""

    element: str
    why: Text


class Unmovable(RuntimeFault):
    """Expected a place in the new version for all that is open, but ``faults`` have none."""

    code = "unmovable"

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        super().__init__(faults[0].why, element=faults[0].element or None)
        self.faults = faults


@dataclass
class _Repointing:
    machine: Machine
    old: Plan
    mapping: Mapping[str, str]

    def __post_init__(self) -> None:
        self.world, self.new = self.machine.world, self.machine.plan
        self.faults: list[Fault] = []
        self.gone: list[Item] = []

    def target(self, element: str | None) -> str | None:
        """Give the new id of an element."""
        return None if element is None else self.mapping.get(element, element)

    def process(self, scope: Scope) -> Process | None:
        """Give the process a scope runs in the new version."""
        return self.new.processes.get(scope.process)

    def before(self, item: Item) -> Node:
        """Give the node an item stood at."""
        return self.old.processes[self.world.scopes[item.scope].process].nodes[item.node]

    def fault(self, element: str, zh: str, en: str) -> None:
        """Note a reason, once."""
        found = Fault(element, Text(zh, en))
        if found not in self.faults:
            self.faults.append(found)

    # --- looking -------------------------------------------------------------------------------
    def look(self) -> None:
        """Collect what has no place, and the listeners that go."""
        for scope in self.world.scopes.values():
            if self.process(scope) is None:
                self.fault(
                    scope.process,
                    "新版本没有它正在调用的流程。",
                    "The new version lacks the process that it is calling.",
                )
                return
        for item in self.world.items.values():
            if item.kind in _LISTENERS:
                if not self._still_heard(item):
                    self.gone.append(item)
            else:
                self._look_at(item)
        self._look_for_crowds()

    def _look_at(self, item: Item) -> None:
        node, was = self._node(item), self.before(item)
        if node is None:
            self.fault(
                item.node,
                "办件停在这里，新版本没有对应的环节；请指定对应关系。",
                "The case stands here and the new version has nothing for it; map it.",
            )
        elif node.type != was.type:
            self.fault(
                item.node,
                f"对应的元素不是同一种：{was.type} → {node.type}。",
                f"What it maps to is of another kind: {was.type} -> {node.type}.",
            )
        elif node.parent != self.target(was.parent):
            self.fault(
                item.node,
                "对应的环节在另一个子流程里。",
                "What it maps to stands in another subprocess.",
            )
        elif _repeats(node) != _repeats(was):
            self.fault(
                item.node,
                "新版本改变了它重复办理的方式（多实例）。",
                "The new version changes how often it runs (multi-instance).",
            )
        elif item.state == "waiting" and was.events and _kinds(node) != _kinds(was):
            self.fault(
                item.node,
                "新版本在这里等待另一种事件。",
                "The new version waits for another kind of event here.",
            )
        else:
            self._look_closer(item, node)

    def _look_closer(self, item: Item, node: Node) -> None:
        process = self.process(self.world.scopes[item.scope])
        old = self.old.processes[self.world.scopes[item.scope].process]
        if process is None:
            return
        if (item.node in old.cohandlings) != (node.id in process.cohandlings):
            self.fault(
                item.node,
                "办理中的协办在新版本里不再是协办。",
                "A co-handling under way is none in the new version.",
            )
        if item.state == "joining" and self._way(item, node) is None:
            self.fault(
                item.node,
                "已到达的分支在新版本里没有对应的来路。",
                "A branch that has arrived has no way in to this gateway any more.",
            )

    def _look_for_crowds(self) -> None:
        """Refuse two open steps that would come to stand at one."""
        places: dict[tuple[int, str | None], str] = {}
        for item in self.world.items.values():
            if item.kind != "token" or item.state == "joining":
                continue
            key = (item.scope, self.target(item.node))
            other = places.setdefault(key, item.node)
            if other != item.node:
                self.fault(
                    item.node,
                    f"它和“{other}”同时在办，不能并到同一个环节。",
                    f"It is open at the same time as '{other}': both cannot become one.",
                )

    def _node(self, item: Item) -> Node | None:
        process = self.process(self.world.scopes[item.scope])
        return None if process is None else process.nodes.get(self.target(item.node) or "")

    def _way(self, item: Item, node: Node) -> str | None:
        """Find the flow by which a token that waits at a gateway would have come."""
        if item.came in node.incoming:
            return item.came
        scope = self.world.scopes[item.scope]
        old = self.old.processes[scope.process]
        flow = old.flows.get(item.came or "")
        source = self.target(flow.source if flow is not None else None)
        process = self.process(scope)
        if process is None or source is None:
            return None
        direct = [flow for flow in node.incoming if process.flows[flow].source == source]
        behind = [
            flow for flow in node.incoming if source in self.new.before(process.id, node.id, flow)
        ]
        found = direct or behind
        return found[0] if len(found) == 1 else None

    def _still_heard(self, item: Item) -> bool:
        node, was = self._node(item), self.before(item)
        if node is None or node.type != was.type or _kinds(node) != _kinds(was):
            return False
        if item.kind == "boundary":
            return node.attached_to == self.target(was.attached_to)
        if item.kind == "start":
            return node.parent == self.target(was.parent)
        host = self.world.items.get(item.host or 0)
        return host is not None and (
            host.node == item.node or item.came in node.incoming or self._behind(host, node)
        )

    def _behind(self, host: Item, node: Node) -> bool:
        """Whether an event stands behind the gateway that waits for it."""
        process = self.process(self.world.scopes[host.scope])
        if process is None:
            return False
        return any(process.flows[one].source == self.target(host.node) for one in node.incoming)

    # --- moving --------------------------------------------------------------------------------
    def put(self) -> list[tuple[Item, Node]]:
        """Put everything on its new nodes; gives the events on edges that are new, with hosts."""
        for item in self.gone:
            self.world.items.pop(item.id, None)
        fresh = self._fresh_edges()
        ways = {
            item.id: self._way(item, node)
            for item in self.world.items.values()
            if item.state == "joining" and (node := self._node(item)) is not None
        }
        for item in self.world.items.values():
            was, node = self.before(item), self._node(item)
            item.came = ways.get(item.id, item.came)
            if node is not None and item.kind == "run":
                _rename_item(item, was, node)
        for item in self.world.items.values():
            item.node = self.target(item.node) or item.node
        for scope in self.world.scopes.values():
            self._put_scope(scope)
        return fresh

    def _fresh_edges(self) -> list[tuple[Item, Node]]:
        """List the events that are new on the edges of what is open.

        One that has gone off before is none, nor one that stays.
        """
        found: list[tuple[Item, Node]] = []
        for host in self.world.items.values():
            node = self._node(host)
            if node is None or host.kind != "token" or host.state == "joining":
                continue
            scope = self.world.scopes[host.scope]
            process, old = self.process(scope), self.old.processes[scope.process]
            if process is None:
                continue
            known = {self.target(one.id) for one in old.boundaries(host.node)}
            lost = {self.target(one.node) for one in self.gone if one.host == host.id}
            edges = process.boundaries(node.id)
            found += [(host, one) for one in edges if one.id not in known or one.id in lost]
        return found

    def _put_scope(self, scope: Scope) -> None:
        process = self.process(scope)
        scope.element = self.target(scope.element)
        nodes = process.nodes if process is not None else {}
        for entry in scope.done:
            entry["node"] = self.target(entry["node"])
        scope.done = [entry for entry in scope.done if entry["node"] in nodes]
        fired = {self.target(name) or name: came for name, came in scope.fired.items()}
        scope.fired = {name: came for name, came in fired.items() if name in nodes}
        scope.later = [name for one in scope.later if (name := self.target(one) or one) in nodes]


def repoint(machine: Machine, old: Plan, mapping: Mapping[str, str]) -> list[tuple[Item, Node]]:
    """Put the world of a machine, which knows the new plan, on its nodes.

    Gives the events on edges that are new, with what they sit on. Raises Unmovable.
    """
    work = _Repointing(machine, old, mapping)
    work.look()
    if work.faults:
        raise Unmovable(tuple(work.faults))
    return work.put()


def beside(machine: Machine, host: Item, node: Node) -> Arrival:
    """Give the way in of an event on the edge of an item."""
    return Arrival(machine.scope(host), node, None, {})


def listen_beside(machine: Machine, host: Item | None, node: Node) -> None:
    """Begin to listen to an event on the edge of an item, if it is still there."""
    if host is not None:
        events.spread(machine, beside(machine, host, node), "boundary", host.id)


def ask_again(machine: Machine) -> None:
    """Let go what has waited for something that the new version does not ask for any more.

    Event subprocesses that are new begin to listen; a token at a gateway comes in anew.
    """
    for scope in list(machine.world.scopes.values()):
        _listen(machine, scope)
    again = [item for item in machine.world.items.values() if item.state == "joining"]
    for item in again:
        node, scope = machine.node(item), machine.scope(item)
        if node.type == "parallelGateway":
            machine.world.items.pop(item.id)
            machine.put(scope, node, item.came, item.token)
    for item in machine.world.items.values():
        if "items" in item.facts:
            loops.tell(machine, item)


def hand_out(machine: Machine, *, apart: bool) -> None:
    """Give what was a subprocess's own, and is not in the new version, to what is around it.

    ``apart``: whether the new version keeps data of subprocesses apart at all.
    """
    for scope in machine.world.scopes.values():
        if scope.element is None or scope.variables is None:
            continue
        own = machine.process(scope).data_inside.get(scope.element) if apart else None
        freed = {name: one for name, one in scope.variables.items() if name not in (own or ())}
        kept = {name: one for name, one in scope.variables.items() if name not in freed}
        scope.variables = kept or None
        holder = machine.world.items.get(scope.holder or 0)
        if holder is not None:
            holder.local = {name: one for name, one in holder.local.items() if name not in freed}
        machine.assign(scope, None, freed)


def _listen(machine: Machine, scope: Scope) -> None:
    process = machine.process(scope)
    heard = {one.node for one in machine.items_in(scope.id, listening=True) if one.kind == "start"}
    running = {one.node for one in machine.items_in(scope.id) if one.kind == "event"}
    for node in process.within(scope.element):
        if by_event(node) and node.id not in running:
            for start in process.within(node.id):
                if start.type == "startEvent" and start.id not in heard:
                    events.spread(machine, Arrival(scope, start, None, {}), "start")


def _repeats(node: Node) -> str | None:
    return None if node.loop is None else node.loop.kind


def _kinds(node: Node) -> list[Any]:
    return [event.kind for event in node.events]


def _rename_item(run: Item, was: Node, node: Node) -> None:
    """Let a run see what it runs for under the new version's name of it."""
    if was.loop is None or node.loop is None or run.variables is None:
        return
    before, after = was.loop.each, node.loop.each
    if before and after and before != after and before in run.variables:
        run.variables[after] = run.variables.pop(before)
