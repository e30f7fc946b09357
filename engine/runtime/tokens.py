"""Run a case on the token machine: the same acts and the same answers as on the library's tree.

A state is ``LBT1``, the version's hash, the case's key, and its world. Ids given out are made from
the key, so they are unique over all cases.
"""

import zlib
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from hashlib import sha1
from typing import Any, Final
from uuid import uuid4

import orjson

from engine.bpmn import calling, facts
from engine.bpmn.model import Node, Process
from engine.runtime.errors import (
    RuntimeFault,
    TaskGone,
    TimerNotDue,
    not_in_scope,
    one_of_several,
)
from engine.runtime.machine import events, throwing
from engine.runtime.machine.advancing import advance
from engine.runtime.machine.core import OUTCOME, Machine
from engine.runtime.machine.records import MAX_WORLD, Item, World, load
from engine.runtime.machine.table import TABLE
from engine.runtime.program import TokenProgram
from engine.runtime.steps import (
    Answer,
    Branch,
    OpenTask,
    Sent,
    Step,
    Subscription,
    TraceEntry,
    WaitingTimer,
    key_text,
)
from engine.runtime.timers import Workdays
from engine.runtime.values import plain_variables
from forms.text import Text

MAGIC: Final = b"LBT1"
_ROOT: Final = "root"
_OUTSIDE: Final = ("message", "signal")


class _Growing:
    """A case's program, which what it calls of all that is deployed is joined to.

    It knows nothing of the case, so a case that is done with is gone at once: in a circle it would
    stay until the collector comes, and every act would work in memory that is cold.
    """

    def __init__(self, program: TokenProgram) -> None:
        self.program = program

    def abroad(self, machine: Machine, node: Node, name: str) -> Process | None:
        """Find a process among all that is deployed, and join it to the case as it is now."""
        if self.program.abroad is None:
            return None
        try:
            part = self.program.abroad(calling.asked(node, name))
            if part is None:
                return machine.plan.processes.get(name)
            self.program = self.program.joining((part,))
        except RuntimeFault as fault:
            raise RuntimeFault(fault.reason, element=node.id) from fault
        machine.plan = self.program.plan
        return machine.plan.processes[part.name]


class _Case:
    """One case for the time of one act."""

    def __init__(
        self, program: TokenProgram, state: bytes | None, now: datetime, workdays: Workdays | None
    ) -> None:
        if now.tzinfo is None:
            raise ValueError("now must be aware")
        self._growing, self._joined = _Growing(program), len(program.parts)
        self.head: dict[str, Any]
        if state is not None:
            self.head, world = opened(program, state)
        else:
            self.head, world = {"hash": program.hash, "key": uuid4().hex, _ROOT: None}, World()
        self._key = sha1(bytes.fromhex(self.head["key"]), usedforsecurity=False)
        # What came from another machine keeps the ids it had there.
        self._names = {int(number): name for number, name in self.head.get("ids", {}).items()}
        self._branches: dict[int, Branch] = {}
        self.machine = Machine(program.plan, world, TABLE, now.astimezone(UTC), workdays)
        if program.abroad is not None:
            self.machine.abroad = self._growing.abroad
        self.before = {one.id: one for one in self.subscriptions()}
        self.sent: tuple[Sent, ...] = ()

    @property
    def program(self) -> TokenProgram:
        """The program as it is now, with what was joined to it meanwhile."""
        return self._growing.program

    def find(self, wanted: str, fits: Callable[[Item], bool]) -> Item:
        """Find an item by its outside id; raises TaskGone when it is not there any more."""
        for item in self.machine.world.items.values():
            if fits(item) and self.name(item.id) == wanted:
                return item
        raise TaskGone(wanted)

    def run(self, act: Callable[[Machine], Any]) -> Step:
        """Act, and say what is open then."""
        answer, stored = advance(self.machine, act, self._send)
        if self.head[_ROOT] is None:
            self.head[_ROOT] = answer
        if "ids" in self.head:
            kept = self.machine.world.items
            self.head["ids"] = {n: one for n, one in self.head["ids"].items() if int(n) in kept}
        head = orjson.dumps(self.head)
        packed = zlib.compress(stored, 6)
        step = self.step(MAGIC + len(head).to_bytes(2, "big") + head + packed)
        if not (step.completed or step.open_tasks or step.timers or step.subscriptions):
            raise RuntimeFault(
                Text(
                    "流程停在这里：没有待办、没有等待的事件，也没有结束。",
                    "The case is stuck here: no open task, no event to wait for, no end.",
                ),
                element=self.machine.current.id if self.machine.current else None,
            )
        return step

    def subscriptions(self) -> tuple[Subscription, ...]:
        """List what waits for a message or a signal."""
        return tuple(
            Subscription(self.name(item.id), item.node, kind, self._event_name(item), _key_of(item))
            for item in self.machine.world.items.values()
            if (kind := item.facts.get(events.EVENT)) in _OUTSIDE
        )

    def _event_name(self, item: Item) -> str:
        return events.definition(self.machine, item).ref

    def _send(self, machine: Machine) -> None:
        """Take out of the case what nobody inside it took: it goes to whoever waits elsewhere."""
        messages = [
            Sent("message", one["name"], one["node"], one["data"], _written(one["key"]))
            for one in machine.world.mail
        ]
        machine.world.mail.clear()
        signals = [Sent("signal", name, node, data, None) for node, name, data in machine.signals]
        self.sent = (*messages, *signals)

    def step(self, state: bytes) -> Step:
        """Say what is open."""
        world, machine = self.machine.world, self.machine
        waiting = self.subscriptions()
        scope = world.scopes.get(self.head[_ROOT])
        ended = world.ended.get(self.head[_ROOT], {})
        tasks, timers, branches = [], [], []
        for item in world.items.values():
            if _is_task(item):
                seen = machine.seen(item)
                tasks.append(OpenTask(self.name(item.id), item.node, self._branch(item), seen))
            if (due := events.due_at(item)) is not None:
                timers.append(WaitingTimer(self.name(item.id), item.node, due, self._branch(item)))
            if item.kind == "run" and (branch := self._branch(item)) is not None:
                branches.append(branch)
        trace = [
            TraceEntry(one.element, one.event, self._maybe(one.branch))  # type: ignore[arg-type]
            for one in machine.trace
        ]
        return Step(
            state=state,
            open_tasks=tuple(tasks),
            timers=tuple(timers),
            completed=scope is None,
            data=dict(ended if scope is None else scope.variables or {}),
            trace=tuple(trace),
            branches=tuple(branches),
            subscriptions=waiting,
            subscribed=tuple(one for one in waiting if one.id not in self.before),
            unsubscribed=tuple(self.before.keys() - {one.id for one in waiting}),
            sent=self.sent,
            joined=self.program.parts[self._joined :],
        )

    def _maybe(self, number: int | None) -> str | None:
        return None if number is None else self.name(number)

    def name(self, number: int) -> str:
        """Give an item's id for the outside, the version 5 UUID (RFC 9562, 5.5) of its number.

        A case with many departments has a thousand: ``uuid.uuid5`` takes five times as long.
        """
        found = self._names.get(number)
        if found is None:
            found = self._names[number] = _numbered(self._key, number)
        return found

    def _branch(self, item: Item) -> Branch | None:
        run = self.machine.run_around(item)
        if run is None or "item" not in run.facts:
            return None
        found = self._branches.get(run.id)
        if found is None:
            facts = run.facts
            holder = self.machine.world.items.get(self.machine.scope(run).holder or 0)
            outer = None if holder is None else self._branch(holder)
            found = Branch(self.name(run.id), run.node, facts["index"], facts["item"], outer)
            self._branches[run.id] = found
        return found


