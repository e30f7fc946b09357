"""Check the calls between plain diagrams: that what is called exists, begins, and ever ends."""

from collections.abc import Mapping

from engine.bpmn import source
from engine.bpmn.check_recursion import Recursion
from engine.bpmn.check_waits import calls
from engine.bpmn.findings import Findings, called
from engine.bpmn.model import Diagram, Node, Process
from forms.text import Text


def check_calls(diagram: Diagram, others: Mapping[str, Process] | None, findings: Findings) -> None:
    """Report every call that cannot be made, and calls that come back to themselves."""
    known = {**(others or {}), **{one.id: one for one in diagram.processes}}
    tasks = _global_tasks(diagram)
    recursion = Recursion(known, findings)
    for process in diagram.processes:
        for node, name in calls(process):
            target = known.get(name)
            if target is None:
                if name in tasks:
                    _global_task(node, name, findings)
                elif others is not None:
                    _missing(node, name, findings)
                continue
            if not _begins(target):
                _no_beginning(node, target, findings)
            if target.version_tag != node.attributes.get("calledElementVersionTag", "") and (
                node.attributes.get("calledElementBinding") == "versionTag" and others is not None
            ):
                _other_version(node, target, others, findings)
            recursion.check(process, node, target)


def _begins(process: Process) -> bool:
    """Whether a process can begin without a trigger."""
    starts = [node for node in process.within(None) if node.type == "startEvent"]
    return not starts or any(not node.events for node in starts)


def _missing(node: Node, name: str, findings: Findings) -> None:
    findings.error(
        "process-elsewhere",
        node,
        Text(
            f"{called(node).zh}调用的流程“{name}”不存在。",
            f"The process '{name}' that {called(node).en} calls does not exist.",
        ),
        Text("请同时给出它的文件，或改正名称。", "Give its file too, or mend the name."),
    )


def _global_tasks(diagram: Diagram) -> frozenset[str]:
    """Collect the tasks that stand beside the processes of a file, for calls (BPMN 2.0, 10.3.6)."""
    return frozenset(
        str(element.get("id"))
        for element in diagram.tree.getroot()
        if source.local(element).startswith("global") and element.get("id")
    )


def _global_task(node: Node, name: str, findings: Findings) -> None:
    findings.error(
        "process-elsewhere",
        node,
        Text(
            f"{called(node).zh}调用全局任务“{name}”，不支持。",
            f"The {called(node).en} calls the global task '{name}', which is not supported.",
        ),
        Text("请把任务画进流程。", "Draw the task in the process."),
    )


def _no_beginning(node: Node, target: Process, findings: Findings) -> None:
    findings.error(
        "call-start",
        node,
        Text(
            f"{called(node).zh}调用的流程“{target.id}”没有无触发的开始事件。",
            f"The process '{target.id}' that {called(node).en} calls has no start without a"
            " trigger.",
        ),
        Text("请在那里加一个普通开始事件。", "Draw a plain start event there."),
    )


def _other_version(
    node: Node, target: Process, others: Mapping[str, Process], findings: Findings
) -> None:
    wanted = node.attributes.get("calledElementVersionTag", "")
    if f"{target.id}:{wanted}" in others:
        return
    findings.error(
        "process-elsewhere",
        node,
        Text(
            f"没有版本标签为“{wanted}”的流程“{target.id}”。",
            f"There is no process '{target.id}' with the version tag '{wanted}'.",
        ),
        Text("请同时给出该版本的文件。", "Give the file of that version too."),
    )
