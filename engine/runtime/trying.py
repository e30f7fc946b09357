"""Try diagrams without a database, on a virtual clock: what ``lianban try`` does.

Every step goes through stored bytes, as a real case does. The world outside is played by a script:
people complete tasks, messages and signals come in, time passes. Programs outside (service tasks)
do their work at once unless the script says when.
"""

from collections import Counter
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final, NoReturn

from engine.bpmn.model import Node, Process
from engine.errors import EngineError
from engine.runtime import timers
from engine.runtime.burden import Burden
from engine.runtime.errors import LimitExceeded, RuntimeFault
from engine.runtime.machine import activities, events, throwing
from engine.runtime.machine.advancing import advance
from engine.runtime.machine.core import Machine
from engine.runtime.machine.plan import Plan, first_nodes
from engine.runtime.machine.records import Entry, Item, World, dump, load
from engine.runtime.machine.table import TABLE
from engine.runtime.opening import Opening, go_off, openings_of, partners
from engine.runtime.scripting import kind_of, not_open, read_steps
from engine.runtime.trial import BEGINNING
from forms.text import Text

#: How often a cycle without an end goes off by itself.
ENOUGH: Final = 3
_PASSING: Final = frozenset({"eventBasedGateway", "intermediateThrowEvent", "endEvent"})


@dataclass
class Tried:
    """How a trial went."""

    status: str = "waiting"
    trace: list[Entry] = field(default_factory=list)
    waiting: list[tuple[str, str, datetime | None]] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)
    #: What did not stop the run but may surprise.
    notes: list[Text] = field(default_factory=list)
    error: Text | None = None
    #: Where it went wrong.
    element: str | None = None


@dataclass(frozen=True)
class Script:
    """What happens outside, and what is given at the start."""

    variables: Mapping[str, Any] = field(default_factory=dict)
    steps: Sequence[Mapping[str, Any]] = ()
    auto: bool = False
    #: The start event to begin at; None: the first one without a trigger.
    start: str | None = None

    @property
    def named(self) -> frozenset[str]:
        """The elements whose completion the script decides."""
        return frozenset(str(one["complete"]) for one in self.steps if "complete" in one)


class _Stop(Exception):  # noqa: N818 - not an error of its own
    """The trial cannot go on; why is already noted."""


def try_process(
    plan: Plan,
    process: Process,
    script: Script,
    *,
    now: datetime = BEGINNING,
    workdays: timers.Workdays | None = None,
) -> Tried:
    """Run a process as a script says; what goes wrong is said in the result, never raised."""
    trial = _Trial(plan, process, script, now, workdays)
    trial.run()
    return trial.result


