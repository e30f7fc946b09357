"""Handlers of repairs: previewed, proposed, decided; and of who may see a case."""

from typing import Any

from flask.views import MethodView
from marshmallow import Schema, fields
from marshmallow.validate import OneOf, Range

from engine import clock, db, organisation, repairs
from engine.permissions import ADMIN
from forms.text import Text
from webapp import visitor
from webapp.api.routes import SENT, answers, route, takes
from webapp.api.schemas import Sent as SentIn
from webapp.api.schemas import Shown, nested, text, words
from webapp.doors import token_only

_LONGEST_ID = 2**31 - 1


class MendSchema(SentIn):
    """One repair. ``task`` is the open task concerned; none for a change of answers."""

    act = fields.String(required=True, validate=OneOf([*repairs.ACTS]))
    task = text(40)
    element = text(200)
    outcome = text(80)
    person = fields.Integer(load_default=0, validate=Range(0, _LONGEST_ID), strict=True)
    source = text(200, default=repairs.APPLICATION)
    answers = fields.Dict(
        keys=fields.String(),
        load_default=dict,
        metadata={"description": "for a change: the answers that get another value"},
    )


class ProposalSchema(MendSchema):
    """One repair, with the reason."""

    reason = text(500, needed=True)


class RepairVerdictSchema(SentIn):
    """What another administrator says to a proposal; a refusal needs a reason."""

    approve = fields.Boolean(required=True)
    reason = text(500)


class RepairsQuery(Schema):
    """Which repairs to list."""

    state = fields.String(load_default="", validate=OneOf(["", *repairs.STATES]))
    at = text(400)


class RepairLineSchema(Shown):
    """One thing a repair does."""

    kind = fields.String()
    text = words()


class ChangedAnswerSchema(Shown):
    """One answer before and after; null to supervisors, who see them masked."""

    key = fields.String()
    label = words()
    before = fields.Raw(allow_none=True)
    after = fields.Raw(allow_none=True)


class RepairOutlookSchema(Shown):
    """What a repair would do."""

    lines = nested(RepairLineSchema, many=True)
    changed = nested(ChangedAnswerSchema, many=True)


class RepairSchema(Shown):
    """A repair: proposed, and what became of it."""

    id = fields.Integer()
    case = fields.String()
    act = fields.String()
    reason = fields.String()
    state = fields.String(validate=OneOf([*repairs.STATES]))
    proposed_at = fields.DateTime()
    proposer = fields.String()
    decided_at = fields.DateTime(allow_none=True)
    decider = fields.String(allow_none=True)
    decision = fields.String()
    preview = nested(RepairLineSchema, many=True)
    happened = nested(RepairLineSchema, many=True)
    changed = nested(ChangedAnswerSchema, many=True)


class RepairListSchema(Shown):
    """A page of repairs, the newest first; ``next`` is the mark of the page that follows."""

    rows = nested(RepairSchema, many=True)
    next = fields.String(allow_none=True)


class SeenThroughSchema(Shown):
    """A post through which somebody sees a case."""

    department = fields.String()
    role = fields.String()
    for_whom = fields.String(metadata={"description": "whose substitute; empty for an own post"})
    until = fields.Date(allow_none=True, metadata={"description": "a substitute's last day"})


class SeerSchema(Shown):
    """Somebody who can see a case, and why."""

    login = fields.String()
    name = fields.String()
    rule = fields.String(validate=OneOf([*organisation.RULES]))
    why = words()
    through = nested(SeenThroughSchema, many=True)


class SeersSchema(Shown):
    """All who can see a case."""

    rows = nested(SeerSchema, many=True)


@route("/cases/<string:number>/repair-preview", tag="repairs")
@token_only
class RepairPreview(MethodView):
    """A repair tried."""

    @answers("预览修复", RepairOutlookSchema, refused=SENT)
    @takes(MendSchema)
    def post(self, sent: dict[str, Any], number: str) -> dict[str, Any]:
        """Say what a repair of a case would do; nothing is changed (administrators)."""
        actor = visitor.actor()
        case_id = repairs.case_by_number(number, actor).id
        found = repairs.preview(case_id, repairs.Mend(**sent), actor=actor, now=clock.now())
        lines = [{"kind": line.kind, "text": line.text} for line in found.lines]
        return {"lines": lines, "changed": [vars(one) for one in found.changed]}


