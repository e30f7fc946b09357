"""Check what is drawn between processes: that who sends and who receives mean the same message."""

from engine.bpmn.findings import Findings, called, quoted
from engine.bpmn.model import Diagram, Node
from forms.text import Text


def check_message_flows(diagram: Diagram, findings: Findings) -> None:
    """Warn of message flows between two that name different messages: none ever goes along them."""
    nodes = {name: one for process in diagram.processes for name, one in process.nodes.items()}
    for origin, target in diagram.message_flows:
        if origin not in nodes or target not in nodes:
            continue
        sent, awaited = _messages(nodes[origin]), _messages(nodes[target])
        if sent and awaited and not sent & awaited:
            _differ(nodes[origin], nodes[target], sent, awaited, findings)


def _messages(node: Node) -> set[str]:
    return {event.ref for event in node.events if event.kind == "message" and event.ref}


def _differ(
    sender: Node, receiver: Node, sent: set[str], awaited: set[str], findings: Findings
) -> None:
    out, in_ = quoted(sent), quoted(awaited)
    findings.warning(
        "message-flow",
        sender,
        Text(
            f"消息流从{called(sender).zh}到{called(receiver).zh}，但发送的是“{out.zh}”，"
            f"等待的是“{in_.zh}”，收不到。",
            f"The message flow from {called(sender).en} to {called(receiver).en} never carries"
            f" anything: '{out.en}' is sent, '{in_.en}' is awaited.",
        ),
        Text("请让两端引用同一个消息。", "Let both ends refer to the same message."),
    )
