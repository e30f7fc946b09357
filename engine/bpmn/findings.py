"""Collect the problems of one diagram, each with element, line, rule and remedy."""

from typing import Final, Literal, Protocol

from engine.bpmn.model import Flow, Node
from engine.problems import Problem
from forms.text import Text

#: How people call the kinds of nodes.
KINDS: Final = {
    "startEvent": Text("开始事件", "start event"),
    "endEvent": Text("结束事件", "end event"),
    "intermediateCatchEvent": Text("中间捕获事件", "intermediate catch event"),
    "intermediateThrowEvent": Text("中间抛出事件", "intermediate throw event"),
    "boundaryEvent": Text("边界事件", "boundary event"),
    "task": Text("未定类型的任务", "task without a kind"),
    "userTask": Text("用户任务", "user task"),
    "manualTask": Text("人工任务", "manual task"),
    "scriptTask": Text("脚本任务", "script task"),
    "businessRuleTask": Text("业务规则任务", "business rule task"),
    "serviceTask": Text("服务任务", "service task"),
    "sendTask": Text("发送任务", "send task"),
    "receiveTask": Text("接收任务", "receive task"),
    "callActivity": Text("调用活动", "call activity"),
    "subProcess": Text("子流程", "subprocess"),
    "transaction": Text("事务子流程", "transaction"),
    "adHocSubProcess": Text("即席子流程", "ad-hoc subprocess"),
    "exclusiveGateway": Text("排他网关", "exclusive gateway"),
    "parallelGateway": Text("并行网关", "parallel gateway"),
    "inclusiveGateway": Text("包容网关", "inclusive gateway"),
    "complexGateway": Text("复杂网关", "complex gateway"),
    "eventBasedGateway": Text("事件网关", "event-based gateway"),
}


class Located(Protocol):
    """Anything with an id and a line."""

    @property
    def id(self) -> str:
        """Its id in the file."""

    @property
    def line(self) -> int:
        """Its line in the file."""


class Findings:
    """The problems found so far in one file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self._problems: dict[Problem, None] = {}

    def error(
        self, rule: str, at: Located, message: Text, hint: Text, line: int | None = None
    ) -> None:
        """Note what stops a deployment."""
        self.note("error", rule, at.id, line or at.line, message, hint)

    def warning(
        self, rule: str, at: Located, message: Text, hint: Text, line: int | None = None
    ) -> None:
        """Note what the author should look at."""
        self.note("warning", rule, at.id, line or at.line, message, hint)

    def note(
        self,
        severity: Literal["error", "warning"],
        rule: str,
        element: str | None,
        line: int | None,
        message: Text,
        hint: Text,
    ) -> None:
        """Note a problem that belongs to no node or flow."""
        problem = Problem(self.file, line, element, rule, severity, message, hint)
        self._problems.setdefault(problem)

    def of(self, rule: str) -> set[str | None]:
        """Collect the elements that a rule was already broken at."""
        return {one.element for one in self._problems if one.rule == rule}

    def sorted(self) -> list[Problem]:
        """Give all problems in the order of the file, errors before warnings on one line."""
        return sorted(self._problems, key=lambda p: (p.line or 0, p.severity, p.rule))


def called(node: Node) -> Text:
    """Say which node is meant: its kind and its name, or its id when it has none."""
    kind = KINDS.get(node.type, Text(node.type, node.type))
    name = Text(node.name.zh or node.id, node.name.en or node.id)
    return Text(f"{kind.zh}“{name.zh}”", f"{kind.en} '{name.en}'")


def flow_called(flow: Flow) -> Text:
    """Say which sequence flow is meant."""
    name = Text(flow.name.zh or flow.id, flow.name.en or flow.id)
    return Text(f"顺序流“{name.zh}”", f"flow '{name.en}'")


def quoted(names: "list[str] | tuple[str, ...] | set[str] | frozenset[str]") -> Text:
    """List names for a message in both languages, sorted when they have no order."""
    listed = sorted(names) if isinstance(names, set | frozenset) else list(names)
    return Text("、".join(listed), ", ".join(listed))
