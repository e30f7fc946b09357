"""Who held it: a case's time by department, person, applicant and lawful stop, and over many."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select

from engine import clocks, db, people
from engine.bpmn.grounds import cause_of
from engine.definitions import bundle_of
from engine.errors import ForbiddenError
from engine.models import Case, ClockStop, Correction, Event, Person, Task
from engine.permissions import APPLICANT_ROLE, SUPERVISOR, Actor
from forms.text import Text
from reports.lists import part_of
from reports.spans import (
    APPLICANT,
    NOBODY,
    STOPPED,
    WAITING,
    WORKING,
    Held,
    Recorded,
    Turn,
    rounded,
    split,
)

KIND_NAMES: Final = {
    WAITING: Text("等待认领", "waiting for pickup"),
    WORKING: Text("办理中", "working"),
    APPLICANT: Text("申请人", "the applicant"),
    STOPPED: Text("依法停止计时", "lawful stop"),
    NOBODY: Text("系统流转", "between steps"),
}
#: How far back closed cases are counted, and how many at most, the latest first.
PERIODS: Final = (30, 90, 365)
MOST: Final = 1000
#: A program that fetches a task has it as a person who claims one.
_TAKEN: Final = ("task-claimed", "task-fetched", "task-locked")
_CLAIMS: Final = (
    *_TAKEN, "task-released", "task-unlocked", "task-attempt-failed", "task-cancelled",
)  # fmt: skip
_CHUNK: Final = 200
_NOT_YOURS: Final = Text(
    "这些用时只供工作人员、部门领导和监察员查看。",
    "How time was used is shown to staff, leaders and supervisors only.",
)


@dataclass(frozen=True)
class Line:
    """One line of the picture: who, in which way, and how long; hours add up to the whole."""

    kind: str
    #: the department, the applicant, the ground of the stop
    who: Text
    person: str
    step: Text
    hours: int
    office: timedelta
    time: timedelta
    #: hundredths of the whole, in the unit of ``Custody.counted``
    share: float


@dataclass(frozen=True)
class Custody:
    """Where the time of one case went."""

    lines: tuple[Line, ...]
    start: datetime
    end: datetime
    closed: bool
    hours: int
    office: timedelta
    time: timedelta


@dataclass(frozen=True)
class Used:
    """How long a department or person held cases, in working hours over many."""

    department: str
    person: str
    cases: int
    tasks: int
    waiting: float
    working: float

    @property
    def each(self) -> float:
        """Return the working hours for each case."""
        return (self.waiting + self.working) / self.cases if self.cases else 0.0


@dataclass(frozen=True)
class Usage:
    """Time over many closed cases: by department, by person, and outside the offices."""

    cases: int
    #: whether more cases were closed in the period than are counted
    cut: bool
    departments: tuple[Used, ...]
    persons: tuple[Used, ...]
    #: working hours of the applicants, of lawful stops, and between steps
    applicants: float
    stopped: float
    nobody: float


def watching(actor: Actor) -> Actor:
    """Return an actor who may see who held a case: staff. Raises ForbiddenError for others."""
    if actor.kind == "applicant":
        raise ForbiddenError(_NOT_YOURS)
    return actor


def of_case(case: Case, now: datetime) -> Custody:
    """Say who held a case from its receipt until it closed, or until now.

    The caller has decided that the case may be seen.
    """
    recorded = _recorded([case], now)[case.id]
    held = split(recorded, clocks.calendar())
    hours = rounded(one.office for one in held)
    office = sum((one.office for one in held), timedelta())
    time = recorded.end - recorded.start
    names = _person_names(one.holder.person_id for one in held)
    lines = [
        _line(case, one, number, names, office, time)
        for one, number in zip(held, hours, strict=True)
    ]
    return Custody(
        tuple(lines), recorded.start, recorded.end, case.closed_at is not None, sum(hours),
        office, time,
    )  # fmt: skip


def _line(
    case: Case,
    held: Held,
    hours: int,
    names: dict[int, str],
    office: timedelta,
    time: timedelta,
) -> Line:
    holder = held.holder
    node = bundle_of(case).node(holder.detail) if holder.detail else None
    # A case that was closed within a night has no office hours: its time on the wall is shown.
    share = held.office / office if office else held.time / time if time else 0.0
    return Line(
        holder.kind, _who(holder.kind, holder.department, holder.detail),
        names.get(holder.person_id, ""),
        node.name if node is not None and holder.kind != STOPPED else Text("", ""),
        hours, held.office, held.time, 100 * share,
    )  # fmt: skip


def _who(kind: str, department: str, detail: str) -> Text:
    if kind == STOPPED:
        ground = cause_of(detail)
        return ground.name if ground is not None else Text(detail, detail)
    if kind in (WAITING, WORKING):
        return people.department_name(department)
    return KIND_NAMES[kind]


def usage(
    actor: Actor, now: datetime, *, days: int = PERIODS[0], department: str = "", item: str = ""
) -> Usage:
    """Say how the time of the cases closed lately was used; leaders see their departments' cases.

    Raises ForbiddenError for who is neither leader nor supervisor.
    """
    own = None if actor.has(SUPERVISOR) else actor.leads()
    if own is not None and not own:
        raise ForbiddenError(_NOT_YOURS)
    query = select(Case).where(Case.closed_at >= now - timedelta(days=days))
    if own is not None:
        query = query.where(part_of(sorted(own)))
    if department:
        query = query.where(part_of([department]))
    if item:
        query = query.where(Case.item_code == item)
    found = list(db.session().scalars(query.order_by(Case.closed_at.desc()).limit(MOST + 1)))
    return _used(found[:MOST], own, now, cut=len(found) > MOST)


def _used(found: Sequence[Case], own: Collection[str] | None, now: datetime, *, cut: bool) -> Usage:
    calendar = clocks.calendar()
    sums: dict[tuple[str, int], dict[str, timedelta]] = defaultdict(lambda: defaultdict(timedelta))
    cases: dict[tuple[str, int], set[int]] = defaultdict(set)
    tasks: dict[tuple[str, int], int] = defaultdict(int)
    outside: dict[str, timedelta] = defaultdict(timedelta)
    for case_id, recorded in _all_recorded(found, now):
        for one in split(recorded, calendar):
            holder = one.holder
            if not holder.department:
                outside[holder.kind] += one.office
                continue
            for key in {(holder.department, 0), (holder.department, holder.person_id)}:
                sums[key][holder.kind] += one.office
                cases[key].add(case_id)
                tasks[key] += 1
    names = _person_names(person for _, person in sums)
    lines = [
        Used(
            code, names.get(person, ""), len(cases[code, person]), tasks[code, person],
            _hours(kinds[WAITING]), _hours(kinds[WORKING]),
        )
        for (code, person), kinds in sums.items()
        if own is None or code in own
    ]  # fmt: skip
    lines.sort(key=lambda one: (-(one.waiting + one.working), one.department, one.person))
    return Usage(
        len(found), cut,
        tuple(one for one in lines if not one.person), tuple(one for one in lines if one.person),
        _hours(outside[APPLICANT]), _hours(outside[STOPPED]), _hours(outside[NOBODY]),
    )  # fmt: skip


def _person_names(persons: Iterable[int]) -> dict[int, str]:
    wanted = set(persons) - {0}
    query = select(Person.id, Person.name).where(Person.id.in_(wanted))
    return {row.id: row.name for row in db.session().execute(query)} if wanted else {}


def _hours(time: timedelta) -> float:
    return round(time / timedelta(hours=1), 1)


def _all_recorded(found: Sequence[Case], now: datetime) -> Iterable[tuple[int, Recorded]]:
    for start in range(0, len(found), _CHUNK):
        yield from _recorded(found[start : start + _CHUNK], now).items()


def _recorded(cases: Sequence[Case], now: datetime) -> dict[int, Recorded]:
    """Read what is recorded of some cases' time, in four statements."""
    ids = [case.id for case in cases]
    claims, ended = _claims(ids)
    turns: dict[int, list[Turn]] = defaultdict(list)
    leads = {case.id: case.lead_code for case in cases}
    columns = (
        *(Task.id, Task.case_id, Task.element, Task.department_code, Task.role),
        *(Task.created_at, Task.completed_at),
    )
    query = select(*columns).where(Task.case_id.in_(ids)).order_by(Task.created_at, Task.id)
    for row in db.session().execute(query):
        department = row.department_code or leads[row.case_id]
        end = row.completed_at or ended.get(row.id)
        turns[row.case_id].append(
            Turn(
                row.element,
                "" if row.role == APPLICANT_ROLE else department,
                row.created_at,
                end,
                tuple(claims.get(row.id, ())),
            )
        )
    stops, corrections = _stops(ids), _corrections(ids)
    return {
        case.id: Recorded(
            case.received_at, max(case.closed_at or now, case.received_at),
            tuple(turns[case.id]), tuple(stops[case.id]), tuple(corrections[case.id]),
        )
        for case in cases
    }  # fmt: skip


