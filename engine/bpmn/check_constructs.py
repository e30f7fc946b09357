"""Refuse what BPMN can say but this engine does not run: it must run as drawn or not at all."""

from typing import Final

from engine.bpmn import elements, facts, language, source
from engine.bpmn.check_children import check_children, owner_of
from engine.bpmn.check_plain_nodes import check_node
from engine.bpmn.check_structure import Place
from engine.bpmn.findings import KINDS, Findings, called
from engine.bpmn.model import Diagram, EventDefinition, Node, Process
from engine.bpmn.source import BPMN, VENDORS, Element
from forms.text import Text

_REMEDIES: Final = {
    "sendTask": Text(
        "请写 messageRef；通知由系统自动发送，不必画出。",
        "Set its messageRef; notices are sent by themselves and need not be drawn.",
    ),
    "serviceTask": Text(
        "由外部程序办理的，请写 topic（camunda:type=external）；"
        "否则改为业务规则任务、脚本任务或用户任务。",
        "Name the topic under which a program does it (camunda:type=external); else make it a "
        "business rule task, a script task or a user task.",
    ),
}
#: Activities on which a timer has time to go off.
_LASTING: Final = frozenset(
    {"userTask", "receiveTask", "callActivity", "subProcess", "transaction", "adHocSubProcess"}
)
#: Attributes that change what runs, with the one value that changes nothing.
_ATTRIBUTES: Final = {"instantiate": "false"}
_DROPPED_ATTRIBUTES: Final = {
    "assignee": "candidateGroups",
    "candidateUsers": "candidateGroups",
    "dueDate": "limit",
    "followUpDate": "limit",
    "class": "decisionRef",
    "delegateExpression": "decisionRef",
    "expression": "decisionRef",
    "topic": "decisionRef",
    "type": "decisionRef",
}
#: What a task that a program outside does may say besides.
_CARRIED: Final = frozenset({"topic", "type"})
_DROPPED_ELEMENTS: Final = {
    "executionListener": Text("执行监听器", "execution listeners"),
    "taskListener": Text("任务监听器", "task listeners"),
    "formData": Text("内嵌表单字段", "embedded form fields"),
    "connector": Text("连接器", "connectors"),
    "taskSchedule": Text("任务计划时间", "task schedules"),
    "field": Text("字段注入", "field injections"),
    "errorEventDefinition": Text("由结果推出的错误", "errors read from what a program answers"),
    "taskHeaders": Text("任务头", "task headers"),
}
_DROPPED_BPMN: Final = frozenset({"potentialOwner", "humanPerformer", "performer"})


def check_constructs(process: Process, findings: Findings) -> None:
    """Refuse every node of a kind, or with a setting, that would not run as drawn."""
    for node in process.nodes.values():
        check_node(process, node, findings)
        if node.type in _REMEDIES and not node.events and not facts.is_outside(node):
            _refuse(node, _kind(node), _REMEDIES[node.type], findings)
        _check_events(process, node, findings)
        _check_settings(node, findings)
        _check_loop(process, node, findings)


def check_dropped(diagram: Diagram, process: Process, findings: Findings) -> None:
    """Refuse facts of other tools that stand in the file but would be lost."""
    for element in diagram.tree.iter(f"{{{BPMN}}}*"):
        identity = element.get("id")
        if identity in process.nodes or identity == process.id:
            _check_extensions(element, findings)
        if source.local(element) in _DROPPED_BPMN:
            _dropped(
                Place(owner_of(element), source.line(element)), source.local(element), findings
            )
        parent = element.getparent()
        if (parent is not None and parent.get("id") == process.id) or _in_container(element):
            check_known(element, process, findings)
        if owner_of(element) in process.nodes:
            check_children(element, process, findings)


_QUIET: Final = elements.NODE_TYPES | {
    "sequenceFlow",
    "documentation",
    "extensionElements",
    "laneSet",
    "textAnnotation",
    "association",
    "group",
    "dataObject",
    "dataObjectReference",
    "dataStoreReference",
    "ioSpecification",
    "property",
    "incoming",
    "outgoing",
    "multiInstanceLoopCharacteristics",
    "standardLoopCharacteristics",
    "dataInputAssociation",
    "dataOutputAssociation",
    "category",
    "auditing",
    "monitoring",
    "correlationSubscription",
    "resourceRole",
    "supports",
    "completionCondition",
    "activationCondition",
    *_DROPPED_BPMN,
}


def _in_container(element: Element) -> bool:
    parent = element.getparent()
    return parent is not None and source.local(parent) in elements.CONTAINERS


def check_known(element: Element, process: Process, findings: Findings) -> None:
    """Report a BPMN element of a process that we do not know."""
    tag = source.local(element)
    if tag in _QUIET:
        return
    findings.error(
        "unknown-element",
        Place(element.get("id") or process.id, source.line(element)),
        Text(f"不认识元素 <{tag}>。", f"The element <{tag}> is not known."),
        Text("请删除它，或用已支持的元素代替。", "Delete it, or use one that is supported."),
    )


def _check_extensions(element: Element, findings: Findings) -> None:
    at = Place(element.get("id", ""), source.line(element))
    for holder in element.findall(f"{{{BPMN}}}extensionElements"):
        for extension in holder:
            label = _DROPPED_ELEMENTS.get(source.local(extension))
            if label and source.namespace(extension) in VENDORS:
                _dropped(Place(at.id, source.line(extension)), label, findings)


