"""Play a diagram: find joins that wait for ever, ways that run twice, loops that never rest.

Every choice is tried, whatever its condition says. Markings are sets of flows that hold a token;
where one would hold two, they only say so.
"""

from collections.abc import Iterator
from itertools import combinations, islice
from typing import Final

from engine.bpmn import elements
from engine.bpmn.check_constants import always_holds, is_never_taken
from engine.bpmn.check_structure import by_event, onwards, reachable
from engine.bpmn.findings import Findings, called
from engine.bpmn.model import Node, Process
from forms.text import Text

#: Most moves tried in one scope and in all; what lies beyond is left to an item's paths.yaml.
MAX_MOVES: Final = 15_000
MAX_ALL_MOVES: Final = 45_000
#: Beyond this many nodes a move costs more, and fewer are made.
MANY_NODES: Final = 300
#: Most nodes looked at in one game to tell which tokens may still come to an inclusive gateway.
MAX_LOOKED_AT: Final = 500_000
#: From this many ways on, an inclusive gateway is tried with one way and with all of them.
_MANY_WAYS: Final = 6

Marking = frozenset[str]
#: Stands in a marking in which a flow has had more tokens than one: what is stuck then need not be.
_MORE: Final = ""
_CONTAINERS: Final = frozenset({"subProcess", "transaction"})
_WAITING: Final = frozenset(
    {"userTask", "receiveTask", "serviceTask", "eventBasedGateway", "callActivity"}
)


def check_tokens(process: Process, findings: Findings) -> None:
    """Report deadlocks, double runs and restless loops of one process."""
    left, most = _bounds(process)
    scopes = [None, *(n.id for n in process.nodes.values() if n.type in _CONTAINERS)]
    whole = True
    for scope in scopes:
        nodes = {node.id: node for node in process.within(scope)}
        starts = [node for node in nodes.values() if node.type == "startEvent"]
        if any(map(_unplayed, nodes.values())):
            whole = whole and not any(map(_may_wait, nodes.values()))
            continue
        for start in starts:
            game = _Game(process, nodes, findings)
            left -= game.play(start, min(left, most))
            whole = whole and game.whole
    if not whole:
        _not_examined(process, findings)
    _check_restless(process, findings)
    _check_side_ways(process, findings)


def check_plain_tokens(process: Process, findings: Findings) -> None:
    """Report the same of a plain diagram, where to run twice is allowed and a loop may count.

    Levels with links or complex gateways are left out, and that is told where they have a join:
    their tokens are not played. A join that waits for ever only when some conditions do not hold,
    or that something can interrupt, is warned of.
    """
    left, most = _bounds(process)
    scopes = [None, *(n.id for n in process.nodes.values() if n.type in _CONTAINERS)]
    whole = True
    for scope in scopes:
        nodes = {node.id: node for node in process.within(scope)}
        starts = [node for node in nodes.values() if node.type == "startEvent"]
        if any(map(_unplayed, nodes.values())):
            whole = whole and not any(map(_may_wait, nodes.values()))
            continue
        sure = not _rescued(process, scope)
        for start in starts:
            for hopeful in (True, False):
                game = _Game(
                    process, nodes, findings, plain=True, hopeful=hopeful, sure=sure and hopeful
                )
                left -= game.play(start, min(left, most))
                whole = whole and (game.whole or not any(map(_joins, nodes.values())))
    if not whole:
        _not_examined(process, findings)
    _check_restless(process, findings, plain=True)


def _bounds(process: Process) -> tuple[int, int]:
    """Give the most moves in all and in one scope: fewer where each of them costs more."""
    size = max(len(process.nodes), MANY_NODES)
    return MAX_ALL_MOVES * MANY_NODES // size, MAX_MOVES * MANY_NODES // size


def _joins(node: Node) -> bool:
    """Whether a node waits until the other ways into it have come."""
    return node.type in {"parallelGateway", "inclusiveGateway"} and len(node.incoming) > 1


def _may_wait(node: Node) -> bool:
    """Whether a node may wait for ever, on a level that is not played."""
    return _joins(node) or (node.type == "complexGateway" and len(node.incoming) > 1)


def _not_examined(process: Process, findings: Findings) -> None:
    findings.warning(
        "not-examined",
        process,
        Text(
            "图未能查完（太大，或同一层里有链接、复杂网关、数量）：汇合处会不会永远等下去，不得而知。",
            "The diagram could not be examined to the end (too large, or with links, complex"
            " gateways or quantities beside a join): whether a join waits for ever is not known.",
        ),
        Text(
            "请用 lianban try 试运行，或在 paths.yaml 里写出要走的路。",
            "Try it with 'lianban try', or walk its ways with paths.yaml.",
        ),
    )


def _unplayed(node: Node) -> bool:
    several = {"startQuantity", "completionQuantity"} & node.attributes.keys()
    return (
        node.type == "complexGateway"
        or bool(several)
        or any(event.kind == "link" for event in node.events)
    )


