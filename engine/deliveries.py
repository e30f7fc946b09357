"""What people choose about notices, what admins see of deliveries, who is told by webhook."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import func, select
from sqlalchemy.orm import contains_eager

from engine import db, events
from engine.errors import ConflictError, InvalidError, NotFoundError
from engine.models import Delivery, NoticeChoice, Person, Subscriber
from engine.outbox import CHANNELS, DEFAULT_QUIET, groups_for
from engine.outbox.addresses import split
from engine.outbox.kinds import EMAIL, IN_APP, SMS, Group
from engine.outbox.quiet import read_time
from engine.paging import Key, Order, Page, number
from engine.permissions import ADMIN, Actor, require_role
from forms.text import Text

STREAM: Final = "deliveries"
STATES: Final[Mapping[str, Text]] = {
    "waiting": Text("等待发送", "Waiting"),
    "queued": Text("待发送", "Queued"),
    "sending": Text("正在发送", "Being sent"),
    "sent": Text("已发送", "Sent"),
    "dead": Text("未能送达", "Given up"),
}
#: The ways a person chooses about; webhooks are an administrator's business.
CHOSEN: Final = (IN_APP, EMAIL, SMS)
AUDIENCES: Final[Mapping[str, Text]] = {
    "staff": Text("工作人员的通知", "Notices to staff"),
    "applicant": Text("申请人的通知", "Notices to applicants"),
    "all": Text("全部通知", "All notices"),
}
MOST_SUBSCRIBERS: Final = 50
SECRET_LEAST: Final = 16
_PER_PAGE: Final = 25
_ORDER: Final = Order(Key(Delivery.id, lambda row: row.id, number), descending=True)
_WRONG: Final = Text(
    "请更正下列各项，尚未保存。", "Please correct these points; nothing was saved."
)


@dataclass(frozen=True)
class Choices:
    """What a person chose: ``group:channel`` that are off, and the quiet hours."""

    off: frozenset[str]
    quiet_from: str
    quiet_to: str
    zone: str


@dataclass(frozen=True)
class Subscription:
    """What an administrator says of a system to be told."""

    name: str
    url: str
    audience: str = "staff"
    kinds: tuple[str, ...] = ()
    active: bool = True
    #: empty: keep the old one, or make one for a new subscriber
    secret: str = ""


def choices_of(person_id: int) -> Choices:
    """Return what a person chose; without a choice the usual quiet hours of SMS."""
    row = db.session().get(NoticeChoice, person_id)
    if row is None:
        usual = DEFAULT_QUIET
        return Choices(frozenset(), f"{usual.start:%H:%M}", f"{usual.end:%H:%M}", usual.zone)
    return Choices(frozenset(row.off), row.quiet_from, row.quiet_to, row.zone)


def groups_of(actor: Actor) -> list[Group]:
    """Return the groups of notices an actor chooses about."""
    return groups_for(actor.kind)


def choose(wanted: Choices, *, actor: Actor, now: datetime) -> NoticeChoice:
    """Keep what an actor chooses.

    Raises InvalidError: notices that the law asks for stay on this site; hours and zones that are
    none.
    """
    problems = _problems(wanted, actor)
    if problems:
        raise InvalidError(_WRONG, fields=problems)
    session = db.session()
    row = session.get(NoticeChoice, actor.person_id) or NoticeChoice(person_id=actor.person_id)
    row.off, row.zone, row.chosen_at = sorted(wanted.off), wanted.zone, now
    row.quiet_from, row.quiet_to = _hours(wanted.quiet_from), _hours(wanted.quiet_to)
    session.add(row)
    events.record(
        STREAM, "notices-chosen", actor, now,
        off=row.off, quiet=[row.quiet_from, row.quiet_to, row.zone],
    )  # fmt: skip
    return row


def _hours(text: str) -> str:
    return f"{read_time(text):%H:%M}"


def _problems(wanted: Choices, actor: Actor) -> dict[str, Text]:
    found = {}
    groups = {group.code: group for group in groups_of(actor)}
    known = {f"{code}:{channel}" for code in groups for channel in CHOSEN}
    if unknown := sorted(wanted.off - known):
        found["off"] = Text(f"没有这一项：{unknown[0][:40]}", f"There is no {unknown[0][:40]}.")
    if any(group.legal and f"{code}:{IN_APP}" in wanted.off for code, group in groups.items()):
        found["off"] = Text(
            "法定告知的站内提醒不能关闭。", "What the law wants told stays on this site."
        )
    for name in ("quiet_from", "quiet_to"):
        try:
            read_time(getattr(wanted, name))
        except ValueError:
            found[name] = Text("请填写时刻，例如22:00。", "Enter a time, such as 22:00.")
    try:
        ZoneInfo(wanted.zone)
    except (ValueError, OSError, LookupError):
        found["zone"] = Text("没有这个时区。", "There is no such time zone.")
    return found


def of_notices(ids: Collection[int]) -> Mapping[int, Sequence[Delivery]]:
    """Return the deliveries of some notices, by notice, but for webhooks: those are not theirs."""
    query = select(Delivery).where(Delivery.notice_id.in_(ids), Delivery.subscriber_id == 0)
    found: dict[int, list[Delivery]] = {}
    for row in db.session().scalars(query.order_by(Delivery.id)):
        found.setdefault(row.notice_id, []).append(row)
    return found


def listed(actor: Actor, *, state: str = "", channel: str = "", at: str = "") -> Page[Delivery]:
    """Return one page of all deliveries for an administrator, the latest first.

    Raises ForbiddenError for anybody else.
    """
    require_role(actor, ADMIN)
    mark = _ORDER.read(at)
    query = select(Delivery).join(Delivery.notice).options(contains_eager(Delivery.notice))
    if state in STATES:
        query = query.where(Delivery.state == state)
    if channel in CHANNELS:
        query = query.where(Delivery.channel == channel)
    query = query.where(*_ORDER.beyond(mark)).order_by(*_ORDER.by(mark)).limit(_PER_PAGE + 1)
    return _ORDER.page(list(db.session().scalars(query)), mark, _PER_PAGE)


def receivers(rows: Collection[Delivery]) -> Mapping[int, str]:
    """Return who each delivery is for, by its id: a person's name, or a subscriber's."""
    session = db.session()
    readers = {row.notice.person_id for row in rows}
    wanted = {row.subscriber_id for row in rows}
    people = session.execute(select(Person.id, Person.name).where(Person.id.in_(readers)))
    systems_query = select(Subscriber.id, Subscriber.name).where(Subscriber.id.in_(wanted))
    names = {row.id: row.name for row in people}
    systems = {row.id: row.name for row in session.execute(systems_query)}
    return {
        row.id: systems.get(row.subscriber_id, "—")
        if row.subscriber_id
        else names[row.notice.person_id]
        for row in rows
    }


def retry(delivery_id: int, *, actor: Actor, now: datetime) -> Delivery:
    """Try a delivery that was given up again, from the beginning.

    Raises ForbiddenError unless the actor is an administrator, NotFoundError, ConflictError.
    """
    require_role(actor, ADMIN)
    query = select(Delivery).where(Delivery.id == delivery_id).with_for_update()
    row = db.session().scalar(query)
    if row is None:
        raise NotFoundError(Text("没有找到这条投递。", "There is no such delivery."))
    if row.state != "dead":
        raise ConflictError(Text("只能重发未能送达的。", "Only what was given up is tried again."))
    row.state, row.due_at, row.attempts = "waiting", now, 0
    events.record(STREAM, "delivery-retried", actor, now, delivery=row.id, error=row.error)
    return row


def subscribers(actor: Actor) -> list[Subscriber]:
    """Return the systems told by webhook. Raises ForbiddenError."""
    require_role(actor, ADMIN)
    return list(db.session().scalars(select(Subscriber).order_by(Subscriber.id)))


def subscriber(subscriber_id: int, actor: Actor) -> Subscriber:
    """Return one system told by webhook. Raises ForbiddenError, NotFoundError."""
    require_role(actor, ADMIN)
    row = db.session().get(Subscriber, subscriber_id)
    if row is None:
        raise NotFoundError(Text("没有找到这个订阅。", "There is no such subscriber."))
    return row


def subscribe(
    wanted: Subscription, subscriber_id: int | None = None, *, actor: Actor, now: datetime
) -> Subscriber:
    """Add a system to be told by webhook, or change one; its secret is never shown again.

    Raises ForbiddenError unless the actor is an administrator, NotFoundError, InvalidError.
    """
    require_role(actor, ADMIN)
    problems = _faults(wanted)
    session = db.session()
    count = session.scalar(select(func.count()).select_from(Subscriber)) or 0
    if subscriber_id is None and count >= MOST_SUBSCRIBERS:
        problems["name"] = Text("订阅已满。", "There are too many subscribers.")
    if problems:
        raise InvalidError(_WRONG, fields=problems)
    row = Subscriber(made_at=now, made_by=actor.person_id, secret=secrets.token_urlsafe(32))
    if subscriber_id is not None:
        row = subscriber(subscriber_id, actor)
    row.name, row.url, row.audience = wanted.name.strip(), wanted.url.strip(), wanted.audience
    row.kinds, row.active, row.secret = (
        sorted(wanted.kinds),
        wanted.active,
        wanted.secret or row.secret,
    )
    session.add(row)
    session.flush()
    events.record(
        STREAM,
        "subscriber-changed" if subscriber_id else "subscriber-added",
        actor,
        now,
        subscriber=row.id,
        name=row.name,
        url=row.url,
        audience=row.audience,
        active=row.active,
        secret_changed=bool(wanted.secret),
    )
    return row


def _faults(wanted: Subscription) -> dict[str, Text]:
    found = {}
    if not 2 <= len(wanted.name.strip()) <= 60:
        found["name"] = Text("请填写2至60字的名称。", "Give it a name of 2 to 60 characters.")
    try:
        split(wanted.url.strip())
        wrong = len(wanted.url) > 500
    except ValueError:
        wrong = True
    if wrong:
        found["url"] = Text(
            "请填写http或https地址，不带用户名。", "Enter an http or https address without a user."
        )
    if wanted.audience not in AUDIENCES:
        found["audience"] = Text("请选择通知范围。", "Choose which notices.")
    if len(wanted.kinds) > 50 or any(not 0 < len(kind) <= 60 for kind in wanted.kinds):
        found["kinds"] = Text("通知种类不正确。", "These kinds are not right.")
    if wanted.secret and not SECRET_LEAST <= len(wanted.secret) <= 200:
        found["secret"] = Text(
            f"密钥应为{SECRET_LEAST}至200个字符。",
            f"A secret has {SECRET_LEAST} to 200 characters.",
        )
    return found


def unsubscribe(subscriber_id: int, *, actor: Actor, now: datetime) -> None:
    """Remove a system; what was on its way to it is given up. Raises as ``subscribe``."""
    row = subscriber(subscriber_id, actor)
    db.session().delete(row)
    events.record(STREAM, "subscriber-removed", actor, now, subscriber=row.id, name=row.name)
