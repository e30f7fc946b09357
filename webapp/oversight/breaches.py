"""The page on which a supervisor proves a breach in a case."""

from collections.abc import Mapping
from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import cases, clock, db, people, supervision
from engine.errors import InvalidError
from forms.text import Text
from webapp import parking, veiling, visitor
from webapp.doors import roles
from webapp.language import t
from webapp.oversight.routes import blueprint

CARDED = Text(
    "已查实并发牌，单位已收到通知。", "Proven; the card was issued and the unit was told."
)
RECORDED = Text(
    "已查实并记入办件。对应的监察规则已停用，没有发牌。",
    "Proven and put on record. No card was issued: the rule for it is switched off.",
)


@blueprint.get("/breaches/new")
@roles("supervisor")
def new_breach() -> ResponseReturnValue:
    """Show the form for a breach in a case."""
    return _form(parking.typed() or request.args, {})


@blueprint.post("/breaches")
@roles("supervisor")
def prove_breach() -> ResponseReturnValue:
    """Prove a breach: the rules decide on the card."""
    given, actor = request.form, visitor.actor()
    try:
        with db.transaction():
            case = cases.find(given.get("case", ""), actor)
            cards = supervision.prove(case.id, _proof(given), actor=actor, now=clock.now())
            number, card_id = case.number, cards[0].id if cards else None
    except InvalidError as error:
        return _form(given, error.fields), 422
    flash(t(RECORDED if card_id is None else CARDED), "good")
    if card_id is None:
        return redirect(url_for("inbox.case", number=number), 303)
    return redirect(url_for("oversight.card", card_id=card_id), 303)


def _proof(given: Mapping[str, str]) -> supervision.Proof:
    try:
        happened_on = date.fromisoformat(given.get("happened_on", "").strip())
    except ValueError:
        happened_on = None
    cause, unit = given.get("cause", ""), given.get("department", "")
    return supervision.Proof(cause, unit, happened_on, given.get("findings", ""))


def _form(given: Mapping[str, str], errors: Mapping[str, Text]) -> str:
    """Show the form. Raises NotFoundError when it is about no case."""
    case = cases.find(given.get("case", ""), visitor.actor())
    names = ("cause", "department", "happened_on", "findings")
    typed = {name: given[name] for name in names if given.get(name)}
    page = render_template(
        "oversight/breach_new.html",
        case=case,
        given={"department": case.lead_code, **typed},
        errors=errors,
        causes=[(code, t(supervision.CAUSES[code])) for code in supervision.PROVEN],
        departments=[
            (code, t(people.department_name(code))) for code in supervision.involved(case)
        ],
    )
    return veiling.page(case, page)
