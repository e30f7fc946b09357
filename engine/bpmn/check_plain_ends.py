"""Check where runs of plain diagrams fail: errors that nobody catches, gateways without any way."""

from collections.abc import Iterator, Mapping

from engine.bpmn.check_constants import is_never_taken
from engine.bpmn.check_structure import by_event
from engine.bpmn.check_waits import called_name
from engine.bpmn.findings import Findings, called
from engine.bpmn.model import EventDefinition, Node, Process
from forms.text import Text


def check_failures(process: Process, known: Mapping[str, Process], findings: Findings) -> None:
    """Warn of errors that nothing in sight catches; report gateways no token can leave."""
    for node in process.nodes.values():
        for event in node.events if node.type == "endEvent" else ():
            if event.kind == "error" and not _is_caught(process, node, event, known):
                _uncaught(node, event, findings, called_here=any(_callers(process, known)))
        if node.type in {"exclusiveGateway", "inclusiveGateway"} and _has_no_way(process, node):
            findings.error(
                "no-way-out",
                node,
                Text(
                    f"离开{called(node).zh}的条件都不会成立，又没有默认的路：走到这里就失败。",
                    f"No condition behind the {called(node).en} can hold, and there is no default"
                    " flow: a run fails there.",
                ),
                Text("请在条件里用到数据，或指定默认顺序流。", "Ask for data, or set a default."),
            )


def _has_no_way(process: Process, node: Node) -> bool:
    flows = [process.flows[name] for name in node.outgoing]
    return bool(flows) and all(is_never_taken(process, flow) for flow in flows)


def _is_caught(
    process: Process, node: Node, event: EventDefinition, known: Mapping[str, Process]
) -> bool:
    """Whether an error is caught by something around it, also where its process is called."""
    seen: set[str] = set()
    stack = [(process, node)]
    while stack:
        here, at = stack.pop()
        if _is_caught_in(here, at, event):
            return True
        if here.id not in seen:
            seen.add(here.id)
            stack += list(_callers(here, known))
    return False


def _is_caught_in(process: Process, node: Node, event: EventDefinition) -> bool:
    """Look outward from a node; an event subprocess does not catch its own errors."""
    at: Node | None = node
    while at is not None:
        listening = list(process.boundaries(at.id))
        for beside in process.within(at.parent):
            if by_event(beside) and beside is not at:
                listening += [one for one in process.within(beside.id) if one.type == "startEvent"]
        caught = (one for catcher in listening for one in catcher.events if one.kind == "error")
        if any(one.ref in {"", event.ref} for one in caught):
            return True
        at = process.nodes.get(at.parent or "")
    return False


def _callers(process: Process, known: Mapping[str, Process]) -> Iterator[tuple[Process, Node]]:
    """List the calls that may run a process: of its name, or of a name that is computed."""
    for caller in known.values():
        for node in caller.nodes.values():
            if node.type == "callActivity" and called_name(node) in {"", process.id}:
                yield caller, node


def _uncaught(node: Node, event: EventDefinition, findings: Findings, *, called_here: bool) -> None:
    why = Text(
        "文件里没有谁调用这个流程，也没有谁捕获它",
        "nothing here calls its process or catches it",
    )
    if called_here:
        why = Text("调用它的流程也不捕获", "those who call its process do not catch it either")
    findings.warning(
        "uncaught-error",
        node,
        Text(
            f"{called(node).zh}抛出错误“{event.ref}”，{why.zh}：走到这里就失败。",
            f"The {called(node).en} throws the error '{event.ref}', and {why.en}: a run fails"
            " there.",
        ),
        Text(
            "请在边上或事件子流程里捕获它，或由别处的调用者捕获。",
            "Catch it on an edge or by an event subprocess, or where the process is called from.",
        ),
    )
