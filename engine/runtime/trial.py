"""Walk a diagram along the paths its author wrote down, on a virtual clock, without a database.

Every step of a path goes through stored bytes, as a real case does.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final, NoReturn

from engine.bpmn.joining import bare
from engine.bpmn.model import Node, Process
from engine.bpmn.model import Step as Drawn
from engine.errors import EngineError
from engine.runtime.errors import Elsewhere, RuntimeFault
from engine.runtime.joined import Part
from engine.runtime.program import Program, TokenProgram
from engine.runtime.run import answer, complete, deliver, fire, start
from engine.runtime.steps import OpenTask, Sent, Step, WaitingTimer, answer_of, key_text
from engine.runtime.timers import Workdays, after
from forms.text import Text, both

#: When a trial begins unless the caller says otherwise: Monday 9:00 in the city.
BEGINNING: Final = datetime(2026, 3, 2, 1, 0, tzinfo=UTC)
#: Most timers that may go off while the clock moves on once, and most letters brought at once.
MAX_TIMERS: Final = 500

_STEPS: Final = ("complete", "message", "signal", "advance", "expect")
_WORDS: Final = {
    "complete": frozenset({"complete", "outcome", "answers", "for", "error"}),
    "message": frozenset({"message", "data", "correlation"}),
    "signal": frozenset({"signal", "data"}),
}
_IN_FLOW: Final = frozenset({"intermediateCatchEvent", "receiveTask"})
_VISITS: Final = ("visited", "not_visited")
_EXPECTED: Final = frozenset({"status", "visited", "not_visited", "waiting", "data"})


@dataclass(frozen=True)
class PathResult:
    """How one path went."""

    name: Text
    ok: bool
    failures: tuple[Text, ...]
    #: Elements in the order they were entered.
    visited: tuple[str, ...]
    #: Why it was not walked to its end: it calls what is not known here.
    elsewhere: Text | None = None


@dataclass(frozen=True)
class Moment:
    """A case as it stood after one thing happened on its path."""

    at: datetime
    #: The step of the path that did it, from 1; 0 at the start.
    number: int
    #: The event that went off by itself, when it was a timer.
    timer: str
    reached: Step


@dataclass(frozen=True)
class Followed:
    """One path with everything that happened on it, and what time it is at its end."""

    result: PathResult
    moments: tuple[Moment, ...]
    now: datetime
    #: What time it was after each step of the path that could be made.
    times: tuple[datetime, ...] = ()
    #: Steps and nodes that it knows at its end: what other bundles were called for is among them.
    steps: Mapping[str, Drawn] = field(default_factory=dict)
    nodes: Mapping[str, Node] = field(default_factory=dict)
    #: What was called of other bundles.
    parts: tuple[Part, ...] = ()


def follow(
    program: Program,
    running: Sequence[Process],
    path: Mapping[str, Any],
    *,
    now: datetime = BEGINNING,
    workdays: Workdays | None = None,
) -> Followed:
    """Walk one path and remember how the case stood after each thing that happened."""
    trial = _Trial(program, running, now, workdays)
    result = trial.walk(path)
    moments, times = tuple(trial.moments), tuple(trial.times)
    parts = tuple(trial.parts)
    return Followed(result, moments, trial.now, times, trial.steps, trial.nodes, parts)


def run_paths(
    program: Program,
    running: Process | Sequence[Process],
    paths: Sequence[Mapping[str, Any]],
    *,
    now: datetime = BEGINNING,
    workdays: Workdays | None = None,
) -> list[PathResult]:
    """Walk all paths of ``paths.yaml``; what goes wrong is said in the results, never raised.

    ``running``: the process, or with those it calls, the main one first.

    ``workdays`` is needed where the diagram or a path counts working time.
    """
    processes = (running,) if isinstance(running, Process) else tuple(running)
    return [_Trial(program, processes, now, workdays).walk(path) for path in paths]


class _Stopped(Exception):  # noqa: N818 - not an error of its own
    """The path cannot go on; why is already noted."""


class _Trial:
    def __init__(
        self,
        program: Program,
        processes: Sequence[Process],
        now: datetime,
        workdays: Workdays | None,
    ) -> None:
        self.program = program
        self.process = processes[0]
        self.steps = {name: step for one in processes for name, step in one.steps.items()}
        self.nodes = {name: node for one in processes for name, node in one.nodes.items()}
        #: Messages sent and not yet received, as they would wait for a receiver.
        self.mail: list[Sent] = []
        self.bringing = False
        self.now = now
        self.workdays = workdays
        self.failures: list[Text] = []
        self.elsewhere: Text | None = None
        self.visited: list[str] = []
        self.place = Text("", "")
        self.step: Step | None = None
        self.moments: list[Moment] = []
        self.times: list[datetime] = []
        self.parts: list[Part] = []
        self.number = 0
        self.timer = ""

    def walk(self, path: Mapping[str, Any]) -> PathResult:
        """Walk one path from start to end."""
        try:
            self._start(path.get("vars") or {}, path.get("start"))
            for number, one in enumerate(path.get("steps") or [], start=1):
                self.place = Text(f"第 {number} 步：", f"Step {number}: ")
                self.number = number
                self._one(one)
                self.times.append(self.now)
            self.place = Text("结果：", "At the end: ")
            self._expect(path.get("expect") or {})
        except _Stopped:
            pass
        except EngineError as error:
            self._fail(error.message.zh, error.message.en)
        name = both(path.get("name"))
        failures, visited = tuple(self.failures), tuple(self.visited)
        return PathResult(name, not failures, failures, visited, self.elsewhere)

    # --- steps ---------------------------------------------------------------------------------
    def _start(self, answers: Mapping[str, Any], element: object) -> None:
        self.place = Text("开始：", "At the start: ")
        starts = [node for node in self.process.within(None) if node.type == "startEvent"]
        named = next((node for node in starts if node.id == element), None)
        if element is not None and named is None:
            known = _list(node.id for node in starts)
            self._stop(
                f"没有开始事件“{element}”；有：{known}。",
                f"There is no start event '{element}'; there are: {known}.",
            )
        at = None if named is None or not named.events else named.id
        always = {
            "item": self.process.item,
            "lead": self.process.lead,
            "channel": "online",
            "application_kind": "first",
            "licence": None,
        }
        self._go(lambda time: start(self.program, {**always, **answers}, at=at, **time))

    def _one(self, one: Mapping[str, Any]) -> None:
        kinds = [kind for kind in _STEPS if kind in one] if isinstance(one, Mapping) else []
        if len(kinds) != 1:
            self._stop(
                f"每一步应是 {'、'.join(_STEPS)} 之一。",
                f"A step is one of {', '.join(_STEPS)}.",
            )
        kind = kinds[0]
        unknown = set(one) - _WORDS.get(kind, {kind})
        if unknown:
            self._stop(f"不认识 {_list(unknown)}。", f"{_list(unknown)} is not known here.")
        if kind == "complete":
            self._complete(one)
        elif kind == "message":
            self._message(one)
        elif kind == "signal":
            self._signal(one)
        elif kind == "advance":
            self._advance(str(one["advance"]))
        else:
            self._expect(one["expect"] or {})

    def _complete(self, one: Mapping[str, Any]) -> None:
        element = str(one["complete"])
        task = self._open_task(element, one.get("for"))
        variables = dict(one.get("answers") or {})
        variables.update(self._outcome(task.element, one.get("outcome")))
        state, outside = self._now().state, self.steps[task.element].outside
        if outside is None and "error" in one:
            self._stop(
                f"环节“{element}”由人办理，不会出错；error 只用于外部程序。",
                f"'{element}' is done by people; only a program outside ends with an error.",
            )
        if outside is None:
            self._go(lambda time: complete(self.program, state, task.id, variables, **time))
            return
        code = one.get("error")
        given = answer_of(outside, variables, None if code is None else str(code))
        self._go(lambda time: answer(self.program, state, task.id, given, **time))

    def _open_task(self, element: str, wanted: object) -> OpenTask:
        found = [
            task for task in self._now().open_tasks if element in (task.element, bare(task.element))
        ]
        if wanted is not None:
            found = [task for task in found if _is_for(task, wanted)]
        if not found:
            whom = f"（{wanted}）" if wanted is not None else ""
            self._stop(
                f"环节“{element}”{whom}没有待办；现在等待的是：{_list(self._waiting())}。",
                f"'{element}'{f' for {wanted}' if whom else ''} is not open; "
                f"open now: {_list(self._waiting())}.",
            )
        if len(found) > 1:
            items = _list(task.branch.item if task.branch else "" for task in found)
            self._stop(
                f"环节“{element}”有 {len(found)} 个待办，请用 for 指明部门：{items}。",
                f"'{element}' is open {len(found)} times; name one with 'for': {items}.",
            )
        return found[0]

    def _outcome(self, element: str, outcome: object) -> dict[str, Any]:
        step = self.steps[element]
        code = str(outcome) if outcome is not None else ""
        if outcome is None and step.outcomes:
            code = step.outcomes[0].code
        if step.outcomes and step.outcome(code) is None:
            known = _list(known.code for known in step.outcomes)
            self._stop(
                f"环节“{element}”没有结果“{code}”；可用：{known}。",
                f"'{element}' has no outcome '{code}'; it has {known}.",
            )
        named = [name for name in ("outcome", step.outcome_as) if name and code]
        return dict.fromkeys(named, code)

    def _message(self, one: Mapping[str, Any]) -> None:
        """Let a message come in from outside; somebody must wait for it."""
        given = one.get("correlation")
        try:
            key = None if given is None else key_text(given)
        except TypeError:  # such as a number of thirty digits
            shown = str(given)[:40]
            self._stop(f"correlation 不能是“{shown}”。", f"The correlation cannot be '{shown}'.")
        name, data = str(one["message"]), dict(one.get("data") or {})
        message = Sent("message", name, "", data, key)
        if not self._deliver(message):
            self._stop(
                f"没有环节等待消息“{message.name}”（{message.key or '—'}）。",
                f"Nothing waits for the message '{message.name}' ({message.key or '—'}).",
            )

    def _signal(self, one: Mapping[str, Any]) -> None:
        """Let a signal come in from outside, to all that wait for it."""
        name, data = str(one["signal"]), dict(one.get("data") or {})
        waiting = [s.id for s in self._now().subscriptions if (s.kind, s.name) == ("signal", name)]
        if not waiting:
            self._stop(f"没有环节等待信号“{name}”。", f"Nothing waits for the signal '{name}'.")
        for wanted in waiting:
            if any(one.id == wanted for one in self._now().subscriptions):
                self._give(wanted, data)

    def _deliver(self, message: Sent) -> bool:
        for one in self._now().subscriptions:
            if (one.kind, one.name, one.key) == ("message", message.name, message.key):
                self._give(one.id, message.data)
                return True
        return False

    def _give(self, wanted: str, data: Mapping[str, Any]) -> None:
        state = self._now().state
        self._go(lambda time: deliver(self.program, state, wanted, data, **time))

    def _advance(self, duration: str) -> None:
        target = after(self.now, duration, self.workdays)
        for _ in range(MAX_TIMERS):
            timer = self._next_timer(target)
            if timer is None:
                self.now = target
                return
            self.now = max(self.now, timer.due_at)
            self._fire(timer)
        self._stop(f"定时器触发超过 {MAX_TIMERS} 次。", f"More than {MAX_TIMERS} timers went off.")

    def _next_timer(self, target: datetime) -> WaitingTimer | None:
        due = [timer for timer in self._now().timers if timer.due_at <= target]
        return min(due, key=lambda timer: timer.due_at, default=None)

    def _fire(self, timer: WaitingTimer) -> None:
        state, self.timer = self._now().state, timer.element
        self._go(lambda time: fire(self.program, state, timer.id, **time))
        self.timer = ""

    def _go(self, act: Callable[[dict[str, Any]], Step]) -> None:
        try:
            self.step = act({"now": self.now, "workdays": self.workdays})
            self._join(self.step.joined)
            self.moments.append(Moment(self.now, self.number, self.timer, self.step))
        except Elsewhere as fault:
            self.elsewhere = fault.message
            raise _Stopped from fault
        except RuntimeFault as fault:
            self._stop(fault.message.zh, fault.message.en)
        trace = self._now().trace
        self.visited += [bare(entry.element) for entry in trace if entry.event == "entered"]
        self.mail += [one for one in self._now().sent if one.kind == "message"]
        self._bring()

    def _join(self, parts: Sequence[Part]) -> None:
        """Know what was called of other bundles from now on."""
        if not parts or not isinstance(self.program, TokenProgram):
            return
        self.program = self.program.joining(parts)
        self.parts += parts
        for process in self.program.plan.processes.values():
            self.steps |= process.steps
            self.nodes |= process.nodes

    def _bring(self) -> None:
        """Bring what was sent to whoever waits for it by now."""
        if self.bringing:
            return
        self.bringing = True
        for _ in range(MAX_TIMERS):
            letter = next((one for one in self.mail if self._expected(one)), None)
            if letter is None:
                break
            self.mail.remove(letter)
            self._deliver(letter)
        self.bringing = False

    def _expected(self, letter: Sent) -> bool:
        return any(
            (one.kind, one.name, one.key) == ("message", letter.name, letter.key)
            for one in self._now().subscriptions
        )

    # --- expectations --------------------------------------------------------------------------
    def _expect(self, expected: Mapping[str, Any]) -> None:
        unknown = set(expected) - _EXPECTED
        if unknown:
            self._fail(f"不认识 {_list(unknown)}。", f"{_list(unknown)} is not known here.")
        self._expect_status(expected.get("status"))
        self._expect_visits(expected)
        if "waiting" in expected:
            wanted = {bare(one) for one in expected["waiting"] or []}
            found = {bare(one) for one in self._waiting()}
            if wanted != found:
                self._fail(
                    f"应等待 {_list(wanted)}，实际等待 {_list(found)}。",
                    f"expected to wait at {_list(wanted)}, but it waits at {_list(found)}.",
                )
        data = self._now().data
        for name, value in (expected.get("data") or {}).items():
            if name not in data or data[name] != value:
                self._fail(
                    f"变量“{name}”应为 {value!r}，实际为 {data.get(name)!r}。",
                    f"expected '{name}' to be {value!r}, but it is {data.get(name)!r}.",
                )

    def _expect_status(self, wanted: object) -> None:
        found = "completed" if self._now().completed else "waiting"
        if wanted is not None and wanted != found:
            self._fail(
                f"状态应为 {wanted}，实际为 {found}（等待 {_list(self._waiting())}）。",
                f"expected status {wanted}, but it is {found} (waits at {_list(self._waiting())}).",
            )

    def _expect_visits(self, expected: Mapping[str, Any]) -> None:
        asked = {name: [bare(one) for one in expected.get(name) or []] for name in _VISITS}
        missed = [one for one in asked["visited"] if one not in self.visited]
        if missed:
            self._fail(f"没有经过 {_list(missed)}。", f"never came to {_list(missed)}.")
        wrong = [one for one in asked["not_visited"] if one in self.visited]
        if wrong:
            self._fail(f"不应经过 {_list(wrong)}。", f"should not have come to {_list(wrong)}.")

    # --- small things --------------------------------------------------------------------------
    def _now(self) -> Step:
        if self.step is None:
            raise _Stopped
        return self.step

    def _waiting(self) -> set[str]:
        """Give the elements the case waits at: tasks, and events in the flow."""
        step = self._now()
        events = {timer.element for timer in step.timers}
        events |= {one.element for one in step.subscriptions}
        in_flow = {one for one in events if self.nodes[one].type in _IN_FLOW}
        return {task.element for task in step.open_tasks} | in_flow

    def _fail(self, zh: str, en: str) -> None:
        self.failures.append(Text(self.place.zh + zh, self.place.en + en))

    def _stop(self, zh: str, en: str) -> NoReturn:
        self._fail(zh, en)
        raise _Stopped


def _list(values: Any) -> str:
    return ", ".join(sorted(str(value) for value in values)) or "—"


def _is_for(task: OpenTask, wanted: object) -> bool:
    return task.branch is not None and any(one.item == wanted for one in task.branch.chain())
