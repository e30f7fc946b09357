"""What follows when a holder was told of an intended decision: hearing, minutes, drop."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import clock, db, licences
from engine.errors import InvalidError
from engine.licences import Minutes, Sitting
from forms.text import Text
from webapp import moments, visitor
from webapp.doors import staff_only
from webapp.language import t
from webapp.licences import listing
from webapp.licences.routes import blueprint

_ANNOUNCED = Text("已通知持证人听证的时间和地点。", "The holder was told of the hearing.")
_MINUTES = Text("听证笔录已记入，可以根据笔录作出决定。", "On record: decide on the minutes.")
_DROPPED = Text("已记录不再作出决定，并告知持证人。", "Dropped; the holder was told.")


@blueprint.post("/<int:licence_id>/notice/hearing")
@staff_only
def announce_hearing(licence_id: int) -> ResponseReturnValue:
    """Announce the hearing that the holder has asked for."""
    form = request.form

    def act(**who: Any) -> None:
        at = moments.read(form.get("hearing_at", ""), "hearing_at")
        sitting = Sitting(at, form.get("hearing_place", ""), form.get("hearing_chair", ""))
        licences.announce_hearing(licence_id, sitting, **who)

    return _done(licence_id, act, _ANNOUNCED)


@blueprint.post("/<int:licence_id>/notice/minutes")
@staff_only
def record_minutes(licence_id: int) -> ResponseReturnValue:
    """Put the minutes of the hearing on record."""
    form = request.form
    minutes = Minutes(
        form.get("minutes", ""),
        signed=bool(form.get("minutes_signed")),
        in_public=bool(form.get("held_in_public")),
    )

    def act(**who: Any) -> None:
        licences.record_hearing(licence_id, minutes, **who)

    return _done(licence_id, act, _MINUTES)


@blueprint.post("/<int:licence_id>/notice/dropping")
@staff_only
def drop(licence_id: int) -> ResponseReturnValue:
    """Let the matter rest."""

    def act(**who: Any) -> None:
        licences.drop(licence_id, request.form.get("drop_reason", ""), **who)

    return _done(licence_id, act, _DROPPED)


def _done(licence_id: int, act: Callable[..., None], said: Text) -> ResponseReturnValue:
    """Carry out an act in a unit of work; what is wrong is shown at its field."""
    try:
        with db.transaction():
            act(actor=visitor.actor(), now=clock.now())
    except InvalidError as error:
        return listing.show(licence_id, error.fields, request.form), 422
    flash(t(said), "good")
    return redirect(url_for("licences.licence", licence_id=licence_id, _anchor="notice"), 303)
