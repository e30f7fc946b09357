"""The inbox: what is to be done, the most urgent first.

However much is open in a city, a page reads a page: one short look into an index for each post of
the reader, counts that stop where nobody reads on, and marks instead of page numbers.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal, NamedTuple

from sqlalchemy import (
    ARRAY,
    ColumnElement,
    Integer,
    Select,
    String,
    any_,
    bindparam,
    cast,
    exists,
    func,
    or_,
    select,
    true,
    tuple_,
    union_all,
)
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import contains_eager, lazyload, load_only, selectinload
from sqlalchemy.sql.selectable import Subquery, TableValuedAlias

from engine import db, paging
from engine.cases import matching
from engine.db.direct import Asked
from engine.models import Case, Person, Signature, Task, Version
from engine.models.tasks import DUE, NEVER
from engine.paging import Count, Key, Mark, Order, Page
from engine.permissions import APPLICANT_ROLE, Actor

Scope = Literal["mine", "department", "done"]
Sort = Literal["due", "newest", "oldest", "item"]
PER_PAGE = 25
#: Of what somebody only signed, the tasks of the latest signatures are listed as done.
SIGNED: Final = 1000
#: Stands in no code of a department or role.
_BETWEEN: Final = "\n"

_ID = Key(Task.id, lambda task: task.id, str)
_CREATED = Key(Task.created_at, lambda task: task.created_at, paging.moment)
_DUE = Key(DUE, lambda task: task.due_at, paging.moment_or_none, missing=NEVER)
_ITEM = Key(Task.item_code, lambda task: task.item_code, str)
_COMPLETED = Key(Task.completed_at, lambda task: task.completed_at, paging.moment)
_ORDERS: Final[dict[Sort, Order]] = {
    "due": Order(_DUE, _CREATED, _ID),
    "newest": Order(_CREATED, _ID, descending=True),
    "oldest": Order(_CREATED, _ID),
    "item": Order(_ITEM, _DUE, _CREATED, _ID),
}
_DONE: Final = Order(_COMPLETED, _ID, descending=True)


@dataclass(frozen=True)
class Query:
    """What of the inbox somebody wants to see."""

    scope: Scope = "mine"
    text: str = ""
    item: str = ""
    element: str = ""
    sort: Sort = "due"
    #: a mark of a page before; empty for the first page
    at: str = ""
    per_page: int = PER_PAGE


@dataclass(frozen=True)
class Counts:
    """How much there is in each part of the inbox."""

    mine: Count
    department: Count


def inbox(actor: Actor, query: Query | None = None) -> Page[Task]:
    """Return one page of the actor's tasks.

    ``mine``: claimed by the actor; ``department``: open to the actor's posts; ``done``: completed
    by the actor. Raises InvalidError for a mark that is none of this list's.
    """
    query = query or Query()
    order = _DONE if query.scope == "done" else _ORDERS[query.sort]
    mark = order.read(query.at)
    found = _found(actor, query, order, mark)
    rows = db.session().scalars(
        select(Task)
        .join(found, found.c.id == Task.id)
        .join(Task.case)
        .options(*_SHOWN)
        .order_by(*order.by(mark, found))
    )
    page = order.page(list(rows), mark, query.per_page)
    if mark is not None and not page.rows:  # all that stood beyond it is done
        return inbox(actor, Query(**{**vars(query), "at": ""}))
    return page


def total(actor: Actor, query: Query) -> Count:
    """Count what a query finds on all its pages."""
    if query.scope != "department" or query.text.strip():
        return paging.count(union_all(*_plain(actor, query)).subquery().select())
    posts = _posts(actor)
    one = select(Task.id).where(*_of_post(posts), *_filters(query)).limit(paging.COUNTED + 1)
    return paging.count(_for_each(posts, one))


def counts(actor: Actor) -> Counts:
    """Return how many tasks the actor holds, and how many are open to the actor's posts."""
    return Counts(total(actor, Query("mine")), total(actor, Query("department")))


def open_of_case(case: Case) -> list[Task]:
    """Return the open tasks of a case, oldest first."""
    query = (
        select(Task)
        .where(Task.case_id == case.id, Task.state == "open")
        .order_by(Task.created_at, Task.id)
    )
    return list(db.session().scalars(query))


class Opened(NamedTuple):
    """What is read of an open task where only its place and its limit are asked for."""

    id: str
    element: str
    department_code: str | None
    due_at: datetime | None
    cohandling_id: int | None


_OPEN: Final = Asked(
    select(Task.id, Task.element, Task.department_code, Task.due_at, Task.cohandling_id)
    .where(Task.case_id == bindparam("case"), Task.state == "open")
    .order_by(Task.created_at, Task.id)
)


def opened(case_id: int) -> list[Opened]:
    """Return the open tasks of a case, oldest first, without their rows as a whole."""
    return [Opened(*row) for row in db.ask(_OPEN.text, _OPEN.values(case=case_id))]