def _claims(
    ids: Sequence[int],
) -> tuple[dict[str, list[tuple[datetime, int | None]]], dict[str, datetime]]:
    """Return by task who picked it up when, and when it was cancelled."""
    claims: dict[str, list[tuple[datetime, int | None]]] = defaultdict(list)
    ended: dict[str, datetime] = {}
    columns = (Event.type, Event.at, Event.actor_id, Event.data["task"].as_string().label("task"))
    query = select(*columns).where(Event.case_id.in_(ids), Event.type.in_(_CLAIMS))
    for row in db.session().execute(query.order_by(Event.case_id, Event.seq)):
        if row.type == "task-cancelled":
            ended[row.task] = row.at
        else:
            claims[row.task].append((row.at, row.actor_id if row.type in _TAKEN else None))
    return claims, ended


def _stops(ids: Sequence[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    query = select(ClockStop.case_id, ClockStop.started_at, ClockStop.ended_at, ClockStop.ground)
    query = query.where(ClockStop.case_id.in_(ids), ClockStop.started_at.is_not(None))
    for row in db.session().execute(query.order_by(ClockStop.started_at, ClockStop.id)):
        found[row.case_id].append((row.started_at, row.ended_at, row.ground))
    return found


def _corrections(ids: Sequence[int]) -> dict[int, list[Any]]:
    found: dict[int, list[Any]] = defaultdict(list)
    query = select(Correction.case_id, Correction.asked_at, Correction.answered_at)
    for row in db.session().execute(query.where(Correction.case_id.in_(ids))):
        found[row.case_id].append((row.asked_at, row.answered_at))
    return found
