"""The due times of a moved case: what stays as it was told, and what is computed anew.

An open step keeps its due time and an accepted case what it was promised, unless the admin chose
otherwise; the statute is never later than the new version's (行政许可法 42, 43).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine import clocks, duetimes
from engine.definitions import Bundle
from engine.duetimes import KEPT, PROMISED, STATUTORY, Facts
from engine.migrating.plans import Plan
from engine.models import Case, CoHandling, Task
from engine.workdays import Due

#: An open step or co-handler, until when it has to be done, and what that was counted from.
Anew = tuple["Owed", datetime | None, Due | None]


@dataclass(frozen=True)
class Choice:
    """What the admin chose for due times."""

    #: The limits of open steps and departments asked are those of the new version.
    steps_anew: bool = False
    #: The statute and the promise are those of the new version, also for accepted cases.
    promise_anew: bool = False


@dataclass(frozen=True)
class Change:
    """A due time that a move changes."""

    #: ``statutory``, ``promised``, or the new element of an open step or co-handling.
    which: str
    old: datetime | None
    new: datetime | None

    def row(self) -> list[str | None]:
        """Give it as plain JSON."""
        return [self.which, *(at.isoformat() if at else None for at in (self.old, self.new))]


Owed = Task | CoHandling


def of_steps(plan: Plan, rows: Sequence[Owed], choice: Choice, facts: Facts) -> Iterator[Anew]:
    """List the open steps and co-handlers that are due anew, with their due times.

    Their rows still stand on the old elements. Co-handlings come before the tasks in them.
    """
    if not choice.steps_anew:
        return
    limits = {one.element: one for one in plan.limits}
    for row in rows:
        known = limits.get(row.element)
        if known is not None:
            yield row, *duetimes.limit_anew(row, known.new, facts)


def kept(case: Case, plan: Plan, old: Bundle, choice: Choice) -> dict[str, Any] | None:
    """Give the limits a case keeps after a move; None: those of the new version.

    Before acceptance nothing has been promised; a shorter statute counts at once.
    """
    if choice.promise_anew or case.accepted_at is None or case.decided_at is not None:
        return None
    promised = duetimes.promise_of(case, old)
    law = plan.new.process.statutory_limit
    start = case.received_at if promised["start"] == "received" else case.accepted_at
    before = promised[STATUTORY]
    if law and (before is None or clocks.due(start, law).at < clocks.due(start, before).at):
        promised = {**promised, STATUTORY: law}
    drawn = plan.new.process
    own = {STATUTORY: law, PROMISED: drawn.promised_limit, "start": drawn.clock_start}
    return None if promised == own else promised


def facts_after(case: Case, keeps: Mapping[str, Any] | None) -> dict[str, Any]:
    """Give the facts of a case's due times with what it keeps."""
    rest = {name: value for name, value in case.due_facts.items() if name != KEPT}
    return {**rest, KEPT: dict(keeps)} if keeps else rest


def of_case(
    case: Case, new: Bundle, keeps: Mapping[str, Any] | None, facts: Facts
) -> Iterator[Change]:
    """List how the case's own due times would change, without changing them."""
    if case.accepted_at is None or case.decided_at is not None:
        return
    as_then = Case(
        accepted_at=case.accepted_at,
        received_at=case.received_at,
        due_facts=facts_after(case, keeps),
    )
    timed = duetimes.compute(as_then, new, facts)
    before = {STATUTORY: case.statutory_due_at, PROMISED: case.promised_due_at}
    for name, old in before.items():
        due = timed.dues.get(name)
        after = due.at if due else None
        if after != old:
            yield Change(name, old, after)
