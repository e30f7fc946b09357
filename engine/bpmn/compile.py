"""Turn a drawn process into the plain BPMN that the runtime runs.

The output is written afresh from the model: only what is named here can get in, so nothing that the
reader did not understand is ever run. Scripts, decisions, timers and loops become small JSON texts
which the runtime's own classes execute; conditions become FEEL.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from lxml import etree

from engine.bpmn import expressions, language
from engine.bpmn.model import Diagram, EventDefinition, Flow, Loop, Mappings, Node, Process
from engine.bpmn.source import BPMN, Element
from engine.errors import DefinitionError
from forms.text import Text

_GATEWAYS: Final = frozenset({"exclusiveGateway", "parallelGateway", "inclusiveGateway"})
_ACTIVITIES: Final = frozenset({"userTask", "subProcess", "scriptTask", "businessRuleTask"})
_CONDITIONAL: Final = frozenset({"exclusiveGateway", "inclusiveGateway"})
_TIMED: Final = frozenset({"boundaryEvent", "intermediateCatchEvent"})
_QUANTITIES: Final = ("startQuantity", "completionQuantity")
#: What needs a program outside, unless it has a message.
_OUTSIDE: Final = frozenset({"serviceTask", "sendTask"})
#: Names the machinery uses itself (SpiffWorkflow 3.2.0), and those it might trip over.
_RESERVED: Final = re.compile(
    r"Start|End|Root|StartEventSplit|StartEventJoin"
    r"|.*\.(EndJoin|BoundaryEventSplit|BoundaryEventJoin)|.*\.\..*|.*[^\w.-].*",
    re.DOTALL,
)


class CompileError(DefinitionError):
    """Expected a diagram made of what we run, but ``element`` on ``line`` is something else."""

    code = "not-compilable"

    def __init__(self, element: str, line: int, zh: str, en: str) -> None:
        super().__init__(
            Text(
                f"元素“{element}”（第 {line} 行）：{zh}", f"Element '{element}' (line {line}): {en}"
            )
        )
        self.element = element
        self.line = line


@dataclass(frozen=True)
class Compiled:
    """A process ready to run."""

    process: str
    xml: bytes
    #: Drawn id of each node by its id in ``xml``; nodes we added are not in it.
    drawn: Mapping[str, str]
    #: Variables that the diagram itself sets somewhere.
    sets: frozenset[str]


def compile_process(diagram: Diagram) -> bytes:
    """Give the XML the runtime runs for a diagram's main process; raises CompileError."""
    return compile_diagram(diagram).xml


def compile_diagram(diagram: Diagram) -> Compiled:
    """Compile a diagram's main process; raises CompileError for what we do not run as drawn."""
    return _Compiler(diagram).compile()


def beyond_tree(process: Process) -> bool:
    """Whether a process has what only the token machine runs, and nothing that it does not.

    What needs a program outside and names no topic for it is left to the refusals.
    """
    own = (process.data_names | language.COUNTED) & process.names or process.data_values
    wide = bool(own) or any(_only_tokens(process, node) for node in process.nodes.values())
    return wide and not any(
        node.type in _OUTSIDE and not node.events and node.id not in process.steps
        for node in process.nodes.values()
    )


def branches_out(process: Process) -> bool:
    """Whether a process asks several departments at once.

    With hundreds of them open, a tree is loaded whole for each answer; tokens are not.
    """
    return any(n.loop is not None and n.type == "subProcess" for n in process.nodes.values())


def _only_tokens(process: Process, node: Node) -> bool:
    if node.type != "userTask" and node.id in process.steps:
        return True
    if node.type not in _WRITERS or len(node.events) > 1 or _set_apart(node):
        return True
    if node.loop is not None and (
        node.loop.kind == "standard"
        or node.loop.behavior != "All"
        or node.loop.completion is not None
        or node.type not in {"userTask", "subProcess"}
    ):
        return True
    if node.mappings != Mappings() or node.attributes.get("isForCompensation") == "true":
        return True
    if node.type == "subProcess" and not _one_start(process, node):
        return True
    flows = [process.flows[flow] for flow in node.outgoing]
    if node.type in _ACTIVITIES and (node.default or any(flow.condition for flow in flows)):
        return True
    return any(
        event.timer == "cycle" or event.kind not in {"timer", "terminate"} for event in node.events
    )


def _set_apart(node: Node) -> bool:
    """Whether a node is begun by an event, or counts its tokens."""
    counts = any(node.attributes.get(name, "1") != "1" for name in _QUANTITIES)
    return counts or node.attributes.get("triggeredByEvent") == "true"


