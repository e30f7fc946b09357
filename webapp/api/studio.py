"""Handlers for drafts of items: what a designer's own tools read, write, check and deploy."""

from typing import Any

from flask import Response
from flask.views import MethodView
from marshmallow import fields
from marshmallow.validate import OneOf, Range

from engine import clock, db, definitions, drafting
from engine.drafting import ItemDraft, ItemRevision
from engine.errors import InvalidError
from engine.problems import Problem
from forms.text import Text
from webapp import visitor
from webapp.api.routes import ACTED, SENT, answers, nothing, route, takes
from webapp.api.schemas import MarkedQuery, Shown, text, words
from webapp.api.schemas import Sent as SentIn
from webapp.doors import token_only

_READ = (401, 403, 404)
_ORIGINS = ("version", "template", "upload", "copy")
_NOTHING = Text("请给出 files、version 或 template。", "Give files, a version or a template.")


class StudioQuery(MarkedQuery):
    """Which drafts of items to list."""

    class Meta:
        """The size of a page is fixed."""

        exclude = ("per_page",)

    q = text(80)
    item = text(80)
    discarded = fields.Boolean(load_default=False)


class NewStudioDraftSchema(SentIn):
    """What a draft of an item begins from: one of files, version and template."""

    name = text(80, least=1, needed=True)
    item = text(80)
    files = fields.Dict(keys=fields.String(), values=fields.String(), load_default=dict)
    version = fields.Integer(load_default=None, allow_none=True, validate=Range(1, 2**31 - 1))
    template = text(20)
    title_zh = text(60)
    title_en = text(60)
    lead = text(40)
    departments = fields.List(fields.String(), load_default=list)


class StudioFilesSchema(SentIn):
    """Files to write over a revision; null takes one out."""

    base = fields.Integer(required=True, validate=Range(1, 2**31 - 1))
    files = fields.Dict(keys=fields.String(), values=fields.String(allow_none=True), required=True)


class StudioDeployingSchema(SentIn):
    """The revision that was looked at, and what changes."""

    base = fields.Integer(required=True, validate=Range(1, 2**31 - 1))
    note = text(500)


class StudioDraftSchema(Shown):
    """A draft of an item."""

    id = fields.Integer()
    item = fields.String()
    name = fields.String()
    origin = fields.String(validate=OneOf(_ORIGINS))
    version_id = fields.Integer(allow_none=True)
    deployed_revision = fields.Integer(metadata={"description": "0: not deployed yet"})
    revision = fields.Integer(metadata={"description": "the newest"})
    changed_at = fields.DateTime()
    discarded_at = fields.DateTime(allow_none=True)


class StudioDraftFilesSchema(StudioDraftSchema):
    """A draft of an item with its files; null for one that is no UTF-8 text."""

    files = fields.Dict(keys=fields.String(), values=fields.String(allow_none=True))


class StudioListSchema(Shown):
    """Drafts of items, the last changed first, and the marks of the pages beside it."""

    rows = fields.List(fields.Nested(StudioDraftSchema))
    next = fields.String(allow_none=True)
    previous = fields.String(allow_none=True)


class StudioSavedSchema(Shown):
    """The newest revision, and the files that others had changed meanwhile."""

    revision = fields.Integer()
    created = fields.Boolean()
    merged = fields.List(fields.String())


class StudioRevisionSchema(Shown):
    """One state of a draft."""

    number = fields.Integer()
    kind = fields.String(validate=OneOf(("begun", "saved", "returned")))
    changed = fields.List(fields.String())
    made_at = fields.DateTime()


class StudioRevisionsSchema(Shown):
    """The latest revisions, the newest first, at most 100."""

    rows = fields.List(fields.Nested(StudioRevisionSchema))


class StudioProblemSchema(Shown):
    """Something the check found."""

    file = fields.String()
    line = fields.Integer(allow_none=True)
    element = fields.String(allow_none=True)
    rule = fields.String()
    severity = fields.String(validate=OneOf(("error", "warning")))
    message = words()
    hint = words()


class StudioProblemsSchema(Shown):
    """What the check found in the newest revision."""

    revision = fields.Integer()
    problems = fields.List(fields.Nested(StudioProblemSchema))


class StudioDeployedSchema(Shown):
    """The version a draft became."""

    version_id = fields.Integer()
    number = fields.Integer()
    created = fields.Boolean(metadata={"description": "false: its files were deployed before"})


