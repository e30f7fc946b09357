"""The token game of one level: every choice is tried, whatever its condition says.

Markings are sets of flows that hold a token; where one would hold two, they only say so.
"""

from collections.abc import Iterable, Iterator
from itertools import combinations, islice
from typing import Final

from engine.bpmn.check_structure import escapes, reachable
from engine.bpmn.check_waits import Waits
from engine.bpmn.findings import Findings, called
from engine.bpmn.model import Node, Process
from forms.text import Text

#: Most nodes and tokens looked at in one game to tell which may still come to inclusive gateways.
MAX_LOOKED_AT: Final = 500_000
#: Most tokens in all markings of one game together: they are kept in memory.
MAX_TOKENS: Final = 600_000
#: From this many ways on, an inclusive gateway is tried with one way and with all of them.
_MANY_WAYS: Final = 6

Marking = frozenset[str]
#: Stands in a marking in which a flow has had more tokens than one: what is stuck then need not be.
_MORE: Final = ""
#: Before the id of a node: the place at which a token begins because nothing leads to the node.
_BEGIN: Final = "^"


class Game:
    """The token game of one scope."""

    def __init__(
        self,
        process: Process,
        nodes: dict[str, Node],
        findings: Findings,
        *,
        plain: bool = False,
        hopeful: bool = False,
        sure: bool = True,
    ) -> None:
        self._hopeful, self._sure = hopeful, sure
        self._note = findings.warning if plain else findings.error
        self._process = process
        self._nodes = nodes
        self._findings = findings
        self._settled_at: dict[str, str] = {}
        #: The places at which tokens begin, as a flow would be named that leads there.
        self._begun: dict[str, str] = {}
        self._ahead_of: dict[tuple[str, str], frozenset[str]] = {}
        self._looked_at = 0
        edges = (edge for name in nodes for edge in process.boundaries(name))
        aside = [edge for edge in edges if not edge.interrupting and _may_happen(process, edge)]
        #: Nodes that a token may come to once more when an event beside an activity happens.
        self._aside = reachable(process, (edge.id for edge in aside))
        #: The flows of such events by their activity, where they lead to a join: they are tried.
        self._extra = _extra(process, aside) if plain and not hopeful else {}
        #: Whether every marking was tried.
        self.whole = True

    def play(self, firsts: Iterable[Node], most: int) -> int:
        """Try every marking that can come about, up to a bound; give the moves made.

        One token begins at each of ``firsts``.
        """
        first = self._beginning(firsts)
        seen, stack, made, tokens = {first}, [first], 0, 0
        while stack and self.whole:
            marking = stack.pop()
            moves = list(islice(self._moves(marking), most - made + 1))
            if made + len(moves) > most:
                self.whole = False
                moves.pop()
            made += len(moves)
            if marking and not moves and self.whole:
                self._stuck(marking)
            for move in moves:
                if move not in seen:
                    seen.add(move)
                    stack.append(move)
                    tokens += len(move)
            self.whole = self.whole and tokens <= MAX_TOKENS
        return made

    def _beginning(self, firsts: Iterable[Node]) -> Marking:
        begun: set[str] = set()
        for node in firsts:
            if node.type == "startEvent":
                begun |= set(map(self._settled, node.outgoing))
            elif node.outgoing or self._process.boundaries(node.id):
                name = f"{_BEGIN}{node.id}"
                self._begun[name] = self._settled_at[name] = node.id
                begun.add(name)
        return frozenset(begun)

    def _moves(self, marking: Marking) -> Iterator[Marking]:
        targets = {self._target(name) for name in marking if name != _MORE}
        for target in sorted(targets):  # what is found before a game is given up is always the same
            node = self._nodes.get(target)
            if node is None:
                continue
            held = [name for name in self._into(node) if name in marking]
            for taken in self._taken(node, held, marking):
                for given in self._given(node):
                    yield self._moved(marking, taken, given)

    def _target(self, name: str) -> str:
        """Give the node to which a flow leads, or at which a token begins."""
        return self._begun.get(name) or self._process.flows[name].target

    def _into(self, node: Node) -> list[str]:
        """List the flows into a node, or the place at which its token begins."""
        return list(map(self._settled, node.incoming)) or [f"{_BEGIN}{node.id}"]

    def _taken(self, node: Node, held: list[str], marking: Marking) -> list[list[str]]:
        """List the sets of tokens a node may take now."""
        if node.type == "parallelGateway":
            return [held] if len(held) == len(set(self._into(node))) else []
        if node.type == "inclusiveGateway":
            return [held] if self._all_here(node, held, marking) else []
        return [[name] for name in held]

    def _all_here(self, node: Node, held: list[str], marking: Marking) -> bool:
        """Whether no token can come any more by a flow without one (BPMN 2.0, 13.4.3); one that may
        also come by a flow that has its token already is not waited for.
        """
        came = frozenset(held)
        empty = frozenset(self._into(node)) - came
        elsewhere = marking.difference(node.incoming, {_MORE})
        self._look(len(elsewhere))
        ahead = (self._ahead(name, node) for name in elsewhere)
        return not any(not empty.isdisjoint(ways) and came.isdisjoint(ways) for ways in ahead)

    def _given(self, node: Node) -> list[tuple[str, ...]]:
        """List the sets of flows a node may put tokens on; an empty set ends its token."""
        out = node.outgoing
        if node.type == "endEvent":
            return [()]
        one = node.type in {"exclusiveGateway", "eventBasedGateway"}
        if one and node.attributes.get("eventGatewayType") != "Parallel":
            return [(name,) for name in out]
        edges = [b.outgoing for b in self._process.boundaries(node.id) if escapes(b)]
        if node.type == "inclusiveGateway" or self._chooses(node):
            if self._hopeful:
                others = tuple(name for name in out if name != node.default)
                return [others or tuple(out), *edges]
            sizes = range(1, len(out) + 1) if len(out) <= _MANY_WAYS else (1, len(out))
            return [c for size in sizes for c in combinations(out, size)] + edges
        extra = (out + more for more in self._extra.get(node.id, ()))
        return [out, *extra, *edges]

    def _chooses(self, node: Node) -> bool:
        """Whether conditions stand on the flows that leave an activity."""
        flows = [self._process.flows[name] for name in node.outgoing]
        return node.type != "parallelGateway" and any(flow.condition for flow in flows)

    def _moved(self, marking: Marking, taken: list[str], given: tuple[str, ...]) -> Marking:
        left = marking.difference(taken)
        put = [self._settled(name) for name in given]
        for name in put:
            if name in left:
                self._twice(name)
                left |= {_MORE}
        ends = not given and self._ends_all(taken)
        return frozenset() if ends else left.union(put)

    def _ends_all(self, taken: list[str]) -> bool:
        node = self._nodes[self._target(taken[0])]
        return any(event.kind == "terminate" for event in node.events)

    def _settled(self, name: str) -> str:
        """Follow a flow over nodes that only pass it on: they change nothing in the game."""
        if name not in self._settled_at:
            end, seen = name, {name}
            while (behind := self._passed_on(end)) is not None and behind not in seen:
                seen.add(behind)
                end = behind
            self._settled_at[name] = end
        return self._settled_at[name]

    def _passed_on(self, name: str) -> str | None:
        """Give the one flow behind a flow, when nothing else can happen between them."""
        node = self._nodes.get(self._process.flows[name].target)
        if node is None or len(node.incoming) != 1 or len(node.outgoing) != 1:
            return None
        edges = self._process.boundaries(node.id)
        return None if node.id in self._extra or any(map(escapes, edges)) else node.outgoing[0]

    def _ahead(self, name: str, gateway: Node) -> frozenset[str]:
        """Collect the flows into a gateway by which a token on this one may come to it."""
        if (name, gateway.id) not in self._ahead_of:
            ahead = reachable(self._process, [self._target(name)], without=gateway.id)
            self._look(len(ahead))
            flows = (self._process.flows[flow] for flow in gateway.incoming)
            self._ahead_of[name, gateway.id] = frozenset(
                self._settled(flow.id) for flow in flows if flow.source in ahead
            )
        return self._ahead_of[name, gateway.id]

    def _look(self, nodes: int) -> None:
        """Count what was looked at: beyond a bound not every marking is tried."""
        self._looked_at += nodes
        self.whole = self.whole and self._looked_at <= MAX_LOOKED_AT

    def _stuck(self, marking: Marking) -> None:
        for name in marking.difference({_MORE}):
            node = self._nodes.get(self._target(name))
            if node is None or node.type not in {"parallelGateway", "inclusiveGateway"}:
                continue
            missing = [flow for flow in node.incoming if self._settled(flow) not in marking]
            aside = all(self._process.flows[flow].source in self._aside for flow in missing)
            sure = self._sure and _MORE not in marking and not aside
            if sure or node.id not in self._findings.of("deadlock"):
                _waits_for_ever(node, self._findings, sure=sure, aside=aside)

    def _twice(self, name: str) -> None:
        node = self._nodes.get(self._target(name))
        if node is None:
            return
        message = Text(
            f"{called(node).zh}会被同时执行两次：并行的路没有先汇合。",
            f"The {called(node).en} may run twice at once: parallel ways meet without a join.",
        )
        if node.type == "parallelGateway" and len(node.incoming) > 1:
            message = Text(
                f"同一条路会有两个令牌来到{called(node).zh}：多出的一个会留下来，永远等下去。",
                f"Two tokens may come by one way to the {called(node).en}: the second may be left"
                " behind and wait for ever.",
            )
        hint = Text(
            "请在它前面用并行网关汇合。", "Join the ways with a parallel gateway before it."
        )
        self._note("runs-twice", node, message, hint)


