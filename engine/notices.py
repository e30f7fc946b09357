"""Notices: what people are told. How they leave the house is the outbox's business, later."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Protocol

from sqlalchemy import func, select, update

from engine import db, paging
from engine.models import Case, Notice
from engine.paging import Key, Order, Page
from engine.permissions import Actor
from forms.text import Text

PER_PAGE = 20
_TOLD = "told"
_NEWEST: Final = Order(
    Key(Notice.created_at, lambda notice: notice.created_at, paging.moment),
    Key(Notice.id, lambda notice: notice.id, paging.number),
    descending=True,
)


@dataclass(frozen=True)
class Message:
    """What somebody is told: its kind, heading, sentences, and where to read on."""

    kind: str
    title: Text
    body: Text
    path: str = ""


class Reader(Protocol):
    """Whoever is told something."""

    @property
    def id(self) -> int:
        """The person's number."""


def tell(person_id: int, message: Message, *, case: Case | None = None, now: datetime) -> Notice:
    """Tell one person something, in the open transaction; the worker sends it on from there."""
    notice = db.make(
        Notice,
        person_id=person_id,
        case_id=case.id if case else None,
        kind=message.kind,
        title_zh=message.title.zh,
        title_en=message.title.en,
        body_zh=message.body.zh,
        body_en=message.body.en,
        path=message.path,
        created_at=now,
    )
    db.known()[_TOLD, person_id, notice.case_id] = True
    return notice


def tell_all(
    readers: Iterable[Reader], message: Message, *, case: Case | None = None, now: datetime
) -> None:
    """Tell several people the same, each once."""
    for person_id in sorted({reader.id for reader in readers}):
        tell(person_id, message, case=case, now=now)


def was_told(person_id: int, case: Case) -> bool:
    """Say whether a person has been told something of a case in this very act."""
    return (_TOLD, person_id, case.id) in db.known()


def unread_count(person_id: int) -> int:
    """Return how many notices a person has not read yet."""
    query = select(func.count()).where(Notice.person_id == person_id, Notice.read_at.is_(None))
    return db.session().scalar(query) or 0


def list_for(person_id: int, *, at: str = "", per_page: int = PER_PAGE) -> Page[Notice]:
    """Return the page of a person's notices at a mark, newest first.

    Raises InvalidError for what is no mark.
    """
    mark = _NEWEST.read(at)
    query = (
        select(Notice)
        .where(Notice.person_id == person_id, *_NEWEST.beyond(mark))
        .order_by(*_NEWEST.by(mark))
        .limit(per_page + 1)
    )
    return _NEWEST.page(list(db.session().scalars(query)), mark, per_page)


def of_case(case: Case) -> list[Notice]:
    """Return the notices of a case, oldest first."""
    query = select(Notice).where(Notice.case_id == case.id).order_by(Notice.id)
    return list(db.session().scalars(query))


def mark_read(actor: Actor, *, now: datetime) -> None:
    """Mark everything the actor was told as read."""
    db.session().execute(
        update(Notice)
        .where(Notice.person_id == actor.person_id, Notice.read_at.is_(None))
        .values(read_at=now)
    )