def _one_start(process: Process, node: Node) -> bool:
    return sum(inner.type == "startEvent" for inner in process.within(node.id)) == 1


class _Compiler:
    def __init__(self, diagram: Diagram) -> None:
        self.process: Process = diagram.main
        self.loops = _loop_elements(diagram)
        self.ids = _safe_ids(self.process)
        self.added = 0
        outcomes = (step.outcome_as for step in self.process.steps.values())
        self.sets = {language.OUTCOME, *(name for name in outcomes if name)}

    def compile(self) -> Compiled:
        root = etree.Element(
            f"{{{BPMN}}}definitions", nsmap={None: BPMN}, targetNamespace="urn:run"
        )
        name = self.ids[self.process.id]
        holder = _child(root, "process", id=name, isExecutable="true")
        self._fill(holder, None)
        drawn = {self.ids[node]: node for node in self.process.nodes}
        xml = etree.tostring(root, xml_declaration=True, encoding="UTF-8")
        return Compiled(name, xml, drawn, frozenset(self.sets))

    def _fill(self, holder: Element, parent: str | None) -> None:
        for node in self.process.within(parent):
            self._node(holder, node)
            self._leave(holder, node)

    # --- nodes ---------------------------------------------------------------------------------
    def _node(self, holder: Element, node: Node) -> None:
        if node.type not in _WRITERS:
            raise _refused(node, f"不支持 {node.type}。", f"{node.type} is not supported.")
        if node.loop is not None and node.type not in ("userTask", "subProcess"):
            raise _refused(node, "该元素不能多实例或循环。", "This element cannot loop.")
        if node.events and node.type not in {*_TIMED, "endEvent"}:
            raise _refused(node, "该元素不能有事件定义。", "This element cannot have an event.")
        _WRITERS[node.type](self, holder, node)

    def plain(self, holder: Element, node: Node) -> None:
        """Write an element that carries no more than its id."""
        self._element(holder, node, node.type)

    def user_task(self, holder: Element, node: Node) -> None:
        """Write a step of a person, once or once for each item."""
        self._repeat(self._element(holder, node, "userTask"), node)

    def gateway(self, holder: Element, node: Node) -> None:
        """Write a gateway with its default flow."""
        element = self._element(holder, node, node.type)
        if node.default and node.default not in node.outgoing:
            raise _refused(node, "默认流向不是它的出线。", "Its default flow does not leave it.")
        if node.default and node.type in _CONDITIONAL:
            element.set("default", self.ids[node.default])

    def end_event(self, holder: Element, node: Node) -> None:
        """Write an end, or an end that ends everything."""
        element = self._element(holder, node, "endEvent")
        if [event.kind for event in node.events] == ["terminate"]:
            _child(element, "terminateEventDefinition")
        elif node.events:
            raise _refused(node, "不支持这种结束事件。", "This kind of end event is not supported.")

    def timer(self, holder: Element, node: Node) -> None:
        """Write a timer to wait for, or on the edge of an activity."""
        if len(node.events) != 1 or node.events[0].kind != "timer":
            raise _refused(node, "只支持定时器事件。", "Only timer events are supported.")
        element = self._element(holder, node, node.type)
        if node.type == "boundaryEvent":
            element.set("attachedToRef", self.ids[self._activity(node).id])
            element.set("cancelActivity", "true" if node.interrupting else "false")
        definition = _child(element, "timerEventDefinition")
        _child(definition, "timeDuration").text = _json(_timer(node, node.events[0]))

    def _activity(self, event: Node) -> Node:
        found = self.process.nodes.get(event.attached_to or "")
        if found is None or found.type not in _ACTIVITIES or found.parent != event.parent:
            raise _refused(event, "边界事件没有附着的活动。", "It is attached to no activity.")
        return found

    def script(self, holder: Element, node: Node) -> None:
        """Write a script: lines ``name = FEEL``."""
        if node.attributes.get("scriptFormat", "feel").lower() != "feel":
            raise _refused(node, "脚本必须是 FEEL。", "Scripts must be FEEL.")
        lines = []
        for line in expressions.script_lines(node):
            if line.sets is None or not language.is_name(line.sets) or not line.text:
                raise CompileError(
                    node.id,
                    line.line,
                    "脚本行应为“名称 = 表达式”。",
                    "A line must be 'name = expression'.",
                )
            self.sets.add(line.sets)
            lines.append([line.sets, expressions.to_feel(line.text)])
        self._operation(holder, node, {"op": "set", "lines": lines})

    def decision(self, holder: Element, node: Node) -> None:
        """Write a question to a DMN decision."""
        found = self.process.decisions.get(node.id)
        if found is None or not found.ref or not language.is_name(found.result_variable):
            raise _refused(
                node,
                "缺少 decisionRef 或 resultVariable。",
                "decisionRef or resultVariable is missing.",
            )
        if found.mapping not in language.DECISION_RESULTS:
            raise _refused(node, "mapDecisionResult 无效。", "mapDecisionResult is not valid.")
        self.sets.add(found.result_variable)
        ask = {"ref": found.ref, "result": found.result_variable, "mapping": found.mapping}
        self._operation(holder, node, {"op": "decision", **ask})

    def subprocess(self, holder: Element, node: Node) -> None:
        """Write an embedded subprocess, run once or once for each item."""
        if node.attributes.get("triggeredByEvent") == "true":
            raise _refused(node, "不支持事件子流程。", "Event subprocesses are not supported.")
        inner = self.process.within(node.id)
        if sum(child.type == "startEvent" for child in inner) != 1:
            raise _refused(
                node, "子流程应有且只有一个开始事件。", "It needs exactly one start event."
            )
        element = self._element(holder, node, "subProcess")
        self._repeat(element, node)
        self._fill(element, node.id)

    def _element(self, holder: Element, node: Node, tag: str) -> Element:
        return _child(holder, tag, id=self.ids[node.id])

    def _operation(self, holder: Element, node: Node, operation: Mapping[str, Any]) -> None:
        element = self._element(holder, node, "scriptTask")
        _child(element, "script").text = _json(operation)

    # --- loops ---------------------------------------------------------------------------------
    def _repeat(self, element: Element, node: Node) -> None:
        loop = node.loop
        if loop is None:
            return
        if loop.kind == "standard" or loop.completion is not None:
            raise _refused(
                node,
                "不支持标准循环和完成条件，请用网关画出循环。",
                "Standard loops and completion conditions are not supported; draw the loop.",
            )
        facts = self._loop_facts(node, loop)
        many = _child(element, "multiInstanceLoopCharacteristics")
        many.set("isSequential", "true" if loop.kind == "sequential" else "false")
        _child(many, "loopCardinality").text = _json(facts)

    def _loop_facts(self, node: Node, loop: Loop) -> dict[str, Any]:
        drawn = self.loops.get(node.id, {})
        collection, variable = (
            loop.collection or drawn.get("input"),
            loop.variable or drawn.get("item"),
        )
        if (collection is None) == (loop.cardinality is None):
            raise _refused(
                node, "多实例需要集合或次数之一。", "It needs a collection or a cardinality."
            )
        source = collection if collection is not None else loop.cardinality
        facts = {
            "collection" if collection is not None else "cardinality": expressions.to_feel(
                source or ""
            ),
            "variable": variable,
            "sequential": loop.kind == "sequential",
            "answers": None,
            "output": drawn.get("output"),
            "output_item": drawn.get("output_item"),
        }
        if (facts["output"] is None) != (facts["output_item"] is None):
            raise _refused(node, "多实例的输出不完整。", "The loop's output is not complete.")
        cohandling = self.process.cohandlings.get(node.id)
        if cohandling is not None and cohandling.answers:
            facts["answers"] = cohandling.answers
        names = (facts["answers"], facts["output"], variable)
        self.sets |= {name for name in names if isinstance(name, str)}
        return facts

    # --- flows ---------------------------------------------------------------------------------
    def _leave(self, holder: Element, node: Node) -> None:
        """Write the flows that leave a node, adding the fork or the end that BPMN leaves unsaid."""
        flows = [self.process.flows[flow] for flow in node.outgoing]
        if node.type == "endEvent":
            if flows:
                raise _refused(node, "结束事件不能有出线。", "An end event cannot lead on.")
            return
        source = self.ids[node.id]
        if not flows:
            end = self._extra(holder, "endEvent")
            self._connect(holder, source, end)
            return
        if len(flows) > 1 and node.type not in _GATEWAYS:
            fork = self._extra(holder, "parallelGateway")
            self._connect(holder, source, fork)
            source = fork
        for flow in flows:
            self._flow(holder, node, flow, source)

    def _flow(self, holder: Element, node: Node, flow: Flow, source: str) -> None:
        if flow.target not in self.process.nodes:
            raise CompileError(flow.id, flow.line, "连线没有终点。", "The flow leads nowhere.")
        if self.process.nodes[flow.target].parent != node.parent:
            raise CompileError(
                flow.id,
                flow.line,
                "连线不能跨越子流程边界。",
                "A flow cannot cross a subprocess's edge.",
            )
        if self.process.nodes[flow.target].type in ("startEvent", "boundaryEvent"):
            raise CompileError(
                flow.id,
                flow.line,
                "连线不能通向开始或边界事件。",
                "A flow cannot lead to such an event.",
            )
        element = _child(holder, "sequenceFlow", id=self.ids[flow.id])
        element.set("sourceRef", source)
        element.set("targetRef", self.ids[flow.target])
        condition = self._condition(node, flow)
        if condition is not None:
            _child(element, "conditionExpression").text = condition

    def _condition(self, node: Node, flow: Flow) -> str | None:
        if flow.id == node.default and node.type in _CONDITIONAL:
            return None
        if flow.condition is None:
            if node.type in _CONDITIONAL and len(node.outgoing) > 1:
                raise CompileError(
                    flow.id,
                    flow.line,
                    "网关的连线缺少条件。",
                    "The gateway's flow has no condition.",
                )
            return None
        if node.type not in _CONDITIONAL:
            raise CompileError(
                flow.id,
                flow.line,
                "只有排他网关和包容网关的连线可以有条件。",
                "Only flows of exclusive and inclusive gateways can have a condition.",
            )
        return expressions.to_feel(flow.condition)

    def _extra(self, holder: Element, tag: str) -> str:
        identity = self._fresh()
        _child(holder, tag, id=identity)
        return identity

    def _connect(self, holder: Element, source: str, target: str) -> None:
        _child(holder, "sequenceFlow", id=self._fresh(), sourceRef=source, targetRef=target)

    def _fresh(self) -> str:
        self.added += 1
        return f"added..{self.added}"


