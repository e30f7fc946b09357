"""Handlers of one's own licences: the list, a licence, applying on it, reporting works begun."""

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

import engine.db
from engine import cases, clock, licences
from engine.errors import ConflictError, InvalidError
from forms.text import Text
from webapp import language, licensed, parking, visitor
from webapp.doors import applicants_only
from webapp.portal import applying
from webapp.portal.items import blueprint

BEGUN = Text("已登记开工日期。", "The beginning of the works is recorded.")

STATED = Text("您的陈述申辩已记录在案。", "What you said is on record.")
ASKED = Text(
    "您的听证申请已记录；举行七个工作日以前会通知您时间和地点。",
    "Your request is on record; you are told time and place seven working days before.",
)


@blueprint.get("/my/licences")
@applicants_only
def my_licences() -> ResponseReturnValue:
    """List the applicant's licences: how each stands, and what can be done now."""
    actor, at = visitor.actor(), request.args.get("at", "")
    try:
        page = licences.mine(actor, at)
    except InvalidError:
        page = licences.mine(actor)
    rows = [(row, licensed.standing(row), licensed.offers(row)) for row in page.rows]
    return render_template(
        "portal/licences.html",
        page=page,
        rows=rows,
        announced=licences.open_on(page.rows),
        acts=licences.ACTS,
        tones=licensed.TONES,
    )


@blueprint.get("/my/licences/<int:licence_id>")
@applicants_only
def licence(licence_id: int) -> ResponseReturnValue:
    """Show one licence: its state, its papers, what can be applied for and until when."""
    return _show(licence_id, {})


@blueprint.post("/my/licences/<int:licence_id>/apply")
@applicants_only
def apply_on_licence(licence_id: int) -> ResponseReturnValue:
    """Begin a renewal, a change or a re-issue, filled in from the licence."""
    actor, kind = visitor.actor(), request.form.get("kind", "")
    try:
        with engine.db.transaction():
            draft_id = cases.licensing.apply_on(licence_id, kind, actor=actor, now=clock.now()).id
    except (ConflictError, InvalidError) as refusal:
        flash(language.t(refusal.message), "bad")
        return _show(licence_id, {}), 409 if isinstance(refusal, ConflictError) else 422
    return redirect(applying.load(draft_id, actor).stages[0].path, 303)


@blueprint.post("/my/licences/<int:licence_id>/begun")
@applicants_only
def report_begun(licence_id: int) -> ResponseReturnValue:
    """Report that the works of a licence have begun."""
    try:
        with engine.db.transaction():
            on = licensed.day_of(request.form.get("begun_on", ""))
            licences.record_begun(licence_id, on, actor=visitor.actor(), now=clock.now())
    except InvalidError as error:
        return _show(licence_id, error.fields), 422
    flash(language.t(BEGUN), "good")
    return redirect(url_for("portal.licence", licence_id=licence_id), 303)


@blueprint.post("/my/licences/<int:licence_id>/statement")
@applicants_only
def state_case(licence_id: int) -> ResponseReturnValue:
    """State one's case before a licence is revoked or forfeited."""
    try:
        with engine.db.transaction():
            words = request.form.get("statement", "")
            licences.state_case(licence_id, words, actor=visitor.actor(), now=clock.now())
    except InvalidError as error:
        return _show(licence_id, error.fields), 422
    flash(language.t(STATED), "good")
    return redirect(url_for("portal.licence", licence_id=licence_id, _anchor="notice"), 303)


@blueprint.post("/my/licences/<int:licence_id>/hearing-request")
@applicants_only
def ask_hearing(licence_id: int) -> ResponseReturnValue:
    """Ask for a hearing before a licence is revoked or forfeited."""
    with engine.db.transaction():
        licences.ask_hearing(licence_id, actor=visitor.actor(), now=clock.now())
    flash(language.t(ASKED), "good")
    return redirect(url_for("portal.licence", licence_id=licence_id, _anchor="notice"), 303)


def _show(licence_id: int, errors: dict[str, Text]) -> str:
    found = licences.find(licence_id, visitor.actor())
    return render_template(
        "portal/licence.html",
        **licensed.page_values(found, staff=False),
        offers=licensed.offers(found),
        errors=errors,
        given=parking.typed() or request.form,
    )
