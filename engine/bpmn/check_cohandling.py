"""Check co-handlings: several departments at work at the same time (联办)."""

from engine.bpmn import language
from engine.bpmn.check_language import Surroundings, check_limit, unknown_department
from engine.bpmn.check_names import check_name
from engine.bpmn.findings import Findings, called
from engine.bpmn.model import CoHandling, Node, Process
from forms.text import Text


def check_cohandlings(process: Process, around: Surroundings, findings: Findings) -> None:
    """Report every fault of every co-handling."""
    for node in process.nodes.values():
        flag = node.properties.get("coHandling")
        if flag is not None and node.type == "subProcess" and flag != "true":
            _missing(node, "bad-co-handling", "coHandling", "true", findings)
    for cohandling in process.cohandlings.values():
        node = process.nodes[cohandling.element]
        _check_facts(node, cohandling, around, findings)
        _check_no_reply(process, node, cohandling, findings)
        _check_inside(process, node, findings)


def _missing(node: Node, rule: str, name: str, example: str, findings: Findings) -> None:
    findings.error(
        rule,
        node,
        Text(
            f"{called(node).zh}没有写明 {name}。",
            f"The {called(node).en} does not say its {name}.",
        ),
        Text(f"请写 {name}，如 {example}。", f"Set {name}, for example to {example}."),
    )


def _check_facts(
    node: Node, cohandling: CoHandling, around: Surroundings, findings: Findings
) -> None:
    _check_loop(node, cohandling, findings)
    known = around.departments
    if not cohandling.lead:
        _missing(node, "no-lead", "lead", "lead", findings)
    elif known is not None and cohandling.lead not in known | {language.LEAD}:
        unknown_department(node, cohandling.lead, findings)
    if cohandling.answers is None:
        _missing(node, "no-answers", "answers", "answers=opinions", findings)
    else:
        check_name(node, cohandling.answers, findings)
    if cohandling.limit is None:
        _missing(node, "no-step-limit", "limit", "3wd", findings)
    else:
        check_limit(node, "limit", cohandling.limit, findings)


def _check_loop(node: Node, cohandling: CoHandling, findings: Findings) -> None:
    collection = cohandling.collection
    if node.loop is None or not collection:
        _missing(node, "no-collection", "collection", 'camunda:collection="parts"', findings)
    elif not collection.startswith("="):
        check_name(node, collection, findings)
    if node.loop is not None and not node.loop.variable:
        example = 'camunda:elementVariable="department"'
        _missing(node, "no-element-variable", "elementVariable", example, findings)
    else:
        check_name(node, cohandling.variable, findings)


def _check_no_reply(
    process: Process, node: Node, cohandling: CoHandling, findings: Findings
) -> None:
    if cohandling.no_reply not in language.NO_REPLY:
        findings.error(
            "bad-no-reply",
            node,
            Text(
                f"noReply 的值“{cohandling.no_reply}”不对。",
                f"noReply has no value '{cohandling.no_reply}'.",
            ),
            Text("请选用 wait、escalate 或 agreed。", "Choose wait, escalate or agreed."),
        )
    if cohandling.no_reply != "agreed":
        return
    acts = {s.act for s in process.steps.values() if s.cohandling == node.id}
    if "co-handle" not in acts or acts & {"decide", "decide-part"}:
        findings.error(
            "silent-decision",
            node,
            Text(
                f"{called(node).zh}里有决定，逾期不答复不能视为同意。",
                f"A decision is taken in {called(node).en}: silence cannot mean agreement.",
            ),
            Text(
                "视为同意只适用于征求意见（act=co-handle）；请改用 wait 或 escalate。",
                "Only opinions (act co-handle) may be deemed given: use wait or escalate.",
            ),
        )


def _check_inside(process: Process, node: Node, findings: Findings) -> None:
    inside = [s for s in process.steps.values() if s.cohandling == node.id]
    if any(step.department == language.CO for step in inside):
        return
    findings.error(
        "no-co-task",
        node,
        Text(
            f"{called(node).zh}里没有交给协办部门（co）的用户任务。",
            f"No user task in {called(node).en} is given to the co-handling department (co).",
        ),
        Text(
            "请在里面画一个 candidateGroups=co:岗位 的用户任务。",
            "Draw a user task in it with candidateGroups=co:<role>.",
        ),
    )
