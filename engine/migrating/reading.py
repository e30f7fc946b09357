"""The rows of held cases, read for many at once: the statements do not grow with the cases."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import select

from engine import db
from engine.duetimes import Facts
from engine.models import (
    ClockStop,
    CoHandling,
    Correction,
    Extension,
    Incident,
    Subscription,
    Task,
    Timer,
)

TABLES: Final[tuple[type[Any], ...]] = (
    *(CoHandling, Task, ClockStop, Extension, Incident, Correction, Timer, Subscription),
)


@dataclass
class Rows:
    """All rows of one case that a move looks at or changes, by table, in the order of their ids."""

    of: dict[type[Any], list[Any]] = field(default_factory=lambda: {one: [] for one in TABLES})

    @property
    def owed(self) -> list[Task | CoHandling]:
        """The open co-handlings, then the open tasks."""
        return [
            row for table in (CoHandling, Task) for row in self.of[table] if row.state == "open"
        ]

    @property
    def facts(self) -> Facts:
        """What its due times depend on."""
        begun = [row for row in self.of[ClockStop] if row.started_at is not None]
        stops = sorted(begun, key=lambda row: (row.started_at, row.id))
        return Facts(stops, next(iter(self.of[Extension]), None))


def of_all(case_ids: Sequence[int]) -> dict[int, Rows]:
    """Read the rows of cases that are held: one statement for each table."""
    found = {case_id: Rows() for case_id in case_ids}
    for table in TABLES:
        query = select(table).where(table.case_id.in_(case_ids)).order_by(table.id)
        fresh = query.execution_options(populate_existing=True)
        for row in db.session().scalars(fresh):
            found[row.case_id].of[table].append(row)
    return found


def of_one(case_id: int) -> Rows:
    """Read the rows of one case."""
    return of_all([case_id])[case_id]
