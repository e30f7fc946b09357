"""Holding a case: its row locked, and what an act on it needs read along, in one statement.

Everything that changes a case or adds to its record takes this lock first, so those who do wait
for each other here and nowhere else. What is read along is remembered for the unit of work only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

from sqlalchemy import ARRAY, Integer, any_, bindparam, select
from sqlalchemy.orm import aliased
from sqlalchemy.orm.attributes import set_committed_value

from engine import clocks, db, events
from engine.db import direct, wire
from engine.definitions import remember
from engine.errors import ConflictError
from engine.models import Case, CoHandling, Department, Person, Task, Timer, Version
from engine.permissions import no_such_case
from forms.text import Text

_Lead, _Unit = aliased(Department), aliased(Department)
_CASES: Final = direct.Loader(Case)
#: What is read along with a case, and with one of its tasks.
_WITH_CASE: Final = (direct.Loader(Person), direct.Loader(Department, _Lead))
_WITH_TASK: Final = (*_WITH_CASE, direct.Loader(Department, _Unit))
_TASKS: Final = direct.Loader(Task)


def _with_along(locked: Any) -> str:
    """Write a statement that locks a case's row, and reads the rest when the lock was given."""
    return f"select held.*, lianban_along(held.id, $2) from ({direct.written(locked)}) as held"  # noqa: S608


def _columns(*loaders: direct.Loader[Any]) -> list[Any]:
    return [Version.bundle_hash, *(column for one in loaders for column in one.columns)]


_CASE: Final = _with_along(
    select(*_columns(_CASES, *_WITH_CASE))
    .select_from(Case)
    .join(Version, Version.id == Case.version_id)
    .join(Person, Person.id == Case.applicant_id)
    .join(_Lead, _Lead.code == Case.lead_code)
    .where(Case.id == bindparam("id"))
    .with_for_update(of=Case, key_share=True)
)
_TASK: Final = _with_along(
    select(*_columns(_CASES, *_WITH_TASK, _TASKS))
    .select_from(Case)
    .join(Version, Version.id == Case.version_id)
    .join(Person, Person.id == Case.applicant_id)
    .join(_Lead, _Lead.code == Case.lead_code)
    .join(Task, Task.case_id == Case.id)
    .outerjoin(_Unit, _Unit.code == Task.department_code)
    .where(Task.id == bindparam("id"))
    .with_for_update(of=(Case, Task), key_share=True)
)
_ALONG: Final = "select id, lianban_along(id, $2) from unnest($1::int[]) as held(id)"
_TIMERS: Final = direct.Loader(Timer)
_TIMERS_OF: Final = direct.written(
    select(*_TIMERS.columns).where(Timer.case_id == any_(bindparam("ids", type_=ARRAY(Integer))))
)


@dataclass(frozen=True)
class OpenTask:
    """What an act wants to know of a case's open tasks without reading their rows."""

    id: str
    name_zh: str
    name_en: str
    role: str
    department_code: str | None


def open_tasks(case: Case) -> dict[str, OpenTask]:
    """Return a case's open tasks by their ids, as they stand in this unit of work."""
    read: dict[str, OpenTask] | None = db.known().get(("open", case.id))
    if read is not None:
        return read
    columns = (Task.id, Task.name_zh, Task.name_en, Task.role, Task.department_code)
    query = select(*columns).where(Task.case_id == case.id, Task.state == "open")
    return {row.id: OpenTask(*row) for row in db.session().execute(query)}


def open_cohandlings(case: Case) -> dict[str, CoHandling]:
    """Return the departments still asked, by branch; who opens or closes one keeps it up."""
    read: dict[str, CoHandling] | None = db.known().get(("cohandled", case.id))
    return _open_cohandlings(case.id) if read is None else read


def _open_cohandlings(case_id: int) -> dict[str, CoHandling]:
    query = select(CoHandling).where(CoHandling.case_id == case_id, CoHandling.state == "open")
    return {row.branch: row for row in db.session().scalars(query)}


def signatures(task: Task) -> list[tuple[int, str]]:
    """Return who has signed a held task so far, and the hash of what they signed."""
    rows = db.known()["signed", task.case_id]
    return [(person, digest) for task_id, person, digest in rows if task_id == task.id]


def suspended() -> ConflictError:
    """Make the answer for an act on a case that is suspended (中止)."""
    return ConflictError(
        Text(
            "这个办件已中止，恢复办理之前不能办理任何环节；期限同时停止计算。",
            "This case is suspended: no step of it can be done before it is resumed. No limit runs "
            "meanwhile.",
        )
    )


