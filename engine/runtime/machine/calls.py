"""What a call hands over to the process it calls, and takes over from it (BPMN 2.0, 10.3.5)."""

from typing import Any, Final

from engine.runtime.machine.core import Machine
from engine.runtime.machine.data import COUNTER, MINE
from engine.runtime.machine.records import Item, Scope

#: How far a multi-instance activity is, as the standard and as others call it.
NUMBERS: Final = tuple(
    f"{start}{what}Instances"
    for what in ("", "Active", "Completed", "Terminated")
    for start in ("nrOf", "numberOf")
)


def hand_over(machine: Machine, item: Item) -> dict[str, Any]:
    """Give the variables a called process begins with; a null that somebody has set is handed over,
    what nobody has set is not.
    """
    mappings = machine.node(item).mappings
    if mappings.all_in:
        seen = machine.view(machine.scope(item), item, unset=False)
        return {name: value for name, value in seen.items() if name not in NUMBERS}
    apart = {*mappings.kept, COUNTER, *NUMBERS}
    return {name: value for name, value in item.local.items() if name not in apart}


def take_over(machine: Machine, item: Item, scope: Scope) -> None:
    """Let a call see what the called process has at its end, and set all of it where it says so."""
    mappings = machine.node(item).mappings
    results = dict(scope.variables or {})
    if mappings.all_out and not mappings.local:
        apart = {*mappings.inner, COUNTER, *NUMBERS}
        handed = {name: value for name, value in results.items() if name not in apart}
        machine.assign(machine.scope(item), item, handed)
    item.facts[MINE] = item.local
    item.local = {**machine.plan.unset[scope.process], **results}


def leave(machine: Machine, scope: Scope, catcher: Item) -> None:
    """Let the calls that an error or escalation leaves set what they take out of what they called,
    where they say so in a dialect that means it for these ends too (Camunda 7).
    """
    at: Scope | None = scope
    while at is not None and at.id != catcher.scope:
        item = machine.world.items.get(at.holder or 0)
        if item is not None and machine.node(item).mappings.thrown_out and at.element is None:
            before = item.local
            take_over(machine, item, at)
            machine.hand_out(item, machine.node(item).mappings.outputs)
            item.local = before
            item.facts.pop(MINE)
        at = machine.world.scopes.get(at.parent or 0)
