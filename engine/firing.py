"""Firing timers that are due: any number of workers, each taking a handful of cases at a time.

A case is claimed by its row's lock, which every act on it takes, so a timer goes off once whatever
happens: a worker that is killed rolls back, and another takes its cases over.
"""

from datetime import datetime
from typing import Final

from sqlalchemy import bindparam, select

from engine import advance, db, definitions, holding
from engine.db import direct
from engine.models import Case, Timer, Version

#: Timers fired with one commit. People who act on one of their cases wait that long.
BATCH: Final = 20
_CASES: Final = direct.Loader(Case)
_DUE: Final = direct.Asked(
    select(Timer.id, Version.bundle_hash, *_CASES.columns)
    .join(Case, Timer.case_id == Case.id)
    .join(Version, Version.id == Case.version_id)
    .where(Timer.due_at <= bindparam("now"), Timer.failed_at.is_(None), Case.suspended_at.is_(None))
    .order_by(Timer.due_at)
    .limit(bindparam("most"))
    .with_for_update(of=Case, skip_locked=True)
)


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
    db.write()
    cases: dict[int, tuple[Case, str]] = {}
    for timer_id, version_hash, *row in db.ask(_DUE.text, _DUE.values(now=now, most=limit)):
        case = _CASES.load(session, row)
        if case is not None:
            definitions.remember(case.version_id, version_hash)
            cases.setdefault(case.id, (case, timer_id))
    if not cases:
        return []
    # Another worker may have fired one between the look and the lock.
    read = holding.with_many([case for case, _ in cases.values()])
    still = {
        one.id: one
        for of_case in read.values()
        for one in of_case
        if one.due_at <= now and one.failed_at is None
    }
    return [(case, still[name]) for case, name in cases.values() if name in still]
