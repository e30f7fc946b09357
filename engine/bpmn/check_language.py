"""Check the facts of the process language on the process: kind, limits, lead, property names."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from engine.bpmn import facts, grounds, language
from engine.bpmn.findings import Findings, called, quoted
from engine.bpmn.model import Node, Process
from forms.text import Text

LIMIT_HINT = Text(
    "请写 3wd（工作日）、4wh（工作小时）、20d（自然日）或 30min（分钟），最多 3660。",
    "Write 3wd (working days), 4wh (working hours), 20d (calendar days) or 30min (minutes);"
    " at most 3660.",
)


@dataclass(frozen=True)
class Surroundings:
    """What the bundle and the city around a diagram know; None = not to be checked."""

    #: Each form's name with the keys of its answers.
    forms: Mapping[str, frozenset[str]]
    #: Each DMN decision's id with the names it reads.
    decisions: Mapping[str, frozenset[str]]
    departments: frozenset[str] | None
    roles: frozenset[str] | None
    #: The processes of the bundle that run, by id.
    processes: Mapping[str, Process] = field(default_factory=dict)
    #: For a called process: the names its callers may hand over; None for the item's own.
    given: frozenset[str] | None = None
    #: The item's code.
    item: str = ""


def check_language(process: Process, around: Surroundings, findings: Findings) -> None:
    """Report every fault in the facts of the process, and every misspelt property."""
    _check_process(process, around, findings)
    _check_property_names(process, findings)
    if process.start_form is not None:
        check_form(process, process.start_form, around, findings)
    else:
        findings.error(
            "no-start-form",
            process,
            Text("开始事件没有申请表单。", "The start event names no application form."),
            Text('请写 camunda:formRef="apply"。', 'Write camunda:formRef="apply".'),
        )


def _check_process(process: Process, around: Surroundings, findings: Findings) -> None:
    _choice(process, "kind", process.kind, language.KINDS, findings)
    _choice(process, "clockStart", process.clock_start, language.CLOCK_STARTS, findings)
    for name in ("statutoryLimit", "promisedLimit", "extension"):
        value = process.properties.get(name)
        if value:
            check_limit(process, name, value, findings)
    if not process.promised_limit and not process.statutory_limit:
        findings.error(
            "no-limit",
            process,
            Text("流程没有写时限。", "The process names no limit."),
            Text(
                "请设置 statutoryLimit（法定）或 promisedLimit（承诺）。",
                "Set statutoryLimit or promisedLimit.",
            ),
        )
    _check_promise(process, findings)
    _check_lead(process, around, findings)


def _check_promise(process: Process, findings: Findings) -> None:
    promised = language.parse_limit(process.promised_limit or "")
    statutory = language.parse_limit(process.statutory_limit or "")
    if not promised or not statutory:
        return
    if promised[1] == statutory[1] and promised[0] > statutory[0]:
        findings.error(
            "promise-too-long",
            process,
            Text(
                f"承诺时限 {process.promised_limit} 长于法定时限 {process.statutory_limit}。",
                f"The promised limit {process.promised_limit} is longer than the statutory"
                f" limit {process.statutory_limit}.",
            ),
            Text("承诺时限不得长于法定时限。", "A promise may only be shorter than the law."),
        )


def _check_lead(process: Process, around: Surroundings, findings: Findings) -> None:
    if not process.lead:
        findings.error(
            "no-lead",
            process,
            Text("流程没有写牵头部门。", "The process names no lead department."),
            Text("请设置属性 lead=部门代码。", "Set the property lead=<department code>."),
        )
    elif around.departments is not None and process.lead not in around.departments:
        unknown_department(process, process.lead, findings)


def unknown_department(at: Process | Node, code: str, findings: Findings) -> None:
    """Report a department that the city does not have."""
    findings.error(
        "unknown-department",
        at,
        Text(f"没有代码为“{code}”的部门。", f"There is no department with the code '{code}'."),
        Text("请使用已登记的部门代码。", "Use the code of a registered department."),
    )


def _choice(
    process: Process, name: str, value: str, allowed: Mapping[str, Text], findings: Findings
) -> None:
    if value in allowed:
        return
    findings.error(
        f"bad-{name.lower()}",
        process,
        Text(f"属性 {name} 的值“{value}”不对。", f"The property {name} has no value '{value}'."),
        Text(
            "请选用：" + "、".join(f"{c}（{t.zh}）" for c, t in allowed.items()) + "。",
            "Choose one of: " + ", ".join(allowed) + ".",
        ),
    )


def check_limit(at: Process | Node, name: str, value: str, findings: Findings) -> None:
    """Report a limit that cannot be read."""
    if language.parse_limit(value) is not None:
        return
    findings.error(
        "bad-limit",
        at,
        Text(f"时限 {name}“{value}”写法不对。", f"The limit {name} '{value}' cannot be read."),
        LIMIT_HINT,
    )


def check_called(process: Process, findings: Findings) -> None:
    """Report the same of a called process, which has no application and no limit of its own."""
    _check_names(process, process.properties, frozenset({"nameEn"}), findings)
    _check_property_names_of_nodes(process, findings)
    if process.start_form is not None:
        findings.error(
            "called-form",
            process,
            Text(
                f"被调用的流程“{process.id}”不能有申请表单。",
                f"The called process '{process.id}' cannot have an application form.",
            ),
            Text("请删除开始事件的表单。", "Delete the form of its start event."),
        )


def _check_property_names(process: Process, findings: Findings) -> None:
    _check_names(process, process.properties, language.PROPERTIES["process"], findings)
    _check_property_names_of_nodes(process, findings)


def _check_property_names_of_nodes(process: Process, findings: Findings) -> None:
    for node in process.nodes.values():
        kind = "serviceTask" if facts.is_outside(node) else node.type
        known = language.PROPERTIES.get(kind, language.PROPERTIES["other"])
        _check_names(node, node.properties, known, findings)
        _check_clock(node, findings)


def _check_clock(node: Node, findings: Findings) -> None:
    clock = node.properties.get("clock")
    if clock is None and "ground" not in node.properties:
        return
    if clock != "stop" or not node.properties.get("ground"):
        findings.error(
            "bad-clock",
            node,
            Text(
                f"{called(node).zh}的停止计时写法不对。",
                f"The stop of the clock at {called(node).en} is not written right.",
            ),
            Text(
                "请写 clock=stop 和 ground=依据。", "Set clock=stop and ground=<its legal basis>."
            ),
        )
        return
    _check_ground(node, findings)


def _check_ground(node: Node, findings: Findings) -> None:
    if grounds.ground_of(node.properties["ground"]) is None:
        findings.error(
            "unlawful-ground",
            node,
            Text(
                f"“{node.properties['ground']}”不是停止计时的法定事由。",
                f"'{node.properties['ground']}' is no legal ground to stop the clock.",
            ),
            Text(
                f"请选用：{'、'.join(grounds.GROUNDS)}（许可法45），"
                "或写明本事项的条款，如 own:器械办法13。",
                f"Choose one of: {', '.join(grounds.GROUNDS)} (art. 45), or name the item's own"
                " article, such as own:器械办法13.",
            ),
        )
    elif not node.properties.get("limit"):
        findings.warning(
            "stop-without-limit",
            node,
            Text(
                f"{called(node).zh}停止计时，但没有写所需时间。",
                f"The clock stops at {called(node).en}, but the time needed is not named.",
            ),
            Text(
                "请用 limit 写明；须书面告知申请人（许可法45）。",
                "Name it as limit: the applicant must be told in writing (art. 45).",
            ),
        )


def _check_names(
    at: Process | Node,
    properties: Mapping[str, str],
    known: frozenset[str],
    findings: Findings,
) -> None:
    for name in properties.keys() - known:
        findings.error(
            "unknown-property",
            at,
            Text(f"这里没有属性“{name}”。", f"There is no property '{name}' here."),
            Text(
                f"可用的属性：{quoted(known).zh}。",
                f"The properties that may stand here: {quoted(known).en}.",
            ),
        )


def check_form(at: Process | Node, form: str, around: Surroundings, findings: Findings) -> None:
    """Report a form that the bundle does not hold."""
    if form in around.forms:
        return
    findings.error(
        "unknown-form",
        at,
        Text(f"部署包里没有表单“{form}.form”。", f"The bundle has no form '{form}.form'."),
        Text(
            f"请加上这个表单，或改用：{quoted(frozenset(around.forms)).zh or '（没有）'}。",
            f"Add that form, or use one of: {quoted(frozenset(around.forms)).en or '(none)'}.",
        ),
    )
