"""What a move would do, worked out without writing anything.

Cases that stand at the same places share their answer: one or two of each group are tried, so ten
thousand cases cost a few dozen trials.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy import text

from engine import db
from engine.definitions import bundle_of
from engine.migrating import moving, reading, terms
from engine.migrating.moving import StayError
from engine.migrating.plans import Plan
from engine.migrating.reading import Rows
from engine.migrating.terms import Change, Choice
from engine.models import Case, Timer
from engine.runtime import Fault

#: Groups shown and tried at once; the biggest come first.
SHOWN: Final = 40
_GROUPS: Final = text("""
with running as (
 select c.id, c.number, c.suspended_at is not null as held,
  c.accepted_at is not null and c.decided_at is null as clocked,
  (select coalesce(string_agg(distinct t.element, ',' order by t.element), '') from task t
   where t.case_id = c.id and t.state = 'open') as tasks,
  (select coalesce(string_agg(distinct w.element, ',' order by w.element), '') from timer w
   where w.case_id = c.id) as timers,
  (select coalesce(string_agg(distinct h.element, ',' order by h.element), '') from cohandling h
   where h.case_id = c.id and h.state = 'open') as asked,
  c.came_from, c.joined
 from "case" c where c.version_id = :version and c.closed_at is null
)
select tasks, timers, asked, held, clocked, count(*) as number,
 (array_agg(id order by id))[1] as first, (array_agg(id order by id desc))[1] as last,
 (array_agg(number order by id))[1:3] as samples
from running group by tasks, timers, asked, held, clocked, came_from, joined
order by count(*) desc, tasks, timers
""")


@dataclass(frozen=True)
class Example:
    """One due time that would change, in one case."""

    case: str
    which: str
    old: datetime | None
    new: datetime | None


@dataclass(frozen=True)
class Group:
    """Cases that stand at the same places, and what a move would do with them."""

    #: The elements of the old version whose tasks are open, and whose departments are asked.
    elements: tuple[str, ...]
    asked: tuple[str, ...]
    suspended: bool
    number: int
    samples: tuple[str, ...]
    #: Why they cannot be moved; empty: they can.
    faults: tuple[Fault, ...] = ()
    #: Some of them can and others cannot, as the last one differs from the first.
    mixed: bool = False
    #: Due times that would change in the case tried, timers that would begin and that would end.
    #: Of a suspended case timers begin as if at its suspension: by what it lasts they are later.
    changes: tuple[Example, ...] = ()
    begun: tuple[tuple[str, datetime], ...] = ()
    dropped: tuple[str, ...] = ()
    #: Timers drawn differently that go off when they would have, with their due times.
    kept: tuple[tuple[str, datetime], ...] = ()


@dataclass(frozen=True)
class Impact:
    """All groups of the running cases of a version."""

    groups: tuple[Group, ...]
    #: Running cases in all, and those of groups that were not tried.
    total: int
    untried: int = 0
    #: Open cases at each element of the old version.
    at: dict[str, int] = field(default_factory=dict)

    @property
    def movable(self) -> int:
        """How many can be moved, as far as was tried."""
        return sum(one.number for one in self.groups if not one.faults)

    @property
    def staying(self) -> int:
        """How many cannot be moved, as far as was tried."""
        return sum(one.number for one in self.groups if one.faults)


def impact(plan: Plan, choice: Choice, *, now: datetime) -> Impact:
    """Say what a move would do with the running cases of the old version; nothing is written."""
    rows = db.session().execute(_GROUPS, {"version": plan.old.version_id}).all()
    found = tuple(_group(row, plan, choice, now) for row in rows[:SHOWN])
    at: dict[str, int] = {}
    for row in rows:
        for element in {*_listed(row.tasks), *_listed(row.asked)}:
            at[element] = at.get(element, 0) + row.number
    untried = sum(row.number for row in rows[SHOWN:])
    return Impact(found, sum(row.number for row in rows), untried, at)


def _listed(names: str) -> tuple[str, ...]:
    return tuple(name for name in names.split(",") if name)


def _group(row: object, plan: Plan, choice: Choice, now: datetime) -> Group:
    values = row._mapping  # type: ignore[attr-defined]  # noqa: SLF001 - a row's own door
    known = {
        "elements": _listed(values["tasks"]),
        "asked": _listed(values["asked"]),
        "suspended": values["held"],
        "number": values["number"],
        "samples": tuple(values["samples"]),
    }
    session = db.session()
    first = session.get_one(Case, values["first"])
    others: Sequence[int] = [values["last"]] if values["last"] != values["first"] else []
    rows = reading.of_one(first.id)
    try:
        tried = moving.attempt(first, plan, rows, now=now)
    except StayError as stays:
        mixed = any(_moves(session.get_one(Case, one), plan, now) for one in others)
        return Group(**known, faults=stays.faults, mixed=mixed)
    mixed = not all(_moves(session.get_one(Case, one), plan, now) for one in others)
    changes = tuple(_examples(first, plan, choice, tried, rows))
    begun, dropped, kept = _timers(plan, tried, rows)
    return Group(**known, mixed=mixed, changes=changes, begun=begun, dropped=dropped, kept=kept)


def _moves(case: Case, plan: Plan, now: datetime) -> bool:
    try:
        moving.attempt(case, plan, reading.of_one(case.id), now=now)
    except StayError:
        return False
    return True


def _examples(
    case: Case, plan: Plan, choice: Choice, tried: moving.Tried, rows: Rows
) -> Sequence[Example]:
    facts = rows.facts
    keeps = terms.kept(case, plan, bundle_of(case), choice)
    changes = [*terms.of_case(case, tried.new, keeps, facts)]
    for row, after, _ in terms.of_steps(plan, rows.owed, choice, facts):
        if after != row.due_at:
            changes.append(Change(plan.target(row.element), row.due_at, after))
    # Departments that were asked together are due together.
    return [*dict.fromkeys(Example(case.number, c.which, c.old, c.new) for c in changes)]


_Due = tuple[tuple[str, datetime], ...]


def _timers(plan: Plan, tried: moving.Tried, rows: Rows) -> tuple[_Due, tuple[str, ...], _Due]:
    """Name the timers that would begin, that would be dropped, and that keep their due times.

    Of the last only those that the new version draws differently.
    """
    before = {row.id: row for row in rows.of[Timer]}
    after = {timer.id: timer for timer in tried.step.timers}
    begun = sorted((one.element, one.due_at) for key, one in after.items() if key not in before)
    dropped = {plan.target(row.element) for key, row in before.items() if key not in after}
    differ = {one.element for one in plan.timers}
    kept = sorted(
        (plan.target(row.element), row.due_at)
        for key, row in before.items()
        if key in after and row.element in differ
    )
    return tuple(begun), tuple(sorted(dropped)), tuple(kept)
