"""Handlers of questions: asking about an item or an own case, reading what was answered."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

import engine.db
from engine import cases, clock, definitions, voices
from engine.errors import ConflictError, InvalidError, NotFoundError
from engine.paging import Page
from forms.text import Text
from webapp import language, origin, parking, visitor
from webapp.doors import applicants_only, open_to_all
from webapp.paging import turned
from webapp.portal import keys
from webapp.portal.items import blueprint

ASKED = Text(
    "已提交。答复后，可凭编号和查询码在“咨询投诉查询”中查看。",
    "Sent. Number and query code lead you to the answer under “Find my question”.",
)
_PUBLIC = "what was published is for everybody (R02, R23)"
_MINE = "its maker, or whoever knows its query code; the view asks for one of them"


@blueprint.get("/questions")
@open_to_all(_PUBLIC)
def all_questions() -> ResponseReturnValue:
    """Search the published questions of all items."""
    words = request.args.get("q", "")[:80]
    titles = {bundle.item.code: bundle.item.title for bundle in definitions.published()}
    return render_template(
        "portal/questions.html", page=_published("", words), words=words, item=None, titles=titles
    )


@blueprint.get("/items/<string:item_code>/questions")
@open_to_all(_PUBLIC)
def questions_of(item_code: str) -> ResponseReturnValue:
    """Search the published questions of an item."""
    item, words = definitions.newest(item_code).item, request.args.get("q", "")[:80]
    page = _published(item.code, words)
    return render_template("portal/questions.html", page=page, words=words, item=item, titles={})


def _published(item_code: str, words: str) -> Page[Any]:
    return turned(lambda at: voices.questions.published(item_code, words, at=at))


@blueprint.get("/items/<string:item_code>/ask")
@open_to_all("anybody may ask about what the city offers")
def ask_form(item_code: str) -> ResponseReturnValue:
    """Show the form of a question about an item."""
    return _ask_page(item_code, "", parking.typed() or {})


@blueprint.post("/items/<string:item_code>/ask")
@open_to_all("anybody may ask about what the city offers")
def ask(item_code: str) -> ResponseReturnValue:
    """Ask about an item."""
    return _ask(item_code, "")


@blueprint.get("/case/<string:number>/ask")
@applicants_only
def ask_form_of_case(number: str) -> ResponseReturnValue:
    """Show the form of a question about an own case."""
    return _ask_page("", number, parking.typed() or {})


@blueprint.post("/case/<string:number>/ask")
@applicants_only
def ask_of_case(number: str) -> ResponseReturnValue:
    """Ask about an own case."""
    return _ask("", number)


def _ask_page(
    item_code: str, number: str, given: Mapping[str, str], errors: Mapping[str, Text] | None = None
) -> str:
    case = cases.find(number, visitor.actor()) if number else None
    item = definitions.newest(case.item_code if case else item_code).item
    return render_template(
        "portal/ask.html", item=item, case=case, given=given, errors=errors or {}
    )


def _ask(item_code: str, number: str) -> ResponseReturnValue:
    given = request.form
    asking = voices.questions.Asking(
        given.get("title", ""), given.get("text", ""), item=item_code, case=number
    )
    who = keys.speaker(voices.NOBODY)
    try:
        with engine.db.transaction():
            row = voices.questions.ask(asking, origin=origin.here(), actor=who, now=clock.now())
    except (InvalidError, ConflictError) as error:
        errors = error.fields or {"title": error.message}
        return _ask_page(item_code, number, given, errors), 422 if error.fields else 409
    keys.hold(row.number, row.query_code)
    flash(language.t(ASKED), "good")
    return redirect(url_for("portal.question", number=row.number), 303)


@blueprint.get("/questions/<string:number>")
@open_to_all(_MINE)
def question(number: str) -> ResponseReturnValue:
    """Show a question and its answer to whoever holds a key to it."""
    found = keys.opened(number, voices.questions.mine, voices.questions.find_public)
    if found is None:
        return redirect(url_for("portal.voice_query", number=number))
    item = _item(found.item_code)
    return render_template("portal/question.html", question=found, item=item)


def _item(code: str) -> Any:
    """Return an item; None when it is no longer offered."""
    try:
        return definitions.newest(code).item
    except NotFoundError:
        return None
