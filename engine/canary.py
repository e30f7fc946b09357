"""The canary: whether the code at hand can go on with every open case, before it serves.

Each case is loaded as a step would load it: its version is read and compiled, its state decoded;
what the state says is open must be what the tables say; its clocks must be computable. Nothing is
changed.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import func, select

from engine import clocks, db, duetimes
from engine.definitions import Bundle, bundle_of
from engine.errors import EngineError
from engine.models import Case, CoHandling, Subscription, Task, Timer
from engine.runtime import Step, look
from forms.text import Text

#: Cases that are read at once.
BATCH: Final = 250
#: The most ids named in one reason.
_NAMED: Final = 5
_KINDS: Final = {
    "tasks": Text("待办", "tasks"),
    "timers": Text("定时", "timers"),
    "waiting": Text("等待消息的地方", "places that wait for messages"),
    "branches": Text("协办分支", "co-handling branches"),
}


@dataclass(frozen=True)
class Trouble:
    """One case that the code at hand cannot go on with, and why."""

    case_id: int
    number: str
    item: str
    version_id: int
    #: ``definition``, ``state``, ``tasks``, ``timers``, ``waiting``, ``branches`` or ``clocks``.
    kind: str
    reason: Text


@dataclass(frozen=True)
class _Rows:
    """What the tables say of one case."""

    tasks: dict[str, str]
    timers: dict[str, datetime]
    waiting: frozenset[str]
    branches: frozenset[str]
    facts: duetimes.Facts


def count() -> int:
    """Count the open cases."""
    query = select(func.count()).select_from(Case).where(Case.closed_at.is_(None))
    return db.session().scalar(query) or 0


def examine(*, now: datetime, told: Callable[[int], None] = lambda _: None) -> list[Trouble]:
    """Load every open case and list what is wrong; ``told`` hears how many have been looked at.

    A case that somebody is moving on meanwhile is looked at again before it is reported.
    """
    found: list[Trouble] = []
    looked = 0
    for ids in _batches():
        suspects = {one.case_id for one in _look(ids, now)}
        found += [trouble for one in sorted(suspects) for trouble in _look([one], now)]
        looked += len(ids)
        told(looked)
    return found


def _batches() -> Iterator[list[int]]:
    last = 0
    while True:
        query = select(Case.id).where(Case.closed_at.is_(None), Case.id > last)
        with db.transaction() as session:
            ids = list(session.scalars(query.order_by(Case.id).limit(BATCH)))
        if not ids:
            return
        yield ids
        last = ids[-1]


def _look(ids: Sequence[int], now: datetime) -> list[Trouble]:
    with db.transaction() as session:
        # Rows first, then cases: a step between the two gives a difference, and a second look.
        rows = _rows(ids)
        query = select(Case).where(Case.id.in_(ids), Case.closed_at.is_(None)).order_by(Case.id)
        cases = list(session.scalars(query))
        found = [trouble for case in cases for trouble in _examine(case, rows[case.id], now)]
        session.expunge_all()
    return found


def _rows(ids: Sequence[int]) -> dict[int, _Rows]:
    session = db.session()
    facts = duetimes.facts_of_all(ids)
    tasks: dict[int, dict[str, str]] = {one: {} for one in ids}
    columns = select(Task.case_id, Task.id, Task.element)
    for case_id, task, element in session.execute(
        columns.where(Task.case_id.in_(ids), Task.state == "open")
    ):
        tasks[case_id][task] = element
    timers: dict[int, dict[str, datetime]] = {one: {} for one in ids}
    held = select(Timer.case_id, Timer.id, Timer.due_at, Timer.held_seconds)
    for case_id, timer, due_at, seconds in session.execute(held.where(Timer.case_id.in_(ids))):
        timers[case_id][timer] = due_at - timedelta(seconds=seconds or 0)
    waiting: dict[int, set[str]] = {one: set() for one in ids}
    places = select(Subscription.case_id, Subscription.id).where(Subscription.case_id.in_(ids))
    for case_id, place in session.execute(places):
        waiting[case_id].add(place)
    branches: dict[int, set[str]] = {one: set() for one in ids}
    asked = select(CoHandling.case_id, CoHandling.branch)
    for case_id, branch in session.execute(
        asked.where(CoHandling.case_id.in_(ids), CoHandling.state == "open")
    ):
        branches[case_id].add(branch)
    return {
        one: _Rows(
            tasks[one], timers[one], frozenset(waiting[one]), frozenset(branches[one]), facts[one]
        )
        for one in ids
    }


def _examine(case: Case, rows: _Rows, now: datetime) -> Iterator[Trouble]:
    """List what is wrong with one case; one that cannot be loaded has one trouble."""
    kind = "definition"
    try:
        of = bundle_of(case)
        program = of.program
        kind = "state"
        step = look(program, case.state, now=now)
        if step is None or step.completed:
            said = Text("流程已结束，办件却没有办结", "its diagram has ended, but the case is open")
            yield _trouble(case, kind, said)
            return
        yield from _compared(case, of, step, rows)
        kind = "clocks"
        _compute(case, of, rows)
    except EngineError as error:
        yield _trouble(case, kind, error.message)
    except Exception as error:  # noqa: BLE001 - whatever this code does not survive is the finding
        yield _trouble(case, kind, Text(repr(error), repr(error)))


def _compute(case: Case, of: Bundle, rows: _Rows) -> None:
    """Compute the clocks of a case, and those of its open steps. Raises for what cannot be."""
    duetimes.compute(case, of, rows.facts)
    for element in rows.tasks.values():
        if (limit := of.step(element).limit) is not None:
            clocks.due(case.received_at, limit)


def _compared(case: Case, of: Bundle, step: Step, rows: _Rows) -> Iterator[Trouble]:
    """Compare what the state says is open with what the tables say."""
    tasks = {task.id: task.element for task in step.open_tasks}
    unknown = sorted(set(rows.tasks.values()) - of.steps.keys())
    if unknown:
        said = Text(f"流程里没有环节 {_few(unknown)}", f"the diagram has no step {_few(unknown)}")
        yield _trouble(case, "tasks", said)
    yield from _differ(case, "tasks", tasks.items(), rows.tasks.items())
    timers = {timer.id: timer.due_at for timer in step.timers}
    yield from _differ(case, "timers", timers.items(), rows.timers.items())
    waiting = {place.id for place in step.subscriptions}
    yield from _differ(case, "waiting", waiting, rows.waiting)
    branches = {branch.id for branch in step.branches if branch.element in of.cohandlings}
    yield from _differ(case, "branches", branches, rows.branches)


def _differ(
    case: Case, kind: str, state: Iterable[object], rows: Iterable[object]
) -> Iterator[Trouble]:
    """Tell what is on one side only."""
    in_state, in_rows = set(state), set(rows)
    for here, only in (("state", in_state - in_rows), ("tables", in_rows - in_state)):
        if only:
            listed = _few(sorted(map(_written, only)))
            name = _KINDS[kind]
            place = (
                Text("流程状态", "the state") if here == "state" else Text("数据表", "the tables")
            )
            said = Text(
                f"只有{place.zh}里有{name.zh} {listed}",
                f"only {place.en} has the {name.en} {listed}",
            )
            yield _trouble(case, kind, said)


def _written(one: object) -> str:
    if isinstance(one, tuple):
        return " ".join(map(_written, one))
    return one.isoformat() if isinstance(one, datetime) else str(one)


def _trouble(case: Case, kind: str, reason: Text) -> Trouble:
    return Trouble(case.id, case.number, case.item_code, case.version_id, kind, reason)


def _few(names: Sequence[str]) -> str:
    more = "…" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more