@route("/cases/<string:number>/repairs", tag="repairs")
@token_only
class CaseRepairs(MethodView):
    """Repairs of a case."""

    @answers("提出修复", RepairSchema, status=201, refused=SENT)
    @takes(ProposalSchema)
    def post(self, sent: dict[str, Any], number: str) -> dict[str, Any]:
        """Propose a repair of a case to the other administrators, with a reason."""
        actor, now, reason = visitor.actor(), clock.now(), sent.pop("reason")
        case_id = repairs.case_by_number(number, actor).id
        found = repairs.preview(case_id, repairs.Mend(**sent), actor=actor, now=now)
        with db.transaction():
            return _shown(repairs.propose(found, case_id, reason, actor=actor, now=now))


@route("/repairs", tag="repairs")
@token_only
class Repairs(MethodView):
    """Repairs."""

    @answers("修复列表", RepairListSchema, refused=(401, 403, 422))
    @takes(RepairsQuery, "query")
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List the repairs of cases, the newest first (administrators and supervisors)."""
        page = repairs.listed(visitor.actor(), **asked)
        return {"rows": [_shown(row) for row in page.rows], "next": page.next}


@route("/repairs/<int(max=2147483647):repair_id>", tag="repairs")
@token_only
class OneRepair(MethodView):
    """A repair."""

    @answers("修复详情", RepairSchema, refused=(401, 403, 404))
    def get(self, repair_id: int) -> dict[str, Any]:
        """Show a repair with what it does (administrators and supervisors)."""
        return _shown(repairs.find(repair_id, visitor.actor()))

    @answers("批准或者不批准修复", RepairSchema, refused=SENT)
    @takes(RepairVerdictSchema)
    def post(self, sent: dict[str, Any], repair_id: int) -> dict[str, Any]:
        """Approve another administrator's repair and carry it out, or refuse it."""
        actor, now = visitor.actor(), clock.now()
        with db.transaction():
            if sent["approve"]:
                return _shown(repairs.approve(repair_id, actor=actor, now=now))
            return _shown(repairs.refuse(repair_id, sent["reason"], actor=actor, now=now))


@route("/cases/<string:number>/access", tag="repairs")
@token_only
class CaseAccess(MethodView):
    """Who can see a case."""

    @answers("谁能看到办件", SeersSchema, refused=(401, 403, 404))
    def get(self, number: str) -> dict[str, Any]:
        """List all who can see a case, and why (administrators and supervisors)."""
        _, seers = organisation.who_may_see(number, visitor.actor())
        return {"rows": [_seer(one) for one in seers]}


def _seer(one: organisation.Seer) -> dict[str, Any]:
    hidden = one.rule == "applicant" and not visitor.actor().has(ADMIN)
    return {
        "login": "" if hidden else one.person.login,
        "name": "" if hidden else one.person.name,
        "rule": one.rule,
        "why": organisation.RULES[one.rule],
        "through": [vars(post) for post in one.posts],
    }


def _shown(row: Any) -> dict[str, Any]:
    keys = ("id", "act", "reason", "state", "proposed_at", "decided_at", "decision")
    return {
        **{key: getattr(row, key) for key in keys},
        "case": row.case.number,
        "proposer": row.proposer.name,
        "decider": row.decider.name if row.decider else None,
        "preview": [_line(one) for one in row.preview],
        "happened": [_line(one) for one in row.happened],
        "changed": [_changed(one) for one in row.changed],
    }


def _line(one: dict[str, str]) -> dict[str, Any]:
    return {"kind": one["kind"], "text": Text(one["zh"], one["en"])}


def _changed(one: dict[str, Any]) -> dict[str, Any]:
    values = {"before": one["before"], "after": one["after"]}
    if not visitor.actor().has(ADMIN):
        values = dict.fromkeys(values)
    return {"key": one["key"], "label": Text(one["zh"], one["en"]), **values}
