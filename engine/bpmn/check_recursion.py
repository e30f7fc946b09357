"""Check for calls that come back to themselves without any wait."""

from collections.abc import Mapping
from typing import Final

from engine.bpmn.check_structure import begins_here, by_event, escapes, is_first, reachable, rescued
from engine.bpmn.check_waits import Waits, calls, is_over
from engine.bpmn.findings import Findings, called
from engine.bpmn.model import Node, Process
from forms.text import Text

_WAITING: Final = frozenset(
    {"userTask", "receiveTask", "intermediateCatchEvent", "eventBasedGateway"}
)
#: Ends that may stop what runs beside them.
_STOPPING: Final = frozenset({"terminate", "error", "cancel"})
#: Of these one way is taken, or some.
_CHOOSING: Final = frozenset({"exclusiveGateway", "inclusiveGateway", "complexGateway"})
_LEVELS: Final = frozenset({"subProcess", "transaction"})


class Recursion:
    """Looks for calls that come back, among processes that are known."""

    def __init__(self, known: Mapping[str, Process], findings: Findings) -> None:
        self._known, self._findings = known, findings
        self._waits = Waits(known)
        self._sure: dict[str, frozenset[str]] = {}

    def check(self, process: Process, node: Node, first: Process) -> None:
        """Report a call that comes back without any wait: always, or where a condition says so."""
        if self._is_sure(process, node) and self._calls_back(process, first, sure=True):
            self._findings.error(
                "endless-calls",
                node,
                Text(
                    f"{called(node).zh}的调用又回到自己，中间没有任何等待。",
                    f"The calls from {called(node).en} come back to it without any wait.",
                ),
                Text("请在中间放一个任务或事件，或断开循环。", "Put a task between, or cut it."),
            )
        elif self._calls_back(process, first, sure=False):
            self._findings.warning(
                "endless-calls",
                node,
                Text(
                    f"{called(node).zh}的调用可能又回到自己，中间没有任何等待。",
                    f"The calls from {called(node).en} may come back to it without any wait.",
                ),
                Text("请确认条件会让它停下。", "Make sure that a condition ends it."),
            )

    def _calls_back(self, process: Process, first: Process, *, sure: bool) -> bool:
        """Whether calls lead back to a process: only sure ones, or any in which nothing waits."""
        seen: set[str] = set()
        stack = [first]
        while stack:
            here = stack.pop()
            if here.id in seen or (not sure and _has_waits(here)):
                continue
            if here is process:
                return True
            seen.add(here.id)
            for node, name in calls(here):
                if name in self._known and (not sure or self._is_sure(here, node)):
                    stack.append(self._known[name])
        return False

    def _is_sure(self, process: Process, node: Node) -> bool:
        """Whether a process makes a call each time it runs, before anything waits."""
        if process.id not in self._sure:
            self._sure[process.id] = _sure_nodes(process, self._waits)
        if node.id in self._sure[process.id]:
            return True
        return not _has_waits(process) and _unavoidable(process, node)


def _has_waits(process: Process) -> bool:
    return any(node.type in _WAITING for node in process.nodes.values())


def _unavoidable(process: Process, node: Node) -> bool:
    """Whether no way leads from the beginning of a process to an end without passing a node."""
    if node.parent is not None or node.loop is not None:
        return False
    top = [one for one in process.within(None) if one.attached_to is None]
    starts = [one.id for one in top if one.type == "startEvent"]
    starts = starts or [one.id for one in top if not one.incoming]
    passed = reachable(process, starts, without=node.id)
    return node.id in reachable(process, starts) and all(
        process.nodes[name].outgoing for name in passed
    )


# --- what a process does each time, at once ---
def _sure_nodes(process: Process, waits: Waits) -> frozenset[str]:
    """Collect the nodes to which a token comes each time before anything waits.

    Nothing is collected where something may stop what runs beside it.
    """
    ends = (node for node in process.nodes.values() if node.type == "endEvent")
    stops = any(event.kind in _STOPPING for end in ends for event in end.events)
    if stops or any(rescued(process, at) for at in {n.parent for n in process.nodes.values()}):
        return frozenset()
    found: set[str] = set()
    came: set[str] = set()
    stack = _firsts(process, None)
    while stack:
        node = stack.pop()
        if node.id in found:
            continue
        found.add(node.id)
        if node.loop is None and node.type in _LEVELS:
            stack += _firsts(process, node.id)
        flows = _onwards(process, node, waits)
        came.update(flows)
        targets = (process.nodes.get(process.flows[name].target) for name in flows)
        stack += [target for target in targets if target and _goes_on(target, came)]
    return frozenset(name for name in found if process.nodes[name].loop is None)


def _goes_on(node: Node, came: set[str]) -> bool:
    """Whether a token that came to a node is not held up there by others that did not."""
    joins = node.type in {"parallelGateway", "inclusiveGateway", "complexGateway"}
    return not joins or came.issuperset(node.incoming)


def _firsts(process: Process, scope: str | None) -> list[Node]:
    nodes = process.within(scope)
    starts = [node for node in nodes if node.type == "startEvent"]
    if starts:
        return [node for node in starts if not node.events][:1]
    return [node for node in nodes if is_first(node) and not begins_here(node)]


def _onwards(process: Process, node: Node, waits: Waits) -> tuple[str, ...]:
    """List the flows on which a token surely leaves a node at once."""
    edges = process.boundaries(node.id)
    if waits.node(process, node):
        at_once = (edge for edge in edges if node.type not in _LEVELS and is_over(edge))
        return next((edge.outgoing for edge in at_once), ())
    flows = [process.flows[name] for name in node.outgoing]
    chooses = node.type in _CHOOSING and len(flows) > 1
    if chooses or node.loop is not None or any(flow.condition for flow in flows):
        return ()
    return () if any(map(escapes, edges)) or by_event(node) else node.outgoing
