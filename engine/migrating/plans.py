"""From one version of an item to another: what is refused beforehand, element by element."""

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import Final

from engine.bpmn.model import CoHandling, Node, Process, Step
from engine.definitions import Bundle, bundle
from engine.errors import InvalidError
from engine.runtime import Fault
from forms.text import Text

#: Where a case can stand and wait.
_PLACES: Final = frozenset(
    {
        "userTask",
        "manualTask",
        "serviceTask",
        "sendTask",
        "receiveTask",
        "scriptTask",
        "businessRuleTask",
        "task",
        "callActivity",
        "subProcess",
        "transaction",
        "adHocSubProcess",
        "intermediateCatchEvent",
        "boundaryEvent",
        "eventBasedGateway",
    }
)
Limited = Step | CoHandling
_FORKS: Final = frozenset({"parallelGateway", "inclusiveGateway", "complexGateway"})


class PlanRefusedError(InvalidError):
    """Expected a way from one version to the other, but ``faults`` say why there is none."""

    code = "plan-refused"

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        fields = {f"map.{one.element}": one.why for one in faults if one.element}
        super().__init__(faults[0].why, fields=fields)
        self.faults = faults


@dataclass(frozen=True)
class Limit:
    """A step whose limit differs between the versions."""

    element: str
    name: Text
    old: str | None
    new: str | None


@dataclass(frozen=True)
class Plan:
    """A way from one version of an item to another."""

    old: Bundle
    new: Bundle
    #: Old elements to new ones, where the ids differ.
    mapping: Mapping[str, str]

    def target(self, element: str) -> str:
        """Give the new id of an element."""
        return self.mapping.get(element, element)

    @cached_property
    def lost(self) -> tuple[Node, ...]:
        """The places of the old version for which the new one has nothing of their id."""
        return tuple(node for node in _places(self.old) if self.new.own(node.id) is None)

    @cached_property
    def added(self) -> tuple[Node, ...]:
        """The places of the new version that the old one does not have."""
        return tuple(node for node in _places(self.new) if self.old.own(node.id) is None)

    def options(self, node: Node) -> tuple[Node, ...]:
        """List what an old element may become: new ones of its kind, those added first."""
        fits = [one for one in _places(self.new) if one.type == node.type]
        new = [one for one in fits if one in self.added]
        return (*new, *(one for one in fits if one not in new))

    @cached_property
    def suggested(self) -> dict[str, str]:
        """What was probably meant: a lost step of the same name as one that was added."""
        found: dict[str, str] = {}
        for node in self.lost:
            same = [one for one in self.added if one.type == node.type and one.name == node.name]
            if len(same) == 1 and node.name.zh and same[0].id not in found.values():
                found[node.id] = same[0].id
        return found

    @cached_property
    def limits(self) -> tuple[Limit, ...]:
        """The steps and co-handlings whose limit differs."""
        found = []
        limited: Iterator[Limited] = chain(self.old.steps.values(), self.old.cohandlings.values())
        for one in limited:
            target = self.target(one.element)
            new = self.new.steps.get(target) or self.new.cohandlings.get(target)
            if new is not None and new.limit != one.limit:
                found.append(Limit(one.element, one.name, one.limit, new.limit))
        return tuple(found)

    @cached_property
    def timers(self) -> tuple[Limit, ...]:
        """The timers drawn differently: those that run keep their due times."""
        pairs = ((node, self.new.own(self.target(node.id))) for node in _places(self.old))
        return tuple(
            Limit(one.id, one.name, _times(one), _times(two))
            for one, two in pairs
            if two is not None and _times(one) != _times(two)
        )

    @property
    def promises(self) -> tuple[tuple[str, str | None, str | None], ...]:
        """Which of the case's own limits differ: their names, old and new."""
        one, two = self.old.process, self.new.process
        pairs = [
            ("statutory", one.statutory_limit, two.statutory_limit),
            ("promised", one.promised_limit, two.promised_limit),
        ]
        return tuple(pair for pair in pairs if pair[1] != pair[2])


def _times(node: Node) -> str | None:
    found = [event.expression or "" for event in node.events if event.kind == "timer"]
    return ", ".join(found) or None


def _places(of: Bundle) -> Iterator[Node]:
    for process in of.running:
        for node in process.nodes.values():
            if node.type in _PLACES:
                yield node


def plan(old_id: int, new_id: int, mapping: Mapping[str, str]) -> Plan:
    """Make a way from one version to another.

    Raises NotFoundError, and PlanRefusedError with every reason, each at its element.
    """
    found = outline(old_id, new_id, mapping)
    faults = tuple(_faults(found))
    if faults:
        raise PlanRefusedError(faults)
    return found


def outline(old_id: int, new_id: int, mapping: Mapping[str, str]) -> Plan:
    """Make the same, its mapping not looked at: for a page on which it is still being chosen.

    Raises NotFoundError, and PlanRefusedError where the two cannot have a way at all.
    """
    old, new = bundle(old_id), bundle(new_id)
    fault = _unlike(old, new)
    if fault is not None:
        raise PlanRefusedError((Fault("", fault),))
    return Plan(old, new, {one: two for one, two in mapping.items() if one != two and two})


