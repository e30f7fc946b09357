"""Check expressions: that they are FEEL, stand where they act, and use names that exist."""

import difflib
from collections.abc import Callable

from engine.bpmn import expressions, facts, language
from engine.bpmn.check_decisions import check_named
from engine.bpmn.check_language import Surroundings
from engine.bpmn.check_names import check_name
from engine.bpmn.expressions import Written
from engine.bpmn.findings import Findings, Located, called, flow_called, quoted
from engine.bpmn.model import Flow, Node, Process
from engine.bpmn.naming import Names
from engine.bpmn.plain_rules import CHOOSING
from engine.feel import FeelSyntaxError
from forms.text import Text

_FEEL_HINT = Text(
    '请写 FEEL 表达式，如 outcome = "accept"、area > 200 and seats != null。',
    'Write FEEL, such as outcome = "accept" or area > 200 and seats != null.',
)
#: Gateways each of whose flows needs a condition, but for the default one.
_CHOOSING = frozenset({"exclusiveGateway", "inclusiveGateway"})


Note = Callable[..., None]


def check_expressions(process: Process, around: Surroundings, findings: Findings) -> None:
    """Report every condition that is missing or misplaced, and every expression that is wrong."""
    names = Names(process, around)
    for flow in process.flows.values():
        origin = process.nodes.get(flow.source)
        if origin is None:
            continue
        _check_condition(origin, flow, findings)
        for written in expressions.of_flow(flow):
            _check_written(flow, written, names, origin.id, findings)
    for node in process.nodes.values():
        for written in expressions.of_node(node):
            _check_written(node, written, names, node.id, findings)
        _check_script(node, findings)
        if node.type == "businessRuleTask" and not facts.is_outside(node):
            _check_decision(node, around, names, findings)


def _check_condition(origin: Node, flow: Flow, findings: Findings) -> None:
    choosing = origin.type in _CHOOSING and len(origin.outgoing) > 1
    free = origin.type in CHOOSING - _CHOOSING
    if flow.condition is None:
        if choosing and origin.default != flow.id:
            findings.error(
                "condition-missing",
                flow,
                Text(
                    f"{called(origin).zh}后的{flow_called(flow).zh}没有条件。",
                    f"The {flow_called(flow).en} after {called(origin).en} has no condition.",
                ),
                Text("请写条件，或设为默认顺序流。", "Give it one, or make it the default flow."),
            )
        return
    if not choosing and not free:
        findings.error(
            "condition-ignored",
            flow,
            Text(
                f"{called(origin).zh}后的条件不起作用。",
                f"A condition after {called(origin).en} has no effect.",
            ),
            Text(
                "请删除条件，或在前面画排他网关。",
                "Delete the condition, or draw an exclusive gateway before it.",
            ),
        )
    elif origin.default == flow.id:
        findings.warning(
            "condition-on-default",
            flow,
            Text("默认顺序流的条件不起作用。", "The condition of a default flow has no effect."),
            Text("请删除这个条件。", "Delete this condition."),
        )


def _check_written(
    at: Flow | Node, written: Written, names: Names, place: str, findings: Findings
) -> None:
    if check_text(at, written, findings):
        used = expressions.understand(written.text).names
        _check_names(at, written, used, names, place, findings)


def check_text(at: Located, written: Written, findings: Findings) -> bool:
    """Report a text that is no FEEL or calls what does not exist; whether it is well."""
    read = expressions.understand(written.text)
    if read.error is not None:
        offset = read.error.line - 1 if isinstance(read.error, FeelSyntaxError) else 0
        findings.error(
            "not-feel",
            at,
            Text(
                f"表达式“{_short(written.text)}”有误：{read.error.message.zh}",
                f"The expression '{_short(written.text)}' is wrong: {read.error.message.en}",
            ),
            _FEEL_HINT,
            line=written.line + offset,
        )
        return False
    if read.unknown_calls:
        findings.error(
            "unknown-function",
            at,
            Text(
                f"表达式“{_short(written.text)}”调用了不存在的函数：{quoted(read.unknown_calls).zh}。",
                f"The expression '{_short(written.text)}' calls what does not exist:"
                f" {quoted(read.unknown_calls).en}.",
            ),
            _FEEL_HINT,
            line=written.line,
        )
        return False
    return True


def _check_names(
    at: Flow | Node,
    written: Written,
    used: frozenset[str],
    names: Names,
    place: str,
    findings: Findings,
) -> None:
    here = names.at(place)
    for name in sorted(used - here):
        if name in names.all:
            findings.warning(
                "not-set-yet",
                at,
                Text(
                    f"表达式用到“{name}”，但走到这里时它还没有值。",
                    f"The expression uses '{name}', which has no value yet at this place.",
                ),
                Text("请检查先后次序。", "Check the order of the steps."),
                line=written.line,
            )
        elif names.certain:
            note = findings.warning if names.open else findings.error
            _unknown_name(at, written, name, here, note)


def _unknown_name(
    at: Flow | Node, written: Written, name: str, here: frozenset[str], note: Note
) -> None:
    near = difflib.get_close_matches(name, here, n=3)
    known = quoted(near or here)
    note(
        "unknown-name",
        at,
        Text(
            f"表达式“{_short(written.text)}”用到未知的名称“{name}”。",
            f"The expression '{_short(written.text)}' uses the unknown name '{name}'.",
        ),
        Text(
            f"可用的名称是申请和任务的表单字段、办理结果、规则结果，例如：{known.zh}。",
            "Names are form fields, outcomes, results of rules and scripts,"
            f" for example: {known.en}.",
        ),
        line=written.line,
    )


def _check_script(node: Node, findings: Findings) -> None:
    if node.type != "scriptTask":
        return
    lines = list(expressions.script_lines(node))
    if not lines:
        findings.error(
            "empty-script",
            node,
            Text(f"{called(node).zh}没有内容。", f"The {called(node).en} has no script."),
            Text("请每行写“名称 = 表达式”。", "Write lines of 'name = expression'."),
        )
    for line in lines:
        check_name(node, line.sets or "", findings)


def _check_decision(node: Node, around: Surroundings, names: Names, findings: Findings) -> None:
    decision = node.attributes.get("decisionRef", "")
    if not check_named(node, findings):
        return
    if decision not in around.decisions:
        findings.error(
            "unknown-decision",
            node,
            Text(
                f"部署包里没有{called(node).zh}要用的决策“{decision}”。",
                f"The bundle has no decision '{decision}' for {called(node).en}.",
            ),
            Text(
                f"请写 camunda:decisionRef，可用：{quoted(frozenset(around.decisions)).zh}。",
                f"Set camunda:decisionRef; available: {quoted(frozenset(around.decisions)).en}.",
            ),
        )
    else:
        written = Written(decision, node.line, node.id)
        _check_names(node, written, around.decisions[decision], names, node.id, findings)
    check_name(node, node.attributes.get("resultVariable", ""), findings)
    mapping = node.attributes.get("mapDecisionResult", "resultList")
    if mapping not in language.DECISION_RESULTS:
        findings.error(
            "bad-mapping",
            node,
            Text(f"mapDecisionResult“{mapping}”不对。", f"Unknown mapDecisionResult '{mapping}'."),
            Text(
                f"请选用：{quoted(language.DECISION_RESULTS).zh}。",
                f"Choose one of: {quoted(language.DECISION_RESULTS).en}.",
            ),
        )


def _short(text: str) -> str:
    return text if len(text) <= 80 else text[:77] + "…"
