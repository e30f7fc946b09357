"""What a program says about a task it has fetched: done, failed, an error, more time, given back.

Only the worker that fetched a task last may end it, also when its lock has just ended: until
another one gets it, nobody else works on it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from engine import advance, events, holding, incidents, jobs, runtime
from engine.bpmn.model import Outside
from engine.definitions import bundle_of
from engine.errors import ConflictError, EngineError, InvalidError, NotFoundError
from engine.incidents import Attempt
from engine.models import ExternalTask, Task
from engine.permissions import Actor
from engine.programs import fetching
from engine.programs.accounts import topics_of
from forms.text import Text

LONGEST_FAILURE: Final = 500
LONGEST_DETAILS: Final = 20_000
#: Longest lock, and longest wait for the next attempt.
LONGEST_LOCK: Final = timedelta(days=7)


class LostError(ConflictError):
    """Expected a worker that holds the task, but it is another's, or nobody's."""

    code = "lost"


@dataclass(frozen=True)
class Held:
    """A task of a program, locked with its case."""

    task: Task
    row: ExternalTask


@dataclass(frozen=True)
class Report:
    """Why a program could not do its task, and when it is to be tried again."""

    message: str = ""
    details: str = ""
    #: Attempts left; at 0 an administrator has to look at it.
    retries: int = 0
    wait: timedelta = field(default_factory=timedelta)


def complete(
    task_id: str, worker: str, given: Mapping[str, Any], *, actor: Actor, now: datetime
) -> None:
    """End a task as done and let its case go on, in the open transaction.

    Of what is given the diagram gets the results it names, and its outputs what they look at; the
    rest is left out, and the event says so. Raises NotFoundError, LostError, ConflictError for a
    suspended case, EngineFault when the diagram cannot go on (nothing is changed).
    """
    held = _of_worker(task_id, worker, _DONE, actor)
    task, outside = held.task, _outside(held.task)
    answer = runtime.answer_of(outside, given)
    left_out = sorted(answer.own.keys() - advance.looked_at(task))
    task.state, task.outcome = "completed", "done"
    task.completed_at, task.completed_by = now, actor.person_id
    task.assignee_id = actor.person_id
    task.answers = {name: given[name] for name in given.keys() - set(left_out)}
    _note(held, "task-completed", actor, now, outcome="done", opinion="", left_out=left_out)
    advance.answer(task.case, task, answer, actor=actor, now=now)


@dataclass(frozen=True)
class Thrown:
    """An error of the business with which a task ends."""

    code: str
    message: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)


def throw(task_id: str, worker: str, thrown: Thrown, *, actor: Actor, now: datetime) -> None:
    """End a task with an error of the business, which the diagram catches on its edge or around.

    Raises as ``complete`` does; InvalidError without a code, EngineFault when nothing catches it.
    """
    held = _of_worker(task_id, worker, _ERROR, actor)
    if not thrown.code.strip():
        raise InvalidError(Text("请写 errorCode。", "errorCode is missing."))
    said = thrown.message.strip()[:LONGEST_FAILURE]
    _note(held, "task-error-thrown", actor, now, error=thrown.code, reason=said)
    answer = runtime.answer_of(_outside(held.task), thrown.given, thrown.code)
    advance.answer(held.task.case, held.task, answer, actor=actor, now=now)


def fail(task_id: str, worker: str, report: Report, *, actor: Actor, now: datetime) -> None:
    """Note that an attempt failed; the next one is made after its wait, if there is one left.

    Without any left an incident is opened, and nobody gets the task before it is retried. Raises
    NotFoundError, LostError, InvalidError.
    """
    held = _of_worker(task_id, worker, _FAILED, actor)
    task, row = held.task, held.row
    if report.retries < 0:
        raise InvalidError(Text("retries 不能小于0。", "retries cannot be less than 0."))
    row.retries, row.locked_until = report.retries, now + _span(report.wait)
    row.failure = report.message.strip()[:LONGEST_FAILURE]
    row.details = report.details[:LONGEST_DETAILS]
    _note(
        held, "task-attempt-failed", actor, now,
        reason=row.failure, retries=row.retries, again_at=row.locked_until,
    )  # fmt: skip
    if report.retries == 0:
        why = row.failure or "—"
        said = Text(
            f"外部程序（主题“{row.topic}”）不能办理：{why}",
            f"The program for the topic “{row.topic}” gave up: {why}",
        )
        attempt = Attempt(task.case_id, task.element, actor, task.id)
        incidents.note(attempt, Text(said.zh[:500], said.en[:500]), now=now)


def extend(task_id: str, worker: str, span: timedelta, *, actor: Actor, now: datetime) -> None:
    """Lock a task for longer, counted from now. Raises NotFoundError, LostError, InvalidError.

    A lock that has ended cannot be extended: another worker may have the task any moment.
    """
    held = _of_worker(task_id, worker, _EXTENDED, actor)
    _positive(span, task_id, "lock of the External Task", "extended", worker)
    until = held.row.locked_until
    if until is None or until <= now:
        said = f"Cannot extend a lock that expired. Task: {task_id}"
        raise LostError(Text(said, said))
    held.row.locked_until = now + _span(span)
    _note(held, "task-lock-extended", actor, now, until=held.row.locked_until)


def lock(task_id: str, worker: str, span: timedelta, *, actor: Actor, now: datetime) -> None:
    """Lock one task for a worker, unless another holds it. Raises as ``extend`` does."""
    held = _held(task_id, actor)
    _positive(span, task_id, "External Task", "locked", worker)
    row = held.row
    running = row.locked_until is not None and row.locked_until > now
    if running and (row.worker_id, row.person_id) != (worker, actor.person_id):
        raise _lost(row, worker, _LOCKED)
    fetching.take(row, worker, _span(span), actor=actor, now=now)
    _note(held, "task-locked", actor, now, until=row.locked_until)


def unlock(task_id: str, *, actor: Actor, now: datetime) -> None:
    """Give a task back, to whoever fetches it next. Raises NotFoundError.

    The call names no worker, so only another program is kept from it.
    """
    held = _held(task_id, actor)
    row = held.row
    row.worker_id = row.person_id = row.locked_at = row.locked_until = None
    _note(held, "task-unlocked", actor, now)


# --- who holds it ---
_DONE = "External Task {id} cannot be completed by worker '{worker}'."
_FAILED = "Failure of External Task {id} cannot be reported by worker '{worker}'."
_EXTENDED = "The lock of the External Task {id} cannot be extended by worker '{worker}'."
_LOCKED = "External Task {id} cannot be locked by worker '{worker}'."
_ERROR = "Bpmn error of External Task {id} cannot be reported by worker '{worker}'."


def _held(task_id: str, actor: Actor) -> Held:
    """Lock a task with its case. Raises NotFoundError for what is not this program's."""
    task = holding.of_task(task_id)
    row = jobs.of_task(task_id) if task is not None and task.state == "open" else None
    if task is None or row is None or row.topic not in topics_of(actor):
        said = f"External task with id {task_id} does not exist"
        raise NotFoundError(Text(said, said))
    if task.case.suspended_at is not None:
        raise holding.suspended()
    return Held(task, row)