_WRITERS: Final = {
    "startEvent": _Compiler.plain,
    "endEvent": _Compiler.end_event,
    "userTask": _Compiler.user_task,
    "scriptTask": _Compiler.script,
    "businessRuleTask": _Compiler.decision,
    "exclusiveGateway": _Compiler.gateway,
    "parallelGateway": _Compiler.gateway,
    "inclusiveGateway": _Compiler.gateway,
    "subProcess": _Compiler.subprocess,
    "boundaryEvent": _Compiler.timer,
    "intermediateCatchEvent": _Compiler.timer,
}


def _refused(node: Node, zh: str, en: str) -> CompileError:
    return CompileError(node.id, node.line, zh, en)


def _child(holder: Element, tag: str, **attributes: str) -> Element:
    return etree.SubElement(holder, f"{{{BPMN}}}{tag}", attrib=attributes)


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _safe_ids(process: Process) -> dict[str, str]:
    """Give each node, flow and the process an id that the machinery does not use itself.

    Ids with two dots in a row are ours: a drawn id that has them is renamed too.
    """
    drawn: Iterable[str] = (process.id, *process.nodes, *process.flows)
    return {
        identity: f"drawn..{number}"
        if _RESERVED.fullmatch(identity) or ".." in identity
        else identity
        for number, identity in enumerate(drawn)
    }


