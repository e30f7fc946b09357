"""Put the steps of a process in the order in which a case meets them."""

from collections.abc import Iterable, Iterator

from engine.bpmn import calling, elements
from engine.bpmn.check_structure import onwards
from engine.bpmn.model import Process, Step


def ordered_steps(process: Process, called: Iterable[Process] = ()) -> tuple[Step, ...]:
    """List user tasks in flow order: each after all that lead to it, loops left aside.

    Steps inside a subprocess stand at its place, those of a called process (one of ``called``) at
    that of its first call; steps that nothing leads to come last.
    """
    others = tuple(called)
    found = dict(_order(process, None, {one.id: one for one in others}))
    for one in (process, *others):
        found.update({name: step for name, step in one.steps.items() if name not in found})
    return tuple(found.values())


def _order(
    process: Process, scope: str | None, called: dict[str, Process]
) -> Iterator[tuple[str, Step]]:
    nodes = process.within(scope)
    ranked = _ranks(process, starts(process, scope))
    places = {node.id: place for place, node in enumerate(nodes)}
    for name in sorted((n for n in ranked if n in places), key=lambda n: (ranked[n], places[n])):
        node = process.nodes[name]
        if name in process.steps:
            yield name, process.steps[name]
        elif node.type in elements.CONTAINERS:
            yield from _order(process, name, called)
        elif node.type == "callActivity":
            # Once is enough: a call that leads back to its caller ends here.
            inner = called.pop(calling.wanted(node) or "", None)
            if inner is not None:
                yield from _order(inner, None, called)


def starts(process: Process, scope: str | None) -> list[str]:
    """List where a level begins: at its start events, else at what nothing leads to."""
    nodes = process.within(scope)
    found = [node.id for node in nodes if node.type == "startEvent"]
    return found or [n.id for n in nodes if not n.incoming and not n.attached_to]


def _ranks(process: Process, starts: list[str]) -> dict[str, int]:
    """Give each node its longest way from a start, along flows that do not lead back."""
    ways = forward(process, starts)
    ranks = dict.fromkeys(starts, 0)
    for name in reversed(list(ways)):
        for target in ways[name]:
            ranks[target] = max(ranks.get(target, 0), ranks.get(name, 0) + 1)
    return ranks


def forward(process: Process, starts: list[str]) -> dict[str, list[str]]:
    """Walk depth first: the nodes in the order they are left, with their ways that go forward."""
    done: dict[str, list[str]] = {}
    path: set[str] = set()
    stack = [(name, iter(onwards(process, name))) for name in starts]
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
                stack.append((target, iter(onwards(process, target))))
    return done
