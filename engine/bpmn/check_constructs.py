"""Refuse what BPMN can say but this engine does not run: it must run as drawn or not at all."""

from typing import Final

from engine.bpmn import elements, language, source
from engine.bpmn.check_plain_nodes import check_node
from engine.bpmn.check_structure import Place, by_event
from engine.bpmn.findings import KINDS, Findings, called
from engine.bpmn.model import Diagram, EventDefinition, Node, Process
from engine.bpmn.source import BPMN, VENDORS, Element
from forms.text import Text

_REMEDIES: Final = {
    "sendTask": Text(
        "通知由系统自动发送，请删除它，或改为用户任务。",
        "Notices are sent by themselves: delete it, or make it a user task.",
    ),
    "receiveTask": Text(
        "请改为用户任务，由收到消息的人来办结。",
        "Make it a user task that whoever receives the message completes.",
    ),
    "serviceTask": Text(
        "请改为业务规则任务、脚本任务或用户任务。",
        "Make it a business rule task, a script task or a user task.",
    ),
    "callActivity": Text(
        "请把被调用的流程画成内嵌子流程。", "Draw the called process as an embedded subprocess."
    ),
    "transaction": Text("请改为普通子流程。", "Make it a plain subprocess."),
    "adHocSubProcess": Text(
        "请改为普通子流程，用并行网关画出各项工作。",
        "Make it a plain subprocess; draw the work with a parallel gateway.",
    ),
    "complexGateway": Text(
        "请改为排他、并行或包容网关。", "Use an exclusive, parallel or inclusive gateway."
    ),
}
#: Which event definitions run on which events; None = an event without any.
_EVENTS: Final[dict[str, frozenset[str | None]]] = {
    "startEvent": frozenset({None}),
    "endEvent": frozenset({None, "terminate", "error", "escalation"}),
    "intermediateCatchEvent": frozenset({"timer", "conditional"}),
    "intermediateThrowEvent": frozenset({None, "escalation"}),
    "boundaryEvent": frozenset({"timer", "error", "escalation", "conditional"}),
}
#: Which begin an event subprocess.
_BEGINNINGS: Final[frozenset[str | None]] = frozenset(
    {"timer", "error", "escalation", "conditional"}
)
_EVENT_NAMES: Final = {
    "message": Text("消息", "message"),
    "signal": Text("信号", "signal"),
    "escalation": Text("升级", "escalation"),
    "error": Text("错误", "error"),
    "compensate": Text("补偿", "compensation"),
    "conditional": Text("条件", "conditional"),
    "link": Text("链接", "link"),
    "cancel": Text("取消", "cancel"),
    "terminate": Text("终止", "terminate"),
    "timer": Text("定时", "timer"),
}
_EVENT_REMEDIES: Final = {
    "link": Text("请用顺序流直接相连。", "Connect both places with a flow."),
    "startEvent": Text(
        "请用无类型的开始事件：办件从申请提交开始。",
        "Use a plain start event: a case starts with the application.",
    ),
    "endEvent": Text("请用普通或终止结束事件。", "Use a plain or a terminate end event."),
    "intermediateCatchEvent": Text(
        "请用定时器，或改为用户任务。", "Use a timer, or make it a user task."
    ),
    "intermediateThrowEvent": Text("请删除它。", "Delete it."),
    "boundaryEvent": Text(
        "请用边界定时器，或用用户任务的办理结果加网关。",
        "Use a boundary timer, or an outcome of the task with a gateway.",
    ),
}
#: Attributes that change what runs, with the one value that changes nothing.
_ATTRIBUTES: Final = {
    "isForCompensation": "false",
    "startQuantity": "1",
    "completionQuantity": "1",
    "instantiate": "false",
    "triggeredByEvent": "false",
}
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
_DROPPED_ELEMENTS: Final = {
    "executionListener": Text("执行监听器", "execution listeners"),
    "taskListener": Text("任务监听器", "task listeners"),
    "inputOutput": Text("输入输出映射", "input/output mappings"),
    "ioMapping": Text("输入输出映射", "input/output mappings"),
    "formData": Text("内嵌表单字段", "embedded form fields"),
    "connector": Text("连接器", "connectors"),
    "taskSchedule": Text("任务计划时间", "task schedules"),
    "field": Text("字段注入", "field injections"),
}
_DROPPED_BPMN: Final = frozenset(
    {"potentialOwner", "humanPerformer", "performer", "eventDefinitionRef"}
)


def check_constructs(process: Process, findings: Findings) -> None:
    """Refuse every node of a kind, or with a setting, that would not run as drawn."""
    for node in process.nodes.values():
        if node.type in _REMEDIES:
            _refuse(node, _kind(node), _REMEDIES[node.type], findings)
        _check_events(process, node, findings)
        _check_settings(node, findings)
        if by_event(node) or node.type == "eventBasedGateway":
            check_node(process, node, findings)
        _check_loop(process, node, findings)


