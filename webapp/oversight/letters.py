"""Pages of letters: the list, one letter with its replies, writing one, and its paper."""

import io
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

import reports.documents
from engine import cases, clock, clocks, db, definitions, people, supervision
from engine.errors import InvalidError, NotFoundError
from engine.paging import Page
from engine.permissions import Actor
from forms.text import Text
from webapp import parking, veiling, visitor
from webapp.doors import roles, staff_only
from webapp.inbox import history
from webapp.language import lang, t
from webapp.oversight import shown
from webapp.oversight.routes import blueprint

SENT = Text("已发出，收函单位已收到通知。", "Sent; the unit was told.")
DONE = Text("已记录。", "Recorded.")
_NO_ACT = Text("请选择要做什么。", "Choose what to do.")
_NO_CASE = Text("没有找到这个办件编号。", "There is no case of this number.")
#: Working days proposed for a reply.
USUAL_DAYS = 5
WRITTEN = ("kind", "department", "role", "subject", "findings", "demands", "source")
FIELDS = (*WRITTEN, "reply_on", "case")

Acting = Callable[..., Any]


def _closing(letter_id: int, text: str, **more: Any) -> Any:
    return supervision.verify_letter(letter_id, text, sound=True, **more)


def _returning(letter_id: int, text: str, **more: Any) -> Any:
    return supervision.verify_letter(letter_id, text, sound=False, **more)


#: What can be done on a letter: in which state, by whom, its name and the act itself.
ACTS: dict[str, tuple[str, str, Text, Acting]] = {
    "reply": ("issued", "unit", Text("答复", "Reply"), supervision.reply),
    "close": (
        *("replied", "supervisor", Text("核实通过，办结", "The reply is right: close")),
        _closing,
    ),
    "return": (
        "replied",
        "supervisor",
        Text("核实未通过，退回重新答复", "The reply is not enough: send it back"),
        _returning,
    ),
}


@blueprint.get("/letters")
@staff_only
def list_letters() -> ResponseReturnValue:
    """Show the letters the visitor may see."""
    actor, asked = visitor.actor(), request.args
    names = ("kind", "state", "department", "at")
    wanted = supervision.LettersWanted(**{name: asked.get(name, "") for name in names})
    return render_template(
        "oversight/letters.html",
        page=_page(actor, wanted),
        wanted=wanted,
        departments=people.departments() if supervision.sees_all(actor) else (),
        **_words(),
    )


@blueprint.get("/letters/new")
@roles("supervisor")
def new_letter() -> ResponseReturnValue:
    """Show the form of a letter, filled with what it is about."""
    asked = request.args
    given: dict[str, Any] = {name: asked.get(name, "") for name in FIELDS}
    cards = [number for number in asked.getlist("card") if number.isdigit()]
    return _form(parking.typed() or {**given, "cards": cards}, cards)


@blueprint.post("/letters")
@roles("supervisor")
def send_letter() -> ResponseReturnValue:
    """Issue a letter."""
    given, cards = request.form, request.form.getlist("cards")
    try:
        with db.transaction():
            writing = _writing(given, cards)
            actor, now = visitor.actor(), clock.now()
            letter_id = supervision.issue_letter(writing, actor=actor, now=now).id
    except InvalidError as error:
        return _form(given, cards, error.fields), 422
    flash(t(SENT), "good")
    return redirect(url_for("oversight.letter", letter_id=letter_id), 303)


@blueprint.get("/letters/<int:letter_id>")
@staff_only
def letter(letter_id: int) -> ResponseReturnValue:
    """Show one letter: its text, what became of it, and what the visitor may do."""
    return _letter(letter_id, errors={}, given=parking.typed() or {})


@blueprint.post("/letters/<int:letter_id>")
@staff_only
def act_on_letter(letter_id: int) -> ResponseReturnValue:
    """Reply, close, or send a reply back."""
    given = request.form
    try:
        with db.transaction():
            act = _act(given.get("act", ""))
            act(letter_id, given.get("text", ""), actor=visitor.actor(), now=clock.now())
    except InvalidError as error:
        return _letter(letter_id, errors=error.fields, given=given), 422
    flash(t(DONE), "good")
    return redirect(url_for("oversight.letter", letter_id=letter_id), 303)


