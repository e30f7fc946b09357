"""Giving out work: programs fetch tasks of their topics, each task to one of them at a time.

What is given out is locked until an instant by the database's clock. A program that is killed does
nothing more, and the next one gets the task when the lock has ended.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, or_, select

from engine import db, events
from engine.definitions import bundle, bundle_of
from engine.errors import ForbiddenError
from engine.models import Case, ExternalTask, Task, Version
from engine.permissions import Actor
from engine.programs.accounts import topics_of
from forms.text import Text

#: The id of no version.
_NONE: Final = 0


@dataclass(frozen=True)
class Wanted:
    """What a program asks for under one topic."""

    topic: str
    lock: timedelta
    #: Names of the variables it wants; None: all that there are.
    variables: frozenset[str] | None = None
    #: Numbers of cases, codes of items, ids of versions; empty: any.
    cases: frozenset[str] = frozenset()
    items: frozenset[str] = frozenset()
    versions: frozenset[int] = frozenset()
    #: The tag that the diagram of the version carries; empty: any.
    tag: str = ""
    #: What must stand in the task's own inputs.
    holding: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Job:
    """One task that has been given out."""

    row: ExternalTask
    task: Task
    case: Case
    version: Version
    variables: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Order:
    """In which order tasks are given out."""

    by_priority: bool = True
    #: The oldest first, the newest first; None: as they come.
    oldest_first: bool | None = None


def fetch(
    wanted: Sequence[Wanted],
    worker: str,
    most: int,
    order: Order = Order(),
    *,
    actor: Actor,
    now: datetime,
) -> list[Job]:
    """Lock tasks for a program and give them out, in the open transaction.

    Cases that somebody holds at this moment are passed over, suspended ones are left alone. Each
    hand-over is an event of its case: it names what was given to whom. Raises ForbiddenError for a
    topic that is not the program's.
    """
    _refuse_foreign(wanted, actor)
    wanted = [_by_versions(one) if one.tag else one for one in wanted]
    by_topic = {one.topic: one for one in wanted}
    found = db.session().execute(_query(wanted, order, now).limit(most)).all() if wanted else []
    if not found:
        return []
    events.hold_all(sorted({case.id for _, _, case, _ in found}))
    jobs = []
    for row, task, case, version in found:
        asked = by_topic[row.topic]
        shown = {
            name: value
            for name, value in row.variables.items()
            if asked.variables is None or name in asked.variables
        }
        take(row, worker, asked.lock, actor=actor, now=now)
        _note(case, task, row, sorted(shown), actor=actor, now=now)
        jobs.append(Job(row, task, case, version, shown))
    return jobs


def _refuse_foreign(wanted: Sequence[Wanted], actor: Actor) -> None:
    foreign = {one.topic for one in wanted} - topics_of(actor)
    if foreign:
        named = ", ".join(sorted(foreign))[:200]
        raise ForbiddenError(
            Text(
                f"这个账号不能办理主题“{named}”，请联系管理员。",
                f"This account may not fetch the topic “{named}”; ask an administrator.",
            )
        )


def _by_versions(one: Wanted) -> Wanted:
    """Name the versions that carry the tag asked for: of those that wait under the topic now."""
    waiting = (
        select(Case.version_id)
        .join(ExternalTask, ExternalTask.case_id == Case.id)
        .where(ExternalTask.topic == one.topic)
        .distinct()
    )
    found = {
        version
        for version in db.session().scalars(waiting)
        if bundle(version).process.version_tag == one.tag
    }
    return replace(one, versions=frozenset((one.versions or found) & found or {_NONE}))


def tag_of(job: Job) -> str | None:
    """Return the tag that the diagram of a job's version carries."""
    return bundle_of(job.case).process.version_tag or None


def process_of(job: Job) -> str:
    """Return the id of the process that a case of a job runs."""
    return bundle_of(job.case).process.id


def properties_of(job: Job) -> dict[str, str]:
    """Return the properties that the diagram writes on the task of a job."""
    node = bundle_of(job.case).node(job.task.element)
    return dict(node.properties) if node is not None else {}


def take(row: ExternalTask, worker: str, span: timedelta, *, actor: Actor, now: datetime) -> None:
    """Lock a row for a worker of a program."""
    row.worker_id, row.person_id = worker, actor.person_id
    row.locked_at, row.locked_until = now, now + span


def _note(
    case: Case, task: Task, row: ExternalTask, given: list[str], *, actor: Actor, now: datetime
) -> None:
    events.of_case(
        case,
        "task-fetched",
        actor,
        now,
        department=task.department_code,
        task=task.id,
        element=task.element,
        topic=row.topic,
        worker=row.worker_id,
        given=given,
        until=row.locked_until,
    )


def _query(wanted: Sequence[Wanted], order: Order, now: datetime) -> Any:
    free = or_(ExternalTask.locked_until.is_(None), ExternalTask.locked_until <= now)
    left = or_(ExternalTask.retries.is_(None), ExternalTask.retries > 0)
    by: list[Any] = [ExternalTask.priority.desc()] if order.by_priority else []
    if order.oldest_first is False:
        by.append(ExternalTask.created_at.desc())
    by += [ExternalTask.created_at, ExternalTask.task_id]
    return (
        select(ExternalTask, Task, Case, Version)
        .join(Task, Task.id == ExternalTask.task_id)
        .join(Case, Case.id == ExternalTask.case_id)
        .join(Version, Version.id == Case.version_id)
        .where(free, left, Case.suspended_at.is_(None), or_(*map(_meant, wanted)))
        .order_by(*by)
        .with_for_update(of=(ExternalTask, Case), key_share=True, skip_locked=True)
        .execution_options(populate_existing=True)
    )


def _meant(one: Wanted) -> ColumnElement[bool]:
    conditions: list[ColumnElement[bool]] = [ExternalTask.topic == one.topic]
    if one.cases:
        conditions.append(Case.number.in_(one.cases))
    if one.items:
        conditions.append(Case.item_code.in_(one.items))
    if one.versions:
        conditions.append(Case.version_id.in_(one.versions))
    if one.holding:
        conditions.append(ExternalTask.variables.contains(dict(one.holding)))
    return and_(*conditions)
