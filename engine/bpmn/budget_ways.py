"""Walk all ways through a process at once and keep the latest arrival at every node.

Ways that meet keep the later one: of alternatives because the longest counts, of parallel parts
because the join waits for it. Ways that lead back are left aside, or gone once (``again``). An
event subprocess begins once, in the last moment in which its event can come.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Final

from engine.bpmn import budget_time, calling, elements, joining, language, ordering
from engine.bpmn.budget_time import PROMISED, STATUTORY, Clock
from engine.bpmn.check_structure import before, by_event, onwards
from engine.bpmn.model import Node, Process, Step
from forms.text import Text

#: Beyond this nothing more is added up: the limit is missed by years.
_FAR: Final = timedelta(days=4000)
#: Most runs of a loop, and most ways back, that are looked at.
_MOST_RUNS, _MOST_BACK = 50, 20


class Phase(IntEnum):
    """Where a case stands on the clock; of ways that meet the higher one counts."""

    BEFORE = 0
    AFTER = 1
    RUNNING = 2


@dataclass(frozen=True)
class Trail:
    """One node on the way to an arrival, and the way before it."""

    before: "Trail | None"
    node: Node
    flow: str | None
    start: datetime
    end: datetime
    stopped: bool = False


@dataclass(frozen=True)
class Reach:
    """The latest arrival somewhere."""

    at: datetime
    phase: Phase
    trail: Trail | None = None
    #: The flow it comes along.
    via: str | None = None
    #: Of an end of the clock: the calls in which it lies.
    within: tuple[str, ...] = ()

    @property
    def rank(self) -> tuple[Phase, datetime]:
        """What makes one arrival count before another."""
        return self.phase, self.at


@dataclass
class Walk:
    """One walk by one clock from one instant: its arrivals, and what could not be counted."""

    clock: Clock
    start: datetime
    #: The processes that run, by the ids that calls name.
    called: Mapping[str, Process]
    #: Calls whose process cannot be known, with the reason, by element.
    unknown: Mapping[str, Text] = field(default_factory=dict)
    #: Where the clock was stopped for good: arrivals at the ends it waits for.
    ends: list[Reach] = field(default_factory=list)
    #: Waits of unknown length, by element: ``applicant``, ``waits``, ``runs``, ``elsewhere``,
    #: ``circle``, ``co-short``, ``period-short``. What lies in another item stands at its call.
    remarks: dict[str, str] = field(default_factory=dict)
    #: Of those that remain elsewhere: why nothing is known of them.
    reasons: dict[str, Text] = field(default_factory=dict)
    #: The calls in which the walk is: the process, and the element that calls it.
    _inside: dict[str, str] = field(default_factory=dict)
    #: Of each level in which the walk is: the last moment in which the clock runs there.
    _peaks: list[Reach | None] = field(default_factory=list)

    def go(self, process: Process, *, again: bool = False) -> Reach | None:
        """Return the latest arrival at an end of the clock; None when no way leads to one.

        ``again``: go every way back once, each for itself, and return the latest of these.
        """
        begun = Phase.RUNNING if self.clock.begins == "start" else Phase.BEFORE
        out = self._scope(process, None, Reach(self.start, begun), again=again)
        if not self.clock.ends and out.phase is Phase.RUNNING:
            self.ends.append(out)
        return max(self.ends, key=lambda end: end.at, default=None)

    def _scope(self, process: Process, scope: str | None, entry: Reach, *, again: bool) -> Reach:
        self._peaks.append(entry if entry.phase is Phase.RUNNING else None)
        begin = [n for n in ordering.starts(process, scope) if not _aside(process.nodes[n])]
        ways = ordering.forward(process, begin)
        left = self._pass(process, ways, dict.fromkeys(begin, entry), again=again)
        outs = self._outs(process, left)
        for origin, target in _ways_back(process, ways) if again else ():
            if (out := left.get(origin)) is not None and out.phase is Phase.RUNNING:
                back = replace(out, via=_flow(process, origin, target))
                outs += self._outs(process, self._pass(process, ways, {target: back}, again=False))
        out = max(outs, key=lambda out: out.rank, default=entry)
        out = self._events(process, scope, (entry, out), again=again)
        self._note(self._peaks.pop())
        return out

    def _note(self, moment: Reach | None) -> None:
        """Keep a moment in which the clock runs, if it is the last of the level."""
        peak = self._peaks[-1] if self._peaks else None
        if self._peaks and moment is not None and (peak is None or moment.at > peak.at):
            self._peaks[-1] = moment

    def _events(
        self, process: Process, scope: str | None, way: tuple[Reach, Reach], *, again: bool
    ) -> Reach:
        """Go through the event subprocesses of a level, and return when the level is left then.

        The level waits for one that runs beside; the clock does only where it runs until the level
        is left. Of those that interrupt the first one is the only one.
        """
        (entry, out), last = way, []
        for node in _event_subprocesses(process, scope):
            event, peak = _event_of(process, node), self._peaks[-1]
            if event is None or any(one.kind == "compensate" for one in event.events):
                continue
            counts = event.interrupting or out.phase is Phase.RUNNING
            for begun in list(self._moments(event, entry)):
                own = self._node(process, node, begun, again=again)
                if event.interrupting and scope is None and not self._inside:
                    self._closed(own)
                out = max(out, own, key=lambda one: one.rank) if counts else out
            if event.interrupting or not counts:
                last += [self._peaks[-1]] if counts else []
                self._peaks[-1] = peak
        for moment in last:
            self._note(moment)
        return out

    def _closed(self, out: Reach) -> None:
        """Let a clock of the decision end with the case that an event ends without one."""
        if out.phase is Phase.RUNNING and self.clock.name in (PROMISED, STATUTORY):
            self.ends.append(out)

    def _moments(self, event: Node, entry: Reach) -> Iterator[Reach]:
        """Give the last moments in which an event subprocess may begin: before the clock runs,
        and while it does. A timer that is due after all is done never goes off.
        """
        peak = self._peaks[-1]
        if entry.phase is Phase.BEFORE:
            yield replace(entry, via=None)
        if peak is None:
            return
        due = _timer(event, max(entry.at, self.start))
        if due is None or (due > peak.at and entry.phase is Phase.BEFORE):
            yield replace(peak, via=None)
        elif due <= peak.at:
            yield Reach(due, Phase.RUNNING, _cut(peak.trail, due))

    @staticmethod
    def _outs(process: Process, left: Mapping[str, Reach]) -> list[Reach]:
        return [out for name, out in left.items() if not process.nodes[name].outgoing]

    def _pass(
        self,
        process: Process,
        ways: Mapping[str, list[str]],
        reached: dict[str, Reach],
        *,
        again: bool,
    ) -> dict[str, Reach]:
        """Go through a level in flow order; return the arrivals at the end of every node."""
        left: dict[str, Reach] = {}
        for name in reversed(list(ways)):
            arriving = reached.get(name)
            if arriving is None:
                continue
            node = process.nodes[name]
            left[name] = leaving = self._node(process, node, arriving, again=again)
            for target in ways[name]:
                found = replace(leaving, via=_flow(process, name, target))
                if process.nodes[target].attached_to == name:
                    found = self._edge(process.nodes[target], node, arriving, leaving)
                if target not in reached or found.rank > reached[target].rank:
                    reached[target] = found
        return left

    def _edge(self, event: Node, node: Node, arriving: Reach, leaving: Reach) -> Reach:
        """Leave an activity at its edge: by a timer when it is due, else at the latest."""
        at = leaving.at
        if arriving.phase is Phase.RUNNING and not self.clock.stopped(node):
            due = _timer(event, arriving.at)
            at = at if due is None else min(due, at)
        inside = node.type in elements.CONTAINERS or node.type == "callActivity"
        opened = inside and leaving.phase is Phase.RUNNING
        return Reach(at, leaving.phase if opened else arriving.phase, leaving.trail)

    def _node(self, process: Process, node: Node, arriving: Reach, *, again: bool) -> Reach:
        stopped = arriving.phase is Phase.RUNNING and self.clock.stopped(node)
        out = arriving
        if not stopped:
            for _ in range(self._runs(node)):
                out = self._once(process, node, out, again=again)
        own = out.trail is arriving.trail
        begun = arriving.at if own else out.at
        trail = Trail(out.trail, node, arriving.via, begun, out.at, stopped)
        done = replace(out, trail=trail, via=None)
        turned = self._turn(process, node, done)
        if Phase.RUNNING in (done.phase, turned.phase):
            self._note(replace(done, phase=Phase.RUNNING))
        return turned

    def _turn(self, process: Process, node: Node, out: Reach) -> Reach:
        """Let the clock begin or end where the act of a step makes it.

        What goes through a correction has not been accepted yet, whatever its way.
        """
        act = process.steps[node.id].act if node.id in process.steps else ""
        if act == "correct" and self.clock.begins == "accept":
            return replace(out, phase=Phase.BEFORE, at=self.start)
        if out.phase is Phase.RUNNING and act in self.clock.ends:
            self.ends.append(replace(out, within=tuple(self._inside.values())))
            return replace(out, phase=Phase.AFTER)
        if out.phase is Phase.BEFORE and act and act == self.clock.begins:
            return replace(out, phase=Phase.RUNNING)
        return out

    def _once(self, process: Process, node: Node, at: Reach, *, again: bool) -> Reach:
        """Do an activity once."""
        if node.type in elements.CONTAINERS:
            inner = self._scope(process, node.id, at, again=again)
            limit = process.cohandlings[node.id].limit if node.id in process.cohandlings else None
            return self._within(node, at, inner, limit)
        if node.type == "callActivity":
            return self._call(node, at, again=again)
        if at.phase is not Phase.RUNNING or at.at > self.start + _FAR:
            return at
        step = process.steps.get(node.id)
        if step is not None:
            return replace(at, at=self._step(process, node, step, at.at))
        return replace(at, at=self._wait(process, node, at.at))

    def _within(self, node: Node, at: Reach, inner: Reach, limit: str | None) -> Reach:
        """Take a co-handling's own limit for the time of all that is done in it."""
        if at.phase is not Phase.RUNNING or limit is None or not language.parse_limit(limit):
            return inner
        end = budget_time.end_of(at.at, limit.strip())
        if inner.at > end:
            self._remark(node, "co-short")
        return replace(inner, at=end, trail=at.trail)

    def _call(self, node: Node, at: Reach, *, again: bool) -> Reach:
        """Go through the process that is called: of several it may be, through the longest."""
        names, outs = self._named(node), []
        if not names:
            self._remark(node, "elsewhere", at)
        for name in names:
            if name in self._inside:
                self._remark(node, "circle", at)
                continue
            self._inside[name] = node.id
            outs.append(self._scope(self.called[name], None, at, again=again))
            del self._inside[name]
        return max(outs, key=lambda out: out.rank, default=at)

    def _named(self, node: Node) -> list[str]:
        """List the processes a call may name; where that is computed, all of its bundle."""
        name = calling.wanted(node)
        if name is not None:
            return [name] if name in self.called else []
        before = joining.prefix_of(node.id)
        first = next(iter(self.called), None)
        return [
            one.id
            for one in self.called.values()
            if one.executable and joining.prefix_of(one.id) == before and one.id != first
        ]

    def _remark(self, node: Node, kind: str, at: Reach | None = None) -> None:
        """Note what cannot be counted, at the element of the item itself that leads to it."""
        if at is not None and at.phase is not Phase.RUNNING:
            return
        own = [name for name in (*self._inside.values(), node.id) if not joining.prefix_of(name)]
        element = own[-1] if own else node.id
        self.remarks.setdefault(element, kind)
        if kind == "elsewhere" and node.id in self.unknown:
            self.reasons.setdefault(element, self.unknown[node.id])

    def _step(self, process: Process, node: Node, step: Step, at: datetime) -> datetime:
        limit = step.limit if step.limit and language.parse_limit(step.limit) else None
        end = budget_time.end_of(at, limit.strip()) if limit else at
        if step.period and language.parse_limit(step.period):
            over = budget_time.end_of(at, step.period.strip())
            if limit and over > end:
                self._remark(node, "period-short")
            end = max(end, over)
        if step.role != language.APPLICANT:
            return end
        timers = [_timer(event, at) for event in process.boundaries(node.id) if event.interrupting]
        bounds = [due for due in timers if due is not None] + ([end] if limit else [])
        if not bounds and step.act != "correct":
            self._remark(node, "applicant")
        return min(bounds, default=at)

    def _wait(self, process: Process, node: Node, at: datetime) -> datetime:
        """Wait at an event: as long as its timer, or as that of another way out of a gateway."""
        if node.type not in ("intermediateCatchEvent", "receiveTask"):
            return at
        if any(event.kind == "link" for event in node.events):
            return at
        limit = node.properties.get("limit", "")
        if language.parse_limit(limit):
            return budget_time.end_of(at, limit.strip())
        origins = [process.nodes[name] for name in before(process, node.id)]
        beside = [
            process.nodes[name]
            for origin in origins
            if origin.type == "eventBasedGateway"
            for name in onwards(process, origin.id)
        ]
        dues = [due for one in (node, *beside) if (due := _timer(one, at)) is not None]
        timed = any(event.kind == "timer" for one in (node, *beside) for event in one.events)
        if not timed:
            self._remark(node, "waits")
        return min(dues, default=at)

    def _runs(self, node: Node) -> int:
        """Say how often an activity is done one after the other."""
        loop = node.loop
        if loop is None or loop.kind == "parallel":
            return 1
        written = (loop.maximum if loop.kind == "standard" else loop.cardinality) or ""
        number = written.strip().removeprefix("=").strip()
        if number.isascii() and number.isdigit():
            return max(1, min(int(number[:6]), _MOST_RUNS))
        self._remark(node, "runs")
        return 1