def _timer(node: Node, event: EventDefinition) -> dict[str, str]:
    """Give a timer's kind and its FEEL text; literal durations and dates become FEEL strings."""
    text = (event.expression or "").strip()
    if event.timer not in ("duration", "date") or not text:
        raise _refused(
            node,
            "定时器应有时长或日期，不支持周期。",
            "A timer needs a duration or a date, no cycle.",
        )
    literal = language.is_duration(text) if event.timer == "duration" else language.is_moment(text)
    if literal:
        return {"kind": event.timer, "text": _json_text(text)}
    if not text.startswith(("=", "${", "#{")):
        raise _refused(node, f"无法识别的时间“{text}”。", f"'{text}' is not a time we know.")
    return {"kind": event.timer, "text": expressions.to_feel(text)}


def _json_text(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _loop_elements(diagram: Diagram) -> dict[str, dict[str, str]]:
    """Find the standard's own input and output of each loop, by the activity's id."""
    found: dict[str, dict[str, str]] = {}
    for many in diagram.tree.iter(f"{{{BPMN}}}multiInstanceLoopCharacteristics"):
        activity = many.getparent()
        if activity is None or not activity.get("id"):
            continue
        parts = {
            "input": many.findtext(f"{{{BPMN}}}loopDataInputRef"),
            "output": many.findtext(f"{{{BPMN}}}loopDataOutputRef"),
            "item": _named(many, "inputDataItem"),
            "output_item": _named(many, "outputDataItem"),
        }
        found[str(activity.get("id"))] = {k: v.strip() for k, v in parts.items() if v and v.strip()}
    return found


def _named(many: Element, tag: str) -> str | None:
    element = many.find(f"{{{BPMN}}}{tag}")
    return None if element is None else (element.get("name") or element.get("id"))