def outside(key: str, number: int) -> str:
    """Give the id by which the outside knows an item of the case with a key."""
    return _numbered(sha1(bytes.fromhex(key), usedforsecurity=False), number)


def _numbered(key: Any, number: int) -> str:
    digest = key.copy()
    digest.update(str(number).encode())
    text = digest.hexdigest()
    variant = "89ab"[int(text[16], 16) & 3]
    return f"{text[:8]}-{text[8:12]}-5{text[13:16]}-{variant}{text[17:20]}-{text[20:32]}"


def start(
    program: TokenProgram,
    variables: Mapping[str, Any],
    time: tuple[datetime, Workdays | None],
    at: str | None = None,
) -> Step:
    """Begin a case, at one of its start events or at the plain one."""
    case = _Case(program, None, *time)
    process = program.plan.processes[program.main]
    node = None if at is None else process.nodes[at]
    return case.run(lambda machine: throwing.begin(machine, process, node, variables).id)


def look(program: TokenProgram, state: bytes, now: datetime) -> Step:
    """Say what is open in a stored case; nothing runs."""
    return _Case(program, state, now, None).step(state)


def complete(
    program: TokenProgram,
    state: bytes,
    task_id: str,
    variables: Mapping[str, Any],
    time: tuple[datetime, Workdays | None],
) -> Step:
    """Complete an open task."""
    case = _Case(program, state, *time)
    item = case.find(task_id, _is_task)

    def act(machine: Machine) -> None:
        machine.current = machine.node(item)
        machine.receive(item, variables)
        machine.finish(item)

    return case.run(act)


def answer(
    program: TokenProgram,
    state: bytes,
    task_id: str,
    given: Answer,
    time: tuple[datetime, Workdays | None],
) -> Step:
    """Complete an open task as the program outside says, or let it throw the error it ended with.

    What the task's outputs look at and nobody has set is null.
    """
    case = _Case(program, state, *time)
    item = case.find(task_id, _is_task)

    def act(machine: Machine) -> None:
        node = machine.current = machine.node(item)
        if given.error is None or throwing.hands_on(machine, item, given.error):
            _take_out(machine, item, given.variables)
        if given.error is not None:
            scope, data = machine.scope(item), given.variables
            throwing.throw_error(machine, scope, item, given.error, node, data)
            return
        asked = facts.answered(node)
        blank = dict.fromkeys(asked - machine.seen(item).keys())
        own = {name: given.own[name] for name in asked & given.own.keys()}
        item.local.update(plain_variables({**blank, **own}, node.id))
        machine.finish(item)

    return case.run(act)


