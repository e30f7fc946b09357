"""Handlers for writing an application: drafts, their materials, and submitting them, once."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from flask import Response, send_file
from flask.views import MethodView

from engine import cases, clock, db, definitions
from engine.cases import Draft
from engine.cases import materials as files
from engine.errors import ConflictError, InvalidError
from forms.answers import UNKNOWN
from forms.text import Text
from webapp import visitor
from webapp.api import shown
from webapp.api.case_schemas import CaseSchema
from webapp.api.reading import INVALID
from webapp.api.routes import ACTED, BINARY, SENT, answers, nothing, route, takes
from webapp.api.schemas import (
    DraftAnswersSchema,
    DraftListSchema,
    DraftSchema,
    MaterialSchema,
    NewDraftSchema,
    UploadSchema,
)
from webapp.doors import token_only

SUBMITTED = Text(
    "这份草稿已经提交，不能再更改。",
    "This draft has been submitted and cannot be changed any more.",
)


@route("/drafts", tag="drafts")
@token_only
class Drafts(MethodView):
    """The applicant's drafts."""

    @answers("我的草稿", DraftListSchema, refused=(401,))
    def get(self) -> dict[str, Any]:
        """List the drafts that were not submitted yet."""
        return {"rows": [_row(draft) for draft in cases.my_drafts(visitor.actor())]}

    @answers("开始申请", DraftSchema, status=201, refused=SENT)
    @takes(NewDraftSchema)
    def post(self, sent: dict[str, str]) -> dict[str, Any]:
        """Begin an application for an item."""
        with db.transaction():
            draft = cases.start_draft(sent["item"], actor=visitor.actor(), now=clock.now())
            draft_id = draft.id
        return shown_draft(draft_id)


@route("/drafts/<string:draft_id>", tag="drafts")
@token_only
class OneDraft(MethodView):
    """A draft."""

    @answers("草稿内容和尚缺内容", DraftSchema, refused=(401, 404))
    def get(self, draft_id: str) -> dict[str, Any]:
        """Show a draft: its answers, its files, and what is still missing."""
        return shown_draft(draft_id)

    @answers("保存答案", DraftSchema, refused=SENT)
    @takes(DraftAnswersSchema)
    def patch(self, sent: dict[str, Any], draft_id: str) -> dict[str, Any]:
        """Keep answers; what is wrong with them is said under ``missing``."""
        actor, now = visitor.actor(), clock.now()
        with db.transaction():
            draft = _writable(draft_id)
            kept = _known(draft, sent["answers"])
            cases.save_draft(draft_id, None, kept, unchecked=True, actor=actor, now=now)
        return shown_draft(draft_id)

    @answers("删除草稿", status=204, refused=(401, 404, 409))
    def delete(self, draft_id: str) -> Response:
        """Delete a draft with its files."""
        with db.transaction():
            _writable(draft_id)
            cases.delete_draft(draft_id, actor=visitor.actor(), now=clock.now())
        return nothing()


@route("/drafts/<string:draft_id>/materials", tag="drafts")
@token_only
class DraftMaterials(MethodView):
    """The files of a draft."""

    @answers("上传材料", MaterialSchema, status=201, refused=SENT)
    @takes(UploadSchema, "multipart")
    def post(self, sent: dict[str, Any], draft_id: str) -> dict[str, Any]:
        """Add a file to a draft; its kind is told by its content."""
        upload = given(sent)
        with db.transaction():
            draft = _writable(draft_id)
            of = definitions.bundle(draft.version_id)
            row = files.add_to_draft(
                draft, sent["code"], upload, actor=visitor.actor(), now=clock.now()
            )
            return shown.materials(of, [row])[0]


@route("/materials/<int(max=2147483647):material_id>", tag="drafts")
@token_only
class OneMaterial(MethodView):
    """An uploaded file."""

    @answers("撤下材料", status=204, refused=ACTED)
    def delete(self, material_id: int) -> Response:
        """Take a file out of a draft, or out of a case that is being corrected."""
        with db.transaction():
            files.remove(material_id, actor=visitor.actor(), now=clock.now())
        return nothing()


@route("/materials/<int(max=2147483647):material_id>/content", tag="drafts")
@token_only
class MaterialContent(MethodView):
    """What is in an uploaded file."""

    @answers("下载材料", BINARY, refused=(401, 403, 404), media="*/*")
    def get(self, material_id: int) -> Response:
        """Download a file, under its own media type."""
        row, data = cases.privacy.content(material_id, actor=visitor.actor(), now=clock.now())
        return send_file(
            BytesIO(data), row.content_type, as_attachment=True, download_name=row.file_name
        )


@route("/drafts/<string:draft_id>/submission", tag="drafts")
@token_only
class Submission(MethodView):
    """The step from a draft to a case."""

    @answers("提交申请", CaseSchema, status=201, again=200, refused=(401, 403, 404, 422))
    def post(self, draft_id: str) -> tuple[dict[str, Any], int]:
        """Submit a draft; a second time answers with the same case (200)."""
        actor, now = visitor.actor(), clock.now()
        with db.transaction():
            before = cases.get_draft(draft_id, actor, lock=True).case_id
            number = cases.submit(draft_id, actor=actor, now=now).number
        file = cases.file_of(cases.find(number, actor))
        return shown.case(file, actor, now), 201 if before is None else 200


def given(sent: Mapping[str, Any]) -> tuple[str, bytes]:
    """Return the name and the content of an uploaded file."""
    return sent["file"].filename or "", sent["file"].read()


def _writable(draft_id: str) -> Draft:
    """Lock a draft that may still be changed. Raises NotFoundError, ConflictError."""
    draft = cases.get_draft(draft_id, visitor.actor(), lock=True)
    if draft.case_id is not None:
        raise ConflictError(SUBMITTED)
    return draft


def _known(draft: Draft, sent: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the answers sent, all of them to questions of the form. Raises InvalidError."""
    unknown = sorted(set(sent) - cases.form_of(draft).keys)
    if unknown:
        raise InvalidError(INVALID, fields={f"answers.{key}": UNKNOWN for key in unknown})
    return sent


def _row(draft: Draft) -> dict[str, Any]:
    return {
        "id": draft.id,
        "item": shown.item_of(draft.version_id),
        "created_at": draft.created_at,
        "saved_at": draft.saved_at,
    }


def shown_draft(draft_id: str) -> dict[str, Any]:
    """Return a draft with what it still lacks."""
    draft = cases.get_draft(draft_id, visitor.actor())
    of = definitions.bundle(draft.version_id)
    case = cases.get(draft.case_id) if draft.case_id is not None else None
    lacking = cases.missing(draft, now=clock.now()) if case is None else cases.Missing({}, {})
    return {
        **_row(draft),
        "version": of.number,
        "application_kind": draft.application_kind,
        "licence": draft.licence_number,
        "case": case.number if case is not None else None,
        "answers": draft.answers,
        "materials": shown.materials(of, files.of_draft(draft)),
        "missing": lacking,
    }
