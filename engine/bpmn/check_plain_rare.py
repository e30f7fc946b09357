"""Check what few diagrams draw: several definitions on an event, quantities of tokens, gateways
that begin a process.
"""

import re
from typing import Final, Protocol

from engine.bpmn.model import EventDefinition, Node, Process
from engine.bpmn.plain_rules import AWAITED, HOSTS
from forms.text import Text

#: Which definitions may stand beside others, by whether the event waits or throws.
_CATCHING: Final = frozenset({"startEvent", "intermediateCatchEvent", "boundaryEvent"})
_BESIDE: Final = {
    True: AWAITED | {"error", "escalation"},
    False: frozenset({"message", "signal", "escalation"}),
}
_LAST: Final = frozenset({"error", "terminate", "compensate"})
_QUANTITIES: Final = ("startQuantity", "completionQuantity")
_NAME: Final = re.compile(r"[^\W\d]\w*")
#: Kinds of service tasks of other engines that ask another of their engines, and the remedy.
_ENGINES: Final = {
    "dmn": Text(
        "请改为业务规则任务，写 decisionRef 和 resultVariable。",
        "Make it a business rule task with decisionRef and resultVariable.",
    ),
    "case": Text(
        "没有 CMMN；请改为调用活动或子流程。",
        "There is no CMMN; make it a call activity or a subprocess.",
    ),
}


class Say(Protocol):
    """Notes an error of a node; ``…`` stands for its name."""

    def __call__(self, rule: str, zh: str, en: str, hint: Text, line: int | None = None) -> None:
        """Note it."""


def fit_together(node: Node) -> bool:
    """Whether several definitions on one event have a meaning together."""
    catches = node.type in _CATCHING
    kinds = [event.kind for event in node.events]
    beside = _BESIDE[catches]
    if not catches:
        last = [kind for kind in kinds if kind in _LAST]
        fits = len(last) <= 1 and all(kind in beside | _LAST for kind in kinds)
    elif node.attributes.get("parallelMultiple") == "true":
        fits = all(kind in AWAITED for kind in kinds)
    else:
        fits = all(kind in beside for kind in kinds)
    if node.type == "startEvent" and node.parent is None and "conditional" in kinds:
        fits = fits and node.attributes.get("parallelMultiple") != "true"
    return fits


def check_settings(node: Node, say: Say) -> None:
    """Report quantities of tokens that are none, and settings that need what is not there."""
    for name in _QUANTITIES:
        text = node.attributes.get(name)
        if text is None or node.type not in HOSTS:
            continue
        if not (text.isascii() and text.isdigit() and 0 < int(text) <= 100):
            say(
                "bad-quantity",
                f"…的 {name}=“{text}”不是 1 到 100 的整数。",
                f"{name}='{text}' on … is no whole number from 1 to 100.",
                Text("请写正整数，或删除它。", "Write a positive number, or delete it."),
            )
    kind = node.attributes.get("type", "").strip()
    if node.type in {"serviceTask", "sendTask"} and kind in _ENGINES:
        say(
            "not-run",
            f"…的 type“{kind}”不支持。",
            f"type '{kind}' of … is not supported.",
            _ENGINES[kind],
        )
    if node.attributes.get("eventGatewayType", "Exclusive") not in {"Exclusive", "Parallel"}:
        say(
            "not-run",
            "…的 eventGatewayType 只能是 Exclusive 或 Parallel。",
            "The eventGatewayType of … is neither Exclusive nor Parallel.",
            Text("请改正它。", "Mend it."),
        )


def check_watching(event: EventDefinition, say: Say) -> None:
    """Report a condition that waits for changes of variables that never come, or are computed."""
    odd = sorted(event.changes - {"create", "update"})
    if odd:
        say(
            "not-run",
            f"…等待变量的“{odd[0]}”，这里不会发生。",
            f"… waits for '{odd[0]}' of a variable, which never happens here.",
            Text("请写 create 或 update。", "Write create or update."),
            event.line,
        )
    wrong = sorted(name for name in event.watched if not _NAME.fullmatch(name))
    if wrong:
        say(
            "not-run",
            f"…等待变化的“{wrong[0]}”不是变量的名称。",
            f"'{wrong[0]}', whose changes … waits for, is no name of a variable.",
            Text("请写变量的名称，用逗号分开。", "Write names of variables, with commas between."),
            event.line,
        )


def check_opening(process: Process, node: Node, say: Say) -> None:
    """Report an event gateway that cannot begin a process, or is parallel without doing so."""
    opens = node.attributes.get("instantiate") == "true"
    if not opens and node.attributes.get("eventGatewayType") == "Parallel":
        say(
            "not-run",
            "…只有在启动流程时才能是并行的（BPMN 10.6.6）。",
            "… can be parallel only where it begins a process (BPMN 10.6.6).",
            Text("请用并行网关等待每个事件。", "Wait for each event behind a parallel gateway."),
        )
    if not opens:
        return
    targets = [process.nodes.get(process.flows[name].target) for name in node.outgoing]
    messages = all(
        one is None or [event.kind for event in one.events] == ["message"] for one in targets
    )
    single = all(one is None or len(one.incoming) == 1 for one in targets)
    if node.incoming or node.parent is not None or not (messages and single):
        say(
            "unsupported",
            "…要启动流程，就应在最外层、没有进入的顺序流，且之后只接消息。",
            "… begins a process only at the top, without flows into it, and with messages behind.",
            Text("请改用几个消息开始事件。", "Use several message start events."),
        )
