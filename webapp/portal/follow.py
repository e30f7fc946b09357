"""Handlers for following a case: my page, status, answering a notice, papers, verification."""

from io import BytesIO

from flask import flash, redirect, render_template, request, send_file, session, url_for
from flask.typing import ResponseReturnValue

import engine.db
from engine import cases, clock, incidents, notices, people, supervision, voices
from engine.cases import documents
from engine.errors import ConflictError, InvalidError, NotFoundError
from forms.text import Text
from reports.documents import pdf
from webapp import language, parking, visitor
from webapp.doors import applicants_only, logged_in, open_to_all
from webapp.paging import turned
from webapp.portal import applying, following
from webapp.portal.items import blueprint

_QUERIED = "queried"
REMINDED = Text("已催办，承办人员已收到通知。", "Reminded: those whose turn it is were told.")


@blueprint.get("/my")
@applicants_only
def mine() -> ResponseReturnValue:
    """Show the applicant's drafts, cases and latest notices."""
    actor = visitor.actor()
    latest = notices.list_for(visitor.person_id(), per_page=5).rows
    drafts = cases.my_drafts(actor)
    return render_template(
        "portal/mine.html",
        drafts=[(d, applying.subject_of(d)) for d in drafts],
        stuck=incidents.stuck([draft.id for draft in drafts]),
        page=turned(lambda at: cases.my_cases(actor, at=at)),
        latest=latest,
    )


@blueprint.get("/case/<string:number>/receipt")
@applicants_only
def receipt(number: str) -> ResponseReturnValue:
    """Show that the application was received, with the codes to follow it."""
    file = cases.file_of(cases.find(number, visitor.actor()))
    papers = [document for document in file.documents if document.kind == "receipt"]
    return render_template("portal/receipt.html", case=file.case, file=file, papers=papers)


@blueprint.get("/case/<string:number>")
@applicants_only
def case(number: str) -> ResponseReturnValue:
    """Show where a case stands, whose turn it is and until when."""
    file = cases.file_of(cases.find(number, visitor.actor()))
    return render_template(
        "portal/case.html",
        **following.view(file),
        asked=following.open_tasks(file),
        answered=following.answered(file),
        **following.clock_of(file.case, visitor.actor()),
        reasons=supervision.explanations(file.case),
        no_reminder=supervision.why_no_reminder(file.case, visitor.actor(), clock.now()),
        last_reminder=supervision.last_reminder(file.case, "applicant"),
    )


@blueprint.post("/case/<string:number>/urging")
@applicants_only
def remind(number: str) -> ResponseReturnValue:
    """Remind those whose turn it is."""
    try:
        with engine.db.transaction():
            found = cases.find(number, visitor.actor())
            supervision.remind(found.id, actor=visitor.actor(), now=clock.now())
        flash(language.t(REMINDED), "good")
    except ConflictError as refusal:
        flash(language.t(refusal.message), "warn")
    return redirect(url_for("portal.case", number=number), 303)


@blueprint.get("/case/<string:number>/tasks/<string:task_id>")
@applicants_only
def answer(number: str, task_id: str) -> ResponseReturnValue:
    """Show everything that is asked at once, and the form to answer it in place."""
    found = following.asked(number, task_id, visitor.actor(), parking.typed())
    if found.task.state != "open":
        return redirect(url_for("portal.case", number=number))
    return render_template("portal/answer.html", found=found, case=found.file.case)


@blueprint.post("/case/<string:number>/tasks/<string:task_id>")
@applicants_only
def send_answer(number: str, task_id: str) -> ResponseReturnValue:
    """Keep what was typed and uploaded, or hand everything in, once."""
    found = following.asked(number, task_id, visitor.actor(), request.form)
    try:
        with engine.db.transaction():
            following.keep(found, request.form, request.files, visitor.actor())
        if not following.only_keeps(request.form):
            with engine.db.transaction():
                following.hand_in(found, request.form.get("outcome", ""), visitor.actor())
    except InvalidError as error:
        return following.show(number, task_id, error.fields), 422
    return following.after_answer(number, task_id)


