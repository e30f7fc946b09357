"""The case file for staff: search, one case with everything in it, its materials and documents."""

import io

from flask import Response, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

import reports.documents
from engine import cases, clock, cohandling, db
from engine.cases import documents
from engine.errors import ConflictError, NotFoundError
from forms.text import Text
from reports import lists
from webapp import veiling, visitor
from webapp.doors import staff_only
from webapp.inbox import screen, timing
from webapp.inbox.routes import blueprint
from webapp.language import t

#: The policy for each kind of content that a browser shows in place.
POLICIES = {
    "application/pdf": "default-src 'none'; object-src 'self'; style-src 'unsafe-inline'; "
    "frame-ancestors 'self'",
    "image/png": "default-src 'none'; sandbox; frame-ancestors 'self'",
    "image/jpeg": "default-src 'none'; sandbox; frame-ancestors 'self'",
}
_WENT_ON = Text(
    "已按流程规定继续办理，未答复的部门视为同意。",
    "The case goes on as the diagram allows; silent departments are taken to agree.",
)
STATUSES = ("open", "closed", "received", "correcting", "accepted", "decided")


@blueprint.get("/cases")
@staff_only
def search() -> ResponseReturnValue:
    """Search the cases of one's departments."""
    actor, wanted = visitor.actor(), _wanted()
    page = lists.cases(actor, wanted, now=clock.now(), page=request.args.get("page", 1, type=int))
    return render_template(
        "inbox/search.html", page=page, wanted=wanted, items=lists.items(actor), statuses=STATUSES
    )


@blueprint.get("/cases/<string:number>")
@staff_only
def case(number: str) -> ResponseReturnValue:
    """Show the file of one case."""
    found = cases.find(number, visitor.actor())
    values = screen.case_values(found, visitor.actor())
    values |= timing.clock_values(found, visitor.actor(), clock.now())
    page = render_template("inbox/case.html", **values, clock_errors={}, clock_typed={})
    return veiling.page(found, page)


@blueprint.get("/cases/<string:number>/materials/<int:material_id>")
@staff_only
def material(number: str, material_id: int) -> ResponseReturnValue:
    """Show a material in place when that is safe, else hand it over as a download."""
    cases.find(number, visitor.actor())
    row, content = cases.privacy.content(material_id, actor=visitor.actor(), now=clock.now())
    in_place = row.content_type in POLICIES and "download" not in request.args
    response = send_file(
        io.BytesIO(content),
        mimetype=row.content_type,
        as_attachment=not in_place,
        download_name=row.file_name,
    )
    return _guarded(response, row.content_type)


@blueprint.get("/cases/<string:number>/documents/<int:document_id>")
@staff_only
def document(number: str, document_id: int) -> ResponseReturnValue:
    """Show a document of the case as PDF."""
    found = cases.find(number, visitor.actor())
    rows = {row.id: row for row in documents.of_case(found)}
    if document_id not in rows:
        raise NotFoundError(Text("这个办件没有这份文书。", "This case has no such document."))
    row = rows[document_id]
    response = send_file(
        io.BytesIO(reports.documents.pdf(row, veil=veiling.over(found).of)),
        mimetype="application/pdf",
        as_attachment="download" in request.args,
        download_name=f"{row.title_zh}-{found.number}.pdf",
    )
    return _guarded(response, "application/pdf")


@blueprint.post("/cases/<string:number>/cohandlings/<int:cohandling_id>/urge")
@staff_only
def urge(number: str, cohandling_id: int) -> ResponseReturnValue:
    """Urge a department that has not answered yet."""
    try:
        with db.transaction():
            row = cohandling.urge(cohandling_id, actor=visitor.actor(), now=clock.now())
        flash(screen.urged(row.department_code), "good")
    except ConflictError as refusal:
        flash(t(refusal.message), "warn")
    return redirect(screen.back_to(url_for("inbox.case", number=number)), 303)


@blueprint.post("/cases/<string:number>/proceed/<string:element>")
@staff_only
def proceed(number: str, element: str) -> ResponseReturnValue:
    """Go on without the departments that stayed silent, where the diagram allows it."""
    try:
        with db.transaction():
            found = cases.find(number, visitor.actor())
            cohandling.proceed(found.id, element, actor=visitor.actor(), now=clock.now())
        flash(t(_WENT_ON), "good")
    except ConflictError as refusal:
        flash(t(refusal.message), "warn")
    return redirect(screen.back_to(url_for("inbox.case", number=number)), 303)


def _wanted() -> lists.Wanted:
    """Read the filters; what is not understood asks nothing."""
    asked = request.args
    status, due = asked.get("status", ""), asked.get("due", "")
    return lists.Wanted(
        query=asked.get("q", ""),
        item=asked.get("item", ""),
        status=status if status in STATUSES else "",
        due=due if due in ("near", "overdue") else "",
        sort=asked.get("sort", "due"),
    )


def _guarded(response: Response, content_type: str) -> Response:
    """Let a file be framed by our own pages and do nothing else."""
    policy = POLICIES.get(content_type, "default-src 'none'; sandbox")
    response.headers["Content-Security-Policy"] = policy
    response.headers["X-Content-Type-Options"] = "nosniff"
    return response
