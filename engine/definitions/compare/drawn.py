"""The diagram told as facts: the process, its elements, its flows, and where they stand."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from engine.bpmn.findings import KINDS as NODES
from engine.bpmn.language import ACTS, CLOCK_STARTS, KINDS, NO_REPLY, OPINIONS, limit_text
from engine.bpmn.model import (
    CoHandling,
    Decision,
    Diagram,
    Flow,
    Loop,
    Node,
    Outcome,
    Process,
    Step,
)
from engine.definitions.compare.changes import NONE, Thing, joined, said
from forms.text import Text

Facts = dict[str, tuple[Text, Text]]
Word = Callable[[str], Text]


@dataclass(frozen=True)
class Words:
    """How departments and roles are called; by their codes where nobody says."""

    department: Word = lambda code: Text(code, code)
    role: Word = lambda code: Text(code, code)


_LIMITS: Final = frozenset({"statutoryLimit", "promisedLimit", "extension", "limit"})
#: Told in words of their own, or no fact at all.
_TOLD: Final = frozenset(
    {
        *("id", "name", "nameEn", "act", "limit", "outcomes", "persons", "notSameAs", "opinion"),
        *("outcomeAs", "help", "helpEn", "period", "experts", "lapse", "lapseArticle", "kind"),
        *("candidateGroups", "formRef", "formKey", "coHandling", "lead", "noReply", "answers"),
        *("item", "statutoryLimit", "promisedLimit", "extension", "clockStart", "default"),
        *("combinedReview", "attachedToRef", "cancelActivity", "decisionRef", "resultVariable"),
        *("mapDecisionResult", "isExecutable"),
        *("modelerTemplate", "modelerTemplateVersion", "formRefBinding", "decisionRefBinding"),
    }
)
_DEPARTMENTS: Final = {
    "lead": Text("牵头部门", "the lead department"),
    "co": Text("协办部门", "the co-handling department"),
    "each": Text("逐个部门", "each department"),
}
_LABELS: Final = {
    "clock": Text("计时", "Clock"),
    "ground": Text("停止计时的依据", "Ground for stopping the clock"),
    "item": Text("调用的事项", "Called item"),
    "calledElement": Text("调用的流程", "Called process"),
    "receiptLimit": Text("收件处理时限", "Limit of receipt"),
    "deliveryLimit": Text("送达时限", "Limit of delivery"),
    "tacit": Text("超期视为", "Silence means"),
    "publicHearing": Text("依职权听证", "Public hearing"),
    "hearingRequest": Text("依申请听证", "Hearing on request"),
    "grant": Text("许可种类", "What is granted"),
    "inspection": Text("事后检查", "Inspection afterwards"),
    "emergency": Text("应急", "Emergency"),
    "topic": Text("主题", "Topic"),
    "results": Text("取回的变量", "Results"),
    "taskPriority": Text("优先级", "Priority"),
}


def things(processes: Sequence[Process], words: Words) -> Iterator[Thing]:
    """Tell processes, the main one first, with all their elements and flows."""
    for number, process in enumerate(processes):
        yield Thing("process", "" if number == 0 else process.id, process.name, _whole(process))
        for node in process.nodes.values():
            yield Thing("element", node.id, _name(node), _node(process, node, words))
        for flow in process.flows.values():
            yield Thing("flow", flow.id, _flow_name(process, flow), _flow(process, flow))


def moved(old: Diagram, new: Diagram) -> frozenset[str]:
    """Find the elements that stand elsewhere or are larger or smaller than before."""
    known = {node for process in new.processes for node in process.nodes}
    return frozenset(
        name
        for name, shape in new.shapes.items()
        if name in known and name in old.shapes and old.shapes[name].bounds != shape.bounds
    )


def _put(facts: Facts, key: str, label: tuple[str, str], value: object) -> None:
    text = said(value)
    if text != NONE:
        facts[key] = (Text(*label), text)


def _limit(value: str | None) -> Text | None:
    return limit_text(value) if value else None


def _whole(process: Process) -> Facts:
    facts: Facts = {}
    _put(facts, "name", ("名称", "Name"), process.name)
    _put(facts, "kind", ("办件类型", "Kind"), KINDS.get(process.kind, process.kind))
    _put(facts, "lead", ("牵头部门", "Lead department"), process.lead)
    statutory, promised = _limit(process.statutory_limit), _limit(process.promised_limit)
    _put(facts, "statutoryLimit", ("法定时限", "Statutory limit"), statutory)
    _put(facts, "promisedLimit", ("承诺时限", "Promised limit"), promised)
    _put(facts, "extension", ("可延期", "Extension"), _limit(process.extension))
    starts = CLOCK_STARTS.get(process.clock_start, process.clock_start)
    _put(facts, "clockStart", ("起算日", "Counted from"), starts)
    _put(facts, "form", ("申请表", "Application form"), process.start_form)
    _put(facts, "combinedReview", ("合并审查", "Combined review"), process.combined_review)
    _put(facts, "versionTag", ("版本标签", "Version tag"), process.version_tag)
    _put(facts, "data", ("数据初始值", "First values of data"), dict(process.data_values))
    own = {name: sorted(names) for name, names in process.data_inside.items()}
    _put(facts, "dataInside", ("活动自己的数据", "Data of single activities"), own)
    _rest(facts, process.properties)
    return facts


def _rest(facts: Facts, others: Mapping[str, str]) -> None:
    """Tell what has no words of its own under the name it has in the file."""
    for key, value in others.items():
        if key not in _TOLD and key not in facts:
            shown = limit_text(value) if key.endswith("Limit") else value
            facts[key] = (_LABELS.get(key, Text(key, key)), said(shown))


def _name(node: Node) -> Text:
    kind = NODES.get(node.type, Text(node.type, node.type))
    return Text(node.name.zh or kind.zh, node.name.en or kind.en)


def _node(process: Process, node: Node, words: Words) -> Facts:
    facts: Facts = {}
    _put(facts, "name", ("名称", "Name"), node.name)
    _put(facts, "type", ("种类", "Kind"), NODES.get(node.type, node.type))
    if (step := process.steps.get(node.id)) is not None:
        _step(facts, step, words)
    if (asked := process.cohandlings.get(node.id)) is not None:
        _asked(facts, asked)
    elif node.properties.get("limit") and step is None:
        _put(facts, "limit", ("时限", "Limit"), _limit(node.properties["limit"]))
    if (decision := process.decisions.get(node.id)) is not None:
        _decision(facts, decision)
    _put(facts, "loop", ("多次", "Runs"), _loop(node.loop))
    _put(facts, "events", ("事件", "Event"), [_event(node, n) for n in range(len(node.events))])
    _put(facts, "script", ("脚本", "Script"), node.script)
    _put(facts, "condition", ("条件", "Condition"), node.condition)
    _put(facts, "mappings", ("输入输出", "Inputs and outputs"), _mappings(node))
    _put(facts, "attached", ("附着于", "Sits on"), node.attached_to)
    if node.type == "boundaryEvent":
        _put(facts, "interrupting", ("中断", "Interrupts"), node.interrupting)
    _put(facts, "parent", ("所在子流程", "Inside"), node.parent)
    _rest(facts, {**node.attributes, **node.properties})
    return facts


def _step(facts: Facts, step: Step, words: Words) -> None:
    act = ACTS.get(step.act)
    _put(facts, "act", ("行为", "Act"), act.label if act else step.act)
    _put(facts, "department", ("部门", "Department"), _department(step.department, words))
    _put(facts, "role", ("岗位", "Role"), words.role(step.role) if step.role else None)
    _put(facts, "limit", ("时限", "Limit"), _limit(step.limit))
    _put(facts, "outcomes", ("结论按钮", "Outcomes"), [_outcome(one) for one in step.outcomes])
    _put(facts, "form", ("表单", "Form"), step.form)
    _put(facts, "persons", ("共同签名人数", "People who sign"), step.persons)
    _put(facts, "notSameAs", ("不得同为办理人", "Not by who did"), step.not_same_as)
    opinion = OPINIONS.get(step.opinion, step.opinion)
    _put(facts, "opinion", ("意见", "Opinion"), opinion)
    _put(facts, "outcomeAs", ("结论另存为", "Outcome kept as"), step.outcome_as)
    _put(facts, "help", ("说明", "Help"), step.help)
    _put(facts, "period", ("公示期", "Time of the notice"), step.period)
    _put(facts, "experts", ("专家人数", "Experts"), step.experts)
    _put(facts, "lapse", ("逾期未补正", "Without an answer"), step.lapse)
    _put(facts, "lapseArticle", ("逾期的依据", "By which article"), step.lapse_article)


def _department(code: str, words: Words) -> Text | None:
    return _DEPARTMENTS.get(code) or (words.department(code) if code else None)


def _outcome(one: Outcome) -> Text:
    if not one.reasons_required:
        return one.label
    return Text(f"{one.label.zh}（须写理由）", f"{one.label.en} (with reasons)")


def _asked(facts: Facts, asked: CoHandling) -> None:
    _put(facts, "departments", ("协办部门", "Departments asked"), asked.collection)
    _put(facts, "lead", ("牵头部门", "Lead department"), asked.lead)
    _put(facts, "limit", ("各部门时限", "Limit of each department"), _limit(asked.limit))
    silent = NO_REPLY.get(asked.no_reply, asked.no_reply)
    _put(facts, "noReply", ("无答复时", "Without a reply"), silent)
    _put(facts, "answers", ("答复存入", "Answers kept as"), asked.answers)


def _decision(facts: Facts, decision: Decision) -> None:
    _put(facts, "ref", ("决策", "Decision"), decision.ref)
    _put(facts, "result", ("结果存入", "Result kept as"), decision.result_variable)
    _put(facts, "mapping", ("结果形式", "Form of the result"), decision.mapping)


def _loop(loop: Loop | None) -> Text | None:
    if loop is None:
        return None
    kinds = {
        "parallel": Text("同时", "at the same time"),
        "sequential": Text("依次", "one after the other"),
        "standard": Text("循环", "again and again"),
    }
    rest = [loop.over, loop.cardinality, loop.completion, loop.maximum]
    return joined([kinds[loop.kind], *(said(one) for one in rest if one)])


def _event(node: Node, number: int) -> str:
    event = node.events[number]
    every = "*" if event.uncoded else ""
    asked = (event.expression or "", event.key or "", *sorted(event.watched | event.changes))
    parts = (event.kind, event.timer, event.ref, every, *asked)
    return " ".join(part for part in parts if part)


def _mappings(node: Node) -> list[str]:
    given = node.mappings
    return [
        *(f"{name} ← {source}" for name, source in given.inputs),
        *(f"{name} → {source}" for name, source in given.outputs),
        *(["* ←"] if given.all_in else []),
        *(["* →"] if given.all_out else []),
    ]


def _flow_name(process: Process, flow: Flow) -> Text:
    source, target = _name(process.nodes[flow.source]), _name(process.nodes[flow.target])
    ends = Text(f"{source.zh} → {target.zh}", f"{source.en} → {target.en}")
    if not flow.name.zh:
        return ends
    return Text(f"{ends.zh}（{flow.name.zh}）", f"{ends.en} ({flow.name.en})")


def _flow(process: Process, flow: Flow) -> Facts:
    facts: Facts = {}
    _put(facts, "name", ("名称", "Name"), flow.name)
    _put(facts, "source", ("来自", "From"), _name(process.nodes[flow.source]))
    _put(facts, "target", ("去往", "To"), _name(process.nodes[flow.target]))
    _put(facts, "condition", ("条件", "Condition"), flow.condition)
    default = process.nodes[flow.source].default == flow.id
    _put(facts, "default", ("默认走这条", "Default"), default or None)
    return facts
