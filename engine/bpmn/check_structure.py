"""Check how a diagram hangs together: starts, ends, flows, references, ids."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from engine.bpmn import elements, source
from engine.bpmn.findings import Findings, called, flow_called
from engine.bpmn.model import Diagram, Flow, Node, Process
from engine.bpmn.source import BPMN
from forms.text import Text

#: Most flow nodes of one diagram: the engine walks them recursively.
MAX_NODES: Final = 300

#: What has a level of its own in which ways begin and end.
_LEVELS: Final = frozenset({"subProcess", "transaction"})
_DRAW_FLOW = Text(
    "请用顺序流把它连到流程中，或删除它。", "Connect it with sequence flows, or delete it."
)


@dataclass(frozen=True)
class Place:
    """An id and a line, for what has no node."""

    id: str
    line: int


def check_structure(process: Process, findings: Findings) -> None:
    """Report every structural fault of one process."""
    scopes: list[str | None] = [None]
    scopes += [n.id for n in process.nodes.values() if n.type in _LEVELS]
    for scope in scopes:
        _check_scope(process, scope, findings)
    for flow in process.flows.values():
        check_flow(process, flow, findings)
    for node in process.nodes.values():
        check_ends(node, findings)
        _check_ways(process, node, findings)
        check_references(process, node, findings)


def is_too_large(process: Process, findings: Findings) -> bool:
    """Report a process with more nodes than we run; it is not looked at any closer."""
    size = max(len(process.nodes), len(process.flows) // 2)
    if size <= MAX_NODES:
        return False
    findings.error(
        "too-many-nodes",
        process,
        Text(
            f"流程有 {size} 个节点，超过 {MAX_NODES} 个。",
            f"The process has {size} nodes, more than {MAX_NODES}.",
        ),
        Text("请拆分为几个事项。", "Split it into several items."),
    )
    return True


def by_event(node: Node) -> bool:
    """Whether a subprocess is started by an event instead of a flow."""
    return node.attributes.get("triggeredByEvent") == "true"


def escapes(boundary: Node) -> bool:
    """Whether an event on an edge takes the token away from its activity."""
    return boundary.interrupting and all(e.kind != "compensate" for e in boundary.events)


def rescued(process: Process, scope: str | None) -> bool:
    """Whether something may interrupt a level from outside of its flow."""
    at: str | None = scope
    while True:
        inside = (node for node in process.within(at) if by_event(node))
        if any(start.interrupting for node in inside for start in process.within(node.id)):
            return True
        if at is None:
            return False
        if any(map(escapes, process.boundaries(at))):
            return True
        at = process.nodes[at].parent


def check_file(diagram: Diagram, findings: Findings, running: frozenset[str] = frozenset()) -> None:
    """Report faults of the file as a whole: ids, and which process runs.

    ``running``: the ids of the processes that run, those that are called included.
    """
    check_ids(diagram, findings)
    executable = [process for process in diagram.processes if process.executable]
    if not executable:
        findings.error(
            "not-executable",
            diagram.processes[0],
            Text("流程没有标为可执行。", "The process is not marked executable."),
            Text("请在流程属性中设置 isExecutable=true。", "Set isExecutable=true on the process."),
        )
    for process in executable[1:]:
        if process.id in running:
            continue
        findings.error(
            "several-processes",
            process,
            Text(
                f"文件里有多个可执行流程，没有谁调用“{process.id}”，它不会运行。",
                f"The file has several executable processes; nothing calls '{process.id}', so it"
                " would never run.",
            ),
            Text(
                "请用调用活动调用它；只作图示的泳池请设为不可执行。",
                "Call it; mark pools that are only pictures not executable.",
            ),
        )


def check_ids(diagram: Diagram, findings: Findings) -> None:
    """Report flow nodes without an id, and ids that stand twice."""
    root = diagram.tree.getroot()
    model = list(root.iter(f"{{{BPMN}}}*"))
    counts = Counter(e.get("id") for e in model)
    seen: set[str] = set()
    for element in model:
        identity = element.get("id")
        kind = source.local(element)
        if identity is None:
            if kind in elements.NODE_TYPES:
                _without_id(kind, source.line(element), findings)
        elif counts[identity] > 1:
            if identity in seen:
                _twice(identity, source.line(element), findings)
            seen.add(identity)


def _without_id(kind: str, line: int, findings: Findings) -> None:
    findings.note(
        "error",
        "missing-id",
        None,
        line,
        Text(f"<{kind}> 没有 id。", f"An element <{kind}> has no id."),
        Text("请给它一个唯一的 id。", "Give it an id of its own."),
    )


def _twice(identity: str, line: int, findings: Findings) -> None:
    findings.error(
        "duplicate-id",
        Place(identity, line),
        Text(f"id“{identity}”重复使用。", f"The id '{identity}' is used twice."),
        Text("请给每个元素不同的 id。", "Give every element an id of its own."),
    )


def _check_scope(process: Process, scope: str | None, findings: Findings) -> None:
    nodes = process.within(scope)
    at = process.nodes[scope] if scope else process
    starts = [n for n in nodes if n.type == "startEvent"]
    where = Text("流程", "The process") if scope is None else Text("子流程", "The subprocess")
    if not nodes or (scope is None and not starts):
        findings.error(
            "no-start",
            at,
            Text(f"{where.zh}没有开始事件。", f"{where.en} has no start event."),
            Text("请画一个开始事件。", "Draw one start event."),
        )
    for extra in starts[1:] if scope is not None else ():  # at the top: check_beginnings
        findings.error(
            "several-starts",
            extra,
            Text(f"{where.zh}有多个开始事件。", f"{where.en} has several start events."),
            Text("请只保留一个开始事件。", "Keep one start event."),
        )
    ends = [n.id for n in nodes if ends_here(process, n)]
    if not ends:
        findings.error(
            "no-end",
            at,
            Text(f"{where.zh}没有结束事件。", f"{where.en} has no end event."),
            Text("请画至少一个结束事件。", "Draw at least one end event."),
        )
    begins = [n.id for n in nodes if begins_here(n) or (not starts and is_first(n))]
    _check_reach(process, nodes, (begins, ends), findings)


def begins_here(node: Node) -> bool:
    """Whether a way begins at a node: a start, where a link comes out, what undoes something."""
    link = node.type == "intermediateCatchEvent" and _is(node, "link")
    return node.type == "startEvent" or link or _undoes(node)


def ends_here(process: Process, node: Node) -> bool:
    """Whether a way ends at a node: nothing follows it, not even the other end of a link."""
    return not node.outgoing and not by_event(node) and not _link_ends(process, node, catch=True)


def is_first(node: Node) -> bool:
    """Whether nothing leads to a node of the flow."""
    return not node.incoming and node.attached_to is None and not by_event(node)


def _is(node: Node, kind: str) -> bool:
    return any(event.kind == kind for event in node.events)


def _undoes(node: Node) -> bool:
    return node.attributes.get("isForCompensation") == "true"


def _check_reach(
    process: Process,
    nodes: tuple[Node, ...],
    limits: tuple[list[str], list[str]],
    findings: Findings,
) -> None:
    begins, ends = limits
    ahead = reachable(process, begins)
    back = reachable(process, ends, backwards=True)
    for node in nodes:
        if by_event(node):
            continue
        if begins and node.id not in ahead:
            findings.error(
                "unreachable",
                node,
                Text(f"{called(node).zh}永远走不到。", f"Nothing leads to {called(node).en}."),
                _DRAW_FLOW,
            )
        elif node.outgoing and ends and node.id not in back:
            findings.error(
                "no-way-out",
                node,
                Text(
                    f"从{called(node).zh}走不到任何结束事件。",
                    f"No way leads from {called(node).en} to an end event.",
                ),
                Text("请为这个循环画一条出路。", "Draw a way out of this loop."),
            )


def reachable(
    process: Process, start: Iterable[str], *, backwards: bool = False, without: str = ""
) -> set[str]:
    """Collect the nodes of one scope that can be reached, at boundary events and by links too."""
    seen: set[str] = {without}
    stack = [name for name in start if name in process.nodes]
    while stack:
        name = stack.pop()
        if name in seen:
            continue
        seen.add(name)
        stack.extend(back_from(process, name) if backwards else onwards(process, name))
    return seen - {without}


def after(process: Process, name: str) -> list[str]:
    """List the nodes right behind a node: along its flows and at its boundary events."""
    found = [process.flows[f].target for f in process.nodes[name].outgoing]
    found += [boundary.id for boundary in process.boundaries(name)]
    return [target for target in found if target in process.nodes]


def before(process: Process, name: str) -> list[str]:
    """List the nodes right before a node: along its flows, or the activity it sits on."""
    node = process.nodes[name]
    found = [process.flows[f].source for f in node.incoming]
    if node.attached_to:
        found.append(node.attached_to)
    return [origin for origin in found if origin in process.nodes]


def onwards(process: Process, name: str) -> list[str]:
    """List what follows a node: what is right behind it, and where its link comes out."""
    return after(process, name) + _link_ends(process, process.nodes[name], catch=True)


def back_from(process: Process, name: str) -> list[str]:
    """List what a node follows: what is right before it, and what throws its link."""
    return before(process, name) + _link_ends(process, process.nodes[name], catch=False)


def _link_ends(process: Process, node: Node, *, catch: bool) -> list[str]:
    """List the other ends of a node's links: those that catch what it throws, or throw to it."""
    if not node.events:
        return []
    here, there = "intermediateThrowEvent", "intermediateCatchEvent"
    if not catch:
        here, there = there, here
    names = [e.ref for e in node.events if e.kind == "link"] if node.type == here else ()
    ends = (other for name in names for other in process.linked(node.parent, name))
    return [other.id for other in ends if other.type == there]


