"""Handlers for notices: what one was told, one's choices; deliveries and subscribers."""

from typing import Any

from flask import Response
from flask.views import MethodView
from marshmallow import Schema, fields
from marshmallow.validate import Length, OneOf

from engine import clock, db, deliveries, notices
from engine.outbox import CHANNELS
from webapp import visitor
from webapp.api.routes import ACTED, SENT, answers, nothing, route, takes
from webapp.api.schemas import Sent, Shown, nested, text, turned, words
from webapp.api.voice_schemas import MarksQuery
from webapp.doors import token_only

WAYS = tuple(way for way in CHANNELS if way != "app")


class DeliverySchema(Shown):
    """A notice on one way to one receiver."""

    id = fields.Integer()
    channel = fields.String(validate=OneOf(WAYS))
    state = fields.String(validate=OneOf(tuple(deliveries.STATES)))
    due_at = fields.DateTime()
    attempts = fields.Integer()
    tried_at = fields.DateTime(allow_none=True)
    sent_at = fields.DateTime(allow_none=True)
    repeated = fields.Boolean(metadata={"description": "it may have arrived twice"})


class ListedDeliverySchema(DeliverySchema):
    """The same for administrators."""

    notice = fields.Integer()
    kind = fields.String()
    receiver = fields.String()
    error = fields.String()


class ToldSchema(Shown):
    """Something one was told."""

    id = fields.Integer()
    kind = fields.String()
    title = words()
    body = words()
    path = fields.String()
    created_at = fields.DateTime()
    read_at = fields.DateTime(allow_none=True)
    deliveries = nested(DeliverySchema, many=True)


class ChoicesSchema(Sent):
    """What one wants to be told on which way, and the quiet hours."""

    off = fields.List(fields.String(validate=Length(max=60)), required=True)
    quiet_from = text(10, least=1, needed=True)
    quiet_to = text(10, least=1, needed=True)
    zone = text(60, least=1, needed=True)


class ShownChoicesSchema(Shown):
    """What one has chosen."""

    off = fields.List(fields.String())
    quiet_from = fields.String()
    quiet_to = fields.String()
    zone = fields.String()


class DeliveriesQuery(Schema):
    """Which deliveries."""

    state = fields.String(load_default="", validate=OneOf(("", *deliveries.STATES)))
    channel = fields.String(load_default="", validate=OneOf(("", *WAYS)))
    at = fields.String(load_default="", validate=Length(max=500))


class SubscriptionSchema(Sent):
    """A system to be told by webhook; without a secret one is made, or the old one kept."""

    name = text(60, least=1, needed=True)
    url = text(500, least=1, needed=True)
    audience = fields.String(load_default="staff", validate=OneOf(tuple(deliveries.AUDIENCES)))
    kinds = fields.List(fields.String(validate=Length(min=1, max=60)), load_default=list)
    active = fields.Boolean(load_default=True)
    secret = text(200)


class SubscriberSchema(Shown):
    """A system told by webhook."""

    id = fields.Integer()
    name = fields.String()
    url = fields.String()
    audience = fields.String()
    kinds = fields.List(fields.String())
    active = fields.Boolean()


class NewSubscriberSchema(SubscriberSchema):
    """The same with its secret, which is shown this once."""

    secret = fields.String()


class SubscriberListSchema(Shown):
    """All systems told by webhook."""

    rows = nested(SubscriberSchema, many=True)


def _who() -> dict[str, Any]:
    return {"actor": visitor.actor(), "now": clock.now()}


@route("/notices", tag="notices")
@token_only
class Notices(MethodView):
    """What one was told."""

    @answers("我的通知", turned(ToldSchema), refused=(401, 422))
    @takes(MarksQuery, "query")
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List one's notices, newest first, each with its deliveries."""
        found = notices.list_for(visitor.person_id(), at=asked["at"])
        sent = deliveries.of_notices([row.id for row in found.rows])
        rows = [_notice(row, sent.get(row.id, ())) for row in found.rows]
        return {"rows": rows, "next": found.next, "previous": found.previous}


@route("/notices/reading", tag="notices")
@token_only
class Reading(MethodView):
    """Having read."""

    @answers("全部标为已读", status=204, refused=(401,))
    def post(self) -> Response:
        """Mark everything one was told as read."""
        with db.transaction():
            notices.mark_read(**_who())
        return nothing()