@blueprint.get("/letters/<int:letter_id>.pdf")
@staff_only
def letter_paper(letter_id: int) -> ResponseReturnValue:
    """Give a letter as PDF."""
    found = supervision.find_letter(letter_id, visitor.actor())
    veil = veiling.over(found.case).of
    paper = reports.documents.pdf(found.document, language=lang(), veil=veil)
    name = f"{found.document.number}.pdf"
    return send_file(io.BytesIO(paper), "application/pdf", download_name=name)


def _act(name: str) -> Acting:
    if name not in ACTS:
        raise InvalidError(_NO_ACT, fields={"act": _NO_ACT})
    return ACTS[name][3]


def _writing(given: Mapping[str, str], cards: list[str]) -> supervision.Writing:
    """Read the form. Raises InvalidError for a case that is not there."""
    number, case_id = given.get("case", "").strip(), None
    if number and not cards:
        case_id = _case_id(number)
    try:
        reply_on = date.fromisoformat(given.get("reply_on", "").strip())
    except ValueError:
        reply_on = None
    words = {name: given.get(name, "") for name in WRITTEN}
    numbers = tuple(int(one) for one in cards if one.isdigit() and len(one) < 10)
    return supervision.Writing(**words, reply_on=reply_on, case_id=case_id, cards=numbers)


def _case_id(number: str) -> int:
    try:
        return cases.find(number, visitor.actor()).id
    except NotFoundError as error:
        raise InvalidError(_NO_CASE, fields={"case": _NO_CASE}) from error


def _form(
    given: Mapping[str, Any], cards: list[str], errors: Mapping[str, Text] | None = None
) -> str:
    actor = visitor.actor()
    found = [supervision.find(int(one), actor) for one in cards if one.isdigit()]
    usual = clocks.last_day(clocks.due(clock.now(), f"{USUAL_DAYS}wd").at)
    values = {
        "kind": "advice" if found else "urging",
        "department": found[0].department_code if found else "",
        "reply_on": usual.isoformat(),
        **{name: given[name] for name in FIELDS if given.get(name)},
    }
    page = render_template(
        "oversight/letter_new.html",
        given=values,
        cards=found,
        errors=errors or {},
        departments=[(d.code, t(d.name_zh, d.name_en)) for d in people.departments()],
        posts=sorted(people.role_codes()),
        **_words(),
    )
    for card in found:
        page = veiling.page(card.case, page)
    return page


def _letter(letter_id: int, *, errors: Mapping[str, Text], given: Any) -> str:
    actor = visitor.actor()
    found = supervision.find_letter(letter_id, actor)
    of = definitions.bundle_of(found.case) if found.case else None
    page = render_template(
        "oversight/letter.html",
        letter=found,
        cards=supervision.cards_of(found),
        acts=_open_to(found, actor),
        happened=history.entries(supervision.letter_history(found), of),
        may_open=supervision.sees_all(actor) or bool(actor.departments),
        errors=errors,
        given=given,
        **_words(),
    )
    return veiling.page(found.case, page)


def _open_to(found: Any, actor: Actor) -> list[tuple[str, Text]]:
    """Return what the visitor may do on a letter now."""
    sides = {
        "unit": supervision.may_reply(found, actor),
        "supervisor": supervision.may_verify(found, actor),
    }
    return [
        (name, label)
        for name, (state, side, label, _) in ACTS.items()
        if found.state == state and sides[side]
    ]


def _page(actor: Actor, wanted: supervision.LettersWanted) -> Page[Any]:
    """Return the page asked for; a mark that is none of this list's leads to the first."""
    try:
        return supervision.letters(actor, wanted)
    except InvalidError:
        return supervision.letters(actor, replace(wanted, at=""))


def _words() -> dict[str, Any]:
    return {
        "kinds": supervision.LETTERS,
        "states": supervision.LETTER_STATES,
        "levels": supervision.LEVELS,
        "causes": supervision.CAUSES,
        "sources": supervision.SOURCES,
        "shown": shown,
    }
