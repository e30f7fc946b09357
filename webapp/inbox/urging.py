"""Acts of whoever watches a case: a reminder, the reasons of an overrun, reading personal data."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import cases, clock, db, supervision
from engine.errors import ConflictError, InvalidError
from engine.permissions import Actor
from forms.text import Text
from webapp import veiling, visitor
from webapp.doors import staff_only
from webapp.inbox import screen, timing
from webapp.inbox.routes import blueprint
from webapp.language import t

REMINDED = Text("已催办，承办人员已收到通知。", "Reminded: those whose turn it is were told.")
EXPLAINED = Text(
    "超期原因已公开，并已告知申请人。", "The reason is public; the applicant was told."
)
SHOWN = Text(
    "个人信息在30分钟内可见；您的理由已记入办件。",
    "Personal data are visible for 30 minutes; your reason is on the record.",
)


@blueprint.post("/cases/<string:number>/urging")
@staff_only
def remind(number: str) -> ResponseReturnValue:
    """Remind those whose turn it is."""
    return _act(number, supervision.remind, "text", REMINDED)


@blueprint.post("/cases/<string:number>/overdue-reason")
@staff_only
def explain(number: str) -> ResponseReturnValue:
    """Publish why the case is late."""
    return _act(number, supervision.explain_overdue, "overdue_reason", EXPLAINED)


@blueprint.post("/cases/<string:number>/personal-data")
@staff_only
def unmask(number: str) -> ResponseReturnValue:
    """Read a case's personal data, with a reason."""
    return _act(number, cases.privacy.unmask, "unmask_reason", SHOWN)


def _act(number: str, act: Callable[..., Any], name: str, said: Text) -> ResponseReturnValue:
    """Carry out an act that needs some words; what is wrong is shown where it was typed."""
    actor, now = visitor.actor(), clock.now()
    try:
        with db.transaction():
            found = cases.find(number, actor)
            act(found.id, request.form.get(name, ""), actor=actor, now=now)
    except InvalidError as error:
        return _again(number, error, actor, now), 422
    except ConflictError as refusal:
        flash(t(refusal.message), "warn")
    else:
        flash(t(said), "good")
    return redirect(url_for("inbox.case", number=number) + "#watch", 303)


def _again(number: str, error: InvalidError, actor: Actor, now: datetime) -> str:
    found = cases.find(number, actor)
    values = screen.case_values(found, actor) | timing.clock_values(found, actor, now)
    values |= {"watch_errors": error.fields, "watch_typed": request.form}
    page = render_template("inbox/case.html", **values, clock_errors={}, clock_typed={})
    return veiling.page(found, page)