class _Trial:
    def __init__(
        self,
        plan: Plan,
        process: Process,
        script: Script,
        now: datetime,
        workdays: timers.Workdays | None,
    ) -> None:
        self.plan, self.process, self.script = plan, process, script
        self.now, self.workdays = now, workdays
        self.stored = dump(World())
        #: What is stored, loaded and not yet acted on; None when it has to be loaded again.
        self.looked_at: World | None = None
        self.result = Tried()
        self.burden = Burden()
        #: Which step of the script is being taken, from 1; 0 outside of them.
        self.step = 0
        self.main: int | None = None
        self.partners: list[Process] = []
        self.openings: list[Opening] = []

    def run(self) -> None:
        """Start, take the steps, and say how it ended."""
        try:
            self._start()
            for number, step in enumerate(self.script.steps, start=1):
                self.step = number
                self._step(step)
            self.step = 0
            if self.script.auto:
                self._auto()
        except _Stop:
            pass
        except EngineError as error:
            self._fail(self._said(error.message), None)
        self._conclude()

    # --- acts ----------------------------------------------------------------------------------
    def _act(self, act: Callable[[Machine], Any]) -> Any:
        """Load, act, settle, store; a fault ends the trial with the last stored state."""
        if (text := self.burden.act(self.stored)) is not None:
            self._stop(text, None)
        machine, self.looked_at = self._world(), None
        try:
            answer, self.stored = advance(machine, act)
        except RuntimeFault as fault:
            at = fault.element or (machine.current.id if machine.current else None)
            self.result.trace += machine.trace
            self.result.trace += _failed(machine, self.result.trace, at)
            self._fail(fault.reason, at)
            raise _Stop from fault
        self.burden.steps += machine.steps
        self.result.trace += machine.trace
        ours = (scope for scope, process in machine.began if process == self.process.id)
        self.main = next(ours, None) if self.main is None else self.main
        return answer

    def _world(self) -> Machine:
        """Load what is stored, to look at it or for the one act that may change it."""
        if self.looked_at is None:
            self.looked_at = load(self.stored)
        return Machine(self.plan, self.looked_at, TABLE, self.now, self.workdays)

    def _stop(self, text: Text, element: str | None) -> NoReturn:
        self._fail(text, element)
        raise _Stop

    def _fail(self, text: Text, element: str | None) -> None:
        if self.result.error is None:
            self.result.error, self.result.element = text, element

    def _said(self, text: Text) -> Text:
        """Say at which step of the script something is wrong."""
        if not self.step:
            return text
        return Text(f"第 {self.step} 步：{text.zh}", f"Step {self.step}: {text.en}")

    # --- starting ------------------------------------------------------------------------------
    def _start(self) -> None:
        self.partners = [*partners(self.plan.diagrams, self.process)]
        self.openings = openings_of(
            [self.process, *self.partners], self._world(), self.script.variables
        )
        if self.script.start is not None:
            self._begin(self.process, self.process.nodes[self.script.start])
        elif first_nodes(self.process, None):
            self._begin(self.process, None)
            for partner in self.partners:
                if first_nodes(partner, None):
                    self._begin(partner, None)
        elif (node := self._true_start()) is not None:
            self._begin(self.process, node)
        elif (
            self.script.auto
            or not self._starts_from_outside()
            or any(one.due is not None and one.due <= self.now for one in self._ours())
        ):
            self._begin_somehow()

    def _begin_somehow(self) -> None:
        """Begin where nobody says by what: by the first timer that comes due, else the first."""
        ours = self._ours()
        due = min((one.due for one in ours if one.due is not None), default=None)
        if due is not None:
            self._open(next(one for one in ours if one.due == due))
        elif ours:
            self._begin(self.process, ours[0].node)

    def _true_start(self) -> Node | None:
        """Find a start whose condition holds for the variables that were given."""
        seen = self.plan.unset[self.process.id] | dict(self.script.variables)
        for one in self._ours():
            condition = one.event.expression or "null"
            if one.event.watches and not any(
                one.event.hears(name, "create") for name in self.script.variables
            ):
                continue
            if one.event.kind == "conditional" and self._world().maybe(seen, condition) is True:
                return one.node
        return None

    def _begin(self, process: Process, node: Node | None) -> None:
        given = self.script.variables if process is self.process else {}
        self._act(lambda machine: throwing.begin(machine, process, node, given))
        self._jobs()

    def _open(self, opening: Opening, data: Mapping[str, Any] | None = None) -> None:
        """Let an event at a start happen, a timer when it is due."""
        given = dict(self.script.variables) if opening.process is self.process else {}
        if opening.due is not None:
            self.now = max(self.now, opening.due)
            go_off(opening, self._world(), self.script.variables)
        process, node, number = opening.process, opening.node, opening.number
        self._act(lambda machine: throwing.knock(machine, process, node, number, data or {}, given))
        self._jobs()

    def _ours(self) -> list[Opening]:
        return [one for one in self.openings if one.process is self.process]

    def _starts_from_outside(self) -> bool:
        """Whether the script itself begins the process; without any script it waits for that."""
        if not self.script.steps:
            return bool(self._ours())
        step = self.script.steps[0]
        if "advance" in step:
            return any(one.due is not None for one in self._ours())
        return any(
            kind in step and self._opening(kind, str(step[kind])) for kind in ("message", "signal")
        )

    # --- steps ---------------------------------------------------------------------------------
    def _step(self, step: Mapping[str, Any]) -> None:
        getattr(self, f"_{kind_of(step)}")(step)
        self._jobs()

    def _complete(self, step: Mapping[str, Any]) -> None:
        element = str(step["complete"])
        item = self._task(element, step.get("for"))
        if item is None:
            opened = [one[0] for one in self._waits()]
            self._stop(self._said(not_open(element, step.get("for"), opened)), element)
        answers = dict(step.get("answers") or {})
        if step.get("outcome") is not None:
            answers.update(self._outcome(element, str(step["outcome"])))
        self._act(lambda machine: _finish(machine, item.id, answers, step))

    def _task(self, element: str, wanted: object) -> Item | None:
        machine = self._world()
        for item in machine.world.items.values():
            received = item.state == "waiting" and machine.node(item).type == "receiveTask"
            if item.node != element or not (item.state == "open" or received):
                continue
            if wanted is None or wanted in [*machine.items_of(item)]:
                return item
        return None

    def _outcome(self, element: str, code: str) -> dict[str, Any]:
        for process in self.plan.processes.values():
            step = process.steps.get(element)
            if step is not None and step.outcome_as:
                return {"outcome": code, step.outcome_as: code}
        return {"outcome": code}

    def _message(self, step: Mapping[str, Any]) -> None:
        self._send("message", step, step.get("correlation"))

    def _signal(self, step: Mapping[str, Any]) -> None:
        self._send("signal", step, None)

    def _send(self, kind: str, step: Mapping[str, Any], correlation: object) -> None:
        """Bring in a message or signal, given by its name or id."""
        name, data = self.plan.named(str(step[kind])), dict(step.get("data") or {})
        opening = self._opening(kind, name) if self.main is None else None
        if opening is not None:
            self._open(opening, data)
            return
        if kind == "message":
            found = self._act(lambda machine: throwing.deliver(machine, name, data, correlation))
        else:
            found = self._act(lambda machine: throwing.broadcast(machine, name, data))
        if not found:
            word = Text("消息", "message") if kind == "message" else Text("信号", "signal")
            self.result.notes.append(
                Text(f"没有人等待{word.zh}“{name}”。", f"Nothing waits for the {word.en} '{name}'.")
            )

    def _opening(self, kind: str, name: str) -> Opening | None:
        wanted = kind, self.plan.named(name)
        return next((o for o in self._ours() if (o.event.kind, o.event.ref) == wanted), None)

    def _advance(self, step: Mapping[str, Any]) -> None:
        target = timers.after(self.now, str(step["advance"]), self.workdays)
        while self._fire_next(target):
            pass
        self.now = max(self.now, target)
        self._act(_look_around)

    def _fire_next(self, until: datetime) -> bool:
        """Let the next timer go off that is due by some moment; whether there was one."""
        item = self._next_due()
        opening = min(
            (one for one in self.openings if one.due is not None and one.due <= until),
            key=lambda one: one.due or until,
            default=None,
        )
        if opening is not None and (item is None or (opening.due or until) <= item[1]):
            self._open(opening)
            return True
        if item is None or item[1] > until:
            return False
        self._fire(item)
        return True

    def _tired(self, fired: Mapping[int, int]) -> set[int]:
        """Collect cycles without an end that went off often enough to have been tried."""
        items = self._world().world.items
        endless = {one.id for one in items.values() if one.facts.get("left", 0) is None}
        return {item for item in endless if fired.get(item, 0) >= ENOUGH}

    def _next_due(self, without: Container[int] = ()) -> tuple[int, datetime] | None:
        items = [one for one in self._world().world.items.values() if one.id not in without]
        due = [(item.id, at) for item in items if (at := events.due_at(item)) is not None]
        return min(due, key=lambda pair: (pair[1], pair[0]), default=None)

    def _fire(self, due: tuple[int, datetime]) -> None:
        self.now = max(self.now, due[1])
        self._act(partial(_go_off, item_id=due[0]))
        self._jobs()

    # --- what goes by itself -------------------------------------------------------------------
    def _jobs(self) -> None:
        """Let programs outside do their work, except where the script says when, and timers go
        off for which no time needs to pass.
        """
        named = self.script.named
        while True:
            machine = self._world()
            job = next(
                (
                    item.id
                    for item in machine.world.items.values()
                    if item.state == "open"
                    and machine.node(item).type != "userTask"
                    and item.node not in named
                ),
                None,
            )
            due = self._next_due() if job is None else None
            if job is not None:
                self._act(partial(_work, item_id=job))
            elif due is not None and due[1] <= self.now:
                self._act(partial(_go_off, item_id=due[0]))
            else:
                return

    def _auto(self) -> None:
        """Complete every task, and when none is open let the next timer come due."""
        fired: Counter[int] = Counter()
        begun = not first_nodes(self.process, None)
        while True:
            world = self._world().world
            item = next((one for one in world.items.values() if one.state == "open"), None)
            if item is not None:
                answers = self._first_outcome(item)
                self._act(partial(_finish, item_id=item.id, answers=answers, step={}))
                self._jobs()
                continue
            due = self._next_due(self._tired(fired))
            if due is not None:
                fired[due[0]] += 1
                self._fire(due)
            elif not begun or not self._begin_again(fired):
                return

    def _begin_again(self, fired: Counter[int]) -> bool:
        """Let a timer begin the process once more, when one still does; whether one did."""
        for number, one in enumerate(self.openings, start=1):
            endless = one.left is None and fired[-number] >= ENOUGH - 1
            if one.due is not None and not endless:
                fired[-number] += 1
                self._open(one)
                return True
        return False

    def _first_outcome(self, item: Item) -> dict[str, Any]:
        process = self.plan.processes[self._world().world.scopes[item.scope].process]
        step = process.steps.get(item.node)
        node = process.nodes[item.node]
        if step is None or not step.outcomes or not {"act", "outcomes"} & node.properties.keys():
            return {}
        return self._outcome(item.node, step.outcomes[0].code)

    # --- the end -------------------------------------------------------------------------------
    def _conclude(self) -> None:
        world = self._world().world
        result = self.result
        result.waiting = [*self._waits()]
        scope = world.scopes.get(self.main or 0)
        result.data = dict(world.ended.get(self.main or 0, {}))
        if scope is not None:
            result.data = dict(scope.variables or {})
        elif self.main is None:
            result.data = dict(self.script.variables)
        if result.error is not None:
            result.status = "failed"
        elif self.main is not None and not world.scopes:
            result.status = "completed"
        elif self.main is not None and not result.waiting:
            result.status = "failed"
            stuck = next(
                (item.node for item in world.items.values() if item.state == "joining"), None
            )
            self._fail(
                Text(
                    "流程停在这里：没有待办、没有等待的事件，也没有结束。",
                    "The run is stuck here: no open task, no event to wait for, no end.",
                ),
                stuck,
            )

    def _waits(self) -> Iterator[tuple[str, str, datetime | None]]:
        """List what it waits for: tasks, events in the flow, and every timer."""
        machine = self._world()
        if self.main is None:
            for node in dict.fromkeys(one.node.id for one in self._ours()):
                same = [one for one in self._ours() if one.node.id == node]
                due = min((one.due for one in same if one.due), default=None)
                yield node, same[0].node.type, due
        hosts = {item.host for item in machine.world.items.values() if item.kind == "choice"}
        listed: dict[tuple[object, ...], tuple[str, str, datetime | None]] = {}
        for item in machine.world.items.values():
            due, kind = events.due_at(item), machine.node(item).type
            held = item.state in {"open", "waiting"} and kind not in _PASSING
            if held or item.kind == "choice" or due is not None:
                due = due or activities.deadline(item)
                # The definitions of one event are one thing that is waited for.
                spread = "one" in item.facts or item.id in hosts
                one = (item.scope, item.node) if spread else (item.id,)
                known = listed.get(one, (item.node, kind, due))[2]
                first = min((at for at in (known, due) if at is not None), default=None)
                listed[one] = (item.node, kind, first)
        yield from listed.values()


