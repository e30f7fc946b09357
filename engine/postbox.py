"""The rows of messages and signals: what cases wait for, what is on its way, who is meant.

A message has one receiver, found by its name and correlation value; a signal goes to every place
that waits for it when it is thrown, each as a row of its own. Whatever is thrown is written in the
transaction of the step that throws it; the worker delivers, each row in a transaction of its own.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final

import orjson
from sqlalchemy import (
    ColumnElement,
    and_,
    delete,
    exists,
    func,
    insert,
    literal,
    or_,
    select,
    text,
    type_coerce,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import aliased

from engine import db, events
from engine.models import Case, Message, Opening, Subscription, Version, in_force
from engine.permissions import SYSTEM, Actor
from engine.runtime import RuntimeFault, Sent, Step, key_text
from forms.text import Text

STREAM: Final = "messages"
#: How long a message waits for a receiver before it is listed as undelivered.
KEPT: Final = timedelta(days=30)
#: Most places looked at for one message: two cases are too many already.
LOOKED_AT: Final = 1000
#: What waits for a message or signal in a case that is suspended has another kind meanwhile.
HELD: Final = "held-"
_HOLD: Final = text(
    "update subscription set kind = 'held-' || kind"
    " where case_id = :case and kind not like 'held-%'"
)
_RELEASE: Final = text(
    "update subscription set kind = substr(kind, 6) where case_id = :case and kind like 'held-%'"
)
#: How long what was kept for a suspended case has at least, after it is resumed.
GRACE: Final = timedelta(days=1)
#: What is left to an administrator.
UNDELIVERED: Final = ("conflict", "failed", "expired")
_NUL: Final = b"\\u0000"
#: A message is meant for a place that is held.
_HELD: Final = (
    Subscription.kind == literal(HELD) + Message.kind,
    Subscription.name == Message.name,
    or_(
        Subscription.id == Message.subscription_id,
        and_(
            Message.subscription_id.is_(None),
            or_(Subscription.key == Message.key, Message.key.is_(None)),
            or_(Message.case_id.is_(None), Message.case_id == Subscription.case_id),
        ),
    ),
)


def mirror(case: Case, step: Step, *, actor: Actor, now: datetime) -> None:
    """Write what a step of a case changed: places that wait, and what it threw.

    A step that changed nothing of these costs no statement.
    """
    session = db.session()
    if step.unsubscribed:
        session.execute(delete(Subscription).where(Subscription.id.in_(step.unsubscribed)))
    for one in step.subscribed:
        session.add(
            Subscription(
                id=one.id,
                case_id=case.id,
                element=one.element,
                kind=one.kind,
                name=one.name,
                key=one.key,
            )
        )
    for sent in step.sent:
        _throw(case, sent, actor, now)


def _throw(case: Case, sent: Sent, actor: Actor, now: datetime) -> None:
    if _NUL in orjson.dumps(sent.data):  # JSON can carry it, the database cannot
        said = Text("消息含有不能保存的字符。", "The message has a character that cannot be kept.")
        raise RuntimeFault(said, element=sent.element)
    given: dict[str, Any] = {
        "sender_case_id": case.id,
        "sender_element": sent.element,
        "actor_id": actor.person_id,
    }
    if sent.kind == "signal":
        # Inside the case it was heard at once.
        broadcast(sent.name, sent.data, given, without=case.id, now=now)
    else:
        post(Message(name=sent.name, key=sent.key, data=dict(sent.data), **given), now=now)
    kind = f"{sent.kind}-sent"
    events.of_case(case, kind, actor, now, element=sent.element, name=sent.name, key=sent.key)


def post(message: Message, *, now: datetime) -> Message:
    """Put a message on its way."""
    message.kind, message.state = "message", "waiting"
    message.sent_at, message.expires_at = now, now + KEPT
    message.line = line_of(message)
    db.session().add(message)
    return message


def broadcast(
    name: str, data: object, given: dict[str, Any], *, now: datetime, without: int | None = None
) -> int:
    """Put a signal on its way to every place that waits for it now; return how many there are.

    ``given``: who sends it. ``without``: a case that has heard it already.
    """
    values = {
        "kind": "signal",
        "name": name,
        "sent_at": now,
        "expires_at": now + KEPT,
        "state": "waiting",
        "sender_element": "",
        "fault_zh": "",
        "fault_en": "",
        **given,
    }
    columns = [
        literal(value, Message.__table__.columns[column].type) for column, value in values.items()
    ]
    line = literal("signal ") + Subscription.id
    waiting = select(*columns, type_coerce(data, JSONB), Subscription.id, line).where(
        Subscription.kind.in_(("signal", f"{HELD}signal")), Subscription.name == name
    )
    if without is not None:
        waiting = waiting.where(Subscription.case_id != without)
    names = [*values, "data", "subscription_id", "line"]
    heard = _write(names, waiting)
    begun = (
        select(*columns, type_coerce(data, JSONB), Version.item_code, literal("signal ") + name)
        .join(Opening, Opening.version_id == Version.id)
        .where(_begins("signal", name))
    )
    return heard + _write([*values, "data", "item_code", "line"], begun)


def _write(columns: Sequence[str], rows: Any) -> int:
    statement = insert(Message).from_select(columns, rows, include_defaults=False)
    return len(db.session().scalars(statement.returning(Message.id)).all())


def candidates(message: Message) -> Sequence[Subscription]:
    """Return the places a message is for, at most ``LOOKED_AT``, read fresh.

    A signal is for the one place it found; a message for those of its name and key, or for those of
    its name in the case it names, where it need not give the key.
    """
    if message.item_code is not None:  # it is to begin a case
        return []
    query = select(Subscription).where(
        Subscription.kind == message.kind, Subscription.name == message.name
    )
    if message.subscription_id is not None:
        query = query.where(Subscription.id == message.subscription_id)
    elif message.case_id is not None:
        query = query.where(Subscription.case_id == message.case_id)
    if message.key is not None:
        query = query.where(Subscription.key == message.key)
    elif message.case_id is None and message.subscription_id is None:
        query = query.where(Subscription.key.is_(None))
    fresh = query.order_by(Subscription.case_id, Subscription.id).limit(LOOKED_AT)
    return list(db.session().scalars(fresh.execution_options(populate_existing=True)))


def openings(message: Message) -> Sequence[tuple[str, int, str]]:
    """Return where a message or signal begins a case: item, version in force, start event."""
    query = (
        select(Version.item_code, Version.id, Opening.element)
        .join(Opening, Opening.version_id == Version.id)
        .where(_begins(message.kind, message.name))
        .order_by(Version.item_code)
    )
    if message.item_code is not None:
        query = query.where(Version.item_code == message.item_code)
    return [(code, version, element) for code, version, element in db.session().execute(query)]


def _begins(kind: Any, name: Any) -> ColumnElement[bool]:
    """Ask for start events of a name in the versions on which new cases begin."""
    later = aliased(Version)
    newer = exists().where(
        later.item_code == Version.item_code,
        in_force(later),
        later.number > Version.number,
    )
    named = and_(Opening.kind == kind, Opening.name == name, in_force(Version))
    return and_(named, ~newer)


def next_waiting() -> Message | None:
    """Claim the oldest message that somebody waits for, passing over those others hold.

    Messages of one line (the same name, key and case) are given out in the order they were sent.
    Call it in a transaction: the claim, a lock on the message's row, ends with it.
    """
    earlier = aliased(Message)
    first = ~exists().where(
        earlier.state == "waiting", earlier.line == Message.line, earlier.id < Message.id
    )
    query = (
        select(Message)
        .where(Message.state == "waiting", _somebody_waits(), first)
        .order_by(Message.id)
        .limit(1)
        .with_for_update(skip_locked=True)
        .execution_options(populate_existing=True)
    )
    return db.session().scalar(query)


def _somebody_waits() -> ColumnElement[bool]:
    """Ask what ``candidates`` asks, in questions of which each has an index for its answer."""
    named = (Subscription.kind == "message", Subscription.name == Message.name)
    keyless = and_(Message.key.is_(None), exists().where(*named, Subscription.key.is_(None)))
    there = Subscription.case_id == Message.case_id
    begins = _begins(Message.kind, Message.name)
    item = or_(Message.item_code.is_(None), Message.item_code == Version.item_code)
    return or_(
        and_(
            Message.case_id.is_(None),
            exists().where(Opening.version_id == Version.id, begins, item),
        ),
        and_(Message.subscription_id.is_not(None), ~exists().where(*_HELD)),
        and_(
            Message.case_id.is_(None),
            or_(exists().where(*named, Subscription.key == Message.key), keyless),
        ),
        exists().where(*named, there, Subscription.key == Message.key),
        and_(Message.key.is_(None), exists().where(*named, there)),
    )


def line_of(message: Message) -> str:
    """Name the line a message stands in: those before it in the line are delivered first."""
    return key_text([message.name, message.key, message.case_id, message.item_code])


def settle(message: Message, state: str, *, now: datetime, fault: Text | None = None) -> None:
    """Note how a message ended, or why it has to be looked at."""
    message.state, message.settled_at = state, now
    if fault is not None:
        message.fault_zh, message.fault_en = fault.zh[:500], fault.en[:500]


def rearm(message_id: int) -> None:
    """Let a message that could not be delivered be tried again by the next worker."""
    message = db.session().get(Message, message_id)
    if message is not None and message.state in UNDELIVERED:
        message.state, message.settled_at = "waiting", None
        message.fault_zh = message.fault_en = ""


def hold(case: Case) -> None:
    """Let nothing reach a case that is suspended: what is said to it is kept until ``release``.

    A signal thrown meanwhile finds its places all the same, and waits for them. Again, it holds
    the places that have come since.
    """
    db.session().execute(_HOLD, {"case": case.id})


def release(case: Case, *, now: datetime) -> None:
    """Let what was kept for a case reach it now, however long it lay."""
    session = db.session()
    waits = exists().where(*_HELD, Subscription.case_id == case.id)
    session.execute(
        update(Message)
        .where(Message.state == "waiting", waits)
        .values(expires_at=func.greatest(Message.expires_at, now + GRACE))
        .execution_options(synchronize_session=False)
    )
    session.execute(_RELEASE, {"case": case.id})


def expire(now: datetime) -> int:
    """List messages whose time is over among the undelivered; return how many there were.

    What waits for a suspended case is kept.
    """
    query = (
        select(Message)
        .where(Message.state == "waiting", Message.expires_at <= now, ~exists().where(*_HELD))
        .with_for_update(skip_locked=True)
    )
    found = list(db.session().scalars(query))
    for message in found:
        settle(message, "expired", now=now)
        events.record(STREAM, "message-expired", SYSTEM, now, message=message.id, name=message.name)
    return len(found)
