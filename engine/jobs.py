"""The rows of what programs outside are asked to do, beside the task each belongs to.

A row is there as long as its task is open: the database takes it away with the task's end, whoever
ends it. What stands in it is all that a program learns of the case.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import select

from engine import db
from engine.bpmn.model import Outside
from engine.models import ExternalTask, Task

#: Attempts that a retry by an administrator gives.
ATTEMPTS = 1


def add(task: Task, outside: Outside, seen: Mapping[str, Any], *, now: datetime) -> None:
    """Ask a program to do a task that has just been opened: it gets the task's own inputs."""
    db.make(
        ExternalTask,
        task_id=task.id,
        case_id=task.case_id,
        topic=outside.topic,
        priority=outside.priority,
        variables={name: seen.get(name) for name in outside.inputs},
        created_at=now,
        failure="",
        details="",
    )


def of_task(task_id: str) -> ExternalTask | None:
    """Return the row of an open task that a program does, read fresh."""
    return db.session().get(ExternalTask, task_id, populate_existing=True)


def of_case(case_id: int) -> Sequence[ExternalTask]:
    """Return what programs are asked to do for a case now."""
    query = select(ExternalTask).where(ExternalTask.case_id == case_id)
    return list(db.session().scalars(query.order_by(ExternalTask.created_at, ExternalTask.task_id)))


def point(task_id: str, outside: Outside) -> None:
    """Let a task that has been moved to another version be done under the topic it has there."""
    row = of_task(task_id)
    if row is not None:
        row.topic, row.priority = outside.topic, outside.priority


def rearm(task_id: str) -> bool:
    """Give a task out again at once, to whoever asks first; whether a program is to do it."""
    row = of_task(task_id)
    if row is None:
        return False
    row.retries = ATTEMPTS if row.retries is not None else None
    row.worker_id = row.person_id = row.locked_at = row.locked_until = None
    return True
