"""Check the tasks that programs outside do: topic, limit, what they may set."""

from typing import Final

from engine.bpmn import language
from engine.bpmn.check_language import check_limit
from engine.bpmn.check_names import check_name
from engine.bpmn.findings import Findings, called
from engine.bpmn.model import Node, Outside, Step
from forms.text import Text

#: How the dialects say that a program fetches the work; Zeebe says nothing more than the topic.
_TYPES: Final = frozenset({"", "external", "external-worker"})


def check_outside(node: Node, step: Step, outside: Outside, findings: Findings) -> None:
    """Report every fault in the facts of a task that a program outside does."""
    _check_topic(node, outside, findings)
    if step.limit is not None:
        check_limit(node, "limit", step.limit, findings)
    for name in outside.results:
        check_name(node, name, findings)
    priority = node.attributes.get("taskPriority", "").strip()
    if priority and not language.is_priority(priority):
        findings.error(
            "bad-priority",
            node,
            Text(
                f"{called(node).zh}的 taskPriority“{priority}”不是整数。",
                f"taskPriority '{priority}' of {called(node).en} is no whole number.",
            ),
            Text("请写整数，如 50；大的先给出。", "Write a whole number, such as 50."),
        )
    if not node.name.zh:
        findings.error(
            "no-name",
            node,
            Text(f"服务任务“{node.id}”没有名称。", f"The service task '{node.id}' has no name."),
            Text("请写环节名称。", "Name the step."),
        )


def _check_topic(node: Node, outside: Outside, findings: Findings) -> None:
    kind = node.attributes.get("type", "").strip()
    if kind not in _TYPES:
        findings.error(
            "not-run",
            node,
            Text(
                f"{called(node).zh}的 type“{kind}”不会被执行。",
                f"type '{kind}' of {called(node).en} would not be carried out.",
            ),
            Text("请写 camunda:type=external。", "Set camunda:type=external."),
        )
    if not language.is_topic(outside.topic):
        findings.error(
            "bad-topic",
            node,
            Text(
                f"{called(node).zh}的 topic“{outside.topic}”不能用。",
                f"The topic '{outside.topic}' of {called(node).en} cannot be used.",
            ),
            Text(
                "请写固定的名称：字母、数字、“_”“-”“.”“:”，不超过100个字符，如 tax-record。",
                "Write a fixed name of letters, digits, _ - . and :, at most 100 characters, such "
                "as tax-record.",
            ),
        )
