"""Handlers for versions in and out of service, and for moving running cases between them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import Response
from flask.views import MethodView

from engine import clock, db, definitions, migrating
from engine.definitions import service
from engine.migrating import Choice, Wish
from engine.permissions import ADMIN, require_role
from forms.text import Text
from webapp import visitor
from webapp.api.redeployment_schemas import (
    FaredQuery,
    FaredSchema,
    ImpactSchema,
    MoveSchema,
    RedeploymentSchema,
    SteeringSchema,
    VersionSchema,
    VersionsQuery,
    WaySchema,
    WhySchema,
)
from webapp.api.routes import ACTED, ASKED, SENT, answers, nothing, route, takes
from webapp.api.schemas import turned
from webapp.doors import token_only

_ID = "<int(max=2147483647):"


@route("/versions", tag="definitions")
@token_only
class Versions(MethodView):
    """Deployed versions."""

    @answers("版本列表", VersionSchema(many=True), refused=(401, 403, 422))
    @takes(VersionsQuery, location="query")
    def get(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        """List the versions with the cases on each (administrators)."""
        require_role(visitor.actor(), ADMIN)
        current = service.current_ids()
        return [_version(info, current) for info in definitions.versions(asked["item"] or None)]


def _version(info: definitions.VersionInfo, current: frozenset[int]) -> dict[str, Any]:
    row = info.version
    keys = ("id", "number", "state", "state_why", "deployed_at", "effective_at", "note")
    return {
        **{key: getattr(row, key) for key in keys},
        "item": row.item_code,
        "title": Text(row.title_zh, row.title_en),
        "current": row.id in current,
        "running": info.running,
        "total": info.total,
    }


def _settled(act: Callable[..., Any], version_id: int, why: str) -> dict[str, Any]:
    with db.transaction():
        code = act(version_id, why, actor=visitor.actor(), now=clock.now()).item_code
    found = (info for info in definitions.versions(code) if info.version.id == version_id)
    return _version(next(found), service.current_ids())


@route(f"/versions/{_ID}version_id>/retirement", tag="definitions")
@token_only
class Retirement(MethodView):
    """A version taken out of service."""

    @answers("停用版本", VersionSchema, refused=SENT)
    @takes(WhySchema)
    def post(self, sent: dict[str, Any], version_id: int) -> dict[str, Any]:
        """Take a version out of service: no new case starts on it (administrators)."""
        return _settled(service.retire, version_id, sent["why"])


@route(f"/versions/{_ID}version_id>/reactivation", tag="definitions")
@token_only
class Reactivation(MethodView):
    """A version taken back."""

    @answers("恢复版本", VersionSchema, refused=SENT)
    @takes(WhySchema)
    def post(self, sent: dict[str, Any], version_id: int) -> dict[str, Any]:
        """Take a retired version back into service (administrators)."""
        return _settled(service.reactivate, version_id, sent["why"])


@route(f"/versions/{_ID}version_id>", tag="definitions")
@token_only
class OneVersion(MethodView):
    """One version."""

    @answers("删除版本", status=204, refused=ACTED)
    def delete(self, version_id: int) -> Response:
        """Remove a retired version on which nothing was ever done (administrators)."""
        with db.transaction():
            service.remove(version_id, actor=visitor.actor(), now=clock.now())
        return nothing()


@route("/redeployments/impact", tag="definitions")
@token_only
class RedeploymentImpact(MethodView):
    """A move tried beforehand."""

    @answers("测算迁移影响", ImpactSchema, refused=SENT)
    @takes(WaySchema)
    def post(self, sent: dict[str, Any]) -> dict[str, Any]:
        """Say what moving running cases would do; nothing is changed (administrators)."""
        require_role(visitor.actor(), ADMIN)
        way = migrating.plan(sent["old"], sent["new"], sent["mapping"])
        found = migrating.impact(way, _choice(sent), now=clock.now())
        keys = ("total", "movable", "staying", "untried", "at")
        return {
            **{key: getattr(found, key) for key in keys},
            "groups": [_group(one) for one in found.groups],
        }


def _choice(sent: dict[str, Any]) -> Choice:
    return Choice(sent["steps_anew"], sent["promise_anew"])


def _group(group: migrating.Group) -> dict[str, Any]:
    return {
        "elements": list(group.elements),
        "suspended": group.suspended,
        "cases": group.number,
        "samples": list(group.samples),
        "movable": not group.faults,
        "mixed": group.mixed,
        "faults": group.faults,
        "due": group.changes,
        "timers_begun": dict(group.begun),
        "timers_dropped": list(group.dropped),
        "timers_kept": dict(group.kept),
    }


@route("/redeployments", tag="definitions")
@token_only
class Redeployments(MethodView):
    """Moves of running cases."""

    @answers("迁移列表", RedeploymentSchema(many=True), refused=(401, 403, 422))
    @takes(VersionsQuery, location="query")
    def get(self, asked: dict[str, Any]) -> list[dict[str, Any]]:
        """List the latest moves (administrators)."""
        return [_shown(row) for row in migrating.listed(asked["item"] or None, visitor.actor())]

    @answers("开始迁移", RedeploymentSchema, status=201, refused=SENT)
    @takes(MoveSchema)
    def post(self, sent: dict[str, Any]) -> dict[str, Any]:
        """Begin to move running cases to another version (administrators)."""
        wish = Wish(sent["reason"], _choice(sent), sent["cases"], sent["begins_at"])
        require_role(visitor.actor(), ADMIN)
        with db.transaction():
            way = migrating.plan(sent["old"], sent["new"], sent["mapping"])
            row = migrating.begin(way, wish, actor=visitor.actor(), now=clock.now())
            return _shown(row)


def _shown(row: migrating.Redeployment) -> dict[str, Any]:
    keys = (
        *("id", "mapping", "choice", "steps_anew", "promise_anew", "reason", "state"),
        *("begins_at", "created_at", "ended_at"),
    )
    return {
        **{key: getattr(row, key) for key in keys},
        "item": row.item_code,
        "old": row.from_version_id,
        "new": row.to_version_id,
        "counts": migrating.counted(row.id),
    }


@route(f"/redeployments/{_ID}redeployment_id>", tag="definitions")
@token_only
class OneRedeployment(MethodView):
    """One move."""

    @answers("一次迁移", RedeploymentSchema, refused=(401, 403, 404))
    def get(self, redeployment_id: int) -> dict[str, Any]:
        """Say how far a move is (administrators)."""
        return _shown(migrating.find(redeployment_id, visitor.actor()))


@route(f"/redeployments/{_ID}redeployment_id>/cases", tag="definitions")
@token_only
class RedeployedCases(MethodView):
    """The cases of a move."""

    @answers("迁移的办件", turned(FaredSchema), refused=(*ASKED, 403))
    @takes(FaredQuery, location="query")
    def get(self, asked: dict[str, Any], redeployment_id: int) -> dict[str, Any]:
        """List the cases that fared alike (administrators)."""
        row = migrating.find(redeployment_id, visitor.actor())
        found = migrating.page_of(row.id, asked["state"], at=asked["at"])
        return {
            "rows": [_fared(one) for one in found.rows],
            "next": found.next,
            "previous": found.previous,
        }


def _fared(row: migrating.RedeployedCase) -> dict[str, Any]:
    return {
        "case": row.case.number,
        "state": row.state,
        "element": row.element,
        "why": Text(row.why_zh, row.why_en),
        "due": [
            {"which": which, "old": _instant(old), "new": _instant(new)}
            for which, old, new in row.due
        ],
        "done_at": row.done_at,
    }


def _instant(stored: str | None) -> datetime | None:
    return datetime.fromisoformat(stored) if stored else None


@route(f"/redeployments/{_ID}redeployment_id>/steering", tag="definitions")
@token_only
class Steering(MethodView):
    """A move paused, resumed or cancelled."""

    @answers("暂停、继续或取消迁移", RedeploymentSchema, refused=SENT)
    @takes(SteeringSchema)
    def post(self, sent: dict[str, Any], redeployment_id: int) -> dict[str, Any]:
        """Pause, resume or cancel a move (administrators)."""
        with db.transaction():
            return _shown(
                migrating.steer(
                    redeployment_id, sent["act"], actor=visitor.actor(), now=clock.now()
                )
            )


@route(f"/redeployments/{_ID}redeployment_id>/undoing", tag="definitions")
@token_only
class RedeploymentUndoing(MethodView):
    """A move taken back."""

    @answers("撤销迁移", RedeploymentSchema, refused=SENT)
    @takes(WhySchema)
    def post(self, sent: dict[str, Any], redeployment_id: int) -> dict[str, Any]:
        """Put back the cases that nobody has touched since (administrators)."""
        with db.transaction():
            return _shown(
                migrating.undo(redeployment_id, sent["why"], actor=visitor.actor(), now=clock.now())
            )