def _rescued(process: Process, scope: str | None) -> bool:
    """Whether something may interrupt a level from outside of its flow."""
    at: str | None = scope
    while True:
        inside = (node for node in process.within(at) if by_event(node))
        if any(start.interrupting for node in inside for start in process.within(node.id)):
            return True
        if at is None:
            return False
        if any(map(_escapes, process.boundaries(at))):
            return True
        at = process.nodes[at].parent


class _Game:
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
        self._beyond_of: dict[tuple[str, str], frozenset[str]] = {}
        self._looked_at = 0
        #: Whether every marking was tried.
        self.whole = True

    def play(self, start: Node, most: int) -> int:
        """Try every marking that can come about, up to a bound; give the moves made."""
        first = frozenset(map(self._settled, start.outgoing))
        seen, stack, made = {first}, [first], 0
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
        return made

    def _moves(self, marking: Marking) -> Iterator[Marking]:
        targets = {self._process.flows[name].target for name in marking if name != _MORE}
        for target in targets:
            node = self._nodes.get(target)
            if node is None:
                continue
            held = [name for name in map(self._settled, node.incoming) if name in marking]
            for taken in self._taken(node, held, marking):
                for given in self._given(node):
                    yield self._moved(marking, taken, given)

    def _taken(self, node: Node, held: list[str], marking: Marking) -> list[list[str]]:
        """List the sets of tokens a node may take now."""
        if node.type == "parallelGateway":
            return [held] if len(held) == len(set(map(self._settled, node.incoming))) else []
        if node.type == "inclusiveGateway":
            return [held] if self._all_here(node, held, marking) else []
        return [[name] for name in held]

    def _all_here(self, node: Node, held: list[str], marking: Marking) -> bool:
        """Whether no token can come any more by a flow without one (BPMN 2.0, 13.4.3); one that may
        also come by a flow that has its token already is not waited for.
        """
        came = set(held)
        empty = set(map(self._settled, node.incoming)) - came
        elsewhere = marking.difference(node.incoming, {_MORE})
        ahead = (self._beyond(name, node.id) for name in elsewhere)
        return not any(empty & flows and not came & flows for flows in ahead)

    def _given(self, node: Node) -> list[tuple[str, ...]]:
        """List the sets of flows a node may put tokens on; an empty set ends its token."""
        out = node.outgoing
        if node.type == "endEvent":
            return [()]
        if node.type in {"exclusiveGateway", "eventBasedGateway"}:
            return [(name,) for name in out]
        edges = [b for b in self._process.boundaries(node.id) if _escapes(b)]
        escapes = [boundary.outgoing for boundary in edges]
        if node.type == "inclusiveGateway" or self._chooses(node):
            if self._hopeful:
                others = tuple(name for name in out if name != node.default)
                return [others or tuple(out), *escapes]
            sizes = range(1, len(out) + 1) if len(out) <= _MANY_WAYS else (1, len(out))
            return [c for size in sizes for c in combinations(out, size)] + escapes
        return [out, *escapes]

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
        node = self._nodes[self._process.flows[taken[0]].target]
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
        if any(map(_escapes, self._process.boundaries(node.id))):
            return None
        return node.outgoing[0]

    def _beyond(self, name: str, gateway: str) -> frozenset[str]:
        """Collect the flows to which a token on this one may come without passing a gateway."""
        if (name, gateway) not in self._beyond_of:
            target = self._process.flows[name].target
            ahead = reachable(self._process, [target], without=gateway)
            self._looked_at += len(ahead)
            self.whole = self.whole and self._looked_at <= MAX_LOOKED_AT
            self._beyond_of[name, gateway] = frozenset(
                self._settled(flow) for node in ahead for flow in self._process.nodes[node].outgoing
            )
        return self._beyond_of[name, gateway]

    def _stuck(self, marking: Marking) -> None:
        sure = self._sure and _MORE not in marking
        for name in marking.difference({_MORE}):
            node = self._nodes.get(self._process.flows[name].target)
            if node is None or node.type not in {"parallelGateway", "inclusiveGateway"}:
                continue
            note = self._findings.error if sure else self._findings.warning
            if not sure and node.id in self._findings.of("deadlock"):
                continue
            note(
                "deadlock",
                node,
                Text(
                    f"{called(node).zh}会永远等下去：前面并非每条路都会走。",
                    f"The {called(node).en} may wait for ever: not every way into it is taken.",
                ),
                Text(
                    "排他网关分开的路，请用排他网关汇合；并行网关分开的，用并行网关汇合。",
                    "Join what an exclusive gateway split with an exclusive gateway, what a"
                    " parallel one split with a parallel one.",
                ),
            )

    def _twice(self, name: str) -> None:
        node = self._nodes.get(self._process.flows[name].target)
        if node is None:
            return
        self._note(
            "runs-twice",
            node,
            Text(
                f"{called(node).zh}会被同时执行两次：并行的路没有先汇合。",
                f"The {called(node).en} may run twice at once: parallel ways meet without a join.",
            ),
            Text("请在它前面用并行网关汇合。", "Join the ways with a parallel gateway before it."),
        )


