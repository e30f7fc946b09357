"""What the calls of a time budget lead to: also processes of other items, as deployed now."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from engine.bpmn import calling, joining
from engine.bpmn.check_abroad import Abroad, Lookup, is_own
from engine.bpmn.model import Node, Process
from forms.text import Text

#: More processes than any case calls: what lies behind them is not counted.
_MOST = 200
_NOWHERE = Text(
    "这里没有已部署的事项可查，到部署时才能计入",
    "deployed items are not known here; it is counted where this item is deployed",
)
_TOO_MANY = Text("一层层调用的流程太多", "too many processes call each other")


@dataclass
class Calls:
    """The processes that a case may run by their names in the case, and the calls of no one."""

    processes: dict[str, Process] = field(default_factory=dict)
    #: Calls whose process cannot be known, with the reason, by element.
    unknown: dict[str, Text] = field(default_factory=dict)


def follow(running: Sequence[Process], look: Lookup | None) -> Calls:
    """Follow the calls of the processes of a bundle, the main one first, through other items.

    In the processes that are given back every call names the process that it would find now.
    """
    found, own = Calls(), {one.id: one for one in running}
    waiting = list(running)
    while waiting:
        process = waiting.pop(0)
        if process.id in found.processes:
            continue
        nodes = dict(process.nodes)
        for node in calling.calls(process):
            name, more = _target(node, own, running[0].item, look, found)
            waiting += more
            nodes[node.id] = replace(node, attributes={**node.attributes, "calledElement": name})
        found.processes[process.id] = replace(process, nodes=nodes)
    return found


def _target(
    node: Node, own: dict[str, Process], item: str, look: Lookup | None, found: Calls
) -> tuple[str, Sequence[Process]]:
    """Give the name of the process a call finds, and the processes that come with it."""
    name, before = calling.wanted(node), joining.prefix_of(node.id)
    if not name or not calling.outer(node):
        return (before + name if name else node.attributes.get("calledElement", "")), ()
    if calling.binding(node) == "latest" and not before and is_own(node, own, item):
        return name, ()
    answer = _NOWHERE if look is None else look(calling.asked(node, name))
    if len(found.processes) > _MOST:
        answer = _TOO_MANY
    if isinstance(answer, Abroad):
        return answer.process.id, (answer.process, *answer.beside)
    if isinstance(answer, Text):
        found.unknown[node.id] = answer
        return "", ()
    return name, ()
