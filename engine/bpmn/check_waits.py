"""Which nodes wait for something from outside: people, messages, time, programs, other processes.

What is over at once is no wait: no time at all, a condition that always holds, a call of a process
in which nothing waits.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Final

from engine.bpmn import elements
from engine.bpmn.check_constants import always_holds, constant
from engine.bpmn.model import Node, Process

_WAITING: Final = frozenset({"userTask", "receiveTask", "serviceTask", "eventBasedGateway"})
#: Calls in calls beyond this depth are taken to wait.
_DEEP: Final = 20
_COMPUTED: Final = ("=", "${", "#{")
#: A duration that is written out as none.
_NONE: Final = re.compile(r"P(?=.)(?:0+[YMWD])*(?:T(?:0+(?:\.0+)?[HMS])+)?")


def calls(process: Process) -> Iterator[tuple[Node, str]]:
    """List the calls of a process that name what they call, with that name."""
    for node in process.nodes.values():
        name = called_name(node)
        if name:
            yield node, name


def called_name(node: Node) -> str:
    """Give the id of the process that a node calls; empty where it is computed or none."""
    name = node.attributes.get("calledElement", "").strip()
    if node.type != "callActivity" or name.startswith(_COMPUTED):
        return ""
    return name.rpartition(":")[2]


def is_over(node: Node) -> bool:
    """Whether the time that an event waits for is none at all."""
    if len(node.events) != 1:
        return False
    event = node.events[0]
    return event.timer == "duration" and _is_none(event.expression or "")


def _is_true(node: Node) -> bool:
    """Whether the condition that an event waits for always holds."""
    one = node.events[0] if len(node.events) == 1 else None
    return one is not None and one.kind == "conditional" and always_holds(one.expression)


def _is_none(duration: str) -> bool:
    value = constant(duration) if duration.startswith(_COMPUTED) else duration.strip()
    if isinstance(value, timedelta):
        return value <= timedelta(0)
    return isinstance(value, str) and _NONE.fullmatch(value) is not None


class Waits:
    """Tells of nodes whether they wait; calls do, but of known processes in which nothing waits."""

    def __init__(self, known: Mapping[str, Process] | None = None) -> None:
        self._known = known or {}
        self._found: dict[str, bool] = {}
        #: Processes that are being looked at: one that calls itself is not said to be over at once.
        self._around: list[str] = []

    def node(self, process: Process, node: Node) -> bool:
        """Whether a node waits, or anything in it."""
        if node.type in _WAITING or _is_for_programs(process, node):
            return True
        if node.type == "intermediateCatchEvent":
            at_once = is_over(node) or _is_true(node)
            return not at_once and all(event.kind != "link" for event in node.events)
        if node.type == "callActivity":
            return self._call(node)
        return node.type in elements.CONTAINERS and any(
            self.node(process, inner) for inner in process.within(node.id)
        )

    def _call(self, node: Node) -> bool:
        target = self._known.get(called_name(node))
        if target is None or node.attributes.get("calledElementBinding") == "versionTag":
            return True
        if target.id in self._around or len(self._around) > _DEEP:
            return True
        if target.id not in self._found:
            self._around.append(target.id)
            self._found[target.id] = any(self.node(target, n) for n in target.nodes.values())
            self._around.pop()
        return self._found[target.id]


def _is_for_programs(process: Process, node: Node) -> bool:
    """Whether a program outside does a task that says nothing of how it is done here."""
    if node.type == "scriptTask":
        return node.script is None
    if node.type == "sendTask":
        return not any(event.ref for event in node.events)
    return node.type == "businessRuleTask" and node.id not in process.decisions