@route("/studio/drafts", tag="studio")
@token_only
class StudioDrafts(MethodView):
    """Drafts of items."""

    @answers("事项草稿", StudioListSchema, refused=(401, 403, 422))
    @takes(StudioQuery, "query")
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List drafts of items (designers and administrators)."""
        drafting.require_designer(visitor.actor())
        wanted = drafting.Wanted(
            asked["q"], asked["item"], discarded=asked["discarded"], at=asked["at"]
        )
        page = drafting.search(wanted)
        rows = [_draft(row) for row in page.rows]
        return {"rows": rows, "next": page.next, "previous": page.previous}

    @answers("新建事项草稿", StudioDraftSchema, status=201, refused=SENT)
    @takes(NewStudioDraftSchema)
    def post(self, sent: dict[str, Any]) -> dict[str, Any]:
        """Begin a draft of an item (designers and administrators)."""
        actor = visitor.actor()
        drafting.require_designer(actor)
        with db.transaction():
            files, item, origin = _begun_from(sent)
            name, now = sent["name"], clock.now()
            return _draft(drafting.create(item, name, files, actor=actor, now=now, origin=origin))


def _begun_from(sent: dict[str, Any]) -> tuple[dict[str, bytes], str, drafting.Origin]:
    """Return files, item and origin of a new draft. Raises InvalidError, NotFoundError."""
    if sent["version"] is not None:
        version = definitions.get_version(sent["version"])
        files = definitions.files_of(version.id)
        return files, version.item_code, drafting.Origin("version", version.id)
    if sent["files"]:
        return _bytes(sent["files"]), sent["item"], drafting.Origin("upload")
    if not sent["template"]:
        raise InvalidError(_NOTHING, fields={"files": _NOTHING})
    files = drafting.new_item(
        sent["template"],
        code=sent["item"],
        title=Text(sent["title_zh"], sent["title_en"]),
        lead=sent["lead"],
        departments=sent["departments"],
    )
    return files, sent["item"], drafting.Origin("template")


def _bytes(texts: dict[str, str]) -> dict[str, bytes]:
    return {path: content.encode() for path, content in texts.items()}


@route("/studio/drafts/<int:studio_draft>", tag="studio")
@token_only
class OneStudioDraft(MethodView):
    """A draft of an item."""

    @answers("草稿的全部文件", StudioDraftFilesSchema, refused=_READ)
    def get(self, studio_draft: int) -> dict[str, Any]:
        """Show a draft with the files of its newest revision."""
        drafting.require_designer(visitor.actor())
        draft = drafting.get(studio_draft)
        files = drafting.files(studio_draft)
        return {**_draft(draft), "files": {path: _text(data) for path, data in files.items()}}

    @answers("保存文件", StudioSavedSchema, refused=SENT)
    @takes(StudioFilesSchema)
    def patch(self, sent: dict[str, Any], studio_draft: int) -> dict[str, Any]:
        """Write files over a revision; 409 when somebody has changed one of them since."""
        changes = {path: None if t is None else t.encode() for path, t in sent["files"].items()}
        with db.transaction():
            actor, now = visitor.actor(), clock.now()
            saved = drafting.save(studio_draft, changes, base=sent["base"], actor=actor, now=now)
        return {"revision": saved.revision, "created": saved.created, "merged": [*saved.merged]}

    @answers("作废草稿", status=204, refused=ACTED)
    def delete(self, studio_draft: int) -> Response:
        """Discard a draft; it can be taken back on its page."""
        with db.transaction():
            drafting.discard(studio_draft, actor=visitor.actor(), now=clock.now())
        return nothing()


def _text(data: bytes) -> str | None:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return None


@route("/studio/drafts/<int:studio_draft>/revisions", tag="studio")
@token_only
class StudioRevisions(MethodView):
    """The revisions of a draft."""

    @answers("草稿的各稿", StudioRevisionsSchema, refused=_READ)
    def get(self, studio_draft: int) -> dict[str, Any]:
        """List the revisions of a draft."""
        drafting.require_designer(visitor.actor())
        drafting.get(studio_draft)
        return {"rows": [_revision(row) for row in drafting.revisions(studio_draft, size=100)]}


@route("/studio/drafts/<int:studio_draft>/problems", tag="studio")
@token_only
class StudioProblems(MethodView):
    """What is wrong with a draft."""

    @answers("检查草稿", StudioProblemsSchema, refused=_READ)
    def get(self, studio_draft: int) -> dict[str, Any]:
        """Check the newest revision of a draft as a whole."""
        drafting.require_designer(visitor.actor())
        draft = drafting.get(studio_draft)
        found = definitions.check_bundle(drafting.files(studio_draft)).problems
        return {"revision": draft.revision, "problems": [_problem(one) for one in found]}


@route("/studio/drafts/<int:studio_draft>/deployment", tag="studio")
@token_only
class StudioDeployment(MethodView):
    """Deploying a draft."""

    @answers("部署草稿", StudioDeployedSchema, refused=SENT)
    @takes(StudioDeployingSchema)
    def post(self, sent: dict[str, Any], studio_draft: int) -> dict[str, Any]:
        """Deploy the revision that was looked at (administrators)."""
        with db.transaction():
            actor, now = visitor.actor(), clock.now()
            done = drafting.deploy(
                studio_draft, base=sent["base"], actor=actor, now=now, note=sent["note"]
            )
            version = done.version
            return {"version_id": version.id, "number": version.number, "created": done.created}


def _draft(draft: ItemDraft) -> dict[str, Any]:
    names = ("id", "name", "origin", "version_id", "deployed_revision", "revision")
    row: dict[str, Any] = {name: getattr(draft, name) for name in names}
    times = {"changed_at": draft.changed_at, "discarded_at": draft.discarded_at}
    return {**row, **times, "item": draft.item_code}


def _revision(row: ItemRevision) -> dict[str, Any]:
    return {n: getattr(row, n) for n in ("number", "kind", "changed", "made_at")}


def _problem(one: Problem) -> dict[str, Any]:
    plain = {n: getattr(one, n) for n in ("file", "line", "element", "rule", "severity")}
    return {**plain, "message": one.message._asdict(), "hint": one.hint._asdict()}
