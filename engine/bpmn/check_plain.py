"""Check a plain diagram: only what BPMN 2.0 itself asks for, nothing of approvals."""

from collections.abc import Mapping
from typing import Final

from engine.bpmn import elements, plain_rules, source
from engine.bpmn.check_constructs import check_known
from engine.bpmn.check_plain_nodes import check_node
from engine.bpmn.check_plain_texts import check_texts
from engine.bpmn.check_structure import (
    Place,
    by_event,
    check_ends,
    check_flow,
    check_ids,
    check_references,
    reachable,
)
from engine.bpmn.check_tokens import check_plain_tokens
from engine.bpmn.findings import Findings, called
from engine.bpmn.model import Diagram, Node, Process
from engine.bpmn.source import VENDORS
from engine.problems import Problem
from forms.text import Text

#: Most flow nodes of one process.
MAX_NODES: Final = 3000
#: Up to this many nodes the ways of tokens are tried out.
_MOST_PLAYED: Final = 300


def check_plain(
    diagram: Diagram,
    *,
    decisions: Mapping[str, frozenset[str]] | None = None,
    others: Mapping[str, Process] | None = None,
) -> list[Problem]:
    """Report everything that keeps a diagram from running as BPMN 2.0 says.

    ``decisions``: the known DMN decisions, None to accept any. ``others``: the processes that may
    be called besides its own, None to accept any.
    """
    findings = Findings(diagram.file)
    check_ids(diagram, findings)
    if not any(process.nodes for process in diagram.processes):
        _empty(diagram.processes[0], findings)
    for process in diagram.processes:
        if len(process.nodes) > MAX_NODES or len(process.flows) > 2 * MAX_NODES:
            _too_large(process, findings)
            continue
        _check_process(diagram, process, findings)
        for node in process.nodes.values():
            check_node(process, node, findings)
        check_texts(process, decisions, findings)
        _check_calls(diagram, process, others, findings)
        if len(process.nodes) <= _MOST_PLAYED:
            check_plain_tokens(process, findings)
    return findings.sorted()


def _check_process(diagram: Diagram, process: Process, findings: Findings) -> None:
    for flow in process.flows.values():
        check_flow(process, flow, findings)
    for node in process.nodes.values():
        check_ends(node, findings)
        check_references(process, node, findings)
    scopes = [None, *(n.id for n in process.nodes.values() if n.type in elements.CONTAINERS)]
    for scope in scopes:
        _check_scope(process, scope, findings)
    for element in diagram.tree.iter():
        if element.get("id") == process.id and source.local(element) == "process":
            for child in element.iter():
                _check_element(child, process, findings)


def _check_element(element: source.Element, process: Process, findings: Findings) -> None:
    tag, parent = source.local(element), element.getparent()
    if parent is None or not tag:
        return
    container = source.local(parent) in elements.CONTAINERS | {"process"}
    if container and source.namespace(element) == source.BPMN:
        check_known(element, process, findings)
    label = plain_rules.PROGRAMS.get(tag)
    if label is not None and source.namespace(element) in VENDORS:
        holder = parent.getparent()
        owner = process.id if holder is None else holder.get("id", process.id)
        findings.error(
            "not-run",
            Place(owner, source.line(element)),
            Text(f"{label.zh}是程序，不会被执行。", f"A {label.en} is a program; it never runs."),
            Text(
                "请删除它，用脚本任务（FEEL）、消息或服务任务来表达。",
                "Delete it; say it with a script task (FEEL), a message or a service task.",
            ),
        )


def _empty(process: Process, findings: Findings) -> None:
    findings.error(
        "no-start",
        process,
        Text("流程里什么都没有。", "There is nothing in the process."),
        Text("请画一个开始事件和要做的事。", "Draw a start event and what is to be done."),
    )


def _too_large(process: Process, findings: Findings) -> None:
    findings.error(
        "too-many-nodes",
        process,
        Text(f"流程超过 {MAX_NODES} 个节点。", f"The process has more than {MAX_NODES} nodes."),
        Text("请拆分为几个流程。", "Split it into several processes."),
    )


