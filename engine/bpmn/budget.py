"""The time budget of an item: what the limits of its steps come to, against its own limits.

The longest way through the diagram is looked for by each of the item's clocks: the promise, the
statute, the limit of receipt and that of delivery. A clock begins and ends where the engine lets it
begin and end, and stands still where an activity stops it: the statute does not stop for all that
the promise stops for. An event subprocess begins in the last moment in which its event can come; a
call of another item's process counts as the version does that it would find now.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from engine.bpmn import budget_calls, budget_time, joining
from engine.bpmn.budget_calls import Calls
from engine.bpmn.budget_time import PROMISED, STATUTORY, Clock
from engine.bpmn.budget_ways import Reach, Trail, Walk
from engine.bpmn.check_abroad import Lookup
from engine.bpmn.language import limit_text
from engine.bpmn.model import Process
from forms.text import Text


@dataclass(frozen=True)
class Share:
    """What one activity on the way takes, in the unit of the clock's limit."""

    element: str
    name: Text
    #: Its limit as drawn, in words; empty for what has none.
    limit: Text
    takes: float
    #: How much is used when it is done.
    until: float
    stopped: bool = False

    @property
    def of(self) -> str:
        """The item and version it is in, as ``fire-check@3``, where that is another item."""
        return joining.prefix_of(self.element).removesuffix(".")


@dataclass(frozen=True)
class Way:
    """One way through the diagram, with what it uses of a clock."""

    total: float
    #: Nodes and flows in order, also of subprocesses and called processes.
    elements: tuple[str, ...]
    flows: tuple[str, ...]
    shares: tuple[Share, ...]


@dataclass(frozen=True)
class Budget:
    """One clock of an item, and the longest way by it."""

    #: ``promised``, ``statutory``, ``receipt`` or ``delivery``.
    clock: str
    limit: str
    amount: float
    unit: str
    way: Way
    #: The way is too long whenever a case begins.
    broken: bool
    #: It is too long for cases that begin at an unlucky hour or day of the week.
    tight: bool
    #: The longest way that goes one way back once, where that is longer, and whether that is too
    #: long.
    again: Way | None
    again_broken: bool
    #: What could not be counted, by element.
    remarks: Mapping[str, str]
    #: Why calls of other items could not be counted, by element.
    reasons: Mapping[str, Text] = field(default_factory=dict)

    @property
    def name(self) -> Text:
        """What the limit is called."""
        return budget_time.NAMES[self.clock]

    @property
    def slack(self) -> float:
        """What is left of the limit; negative when the way is too long."""
        return round(self.amount - self.way.total, 2)

    @property
    def marks(self) -> frozenset[str]:
        """The elements and flows of the way, to be marked on the diagram."""
        return frozenset((*self.way.elements, *self.way.flows))

    def text(self, amount: float) -> Text:
        """Say an amount in the unit of the limit."""
        return amount_text(amount, self.unit)


def amount_text(amount: float, unit: str) -> Text:
    """Say an amount of time: 8个工作日 / 8 working days."""
    written = f"{amount:g}"
    said = limit_text(f"1{unit}") if amount == 1 else limit_text(f"2{unit}")
    return Text(
        said.zh.replace("1" if amount == 1 else "2", written, 1),
        said.en.replace("1" if amount == 1 else "2", written, 1),
    )


def budgets(
    process: Process, called: Iterable[Process] = (), look: Lookup | None = None
) -> tuple[Budget, ...]:
    """Compute every budget of an item's process; ``called``: what it may call of its bundle.

    ``look`` finds what it calls of other items. A clock whose limit is missing or cannot be read
    has none, nor one that no way leads to.
    """
    calls = budget_calls.follow((process, *called), look)
    steps = [step for one in calls.processes.values() for step in one.steps.values()]
    acts = frozenset(step.act for step in steps)
    main = calls.processes[process.id]
    found = (_budget(main, calls, clock) for clock in budget_time.clocks(main, acts))
    return tuple(one for one in found if one is not None)


def _budget(process: Process, calls: Calls, clock: Clock) -> Budget | None:
    known = calls.processes
    starts = budget_time.starts(clock, known.values())
    walks = [Walk(clock, start, known, calls.unknown) for start in starts]
    ends = [(walk, end) for walk in walks if (end := walk.go(process)) is not None]
    if not ends:
        return None
    late = [end.at > budget_time.end_of(walk.start, clock.limit) for walk, end in ends]
    worst, end = max(ends, key=lambda one: budget_time.used(clock, one[0].start, one[1].at))
    way = _way(clock, worst, end)
    again, again_late = _again(process, worst, way)
    amount, unit = _amount(clock.limit)
    return Budget(
        clock.name,
        clock.limit,
        amount,
        unit,
        way,
        all(late),
        any(late),
        again,
        again_late,
        worst.remarks,
        {name: why for name, why in worst.reasons.items() if name in worst.remarks},
    )


def _again(process: Process, straight: Walk, way: Way) -> tuple[Way | None, bool]:
    clock = straight.clock
    if clock.name not in (PROMISED, STATUTORY):
        return None, False
    walk = Walk(clock, straight.start, straight.called, straight.unknown)
    end = walk.go(process, again=True)
    if end is None:
        return None, False
    found = _way(clock, walk, end)
    late = end.at > budget_time.end_of(walk.start, clock.limit)
    return (found, late) if found.total > way.total else (None, False)


def _amount(limit: str) -> tuple[float, str]:
    unit = limit.lstrip("0123456789 ")
    return float(limit.removesuffix(unit)), unit


def _way(clock: Clock, walk: Walk, end: Reach) -> Way:
    trail = list(reversed(list(_back(end.trail))))
    begun = next((i for i, one in enumerate(trail) if one.end > walk.start), len(trail))
    shares = [_share(clock, walk, one) for one in trail if one.stopped or one.end > one.start]
    gone = [one.node for one in trail[max(0, begun - 1) :]]
    # What the clock ends inside of has not been left, but is marked as well.
    around = [node.parent for node in gone if node.parent]
    return Way(
        budget_time.used(clock, walk.start, end.at),
        tuple(dict.fromkeys([node.id for node in gone] + around + list(end.within))),
        tuple(one.flow for one in trail[begun:] if one.flow),
        tuple(shares),
    )


def _back(trail: Trail | None) -> Iterator[Trail]:
    while trail is not None:
        yield trail
        trail = trail.before


def _share(clock: Clock, walk: Walk, one: Trail) -> Share:
    limit = one.node.properties.get("limit", "")
    until = budget_time.used(clock, walk.start, one.end)
    return Share(
        one.node.id,
        one.node.name,
        limit_text(limit) if limit else Text("", ""),
        round(until - budget_time.used(clock, walk.start, one.start), 2),
        until,
        one.stopped,
    )
