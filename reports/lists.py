"""Lists that cross cases: the cases a department leads or takes part in."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Select, and_, case, exists, func, or_, select
from sqlalchemy.orm import joinedload

from engine import clocks, db
from engine.cases import masking, matching, privacy
from engine.models import Card, Case, CoHandling, Department, Task, Version
from engine.permissions import SUPERVISOR, Actor
from engine.supervision import LIVE
from forms.text import Text

Row = TypeVar("Row")
PER_PAGE = 25
LARGEST_PAGE = 100_000


@dataclass(frozen=True)
class Page(Generic[Row]):
    """One page of a longer list."""

    rows: tuple[Row, ...]
    total: int
    page: int
    pages: int


@dataclass(frozen=True)
class Wanted:
    """What a reader looks for; an empty field asks nothing."""

    #: part of a case number, of the subject or of the applicant's name
    query: str = ""
    item: str = ""
    #: open | closed, or one of the five statuses of a case
    status: str = ""
    #: near | overdue
    due: str = ""
    #: the element of a step that must be open now
    step: str = ""
    #: id of the person who holds an open task; ``nobody`` for unclaimed ones
    person: str = ""
    #: only cases closed since this instant
    closed_since: datetime | None = None
    #: codes of departments, one of which leads it
    leads: tuple[str, ...] = ()
    #: level of a card of it that is not settled
    card: str = ""
    #: due | newest
    sort: str = "due"


@dataclass(frozen=True)
class CaseRow:
    """A case as lists show it."""

    number: str
    item: Text
    subject: str
    applicant: str
    status: str
    result: str | None
    lead: bool
    steps: tuple[Text, ...]
    people: tuple[str, ...]
    due_at: datetime | None
    due_state: str
    received_at: datetime
    closed_at: datetime | None
    suspended_at: datetime | None = None


def cases(
    actor: Actor,
    wanted: Wanted,
    *,
    now: datetime,
    departments: Sequence[str] = (),
    page: int = 1,
    per_page: int = PER_PAGE,
) -> Page[CaseRow]:
    """List the cases that the actor's departments lead or take part in.

    ``departments`` narrows the list to some of the actor's own; a foreign one finds nothing.
    """
    own = seen_by(actor, departments)
    due = due_of(own)
    query = _narrowed(select(Case.id), own, wanted).order_by(*_order(wanted, due))
    if wanted.due:
        query = query.where(_stands(due, wanted.due, now))
    ids, total, page = _slice(query, page, per_page)
    rows = _case_rows(ids, own, Urgency.at(now), actor)
    return Page(rows, total, page, max(1, -(-total // per_page)))


def items(actor: Actor, departments: Sequence[str] = ()) -> list[tuple[str, Text]]:
    """List the items of which the actor's departments have cases, for a filter."""
    own = seen_by(actor, departments)
    newest = (
        select(func.max(Case.version_id).label("version"))
        .where(part_of(own))
        .group_by(Case.item_code)
        .subquery()
    )
    found = db.session().scalars(
        select(Version).where(Version.id.in_(select(newest.c.version))).order_by(Version.item_code)
    )
    return [(v.item_code, Text(v.title_zh, v.title_en)) for v in found]


def part_of(departments: Sequence[str]) -> ColumnElement[bool]:
    """Hold for the cases that the departments lead, work in or were asked about."""
    return or_(
        Case.lead_code.in_(departments),
        exists().where(Task.case_id == Case.id, Task.department_code.in_(departments)),
        exists().where(CoHandling.case_id == Case.id, CoHandling.department_code.in_(departments)),
    )


def due_of(departments: Sequence[str]) -> ColumnElement[datetime | None]:
    """Return when the departments must be done with a case.

    The lead keeps the promise to the applicant, or the open task while there is none yet; a
    co-handling department keeps the limit it was given.
    """
    asked_due = (
        select(func.min(CoHandling.due_at))
        .where(
            CoHandling.case_id == Case.id,
            CoHandling.state == "open",
            CoHandling.department_code.in_(departments),
        )
        .correlate(Case)
        .scalar_subquery()
    )
    return case((Case.lead_code.in_(departments), promised_due()), else_=asked_due)


@dataclass(frozen=True)
class Urgency:
    """How due times stand at one moment; asked once a list, not once a row."""

    now: datetime
    near_until: datetime

    @classmethod
    def at(cls, now: datetime) -> "Urgency":
        """Ask the calendar up to when a due time counts as near."""
        return cls(now, clocks.near_until(now))

    def of(self, due_at: datetime | None, closed_at: datetime | None = None) -> str:
        """Say ok, near or overdue; none for a closed case and for one without a limit."""
        if due_at is None or closed_at is not None:
            return "none"
        if due_at <= self.now:
            return "overdue"
        return "near" if due_at <= self.near_until else "ok"


def seen_by(actor: Actor, departments: Sequence[str] = ()) -> tuple[str, ...]:
    """Return the departments whose cases the actor may list: the own ones, all for supervisors."""
    own = actor.departments
    if actor.has(SUPERVISOR):
        own = frozenset(db.session().scalars(select(Department.code)))
    return tuple(sorted(own.intersection(departments) if departments else own))


