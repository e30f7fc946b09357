"""Handlers for messages and signals from outside: sending one, and those that found no receiver."""

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields
from marshmallow.validate import OneOf

from engine import clock, db, messages
from forms.text import Text
from webapp import visitor
from webapp.api.routes import ACTED, SENT, answers, route, takes
from webapp.api.schemas import Sent as SentIn
from webapp.api.schemas import Shown, text, words
from webapp.doors import token_only

KINDS = ("message", "signal")
STATES = (
    "undelivered", "waiting", "delivered", "missed", "conflict", "failed", "expired", "discarded",
)  # fmt: skip


class PostingSchema(SentIn):
    """A message or signal. A message has one receiver; a signal goes to all that wait for it."""

    kind = fields.String(load_default="message", validate=OneOf(KINDS))
    name = text(messages.MAX_NAME, least=1, needed=True)
    correlation = fields.Raw(
        load_default=None,
        allow_none=True,
        metadata={
            "type": ["string", "number", "boolean"],
            "description": "the value its receiver is found by, where the diagram asks for one",
        },
    )
    case = text(40)
    item = text(80)
    data = fields.Dict(keys=fields.String(), load_default=dict)


class MessagesQuery(Schema):
    """Which messages to list."""

    state = fields.String(load_default="undelivered", validate=OneOf(STATES))


class ResendingSchema(SentIn):
    """Where to send it, where several cases wait or several items could begin one."""

    case = text(40)
    item = text(80)


class MessageSchema(Shown):
    """A message on its way, or one that has ended."""

    id = fields.Integer()
    kind = fields.String(validate=OneOf(KINDS))
    name = fields.String()
    correlation = fields.String(allow_none=True, metadata={"description": "as JSON"})
    state = fields.String(validate=OneOf(STATES[1:]))
    sent_at = fields.DateTime()
    expires_at = fields.DateTime()
    settled_at = fields.DateTime(allow_none=True)
    fault = words(null=True)


class PostedSchema(Shown):
    """What became of it: how many wait for it now, and the message; null for a signal."""

    receivers = fields.Integer()
    message = fields.Nested(MessageSchema, allow_none=True)


class MessageListSchema(Shown):
    """Messages, the latest first, at most 200."""

    rows = fields.List(fields.Nested(MessageSchema))


@route("/messages", tag="messages")
@token_only
class Messages(MethodView):
    """Messages and signals."""

    @answers("消息列表", MessageListSchema, refused=(401, 403, 422))
    @takes(MessagesQuery, "query")
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List messages in a state; without one those that need a look (administrators)."""
        return {"rows": [_shown(one) for one in messages.listed(asked["state"], visitor.actor())]}

    @answers("发送消息或信号", PostedSchema, status=202, refused=SENT)
    @takes(PostingSchema)
    def post(self, sent: dict[str, Any]) -> dict[str, Any]:
        """Send a message or signal to the cases that wait for it (administrators)."""
        with db.transaction():
            posting = messages.Posting(**sent)
            done = messages.send(posting, actor=visitor.actor(), now=clock.now())
            shown = None if done.message is None else _shown(done.message)
        return {"receivers": done.receivers, "message": shown}


@route("/messages/<int:message_id>/resending", tag="messages")
@token_only
class Resending(MethodView):
    """Another try."""

    @answers("重新投递", MessageSchema, refused=SENT)
    @takes(ResendingSchema)
    def post(self, sent: dict[str, Any], message_id: int) -> dict[str, Any]:
        """Send an undelivered message on its way again (administrators)."""
        with db.transaction():
            found = messages.resend(
                message_id, sent["case"], sent["item"], actor=visitor.actor(), now=clock.now()
            )
            return _shown(found)


@route("/messages/<int:message_id>/discarding", tag="messages")
@token_only
class Discarding(MethodView):
    """Giving it up."""

    @answers("放弃投递", MessageSchema, refused=ACTED)
    def post(self, message_id: int) -> dict[str, Any]:
        """Give an undelivered message up (administrators)."""
        with db.transaction():
            return _shown(messages.discard(message_id, actor=visitor.actor(), now=clock.now()))


def _shown(message: messages.Message) -> dict[str, Any]:
    fault = Text(message.fault_zh or "", message.fault_en or "")
    return {
        "id": message.id,
        "kind": message.kind,
        "name": message.name,
        "correlation": message.key,
        "state": message.state,
        "sent_at": message.sent_at,
        "expires_at": message.expires_at,
        "settled_at": message.settled_at,
        "fault": {"zh": fault.zh, "en": fault.en} if fault.zh else None,
    }
