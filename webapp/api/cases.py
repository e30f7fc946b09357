"""Handlers for cases: lists, one case, its history, materials and documents, verification."""

from io import BytesIO
from typing import Any

from flask import Response, send_file
from flask.views import MethodView

import reports.documents
from engine import cases, clock, cohandling, db
from engine.cases import documents
from engine.cases import materials as files
from engine.errors import NotFoundError
from engine.permissions import Actor
from forms.text import Text
from webapp import language, veiling, visitor
from webapp.api import shown
from webapp.api.case_schemas import (
    CaseRowSchema,
    CaseSchema,
    CoHandlingListSchema,
    CoHandlingRowSchema,
    HistorySchema,
    VerifiedSchema,
)
from webapp.api.drafts import given
from webapp.api.routes import ACTED, BINARY, SENT, answers, route, takes
from webapp.api.schemas import CasesQuery, MaterialSchema, UploadSchema, marked
from webapp.doors import open_to_all, token_only
from webapp.portal.following import masked


@route("/cases", tag="cases")
@token_only
class Cases(MethodView):
    """The cases one may see."""

    @answers("办件列表", marked(CaseRowSchema), refused=(401, 422))
    @takes(CasesQuery, "query")
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List one's own cases; staff search those of their departments."""
        found = _listed(visitor.actor(), asked)
        rows = [veiling.in_list(case).of(shown.case_row(case)) for case in found.rows]
        return {
            "rows": rows,
            "total": found.total,
            "more_than_total": found.more,
            "next": found.next,
            "previous": found.previous,
        }


@route("/cases/<string:number>", tag="cases")
@token_only
class OneCase(MethodView):
    """A case."""

    @answers("办件详情", CaseSchema, refused=(401, 404))
    def get(self, number: str) -> dict[str, Any]:
        """Show where a case stands, whose turn it is and until when, with its whole file."""
        actor = visitor.actor()
        file = cases.file_of(cases.find(number, actor))
        return veiling.shape(file.case, shown.case(file, actor, clock.now()))


@route("/cases/<string:number>/history", tag="cases")
@token_only
class CaseHistory(MethodView):
    """What happened in a case."""

    @answers("办理过程", HistorySchema, refused=(401, 404))
    def get(self, number: str) -> dict[str, Any]:
        """Tell what happened in a case, oldest first."""
        actor = visitor.actor()
        file = cases.file_of(cases.find(number, actor))
        return veiling.shape(file.case, {"rows": shown.history(file, actor)})


@route("/cases/<string:number>/materials", tag="cases")
@token_only
class CaseMaterials(MethodView):
    """The files of a case."""

    @answers("补充材料", MaterialSchema, status=201, refused=SENT)
    @takes(UploadSchema, "multipart")
    def post(self, sent: dict[str, Any], number: str) -> dict[str, Any]:
        """Add a file to one's case while a correction or rectification is asked."""
        actor, upload = visitor.actor(), given(sent)
        with db.transaction():
            case = cases.find(number, actor)
            row = files.add_to_case(case, sent["code"], upload, actor=actor, now=clock.now())
            return shown.materials(cases.file_of(case).bundle, [row])[0]


@route("/cases/<string:number>/documents/<int(max=2147483647):document_id>.pdf", tag="cases")
@token_only
class CaseDocument(MethodView):
    """A document as it is printed."""

    @answers("下载文书", BINARY, refused=(401, 404), media="application/pdf")
    def get(self, number: str, document_id: int) -> Response:
        """Download a document of a case as PDF, in the language asked for."""
        actor = visitor.actor()
        case = cases.find(number, actor)
        row = _document(case, document_id, actor)
        veil = veiling.over(case).of
        pdf = reports.documents.pdf(row, language=language.lang(), veil=veil)
        return send_file(BytesIO(pdf), "application/pdf", download_name=f"{row.number}.pdf")


@route("/cases/<string:number>/cohandling/<string:element>/proceeding", tag="cohandling")
@token_only
class Proceeding(MethodView):
    """Going on without an answer."""

    @answers("逾期未答复，继续办理", CoHandlingListSchema, refused=ACTED)
    def post(self, number: str, element: str) -> dict[str, Any]:
        """Go on without the departments that stayed silent, where the diagram allows it."""
        actor = visitor.actor()
        with db.transaction():
            case = cases.find(number, actor)
            rows = cohandling.proceed(case.id, element, actor=actor, now=clock.now())
            return {"rows": [shown.asked_department(row) for row in rows]}


@route("/cohandling/<int(max=2147483647):cohandling_id>/urging", tag="cohandling")
@token_only
class Urging(MethodView):
    """A reminder."""

    @answers("催办", CoHandlingRowSchema, refused=ACTED)
    def post(self, cohandling_id: int) -> dict[str, Any]:
        """Urge a department to answer; its people get a notice."""
        with db.transaction():
            row = cohandling.urge(cohandling_id, actor=visitor.actor(), now=clock.now())
            return shown.asked_department(row)


@route("/verify/<string:code>", tag="verify")
@open_to_all("whoever holds a document may check it")
class Verification(MethodView):
    """The check of a document."""

    @answers("核验文书", VerifiedSchema, refused=(404,))
    def get(self, code: str) -> dict[str, Any]:
        """Say whether a document was issued here, with its key facts."""
        row, case = documents.verify(code)
        found = shown.verified(row, case, masked(case.subject) if case else "")
        return {**found, "licence": shown.licence_behind(row)}


def _listed(actor: Actor, asked: dict[str, Any]) -> cases.CasePage:
    place = {"at": asked["at"], "per_page": asked["per_page"]}
    if actor.kind == "staff":
        return cases.search(actor, asked["q"], **place)
    return cases.my_cases(actor, **place)


def _document(case: cases.Case, document_id: int, actor: Actor) -> Any:
    """Find a document of a case that the actor may have. Raises NotFoundError."""
    staff = actor.kind == "staff"
    for row in documents.of_case(case):
        if row.id == document_id and (staff or row.public):
            return row
    raise NotFoundError(Text("没有找到这份文书。", "No such document was found."))
