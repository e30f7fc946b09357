"""Pages of cards: the list with its figures, one card with evidence and acts, the forecast."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import clock, db, definitions, people, supervision
from engine.errors import InvalidError
from engine.paging import Page
from engine.permissions import Actor
from forms.text import Text
from webapp import parking, veiling, visitor
from webapp.doors import staff_only
from webapp.inbox import history
from webapp.language import t
from webapp.oversight import shown
from webapp.oversight.routes import blueprint

DONE = Text("已记录。", "Recorded.")
_NO_ACT = Text("请选择要做什么。", "Choose what to do.")

Acting = Callable[..., Any]


def _verifying(card_id: int, text: str, **more: Any) -> Any:
    return supervision.verify(card_id, text, sound=True, **more)


def _returning(card_id: int, text: str, **more: Any) -> Any:
    return supervision.verify(card_id, text, sound=False, **more)


#: What can be done on a card: in which states, by whom, its name and the act itself.
ACTS: dict[str, tuple[tuple[str, ...], str, Text, Acting]] = {
    "answer": (
        ("issued",),
        "unit",
        Text("答复：说明情况和整改措施", "Answer: what happened, what is done about it"),
        supervision.answer,
    ),
    "appeal": (
        ("issued", "answered"),
        "unit",
        Text("申诉：说明理由，请求撤牌", "Appeal: give reasons why it should be withdrawn"),
        supervision.appeal,
    ),
    "state": (
        ("hearing",),
        "unit",
        Text("陈述意见：说明情况，请求不发牌", "State the unit's case before it is issued"),
        supervision.state_case,
    ),
    "confirm": (
        ("heard",),
        "supervisor",
        Text("意见不成立，发出红牌", "Issue the red card all the same"),
        supervision.confirm,
    ),
    "keep": (
        (),
        "doubt",
        Text("复核维持：这张牌不变", "Keep it: the card stands as it was issued"),
        supervision.keep,
    ),
    "verify": (
        ("answered",),
        "supervisor",
        Text("核实通过，办结", "The answer is right: close"),
        _verifying,
    ),
    "return": (
        ("answered",),
        "supervisor",
        Text("核实未通过，退回重新答复", "The answer is not enough: send it back"),
        _returning,
    ),
    "uphold": (
        ("appealed",),
        "supervisor",
        Text("驳回申诉，维持", "Reject the appeal: the card stands"),
        supervision.uphold,
    ),
    "withdraw": (
        ("hearing", "heard", "issued", "answered", "appealed"),
        "supervisor",
        Text("撤牌", "Withdraw the card"),
        supervision.withdraw,
    ),
}


@blueprint.get("")
@staff_only
def listing() -> ResponseReturnValue:
    """Show the cards the visitor may see, with the figures above."""
    actor, asked = visitor.actor(), request.args
    names = ("level", "state", "department", "item", "at")
    wanted = supervision.Wanted(**{name: asked.get(name, "") for name in names})
    return render_template(
        "oversight/cards.html",
        page=_page(actor, wanted),
        wanted=wanted,
        figures=supervision.figures(actor, clock.now()),
        departments=people.departments() if supervision.sees_all(actor) else (),
        items=supervision.items(actor),
        **_words(),
    )


@blueprint.get("/figures")
@staff_only
def figures() -> ResponseReturnValue:
    """Answer with the figures alone; the page asks for them every five seconds."""
    found = supervision.figures(visitor.actor(), clock.now())
    return render_template("oversight/figures.html", figures=found)


@blueprint.get("/forecast")
@staff_only
def forecast() -> ResponseReturnValue:
    """Show what will turn yellow or red within the next working days."""
    lines = supervision.forecast(visitor.actor(), clock.now())
    horizons = supervision.HORIZONS
    return render_template("oversight/forecast.html", lines=lines, horizons=horizons)


@blueprint.get("/cards/<int:card_id>")
@staff_only
def card(card_id: int) -> ResponseReturnValue:
    """Show one card: evidence, history, and what the visitor may do."""
    return _card(card_id, errors={}, given=parking.typed() or {})


@blueprint.post("/cards/<int:card_id>")
@staff_only
def act_on_card(card_id: int) -> ResponseReturnValue:
    """Answer, appeal, verify, uphold or withdraw."""
    given = request.form
    try:
        with db.transaction():
            act = _act(given.get("act", ""))
            act(card_id, given.get("text", ""), actor=visitor.actor(), now=clock.now())
    except InvalidError as error:
        return _card(card_id, errors=error.fields, given=given), 422
    flash(t(DONE), "good")
    return redirect(url_for("oversight.card", card_id=card_id), 303)


def _act(name: str) -> Acting:
    if name not in ACTS:
        raise InvalidError(_NO_ACT, fields={"act": _NO_ACT})
    return ACTS[name][3]


def _card(card_id: int, *, errors: dict[str, Text], given: Any) -> str:
    actor = visitor.actor()
    found = supervision.find(card_id, actor)
    happened = history.entries(supervision.history(found), definitions.bundle_of(found.case))
    page = render_template(
        "oversight/card.html",
        card=found,
        acts=_open_to(found, actor),
        happened=happened,
        appeal_until=supervision.appeal_until(found),
        doubts=[(d, supervision.explained(d)) for d in supervision.doubts_of(found)],
        errors=errors,
        given=given,
        **_words(),
    )
    return veiling.page(found.case, page)


def _open_to(found: Any, actor: Actor) -> list[tuple[str, Text]]:
    """Return what the visitor may do on a card now."""
    sides = {
        "unit": supervision.may_answer(found, actor),
        "supervisor": supervision.may_judge(found, actor),
    }
    spent = found.appealed_at is not None or clock.now() >= supervision.appeal_until(found)
    doubted = sides["supervisor"] and any(d.state == "open" for d in supervision.doubts_of(found))
    open_to = [
        (name, label)
        for name, (states, side, label, _) in ACTS.items()
        if found.state in states and sides[side] and not (name == "appeal" and spent)
    ]
    if doubted:
        known = dict(open_to)
        open_to += [(n, ACTS[n][2]) for n in ("keep", "withdraw") if n not in known]
    return open_to


def _page(actor: Actor, wanted: supervision.Wanted) -> Page[Any]:
    """Return the page asked for; a mark that is none of this list's leads to the first."""
    try:
        return supervision.cards(actor, wanted)
    except InvalidError:
        return supervision.cards(actor, replace(wanted, at=""))


def _words() -> dict[str, Any]:
    return {
        "levels": supervision.LEVELS,
        "causes": supervision.CAUSES,
        "doubt_causes": supervision.DOUBT_CAUSES,
        "states": supervision.STATES,
        "shown": shown,
    }
