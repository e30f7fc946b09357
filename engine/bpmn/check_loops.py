"""Loops that never rest: of flows, of links, of activities that are repeated."""

from typing import Final

from engine.bpmn import elements
from engine.bpmn.check_constants import always_holds, is_never_taken
from engine.bpmn.check_structure import escapes, onwards, reachable, rescued
from engine.bpmn.findings import Findings, called
from engine.bpmn.model import Node, Process
from forms.text import Text

_WAITING: Final = frozenset(
    {"userTask", "receiveTask", "serviceTask", "eventBasedGateway", "callActivity"}
)


def _waits(process: Process, node: Node) -> bool:
    if node.type in _WAITING:
        return True
    if node.type == "intermediateCatchEvent":
        return all(event.kind != "link" for event in node.events)
    return node.type in elements.CONTAINERS and any(
        _waits(process, n) for n in process.within(node.id)
    )


def check_restless(process: Process, findings: Findings, *, plain: bool = False) -> None:
    """Report loops with nothing to wait for."""
    automatic = {n.id for n in process.nodes.values() if not _waits(process, n)}
    _check_standard_loops(process, automatic, findings)
    automatic = _turning(process, automatic)
    reported: set[str] = set()
    for name in process.nodes:
        if name not in automatic or name in reported:
            continue
        ring = _ring(process, name, automatic)
        if not ring:
            continue
        reported |= ring
        if plain and _may_leave(process, ring & reachable(process, [name], backwards=True)):
            continue
        _endless(process.nodes[name], findings)


def _endless(node: Node, findings: Findings) -> None:
    findings.error(
        "endless-loop",
        node,
        Text(
            f"从{called(node).zh}开始的循环里没有任何等待，会无休止地运行。",
            f"The loop at {called(node).en} has nothing to wait for: it could run for ever.",
        ),
        Text("请在循环里放一个用户任务或定时器。", "Put a user task or a timer into the loop."),
    )


def _check_standard_loops(process: Process, automatic: set[str], findings: Findings) -> None:
    """Report tasks that run again and again, whatever the data, with nothing to wait for."""
    for node in process.nodes.values():
        loop = node.loop
        if loop is None or loop.kind != "standard" or loop.maximum is not None:
            continue
        if node.id not in automatic or node.type not in elements.TASKS:
            continue
        left = any(map(escapes, process.boundaries(node.id))) or rescued(process, node.parent)
        if always_holds(loop.completion) and not left:
            _endless(node, findings)


def _turning(process: Process, automatic: set[str]) -> set[str]:
    """Leave out the automatic nodes behind which all ways end or wait: they are in no loop."""
    ahead = {n: {t for t in onwards(process, n) if t in automatic} for n in automatic}
    back: dict[str, list[str]] = {}
    for name, targets in ahead.items():
        for target in targets:
            back.setdefault(target, []).append(name)
    idle = [name for name, targets in ahead.items() if not targets]
    for name in idle:
        for origin in back.get(name, ()):
            ahead[origin].discard(name)
            if not ahead[origin]:
                idle.append(origin)
    return automatic.difference(idle)


def _ring(process: Process, name: str, automatic: set[str]) -> set[str]:
    """Collect the automatic nodes behind one that leads back to itself; empty when it does not."""
    seen: set[str] = set()
    stack = [target for target in onwards(process, name) if target in automatic]
    while stack:
        here = stack.pop()
        if here not in seen:
            seen.add(here)
            stack.extend(target for target in onwards(process, here) if target in automatic)
    return seen if name in seen else set()


def _may_leave(process: Process, ring: set[str]) -> bool:
    """Whether a condition somewhere in a loop may lead out of it."""
    leading = (f for f in process.flows.values() if f.source in ring and f.target not in ring)
    flows = [flow for flow in leading if not is_never_taken(process, flow)]
    choosing = {"exclusiveGateway", "inclusiveGateway", "complexGateway"}
    if any(process.nodes[f.source].type in choosing or f.condition for f in flows):
        return True
    edges = (boundary for name in ring for boundary in process.boundaries(name))
    throws = any(_throws(process.nodes[name]) for name in ring)
    return throws or any(edge.id not in ring and escapes(edge) for edge in edges)


def _throws(node: Node) -> bool:
    """Whether a node throws what may be caught outside of a loop; a link only leads on."""
    link = any(event.kind == "link" for event in node.events)
    return node.type == "intermediateThrowEvent" and not link