def _dropped(at: Place, what: Text | str, findings: Findings) -> None:
    label = what if isinstance(what, Text) else Text(what, what)
    findings.error(
        "not-run",
        at,
        Text(f"{label.zh}不会被执行。", f"'{label.en}' would not be carried out."),
        Text(
            "请删除它，用流程语言的属性来表达。",
            "Delete it; say it with the properties of the process language.",
        ),
    )


def _kind(node: Node) -> Text:
    return KINDS.get(node.type, Text(node.type, node.type))


def _refuse(node: Node, what: Text, remedy: Text, findings: Findings) -> None:
    findings.error(
        "unsupported",
        node,
        Text(
            f"不支持{what.zh}“{node.name.zh or node.id}”。",
            f"The {what.en} '{node.name.en or node.id}' is not supported.",
        ),
        remedy,
    )


def _check_events(process: Process, node: Node, findings: Findings) -> None:
    for event in node.events:
        if event.kind == "timer":
            _check_timer(node, event, findings)
        elif event.kind == "conditional" and not event.expression:
            findings.error(
                "condition-missing",
                node,
                Text(f"{called(node).zh}没有条件。", f"The {called(node).en} has no condition."),
                Text("请写一个 FEEL 条件。", "Write a condition in FEEL."),
                line=event.line,
            )
    if node.type == "boundaryEvent":
        _check_host(process, node, findings)


def _check_host(process: Process, node: Node, findings: Findings) -> None:
    host = process.nodes.get(node.attached_to or "")
    timed = any(event.kind == "timer" for event in node.events)
    if host is None or host.type in _LASTING or facts.is_outside(host) or not timed:
        return
    findings.error(
        "boundary-host",
        node,
        Text(
            f"{called(node).zh}附着在{called(host).zh}上，永远不会触发。",
            f"A timer on {called(host).en} never fires: it takes no time.",
        ),
        Text("请把它放到用户任务或子流程上。", "Put it on a user task or a subprocess."),
    )


def _check_timer(node: Node, event: EventDefinition, findings: Findings) -> None:
    text = (event.expression or "").strip()
    good = {
        "duration": language.is_duration,
        "date": language.is_moment,
        "cycle": language.is_cycle,
    }.get(event.timer)
    if text.startswith(("=", "${", "#{")) or (good is not None and good(text)):
        return
    findings.error(
        "timer-text",
        node,
        Text(
            f"{called(node).zh}的时间“{text}”写法不对。",
            f"The time '{text}' of {called(node).en} cannot be read.",
        ),
        Text(
            "请写 P5D、P5WD（工作日，最多3660）、PT4WH（工作小时）、R3/P1D（循环）、"
            "2026-12-31T17:00:00+08:00，或 cron（如 0 0 9 ? * MON-FRI，星期用名称）。",
            "Write P5D, P5WD (working days, up to 3660), PT4WH (working hours), R3/P1D (a cycle),"
            " 2026-12-31T17:00:00+08:00, or cron as 0 0 9 ? * MON-FRI (days of the week by name).",
        ),
        line=event.line,
    )


def _check_settings(node: Node, findings: Findings) -> None:
    for name, plain in _ATTRIBUTES.items():
        value = node.attributes.get(name, plain)
        if value != plain and node.type != "eventBasedGateway":
            _attribute(node, f'{name}="{value}"', findings)
    carried = _CARRIED if facts.is_outside(node) else frozenset[str]()
    for name, instead in _DROPPED_ATTRIBUTES.items():
        if (
            name not in carried
            and node.attributes.get(name)
            and node.type in elements.TASKS | elements.CONTAINERS
        ):
            _attribute(node, name, findings, instead)
    if node.type == "scriptTask" and node.attributes.get("scriptFormat", "").lower() != "feel":
        check_script_format(node, findings)


def _attribute(node: Node, name: str, findings: Findings, instead: str = "") -> None:
    use = Text(f"，改用 {instead}", f" and use {instead}") if instead else Text("", "")
    findings.error(
        "not-run",
        node,
        Text(
            f"{called(node).zh}的 {name} 不会被执行。",
            f"'{name}' on {called(node).en} would not be carried out.",
        ),
        Text(f"请删除它{use.zh}。", f"Delete it{use.en}."),
    )


def check_script_format(node: Node, findings: Findings) -> None:
    """Report a script that is not FEEL."""
    written = node.attributes.get("scriptFormat") or "?"
    findings.error(
        "script-format",
        node,
        Text(
            f"{called(node).zh}的脚本语言是“{written}”，只能用 FEEL。",
            f"The script of {called(node).en} is in '{written}'; only FEEL runs.",
        ),
        Text(
            "请设 scriptFormat=feel，每行写“名称 = 表达式”。",
            "Set scriptFormat=feel and write lines of 'name = expression'.",
        ),
    )


def _check_loop(process: Process, node: Node, findings: Findings) -> None:
    loop = node.loop
    if loop is None or node.id not in process.cohandlings:
        return
    if loop.kind == "standard" or loop.cardinality:
        _refuse(
            node,
            Text("按次数重复的协办", "co-handling that counts its runs in"),
            Text(
                "协办按部门进行，请只写 collection；其他重复请去掉 coHandling。",
                "A co-handling runs for departments: give a collection, or drop coHandling.",
            ),
            findings,
        )
    if _nested(process, node):
        _refuse(
            node,
            Text("协办中的协办", "co-handling inside a co-handling"),
            Text("请画成先后两次协办。", "Draw two co-handlings one after the other."),
            findings,
        )


def _nested(process: Process, node: Node) -> bool:
    parent = process.nodes.get(node.parent or "")
    while parent is not None:
        if parent.id in process.cohandlings:
            return True
        parent = process.nodes.get(parent.parent or "")
    return False
