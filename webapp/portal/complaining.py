"""Handlers of complaints, of finding them again with a code, and of ratings."""

from collections.abc import Mapping
from io import BytesIO
from typing import Any

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

import engine.db
from engine import cases, clock, people, voices
from engine.errors import ConflictError, InvalidError, NotFoundError
from engine.paging import Page
from forms.text import Text
from reports.documents import pdf
from webapp import language, origin, parking, visitor
from webapp.doors import applicants_only, open_to_all
from webapp.portal import keys
from webapp.portal.items import blueprint

FILED = Text(
    "投诉已提交。请记下编号和查询码。",
    "Your complaint was sent. Please note its number and query code.",
)
RATED = Text("谢谢您的评价。", "Thank you for your rating.")
_MINE = "its maker, or whoever knows its query code; the view asks for one of them"
_ANYBODY = "anybody may complain, with or without a name"


@blueprint.get("/complain")
@open_to_all(_ANYBODY)
def complain_form() -> ResponseReturnValue:
    """Show the form of a complaint; the address may name an own case or a department."""
    return _complain_page(parking.typed() or request.args)


@blueprint.post("/complain")
@open_to_all(_ANYBODY)
def complain() -> ResponseReturnValue:
    """Complain."""
    given = request.form
    named = given.get("named") == "1"
    texts = {name: given.get(name, "") for name in ("text", "department", "case", "contact")}
    filing = voices.complaints.Filing(named=named, **texts)
    who = keys.speaker(voices.NOBODY)
    try:
        with engine.db.transaction():
            row = voices.complaints.file(filing, origin=origin.here(), actor=who, now=clock.now())
    except (InvalidError, ConflictError, NotFoundError) as error:
        errors = error.fields or {"text": error.message}
        return _complain_page(given, errors), 422 if error.fields else 409
    keys.hold(row.number, row.query_code)
    flash(language.t(FILED), "good")
    return redirect(url_for("portal.complaint", number=row.number), 303)


def _complain_page(given: Mapping[str, str], errors: Mapping[str, Text] | None = None) -> str:
    return render_template(
        "portal/complain.html",
        given=given,
        errors=errors or {},
        departments=people.departments(),
        who=visitor.actor_or_none(),
    )


@blueprint.get("/complaints/<string:number>")
@open_to_all(_MINE)
def complaint(number: str) -> ResponseReturnValue:
    """Show a complaint and what became of it to whoever holds a key to it."""
    found = keys.opened(number, voices.complaints.mine, voices.complaints.find_public)
    if found is None:
        return redirect(url_for("portal.voice_query", number=number))
    states = voices.complaints.STATES
    return render_template("portal/complaint.html", complaint=found, states=states)


@blueprint.get("/complaints/<string:number>/answer.pdf")
@open_to_all(_MINE)
def complaint_answer(number: str) -> ResponseReturnValue:
    """Give the written answer as PDF."""
    found = keys.opened(number, voices.complaints.mine, voices.complaints.find_public)
    if found is None:
        return redirect(url_for("portal.voice_query", number=number))
    paper = pdf(voices.complaints.paper(found), language=language.lang())
    return send_file(BytesIO(paper), "application/pdf", download_name=f"{number}.pdf")


@blueprint.get("/voices")
@open_to_all("a question or complaint can be found with its number and query code")
def voice_query() -> ResponseReturnValue:
    """Ask for number and query code."""
    values = parking.typed() or request.args
    return render_template("portal/voice_query.html", values=values, errors={})


@blueprint.post("/voices")
@open_to_all("a question or complaint can be found with its number and query code")
def find_voice() -> ResponseReturnValue:
    """Find a question or complaint by its number and query code."""
    number, code = request.form.get("number", "").strip().upper(), request.form.get("code", "")
    kind = voices.complaints if number.startswith("TS") else voices.questions
    try:
        keys.try_code(number, code, kind.find_public)
    except NotFoundError as error:
        with engine.db.transaction():
            keys.count_guess(number)
        errors = {"number": error.message}
        return render_template("portal/voice_query.html", values=request.form, errors=errors), 404
    shown = "portal.complaint" if kind is voices.complaints else "portal.question"
    return redirect(url_for(shown, number=number), 303)


@blueprint.get("/my/voices")
@applicants_only
def my_voices() -> ResponseReturnValue:
    """Show what the applicant has asked, complained of by name, and could rate."""
    actor = visitor.actor()
    return render_template(
        "portal/voices.html",
        questions=_page(voices.questions.asked_by, "at"),
        complaints=_page(voices.complaints.made_by, "from"),
        question_states=voices.questions.STATES,
        complaint_states=voices.complaints.STATES,
        unrated=voices.ratings.unrated(actor),
    )


def _page(find: Any, name: str) -> Page[Any]:
    """Return the page asked for; a mark that is none of this list's leads to the first."""
    actor = visitor.actor()
    try:
        found: Page[Any] = find(actor, at=request.args.get(name, ""))
    except InvalidError:
        found = find(actor)
    return found


@blueprint.get("/case/<string:number>/rating")
@applicants_only
def rating_form(number: str) -> ResponseReturnValue:
    """Show the form of a rating, or the rating given."""
    return _rating_page(number, parking.typed() or {})


@blueprint.post("/case/<string:number>/rating")
@applicants_only
def rate(number: str) -> ResponseReturnValue:
    """Rate an own case, once, after its end."""
    given = request.form
    level = int(given["level"]) if given.get("level", "") in ("1", "2", "3", "4", "5") else 0
    saying = voices.ratings.Given(level, given.get("text", ""), given.get("named") != "0")
    try:
        with engine.db.transaction():
            actor, now = visitor.actor(), clock.now()
            voices.ratings.rate(number, saying, origin=origin.here(), actor=actor, now=now)
    except InvalidError as error:
        return _rating_page(number, given, error.fields), 422
    flash(language.t(RATED), "good")
    return redirect(url_for("portal.case", number=number), 303)


def _rating_page(
    number: str, given: Mapping[str, str], errors: Mapping[str, Text] | None = None
) -> str:
    case = cases.find(number, visitor.actor())
    return render_template(
        "portal/rate.html",
        case=case,
        given=given,
        errors=errors or {},
        levels=voices.ratings.LEVELS,
        rated=voices.ratings.of_case(case),
        refusal=voices.ratings.why_not(case, visitor.actor()),
    )