def promised_due() -> ColumnElement[datetime | None]:
    """Return when a case is due for the applicant: the promise, the law, or its open task."""
    task_due = (
        select(func.min(Task.due_at))
        .where(Task.case_id == Case.id, Task.state == "open")
        .correlate(Case)
        .scalar_subquery()
    )
    return func.coalesce(Case.promised_due_at, Case.statutory_due_at, task_due)


def has_card(level: str) -> ColumnElement[bool]:
    """Hold for the cases with a card of a level on which somebody still has something to do."""
    return exists().where(Card.case_id == Case.id, Card.level == level, Card.state.in_(LIVE))


def _stands(due: ColumnElement[Any], state: str, now: datetime) -> ColumnElement[bool]:
    if state == "overdue":
        return due <= now
    return and_(due > now, due <= clocks.near_until(now))


def _narrowed(query: Select[Any], own: Sequence[str], wanted: Wanted) -> Select[Any]:
    query = query.where(part_of(own), *_matching(wanted.query, wanted.item))
    if wanted.status == "open" or wanted.due:
        query = query.where(Case.closed_at.is_(None))
    if wanted.status == "closed" or wanted.closed_since is not None:
        query = query.where(Case.closed_at.is_not(None))
    elif wanted.status and wanted.status != "open":
        query = query.where(Case.status == wanted.status)
    if wanted.closed_since is not None:
        query = query.where(Case.closed_at >= wanted.closed_since)
    if wanted.leads:
        query = query.where(Case.lead_code.in_(wanted.leads))
    if wanted.card:
        query = query.where(has_card(wanted.card))
    if wanted.step or wanted.person:
        query = query.where(_has_task(own, wanted))
    return query


def _has_task(own: Sequence[str], wanted: Wanted) -> ColumnElement[bool]:
    held = [Task.case_id == Case.id, Task.state == "open", Task.department_code.in_(own)]
    if wanted.step:
        held.append(Task.element == wanted.step)
    if wanted.person == "nobody":
        held.append(Task.assignee_id.is_(None))
    elif wanted.person:
        held.append(Task.assignee_id == (int(wanted.person) if wanted.person.isdecimal() else -1))
    return exists().where(and_(*held))


def _matching(query: str, item: str) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if query.strip():
        found.append(Case.id.in_(matching(query)))
    if item:
        found.append(Case.item_code == item)
    return found


def _order(wanted: Wanted, due: ColumnElement[Any]) -> list[Any]:
    if wanted.sort == "newest":
        return [Case.received_at.desc(), Case.id.desc()]
    return [Case.closed_at.is_not(None), due.asc().nulls_last(), Case.id]


def _slice(query: Select[Any], page: int, per_page: int) -> tuple[list[Any], int, int]:
    session = db.session()
    total = session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    page = min(max(1, page), max(1, -(-total // per_page)), LARGEST_PAGE)
    return list(session.scalars(query.limit(per_page).offset((page - 1) * per_page))), total, page


def _case_rows(
    ids: Sequence[int], own: Sequence[str], urgency: Urgency, actor: Actor
) -> tuple[CaseRow, ...]:
    session = db.session()
    query = (
        select(Case, due_of(own))
        .where(Case.id.in_(ids))
        .options(joinedload(Case.version).defer(Version.compiled))
    )
    found = {c.id: _case_row(c, due, own, urgency, actor) for c, due in session.execute(query)}
    open_tasks = session.scalars(
        select(Task)
        .where(Task.case_id.in_(ids), Task.state == "open")
        .options(joinedload(Task.assignee))
        .order_by(Task.created_at, Task.id)
    )
    for task in open_tasks:
        row = found[task.case_id]
        step = Text(task.name_zh, task.name_en)
        steps = row.steps if step in row.steps else (*row.steps, step)
        name = task.assignee.name if task.assignee else ""
        people = row.people if not name or name in row.people else (*row.people, name)
        found[task.case_id] = replace(row, steps=steps, people=people)
    return tuple(found[i] for i in ids if i in found)


def _case_row(
    of: Case, due: datetime | None, own: Sequence[str], urgency: Urgency, actor: Actor
) -> CaseRow:
    # A list asks for no reasons: to a supervisor all cases of others are masked in it.
    masked = privacy.is_outsider(actor, of, frozenset())
    return CaseRow(
        number=of.number,
        item=Text(of.version.title_zh, of.version.title_en),
        subject=masking.subject(of.subject, of.applicant_name) if masked else of.subject,
        applicant=masking.name(of.applicant_name) if masked else of.applicant_name,
        status=of.status,
        result=of.result,
        lead=of.lead_code in own,
        steps=(),
        people=(),
        due_at=due,
        due_state=urgency.of(due, of.closed_at),
        received_at=of.received_at,
        closed_at=of.closed_at,
        suspended_at=of.suspended_at,
    )