@route("/notices/choices", tag="notices")
@token_only
class Choices(MethodView):
    """What one wants to be told."""

    @answers("通知方式", ShownChoicesSchema, refused=(401,))
    def get(self) -> dict[str, Any]:
        """Show what one has chosen."""
        return _choices(deliveries.choices_of(visitor.person_id()))

    @answers("修改通知方式", ShownChoicesSchema, refused=(400, 401, 413, 415, 422))
    @takes(ChoicesSchema)
    def put(self, sent: dict[str, Any]) -> dict[str, Any]:
        """Choose ways (``group:channel`` switched off) and quiet hours."""
        off = frozenset(sent.pop("off"))
        with db.transaction():
            row = deliveries.choose(deliveries.Choices(off, **sent), **_who())
            return _choices(row)


@route("/deliveries", tag="notices")
@token_only
class Deliveries(MethodView):
    """All deliveries."""

    @answers("投递记录", turned(ListedDeliverySchema), refused=(401, 403, 422))
    @takes(DeliveriesQuery, "query")
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List deliveries, the latest first (administrators)."""
        found = deliveries.listed(visitor.actor(), **asked)
        names = deliveries.receivers(found.rows)
        rows = [_listed(row, names[row.id]) for row in found.rows]
        return {"rows": rows, "next": found.next, "previous": found.previous}


@route("/deliveries/<int:delivery_id>/retrying", tag="notices")
@token_only
class Retrying(MethodView):
    """Another try."""

    @answers("重发", DeliverySchema, refused=ACTED)
    def post(self, delivery_id: int) -> dict[str, Any]:
        """Try a delivery that was given up again (administrators)."""
        with db.transaction():
            return _delivery(deliveries.retry(delivery_id, **_who()))


@route("/subscribers", tag="notices")
@token_only
class Subscribers(MethodView):
    """Systems told by webhook."""

    @answers("推送订阅", SubscriberListSchema, refused=(401, 403))
    def get(self) -> dict[str, Any]:
        """List the systems told by webhook (administrators)."""
        return {"rows": [_subscriber(row) for row in deliveries.subscribers(visitor.actor())]}

    @answers("添加订阅", NewSubscriberSchema, status=201, refused=SENT)
    @takes(SubscriptionSchema)
    def post(self, sent: dict[str, Any]) -> dict[str, Any]:
        """Add a system; the answer is the only one that shows its secret (administrators)."""
        with db.transaction():
            row = deliveries.subscribe(_subscription(sent), **_who())
            return {**_subscriber(row), "secret": row.secret}


@route("/subscribers/<int:subscriber_id>", tag="notices")
@token_only
class OneSubscriber(MethodView):
    """A system told by webhook."""

    @answers("修改订阅", SubscriberSchema, refused=SENT)
    @takes(SubscriptionSchema)
    def put(self, sent: dict[str, Any], subscriber_id: int) -> dict[str, Any]:
        """Change a system (administrators)."""
        with db.transaction():
            return _subscriber(deliveries.subscribe(_subscription(sent), subscriber_id, **_who()))

    @answers("删除订阅", status=204, refused=ACTED)
    def delete(self, subscriber_id: int) -> Response:
        """Remove a system (administrators)."""
        with db.transaction():
            deliveries.unsubscribe(subscriber_id, **_who())
        return nothing()


def _subscription(sent: dict[str, Any]) -> deliveries.Subscription:
    return deliveries.Subscription(kinds=tuple(sent.pop("kinds")), **sent)


def _subscriber(row: Any) -> dict[str, Any]:
    names = ("id", "name", "url", "audience", "kinds", "active")
    return {name: getattr(row, name) for name in names}


def _delivery(row: Any) -> dict[str, Any]:
    names = ("id", "channel", "state", "due_at", "attempts", "tried_at", "sent_at", "repeated")
    return {name: getattr(row, name) for name in names}


def _listed(row: Any, receiver: str) -> dict[str, Any]:
    told = {"notice": row.notice_id, "kind": row.notice.kind}
    return {**_delivery(row), **told, "receiver": receiver, "error": row.error}


def _notice(row: Any, sent: Any) -> dict[str, Any]:
    return {
        **{name: getattr(row, name) for name in ("id", "kind", "path", "created_at", "read_at")},
        "title": {"zh": row.title_zh, "en": row.title_en},
        "body": {"zh": row.body_zh, "en": row.body_en},
        "deliveries": [_delivery(one) for one in sent],
    }


def _choices(row: Any) -> dict[str, Any]:
    names = ("quiet_from", "quiet_to", "zone")
    return {"off": sorted(row.off), **{name: getattr(row, name) for name in names}}
