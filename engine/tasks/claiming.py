"""Claiming, releasing and drafting: holding a task while one works on it."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import select

from engine import db, events, holding
from engine.definitions import bundle_of
from engine.errors import NotFoundError
from engine.models import Task
from engine.permissions import Actor
from engine.tasks import duties, rules
from forms.text import Text


def locked(task_id: str) -> Task:
    """Lock a task with its case and read it fresh. Raises NotFoundError."""
    task = holding.of_task(task_id)
    if task is None:
        raise no_such_task()
    return task


def no_such_task() -> NotFoundError:
    """Make the answer for a task that is not there or not the asker's."""
    return NotFoundError(Text("没有找到这个待办。", "No such task was found."))


def next_claimed(actor: Actor) -> str | None:
    """Return the id of the task, of those the actor has claimed, that is due first."""
    query = select(Task.id).where(Task.assignee_id == actor.person_id, Task.state == "open")
    return db.session().scalar(query.order_by(Task.due_at.nulls_last(), Task.id).limit(1))


def claim(task_id: str, *, actor: Actor, now: datetime) -> Task:
    """Take a task of one's post, so that nobody else works on it.

    Claiming what one holds changes nothing. Raises ConflictError when another holds it or it has
    ended, ForbiddenError when it is not for this actor.
    """
    task = locked(task_id)
    refusal = rules.why_not(task, bundle_of(task.case), actor)
    refusal = refusal or rules.held_by_other(task, actor)
    if refusal is not None:
        raise refusal
    if task.assignee_id != actor.person_id:
        task.assignee_id = actor.person_id
        duties.note_assignment(task, actor=actor, now=now)
        events.of_case(
            task.case,
            "task-claimed",
            actor,
            now,
            department=task.department_code,
            task=task.id,
            element=task.element,
            **rules.for_whom(actor, task),
        )
    return task


def release(task_id: str, *, actor: Actor, now: datetime) -> Task:
    """Give a claimed task back to the post; what was typed so far stays with it.

    Raises ConflictError when the actor does not hold it.
    """
    task = locked(task_id)
    if task.state != "open":
        raise rules.closed(task)
    if (refusal := rules.held_by_other(task, actor)) is not None:
        raise refusal
    if task.assignee_id is not None:
        task.assignee_id = None
        events.of_case(
            task.case,
            "task-released",
            actor,
            now,
            department=task.department_code,
            task=task.id,
            element=task.element,
        )
    return task


def save(task_id: str, draft: Mapping[str, Any], *, actor: Actor) -> Task:
    """Keep what somebody has typed on a task's page so far.

    A draft is no act on the case: it leaves no event, nobody decides on it. Raises as ``claim``.
    """
    task = locked(task_id)
    refusal = rules.why_not(task, bundle_of(task.case), actor)
    refusal = refusal or rules.held_by_other(task, actor)
    if refusal is not None:
        raise refusal
    task.draft = dict(draft)
    return task
