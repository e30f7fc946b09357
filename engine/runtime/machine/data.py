"""Where data live, and when they go into an activity and out of it (BPMN 2.0, 10.4)."""

from collections.abc import Container, Iterator, Sequence
from typing import Any, Final

from engine.bpmn import expressions
from engine.bpmn.language import OUTCOME
from engine.bpmn.model import Loop, Node, Process
from engine.runtime.machine.records import Item, Scope, World

COUNTER: Final = "loopCounter"
#: Of a call: what it had for itself before its results took that place.
MINE: Final = "mine"


def first_values(
    process: Process, element: str | None, holder: Item | None, given: dict[str, Any] | None
) -> dict[str, Any] | None:
    """Give the variables that a scope begins with; None where it has none of its own.

    The data objects and properties of a subprocess begin with it (10.4.1), as null or as its
    inputs and its loop filled them.
    """
    if element is None:
        return {**process.data_values, **(given or {})}
    if given is not None:
        return dict(given)
    own = process.data_inside.get(element, frozenset())
    filled: dict[str, Any] = {}
    if holder is not None:
        each = holder.variables if holder.kind == "run" else None
        filled = {**(each or {}), **holder.local}
    return {name: filled.get(name) for name in sorted(own)} or None


def begin(process: Process, node: Node, item: Item) -> None:
    """Let the data of an activity itself begin as null where nothing has filled them."""
    if node.loop is None or item.kind == "run":
        for name in process.data_inside.get(node.id, frozenset()) - (item.variables or {}).keys():
            item.local.setdefault(name, None)


def layers(world: World, scope: Scope, item: Item | None) -> Iterator[dict[str, Any]]:
    """Give the variables that are seen from an item, the nearest first."""
    at: Scope | None = scope
    while at is not None:
        while item is not None:
            yield item.local
            if item.variables is not None:
                yield item.variables
            item = world.items.get(item.host or 0) if item.kind == "run" else None
        if at.variables is not None:
            yield at.variables
        if at.element is None:
            return
        item = world.items.get(at.holder or 0)
        at = world.scopes.get(at.parent or 0)


def home(
    world: World, scope: Scope, item: Item | None, name: str, apart: Container[str]
) -> dict[str, Any]:
    """Find where a variable is set: at the nearest place that has it; where none has, in the
    innermost run of a loop, which hands it on when it completes, or in the whole process.

    ``apart``: activities of whose runs none sees what another sets before both have completed.
    """
    begun: dict[str, Any] | None = None
    at = scope
    while True:
        while item is not None:
            if item.variables is not None:
                if name in item.variables or item.node in apart or name == OUTCOME:
                    return item.variables if begun is None else begun
                begun = item.variables if begun is None else begun
            item = world.items.get(item.host or 0) if item.kind == "run" else None
            if item is not None and name in item.local:
                return item.local
        if at.variables is not None and (name in at.variables or at.element is None):
            return at.variables if begun is None or name in at.variables else begun
        item = world.items.get(at.holder or 0)
        if item is not None and name in item.local:
            return item.local
        at = world.scopes[at.parent or 0]


def early(node: Node, loop: Loop) -> list[str]:
    """List the inputs that are filled once for all runs; what speaks of one run is left to it."""
    late, found = {loop.each, loop.index, COUNTER}, []
    for name, text in node.mappings.inputs:
        if late & _named(text):
            late.add(name)
        elif name in node.mappings.given:
            found.append(name)
    return found


def outputs(node: Node, item: Item) -> Sequence[tuple[str, str]]:
    """List what goes out when an item completes.

    What the list of a loop's results gives goes out with the loop, all else with each run.
    """
    whole = item.facts.get("loop") is not None
    if "reopened" in item.facts or hands_over(node):
        return ()
    if node.loop is None or not collects(node, node.loop):
        return () if whole else node.mappings.outputs
    of_list = [one for one in node.mappings.outputs if node.loop.output in _named(one[1])]
    return [one for one in node.mappings.outputs if (one in of_list) == whole]


def hands_over(node: Node) -> bool:
    """Whether what comes out of a node goes to who catches its error, as a dialect lets it."""
    return node.type == "endEvent" and any(event.kind == "error" for event in node.events)


def collects(node: Node, loop: Loop) -> bool:
    """Whether the list of results is an output of the activity itself."""
    return loop.kind != "standard" and loop.output in node.mappings.own


def _named(text: str) -> frozenset[str]:
    read = expressions.understand(text)
    return read.names | read.possible