def of_case(case_id: int) -> Case:
    """Lock a case's row and read it fresh. Raises NotFoundError."""
    rows = _asked(_CASE, case_id)
    if not rows:
        raise no_such_case()
    return _held(_loaded(rows[0], _CASES, *_WITH_CASE), rows[0][-1])


def of_task(task_id: str) -> Task | None:
    """Lock a task's row with its case's and read both fresh; None when there is no such task."""
    if (known := db.known().get(("held", task_id))) is not None:
        return cast("Task", known)
    rows = _asked(_TASK, task_id)
    if not rows:
        return None
    found = _loaded(rows[0], _CASES, *_WITH_TASK, _TASKS)
    task: Task = found[-1]
    set_committed_value(task, "case", _held(found, rows[0][-1]))
    db.known()["held", task_id] = task
    return task


def ahead_of_task(task_id: str) -> None:
    """Have ``of_task`` of this task sent along with the next statement: who is about to ask it.

    The row is locked then, as long as the transaction lasts; so all that the act waits for from
    outside should be there already.
    """
    db.ahead(_TASK, (task_id, clocks.REGION))


def fresh(case: Case) -> None:
    """Remember that a case opened in this unit of work has nothing yet; nobody else sees it."""
    known = db.known()
    events.hold(case.id, None)
    known["open", case.id], known["cohandled", case.id], known["signed", case.id] = {}, {}, []


def with_many(cases: Sequence[Case]) -> dict[int, list[Timer]]:
    """Read what steps of many cases that go on by themselves will ask for; return their timers.

    For who has locked the rows of all of them, in this unit of work.
    """
    session, known, ids = db.session(), db.known(), [case.id for case in cases]
    # The session forgets rows that nobody holds on to.
    known["rows", tuple(ids)] = cases
    timers: dict[int, list[Timer]] = {case_id: [] for case_id in ids}
    for row in db.ask(_TIMERS_OF, (ids,)):
        if (timer := _TIMERS.load(session, row)) is not None:
            timers[timer.case_id].append(timer)
    for case_id, along in db.ask(_ALONG, (ids, clocks.REGION)):
        _remember(case_id, along)
        known["timer-rows", case_id] = timers[case_id]
    return timers


def timers(case: Case) -> list[Timer]:
    """Return the rows of a case's timers, as they were before the step that is being written."""
    read: list[Timer] | None = db.known().get(("timer-rows", case.id))
    if read is not None:
        return read
    session = db.session()
    with session.no_autoflush:  # what is waiting to be written goes with the rows
        return list(session.scalars(select(Timer).where(Timer.case_id == case.id)))


def forget_timers(case: Case) -> None:
    """Forget the rows of a case's timers: a step changes them."""
    db.known().pop(("timer-rows", case.id), None)


def _asked(statement: str, identity: int | str) -> list[wire.Row]:
    """Ask for one locked row, after writing what has changed so far.

    A case that was moved to another version while this waited for it fits its old version's row no
    more, so nothing comes back; asked again, all is of one moment.
    """
    db.write()
    values = (identity, clocks.REGION)
    return db.ask(statement, values) or db.ask(statement, values)


def _loaded(row: wire.Row, *loaders: direct.Loader[Any]) -> list[Any]:
    """Make the objects of a row: the hash of the case's bundle, then one for each loader."""
    session, at, found = db.session(), 1, [row[0]]
    for loader in loaders:
        end = at + len(loader.names)
        found.append(loader.load(session, row[at:end]))
        at = end
    return found


def _held(found: Sequence[Any], along: Sequence[Any]) -> Case:
    """Remember what came with a case: its objects, and what else an act will ask for."""
    case: Case = found[1]
    known = db.known()
    # The session forgets rows that nobody holds on to.
    known["rows", case.id] = found
    for one in found:
        if isinstance(one, Department):
            known["department", one.code] = one
    remember(case.version_id, found[0])
    _remember(case.id, along)
    return case


def _remember(case_id: int, along: Sequence[Any]) -> None:
    known = db.known()
    tail, tasks, cohandled, signed, timers, doers, stamp = along
    events.hold(case_id, tail)
    clocks.hold(stamp)
    known["open", case_id] = {row[0]: OpenTask(*row) for row in tasks}
    known["cohandled", case_id] = _open_cohandlings(case_id) if cohandled else {}
    known["signed", case_id] = signed
    known["timers", case_id] = timers
    known["doers", case_id] = doers
