"""Run a case one step on: start it, complete a task, fire a timer, skip a silent branch.

Nothing given in is changed: on any error the caller still has the state it had.
"""

# ruff: noqa: SLF001 - states of the machinery's tasks

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from SpiffWorkflow.util.task import TaskState

from engine.errors import EngineError
from engine.runtime import state as states
from engine.runtime import tokens
from engine.runtime.case import OUTCOME, SCOPE, Case, branch_of, walk
from engine.runtime.errors import (
    RuntimeFault,
    TaskGone,
    TimerNotDue,
    not_in_scope,
    one_of_several,
)
from engine.runtime.program import CHILD, Program, TokenProgram
from engine.runtime.prune import prune
from engine.runtime.specs import BoundarySplit, Loop, SubProcess, UserTask
from engine.runtime.steps import Answer, Branch, OpenTask, Step, WaitingTimer
from engine.runtime.timers import Workdays
from engine.runtime.values import plain_variables
from engine.runtime.waiting import DUE, FIRED, Timer
from forms.text import Text

#: How often history is cut during one long advance: the library looks at most 1000 tasks deep.
_PRUNE_EVERY: Final = 100


def start(
    program: Program,
    variables: Mapping[str, Any],
    *,
    now: datetime,
    workdays: Workdays | None = None,
    at: str | None = None,
) -> Step:
    """Begin a case, at a start event with a trigger or at the plain one, and run it until it waits
    or ends; raises RuntimeFault.
    """
    if isinstance(program, TokenProgram):
        return tokens.start(program, variables, (now, workdays), at)
    plain, instant = plain_variables(variables), _utc(now)

    def begin() -> Case:
        case = Case(program, instant, workdays)
        case.data.update(plain)
        return case

    return advance(program, begin, lambda _case: None)


def complete(
    program: Program,
    state: bytes,
    task_id: str,
    variables: Mapping[str, Any],
    *,
    now: datetime,
    workdays: Workdays | None = None,
) -> Step:
    """Complete an open task with its variables and run on.

    Raises TaskGone when the task is not open (any more), RuntimeFault when the case cannot go on.
    """
    if isinstance(program, TokenProgram):
        return tokens.complete(program, state, task_id, variables, (now, workdays))

    def act(case: Case) -> None:
        task = _open(case, task_id)
        case.current = task.task_spec.drawn
        case.assign(task, variables)
        task.run()

    return advance(program, _loader(program, state, task_id, now, workdays), act)


def answer(
    program: Program,
    state: bytes,
    task_id: str,
    given: Answer,
    *,
    now: datetime,
    workdays: Workdays | None = None,
) -> Step:
    """Complete an open task that a program outside does, or throw its error, and run on.

    Raises TaskGone when the task is not open (any more), RuntimeFault when nothing catches the
    error or the case cannot go on.
    """
    if not isinstance(program, TokenProgram):
        # No diagram with such a task runs on the library.
        raise TaskGone(task_id)
    return tokens.answer(program, state, task_id, given, (now, workdays))


def fire(
    program: Program,
    state: bytes,
    timer_id: str,
    *,
    now: datetime,
    workdays: Workdays | None = None,
) -> Step:
    """Let a due timer go off and run on.

    Raises TaskGone when nothing waits there any more, TimerNotDue before its time.
    """
    if isinstance(program, TokenProgram):
        return tokens.fire(program, state, timer_id, now, workdays)

    def act(case: Case) -> None:
        task = _waiting(case, timer_id)
        if _due(task) > case.now:
            raise TimerNotDue(Text("定时器尚未到期。", "The timer is not due yet."))
        task.internal_data[FIRED] = True
        task.task_spec._update(task)

    return advance(program, _loader(program, state, timer_id, now, workdays), act)