def _take_out(machine: Machine, item: Item, variables: Mapping[str, Any]) -> None:
    """Set what the item says comes out of a task, also where an input has the same name."""
    mapped = machine.node(item).mappings
    named = {name for name, _ in mapped.inputs} - mapped.own
    out = {name: one for name, one in variables.items() if name in named}
    machine.assign(machine.scope(item), item, out)
    machine.receive(item, {name: one for name, one in variables.items() if name not in out})


def fire(
    program: TokenProgram, state: bytes, timer_id: str, now: datetime, workdays: Workdays | None
) -> Step:
    """Let a due timer go off."""
    case = _Case(program, state, now, workdays)
    item = case.find(timer_id, lambda one: events.due_at(one) is not None)
    due = events.due_at(item)
    if due is None or due > case.machine.now:
        raise TimerNotDue(Text("定时器尚未到期。", "The timer is not due yet."))
    return case.run(lambda machine: events.trigger(machine, item))


def deliver(
    program: TokenProgram,
    state: bytes,
    subscription_id: str,
    data: Mapping[str, Any],
    time: tuple[datetime, Workdays | None],
) -> Step:
    """Give a message or signal to the place that waits for it."""
    case = _Case(program, state, *time)
    item = case.find(subscription_id, lambda one: one.facts.get(events.EVENT) in _OUTSIDE)
    return case.run(lambda machine: events.trigger(machine, item, data))


def skip(
    program: TokenProgram,
    state: bytes,
    branch_id: str,
    outcome: str | None,
    time: tuple[datetime, Workdays | None],
) -> Step:
    """End one branch without its open tasks."""
    case = _Case(program, state, *time)
    run = case.find(branch_id, lambda one: one.kind == "run")

    def act(machine: Machine) -> None:
        machine.current = machine.node(run)
        machine.clear(run)
        machine.receive(run, {OUTCOME: outcome})
        machine.finish(run)

    return case.run(act)


def shift(
    program: TokenProgram,
    state: bytes,
    task_id: str,
    element: str,
    time: tuple[datetime, Workdays | None],
) -> Step:
    """Take the token of an open task to another activity of its scope."""
    case = _Case(program, state, *time)
    item = case.find(task_id, _is_task)
    if item.kind != "token":
        raise one_of_several(item.node)

    def act(machine: Machine) -> None:
        machine.current = machine.node(item)
        scope, token = machine.scope(item), dict(item.token)
        node = machine.process(scope).nodes.get(element)
        if node is None or node.parent != scope.element or node.type not in TABLE.perform:
            raise not_in_scope(element)
        machine.cancel(item)
        machine.put(scope, node, None, token)

    return case.run(act)


def assign(
    program: TokenProgram,
    state: bytes,
    variables: Mapping[str, Any],
    time: tuple[datetime, Workdays | None],
) -> Step:
    """Set variables of the whole case."""
    case = _Case(program, state, *time)
    scope = case.machine.world.scopes.get(case.head[_ROOT])
    if scope is None:
        raise TaskGone("")
    return case.run(lambda machine: machine.assign(scope, None, variables))


def _key_of(item: Item) -> str | None:
    """Give the key a message must carry; one that is null fits no message at all."""
    return key_text(events.key_of(item)) if events.has_key(item) else None


def _written(key: object) -> str | None:
    return None if key is None else key_text(key)


def _is_task(item: Item) -> bool:
    return item.state == "open"


def opened(program: TokenProgram, state: bytes) -> tuple[dict[str, Any], World]:
    """Open a stored case: its head and its world; raises RuntimeFault for any other state."""
    if state[:4] != MAGIC:
        raise _unreadable("格式不对，或由更新的版本写成", "it has another format, or a newer one")
    size = int.from_bytes(state[4:6], "big")
    unpacker = zlib.decompressobj()
    try:
        head = orjson.loads(state[6 : 6 + size])
        content = unpacker.decompress(state[6 + size :], MAX_WORLD)
    except (ValueError, zlib.error) as error:
        raise _unreadable("已损坏", "it is damaged") from error
    if not isinstance(head, dict) or not {"hash", "key", _ROOT} <= head.keys():
        raise _unreadable("已损坏", "it is damaged")
    if head["hash"] != program.hash:
        raise _unreadable("属于另一个版本", "it belongs to another version of the item")
    world = load(content)
    if not {one.process for one in world.scopes.values()} <= program.plan.processes.keys():
        raise _unreadable("缺少它调用的流程", "a process that it calls is missing")
    return head, world


def _unreadable(zh: str, en: str) -> RuntimeFault:
    return RuntimeFault(
        Text(f"办件的流程状态无法读取：{zh}。", f"The stored case cannot be read: {en}.")
    )
