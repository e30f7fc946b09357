"""Check user tasks: who, which act, which outcomes, how many people, by when."""

from engine.bpmn import facts, language
from engine.bpmn.check_language import (
    LIMIT_HINT,
    Surroundings,
    check_form,
    check_limit,
    unknown_department,
)
from engine.bpmn.check_names import check_name
from engine.bpmn.check_outside import check_outside
from engine.bpmn.findings import Findings, called, quoted
from engine.bpmn.model import Node, Process, Step
from forms.text import Text


def check_steps(process: Process, around: Surroundings, findings: Findings) -> None:
    """Report every fault in the facts of every user task, and of what programs outside do."""
    for step in process.steps.values():
        node = process.nodes[step.element]
        if step.outside is not None:
            check_outside(node, step, step.outside, findings)
            continue
        if _check_group(node, step, findings):
            _check_department(node, step, around, findings)
            _check_each(process, node, step, around, findings)
            _check_role(node, step, around, findings)
        if _check_act(node, step, findings):
            _check_by_whom(node, step, findings)
        _check_numbers(node, step, findings)
        _check_words(process, node, step, findings)
        if step.form is not None:
            check_form(node, step.form, around, findings)
    _check_separation(process, findings)


def _check_group(node: Node, step: Step, findings: Findings) -> bool:
    applicant = step.role == language.APPLICANT and not step.department
    if len(facts.groups_of(node)) == 1 and (applicant or (step.department and step.role)):
        return True
    findings.error(
        "no-role",
        node,
        Text(
            f"{called(node).zh}没有写明唯一的承办部门和岗位。",
            f"The {called(node).en} does not name one department and role.",
        ),
        Text(
            "请写 camunda:candidateGroups=“部门:岗位”，如 lead:examiner；申请人办理写 applicant。",
            'Write camunda:candidateGroups="department:role", such as lead:examiner, or applicant.',
        ),
    )
    return False


def _check_department(node: Node, step: Step, around: Surroundings, findings: Findings) -> None:
    if step.department == language.CO and step.cohandling is None:
        findings.error(
            "co-outside",
            node,
            Text(
                f"{called(node).zh}的部门写 co，但它不在协办子流程里。",
                f"The {called(node).en} is given to 'co' but stands in no co-handling.",
            ),
            Text(
                "请写部门代码或 lead，或把它移进协办子流程。",
                "Write a department's code or lead, or move it into a co-handling.",
            ),
        )
    if step.role == language.APPLICANT and step.cohandling is not None:
        findings.error(
            "applicant-inside",
            node,
            Text(
                f"{called(node).zh}在协办子流程里，不能交给申请人。",
                f"The {called(node).en} stands in a co-handling; it cannot be the applicant's.",
            ),
            Text("请把它移到协办之外。", "Move it out of the co-handling."),
        )
    special = {"", language.LEAD, language.CO, language.EACH}
    known = around.departments
    if known is not None and step.department not in special and step.department not in known:
        unknown_department(node, step.department, findings)


def _check_each(
    process: Process, node: Node, step: Step, around: Surroundings, findings: Findings
) -> None:
    """Ask for the loop that says which department; the caller of a process may be that loop."""
    if step.department != language.EACH or around.given is not None or _runs_over(process, node):
        return
    findings.error(
        "each-outside",
        node,
        Text(
            f"{called(node).zh}的部门写 each，但它不在按集合多实例的活动里。",
            f"The {called(node).en} is given to 'each' but stands in no loop over a collection.",
        ),
        Text(
            "请写部门代码，或加上集合（部门代码列表）的多实例。",
            "Write a department's code, or repeat it over a collection of departments' codes.",
        ),
    )


def _runs_over(process: Process, node: Node | None) -> bool:
    while node is not None:
        if node.loop is not None and node.loop.over is not None:
            return True
        node = process.nodes.get(node.parent or "")
    return False


def _check_role(node: Node, step: Step, around: Surroundings, findings: Findings) -> None:
    roles = around.roles
    if step.role == language.APPLICANT or roles is None or step.role in roles:
        return
    findings.error(
        "unknown-role",
        node,
        Text(f"没有代码为“{step.role}”的岗位。", f"There is no role with the code '{step.role}'."),
        Text(f"请选用：{quoted(roles).zh}。", f"Choose one of: {quoted(roles).en}."),
    )


