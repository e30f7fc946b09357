"""Check the texts of a plain diagram: conditions, loops, mappings, scripts, timers, decisions."""

from collections.abc import Iterator, Mapping
from typing import Final

from engine.bpmn import expressions, language
from engine.bpmn.check_constants import constant
from engine.bpmn.check_constructs import check_script_format
from engine.bpmn.check_decisions import check_named
from engine.bpmn.check_expressions import check_text
from engine.bpmn.check_names import check_keyword
from engine.bpmn.expressions import Written, to_feel
from engine.bpmn.findings import Findings, called, flow_called
from engine.bpmn.model import EventDefinition, Flow, Node, Process
from engine.bpmn.plain_rules import CHOOSING
from forms.text import Text

_COMPUTED: Final = ("=", "${", "#{")
#: What marks a task whose work a program outside does.
_OUTSIDE: Final = frozenset({"topic", "class", "delegateExpression", "expression"})
#: What says that a script task has a script, wherever it stands.
_SCRIPTED: Final = frozenset({"scriptFormat", "resource", "resultVariable"})


def check_texts(
    process: Process, decisions: Mapping[str, frozenset[str]] | None, findings: Findings
) -> None:
    """Report every text of a process that cannot be evaluated, is missing or has no effect."""
    for flow in process.flows.values():
        origin = process.nodes.get(flow.source)
        if origin is not None:
            _check_flow(origin, flow, findings)
    for node in process.nodes.values():
        for written in _texts(node):
            check_text(node, written, findings)
        for event in node.events:
            _check_event(node, event, findings)
        _check_due(node, findings)
        if node.type == "scriptTask":
            _check_script(node, findings)
        elif node.type == "businessRuleTask":
            _check_decision(node, decisions, findings)


def _texts(node: Node) -> Iterator[Written]:
    for text, line in _plain_texts(node):
        if text:
            yield Written(to_feel(text), line, node.id)
    if node.type == "scriptTask":
        for written in expressions.script_lines(node):
            if written.sets and written.text:
                yield written


def _plain_texts(node: Node) -> Iterator[tuple[str | None, int]]:
    yield node.condition, node.line
    due = node.attributes.get("dueDate", "").strip()
    yield due if due.startswith(_COMPUTED) else None, node.line
    for _, text in (*node.mappings.inputs, *node.mappings.outputs):
        yield text, node.line
    if node.loop is not None:
        loop = node.loop
        given = (loop.over, loop.cardinality, loop.completion, loop.maximum, loop.output_item)
        for one in (*given, *(condition for condition, _ in loop.throws)):
            yield one, loop.line
    yield node.attributes.get("activeElementsCollection"), node.line
    for event in node.events:
        yield event.key, event.line
        text = (event.expression or "").strip()
        if event.kind == "conditional" or text.startswith(_COMPUTED):
            yield text, event.line


def _check_flow(origin: Node, flow: Flow, findings: Findings) -> None:
    if flow.condition is not None:
        check_text(
            flow, Written(flow.condition, flow.condition_line or flow.line, flow.id), findings
        )
        if origin.type not in CHOOSING:
            findings.error(
                "condition-ignored",
                flow,
                Text(
                    f"{called(origin).zh}后的顺序流不能有条件。",
                    f"A flow that leaves {called(origin).en} cannot have a condition.",
                ),
                Text(
                    "请删除条件，或在前面画排他网关。",
                    "Delete the condition, or draw an exclusive gateway before it.",
                ),
            )
    elif (
        origin.type == "exclusiveGateway" and len(origin.outgoing) > 1 and origin.default != flow.id
    ):
        findings.error(
            "condition-missing",
            flow,
            Text(
                f"{called(origin).zh}后的{flow_called(flow).zh}没有条件。",
                f"The {flow_called(flow).en} after {called(origin).en} has no condition.",
            ),
            Text("请写条件，或设为默认顺序流。", "Give it one, or make it the default flow."),
        )


def _check_event(node: Node, event: EventDefinition, findings: Findings) -> None:
    text = (event.expression or "").strip()
    if event.kind == "conditional" and not text:
        findings.error(
            "condition-missing",
            node,
            Text(f"{called(node).zh}没有条件。", f"The {called(node).en} has no condition."),
            Text("请写一个 FEEL 条件。", "Write a condition in FEEL."),
            line=event.line,
        )
    if event.kind == "timer" and text.startswith(_COMPUTED) and constant(text) is None:
        _bad_time(node, text, event.line, findings)
    if event.kind != "timer" or text.startswith(_COMPUTED):
        return
    good = {
        "duration": language.is_duration,
        "date": language.is_moment,
        "cycle": language.is_cycle,
    }.get(event.timer)
    if good is None or not good(text):
        _bad_time(node, text, event.line, findings)


