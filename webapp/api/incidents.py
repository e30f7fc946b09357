"""Handlers of incidents: failed steps, and retrying all of one cause."""

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields
from marshmallow.validate import Range

from engine import clock, db, incidents, tasks
from forms.text import Text
from webapp import visitor
from webapp.api.routes import ACTED, answers, route, takes
from webapp.api.schemas import Shown, nested, text, words
from webapp.doors import token_only


class IncidentsQuery(Schema):
    """Which incidents to list."""

    like = fields.Integer(load_default=0, validate=Range(0, 2**31 - 1))
    item = text(80)
    closed = fields.Boolean(load_default=False)
    at = text(400)


class IncidentSchema(Shown):
    """A step that failed; its case stands where it stood before.

    ``case`` is null for an application that could not become one.
    """

    id = fields.Integer()
    case = fields.String(allow_none=True)
    item = fields.String()
    element = fields.String()
    message = words()
    first_at = fields.DateTime()
    last_at = fields.DateTime()
    times = fields.Integer()
    closed_at = fields.DateTime(allow_none=True)
    closed_how = fields.String()


class CauseSchema(Shown):
    """One cause of open incidents; ``example`` is the number of the latest of them."""

    message = words()
    number = fields.Integer()
    example = fields.Integer()
    first_at = fields.DateTime()
    last_at = fields.DateTime()


class IncidentListSchema(Shown):
    """A page of incidents, the latest first, and all causes of open ones."""

    rows = nested(IncidentSchema, many=True)
    causes = nested(CauseSchema, many=True)
    next = fields.String(allow_none=True)


class RoundSchema(Shown):
    """A retry of all incidents of a cause: how far it is."""

    id = fields.Integer()
    cause = words()
    total = fields.Integer()
    retried = fields.Integer()
    failed = fields.Integer()
    passed = fields.Integer()
    asked_at = fields.DateTime()
    finished_at = fields.DateTime(allow_none=True)


@route("/incidents", tag="repairs")
@token_only
class Incidents(MethodView):
    """Incidents."""

    @answers("异常列表", IncidentListSchema, refused=(401, 403, 422))
    @takes(IncidentsQuery, "query")
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List failed steps, of one cause or item, and their causes (administrators)."""
        actor = visitor.actor()
        page = incidents.listed(actor, incidents.Wanted(**asked))
        causes = [vars(one) for one in incidents.causes(actor)]
        return {"rows": [_shown(row) for row in page.rows], "causes": causes, "next": page.next}


@route("/incidents/<int(max=2147483647):incident_id>/retrying-all", tag="repairs")
@token_only
class RetryingAll(MethodView):
    """A retry of all."""

    @answers("重试同一原因的全部异常", RoundSchema, status=202, refused=ACTED)
    def post(self, incident_id: int) -> dict[str, Any]:
        """Let the workers try all open incidents of the same cause again (administrators)."""
        with db.transaction():
            row = tasks.retrying.begin(incident_id, actor=visitor.actor(), now=clock.now())
            return _round(row)


@route("/retry-rounds/<int(max=2147483647):round_id>", tag="repairs")
@token_only
class RetryRound(MethodView):
    """A retry of all."""

    @answers("批量重试的进度", RoundSchema, refused=(401, 403, 404))
    def get(self, round_id: int) -> dict[str, Any]:
        """Say how far a retry of all is (administrators)."""
        return _round(tasks.retrying.find_round(round_id, visitor.actor()))


def _round(row: Any) -> dict[str, Any]:
    keys = ("id", "total", "retried", "failed", "passed", "asked_at", "finished_at")
    return {**{key: getattr(row, key) for key in keys}, "cause": Text(row.cause_zh, row.cause_en)}


def _shown(row: Any) -> dict[str, Any]:
    keys = ("id", "element", "first_at", "last_at", "times", "closed_at", "closed_how")
    return {
        **{key: getattr(row, key) for key in keys},
        "case": row.case.number if row.case is not None else None,
        "item": row.about.item_code,
        "message": Text(row.message_zh, row.message_en),
    }
