"""Loops that never rest: of flows, of links, of activities that are repeated."""

from collections.abc import Iterable, Mapping
from typing import Final

from engine.bpmn import elements
from engine.bpmn.check_constants import always_holds, is_never_taken
from engine.bpmn.check_structure import escapes, onwards, reachable, rescued
from engine.bpmn.check_waits import Waits, called_name, is_over
from engine.bpmn.findings import Findings, called
from engine.bpmn.model import EventDefinition, Node, Process
from forms.text import Text

_CHOOSING: Final = frozenset({"exclusiveGateway", "inclusiveGateway", "complexGateway"})
#: What only passes tokens on and changes no data; events only where they do nothing but lead on.
_IDLE: Final = frozenset(
    {"exclusiveGateway", "inclusiveGateway", "parallelGateway", "task", "manualTask"}
)
_EVENTS: Final = frozenset({"intermediateThrowEvent", "intermediateCatchEvent"})
_CATCHING: Final = frozenset(
    {"startEvent", "boundaryEvent", "intermediateCatchEvent", "receiveTask"}
)
_THROWING: Final = frozenset({"intermediateThrowEvent", "endEvent", "sendTask"})
#: Ends that may stop what runs beside them.
_STOPPING: Final = frozenset({"terminate", "error", "cancel"})


def check_restless(
    process: Process,
    findings: Findings,
    *,
    plain: bool = False,
    known: Mapping[str, Process] | None = None,
) -> None:
    """Report loops with nothing to wait for; ``known`` are the processes that may be called."""
    around = {process.id: process} | dict(known or {})
    waits = Waits(known)
    automatic = {n.id for n in process.nodes.values() if not waits.node(process, n)}
    _check_standard_loops(process, automatic, around, findings)
    automatic = _turning(process, automatic)
    reported: set[str] = set()
    for name in process.nodes:
        if name not in automatic or name in reported:
            continue
        ring = _ring(process, name, automatic)
        if not ring:
            continue
        reported |= ring
        if plain:
            ring &= reachable(process, [name], backwards=True)
            _judge(process, process.nodes[name], ring, around, findings)
        else:
            _endless(process.nodes[name], findings)


def _judge(
    process: Process,
    at: Node,
    ring: set[str],
    around: Mapping[str, Process],
    findings: Findings,
) -> None:
    """Report a loop of a plain diagram as far as it is sure that nothing leads out of it."""
    nodes = [process.nodes[name] for name in ring]
    thrown = _thrown(process, nodes, around)
    inside = [event for node in nodes if node.type == "boundaryEvent" for event in node.events]
    thrown = [one for one in thrown if not any(_catches(event, one) for event in inside)]
    if any(_is_caught(event, around) for event in thrown):
        return
    if _may_leave(process, ring):
        if all(_is_idle(process, node) for node in nodes):
            _unchanging(at, findings)
    elif not (any(map(is_over, nodes)) and _may_be_stopped(process, at)):
        _endless(at, findings, sure=not thrown)


def _endless(node: Node, findings: Findings, *, sure: bool = True) -> None:
    note = findings.error if sure else findings.warning
    note(
        "endless-loop",
        node,
        Text(
            f"从{called(node).zh}开始的循环里没有任何等待，会无休止地运行。",
            f"The loop at {called(node).en} has nothing to wait for: it could run for ever.",
        ),
        Text("请在循环里放一个用户任务或定时器。", "Put a user task or a timer into the loop."),
    )


def _unchanging(node: Node, findings: Findings) -> None:
    findings.warning(
        "endless-loop",
        node,
        Text(
            f"从{called(node).zh}开始的循环里既没有等待，也没有改变数据：条件不会变，走进去就出不来。",
            f"The loop at {called(node).en} has nothing to wait for and changes no data: its"
            " conditions stay as they are, and what goes round once goes round for ever.",
        ),
        Text(
            "请在循环里放一个用户任务、定时器，或改变数据的任务。",
            "Put a user task, a timer or a task that changes data into the loop.",
        ),
    )


def _check_standard_loops(
    process: Process, automatic: set[str], around: Mapping[str, Process], findings: Findings
) -> None:
    """Report activities that run again and again, whatever the data, with nothing to wait for."""
    for node in process.nodes.values():
        loop = node.loop
        if loop is None or loop.kind != "standard" or loop.maximum is not None:
            continue
        if node.id not in automatic or not always_holds(loop.completion):
            continue
        left = any(map(escapes, process.boundaries(node.id))) or rescued(process, node.parent)
        inside = node.type not in elements.TASKS or node.type == "callActivity"
        if not left and not (inside and _thrown(process, [node], around)):
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
    if any(process.nodes[f.source].type in _CHOOSING or f.condition for f in flows):
        return True
    ends = reachable(process, (flow.target for flow in flows))
    if any(event.kind in _STOPPING for name in ends for event in process.nodes[name].events):
        return True
    edges = (boundary for name in ring for boundary in process.boundaries(name))
    return any(edge.id not in ring and escapes(edge) for edge in edges)


def _may_be_stopped(process: Process, at: Node) -> bool:
    """Whether something else may end what runs on the level of a node."""
    ends = (event.kind for node in process.nodes.values() for event in node.events)
    return rescued(process, at.parent) or not _STOPPING.isdisjoint(ends)


def _is_idle(process: Process, node: Node) -> bool:
    """Whether a node only passes tokens on."""
    if process.boundaries(node.id) or node.loop is not None or node.mappings.outputs:
        return False
    leads_on = all(event.kind == "link" for event in node.events)
    return node.type in _IDLE or (node.type in _EVENTS and leads_on)


# --- what is thrown in a loop, and who catches it ---
def _thrown(
    process: Process, nodes: Iterable[Node], around: Mapping[str, Process]
) -> list[EventDefinition]:
    """List what nodes throw, and what is thrown in them; a link only leads on."""
    found: list[EventDefinition] = []
    seen: set[str] = set()
    stack = [(process, node) for node in nodes]
    while stack:
        here, node = stack.pop()
        if node.type in _THROWING:
            found += [event for event in node.events if event.kind not in {"link", "terminate"}]
        if node.type in elements.CONTAINERS:
            stack += [(here, inner) for inner in here.within(node.id)]
        target = around.get(called_name(node))
        if target is not None and target.id not in seen:
            seen.add(target.id)
            stack += [(target, inner) for inner in target.within(None)]
    return found


def _is_caught(event: EventDefinition, around: Mapping[str, Process]) -> bool:
    """Whether anybody known may catch an event; what is undone may lead anywhere."""
    nodes = (node for process in around.values() for node in process.nodes.values())
    catching = (node for node in nodes if node.type in _CATCHING)
    caught = any(_catches(one, event) for node in catching for one in node.events)
    return caught or event.kind == "compensate"


def _catches(one: EventDefinition, event: EventDefinition) -> bool:
    return one.kind == event.kind and one.ref in {"", event.ref}