def applicants_task(case: Case) -> Task | None:
    """Return the task a case has for its applicant now, None when it is not their turn."""
    return next((task for task in open_of_case(case) if task.role == APPLICANT_ROLE), None)


def filter_choices(actor: Actor) -> list[tuple[str, str, str]]:
    """Return (item code, title zh, title en) of the items among the actor's open tasks."""
    posts = _posts(actor)
    of_item = Task.item_code == Version.item_code
    open_to_posts = exists(
        select(1)
        .select_from(posts)
        .join(Task, true())
        .where(*_of_post(posts), of_item)
        .correlate(Version)
    )
    held = exists().where(*_held(actor), of_item)
    found = db.session().execute(
        select(Version.item_code, Version.title_zh, Version.title_en)
        .where(or_(open_to_posts, held))
        .ext(distinct_on(Version.item_code))
        .order_by(Version.item_code, Version.number.desc())
    )
    return [(code, zh, en) for code, zh, en in found]


_SHOWN: Final = (
    contains_eager(Task.case)
    .defer(Case.answers)
    .defer(Case.state)
    .defer(Case.due_facts)
    .selectinload(Case.version)
    .defer(Version.compiled),
    # Of who holds a task a list says the name, and no posts.
    selectinload(Task.assignee).options(load_only(Person.name), lazyload(Person.posts)),
)


def _found(actor: Actor, query: Query, order: Order, mark: Mark | None) -> Subquery:
    """Find the ids of one page and one row more, with the keys they are sorted by."""
    size = query.per_page + 1
    if query.scope == "department" and not query.text.strip():
        posts = _posts(actor)
        one = (
            select(Task.id, *order.columns())
            .where(*_of_post(posts), *_filters(query), *order.beyond(mark))
            .order_by(*order.by(mark))
            .limit(size)
        )
        found = _for_each(posts, one).subquery()
    else:
        found = union_all(
            *(
                plain.add_columns(*order.columns())
                .where(*order.beyond(mark))
                .order_by(*order.by(mark))
                .limit(size)
                for plain in _plain(actor, query)
            )
        ).subquery()
    return select(found).order_by(*order.by(mark, found)).limit(size).subquery()


def _plain(actor: Actor, query: Query) -> list[Select[Any]]:
    """Return the parts of a list that is short, or made short by the words looked for."""
    start = select(Task.id)
    if query.text.strip():
        cases = matching(query.text).cte("cases").prefix_with("MATERIALIZED")
        # All at once: the latest cases stand beside each other in the index.
        ids = func.array(select(cases.c.case_id).scalar_subquery(), type_=ARRAY(Integer))
        start = start.where(Task.case_id == any_(ids))
    start = start.where(*_filters(query))
    if query.scope == "mine":
        return [start.where(*_held(actor))]
    if query.scope == "department":
        return [start.where(Task.state == "open", _of_any(actor.posts))]
    mine, signed = Task.completed_by == actor.person_id, _signed(actor)
    done = Task.state == "completed"
    return [
        start.where(done, mine),
        start.where(done, Task.completed_by != actor.person_id, Task.id.in_(signed)),
    ]


def _signed(actor: Actor) -> Select[str]:
    return (
        select(Signature.task_id)
        .where(Signature.person_id == actor.person_id)
        .order_by(Signature.signed_at.desc())
        .limit(SIGNED)
    )


def _held(actor: Actor) -> list[ColumnElement[bool]]:
    """Claimed by the actor, or by somebody whose substitute the actor is."""
    own = Task.assignee_id == actor.person_id
    if not actor.covers:
        return [Task.state == "open", own]
    known = tuple_(Task.department_code, Task.role, Task.assignee_id)
    return [Task.state == "open", or_(own, known.in_(sorted(actor.covers)))]


def _posts(actor: Actor) -> TableValuedAlias:
    """Return the actor's posts as a table: as many look-ups as there are posts."""
    posts = sorted(actor.posts)
    lists = ([department for department, _ in posts], [role for _, role in posts])
    return (
        func.unnest(*(cast(given, ARRAY(String)) for given in lists))
        .table_valued("department", "role", name="posts")
        .render_derived()
    )


def _of_any(posts: Collection[tuple[str, str]]) -> ColumnElement[bool]:
    """Hold for the tasks of some posts, however many there are, with one look into a list."""
    given = sorted(f"{department}{_BETWEEN}{role}" for department, role in posts)
    post = Task.department_code + _BETWEEN + Task.role
    return post == any_(cast(given, ARRAY(String)))


def _of_post(posts: TableValuedAlias) -> list[ColumnElement[bool]]:
    return [
        Task.state == "open",
        Task.department_code == posts.c.department,
        Task.role == posts.c.role,
    ]


def _for_each(posts: TableValuedAlias, one: Select[Any]) -> Select[Any]:
    """Run a short query once for each post."""
    found = one.correlate(posts).lateral("found")
    return select(found).select_from(posts.join(found, true()))


def _filters(query: Query) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if query.item:
        found.append(Task.item_code == query.item)
    if query.element:
        found.append(Task.element == query.element)
    return found
