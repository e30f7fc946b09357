"""Check a plain diagram: only what BPMN 2.0 itself asks for, nothing of approvals."""

from collections.abc import Mapping
from typing import Final

from engine.bpmn import elements, plain_rules, source
from engine.bpmn.check_answers import check_answers
from engine.bpmn.check_children import check_children
from engine.bpmn.check_constants import check_constants
from engine.bpmn.check_constructs import check_known
from engine.bpmn.check_data import check_data
from engine.bpmn.check_message_flows import check_message_flows
from engine.bpmn.check_plain_calls import check_calls
from engine.bpmn.check_plain_ends import check_failures
from engine.bpmn.check_plain_nodes import check_node
from engine.bpmn.check_plain_scopes import check_scope
from engine.bpmn.check_plain_texts import check_texts
from engine.bpmn.check_structure import (
    check_ends,
    check_flow,
    check_ids,
    check_references,
)
from engine.bpmn.check_tokens import check_plain_tokens
from engine.bpmn.check_vendors import check_vendor_text, owner
from engine.bpmn.findings import Findings
from engine.bpmn.model import Diagram, Process
from engine.bpmn.source import VENDORS
from engine.problems import Problem
from forms.text import Text

#: Most flow nodes of one file.
MAX_NODES: Final = 3000
#: Values of a setting that leave it unset.
_OFF: Final = frozenset({"", "false"})


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
    if _is_too_large(diagram, findings):
        return findings.sorted()
    known = {**(others or {}), **{one.id: one for one in diagram.processes}}
    for process in diagram.processes:
        _check_process(process, findings)
        for node in process.nodes.values():
            check_node(process, node, findings, plain=True)
        check_texts(process, decisions, findings)
        check_constants(process, findings)
        check_data(diagram, process, findings)
        check_plain_tokens(process, findings, known)
        check_failures(process, known, findings)
    check_calls(diagram, others, findings)
    check_message_flows(diagram, findings)
    check_answers(diagram, findings)
    _check_elements(diagram, findings)
    return findings.sorted()


def _is_too_large(diagram: Diagram, findings: Findings) -> bool:
    """Report a file with more nodes than we run; it is not looked at any closer."""
    nodes = sum(len(process.nodes) for process in diagram.processes)
    flows = sum(len(process.flows) for process in diagram.processes)
    if max(nodes, flows // 2, len(diagram.processes) * 10) <= MAX_NODES:
        return False
    size = max(diagram.processes, key=lambda one: len(one.nodes))
    findings.error(
        "too-many-nodes",
        size,
        Text(f"图超过 {MAX_NODES} 个节点。", f"The diagram has more than {MAX_NODES} nodes."),
        Text("请拆分为几个流程。", "Split it into several processes."),
    )
    return True


def _check_process(process: Process, findings: Findings) -> None:
    for flow in process.flows.values():
        check_flow(process, flow, findings)
    for node in process.nodes.values():
        check_ends(node, findings)
        check_references(process, node, findings)
    scopes = [None, *(n.id for n in process.nodes.values() if n.type in elements.CONTAINERS)]
    for scope in scopes:
        check_scope(process, scope, findings)


def _check_elements(diagram: Diagram, findings: Findings) -> None:
    """Look for elements that nobody knows and for programs of other tools."""
    known = {process.id: process for process in diagram.processes}
    for root in diagram.tree.getroot().findall(f"{{{source.BPMN}}}process"):
        process = known.get(root.get("id", ""))
        if process is None:  # only some of its processes are looked at
            continue
        for child in root.iter():
            _check_element(child, process, findings)


def _check_element(element: source.Element, process: Process, findings: Findings) -> None:
    tag, parent = source.local(element), element.getparent()
    if parent is None or not tag:
        return
    container = source.local(parent) in elements.CONTAINERS | {"process"}
    if container and source.namespace(element) == source.BPMN:
        check_known(element, process, findings)
    check_children(element, process, findings)
    check_vendor_text(element, process, findings)
    label = plain_rules.PROGRAMS.get(tag)
    if label is not None and source.namespace(element) in VENDORS | {plain_rules.DROOLS}:
        findings.error(
            "not-run",
            owner(element, process),
            Text(
                f"{label.zh}是程序，不会被执行。",
                f"Programs never run here, and this is one: {label.en}.",
            ),
            Text(
                "请删除它，用脚本任务（FEEL）、消息或服务任务来表达。",
                "Delete it; say it with a script task (FEEL), a message or a service task.",
            ),
        )
    for key, value in element.attrib.items():
        space, _, name = str(key)[1:].rpartition("}")
        if space in VENDORS and name in plain_rules.FOREIGN and value not in _OFF:
            _foreign(element, process, name, findings)


def _foreign(element: source.Element, process: Process, name: str, findings: Findings) -> None:
    findings.error(
        "not-run",
        owner(element, process),
        Text(f"设置 {name} 不支持。", f"The setting {name} is not supported."),
        Text("请删除它，用 BPMN 的元素来表达。", "Delete it; say it with elements of BPMN."),
    )


def _empty(process: Process, findings: Findings) -> None:
    findings.error(
        "no-start",
        process,
        Text("流程里什么都没有。", "There is nothing in the process."),
        Text("请画一个开始事件和要做的事。", "Draw a start event and what is to be done."),
    )
