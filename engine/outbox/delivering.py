"""Sending one delivery: claimed, sent outside of any transaction, and noted.

Between sending and noting a worker may be lost. Then nobody knows whether it went out: it is sent
once more, under the same number and saying so, and never a third time.
"""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session, lazyload

from engine import db
from engine.models import Case, Delivery, Notice, Person, Subscriber
from engine.outbox import mail, sms, webhook
from engine.outbox.kinds import EMAIL, SMS, WEBHOOK
from engine.outbox.parcels import DeliveryError, Parcel
from forms.text import Text

#: Attempts before a delivery is given up: with the waits between them, about a day and a half.
MOST: Final = 9
FIRST_WAIT, LONGEST_WAIT = timedelta(seconds=30), timedelta(hours=12)
#: Longer than any sending lasts: who has not noted its end by then is lost.
LOST_AFTER: Final = timedelta(minutes=5)
_LOST_TWICE: Final = "a worker was lost twice while sending; it may have arrived"
_WAYS: Final[Mapping[str, Callable[[Parcel], None]]] = {
    EMAIL: mail.send,
    SMS: sms.send,
    WEBHOOK: webhook.send,
}


def deliver(delivery_id: int) -> None:
    """Send a delivery whose turn it is; what was sent or given up is passed over.

    What fails waits for its next attempt, or is given up; nothing is raised for it.
    """
    parcel = _claimed(delivery_id)
    if parcel is None:
        return
    try:
        _WAYS[parcel.channel](parcel)
    except DeliveryError as error:
        _note_failure(delivery_id, error)
    else:
        with db.transaction() as session:
            row = session.get_one(Delivery, delivery_id)
            row.state, row.sent_at, row.error = "sent", db.now(), ""


def _claimed(delivery_id: int) -> Parcel | None:
    now = db.now()
    with db.transaction() as session:
        row = session.scalar(select(Delivery).where(Delivery.id == delivery_id).with_for_update())
        if row is None or row.state not in ("queued", "sending"):
            return None
        if row.state == "sending":
            if row.tried_at is not None and row.tried_at > now - LOST_AFTER:
                return None  # somebody may still be at it; the next look comes back to it
            if row.repeated:
                row.state, row.error = "dead", _LOST_TWICE
                return None
            row.repeated = True
        row.state, row.tried_at = "sending", now
        row.attempts += 1
        parcel = _parcel(session, row)
        if parcel is None:
            row.state, row.error = "dead", "the subscriber was removed or switched off"
        return parcel


def _parcel(session: Session, row: Delivery) -> Parcel | None:
    query = (
        select(Notice, Person, Case.number, Subscriber)
        .join(Person, Person.id == Notice.person_id)
        .outerjoin(Case, Case.id == Notice.case_id)
        .outerjoin(Subscriber, (Subscriber.id == row.subscriber_id) & Subscriber.active)
        .where(Notice.id == row.notice_id)
        .options(lazyload(Person.posts))
    )
    found: tuple[Any, ...] = tuple(session.execute(query).one())
    notice, person, number, subscriber = found
    if row.channel == WEBHOOK and subscriber is None:
        return None
    return Parcel(
        delivery_id=row.id,
        notice_id=notice.id,
        channel=row.channel,
        repeated=row.repeated,
        kind=notice.kind,
        case=number,
        title=Text(notice.title_zh, notice.title_en),
        body=Text(notice.body_zh, notice.body_en),
        path=notice.path,
        created_at=notice.created_at,
        login=person.login,
        audience=person.kind,
        language=person.language,
        email=person.email,
        phone=person.phone,
        url=subscriber.url if subscriber is not None else "",
        secret=subscriber.secret if subscriber is not None else "",
    )


def _note_failure(delivery_id: int, error: DeliveryError) -> None:
    with db.transaction() as session:
        row = session.get_one(Delivery, delivery_id)
        row.error = str(error)[:500]
        if error.final or row.attempts >= MOST:
            row.state = "dead"
        else:
            row.state, row.due_at = "waiting", next_try(row.attempts, db.now())


def next_try(attempts: int, now: datetime) -> datetime:
    """Return when to try again: each wait is four times the one before, up to half a day."""
    factor: int = 4 ** (attempts - 1)
    return now + min(FIRST_WAIT * factor, LONGEST_WAIT)
