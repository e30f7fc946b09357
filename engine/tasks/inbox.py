"""The inbox: what is to be done, the most urgent first."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import contains_eager, selectinload

from engine import db
from engine.models import Case, Signature, Task
from engine.permissions import APPLICANT_ROLE, Actor

Scope = Literal["mine", "department", "done"]
Sort = Literal["due", "newest", "oldest", "item"]
PER_PAGE = 25


@dataclass(frozen=True)
class Query:
    """What of the inbox somebody wants to see."""

    scope: Scope = "mine"
    text: str = ""
    item: str = ""
    element: str = ""
    sort: Sort = "due"
    page: int = 1
    per_page: int = PER_PAGE


@dataclass(frozen=True)
class TaskPage:
    """One page of a list of tasks."""

    rows: Sequence[Task]
    total: int
    page: int
    pages: int


@dataclass(frozen=True)
class Counts:
    """How much there is in each part of the inbox."""

    mine: int
    department: int


def inbox(actor: Actor, query: Query | None = None) -> TaskPage:
    """Return one page of the actor's tasks.

    ``mine``: claimed by the actor; ``department``: open to the actor's posts; ``done``: completed
    by the actor.
    """
    query = query or Query()
    session = db.session()
    conditions = [*_scope(actor, query.scope), *_filters(query)]
    base = select(Task).join(Task.case).where(*conditions)
    total = session.scalar(select(func.count()).select_from(base.subquery())) or 0
    pages = max(1, -(-total // query.per_page))
    page = min(max(query.page, 1), pages)
    rows = session.scalars(
        base.options(contains_eager(Task.case).selectinload(Case.version))
        .options(selectinload(Task.assignee))
        .order_by(*_order(query))
        .offset((page - 1) * query.per_page)
        .limit(query.per_page)
    )
    return TaskPage(list(rows), total, page, pages)


def counts(actor: Actor) -> Counts:
    """Return how many tasks the actor holds, and how many are open to the actor's posts."""

    def number(scope: Scope) -> int:
        query = select(func.count(Task.id)).join(Task.case).where(*_scope(actor, scope))
        return db.session().scalar(query) or 0

    return Counts(number("mine"), number("department"))


def open_of_case(case: Case) -> list[Task]:
    """Return the open tasks of a case, oldest first."""
    query = (
        select(Task)
        .where(Task.case_id == case.id, Task.state == "open")
        .order_by(Task.created_at, Task.id)
    )
    return list(db.session().scalars(query))


def applicants_task(case: Case) -> Task | None:
    """Return the task a case has for its applicant now, None when it is not their turn."""
    return next((task for task in open_of_case(case) if task.role == APPLICANT_ROLE), None)


def filter_choices(actor: Actor) -> list[tuple[str, str, str]]:
    """Return (item code, title zh, title en) of the items among the actor's open tasks."""
    mine = or_(*(and_(*_scope(actor, scope)) for scope in ("mine", "department")))
    query = select(Case.version_id).join(Task, Task.case_id == Case.id).where(mine).distinct()
    cases = db.session().scalars(
        select(Case)
        .where(Case.version_id.in_(query))
        .ext(distinct_on(Case.item_code))
        .order_by(Case.item_code)
    )
    return [(c.item_code, c.version.title_zh, c.version.title_en) for c in cases]


def _scope(actor: Actor, scope: Scope) -> list[ColumnElement[bool]]:
    if scope == "done":
        signed = select(Signature.task_id).where(Signature.person_id == actor.person_id)
        return [
            Task.state == "completed",
            or_(Task.completed_by == actor.person_id, Task.id.in_(signed)),
        ]
    if scope == "mine":
        return [Task.state == "open", Task.assignee_id == actor.person_id]
    posts = [
        and_(Task.department_code == department, Task.role == role)
        for department, role in sorted(actor.posts)
    ]
    return [Task.state == "open", or_(*posts) if posts else false()]


def _filters(query: Query) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if query.item:
        found.append(Case.item_code == query.item)
    if query.element:
        found.append(Task.element == query.element)
    if text := query.text.strip():
        escaped = text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        like = f"%{escaped}%"
        found.append(
            or_(Case.number.ilike(like), Case.subject.ilike(like), Case.applicant_name.ilike(like))
        )
    return found


def _order(query: Query) -> list[Any]:
    if query.scope == "done":
        return [Task.completed_at.desc(), Task.id]
    orders: dict[str, list[Any]] = {
        "due": [Task.due_at.asc().nulls_last(), Task.created_at, Task.id],
        "newest": [Task.created_at.desc(), Task.id],
        "oldest": [Task.created_at, Task.id],
        "item": [Case.item_code, Task.due_at.asc().nulls_last(), Task.id],
    }
    return orders[query.sort]
