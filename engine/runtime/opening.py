"""What begins the processes of a trial from outside: messages, signals, timers at starts."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.bpmn.model import EventDefinition, Node, Process
from engine.runtime import cycles, timers
from engine.runtime.machine.core import Machine
from engine.runtime.machine.plan import openings


@dataclass
class Opening:
    """One event that begins a process."""

    process: Process
    node: Node
    #: Which of the definitions of its node.
    number: int
    #: Of a timer: when it is due next, and how often still; None: without an end.
    due: datetime | None = None
    left: int | None = 1

    @property
    def event(self) -> EventDefinition:
        """Give the definition itself."""
        return self.node.events[self.number]


def openings_of(
    processes: Sequence[Process], machine: Machine, given: Mapping[str, Any]
) -> list[Opening]:
    """List what begins some processes, timers counted from the machine's now.

    Raises RuntimeFault for a timer that cannot be computed.
    """
    found = []
    for process in processes:
        for node in openings(process):
            for number, event in enumerate(node.events):
                opening = Opening(process, node, number)
                if event.kind == "timer":
                    _schedule(opening, machine, given)
                found.append(opening)
    return found


def _schedule(opening: Opening, machine: Machine, given: Mapping[str, Any]) -> None:
    value = _value(opening, machine, given)
    kind = opening.event.timer
    if kind == "cycle":
        opening.left, opening.due = cycles.first(value, machine.now, machine.workdays)
    else:
        opening.due = timers.due(kind, value, machine.now, machine.workdays)


def _value(opening: Opening, machine: Machine, given: Mapping[str, Any]) -> object:
    text = (opening.event.expression or "").strip()
    if text.startswith(("=", "${", "#{")):
        value = machine.compute(given, text, opening.node)
        return cycles.computed(value, opening.event.dialect)
    return text


def go_off(opening: Opening, machine: Machine, given: Mapping[str, Any]) -> None:
    """Note that a timer went off: when it will again, or that it was the last time."""
    if opening.due is None or opening.event.timer != "cycle" or opening.left == 1:
        opening.due = None
        return
    opening.left = None if opening.left is None else opening.left - 1
    value = str(_value(opening, machine, given))
    opening.due = cycles.following(value, opening.due, machine.now, machine.workdays)


def partners(diagrams: Sequence[Any], process: Process) -> Iterator[Process]:
    """List the processes that write to one or are written to by it, and that it does not call."""
    called = {node.attributes.get("calledElement") for node in process.nodes.values()}
    ours = {process.id, *process.nodes}
    for diagram in diagrams:
        linked = (ends for ends in diagram.message_flows if ours & {*ends})
        ends = {end for pair in linked for end in pair}
        for other in diagram.processes:
            if other is not process and other.id not in called and ends & {other.id, *other.nodes}:
                yield other