def _check_scope(process: Process, scope: str | None, findings: Findings) -> None:
    nodes = process.within(scope)
    starts = [node for node in nodes if node.type == "startEvent"]
    plain = [node for node in starts if not node.events]
    holder = process.nodes.get(scope or "")
    if holder is not None and holder.type == "adHocSubProcess":
        return
    for extra in plain[1:]:
        findings.error(
            "several-starts",
            extra,
            Text(
                "有多个无类型的开始事件，无法知道从哪里开始。",
                "There are several start events without a trigger: which one begins is not said.",
            ),
            Text(
                "请只保留一个，或给其他的加上消息、信号或定时触发。",
                "Keep one, or give the others a message, a signal or a timer.",
            ),
        )
    if holder is not None and not nodes:
        findings.error(
            "no-start",
            holder,
            Text(f"{called(holder).zh}里什么都没有。", f"There is nothing in {called(holder).en}."),
            Text("请画出里面要做的事，或删除它。", "Draw what is to be done, or delete it."),
        )
    if starts:
        _check_unreachable(process, nodes, starts, findings)
    _check_way_out(process, nodes, findings)


def _check_unreachable(
    process: Process, nodes: tuple[Node, ...], starts: list[Node], findings: Findings
) -> None:
    begins = [node.id for node in starts]
    begins += [n.id for n in nodes if n.type == "intermediateCatchEvent" and _is(n, "link")]
    begins += [n.id for n in nodes if n.attributes.get("isForCompensation") == "true"]
    begins += [n.id for n in nodes if n.attributes.get("instantiate") == "true"]
    ahead = reachable(process, begins)
    for node in nodes:
        if node.id not in ahead and not by_event(node) and node.attached_to is None:
            findings.error(
                "unreachable",
                node,
                Text(f"{called(node).zh}永远走不到。", f"Nothing leads to {called(node).en}."),
                Text(
                    "请用顺序流把它连到流程中，或删除它。",
                    "Connect it with sequence flows, or delete it.",
                ),
            )


def _check_way_out(process: Process, nodes: tuple[Node, ...], findings: Findings) -> None:
    ends = [node.id for node in nodes if not node.outgoing and not by_event(node)]
    back = reachable(process, ends, backwards=True)
    for node in nodes:
        if node.id not in back and not by_event(node):
            findings.error(
                "no-way-out",
                node,
                Text(
                    f"从{called(node).zh}走不到任何结束。",
                    f"No way leads from {called(node).en} to an end.",
                ),
                Text("请为这个循环画一条出路。", "Draw a way out of this loop."),
            )


def _is(node: Node, kind: str) -> bool:
    return any(event.kind == kind for event in node.events)


def _check_calls(
    diagram: Diagram, process: Process, others: Mapping[str, Process] | None, findings: Findings
) -> None:
    known = {**(others or {}), **{one.id: one for one in diagram.processes}}
    for node in process.nodes.values():
        if node.type != "callActivity":
            continue
        name = node.attributes.get("calledElement", "").strip()
        if not name or name.startswith(("=", "${", "#{")):
            continue
        called_process = known.get(name.rpartition(":")[2])
        if called_process is None and others is not None:
            findings.error(
                "process-elsewhere",
                node,
                Text(
                    f"{called(node).zh}调用的流程“{name}”不存在。",
                    f"The process '{name}' that {called(node).en} calls does not exist.",
                ),
                Text("请同时给出它的文件，或改正名称。", "Give its file too, or mend the name."),
            )
        elif called_process is not None and calls_itself(process, called_process, known):
            findings.error(
                "endless-calls",
                node,
                Text(
                    f"{called(node).zh}的调用又回到自己，中间没有任何等待。",
                    f"The calls from {called(node).en} come back to it without any wait.",
                ),
                Text("请在中间放一个任务或事件，或断开循环。", "Put a task between, or cut it."),
            )


def calls_itself(process: Process, first: Process, known: Mapping[str, Process]) -> bool:
    """Whether calls lead from a process back to a caller over processes in which nothing waits."""
    seen: set[str] = set()
    stack = [first]
    while stack:
        here = stack.pop()
        if here.id in seen or _waits(here):
            continue
        if here is process:
            return True
        seen.add(here.id)
        names = (n.attributes.get("calledElement", "") for n in here.nodes.values())
        stack += [known[name] for name in names if name in known]
    return False


def _waits(process: Process) -> bool:
    return any(
        node.type in {"userTask", "receiveTask", "intermediateCatchEvent", "eventBasedGateway"}
        for node in process.nodes.values()
    )