def _go_off(machine: Machine, item_id: int) -> None:
    events.trigger(machine, machine.world.items[item_id])


def _look_around(_machine: Machine) -> None:
    """Only settle: a condition may have become true with time."""


def _work(machine: Machine, item_id: int) -> None:
    """Let a program outside do its work; what it computes by an expression that we can read too
    is computed here.
    """
    _finish(machine, item_id, activities.computed(machine, machine.world.items[item_id]), {})


def _finish(
    machine: Machine, item_id: int, answers: Mapping[str, Any], step: Mapping[str, Any]
) -> None:
    item = machine.world.items[item_id]
    node, scope = machine.node(item), machine.scope(item)
    machine.current = node
    if step.get("error") is not None:
        throwing.fail(machine, item, machine.plan.named(str(step["error"])), answers)
        return
    machine.receive(item, answers)
    if step.get("escalation") is not None:
        code = machine.plan.named(str(step["escalation"]))
        throwing.escalate(machine, scope, item, code, answers)
    if item_id in machine.world.items:
        machine.finish(item)


def _failed(machine: Machine, trace: Sequence[Entry], element: str | None) -> list[Entry]:
    """Note where a run failed, in the scope in which the element was entered last."""
    for process in machine.plan.processes.values():
        node = process.nodes.get(element or "")
        if node is not None:
            scopes = (one.scope for one in reversed(trace) if one.element == node.id)
            where = next(scopes, process.id)
            return [Entry(machine.now, node.id, node.name, node.type, "failed", where)]
    return []


__all__ = ["LimitExceeded", "Script", "Tried", "read_steps", "try_process"]
