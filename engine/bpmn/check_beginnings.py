"""Check where cases of an item begin: with an application, or a message that brings one."""

from typing import Final

from engine.bpmn.findings import Findings, called
from engine.bpmn.model import Node, Process
from forms.text import Text

#: What may begin a case besides the application.
_BRINGING: Final = frozenset({"message", "signal"})
_NO_APPLICANT: Final = {
    "timer": Text(
        "到了时间却没有申请人。请用消息开始事件，由程序在那时用 POST /api/v1/messages"
        " 发送带申请人和答案的消息。",
        "A time brings no applicant. Use a message start event, and let a program post a message"
        " with an applicant and answers to POST /api/v1/messages at that time.",
    ),
    "conditional": Text(
        "条件成立时没有申请人，也没有可供计算的办件。请由别的办件在条件成立时抛出消息。",
        "A condition brings no applicant, and there is no case yet to ask it of. Let another case"
        " throw a message when it holds.",
    ),
}


def openings(process: Process) -> list[tuple[str, str, str]]:
    """List where messages and signals begin a process: element, kind and name."""
    return [
        (node.id, event.kind, event.ref)
        for node in _starts(process)
        for event in node.events
        if event.kind in _BRINGING
    ]


def _starts(process: Process) -> list[Node]:
    return [node for node in process.within(None) if node.type == "startEvent"]


def check_beginnings(process: Process, findings: Findings) -> None:
    """Report starts of an item that could not begin a case, or not say which one begins."""
    starts = _starts(process)
    for extra in [node for node in starts if not node.events][1:]:
        _several(extra, findings)
    for node in starts:
        _check_start(node, findings)
    known: dict[tuple[str, str], str] = {}
    for element, kind, name in openings(process):
        if known.setdefault((kind, name), element) != element:
            _same(process.nodes[element], kind, name, findings)


def check_called_beginnings(process: Process, findings: Findings) -> None:
    """Report starts of a called process that nothing would ever take."""
    starts = _starts(process)
    for extra in [node for node in starts if not node.events][1:]:
        _several(extra, findings)
    for node in starts:
        if node.events:
            findings.error(
                "unsupported",
                node,
                Text(
                    f"{called(node).zh}在被调用的流程里，永远不会触发。",
                    f"The {called(node).en} is in a called process, where nothing triggers it.",
                ),
                Text("请用无类型的开始事件。", "Use a plain start event."),
            )


def _several(node: Node, findings: Findings) -> None:
    findings.error(
        "several-starts",
        node,
        Text(
            "流程有多个无触发的开始事件，申请从哪里开始并不明确。",
            "The process has several start events without a trigger: where an application begins"
            " is not said.",
        ),
        Text(
            "请只保留一个，其余的改为消息开始事件。",
            "Keep one, and make message start events of the others.",
        ),
    )


def _check_start(node: Node, findings: Findings) -> None:
    for event in node.events:
        if event.kind in _NO_APPLICANT:
            findings.error(
                "unsupported",
                node,
                Text(
                    f"事项不能由{called(node).zh}开始：办件须有申请人。",
                    f"No case of an item begins with the {called(node).en}: a case has an"
                    " applicant.",
                ),
                _NO_APPLICANT[event.kind],
            )
        elif event.ref.startswith(("=", "#{")) or "${" in event.ref:
            findings.error(
                "computed-name",
                node,
                Text(
                    f"{called(node).zh}的名称“{event.ref}”是算出来的，那时还没有办件。",
                    f"The name '{event.ref}' of the {called(node).en} is computed, but there is no"
                    " case yet.",
                ),
                Text("请写固定的名称。", "Write a fixed name."),
            )
    if len(node.events) > 1 and node.attributes.get("parallelMultiple") == "true":
        findings.error(
            "unsupported",
            node,
            Text(
                f"{called(node).zh}要等几个消息都到才开始，先到的没有办件可存。",
                f"The {called(node).en} begins when all its messages have come, but the first have"
                " no case to be kept in.",
            ),
            Text(
                "请由一个消息开始，其余的在流程里等待。",
                "Begin with one message, and wait for the others in the process.",
            ),
        )


def _same(node: Node, kind: str, name: str, findings: Findings) -> None:
    findings.error(
        "several-starts",
        node,
        Text(
            f"有几个开始事件等待同一个“{name}”，从哪里开始并不明确。",
            f"Several start events wait for the {kind} '{name}': where a case begins is not said.",
        ),
        Text("请给它们不同的名称。", "Give them different names."),
    )