def skip(
    program: Program,
    state: bytes,
    branch_id: str,
    outcome: str | None,
    *,
    now: datetime,
    workdays: Workdays | None = None,
) -> Step:
    """End one branch of a multi-instance subprocess without its open tasks, and run on.

    For a department that kept silent: ``outcome`` is what counts as its answer. Raises TaskGone
    when the branch is not open (any more).
    """
    if isinstance(program, TokenProgram):
        return tokens.skip(program, state, branch_id, outcome, (now, workdays))

    def act(case: Case) -> None:
        branch = _branch(case, branch_id)
        inner = case.subprocesses.pop(branch.id)
        for task in list(inner.tasks.values()):
            case.discard(task)
        case.assign(branch, {OUTCOME: outcome})
        branch._set_state(TaskState.READY)

    return advance(program, _loader(program, state, branch_id, now, workdays), act)


def deliver(
    program: Program,
    state: bytes,
    subscription_id: str,
    data: Mapping[str, Any],
    *,
    now: datetime,
    workdays: Workdays | None = None,
) -> Step:
    """Give a message or signal to the place that waits for it, and run on.

    Raises TaskGone when nothing waits there any more, RuntimeFault when the case cannot go on.
    """
    if not isinstance(program, TokenProgram):
        # No diagram that waits for messages runs on the library.
        raise TaskGone(subscription_id)
    return tokens.deliver(program, state, subscription_id, data, (now, workdays))


def look(
    program: Program, state: bytes, *, now: datetime, workdays: Workdays | None = None
) -> Step | None:
    """Say what is open in a stored case; nothing runs. None when it has ended."""
    if isinstance(program, TokenProgram):
        return tokens.look(program, state, now)
    case = states.load(state, program, _utc(now), workdays)
    return None if case is None else _step(case)


def shift(
    program: Program,
    state: bytes,
    task_id: str,
    element: str,
    *,
    now: datetime,
    workdays: Workdays | None = None,
) -> Step:
    """Take the token of an open task to another activity of the same scope, and run on.

    The task is cancelled with all that listens on it. Raises TaskGone when it is not open (any
    more), RuntimeFault when the activity is none of its scope.
    """
    if isinstance(program, TokenProgram):
        return tokens.shift(program, state, task_id, element, (now, workdays))

    def act(case: Case) -> None:
        task = _open(case, task_id)
        case.current = task.task_spec.drawn
        entry = _entry(task.workflow.spec.task_specs, element)
        if SCOPE in task.internal_data:
            raise one_of_several(task.task_spec.drawn)
        head = task
        if isinstance(task.parent.task_spec, BoundarySplit):
            head = task.parent
        before = head.parent
        head.cancel()
        moved = before._add_child(entry, TaskState.FUTURE)
        moved.triggered = True
        entry._update(moved)

    return advance(program, _loader(program, state, task_id, now, workdays), act)


def _entry(specs: Mapping[str, Any], element: str) -> Any:
    """Find where a token enters a drawn activity: before the events on its edge."""
    drawn = [
        spec
        for spec in specs.values()
        if spec.drawn == element and not spec.name.endswith(CHILD) and _is_activity(spec)
    ]
    if not drawn:
        raise not_in_scope(element)
    for spec in specs.values():
        if isinstance(spec, BoundarySplit) and drawn[0].name in spec._outputs:
            return spec
    return drawn[0]


def _is_activity(spec: Any) -> bool:
    return isinstance(spec, UserTask | SubProcess | Loop)


def assign(
    program: Program,
    state: bytes,
    variables: Mapping[str, Any],
    *,
    now: datetime,
    workdays: Workdays | None = None,
) -> Step:
    """Set variables of the whole case, and run what waited for that."""
    if isinstance(program, TokenProgram):
        return tokens.assign(program, state, variables, (now, workdays))
    plain = plain_variables(variables)
    load = _loader(program, state, "", now, workdays)
    return advance(program, load, lambda case: case.data.update(plain))


def _utc(now: datetime) -> datetime:
    if now.tzinfo is None:
        raise ValueError("now must be aware")
    return now.astimezone(UTC)


