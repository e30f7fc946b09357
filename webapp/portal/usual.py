"""The way a case usually goes: what certainly or ordinarily comes, without the exceptions."""

from collections.abc import Iterable, Sequence

from engine.bpmn.model import Node, Process


def usual_steps(running: Sequence[Process], here: Iterable[str] = ()) -> frozenset[str]:
    """Return the steps on the ordinary way from some elements, or from the start.

    ``running``: the item's process and those it calls. Where the diagram chooses, the ordinary way
    is the default flow; what is taken only on a condition (corrections, rectification, a refusal)
    is not on it.
    """
    owner = {name: process for process in running for name in process.nodes}
    waiting, seen = [name for name in here if name in owner] or _first(running[0], None), set[str]()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += _following(owner[name], owner[name].nodes[name], running)
    return frozenset(name for name in seen if name in owner[name].steps)


def _first(process: Process, scope: str | None) -> list[str]:
    nodes = process.within(scope)
    starts = [node.id for node in nodes if node.type == "startEvent"]
    return starts or [node.id for node in nodes if not node.incoming and not node.attached_to]


def _following(process: Process, node: Node, running: Sequence[Process]) -> list[str]:
    """Return what comes next: into a subprocess or called process, out of it, along the flows."""
    flows = (node.default,) if node.default else node.outgoing
    ways = [process.flows[flow].target for flow in flows]
    if process.within(node.id):
        ways += _first(process, node.id)
    if node.type == "callActivity":
        called = node.attributes.get("calledElement", "").strip()
        ways += [name for one in running if one.id == called for name in _first(one, None)]
    if not ways and node.parent is not None:
        ways += [process.flows[f].target for f in process.nodes[node.parent].outgoing]
    return ways
