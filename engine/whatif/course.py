"""The course of a diagram, run by the engine itself and remembered: where what leads to what.

A place is a case at rest: its open tasks and what it waits for, with the variables it has. Each
way from place to place is walked once through the runtime; thousands of cases then follow it by
looking it up, so that a simulation of a year takes seconds and still does what was drawn.
"""

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

import orjson

from engine import runtime
from engine.bpmn.joining import bare
from engine.bpmn.model import Node, Step
from engine.definitions.bundle import Reading, plain_weeks
from engine.errors import InvalidError
from engine.runtime import Branch
from engine.runtime.trial import BEGINNING
from forms import plausible
from forms.text import Text

#: Most places of one diagram that are remembered.
MAX_PLACES: Final = 20_000


@dataclass(frozen=True)
class Spot:
    """Something a place waits for: ``task``, ``timer`` or ``message`` (also signals)."""

    kind: str
    element: str
    #: The item of the branch it stands in: mostly a department.
    item: str
    #: Of a timer: how long, as it is written; else how long it is on the wall.
    limit: str = ""
    span: timedelta = timedelta()


@dataclass
class Place:
    """A case at rest."""

    state: bytes
    spots: tuple[Spot, ...]
    #: The runtime's ids, by the place of the spot; of timers also when they are due.
    ids: tuple[str, ...]
    dues: tuple[datetime | None, ...]
    completed: bool
    ways: dict[tuple[int, str], "Way"] = field(default_factory=dict)


@dataclass(frozen=True)
class Way:
    """A move from one place to another."""

    place: Place | None
    #: By each spot of the new place: which spot of the old one it is; None: it is new.
    kept: tuple[int | None, ...] = ()
    #: How many lawful stops begin and end on it.
    stops: int = 0
    #: Why the case cannot go on this way.
    fault: Text | None = None