def check_dropped(diagram: Diagram, process: Process, findings: Findings) -> None:
    """Refuse facts of other tools that stand in the file but would be lost."""
    for element in diagram.tree.iter(f"{{{BPMN}}}*"):
        identity = element.get("id")
        if identity in process.nodes or identity == process.id:
            _check_extensions(element, findings)
        if source.local(element) in _DROPPED_BPMN:
            owner = _owner(element)
            _dropped(Place(owner, source.line(element)), source.local(element), findings)
        parent = element.getparent()
        if (parent is not None and parent.get("id") == process.id) or _in_container(element):
            check_known(element, process, findings)


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


def _owner(element: Element) -> str:
    holder: Element | None = element
    while holder is not None and not (
        holder.get("id") and source.local(holder) in elements.NODE_TYPES
    ):
        holder = holder.getparent()
    return "" if holder is None else holder.get("id", "")


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
    allowed = _EVENTS.get(node.type)
    parent = process.nodes.get(node.parent or "")
    if node.type == "startEvent" and parent is not None and by_event(parent):
        allowed = _BEGINNINGS
    if allowed is None:
        return
    if len(node.events) > 1 or (node.events and node.events[0].kind in allowed):
        check_node(process, node, findings)
    if len(node.events) > 1:
        return
    event = node.events[0] if node.events else None
    kind = event.kind if event else None
    if kind not in allowed:
        _refuse_event(node, kind, findings)
    elif event is not None and kind == "timer":
        _check_timer(node, event, findings)
    if node.type == "boundaryEvent":
        _check_host(process, node, findings)


def _refuse_event(node: Node, kind: str | None, findings: Findings) -> None:
    label = _EVENT_NAMES.get(kind, Text(kind, kind)) if kind else Text("无类型", "untyped")
    remedy = _EVENT_REMEDIES.get(kind or "") or _EVENT_REMEDIES[node.type]
    what = Text(f"{label.zh}{_kind(node).zh}", f"{label.en} {_kind(node).en}")
    _refuse(node, what, remedy, findings)


def _check_host(process: Process, node: Node, findings: Findings) -> None:
    host = process.nodes.get(node.attached_to or "")
    timed = any(event.kind == "timer" for event in node.events)
    if host is None or host.type in {"userTask", "subProcess"} or not timed:
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
    text = event.expression or ""
    hint = Text(
        "请写 P5D、PT4H、P5WD（工作日）、PT4WH（工作小时），或 2026-12-31T17:00:00+08:00。",
        "Write P5D, PT4H, P5WD (working days), PT4WH (working hours),"
        " or 2026-12-31T17:00:00+08:00.",
    )
    if event.timer == "cycle" and not (language.is_cycle(text) and not node.interrupting):
        findings.error(
            "timer-cycle",
            node,
            Text(
                f"{called(node).zh}的循环“{text}”只能用在不中断的边界或事件子流程上。",
                f"The cycle '{text}' of {called(node).en} runs only where it does not interrupt.",
            ),
            Text(
                "请改为时长（timeDuration），或写 R3/P1D 并设为不中断。",
                "Make it a duration, or write R3/P1D on an event that does not interrupt.",
            ),
            line=event.line,
        )
    elif event.timer != "cycle" and not _is_timer(event, text):
        findings.error(
            "timer-text",
            node,
            Text(
                f"{called(node).zh}的时间“{text}”写法不对。",
                f"The time '{text}' of {called(node).en} cannot be read.",
            ),
            hint,
            line=event.line,
        )


def _is_timer(event: EventDefinition, text: str) -> bool:
    if event.timer == "date":
        return language.is_instant(text)
    return event.timer == "duration" and language.is_duration(text)


def _check_settings(node: Node, findings: Findings) -> None:
    for name, plain in _ATTRIBUTES.items():
        value = node.attributes.get(name, plain)
        if value != plain and not (name == "triggeredByEvent" and by_event(node)):
            _attribute(node, f'{name}="{value}"', findings)
    for name, instead in _DROPPED_ATTRIBUTES.items():
        if node.attributes.get(name) and node.type in elements.TASKS | elements.CONTAINERS:
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
    if loop is None:
        return
    remedy = Text(
        "请用并行多实例子流程加 coHandling=true；重复办理请用网关画循环。",
        "Use a parallel multi-instance subprocess with coHandling=true; repeat work with a"
        " gateway that leads back.",
    )
    if loop.kind == "standard":
        _refuse(node, Text("标准循环", "standard loop"), remedy, findings)
    elif loop.kind == "sequential":
        _refuse(node, Text("串行多实例", "sequential multi-instance"), remedy, findings)
    elif node.type != "subProcess" or node.properties.get("coHandling") != "true":
        _refuse(node, Text("多实例", "multi-instance"), remedy, findings)
    if loop.cardinality or loop.completion:
        _refuse(
            node,
            Text("多实例的次数或完成条件", "loop cardinality or completion condition of"),
            Text("请只写 collection。", "Give only a collection."),
            findings,
        )
    if process.nodes.get(node.parent or "") is not None and _nested(process, node):
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