def check_flow(process: Process, flow: Flow, findings: Findings) -> None:
    """Report a flow that leads from or to nothing, or across a subprocess's border."""
    for reference, end in ((flow.source, "sourceRef"), (flow.target, "targetRef")):
        if reference in process.nodes:
            continue
        findings.error(
            "dangling-flow",
            flow,
            Text(
                f"{flow_called(flow).zh}的 {end} 指向不存在的节点“{reference}”。",
                f"The {end} of {flow_called(flow).en} names no node: '{reference}'.",
            ),
            Text("请重新连接这条顺序流。", "Connect this flow again."),
        )
    origin, target = process.nodes.get(flow.source), process.nodes.get(flow.target)
    if origin and target and origin.parent != target.parent:
        findings.error(
            "flow-across",
            flow,
            Text(
                f"{flow_called(flow).zh}穿过了子流程的边界。",
                f"The {flow_called(flow).en} crosses the border of a subprocess.",
            ),
            Text(
                "顺序流只能连接同一层的节点。",
                "Connect nodes of the same level, or the subprocess itself.",
            ),
        )


def check_references(process: Process, node: Node, findings: Findings) -> None:
    """Report a default flow or an activity that a node names and that is not there."""
    if node.default is not None and node.default not in node.outgoing:
        findings.error(
            "dangling-default",
            node,
            Text(
                f"{called(node).zh}的默认顺序流“{node.default}”不是从它出发的。",
                f"The default flow '{node.default}' does not leave {called(node).en}.",
            ),
            Text("请重新指定默认顺序流。", "Choose its default flow again."),
        )
    if node.type == "boundaryEvent" and node.attached_to not in process.nodes:
        findings.error(
            "dangling-boundary",
            node,
            Text(
                f"{called(node).zh}所附着的活动“{node.attached_to or ''}”不存在。",
                f"The activity '{node.attached_to or ''}' that carries {called(node).en}"
                " does not exist.",
            ),
            Text("请把它放到一个任务或子流程的边上。", "Put it on the border of a task."),
        )


