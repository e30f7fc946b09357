"""Where the token of an open step may be taken in its diagram, and why not: pure decisions.

A move stays in the scope of its step. It neither doubles nor loses a token of a parallel path, and
it does not lead behind a step of law (acceptance, decision) that has not been done.
"""

from collections.abc import Collection, Iterable, Set

from engine.bpmn.model import Node, Process
from forms.text import Text

_JOINING = frozenset({"parallelGateway", "inclusiveGateway", "complexGateway"})
ELSEWHERE = Text(
    "目标不在同一层流程里（不能移进、移出子流程或者协办分支）。",
    "The target stands in another scope: a token cannot be moved into or out of a subprocess.",
)
ACROSS = Text(
    "目标与现在的环节不在同一条并行路径上，移动会多出或者缺少一条路径。",
    "The target is on another parallel path; the move would double or lose a path.",
)
SEVERAL = Text(
    "这个环节同时进行多份（多实例），不能单独移动；请改派或者由各办理人完成。",
    "The step runs several times at once and cannot be moved alone; reassign it instead.",
)
_OWED = {
    "accept": Text(
        "目标在受理之后，而本办件尚未受理。受理须由有权的人员办理，不能用移动代替。",
        "The target lies behind acceptance, which has not been done; a move cannot stand for it.",
    ),
    "decide": Text(
        "目标在作出决定之后，而本办件尚未决定。决定须由有权的人员作出，不能用移动代替。",
        "The target lies behind the decision, which has not been made; a move cannot stand for it.",
    ),
}
#: The acts of which one stands for each act of law.
_ACTS = {"accept": frozenset({"accept"}), "decide": frozenset({"decide", "decide-part"})}
ACCEPTED = Text(
    "本办件已经受理，不能重新受理。", "The case has been accepted; it is not accepted again."
)
CORRECTION = Text(
    "补正由一次性告知书引起，并由申请人完成，不能用移动代替或者取消。",
    "A correction begins with its notice and is the applicant's own; a move neither begins nor "
    "ends it.",
)


def process_of(running: Iterable[Process], element: str) -> Process | None:
    """Return the process in which an element is drawn."""
    return next((one for one in running if element in one.nodes), None)


def targets(process: Process, source: str) -> list[Node]:
    """List the steps and co-handlings of the scope of a step, itself included, as drawn."""
    parent = process.nodes[source].parent
    drawn = process.steps.keys() | process.cohandlings.keys()
    return [node for node in process.within(parent) if node.id in drawn]


def barrier(
    process: Process, source: str, target: str, *, alone: bool, owed: Collection[str]
) -> Text | None:
    """Return what forbids to take a token from one step to another, None when nothing does.

    ``alone``: nothing else is open in the case; ``owed``: acts of law not yet done in it.
    """
    if process.nodes[source].loop is not None:
        return SEVERAL
    if target not in {node.id for node in targets(process, source)}:
        return ELSEWHERE
    acts = {one.act for name in (source, target) if (one := process.steps.get(name)) is not None}
    if "correct" in acts:
        return CORRECTION
    if source == target:
        return None
    drawn = process.steps.get(target)
    if drawn is not None and drawn.act == "accept" and "accept" not in owed:
        return ACCEPTED
    scope = _Scope(process, process.nodes[source].parent)
    if scope.crosses(source, target) or (not alone and scope.forks(source) != scope.forks(target)):
        return ACROSS
    return next((_OWED[act] for act in owed if scope.presupposes(target, act)), None)


class _Scope:
    """The nodes of one level of a process, and where each leads."""

    def __init__(self, process: Process, parent: str | None) -> None:
        self.process = process
        self.nodes = {node.id: node for node in process.within(parent)}
        self.following: dict[str, set[str]] = {name: set() for name in self.nodes}
        for node in self.nodes.values():
            self.following[node.id] |= {process.flows[flow].target for flow in node.outgoing}
            self.following[node.id] |= {edge.id for edge in process.boundaries(node.id)}
        self._link(parent)

    def _link(self, parent: str | None) -> None:
        """Let each link that is thrown lead to where it is caught."""
        for node in self.nodes.values():
            for event in node.events:
                if event.kind == "link" and not node.outgoing:
                    caught = self.process.linked(parent, event.ref)
                    self.following[node.id] |= {one.id for one in caught if one.outgoing}

    def reached(self, starts: Iterable[str], without: Set[str] = frozenset()) -> set[str]:
        """Return the nodes that can be reached without passing some others."""
        found: set[str] = set()
        stack = [name for name in starts if name not in without]
        while stack:
            name = stack.pop()
            if name not in found:
                found.add(name)
                stack += self.following.get(name, set()) - without
        return found

    def crosses(self, source: str, target: str) -> bool:
        """Whether a joining gateway would get another set of tokens than it waits for."""
        for node in self.nodes.values():
            if node.type in _JOINING and len(node.incoming) > 1:
                one, other = self._ways(source, node), self._ways(target, node)
                inside = any(0 < len(ways) < len(node.incoming) for ways in (one, other))
                if inside and one != other:
                    return True
        return False

    def _ways(self, start: str, join: Node) -> set[str]:
        """Return the incoming flows of a join by which a token from a node may come first."""
        reached = self.reached([start], {join.id})
        return {flow for flow in join.incoming if self.process.flows[flow].source in reached}

    def forks(self, start: str) -> set[str]:
        """Return the nodes behind a node at which one token becomes several."""
        return {
            name
            for name in self.reached([start])
            if len(self.nodes[name].outgoing) > 1 and self.nodes[name].type in _JOINING
        }

    def presupposes(self, target: str, act: str) -> bool:
        """Whether every way to a node leads through a step of an act."""
        acting = {s.element for s in self.process.steps.values() if s.act in _ACTS[act]}
        marked = {self._here(element) for element in acting} - {target, None}
        starts = [n.id for n in self.nodes.values() if not n.incoming and not n.attached_to]
        return target not in self.reached(starts, {name for name in marked if name})

    def _here(self, element: str) -> str | None:
        """Return the node of this level that is an element or has it inside."""
        at: str | None = element
        while at is not None and at not in self.nodes:
            at = self.process.nodes[at].parent
        return at