def _may_happen(process: Process, edge: Node) -> bool:
    """Whether there is time for an event on an edge: no timer goes off where nothing waits."""
    host = process.nodes.get(edge.attached_to or "")
    timed = all(event.kind == "timer" for event in edge.events)
    return host is not None and (not timed or Waits().node(process, host))


def _extra(process: Process, aside: Iterable[Node]) -> dict[str, list[tuple[str, ...]]]:
    found: dict[str, list[tuple[str, ...]]] = {}
    for edge in aside:
        ahead = (process.nodes[name] for name in reachable(process, [edge.id]))
        if any(node.type == "parallelGateway" and len(node.incoming) > 1 for node in ahead):
            found.setdefault(edge.attached_to or "", []).append(edge.outgoing)
    return found


def _waits_for_ever(node: Node, findings: Findings, *, sure: bool, aside: bool) -> None:
    why = Text("前面并非每条路都会走", "not every way into it is taken")
    hint = Text(
        "排他网关分开的路，请用排他网关汇合；并行网关分开的，用并行网关汇合。",
        "Join what an exclusive gateway split with an exclusive gateway, what a parallel one split"
        " with a parallel one.",
    )
    if aside:
        why = Text(
            "有一条路只在边上不中断的事件发生时才走",
            "a way into it is taken only when an event on an edge happens that does not interrupt",
        )
        hint = Text("请让这条路自己结束。", "Let the way behind that event end on its own.")
    note = findings.error if sure else findings.warning
    note(
        "deadlock",
        node,
        Text(
            f"{called(node).zh}会永远等下去：{why.zh}。",
            f"The {called(node).en} may wait for ever: {why.en}.",
        ),
        hint,
    )
