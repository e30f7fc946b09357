"""Play a diagram: find joins that wait for ever, ways that run twice, loops that never rest."""

from collections.abc import Mapping
from typing import Final

from engine.bpmn import elements
from engine.bpmn.check_game import Game
from engine.bpmn.check_loops import check_restless
from engine.bpmn.check_structure import begins_here, by_event, is_first, reachable, rescued
from engine.bpmn.findings import Findings, called
from engine.bpmn.model import Node, Process
from forms.text import Text

#: Most moves tried in one scope and in all; what lies beyond is left to an item's paths.yaml.
MAX_MOVES: Final = 15_000
MAX_ALL_MOVES: Final = 45_000
#: Beyond this many nodes a move costs more, and fewer are made.
MANY_NODES: Final = 300


def check_tokens(process: Process, findings: Findings) -> None:
    """Report deadlocks, double runs and restless loops of one process."""
    left, most = _bounds(process)
    whole = True
    for scope in _levels(process):
        nodes = {node.id: node for node in process.within(scope)}
        if any(map(_unplayed, nodes.values())):
            whole = whole and not any(map(_may_wait, nodes.values()))
            continue
        for firsts in _beginnings(process, scope):
            game = Game(process, nodes, findings, sure=not _is_offered(process, scope))
            left -= game.play(firsts, min(left, most))
            whole = whole and game.whole
    if not whole:
        _not_examined(process, findings)
    check_restless(process, findings)
    _check_side_ways(process, findings)


def check_plain_tokens(
    process: Process, findings: Findings, known: Mapping[str, Process] | None = None
) -> None:
    """Report the same of a plain diagram, where to run twice is allowed and a loop may count.

    Levels with links or complex gateways are left out, and that is told where they have a join:
    their tokens are not played. A join that waits for ever only when some conditions do not hold,
    or that something can interrupt, is warned of. ``known`` are the
    processes that may be called.
    """
    left, most = _bounds(process)
    whole = True
    for scope in _levels(process):
        nodes = {node.id: node for node in process.within(scope)}
        if any(map(_unplayed, nodes.values())):
            whole = whole and not any(map(_may_wait, nodes.values()))
            continue
        sure = not (rescued(process, scope) or _is_offered(process, scope))
        for firsts in _beginnings(process, scope):
            for hopeful in (True, False):
                game = Game(
                    process, nodes, findings, plain=True, hopeful=hopeful, sure=sure and hopeful
                )
                left -= game.play(firsts, min(left, most))
                whole = whole and (game.whole or not any(map(_joins, nodes.values())))
    if not whole:
        _not_examined(process, findings)
    check_restless(process, findings, plain=True, known=known)


def _levels(process: Process) -> list[str | None]:
    """List the top, for None, and all that has nodes inside."""
    return [None, *(n.id for n in process.nodes.values() if n.type in elements.CONTAINERS)]


def _beginnings(process: Process, scope: str | None) -> list[list[Node]]:
    """List with which nodes a level may begin: at any of its start events, or without one at all
    to which nothing leads (BPMN 2.0, 13.3.4).
    """
    nodes = process.within(scope)
    starts = [[node] for node in nodes if node.type == "startEvent"]
    if starts:
        return starts
    firsts = [node for node in nodes if is_first(node) and not begins_here(node)]
    alone = [[node] for node in firsts if node.attributes.get("instantiate") == "true"]
    together = [node for node in firsts if [node] not in alone]
    return [together, *alone] if together else alone


def _is_offered(process: Process, scope: str | None) -> bool:
    """Whether it is open what of a level is done, and when: its condition, or data, decide."""
    holder = process.nodes.get(scope or "")
    if holder is None or holder.type != "adHocSubProcess":
        return False
    ordered = holder.attributes.get("ordering", "Parallel").lower() == "sequential"
    return (
        holder.condition is not None or ordered or "activeElementsCollection" in holder.attributes
    )


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
