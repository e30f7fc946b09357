"""Handlers for taking an application back: the page that explains it, and the signed withdrawal."""

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

import engine.db
from engine import cases, clock
from engine.cases import withdrawing
from engine.errors import ConflictError, InvalidError
from forms.text import Text
from webapp import language, visitor
from webapp.doors import applicants_only
from webapp.portal.items import blueprint

_DONE = Text(
    "已撤回申请，办件终止。材料留存备查，您可以重新申请。",
    "The application is withdrawn and the case has ended. Its materials stay on record.",
)


@blueprint.get("/case/<string:number>/withdrawal")
@applicants_only
def withdrawal(number: str) -> ResponseReturnValue:
    """Show what a withdrawal means, and ask for the signature."""
    return _page(number, {})


@blueprint.post("/case/<string:number>/withdrawal")
@applicants_only
def withdraw(number: str) -> ResponseReturnValue:
    """Withdraw an application that was signed for."""
    actor, now, form = visitor.actor(), clock.now(), request.form
    signed = withdrawing.Signed(
        form.get("password", ""), form.get("query_code", ""), form.get("reason", "")
    )
    try:
        case_id = cases.find(number, actor).id
        proof = withdrawing.prove(case_id, signed, actor=actor, now=now)
        with engine.db.transaction():
            withdrawing.withdraw(proof, actor=actor, now=now)
        flash(language.t(_DONE), "good")
    except InvalidError as error:
        return _page(number, error.fields), 422
    except ConflictError as refusal:
        flash(language.t(refusal.message), "warn")
    return redirect(url_for("portal.case", number=number), 303)


def _page(number: str, errors: Mapping[str, Text]) -> str:
    found = cases.find(number, visitor.actor())
    refusal = withdrawing.why_not(found, visitor.actor())
    return render_template(
        "portal/withdrawal.html",
        case=found,
        refusal=refusal.message if refusal else None,
        errors=errors,
        values=request.form,
    )