class Course:
    """One bundle, ready to be simulated. Raises InvalidError for a bundle that cannot run."""

    def __init__(self, reading: Reading, digest: str, abroad: runtime.Abroad | None = None) -> None:
        if not reading.compiled or reading.item is None:
            raise InvalidError(
                Text(
                    "文件有错误，还不能模拟。请先按检查结果更正。",
                    "The files have errors, so it cannot be simulated yet. Correct what the "
                    "check found first.",
                )
            )
        program = runtime.load_program(reading.compiled, digest)
        self.reading = reading
        self.program = program.calling(abroad) if abroad is not None else program
        self.steps: Mapping[str, Step] = {
            name: step for one in reading.running for name, step in one.steps.items()
        }
        self.nodes: Mapping[str, Node] = {
            name: node for one in reading.running for name, node in one.nodes.items()
        }
        self._places: dict[tuple[object, ...], Place] = {}
        self._starts: dict[bytes, Way] = {}
        self._answers = {name: self._steering(step) for name, step in self.steps.items()}

    def _steering(self, step: Step) -> dict[str, Any]:
        """Answer plausibly what the diagram looks at of a step's form."""
        form = self.reading.forms.get(step.form or "")
        if form is None or not (keys := form.keys & self.reading.names):
            return {}
        return {k: v for k, v in plausible.answers(form, keys).items() if v is not None}

    def begin(self, variables: Mapping[str, Any]) -> Way:
        """Begin a case with some answers."""
        key = orjson.dumps(variables, option=orjson.OPT_SORT_KEYS, default=str)
        if key not in self._starts:
            process = self.reading.process
            always = {
                "item": process.item,
                "lead": process.lead,
                "channel": "online",
                "application_kind": "first",
                "licence": None,
            }
            self._starts[key] = self._walk(None, lambda time: runtime.start(
                self.program, {**always, **variables}, **time))  # fmt: skip
        return self._starts[key]

    def go(self, place: Place, spot: int, outcome: str) -> Way:
        """Complete a task with an outcome, let a timer go off, or a message come in."""
        key = (spot, outcome)
        if key not in place.ways:
            place.ways[key] = self._go(place, spot, outcome)
        return place.ways[key]

    def _go(self, place: Place, number: int, outcome: str) -> Way:
        spot, known = place.spots[number], place.ids[number]
        if spot.kind == "task":
            step = self.steps[spot.element]
            if step.outside is not None:  # it finds nothing that steers the diagram
                return self._walk(place, lambda time: runtime.answer(
                    self.program, place.state, known, runtime.Answer({}), **time))  # fmt: skip
            given = dict(self._answers[spot.element])
            given.update(dict.fromkeys((n for n in ("outcome", step.outcome_as) if n and outcome), outcome))  # fmt: skip  # noqa: E501
            return self._walk(place, lambda time: runtime.complete(
                self.program, place.state, known, given, **time))  # fmt: skip
        if spot.kind == "timer":
            due = place.dues[number] or BEGINNING
            return self._walk(place, lambda time: runtime.fire(
                self.program, place.state, known, **{**time, "now": due}))  # fmt: skip
        return self._walk(place, lambda time: runtime.deliver(
            self.program, place.state, known, {}, **time))  # fmt: skip

    def _walk(self, place: Place | None, act: Any) -> Way:
        try:
            step = act({"now": BEGINNING, "workdays": plain_weeks})
        except runtime.RuntimeFault as fault:
            return Way(None, fault=fault.message)
        if step.joined:
            said = Text("它调用别的事项的流程。", "It calls a process of another item.")
            return Way(None, fault=said)
        found, ids = self._place(step)
        return Way(found, _kept(place, found, ids), self._stops(step))

    def _stops(self, step: runtime.Step) -> int:
        """Count the lawful stops that begin, less those that end."""
        found = Counter(
            entry.event
            for entry in step.trace
            if (node := self.nodes.get(bare(entry.element))) is not None
            and node.properties.get("clock") == "stop"
        )
        return found["entered"] - found["completed"] - found["cancelled"]

    def _place(self, step: runtime.Step) -> tuple[Place, tuple[str, ...]]:
        """Find the place a case has come to, and the ids its spots have in this very case."""
        listed = sorted(
            self._spots(step), key=lambda one: (one[0].kind, one[0].element, one[0].item)
        )
        spots = tuple(one[0] for one in listed)
        ids = tuple(one[1] for one in listed)
        data = orjson.dumps(dict(step.data), option=orjson.OPT_SORT_KEYS, default=str)
        key = (spots, data, step.completed)
        if key not in self._places:
            if len(self._places) >= MAX_PLACES:
                raise InvalidError(
                    Text(
                        "这个流程的变化太多，无法模拟。",
                        "This process can stand in too many ways to be simulated.",
                    )
                )
            dues = tuple(one[2] for one in listed)
            self._places[key] = Place(step.state, spots, ids, dues, step.completed)
        return self._places[key], ids

    def _spots(self, step: runtime.Step) -> list[tuple[Spot, str, datetime | None]]:
        found: list[tuple[Spot, str, datetime | None]] = []
        for task in step.open_tasks:
            spot = Spot("task", bare(task.element), _item(task.branch))
            found.append((spot, task.id, None))
        for timer in step.timers:
            spot = self._timer(bare(timer.element), _item(timer.branch), timer.due_at)
            found.append((spot, timer.id, timer.due_at))
        found.extend(
            (Spot("message", bare(one.element), ""), one.id, None) for one in step.subscriptions
        )
        return found

    def _timer(self, element: str, item: str, due: datetime) -> Spot:
        node = self.nodes.get(element)
        written = [one.expression or "" for one in node.events if one.timer == "duration"] if node else []  # fmt: skip  # noqa: E501
        text = written[0].strip().strip('"') if written else ""
        if text.endswith(("WD", "WH")) and text.startswith("P"):
            return Spot("timer", element, item, limit=text)
        return Spot("timer", element, item, span=max(due - BEGINNING, timedelta()))


def _item(branch: Branch | None) -> str:
    return "" if branch is None else str(branch.item)


def _kept(old: Place | None, new: Place, ids: Sequence[str]) -> tuple[int | None, ...]:
    """Say which spots of the new place were there before.

    ``ids`` are those of this walk; the place may have been found by another one.
    """
    if old is None:
        return (None,) * len(new.spots)
    before = {known: number for number, known in enumerate(old.ids)}
    same: dict[Spot, deque[int | None]] = {}
    for spot, known in zip(new.spots, ids, strict=True):
        same.setdefault(_alike(spot), deque()).append(before.get(known))
    return tuple(same[_alike(spot)].popleft() for spot in new.spots)


def _alike(spot: Spot) -> Spot:
    return Spot(spot.kind, spot.element, spot.item)
