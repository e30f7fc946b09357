"""Put the steps of a process in the order in which a case meets them."""

from engine.bpmn.check_structure import after
from engine.bpmn.model import Process, Step


def ordered_steps(process: Process) -> tuple[Step, ...]:
    """List user tasks in flow order: each after all that lead to it, loops left aside.

    Steps inside a subprocess stand at its place; steps that nothing leads to come last.
    """
    order = _order(process, None)
    order += [name for name in process.steps if name not in order]
    return tuple(process.steps[name] for name in order if name in process.steps)


def _order(process: Process, scope: str | None) -> list[str]:
    nodes = process.within(scope)
    starts = [node.id for node in nodes if node.type == "startEvent"]
    ranked = _ranks(process, starts)
    places = {node.id: place for place, node in enumerate(nodes)}
    names = sorted((n for n in ranked if n in places), key=lambda n: (ranked[n], places[n]))
    found: list[str] = []
    for name in names:
        found.append(name)
        if process.nodes[name].type == "subProcess":
            found.extend(_order(process, name))
    return found


def _ranks(process: Process, starts: list[str]) -> dict[str, int]:
    """Give each node its longest way from a start, along flows that do not lead back."""
    forward = _forward(process, starts)
    ranks = dict.fromkeys(starts, 0)
    for name in reversed(list(forward)):
        for target in forward[name]:
            ranks[target] = max(ranks.get(target, 0), ranks.get(name, 0) + 1)
    return ranks


def _forward(process: Process, starts: list[str]) -> dict[str, list[str]]:
    """Walk depth first: the nodes in the order they are left, with their ways that go forward."""
    done: dict[str, list[str]] = {}
    path: set[str] = set()
    stack = [(name, iter(after(process, name))) for name in starts]
    ways: dict[str, list[str]] = {name: [] for name in starts}
    path.update(starts)
    while stack:
        name, targets = stack[-1]
        target = next(targets, None)
        if target is None:
            stack.pop()
            path.discard(name)
            done[name] = ways[name]
        elif target not in path:
            ways[name].append(target)
            if target not in ways:
                ways[target] = []
                path.add(target)
                stack.append((target, iter(after(process, target))))
    return done