def check_ends(node: Node, findings: Findings) -> None:
    """Report a flow into a start or out of an end."""
    name = called(node)
    if node.type in {"startEvent", "boundaryEvent"} and node.incoming:
        findings.error(
            "flow-into-start",
            node,
            Text(f"顺序流不能进入{name.zh}。", f"No flow may lead into {name.en}."),
            Text("请把它连到后面的节点。", "Lead it to the node behind."),
        )
    if node.type == "endEvent" and node.outgoing:
        findings.error(
            "flow-out-of-end",
            node,
            Text(f"顺序流不能离开{name.zh}。", f"No flow may leave {name.en}."),
            Text("请删除这条顺序流。", "Delete this flow."),
        )


def _check_ways(process: Process, node: Node, findings: Findings) -> None:
    name = called(node)
    parent = process.nodes.get(node.parent or "")
    free = by_event(node) or _undoes(node) or _is(node, "link") or _is(node, "compensate")
    if parent is not None and parent.type == "adHocSubProcess":
        free = True
    if node.type != "endEvent" and not node.outgoing and not free:
        findings.warning(
            "dead-end",
            node,
            Text(f"{name.zh}之后没有去处，在此结束。", f"Nothing follows {name.en}: it ends."),
            Text("请连到下一步或结束事件。", "Connect it to the next step or to an end event."),
        )
    flows = [process.flows[flow] for flow in node.outgoing]
    chosen = node.default is not None or any(flow.condition is not None for flow in flows)
    if node.type not in elements.GATEWAYS and len(flows) > 1 and not chosen:
        findings.warning(
            "several-ways",
            node,
            Text(f"{name.zh}有多条去路，会同时走。", f"All flows that leave {name.en} are taken."),
            Text(
                "请用网关分开：排他网关选一条，并行网关全走。",
                "Split with a gateway: exclusive for one way, parallel for all.",
            ),
        )
