"""Handlers of the organisation: units, staff, substitutes, leaving, files."""

from io import BytesIO
from typing import Any

from flask import Response, send_file
from flask.views import MethodView
from marshmallow import Schema, fields
from marshmallow.validate import Length, OneOf

from engine import clock, db, organisation
from engine.organisation import (
    Leaving,
    Member,
    Unit,
    importing,
    sheets,
    staffing,
    substituting,
    units,
)
from engine.permissions import ADMIN, require_role
from webapp import visitor
from webapp.api.routes import ACTED, BINARY, SENT, answers, nothing, route, takes
from webapp.api.schemas import Sent as SentIn
from webapp.api.schemas import Shown, nested, text, words
from webapp.doors import token_only


class UnitSchema(Shown):
    """A unit; ``parent`` is the code of the unit above it, empty at the top."""

    code = fields.String()
    name_zh = fields.String()
    name_en = fields.String()
    parent = fields.String()
    kind = fields.String()
    position = fields.Integer()
    mark = fields.String()
    phone = fields.String()
    address_zh = fields.String()
    address_en = fields.String()


class UnitListSchema(Shown):
    """All units, each behind the one above it."""

    rows = nested(UnitSchema, many=True)


class UnitSentSchema(SentIn):
    """A unit as it shall be."""

    name_zh = text(120, needed=True)
    name_en = text(120, needed=True)
    parent = text(40)
    kind = fields.String(load_default="department", validate=OneOf([*organisation.KINDS]))
    position = fields.Integer(load_default=0, strict=True)
    mark = text(120)
    phone = text(120)
    address_zh = text(120)
    address_en = text(120)


class HeldPostSchema(SentIn):
    """A role held in a unit."""

    unit = text(40, needed=True)
    role = text(40, needed=True)


class MemberSchema(Shown):
    """One of the staff."""

    login = fields.String()
    name = fields.String()
    email = fields.String()
    phone = fields.String()
    active = fields.Boolean()
    posts = nested(HeldPostSchema, many=True)


class MemberListSchema(Shown):
    """A page of the staff; ``next`` is the mark of the page that follows."""

    rows = nested(MemberSchema, many=True)
    next = fields.String(allow_none=True)


class StaffQuery(Schema):
    """Whom to list."""

    q = text(60)
    unit = text(40)
    at = text(400)


class MemberSentSchema(SentIn):
    """One of the staff as they shall be; posts that are not named are taken away."""

    name = text(60, needed=True)
    email = text(120)
    phone = text(40)
    posts = nested(HeldPostSchema, many=True)


class SubstituteSentSchema(SentIn):
    """Who stands in, from a first to a last day, both included."""

    login = text(40, needed=True)
    from_on = fields.Date(required=True)
    until_on = fields.Date(required=True)
    posts = fields.List(
        fields.Nested(HeldPostSchema),
        load_default=None,
        allow_none=True,
        validate=Length(max=100),
        metadata={"description": "for which posts; none: for all the person has"},
    )
    reason = text(200, needed=True)


class SubstituteSchema(Shown):
    """An arrangement: who stands in for whom, and when."""

    id = fields.Integer()
    person = fields.String()
    substitute = fields.String()
    from_on = fields.Date()
    until_on = fields.Date()
    posts = fields.List(
        fields.Nested(HeldPostSchema),
        allow_none=True,
        metadata={"description": "none: all the person has"},
    )
    reason = fields.String()
    ended_at = fields.DateTime(allow_none=True)


class LeavingSchema(SentIn):
    """How somebody leaves: who takes the tasks over (nobody: back to their posts)."""

    successor = text(40)
    takes_posts = fields.Boolean(load_default=False)
    reason = text(200, needed=True)


class ImportFaultSchema(Shown):
    """What is wrong with a cell."""

    table = fields.String()
    row = fields.Integer()
    column = fields.String()
    message = words()


class ImportChangeSchema(Shown):
    """What a row does; cells as ``[column, before, after]``."""

    table = fields.String()
    row = fields.Integer()
    how = fields.String(validate=OneOf([*organisation.HOWS]))
    key = fields.String()
    cells = fields.List(fields.List(fields.String()))


class ImportPlanSchema(Shown):
    """What a file would do; it can be applied while nothing is wrong."""

    id = fields.Integer()
    changes = nested(ImportChangeSchema, many=True)
    faults = nested(ImportFaultSchema, many=True)
    same = fields.Integer()
    applied_at = fields.DateTime(allow_none=True)


class ImportTableSchema(SentIn):
    """A table of the organisation as CSV text."""

    csv = text(sheets.MAX_BYTES, least=1, needed=True)


@route("/organisation/units", tag="organisation")
@token_only
class Units(MethodView):
    """Units."""

    @answers("部门", UnitListSchema, refused=(401,))
    def get(self) -> dict[str, Any]:
        """List all units as a tree, each behind the one above it."""
        return {"rows": [vars(units.unit_of(branch.row)) for branch in units.tree()]}


@route("/organisation/units/<string:code>", tag="organisation")
@token_only
class OneUnit(MethodView):
    """A unit."""

    @answers("新增或者更改部门", UnitSchema, refused=SENT)
    @takes(UnitSentSchema)
    def put(self, sent: dict[str, Any], code: str) -> dict[str, Any]:
        """Add a unit, or change it (administrators)."""
        new = code not in units.parents()
        with db.transaction():
            row = units.save(Unit(code, **sent), actor=visitor.actor(), now=clock.now(), new=new)
            return vars(units.unit_of(row))


