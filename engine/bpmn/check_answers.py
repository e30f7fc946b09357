"""Check for events that answer themselves: what they begin throws them again, and nothing waits."""

from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Final

from engine.bpmn.check_structure import by_event
from engine.bpmn.check_waits import Waits
from engine.bpmn.findings import Findings, called
from engine.bpmn.model import Diagram, EventDefinition, Node, Process
from forms.text import Text

_KINDS: Final = frozenset({"message", "signal"})
_THROWING: Final = frozenset({"intermediateThrowEvent", "endEvent", "sendTask"})
_JOINING: Final = frozenset({"parallelGateway", "inclusiveGateway", "complexGateway"})

#: A node of a process, or an event that is thrown: its kind, its name, and where it stays inside.
_Place = tuple[str, str, str]


def check_answers(diagram: Diagram, findings: Findings) -> None:
    """Warn of messages and signals of one file that go round without a choice or a wait."""
    ahead = _ahead(diagram)
    told: set[_Place] = set()
    for event in [place for place in ahead if place[0] in _KINDS]:
        ring = _round(ahead, event) if event not in told else set()
        told |= ring
        throws = (n for _, at, n in _nodes(diagram) if at in ring and event in ahead.get(at, ()))
        for node in islice(throws, 1):
            _answers_itself(node, findings)


def _nodes(diagram: Diagram) -> Iterator[tuple[Process, _Place, Node]]:
    for process in diagram.processes:
        for node in process.nodes.values():
            yield process, ("node", process.id, node.id), node


def _ahead(diagram: Diagram) -> dict[_Place, set[_Place]]:
    """Give what follows at once on each node, and on each event that is thrown."""
    ahead: dict[_Place, set[_Place]] = {}
    awaited = set(_awaited(diagram.processes))
    elsewhere = _sent_elsewhere(diagram)
    waits = Waits()
    for process, place, node in _nodes(diagram):
        if not waits.node(process, node) and not _may_stop(process, node):
            ahead[place] = set(_onwards(process, node, elsewhere))
        for event in _caught(process, node):
            if event.key is None and (event.kind == "signal" or event.ref not in awaited):
                ahead.setdefault(_thrown(process, event), set()).add(place)
    return ahead


def _sent_elsewhere(diagram: Diagram) -> set[str]:
    """Collect the nodes whose message flows lead only to what catches nothing in the file."""
    catching = {
        name
        for process, _, node in _nodes(diagram)
        if any(_caught(process, node))
        for name in (process.id, node.id)
    }
    flows = diagram.message_flows
    return {source for source, _ in flows} - {one for one, target in flows if target in catching}


def _awaited(processes: Sequence[Process]) -> Iterator[str]:
    """List the messages that something in a flow waits for: it may take them instead."""
    for process in processes:
        for node in process.nodes.values():
            if node.type in {"intermediateCatchEvent", "receiveTask"}:
                yield from (event.ref for event in node.events if event.kind == "message")


def _may_stop(process: Process, node: Node) -> bool:
    """Whether a node has a choice, or waits for other tokens."""
    if len(node.incoming) > 1 and node.type in _JOINING:
        return True
    flows = [process.flows[name] for name in node.outgoing]
    chooses = len(flows) > 1 and node.type.endswith("Gateway") and node.type != "parallelGateway"
    return chooses or any(flow.condition for flow in flows)


def _onwards(process: Process, node: Node, elsewhere: set[str]) -> Iterator[_Place]:
    for name in node.outgoing:
        yield "node", process.id, process.flows[name].target
    for event in node.events if node.type in _THROWING else ():
        outside = event.kind == "message" and node.id in elsewhere
        if event.kind in _KINDS and event.ref and not outside:
            yield _thrown(process, event)


def _thrown(process: Process, event: EventDefinition) -> _Place:
    return event.kind, event.ref, process.id if event.inner else ""


def _caught(process: Process, node: Node) -> Iterator[EventDefinition]:
    """List what a node catches as often as it comes."""
    around = process.nodes.get(node.parent or "")
    begins = node.type == "startEvent" and (around is None or by_event(around))
    beside = around is None or not node.interrupting
    edge = node.type == "boundaryEvent" and not node.interrupting
    if edge or (begins and beside):
        yield from (event for event in node.events if event.kind in _KINDS and event.ref)


def _round(ahead: dict[_Place, set[_Place]], start: _Place) -> set[_Place]:
    """Collect what lies behind a place that leads back to itself; empty when it does not."""
    seen: set[_Place] = set()
    stack = list(ahead[start])
    while stack:
        here = stack.pop()
        if here not in seen:
            seen.add(here)
            stack.extend(ahead.get(here, ()))
    return seen if start in seen else set()


def _answers_itself(node: Node, findings: Findings) -> None:
    findings.warning(
        "endless-loop",
        node,
        Text(
            f"{called(node).zh}抛出的事件又引出它自己，中间没有等待也没有选择：会无休止地运行。",
            f"What the {called(node).en} throws leads back to it without a wait or a choice: it"
            " would run for ever.",
        ),
        Text(
            "请在中间放一个任务、定时器或条件，或换一个事件名称。",
            "Put a task, a timer or a condition between, or throw another event.",
        ),
    )
