"""Processes of another bundle inside a case: renamed, so that no id is meant twice.

What comes from version 3 of the item ``fire-check`` is called ``fire-check@3.…`` in the case: its
elements, flows, forms and decisions. No id of a diagram has an ``@`` (XML 1.0, NCName).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final, TypeVar

from engine.bpmn.model import CoHandling, Decision, EventDefinition, Flow, Node, Process, Step

_PREFIX: Final = re.compile(r"[^@.]+@\d+\.")
_Drawn = TypeVar("_Drawn", Node, Flow, Step, CoHandling, Decision)


def prefix(item: str, number: int) -> str:
    """Give what the names of a version of an item begin with."""
    return f"{item}@{number}."


def prefix_of(name: str) -> str:
    """Give what the names beside this one begin with; nothing for the case's own version."""
    found = _PREFIX.match(name)
    return "" if found is None else found[0]


def bare(name: str) -> str:
    """Give a name as it was drawn."""
    return name.removeprefix(prefix_of(name))


def renamed(process: Process, before: str) -> Process:
    """Give a process with ``before`` in front of every name that others could have too."""
    return _Renaming(before).process(process)


class _Renaming:
    def __init__(self, before: str) -> None:
        self.before = before

    def process(self, one: Process) -> Process:
        return replace(
            one,
            id=self.name(one.id),
            nodes=self.all(one.nodes, self.node),
            flows=self.all(one.flows, self.flow),
            steps=self.all(one.steps, self.step),
            cohandlings=self.all(one.cohandlings, self.cohandling),
            decisions=self.all(one.decisions, self.decision),
            data_inside={self.name(name): own for name, own in one.data_inside.items()},
        )

    def name(self, name: str) -> str:
        return self.before + name

    def maybe(self, name: str | None) -> str | None:
        return None if name is None else self.name(name)

    def names(self, names: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(map(self.name, names))

    def all(
        self, drawn: Mapping[str, _Drawn], rename: Callable[[_Drawn], _Drawn]
    ) -> dict[str, _Drawn]:
        return {self.name(name): rename(one) for name, one in drawn.items()}

    def node(self, one: Node) -> Node:
        return replace(
            one,
            id=self.name(one.id),
            parent=self.maybe(one.parent),
            incoming=self.names(one.incoming),
            outgoing=self.names(one.outgoing),
            attached_to=self.maybe(one.attached_to),
            default=self.maybe(one.default),
            handler=self.maybe(one.handler),
            events=tuple(map(self.event, one.events)),
        )

    def event(self, one: EventDefinition) -> EventDefinition:
        undoes = one.kind == "compensate" and one.ref
        return replace(one, ref=self.name(one.ref)) if undoes else one

    def flow(self, one: Flow) -> Flow:
        return replace(
            one,
            id=self.name(one.id),
            source=self.name(one.source),
            target=self.name(one.target),
            parent=self.maybe(one.parent),
        )

    def step(self, one: Step) -> Step:
        return replace(
            one,
            element=self.name(one.element),
            form=self.maybe(one.form),
            not_same_as=self.names(one.not_same_as),
            cohandling=self.maybe(one.cohandling),
        )

    def cohandling(self, one: CoHandling) -> CoHandling:
        return replace(one, element=self.name(one.element))

    def decision(self, one: Decision) -> Decision:
        return replace(one, element=self.name(one.element), ref=self.name(one.ref))
