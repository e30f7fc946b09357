"""The processes that run together, and what can be worked out about them once."""

from collections.abc import Container, Iterable, Iterator
from dataclasses import replace
from functools import cache
from typing import Final

from engine.bpmn import expressions, joining, language
from engine.bpmn.model import Diagram, Node, Process
from engine.runtime.decisions import Decisions

#: Events that begin something from outside or from the data.
LISTENING: Final = frozenset({"message", "signal", "timer", "conditional"})


class Plan:
    """All processes of some files, by id; further versions of one also by id and version tag."""

    def __init__(
        self, diagrams: Iterable[Diagram], decisions: Decisions, processes: Iterable[Process] = ()
    ) -> None:
        self.diagrams = tuple(diagrams)
        self.decisions = decisions
        self.processes: dict[str, Process] = {process.id: process for process in processes}
        #: Versions of a process of which there are several, by id and tag.
        self.tagged: dict[tuple[str, str], Process] = {}
        for process in (one for diagram in self.diagrams for one in diagram.processes):
            self._take(process)
        self.unset = {
            name: dict.fromkeys(set_names(process)) for name, process in self.processes.items()
        }
        self.undone = {name: undone(process) for name, process in self.processes.items()}
        #: Whether anything waits for a condition: only then each step is looked at.
        self.conditional = any(
            event.kind == "conditional"
            for process in self.processes.values()
            for node in process.nodes.values()
            for event in node.events
        )
        #: Whether a condition is asked only after some variables change.
        self.watching = self.conditional and any(
            event.watches
            for process in self.processes.values()
            for node in process.nodes.values()
            for event in node.events
        )
        self.before = cache(self._before)

    def _take(self, process: Process) -> None:
        """Add a process; of several versions the last given is the latest."""
        before = self.processes.get(process.id)
        if before is not None and before.version_tag == process.version_tag:
            return
        self.processes[process.id] = process
        if process.version_tag:
            name = f"{process.id}:{process.version_tag}"
            self.processes[name] = replace(process, id=name)
            self.tagged[process.id, process.version_tag] = self.processes[name]

    def joined(self, processes: Iterable[Process], decisions: Decisions) -> "Plan":
        """Give the same plan with processes of other bundles."""
        return Plan((), decisions, (*self.processes.values(), *processes))

    def apart(self, process: Process) -> Container[str]:
        """Give the looping activities each of whose runs keeps what it sets until it completes.

        In the case of an item all: departments do not see each other's unfinished work. In a plain
        diagram what is there already is everybody's, as other engines have it.
        """
        return process.cohandlings if self.diagrams else process.nodes

    def starts(self, kind: str, name: str) -> Iterator[tuple[Process, Node, int]]:
        """List where a message or signal begins a process, and by which of the definitions.

        Beside the case of an item nothing begins: that would be a case of its own.
        """
        if not self.diagrams:
            return
        for process in (one for name, one in self.processes.items() if ":" not in name):
            for node in openings(process):
                for number, event in enumerate(node.events):
                    if event.kind == kind and event.ref == name:
                        yield process, node, number

    def receivers(self, sender: str) -> frozenset[str]:
        """List the nodes and processes that message flows lead to from a node; empty: none drawn.

        One that leads to somebody who is not in the files says nothing.
        """
        if not self.diagrams:
            return frozenset()
        known = {*self.processes, *(node for one in self.processes.values() for node in one.nodes)}
        drawn = {
            target
            for diagram in self.diagrams
            for source, target in diagram.message_flows
            if source == sender
        }
        return frozenset(drawn if drawn <= known else ())

    def named(self, name: str) -> str:
        """Give the name or code of a message, signal, error or escalation also for its id."""
        if any(name in diagram.names.values() for diagram in self.diagrams):
            return name
        found = (diagram.names[name] for diagram in self.diagrams if name in diagram.names)
        return next(found, name)

    def called(self, caller: Process, node: Node, name: str) -> Process | None:
        """Find the process a call names: any of that id, or the one with the tag it asks for.

        What was joined calls inside its own bundle.
        """
        name = joining.prefix_of(caller.id) + name
        if node.attributes.get("calledElementBinding") != "versionTag":
            return self.processes.get(name)
        return self.tagged.get((name, node.attributes.get("calledElementVersionTag", "")))

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


def begins(node: Node) -> bool:
    """Whether a node begins a process by an event of its own."""
    if node.type == "receiveTask":
        return bool(node.events) and node.attributes.get("instantiate") == "true"
    return node.type == "startEvent" and bool(node.events)


def gateway_before(process: Process, node: Node) -> Node | None:
    """Find the event gateway that begins the process with one of the events behind it."""
    origins = (process.nodes.get(process.flows[flow].source) for flow in node.incoming)
    return next((one for one in origins if one is not None and opens(one)), None)


def opens(node: Node) -> bool:
    """Whether a node is an event gateway that begins a process."""
    return node.type == "eventBasedGateway" and node.attributes.get("instantiate") == "true"


def openings(process: Process) -> list[Node]:
    """List the events that begin a process, those behind a gateway that begins it too."""
    found = []
    for node in process.within(None):
        behind = node.type in {"intermediateCatchEvent", "receiveTask"}
        if (begins(node) and not node.incoming) or (behind and gateway_before(process, node)):
            found.append(node)
    return found


def all_needed(node: Node) -> bool:
    """Whether an event of several definitions waits for all of them."""
    return len(node.events) > 1 and node.attributes.get("parallelMultiple") == "true"


def undone(process: Process) -> frozenset[str]:
    """Collect the activities that can be undone."""
    handled = {n.attached_to for n in process.nodes.values() if n.handler and n.attached_to}
    holders = {
        process.nodes[node.parent].parent
        for node in process.nodes.values()
        if node.parent and any(event.kind == "compensate" for event in node.events)
        if by_event(process.nodes[node.parent])
    }
    return frozenset(handled | {name for name in holders if name})


def by_event(node: Node) -> bool:
    """Whether a subprocess is started by an event instead of a flow."""
    return node.attributes.get("triggeredByEvent") == "true"


def first_nodes(process: Process, element: str | None) -> list[Node]:
    """List where tokens begin in a process or subprocess (BPMN 2.0, 13.3.4, 13.5.1): its plain
    start event (each is a beginning of its own; the first one drawn counts), or without any start
    event all that nothing leads to.
    """
    nodes = process.within(element)
    starts = [node for node in nodes if node.type == "startEvent"]
    if starts:
        return [node for node in starts if not node.events][:1]
    return [node for node in nodes if is_first(node) and not begins(node)]


def is_first(node: Node) -> bool:
    """Whether a token begins at a node because nothing leads to it."""
    if node.incoming or node.type == "boundaryEvent" or by_event(node):
        return False
    if node.attributes.get("isForCompensation") == "true" or opens(node):
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
    outside = [step.outside for step in process.steps.values() if step.outside is not None]
    names |= {name for one in outside for name in one.results}
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