def _check_due(node: Node, findings: Findings) -> None:
    due = node.attributes.get("dueDate", "").strip()
    known = language.is_moment(due) or language.is_duration(due) or due.startswith(_COMPUTED)
    if due and (not known or (due.startswith(_COMPUTED) and constant(due) is None)):
        _bad_time(node, due, node.line, findings)


def _bad_time(node: Node, text: str, line: int, findings: Findings) -> None:
    findings.error(
        "timer-text",
        node,
        Text(
            f"{called(node).zh}的时间“{text}”写法不对。",
            f"The time '{text}' of {called(node).en} cannot be read.",
        ),
        Text(
            "请写 P5D、PT4H、P5WD（工作日，最多3660）、R3/PT1H（循环）、2026-12-31T17:00:00+08:00，"
            "或 cron（如 0 0 9 ? * MON-FRI，星期用名称）。",
            "Write P5D, PT4H, P5WD (working days, up to 3660), R3/PT1H (a cycle),"
            " 2026-12-31T17:00:00+08:00, or cron as 0 0 9 ? * MON-FRI (days of the week by name).",
        ),
        line=line,
    )


def _check_script(node: Node, findings: Findings) -> None:
    lines = list(expressions.script_lines(node))
    given = node.attributes
    if node.script is None and (given.keys() & _OUTSIDE or not given.keys() & _SCRIPTED):
        # The standard's script task without a script is a task without a kind (10.3.3).
        return
    if node.attributes.get("scriptFormat", "feel").lower() != "feel":
        check_script_format(node, findings)
    elif not lines and given.get("resultVariable") == "":
        findings.error(
            "script-line",
            node,
            Text(
                f"{called(node).zh}没有写结果变量。",
                f"The {called(node).en} names no variable for its result.",
            ),
            Text("请写 resultVariable。", "Set its resultVariable."),
        )
    elif not lines:
        _script_line(node, node.line, findings)
    for line in lines:
        if line.sets is None or not language.is_name(line.sets) or not line.text:
            _script_line(node, line.line, findings)
        check_keyword(node, line.sets or "", line.line, findings)


def _script_line(node: Node, number: int, findings: Findings) -> None:
    findings.error(
        "script-line",
        node,
        Text(
            f"{called(node).zh}的脚本应由“名称 = 表达式”组成。",
            f"The script of {called(node).en} must be lines of 'name = expression'.",
        ),
        Text("请每行写“名称 = FEEL 表达式”。", "Write lines of 'name = FEEL expression'."),
        line=number,
    )


def _check_decision(
    node: Node, decisions: Mapping[str, frozenset[str]] | None, findings: Findings
) -> None:
    if not node.attributes.get("decisionRef") and node.attributes.keys() & _OUTSIDE:
        return
    ref, mapping = (node.attributes.get(name, "") for name in ("decisionRef", "mapDecisionResult"))
    check_keyword(node, node.attributes.get("resultVariable", ""), node.line, findings)
    if not ref or not language.is_name(node.attributes.get("resultVariable", "")):
        findings.error(
            "unknown-decision",
            node,
            Text(
                f"{called(node).zh}没有写明决策和结果变量。",
                f"The {called(node).en} names no decision, or no variable for its result.",
            ),
            Text("请写 decisionRef 和 resultVariable。", "Set decisionRef and resultVariable."),
        )
    elif check_named(node, findings) and decisions is not None and ref not in decisions:
        findings.error(
            "decision-elsewhere",
            node,
            Text(f"没有决策“{ref}”。", f"There is no decision '{ref}'."),
            Text("请同时给出它的 DMN 文件。", "Give its DMN file too."),
        )
    if mapping and mapping not in language.DECISION_RESULTS:
        findings.error(
            "bad-mapping",
            node,
            Text(f"mapDecisionResult“{mapping}”不对。", f"Unknown mapDecisionResult '{mapping}'."),
            Text("请写 singleEntry、singleResult 等。", "Write singleEntry, singleResult or such."),
        )
