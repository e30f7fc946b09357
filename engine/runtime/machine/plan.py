"""The processes that run together, and what can be worked out about them once."""

from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

from engine.bpmn import expressions, language
from engine.bpmn.model import Diagram, Node, Process
from engine.runtime.decisions import Decisions

#: Events that begin something from outside or from the data.
LISTENING: Final = frozenset({"message", "signal", "timer", "conditional"})


class Plan:
    """All processes of some files, by id; the first of an id counts."""

    def __init__(
        self, diagrams: Iterable[Diagram], decisions: Decisions, processes: Iterable[Process] = ()
    ) -> None:
        self.diagrams = tuple(diagrams)
        self.decisions = decisions
        self.processes: dict[str, Process] = {process.id: process for process in processes}
        for diagram in self.diagrams:
            for process in diagram.processes:
                self.processes.setdefault(process.id, process)
        self.unset = {
            name: dict.fromkeys(set_names(process)) for name, process in self.processes.items()
        }
        self.before = cache(self._before)

    def starts(self, kind: str, name: str) -> Iterator[tuple[Process, Node]]:
        """List where a message or signal begins a process."""
        for process in self.processes.values():
            for node in process.within(None):
                if begins(node) == kind and node.events[0].ref == name:
                    yield process, node

    def _before(self, process_id: str, gateway: str, flow: str) -> frozenset[str]:
        """Collect the nodes from which a token can come by a flow without passing the gateway."""
        process = self.processes[process_id]
        found, stack = set(), [process.flows[flow].source]
        while stack:
            name = stack.pop()
            if name != gateway and name not in found and name in process.nodes:
                found.add(name)
                stack.extend(_sources(process, process.nodes[name]))
        return frozenset(found)


def begins(node: Node) -> str | None:
    """Give the kind of event by which a node begins a process by itself; None when it does not."""
    if node.type == "receiveTask" and node.attributes.get("instantiate") == "true":
        return "message" if node.events else None
    if node.type == "startEvent" and node.events:
        return node.events[0].kind
    return None


def by_event(node: Node) -> bool:
    """Whether a subprocess is started by an event instead of a flow."""
    return node.attributes.get("triggeredByEvent") == "true"


def undoes(process: Process, node: Node) -> bool:
    """Whether a node is an event subprocess that undoes the subprocess around it."""
    return by_event(node) and any(
        event.kind == "compensate" for start in process.within(node.id) for event in start.events
    )


def first_nodes(process: Process, element: str | None) -> list[Node]:
    """List where tokens begin in a process or subprocess (BPMN 2.0, 13.5.1): its plain start
    events, or without any start event all that nothing leads to.
    """
    nodes = process.within(element)
    starts = [node for node in nodes if node.type == "startEvent"]
    if starts:
        return [node for node in starts if not node.events]
    return [node for node in nodes if is_first(node) and begins(node) is None]


def is_first(node: Node) -> bool:
    """Whether a token begins at a node because nothing leads to it."""
    if node.incoming or node.type == "boundaryEvent" or by_event(node):
        return False
    if node.attributes.get("isForCompensation") == "true":
        return False
    return not (node.type == "intermediateCatchEvent" and _link(node))


def link_target(process: Process, node: Node) -> Node | None:
    """Find the place a link leads to: the catching link of its name on the same level."""
    name = node.events[0].ref
    for other in process.within(node.parent):
        if other.type == "intermediateCatchEvent" and _link(other) and other.events[0].ref == name:
            return other
    return None


def set_names(process: Process) -> set[str]:
    """Collect the variables the diagram sets itself: null until it does."""
    names = {language.OUTCOME, *process.data_names}
    names |= {step.outcome_as for step in process.steps.values() if step.outcome_as}
    names |= {decision.result_variable for decision in process.decisions.values()}
    names |= {one.answers for one in process.cohandlings.values() if one.answers}
    for node in process.nodes.values():
        names |= {written.sets for written in expressions.script_lines(node) if written.sets}
        names |= {name for name, _ in (*node.mappings.inputs, *node.mappings.outputs)}
        if node.loop is not None:
            names |= {one for one in (node.loop.each, node.loop.output) if one}
    return names - {""}


def _link(node: Node) -> bool:
    return any(event.kind == "link" for event in node.events)


def _sources(process: Process, node: Node) -> list[str]:
    found = [process.flows[flow].source for flow in node.incoming]
    if node.attached_to:
        found.append(node.attached_to)
    if node.type == "intermediateCatchEvent" and _link(node):
        found += [
            other.id
            for other in process.within(node.parent)
            if other.type == "intermediateThrowEvent"
            and _link(other)
            and other.events[0].ref == node.events[0].ref
        ]
    return found