@blueprint.get("/case/<string:number>/documents/<int:document_id>.pdf")
@applicants_only
def document(number: str, document_id: int) -> ResponseReturnValue:
    """Give a document of the case as PDF."""
    file = cases.file_of(cases.find(number, visitor.actor()))
    found = next((d for d in file.documents if d.id == document_id and d.public), None)
    if found is None:
        raise NotFoundError(Text("没有找到这份文书。", "No such document was found."))
    name = f"{file.case.number}-{language.t(found.title_zh, found.title_en)}.pdf"
    return send_file(BytesIO(pdf(found)), "application/pdf", download_name=name)


@blueprint.get("/materials/<int:material_id>")
@logged_in
def material(material_id: int) -> ResponseReturnValue:
    """Give an uploaded file to whoever may see it; only what cannot run is shown in place."""
    row, data = cases.privacy.content(material_id, actor=visitor.actor(), now=clock.now())
    shown = row.content_type in ("application/pdf", "image/jpeg", "image/png")
    return send_file(
        BytesIO(data), row.content_type, as_attachment=not shown, download_name=row.file_name
    )


@blueprint.get("/query")
@open_to_all("a case can be tracked with its number and query code, without an account")
def query() -> ResponseReturnValue:
    """Ask for case number and query code."""
    values = parking.typed() or request.args
    return render_template("portal/query.html", values=values, error=None)


@blueprint.post("/query")
@open_to_all("a case can be tracked with its number and query code, without an account")
def find_case() -> ResponseReturnValue:
    """Find a case by number and query code."""
    given = (request.form.get("number", ""), request.form.get("code", ""))
    guessed, now = f"query:{given[0].strip().upper()}", clock.now()
    people.refuse_guessing(guessed, now=now)
    try:
        found = cases.find_public(*given)
    except NotFoundError as error:
        with engine.db.transaction():
            people.note_failure(guessed, now=now)
        values = {"values": request.form, "error": error.message}
        return render_template("portal/query.html", **values), 404
    session[_QUERIED] = [found.number, given[1]]
    return redirect(url_for("portal.public_case", number=found.number), 303)


@blueprint.get("/query/<string:number>")
@open_to_all("the query code, kept in the session, was the key")
def public_case(number: str) -> ResponseReturnValue:
    """Show anybody with the query code where a case stands, without personal data."""
    known, code = session.get(_QUERIED, ("", ""))
    if known != number:
        return redirect(url_for("portal.query", number=number))
    file = cases.file_of(cases.find_public(number, code))
    return render_template(
        "portal/public_case.html",
        **following.view(file),
        masked=following.masked,
        reasons=supervision.explanations(file.case),
    )


@blueprint.get("/verify")
@open_to_all("whoever holds a document may check it")
def verify_form() -> ResponseReturnValue:
    """Ask for the code printed on a document."""
    if code := request.args.get("code", "").strip():
        return redirect(url_for("portal.verify", code=code))
    return render_template("portal/verify_form.html")


@blueprint.get("/verify/<string:code>")
@open_to_all("whoever holds a document may check it")
def verify(code: str) -> ResponseReturnValue:
    """Say whether a document was issued here, with its key facts."""
    try:
        found, of_case = documents.verify(code)
    except NotFoundError as error:
        return _verify_answer(code, error)
    return render_template(
        "portal/verify.html",
        document=found,
        case=of_case,
        code=code,
        masked=following.masked,
        **following.licence_behind(found),
    )


def _verify_answer(code: str, error: NotFoundError) -> ResponseReturnValue:
    """Say whether the written answer to a complaint was issued here; its content is not shown."""
    try:
        found = voices.complaints.paper(voices.complaints.verify(code))
    except NotFoundError:
        return render_template("portal/verify.html", document=None, code=code, error=error), 404
    return render_template("portal/verify.html", document=found, case=None, code=code)