def _of_worker(task_id: str, worker: str, sentence: str, actor: Actor) -> Held:
    held = _held(task_id, actor)
    if (held.row.worker_id, held.row.person_id) != (worker, actor.person_id):
        raise _lost(held.row, worker, sentence)
    return held


def _lost(row: ExternalTask, worker: str, sentence: str) -> EngineError:
    whose = f"'{row.worker_id}'" if row.worker_id is not None else "'null'"
    said = sentence.format(id=row.task_id, worker=worker) + f" It is locked by worker {whose}."
    return LostError(Text(said, said))


def _positive(span: timedelta, task_id: str, what: str, how: str, worker: str) -> None:
    if span <= timedelta():
        said = (
            f"The {what} {task_id} cannot be {how} by worker '{worker}': "
            "the duration has to be greater than 0."
        )
        raise InvalidError(Text(said, said))


def _span(span: timedelta) -> timedelta:
    return min(max(span, timedelta()), LONGEST_LOCK)


def _outside(task: Task) -> Outside:
    outside = bundle_of(task.case).step(task.element).outside
    if outside is None:
        raise LookupError(f"{task.element} is done by people")
    return outside


def _note(held: Held, type_: str, actor: Actor, now: datetime, **data: Any) -> None:
    task, row = held.task, held.row
    events.of_case(
        task.case,
        type_,
        actor,
        now,
        department=task.department_code,
        task=task.id,
        element=task.element,
        topic=row.topic,
        worker=row.worker_id,
        **data,
    )
