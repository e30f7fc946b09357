"""Handlers for the working calendar: years in force, a notice tried, applied and undone."""

from datetime import datetime
from typing import Any

import orjson
from flask.views import MethodView

from engine import calendars, clock, db
from engine.permissions import ADMIN, require_role
from webapp import visitor
from webapp.api.clock_schemas import (
    CalendarsSchema,
    ImportSchema,
    NoticeSchema,
    PreviewSchema,
)
from webapp.api.routes import ACTED, SENT, answers, route, takes
from webapp.doors import token_only

LISTED = 1000


@route("/calendars", tag="calendars")
@token_only
class Calendars(MethodView):
    """The working calendar."""

    @answers("工作日历", CalendarsSchema, refused=(401,))
    def get(self) -> dict[str, Any]:
        """List the years in force and all imports, the latest first."""
        years = [{"year": row.year, "loaded_at": row.loaded_at} for row in calendars.years()]
        return {"years": years, "imports": [_import(row) for row in calendars.imports()]}

    @answers("启用年度日历", ImportSchema, status=201, refused=SENT)
    @takes(NoticeSchema)
    def post(self, sent: dict[str, Any]) -> dict[str, Any]:
        """Put a year's notice into force; open due times are computed anew (administrators)."""
        with db.transaction():
            notice = _notice(sent)
            return _import(calendars.apply(notice, actor=visitor.actor(), now=clock.now()))


@route("/calendars/preview", tag="calendars")
@token_only
class Preview(MethodView):
    """A notice tried beforehand."""

    @answers("试算年度日历", PreviewSchema, refused=SENT)
    @takes(NoticeSchema)
    def post(self, sent: dict[str, Any]) -> dict[str, Any]:
        """Say which due times a notice would move; nothing is changed (administrators)."""
        require_role(visitor.actor(), ADMIN)
        found = calendars.preview(_notice(sent), now=clock.now())
        return {
            "year": found.notice.year,
            "replaces": found.replaces,
            "days": len(found.notice.days),
            "moved_count": len(found.moved),
            "moved": [
                {
                    "case": one.number,
                    "limit": one.which,
                    "old": _instant(one.old),
                    "new": _instant(one.new),
                }
                for one in found.moved[:LISTED]
            ],
        }


@route("/calendars/<int(max=2147483647):import_id>/undoing", tag="calendars")
@token_only
class Undoing(MethodView):
    """Taking an import back."""

    @answers("撤销日历导入", ImportSchema, refused=ACTED)
    def post(self, import_id: int) -> dict[str, Any]:
        """Take the latest import of a year back (administrators)."""
        with db.transaction():
            return _import(calendars.undo(import_id, actor=visitor.actor(), now=clock.now()))


def _notice(sent: dict[str, Any]) -> calendars.Notice:
    """Read a notice as the page does, with all its checks. Raises InvalidError at ``file``."""
    if not sent["days"]:
        return calendars.from_package(sent["year"])
    days = [
        {"date": row["date"].isoformat(), "isOffDay": not row["workday"], "name": row["note"]}
        for row in sent["days"]
    ]
    content = orjson.dumps({"year": sent["year"], "days": days})
    return calendars.read_notice(content, sent["source"] or "api")


def _instant(stored: str | None) -> datetime | None:
    return datetime.fromisoformat(stored) if stored else None


def _import(row: Any) -> dict[str, Any]:
    keys = ("id", "year", "source", "applied_at", "undone_at")
    found = {key: getattr(row, key) for key in keys}
    return {**found, "days": len(row.days), "moved_count": len(row.moved)}
