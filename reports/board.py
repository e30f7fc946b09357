"""The leader's board: how a department stands, by step, by person and by item."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

from sqlalchemy import and_, func, select

from engine import clock, db
from engine.errors import ForbiddenError
from engine.models import Case, Person, Post, Task, Version
from engine.permissions import SUPERVISOR, Actor
from forms.text import Text
from reports.lists import Urgency, due_of, part_of, seen_by

_NOT_A_LEADER = Text(
    "只有本部门领导可以查看本部门办理情况。",
    "Only a leader of the department may see how it stands.",
)
_NOBODY = Text("尚未认领", "Not claimed yet")


@dataclass(frozen=True)
class Share:
    """One bar: a step, a person or an item, and how its cases or tasks stand."""

    key: str
    label: Text
    total: int
    near: int
    overdue: int

    @property
    def calm(self) -> int:
        """Count those neither near the limit nor over it."""
        return self.total - self.near - self.overdue


@dataclass(frozen=True)
class ItemSteps:
    """The open tasks of one version of one item, step by step, to draw on its diagram."""

    item: str
    version_id: int
    number: int
    title: Text
    steps: tuple[Share, ...]


@dataclass(frozen=True)
class Board:
    """The figures of one department at one moment."""

    department: str
    in_progress: int
    near: int
    overdue: int
    #: closed since the first day of this month, city time
    closed: int
    #: of those, the ones that kept the promised limit
    closed_on_time: int
    steps: tuple[Share, ...]
    people: tuple[Share, ...]
    items: tuple[Share, ...]
    diagrams: tuple[ItemSteps, ...]


@dataclass(frozen=True)
class _Task:
    """One open task, as far as the figures need it."""

    item: str
    version_id: int
    version: int
    title: Text
    element: str
    step: Text
    person_id: int | None
    person: str
    state: str


def led_by(actor: Actor) -> tuple[str, ...]:
    """Return the codes of the departments whose board the actor may see."""
    return seen_by(actor) if actor.has(SUPERVISOR) else tuple(sorted(actor.leads()))


def department(actor: Actor, now: datetime, *, code: str = "") -> Board:
    """Return the board of a department the actor leads; the first one when none is named.

    Raises ForbiddenError for anybody else's department.
    """
    code = code or next(iter(led_by(actor)), "")
    require(actor, code)
    urgency = Urgency.at(now)
    tasks = _open_tasks(code, urgency)
    states = _open_cases(code, urgency)
    closed, on_time = _closed(code, now)
    return Board(
        department=code,
        in_progress=len(states),
        near=sum(state == "near" for _, _, state in states),
        overdue=sum(state == "overdue" for _, _, state in states),
        closed=closed,
        closed_on_time=on_time,
        steps=_shares(tasks, lambda t: f"{t.item}/{t.element}", _step_label),
        people=_shares(tasks, lambda t: str(t.person_id or "nobody"), _person_label),
        items=_shares(states, lambda s: str(s[0]), lambda s: s[1], lambda s: s[2]),
        diagrams=_diagrams(tasks),
    )


def require(actor: Actor, code: str) -> None:
    """Refuse whoever may not see this department's board.

    Raises ForbiddenError.
    """
    if code not in led_by(actor):
        raise ForbiddenError(_NOT_A_LEADER)


def people_of(code: str) -> dict[str, str]:
    """Return the names of the department's staff by id, as texts for addresses."""
    query = (
        select(Person.id, Person.name)
        .join(Post, Post.person_id == Person.id)
        .where(Post.department_code == code)
        .distinct()
        .order_by(Person.id)
    )
    return {str(number): name for number, name in db.session().execute(query)}


def month_start(now: datetime) -> datetime:
    """Return the instant at which this month began where the city is."""
    first = clock.civil_date(now).replace(day=1)
    return datetime.combine(first, time(), clock.CIVIL_ZONE)


def _open_cases(code: str, urgency: Urgency) -> list[tuple[str, Text, str]]:
    """Read item, title and state of every open case; columns only, so that it stays light."""
    query = (
        select(Case.item_code, Version.title_zh, Version.title_en, due_of([code]))
        .join(Version, Version.id == Case.version_id)
        .where(part_of([code]), Case.closed_at.is_(None))
        .order_by(Case.id)
    )
    return [
        (item, Text(zh, en), urgency.of(due)) for item, zh, en, due in db.session().execute(query)
    ]


def _open_tasks(code: str, urgency: Urgency) -> list[_Task]:
    query = (
        select(Task, Case.item_code, Version.id, Version.number, Version.title_zh, Version.title_en)
        .add_columns(Person.name)
        .join(Case, Case.id == Task.case_id)
        .join(Version, Version.id == Case.version_id)
        .outerjoin(Person, Person.id == Task.assignee_id)
        .where(Task.state == "open", Task.department_code == code, Task.role != "applicant")
        .order_by(Task.created_at, Task.id)
    )
    return [
        _Task(
            item=item,
            version_id=version_id,
            version=number,
            title=Text(zh, en),
            element=task.element,
            step=Text(task.name_zh, task.name_en),
            person_id=task.assignee_id,
            person=name or "",
            state=urgency.of(task.due_at),
        )
        for task, item, version_id, number, zh, en, name in db.session().execute(query)
    ]


def _closed(code: str, now: datetime) -> tuple[int, int]:
    """Count the cases closed this month, and those whose decision kept the promise."""
    ended = func.coalesce(Case.decided_at, Case.closed_at)
    kept = Case.promised_due_at.is_(None) | (ended <= Case.promised_due_at)
    row = db.session().execute(
        select(func.count(), func.count().filter(kept)).where(
            and_(part_of([code]), Case.closed_at >= month_start(now))
        )
    )
    total, on_time = row.one()
    return total, on_time


def _step_label(task: _Task) -> Text:
    return Text(f"{task.step.zh}（{task.title.zh}）", f"{task.step.en} ({task.title.en})")


def _person_label(task: _Task) -> Text:
    return _NOBODY if task.person_id is None else Text(task.person, task.person)


def _shares(
    rows: Iterable[Any],
    key: Callable[[Any], str],
    label: Callable[[Any], Text],
    state: Callable[[Any], str] = lambda row: row.state,
) -> tuple[Share, ...]:
    """Group rows by key; the group with most overdue, then most near, then most rows is first."""
    labels: dict[str, Text] = {}
    counts: dict[str, list[str]] = {}
    for row in rows:
        labels[key(row)] = label(row)
        counts.setdefault(key(row), []).append(state(row))
    shares = [
        Share(name, labels[name], len(found), found.count("near"), found.count("overdue"))
        for name, found in counts.items()
    ]
    return tuple(sorted(shares, key=lambda s: (-s.overdue, -s.near, -s.total, s.key)))


def _diagrams(tasks: Iterable[_Task]) -> tuple[ItemSteps, ...]:
    versions: dict[int, list[_Task]] = {}
    for task in tasks:
        versions.setdefault(task.version_id, []).append(task)
    drawn = [
        ItemSteps(
            found[0].item,
            version_id,
            found[0].version,
            found[0].title,
            _shares(found, lambda t: t.element, lambda t: t.step),
        )
        for version_id, found in versions.items()
    ]
    return tuple(sorted(drawn, key=lambda d: (d.item, -d.number)))