def _aside(node: Node) -> bool:
    """Whether no way leads to a node: it is begun by an event, or undoes something."""
    return by_event(node) or node.attributes.get("isForCompensation") == "true"


def _event_subprocesses(process: Process, scope: str | None) -> list[Node]:
    """List those of a level, the ones that run beside before those that interrupt."""
    found = [node for node in process.within(scope) if by_event(node)]
    events = {node.id: _event_of(process, node) for node in found}
    return sorted(found, key=lambda one: (e := events[one.id]) is None or e.interrupting)


def _event_of(process: Process, node: Node) -> Node | None:
    inside = process.within(node.id)
    return next((one for one in inside if one.type == "startEvent" and one.events), None)


def _cut(trail: Trail | None, at: datetime) -> Trail | None:
    """Return the way as far as it has been gone at a moment."""
    while trail is not None and trail.start > at:
        trail = trail.before
    return trail if trail is None or trail.end <= at else replace(trail, end=at)


def _timer(event: Node, at: datetime) -> datetime | None:
    dues = [
        budget_time.after_timer(at, one.expression or "")
        for one in event.events
        if one.kind == "timer" and one.timer == "duration"
    ]
    return min((due for due in dues if due is not None), default=None)


def _flow(process: Process, origin: str, target: str) -> str | None:
    found = (process.flows[f] for f in process.nodes[origin].outgoing if f in process.flows)
    return next((flow.id for flow in found if flow.target == target), None)


def _ways_back(process: Process, ways: Mapping[str, Iterable[str]]) -> list[tuple[str, str]]:
    found = [
        (name, target)
        for name in ways
        for target in onwards(process, name)
        if target in ways and target not in ways[name]
    ]
    return found[:_MOST_BACK]
