"""Trying all failed steps of one cause again, in a round that the workers carry on with.

One incident is tried in one transaction, with the round's count of it. A worker that is killed has
changed nothing: the next one goes on where it was.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Final

from sqlalchemy import select

from engine import db, events, incidents, notices, people
from engine.errors import ConflictError, EngineError, EngineFault, NotFoundError
from engine.incidents import STREAM
from engine.models import Incident, RetryRound
from engine.permissions import ADMIN, SYSTEM, Actor, require_role
from engine.tasks.completing import retry
from forms.text import Text

MOST: Final = 10_000
RECENT: Final = 10


def begin(incident_id: int, *, actor: Actor, now: datetime) -> RetryRound:
    """Ask the workers to try all open incidents with the cause of one of them again.

    Raises ForbiddenError unless the actor is an admin, NotFoundError, ConflictError when none is
    open or a round of this cause is under way.
    """
    example = incidents.find(incident_id, actor, lock=True)
    session = db.session()
    under_way = select(RetryRound.id).where(
        RetryRound.cause_en == example.message_en, RetryRound.finished_at.is_(None)
    )
    if session.scalar(under_way.limit(1)) is not None:
        raise ConflictError(
            Text("这一原因正在批量重试。", "A retry of this cause is under way already.")
        )
    query = select(Incident.id).where(
        Incident.message_en == example.message_en, Incident.closed_at.is_(None)
    )
    found = list(session.scalars(query.order_by(Incident.id).limit(MOST)))
    if not found:
        raise ConflictError(
            Text("这一原因已没有未处理的异常。", "No incident of this cause is open any more.")
        )
    row = RetryRound(
        cause_zh=example.message_zh,
        cause_en=example.message_en,
        waiting=found,
        total=len(found),
        retried=0,
        failed=0,
        passed=0,
        asked_at=now,
        asked_by=actor.person_id,
    )
    session.add(row)
    session.flush()
    cause = example.message_zh
    events.record(STREAM, "retry-asked", actor, now, round=row.id, cause=cause, total=row.total)
    return row


def rounds(actor: Actor) -> Sequence[RetryRound]:
    """Return the latest rounds, the newest first. Raises ForbiddenError unless an admin asks."""
    require_role(actor, ADMIN)
    query = select(RetryRound).order_by(RetryRound.id.desc()).limit(RECENT)
    return list(db.session().scalars(query))


def find_round(round_id: int, actor: Actor) -> RetryRound:
    """Return a round. Raises ForbiddenError unless an admin asks, NotFoundError."""
    require_role(actor, ADMIN)
    row = db.session().get(RetryRound, round_id)
    if row is None:
        raise NotFoundError(Text("没有这次批量重试。", "There is no such retry."))
    return row


def retry_next(*, now: datetime) -> bool:
    """Try the next incident of a round that no other worker is at; says whether there was one.

    Call it outside of a transaction.
    """
    incident_id = None
    try:
        with db.transaction():
            row = _claimed()
            if row is None:
                return False
            incident_id = row.waiting[_done(row)]
            actor = people.actor_for(row.asked_by) or SYSTEM
            if incidents.find(incident_id, SYSTEM).closed_at is not None:
                row.passed += 1
            else:
                retry(incident_id, actor=actor, now=now)
                row.retried += 1
            _finish(row, now)
    except EngineError as error:
        if isinstance(error, EngineFault):
            incidents.keep(error, now=now)
        _note_failure(incident_id, now)
    return True


def _claimed() -> RetryRound | None:
    query = select(RetryRound).where(RetryRound.finished_at.is_(None)).order_by(RetryRound.asked_at)
    return db.session().scalar(query.limit(1).with_for_update(skip_locked=True))


def _done(row: RetryRound) -> int:
    return row.retried + row.failed + row.passed


def _note_failure(incident_id: int | None, now: datetime) -> None:
    """Count a failed try, unless another worker has come by meanwhile."""
    with db.transaction():
        row = _claimed()
        if row is not None and row.waiting[_done(row)] == incident_id:
            row.failed += 1
            _finish(row, now)


def _finish(row: RetryRound, now: datetime) -> None:
    """End a round that has come to its end, and tell who had asked for it."""
    if _done(row) < row.total:
        return
    row.finished_at = now
    counts = {"retried": row.retried, "failed": row.failed, "passed": row.passed}
    events.record(STREAM, "retry-finished", SYSTEM, now, round=row.id, counts=counts)
    title = Text("批量重试已结束", "The retry of all has ended")
    body = Text(
        f"“{row.cause_zh}”：{row.total}条中{row.retried}条办成，{row.failed}条仍失败。",
        f"“{row.cause_en}”: of {row.total} {row.retried} went through, {row.failed} failed again.",
    )
    message = notices.Message("retry-finished", title, body, "/admin/incidents")
    notices.tell(row.asked_by, message, now=now)