@route("/organisation/staff", tag="organisation")
@token_only
class Staff(MethodView):
    """The staff."""

    @answers("人员", MemberListSchema, refused=(401, 403, 422))
    @takes(StaffQuery, "query")
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List the staff by login name, name or unit (administrators)."""
        require_role(visitor.actor(), ADMIN)
        page = staffing.staff(asked["q"], unit=asked["unit"], at=asked["at"])
        return {"rows": [_member(row) for row in page.rows], "next": page.next}


@route("/organisation/staff/<string:login>", tag="organisation")
@token_only
class OneOfTheStaff(MethodView):
    """One of the staff."""

    @answers("新增或者更改人员", MemberSchema, refused=SENT)
    @takes(MemberSentSchema)
    def put(self, sent: dict[str, Any], login: str) -> dict[str, Any]:
        """Add one of the staff, or change them and their posts (administrators)."""
        posts = frozenset((one["unit"], one["role"]) for one in sent.pop("posts", ()))
        actor, now = visitor.actor(), clock.now()
        with db.transaction():
            new = not staffing.is_there(login)
            member = Member(login, **sent, posts=posts)
            return _member(staffing.save_person(member, actor=actor, now=now, new=new))


@route("/organisation/staff/<string:login>/leaving", tag="organisation")
@token_only
class StaffLeaving(MethodView):
    """Leaving."""

    @answers("离职并移交待办", MemberSchema, refused=SENT)
    @takes(LeavingSchema)
    def post(self, sent: dict[str, Any], login: str) -> dict[str, Any]:
        """Hand over what somebody has in hand and close their login (administrators)."""
        actor, now = visitor.actor(), clock.now()
        with db.transaction():
            heir = staffing.find(sent["successor"]).id if sent["successor"] else 0
            how = Leaving(heir, sent["takes_posts"], sent["reason"])
            return _member(organisation.leave(login, how, actor=actor, now=now))


@route("/organisation/staff/<string:login>/substitutes", tag="organisation")
@token_only
class Substitutes(MethodView):
    """Substitutes."""

    @answers("安排代理", SubstituteSchema, status=201, refused=SENT)
    @takes(SubstituteSentSchema)
    def post(self, sent: dict[str, Any], login: str) -> dict[str, Any]:
        """Let somebody stand in for a person (administrators and the person's leaders)."""
        actor, now, posts = visitor.actor(), clock.now(), sent["posts"]
        wanted = None if posts is None else [f"{one['unit']}:{one['role']}" for one in posts]
        span = substituting.Span(sent["from_on"], sent["until_on"], wanted)
        with db.transaction():
            away, other = staffing.find(login).id, staffing.find(sent["login"]).id
            row = substituting.appoint(away, other, span, sent["reason"], actor=actor, now=now)
            return _substitute(row)


@route("/organisation/substitutes/<int(max=2147483647):row>", tag="organisation")
@token_only
class OneSubstitute(MethodView):
    """An arrangement."""

    @answers("结束代理", status=204, refused=ACTED)
    def delete(self, row: int) -> Response:
        """End an arrangement before its last day."""
        with db.transaction():
            substituting.end(row, actor=visitor.actor(), now=clock.now())
        return nothing()


@route("/organisation/export.xlsx", tag="organisation")
@token_only
class Export(MethodView):
    """The organisation as a workbook."""

    @answers("导出机构", BINARY, refused=(401, 403), media="application/octet-stream")
    def get(self) -> Response:
        """Download units, roles and staff as a workbook (administrators)."""
        data = sheets.write_xlsx(organisation.exported(visitor.actor()))
        return send_file(BytesIO(data), "application/octet-stream")


@route("/organisation/imports", tag="organisation")
@token_only
class Imports(MethodView):
    """A file that is tried."""

    @answers("预览导入", ImportPlanSchema, status=201, refused=SENT)
    @takes(ImportTableSchema)
    def post(self, sent: dict[str, str]) -> dict[str, Any]:
        """Say what a table would change; nothing is changed (administrators)."""
        actor, data = visitor.actor(), sent["csv"].encode()
        with db.transaction():
            row = importing.keep(data, "api.csv", actor=actor, now=clock.now())
        return _plan(row, importing.plan(data, "api.csv", actor=actor))


@route("/organisation/imports/<int(max=2147483647):import_id>/application", tag="organisation")
@token_only
class Applying(MethodView):
    """A file that is taken in."""

    @answers("应用导入", ImportPlanSchema, refused=(401, 403, 404, 409, 422))
    def post(self, import_id: int) -> dict[str, Any]:
        """Take a tried table in, all of it or nothing (administrators)."""
        with db.transaction():
            plan = importing.apply(import_id, actor=visitor.actor(), now=clock.now())
        return _plan(importing.find(import_id, visitor.actor())[0], plan)


def _member(row: Any) -> dict[str, Any]:
    found = staffing.member_of(row)
    posts = [{"unit": unit, "role": role} for unit, role in sorted(found.posts)]
    return {**vars(found), "posts": posts}


def _substitute(row: Any) -> dict[str, Any]:
    keys = ("id", "from_on", "until_on", "reason", "ended_at")
    found = {key: getattr(row, key) for key in keys}
    if row.posts is None:
        found["posts"] = None
    else:
        pairs = (post.partition(":")[::2] for post in row.posts)
        found["posts"] = [{"unit": unit, "role": role} for unit, role in pairs]
    return {**found, "person": row.person.login, "substitute": row.substitute.login}


def _plan(row: Any, plan: organisation.Plan) -> dict[str, Any]:
    keys = ("table", "row", "how", "key", "cells")
    changes = [{key: getattr(one, key) for key in keys} for one in plan.changes]
    faults = [vars(one) for one in plan.faults]
    return {
        "id": row.id,
        "applied_at": row.applied_at,
        "changes": changes,
        "faults": faults,
        "same": plan.same,
    }