def _check_act(node: Node, step: Step, findings: Findings) -> bool:
    if step.act in language.ACTS:
        return True
    hint = Text(
        "请选用：" + "、".join(f"{a.code}（{a.label.zh}）" for a in language.ACTS.values()) + "。",
        "Choose one of: " + ", ".join(language.ACTS) + ".",
    )
    if step.act:
        message = Text(
            f"{called(node).zh}的 act“{step.act}”不认识。",
            f"The act '{step.act}' of {called(node).en} is not known.",
        )
        findings.error("unknown-act", node, message, hint)
    else:
        message = Text(
            f"{called(node).zh}没有写 act。", f"The {called(node).en} does not name its act."
        )
        findings.error("no-act", node, message, hint)
    return False


def _check_by_whom(node: Node, step: Step, findings: Findings) -> None:
    act = language.ACTS[step.act]
    by_applicant = step.role == language.APPLICANT
    if act.by_applicant != by_applicant and step.act != "other" and step.role:
        who = Text("申请人", "the applicant") if act.by_applicant else Text("工作人员", "staff")
        findings.error(
            "act-by-whom",
            node,
            Text(
                f"{called(node).zh}的 act“{act.label.zh}”应由{who.zh}办理。",
                f"The act '{act.code}' of {called(node).en} is for {who.en}.",
            ),
            Text("请改 act 或 candidateGroups。", "Change the act or the candidateGroups."),
        )
    if step.act in {"co-handle", "decide-part"} and step.cohandling is None:
        findings.error(
            "act-outside",
            node,
            Text(
                f"{called(node).zh}的 act“{act.label.zh}”只能在协办子流程里。",
                f"The act '{act.code}' of {called(node).en} may only stand in a co-handling.",
            ),
            Text("请把它移进协办子流程。", "Move it into a co-handling subprocess."),
        )


def _check_numbers(node: Node, step: Step, findings: Findings) -> None:
    persons = node.properties.get("persons", "1")
    if not (persons.isascii() and persons.isdigit() and 1 <= int(persons) <= 9):
        findings.error(
            "bad-persons",
            node,
            Text(
                f"{called(node).zh}的 persons“{persons}”不是 1 到 9 的数。",
                f"persons '{persons}' of {called(node).en} is not a number from 1 to 9.",
            ),
            Text("请写办理人数，如 2。", "Write how many people must sign, such as 2."),
        )
    if step.limit is not None:
        check_limit(node, "limit", step.limit, findings)
    elif step.role != language.APPLICANT:
        findings.error(
            "no-step-limit",
            node,
            Text(f"{called(node).zh}没有写时限。", f"The {called(node).en} has no limit."),
            LIMIT_HINT,
        )


def _check_words(process: Process, node: Node, step: Step, findings: Findings) -> None:
    if step.opinion not in language.OPINIONS:
        findings.error(
            "bad-opinion",
            node,
            Text(f"opinion 的值“{step.opinion}”不对。", f"opinion has no value '{step.opinion}'."),
            Text("请选用 required、optional 或 none。", "Choose required, optional or none."),
        )
    if step.outcome_as is not None:
        check_name(node, step.outcome_as, findings)
    for other in step.not_same_as:
        if other == step.element or _by_nobody(process, other):
            findings.error(
                "bad-not-same-as",
                node,
                Text(
                    f"notSameAs 里的“{other}”不是另一个用户任务。",
                    f"'{other}' in notSameAs is not another user task.",
                ),
                Text("请写用户任务的 id。", "Write the ids of user tasks."),
            )
    if not node.name.zh:
        findings.error(
            "no-name",
            node,
            Text(f"用户任务“{node.id}”没有名称。", f"The user task '{node.id}' has no name."),
            Text("请写环节名称。", "Name the step."),
        )


def _by_nobody(process: Process, element: str) -> bool:
    """Whether no person does an element."""
    step = process.steps.get(element)
    return step is None or step.outside is not None


def _check_separation(process: Process, findings: Findings) -> None:
    """Ask an immediate item for separate posts unless it says 审核合一 (combinedReview)."""
    if process.kind != "immediate" or process.combined_review:
        return
    accepting = {s.element for s in process.steps.values() if s.act == "accept"}
    for step in process.steps.values():
        separate = accepting <= set(step.not_same_as)
        if step.act != "decide" or separate:
            continue
        node = process.nodes[step.element]
        findings.error(
            "posts-not-separated",
            node,
            Text(
                f"{called(node).zh}与受理没有岗位分离。",
                f"The {called(node).en} may be done by whoever accepted the application.",
            ),
            Text(
                "请写 notSameAs=受理任务的 id，或在流程上设 combinedReview=true（审核合一）。",
                "Set notSameAs to the accepting task, or combinedReview=true on the process.",
            ),
        )
