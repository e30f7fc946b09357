"""Expressions whose value is known before anything runs: they use no data and no clock."""

import re
from typing import Final

from engine.bpmn.expressions import understand
from engine.bpmn.findings import Findings, flow_called
from engine.bpmn.model import Flow, Process
from engine.feel import FeelError, compile_expression
from forms.text import Text

#: What an expression gives whose value depends on something.
OPEN: Final = object()
#: Most branches of one multi-instance activity that the engine runs.
MOST_BRANCHES: Final = 500
#: Longer texts are not worked out, nor those that go through lists: a check has to be quick.
_MOST_LETTERS: Final = 200
_LONG: Final = re.compile(r"\b(for|some|every|function)\b|\.\.")


def constant(text: str | None) -> object:
    """Give the value that an expression always has, or OPEN."""
    if not text or len(text) > _MOST_LETTERS or _LONG.search(text):
        return OPEN
    read = understand(text.strip())
    if read.error is not None or read.names or read.possible or read.unknown_calls:
        return OPEN
    try:
        return compile_expression(text.strip()).evaluate({})
    except FeelError:  # it asks for the time of day, or fails when it runs
        return OPEN


def never_holds(condition: str | None) -> bool:
    """Whether a condition can never be true, whatever the data."""
    value = constant(condition)
    return value is None or value is False


def always_holds(condition: str | None) -> bool:
    """Whether a condition is true, whatever the data."""
    return constant(condition) is True


def is_never_taken(process: Process, flow: Flow) -> bool:
    """Whether constant conditions keep every token off a flow."""
    origin = process.nodes.get(flow.source)
    if origin is None or origin.default != flow.id:
        return never_holds(flow.condition)
    others = (process.flows[name] for name in origin.outgoing if name in process.flows)
    return any(always_holds(other.condition) for other in others if other.id != flow.id)


def check_constants(process: Process, findings: Findings) -> None:
    """Warn of flows that no token can ever take: what they lead to may never be done."""
    for flow in process.flows.values():
        if is_never_taken(process, flow):
            findings.warning(
                "never-taken",
                flow,
                Text(
                    f"{flow_called(flow).zh}永远不会走：它的条件（或别处的条件）是固定的。",
                    f"The {flow_called(flow).en} is never taken: its condition, or the one of"
                    " another, always gives the same.",
                ),
                Text(
                    "请在条件里用到数据，或删除这条顺序流。",
                    "Let the condition ask for data, or delete the flow.",
                ),
                line=flow.condition_line,
            )