def _unlike(old: Bundle, new: Bundle) -> Text | None:
    if old.version_id == new.version_id:
        return Text("这是同一个版本。", "These are the same version.")
    if old.item.code != new.item.code:
        return Text(
            f"“{old.item.code}”和“{new.item.code}”是两个事项，办件不能在事项之间迁移。",
            f"'{old.item.code}' and '{new.item.code}' are two items; cases never change theirs.",
        )
    if old.process.id != new.process.id:
        return Text(
            f"流程编号由“{old.process.id}”改成了“{new.process.id}”，系统不能认作同一流程。"
            "请把新版本的流程编号改回后重新部署。",
            f"The process id was changed from '{old.process.id}' to '{new.process.id}', so it is "
            "not the same process. Give the new version the old id and deploy it again.",
        )
    return None


def _faults(plan: Plan) -> Iterator[Fault]:
    for element, target in plan.mapping.items():
        one, two = plan.old.own(element), plan.new.own(target)
        if one is None:
            yield Fault(
                element,
                Text(
                    f"旧版本没有元素“{element}”。", f"The old version has no element '{element}'."
                ),
            )
        elif two is None:
            yield Fault(
                element,
                Text(f"新版本没有元素“{target}”。", f"The new version has no element '{target}'."),
            )
        elif one.type != two.type:
            yield Fault(
                element,
                Text(
                    f"“{element}”和“{target}”不是同一种元素。",
                    f"'{element}' and '{target}' are of two kinds.",
                ),
            )
        elif two.parent != (None if one.parent is None else plan.target(one.parent)):
            yield Fault(
                element,
                Text(f"“{target}”在另一个子流程里。", f"'{target}' stands in another subprocess."),
            )
        elif (one.loop is None) != (two.loop is None):
            yield Fault(
                element,
                Text(
                    f"“{element}”和“{target}”只有一个是多实例。",
                    f"Only one of '{element}' and '{target}' repeats.",
                ),
            )
    yield from _circles(plan.mapping)
    yield from _crowds(plan)


def _circles(mapping: Mapping[str, str]) -> Iterator[Fault]:
    for element in mapping:
        seen, at = [element], mapping[element]
        while at in mapping and at not in seen:
            seen.append(at)
            at = mapping[at]
        if at == element:
            way = " → ".join([*seen, element])
            yield Fault(
                element, Text(f"对应关系成了循环：{way}。", f"The mapping goes in a circle: {way}.")
            )


def _crowds(plan: Plan) -> Iterator[Fault]:
    """Find old places that may be open at once and would both come to one new place."""
    taken: dict[str, list[Node]] = {}
    for node in _places(plan.old):
        if plan.new.own(plan.target(node.id)) is not None:
            taken.setdefault(plan.target(node.id), []).append(node)
    for target, nodes in taken.items():
        for node in nodes:
            others = [one for one in nodes if one is not node and _together(plan.old, one, node)]
            if others and node.id in plan.mapping:
                yield Fault(
                    node.id,
                    Text(
                        f"“{node.id}”和“{others[0].id}”可能同时在办，不能都对应到“{target}”。",
                        f"'{node.id}' and '{others[0].id}' may be open at once; both cannot become"
                        f" '{target}'.",
                    ),
                )


def _together(of: Bundle, one: Node, two: Node) -> bool:
    """Whether two elements may be open at the same time: a fork leads to both by two ways."""
    process = next(p for p in of.running if one.id in p.nodes)
    if two.id not in process.nodes or one.parent != two.parent:
        return False
    edges = (n for n in process.nodes.values() if n.type == "boundaryEvent" and not n.interrupting)
    for edge in edges:
        behind = _reach(process, [process.flows[f].target for f in edge.outgoing])
        host = edge.attached_to or ""
        if {one.id, two.id} <= behind | {host} and (one.id in behind or two.id in behind):
            return True
    for fork in process.nodes.values():
        forks = fork.type in _FORKS or (not fork.type.endswith("Gateway"))
        if not forks or len(fork.outgoing) < 2:
            continue
        ways = [_reach(process, [process.flows[f].target]) for f in fork.outgoing]
        meeting = {name for name in set.intersection(*ways) if _joins(process.nodes[name])}
        ways = [_reach(process, [process.flows[f].target], meeting) for f in fork.outgoing]
        for number, way in enumerate(ways):
            rest = set().union(*(w for n, w in enumerate(ways) if n != number))
            if one.id in way and two.id in rest:
                return True
    return False


def _joins(node: Node) -> bool:
    return node.type in _FORKS and len(node.incoming) > 1


def _reach(process: Process, begin: list[str], until: AbstractSet[str] = frozenset()) -> set[str]:
    found: set[str] = set()
    stack = list(begin)
    while stack:
        name = stack.pop()
        if name in found or name in until or name not in process.nodes:
            continue
        found.add(name)
        node = process.nodes[name]
        stack += [process.flows[flow].target for flow in node.outgoing]
        stack += [edge.id for edge in process.boundaries(name)]
    return found
