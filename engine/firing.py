"""Firing timers that are due: any number of workers, each taking a handful of cases at a time.

A case is claimed by its row's lock, which every act on it takes, so a timer goes off once whatever
happens: a worker that is killed rolls back, and another takes its cases over.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import select

from engine import advance, db
from engine.models import Case, Timer

#: Timers fired with one commit. People who act on one of their cases wait that long.
BATCH: Final = 20


def fire_due(now: datetime, limit: int = BATCH) -> int:
    """Fire the timers that are due longest, in the open transaction; return how many.

    Cases that somebody else holds are passed over. Raises EngineError when one of them cannot
    fire: then nothing of the batch has happened, and they are to be fired one by one.
    """
    found = claim(now, limit)
    for case, timer in found:
        advance.fire(case, timer, now=now)
    return len(found)


def claim(now: datetime, limit: int) -> list[tuple[Case, Timer]]:
    """Lock the cases whose timers are due longest, and return one timer of each."""
    session = db.session()
    query = (
        select(Case, Timer.id)
        .join(Timer, Timer.case_id == Case.id)
        .where(Timer.due_at <= now, Timer.failed_at.is_(None), Case.suspended_at.is_(None))
        .order_by(Timer.due_at)
        .limit(limit)
        .with_for_update(of=Case, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    cases: dict[int, tuple[Case, str]] = {}
    for case, timer_id in session.execute(query):
        cases.setdefault(case.id, (case, timer_id))
    # Another worker may have fired one between the look and the lock.
    still = select(Timer).where(
        Timer.id.in_([timer_id for _, timer_id in cases.values()]),
        Timer.due_at <= now,
        Timer.failed_at.is_(None),
    )
    timers = {one.id: one for one in session.scalars(still)}
    return [(case, timers[name]) for case, name in cases.values() if name in timers]
