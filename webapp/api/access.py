"""Handlers for getting in: a token for login and password, who it belongs to, its end."""

from typing import Any

from flask import Response, request
from flask.views import MethodView

from engine import clock, db, people
from engine.permissions import Actor
from webapp import visitor
from webapp.api.routes import answers, nothing, route, takes
from webapp.api.schemas import LoginSchema, MeSchema, TokenSchema
from webapp.doors import open_to_all, token_only


@route("/token", tag="access")
class Token(MethodView):
    """A bearer token."""

    @open_to_all("this is where a program proves who it works for")
    @answers("登录，取得令牌", TokenSchema, status=201, refused=(400, 413, 415, 422, 429))
    @takes(LoginSchema)
    def post(self, sent: dict[str, str]) -> dict[str, Any]:
        """Log in and get a token."""
        now = clock.now()
        actor = people.authenticate(sent["login"], sent["password"], now=now)
        with db.transaction():
            token = people.issue_token(actor, now=now)
        return {"token": token, "expires_at": now + people.TOKEN_LIFE}

    @token_only
    @answers("注销令牌", status=204, refused=(401,))
    def delete(self) -> Response:
        """End the token this request is made with."""
        token = request.headers["Authorization"].partition(" ")[2].strip()
        with db.transaction():
            people.revoke_token(token, actor=visitor.actor(), now=clock.now())
        return nothing()


@route("/me", tag="access")
@token_only
class Me(MethodView):
    """Who is asking."""

    @answers("我的身份和岗位", MeSchema, refused=(401,))
    def get(self) -> dict[str, Any]:
        """Tell who the token belongs to."""
        actor = visitor.actor()
        return {
            "kind": actor.kind,
            "name": actor.name,
            "language": actor.language,
            "posts": _posts(actor),
        }


def _posts(actor: Actor) -> list[dict[str, Any]]:
    return [
        {
            "department": {"code": code, "name": people.department_name(code)},
            "role": {"code": role, "name": people.role_name(role)},
        }
        for code, role in sorted(actor.posts)
    ]
