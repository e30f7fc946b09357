"""Check outcomes: their spelling, their legal effect, and the ones that conditions ask for."""

from typing import Final

from engine.bpmn import elements, expressions, language
from engine.bpmn.check_structure import before
from engine.bpmn.findings import Findings, called, flow_called, quoted
from engine.bpmn.model import Flow, Node, Process, Step
from forms.text import Text

#: The outcome without which the rest of the case could not go on.
_NEEDED: Final = {"accept": "accept"}


def check_outcomes(process: Process, findings: Findings) -> None:
    """Report every fault in the outcomes of tasks and in what conditions expect of them."""
    for step in process.steps.values():
        node = process.nodes[step.element]
        if node.properties.get("outcomes"):
            _check_spelling(node, findings)
        _check_effect(node, step, findings)
    for flow in process.flows.values():
        if flow.condition is not None:
            _check_asked(process, flow, findings)
    for node in process.nodes.values():
        if node.type == "exclusiveGateway" and len(node.outgoing) > 1 and node.default is None:
            _check_covered(process, node, findings)


def _check_spelling(node: Node, findings: Findings) -> None:
    written = node.properties["outcomes"]
    hint = Text(
        "请写 outcomes=“代码=中文|English; 代码2!=中文|English”（! 表示须写明理由）。",
        "Write outcomes as 'code=中文|English; code2!=中文|English' (! = reasons required).",
    )
    seen: set[str] = set()
    for part in (piece.strip() for piece in written.split(";")):
        code, _, label = (piece.strip() for piece in part.partition("="))
        code = code.rstrip("!").strip()
        zh, _, en = label.partition("|")
        if not part:
            continue
        if not language.is_code(code) or code in seen or not zh.strip() or not en.strip():
            findings.error(
                "bad-outcomes",
                node,
                Text(
                    f"{called(node).zh}的办理结果“{part}”写法不对或重复。",
                    f"The outcome '{part}' of {called(node).en} is misspelt or given twice.",
                ),
                hint,
            )
        seen.add(code)


def _check_effect(node: Node, step: Step, findings: Findings) -> None:
    act = language.ACTS.get(step.act)
    if act is None or not act.outcomes:
        return
    codes = {outcome.code for outcome in step.outcomes}
    illegal = codes - act.codes
    needed = act.codes if act.complete else {_NEEDED[act.code]} if act.code in _NEEDED else set()
    missing = needed - codes
    hint = Text(
        f"“{act.label.zh}”的结果代码只有：{quoted(act.codes).zh}。",
        f"The outcomes of '{act.code}' are: {quoted(act.codes).en}.",
    )
    if illegal:
        findings.error(
            "illegal-outcome",
            node,
            Text(
                f"{called(node).zh}的结果代码没有法律效力：{quoted(illegal).zh}。",
                f"These outcomes of {called(node).en} have no legal effect: {quoted(illegal).en}.",
            ),
            hint,
        )
    if missing:
        findings.error(
            "missing-outcome",
            node,
            Text(
                f"{called(node).zh}缺少结果：{quoted(missing).zh}。",
                f"The {called(node).en} lacks the outcomes: {quoted(missing).en}.",
            ),
            hint,
        )


def last_steps(process: Process, name: str) -> set[str] | None:
    """List the user tasks whose outcome a node sees; None when it may see none or that of others.

    Goes back along the flows from the node to the nearest user tasks.
    """
    found: set[str] = set()
    seen: set[str] = set()
    stack = [name]
    while stack:
        here = stack.pop()
        if here in seen:
            continue
        seen.add(here)
        node = process.nodes[here]
        if node.type == "userTask":
            found.add(here)
        elif node.type == "startEvent" or (node.type in elements.CONTAINERS and here != name):
            return None
        else:
            stack.extend(before(process, here))
    return found or None


def _offers(process: Process, variable: str, place: str) -> frozenset[str] | None:
    """Collect the outcome codes a variable may hold at a node; None when that is not known."""
    if variable == language.OUTCOME:
        steps = last_steps(process, place)
    else:
        steps = {s.element for s in process.steps.values() if s.outcome_as == variable}
    if not steps:
        return None
    return frozenset(o.code for name in steps for o in process.steps[name].outcomes)


def _check_asked(process: Process, flow: Flow, findings: Findings) -> None:
    if flow.source not in process.nodes:
        return
    for variable, value in expressions.asked(flow.condition or ""):
        offered = _offers(process, variable, flow.source)
        if offered is None or value in offered:
            continue
        findings.warning(
            "unknown-outcome",
            flow,
            Text(
                f"{flow_called(flow).zh}等待结果“{value}”，但前面的任务没有这个结果。",
                f"The {flow_called(flow).en} waits for the outcome '{value}',"
                " which no task before it offers.",
            ),
            Text(f"可用的结果：{quoted(offered).zh}。", f"Outcomes offered: {quoted(offered).en}."),
        )


def _check_covered(process: Process, node: Node, findings: Findings) -> None:
    """Warn of a gateway at which a case may find no way: no default, and conditions leave gaps."""
    gaps = _gaps(process, node)
    if gaps is not None and not gaps:
        return
    missing = Text("", "")
    if gaps:
        missing = Text(f"（缺：{quoted(gaps).zh}）", f" (missing: {quoted(gaps).en})")
    findings.warning(
        "no-default",
        node,
        Text(
            f"{called(node).zh}没有默认去路，条件都不成立时办件会停住{missing.zh}。",
            f"The {called(node).en} has no default flow; a case stops there when no condition"
            f" holds{missing.en}.",
        ),
        Text("请把其中一条设为默认顺序流。", "Make one of its flows the default."),
    )


def _gaps(process: Process, node: Node) -> frozenset[str] | None:
    """Collect outcomes that no flow takes; None when the conditions are of another kind."""
    pairs: list[tuple[str, str]] = []
    for name in node.outgoing:
        taken = expressions.taken(process.flows[name].condition or "")
        if taken is None:
            return None
        pairs += taken
    variables = {variable for variable, _ in pairs}
    if len(variables) != 1:
        return None
    offered = _offers(process, variables.pop(), node.id)
    return None if offered is None else offered - {value for _, value in pairs}
