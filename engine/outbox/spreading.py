"""Making deliveries from notices: which ways each goes, and not before when."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session, lazyload

from engine.models import Delivery, Notice, NoticeChoice, Person, Subscriber
from engine.outbox import mail, sms
from engine.outbox.kinds import EMAIL, IN_APP, SMS, URGENT, WEBHOOK, group_of
from engine.outbox.quiet import DEFAULT_QUIET, Quiet, read_time

BATCH: Final = 200


@dataclass(frozen=True)
class Reader:
    """Who is told, and what they chose."""

    person: Person
    choice: NoticeChoice | None

    def wants(self, kind: str, channel: str) -> bool:
        """Say whether a person wants a kind of notice on a way."""
        off = self.choice.off if self.choice is not None else []
        return f"{group_of(kind).code}:{channel}" not in off

    def not_before(self, kind: str, channel: str, now: datetime) -> datetime:
        """Return when it may go out: what is not urgent waits for the end of quiet hours."""
        if kind in URGENT:
            return now
        quiet = quiet_of(self.choice)
        if quiet is None:
            return DEFAULT_QUIET.not_before(now) if channel == SMS else now
        return quiet.not_before(now)


def quiet_of(choice: NoticeChoice | None) -> Quiet | None:
    """Return the quiet hours a person chose; None where they chose nothing."""
    if choice is None:
        return None
    return Quiet(read_time(choice.quiet_from), read_time(choice.quiet_to), choice.zone)


def spread(session: Session, now: datetime) -> int:
    """Make the deliveries of the notices that have none yet; return how many notices there were.

    Any number of workers may do so at once: each takes notices that no other holds.
    """
    query = select(Notice).where(Notice.spread_at.is_(None)).order_by(Notice.id).limit(BATCH)
    found = list(session.scalars(query.with_for_update(skip_locked=True)))
    if not found:
        return 0
    readers = _readers(session, sorted({notice.person_id for notice in found}))
    subscribers = list(
        session.scalars(select(Subscriber).where(Subscriber.active).order_by(Subscriber.id))
    )
    for notice in found:
        reader = readers[notice.person_id]
        session.add_all(_deliveries(notice, reader, subscribers, now))
        notice.spread_at = now
        if not group_of(notice.kind).legal and not reader.wants(notice.kind, IN_APP):
            notice.read_at = notice.read_at or now  # it stands in the list, but is not counted
    return len(found)


def keep_in_house(session: Session) -> int:
    """Let notices that have no deliveries yet never have any; return how many those were.

    For what is long past when it comes in, such as a history: nobody is mailed about it.
    """
    unspread = Notice.spread_at.is_(None)
    done = session.execute(update(Notice).where(unspread).values(spread_at=Notice.created_at))
    return int(done.rowcount)  # type: ignore[attr-defined]


def _readers(session: Session, ids: Sequence[int]) -> Mapping[int, Reader]:
    query = (
        select(Person, NoticeChoice)
        .outerjoin(NoticeChoice, NoticeChoice.person_id == Person.id)
        .where(Person.id.in_(ids))
        .options(lazyload(Person.posts))
    )
    return {person.id: Reader(person, choice) for person, choice in session.execute(query)}


def _deliveries(
    notice: Notice, reader: Reader, subscribers: Sequence[Subscriber], now: datetime
) -> list[Delivery]:
    person, kind = reader.person, notice.kind
    ways = {
        EMAIL: bool(person.email) and mail.configured(),
        SMS: bool(person.phone) and sms.configured(),
    }
    found = [
        _delivery(notice, channel, 0, reader.not_before(kind, channel, now))
        for channel, open_ in ways.items()
        if open_ and person.active and reader.wants(kind, channel)
    ]
    wanted = [one for one in subscribers if takes(one, person.kind, kind)]
    return found + [_delivery(notice, WEBHOOK, one.id, now) for one in wanted]


def takes(subscriber: Subscriber, audience: str, kind: str) -> bool:
    """Say whether a subscriber is told of a notice."""
    if subscriber.audience not in ("all", audience):
        return False
    return not subscriber.kinds or kind in subscriber.kinds


def _delivery(notice: Notice, channel: str, subscriber: int, due_at: datetime) -> Delivery:
    return Delivery(
        notice_id=notice.id,
        channel=channel,
        subscriber_id=subscriber,
        state="waiting",
        due_at=due_at,
    )