def _escapes(boundary: Node) -> bool:
    return boundary.interrupting and all(e.kind != "compensate" for e in boundary.events)


def _waits(process: Process, node: Node) -> bool:
    if node.type in _WAITING:
        return True
    if node.type == "intermediateCatchEvent":
        return all(event.kind != "link" for event in node.events)
    return node.type in elements.CONTAINERS and any(
        _waits(process, n) for n in process.within(node.id)
    )


def _check_restless(process: Process, findings: Findings, *, plain: bool = False) -> None:
    automatic = {n.id for n in process.nodes.values() if not _waits(process, n)}
    _check_standard_loops(process, automatic, findings)
    automatic = _turning(process, automatic)
    reported: set[str] = set()
    for name in process.nodes:
        if name not in automatic or name in reported:
            continue
        ring = _ring(process, name, automatic)
        if not ring:
            continue
        reported |= ring
        if plain and _may_leave(process, ring & reachable(process, [name], backwards=True)):
            continue
        _endless(process.nodes[name], findings)


def _endless(node: Node, findings: Findings) -> None:
    findings.error(
        "endless-loop",
        node,
        Text(
            f"从{called(node).zh}开始的循环里没有任何等待，会无休止地运行。",
            f"The loop at {called(node).en} has nothing to wait for: it could run for ever.",
        ),
        Text("请在循环里放一个用户任务或定时器。", "Put a user task or a timer into the loop."),
    )


def _check_standard_loops(process: Process, automatic: set[str], findings: Findings) -> None:
    """Report tasks that run again and again, whatever the data, with nothing to wait for."""
    for node in process.nodes.values():
        loop = node.loop
        if loop is None or loop.kind != "standard" or loop.maximum is not None:
            continue
        if node.id not in automatic or node.type not in elements.TASKS:
            continue
        left = any(map(_escapes, process.boundaries(node.id))) or _rescued(process, node.parent)
        if always_holds(loop.completion) and not left:
            _endless(node, findings)


def _turning(process: Process, automatic: set[str]) -> set[str]:
    """Leave out the automatic nodes behind which all ways end or wait: they are in no loop."""
    ahead = {n: {t for t in onwards(process, n) if t in automatic} for n in automatic}
    back: dict[str, list[str]] = {}
    for name, targets in ahead.items():
        for target in targets:
            back.setdefault(target, []).append(name)
    idle = [name for name, targets in ahead.items() if not targets]
    for name in idle:
        for origin in back.get(name, ()):
            ahead[origin].discard(name)
            if not ahead[origin]:
                idle.append(origin)
    return automatic.difference(idle)


def _ring(process: Process, name: str, automatic: set[str]) -> set[str]:
    """Collect the automatic nodes behind one that leads back to itself; empty when it does not."""
    seen: set[str] = set()
    stack = [target for target in onwards(process, name) if target in automatic]
    while stack:
        here = stack.pop()
        if here not in seen:
            seen.add(here)
            stack.extend(target for target in onwards(process, here) if target in automatic)
    return seen if name in seen else set()


def _may_leave(process: Process, ring: set[str]) -> bool:
    """Whether a condition somewhere in a loop may lead out of it."""
    leading = (f for f in process.flows.values() if f.source in ring and f.target not in ring)
    flows = [flow for flow in leading if not is_never_taken(process, flow)]
    choosing = {"exclusiveGateway", "inclusiveGateway", "complexGateway"}
    if any(process.nodes[f.source].type in choosing or f.condition for f in flows):
        return True
    edges = (boundary for name in ring for boundary in process.boundaries(name))
    throws = any(_throws(process.nodes[name]) for name in ring)
    return throws or any(edge.id not in ring and _escapes(edge) for edge in edges)


def _throws(node: Node) -> bool:
    """Whether a node throws what may be caught outside of a loop; a link only leads on."""
    link = any(event.kind == "link" for event in node.events)
    return node.type == "intermediateThrowEvent" and not link


def _check_side_ways(process: Process, findings: Findings) -> None:
    """Report where the second way that a non-interrupting timer starts meets the main one."""
    for boundary in process.nodes.values():
        host = process.nodes.get(boundary.attached_to or "")
        if boundary.interrupting or host is None or by_event(host):
            continue
        onwards = (process.flows[f].target for f in host.outgoing)
        main = reachable(process, onwards, without=boundary.id) | {host.id}
        side = reachable(process, (process.flows[f].target for f in boundary.outgoing))
        shared = [n for n in process.nodes.values() if n.id in main & side]
        busy = [node for node in shared if node.type != "endEvent"]
        if busy:
            findings.error(
                "runs-twice",
                busy[0],
                Text(
                    f"{called(boundary).zh}不中断任务，它的路又汇入主路，"
                    f"{called(busy[0]).zh}会执行两次。",
                    f"The {called(boundary).en} does not interrupt, and its way leads back into"
                    f" the main one: {called(busy[0]).en} would run twice.",
                ),
                Text("请让这条路自己结束。", "Let its way end on its own."),
            )