def _loader(
    program: Program, state: bytes, wanted: str, now: datetime, workdays: Workdays | None
) -> Callable[[], Case]:
    instant = _utc(now)

    def load() -> Case:
        case = states.load(state, program, instant, workdays)
        if case is None:
            raise TaskGone(wanted)
        for task in walk(case):
            if task.task_spec._is_in(task):
                case.note_inside(task)
        return case

    return load


def advance(program: Program, begin: Callable[[], Case], act: Callable[[Case], None]) -> Step:
    """Load or make a case, act on it, run what is automatic, and store it again."""
    case: Case | None = None
    try:
        case = begin()
        act(case)
        _settle(case)
        prune(case)
        step = _step(case)
    except RuntimeFault as fault:
        if fault.element is not None or case is None or case.current is None:
            raise
        raise type(fault)(fault.reason, element=case.current) from fault
    except EngineError:
        raise
    except Exception as error:
        kind = type(error).__name__
        raise RuntimeFault(
            Text(f"流程无法继续（{kind}）。", f"The case cannot go on ({kind})."),
            element=case.current if case is not None else None,
        ) from error
    finally:
        program.check()
    if not (step.completed or step.open_tasks or step.timers):
        raise _stuck(case)
    return step


def _settle(case: Case) -> None:
    """Run automatic tasks until only people, timers or the end are left."""
    while not case.completed:
        ready = [t for t in walk(case) if t._state == TaskState.READY and not t.task_spec.manual]
        if not ready:
            return
        for task in ready:
            if task._state == TaskState.READY and not case.completed:
                case.count(task)
                task.run()
                if case.steps % _PRUNE_EVERY == 0:
                    prune(case)


def _step(case: Case) -> Step:
    found = [] if case.completed else list(walk(case))
    return Step(
        state=states.dump(case),
        open_tasks=tuple(_open_task(case, task) for task in found if _is_open(task)),
        timers=tuple(_timer(task) for task in found if _is_waiting(task)),
        completed=case.completed,
        data=dict(case.data),
        trace=tuple(case.trace),
        branches=tuple(branch for task in found if (branch := _open_branch(task)) is not None),
    )


def _open_task(case: Case, task: Any) -> OpenTask:
    return OpenTask(str(task.id), task.task_spec.drawn, branch_of(task), case.variables(task))


def _timer(task: Any) -> WaitingTimer:
    return WaitingTimer(str(task.id), task.task_spec.drawn, _due(task), branch_of(task))


def _open_branch(task: Any) -> Branch | None:
    if SCOPE not in task.internal_data or task._state & TaskState.FINISHED_MASK:
        return None
    return branch_of(task)


def _due(task: Any) -> datetime:
    return datetime.fromisoformat(task.internal_data[DUE])


def _is_open(task: Any) -> bool:
    return bool(task._state == TaskState.READY and task.task_spec.manual)


def _is_waiting(task: Any) -> bool:
    definition = getattr(task.task_spec, "event_definition", None)
    return bool(task._state == TaskState.WAITING and isinstance(definition, Timer))


def _open(case: Case, task_id: str) -> Any:
    return _find(case, task_id, _is_open)


def _waiting(case: Case, timer_id: str) -> Any:
    return _find(case, timer_id, _is_waiting)


def _branch(case: Case, branch_id: str) -> Any:
    return _find(
        case,
        branch_id,
        lambda task: SCOPE in task.internal_data and task.id in case.subprocesses,
    )


def _find(case: Case, task_id: str, fits: Callable[[Any], bool]) -> Any:
    try:
        wanted = UUID(task_id)
    except ValueError:
        raise TaskGone(task_id) from None
    for task in walk(case):
        if task.id == wanted and fits(task):
            return task
    raise TaskGone(task_id)


def _stuck(case: Case) -> RuntimeFault:
    waiting = [t for t in walk(case) if t._state == TaskState.WAITING and t.task_spec.drawn]
    return RuntimeFault(
        Text(
            "流程停在这里：没有待办、没有定时器，也没有结束。",
            "The case is stuck here: no open task, no timer, no end.",
        ),
        element=waiting[-1].task_spec.drawn if waiting else None,
    )
