"""The way a case usually goes: what certainly or ordinarily comes, without the exceptions."""

from collections.abc import Iterable

from engine.bpmn.model import Node, Process


def usual_steps(process: Process, here: Iterable[str] = ()) -> frozenset[str]:
    """Return the steps on the ordinary way from some elements, or from the start.

    Where the diagram chooses, the ordinary way is the default flow; what is taken only on a
    condition (corrections, rectification, a refusal) is not on it.
    """
    starts = [node.id for node in process.within(None) if node.type == "startEvent"]
    waiting, seen = [name for name in here if name in process.nodes] or starts, set[str]()
    while waiting:
        name = waiting.pop()
        if name not in seen:
            seen.add(name)
            waiting += _following(process, process.nodes[name])
    return frozenset(seen & process.steps.keys())


def _following(process: Process, node: Node) -> list[str]:
    """Return what comes next: into a subprocess, out of it, or along the flows."""
    flows = (node.default,) if node.default else node.outgoing
    ways = [process.flows[flow].target for flow in flows]
    if node.type == "subProcess":
        ways += [n.id for n in process.within(node.id) if n.type == "startEvent"]
    if not ways and node.parent is not None:
        ways += [process.flows[f].target for f in process.nodes[node.parent].outgoing]
    return ways
