"""Handlers of programs outside: their accounts, topics and tokens, and what waits for them."""

from typing import Any

from flask.views import MethodView
from marshmallow import fields
from marshmallow.validate import Length

from engine import clock, db, programs
from webapp import visitor
from webapp.api.routes import ACTED, SENT, answers, route, takes
from webapp.api.schemas import Sent, Shown, nested, text
from webapp.doors import token_only


def _topics() -> Any:
    return fields.List(text(100), required=True, validate=Length(max=programs.MOST_TOPICS))


class TopicsSchema(Sent):
    """The topics whose service tasks a program may fetch."""

    topics = _topics()


class ProgramToAddSchema(Sent):
    """A program that is to get an account."""

    login = text(40, least=3, needed=True)
    name = text(60, least=2, needed=True)
    topics = _topics()


class ProgramSchema(Shown):
    """The account of a program; ``token_until`` is null while it has no valid token."""

    id = fields.Integer()
    login = fields.String()
    name = fields.String()
    active = fields.Boolean()
    topics = fields.List(fields.String())
    token_until = fields.DateTime(allow_none=True)
    working = fields.Integer(metadata={"description": "tasks that it holds now"})


class TopicStateSchema(Shown):
    """How things stand with a topic for which something waits."""

    topic = fields.String()
    waiting = fields.Integer()
    working = fields.Integer()
    failed = fields.Integer()
    oldest_at = fields.DateTime()
    programs = fields.List(fields.String())


class ProgramListSchema(Shown):
    """All accounts, and what waits by topic."""

    programs = nested(ProgramSchema, many=True)
    topics = nested(TopicStateSchema, many=True)


class ProgramTokenSchema(Shown):
    """A token, shown this once."""

    id = fields.Integer()
    token = fields.String()


@route("/programs", tag="programs")
@token_only
class Programs(MethodView):
    """Programs outside."""

    @answers("外部程序和等待办理的任务", ProgramListSchema, refused=(401, 403))
    def get(self) -> dict[str, Any]:
        """List the accounts of programs and what waits for them (administrators)."""
        actor, now = visitor.actor(), clock.now()
        accounts = [_shown(one) for one in programs.accounts(actor, now=now)]
        topics = [vars(one) for one in programs.topics(actor, now=now)]
        return {"programs": accounts, "topics": topics}

    @answers("添加外部程序并发令牌", ProgramTokenSchema, status=201, refused=SENT)
    @takes(ProgramToAddSchema)
    def post(self, sent: dict[str, Any]) -> dict[str, Any]:
        """Open the account of a program, with its first token (administrators)."""
        actor, now = visitor.actor(), clock.now()
        with db.transaction():
            person = programs.add(sent["login"], sent["name"], sent["topics"], actor=actor, now=now)
            token = programs.issue_token(person.id, actor=actor, now=now)
            return {"id": person.id, "token": token}


@route("/programs/<int(max=2147483647):person_id>/topics", tag="programs")
@token_only
class ProgramTopics(MethodView):
    """The topics of a program."""

    @answers("改写外部程序的主题", TopicsSchema, refused=SENT)
    @takes(TopicsSchema)
    def put(self, sent: dict[str, Any], person_id: int) -> dict[str, Any]:
        """Say which topics a program may fetch (administrators)."""
        with db.transaction():
            programs.allow(person_id, sent["topics"], actor=visitor.actor(), now=clock.now())
        return {"topics": sorted(set(sent["topics"]))}


@route("/programs/<int(max=2147483647):person_id>/token", tag="programs")
@token_only
class ProgramToken(MethodView):
    """The token of a program."""

    @answers("换发外部程序的令牌", ProgramTokenSchema, status=201, refused=ACTED)
    def post(self, person_id: int) -> dict[str, Any]:
        """Give a program another token; the one it had ends (administrators)."""
        with db.transaction():
            token = programs.issue_token(person_id, actor=visitor.actor(), now=clock.now())
        return {"id": person_id, "token": token}


@route("/programs/<int(max=2147483647):person_id>/closing", tag="programs")
@token_only
class ProgramClosing(MethodView):
    """The end of a program's account."""

    @answers("停用外部程序", ProgramSchema, refused=ACTED)
    def post(self, person_id: int) -> dict[str, Any]:
        """Close the account of a program; what it held is given out again (administrators)."""
        with db.transaction():
            person = programs.close(person_id, actor=visitor.actor(), now=clock.now())
            return {**_person(person), "topics": [], "token_until": None, "working": 0}


def _person(person: Any) -> dict[str, Any]:
    return {key: getattr(person, key) for key in ("id", "login", "name", "active")}


def _shown(one: programs.Account) -> dict[str, Any]:
    return {
        **_person(one.person),
        "topics": list(one.topics),
        "token_until": one.token_until,
        "working": one.working,
    }
