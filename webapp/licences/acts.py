"""Acts on a licence: the four ways to end one, each on a page of its own; works begun."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import clock, db, licences
from engine.errors import ConflictError, InvalidError, NotFoundError
from engine.licences import Ending, Licence
from forms.text import Text
from webapp import licensed, parking, visitor
from webapp.doors import staff_only
from webapp.language import t
from webapp.licences import listing
from webapp.licences.routes import blueprint

_DONE = Text("已作出决定，并已告知持证人。", "Decided; the holder was told.")
_TOLD = Text(
    "已告知持证人；陈述申辩和申请听证的期限届满后才能作出决定。",
    "The holder was told; a decision is possible when the time to answer is over.",
)
_OTHER = Text(
    "已就另一种决定告知持证人；请先对它作出决定，或者不再作出决定。",
    "The holder was told of another decision; decide that, or drop it, first.",
)
_RECORDED = Text("已登记。", "Recorded.")
_CONFIRM = Text("请确认已经核对。", "Confirm that you have checked it.")
_NO_ACT = Text("没有这种决定。", "There is no such decision.")


@blueprint.get("/<int:licence_id>/acts/<string:act>")
@staff_only
def act_page(licence_id: int, act: str) -> ResponseReturnValue:
    """Show the page on which one kind of end is decided, with its grounds."""
    return _act_page(licence_id, act, {}, parking.typed() or {})


@blueprint.post("/<int:licence_id>/acts/<string:act>")
@staff_only
def decide(licence_id: int, act: str) -> ResponseReturnValue:
    """Withdraw, revoke, forfeit or deregister a licence."""
    form, ending = request.form, _written(act)
    try:
        with db.transaction():
            licences.end(licence_id, ending, actor=visitor.actor(), now=clock.now())
            _require_confirmed()  # last, so that all that is missing is told at once
    except InvalidError as error:
        return _act_page(licence_id, act, {**error.fields, **_unconfirmed()}, form), 422
    return _back(licence_id, _DONE)


@blueprint.post("/<int:licence_id>/acts/<string:act>/notice")
@staff_only
def forewarn(licence_id: int, act: str) -> ResponseReturnValue:
    """Tell the holder beforehand that a licence is to be revoked or forfeited."""
    form, ending = request.form, _written(act)
    try:
        with db.transaction():
            licences.forewarn(licence_id, ending, actor=visitor.actor(), now=clock.now())
            _require_confirmed()
    except InvalidError as error:
        return _act_page(licence_id, act, {**error.fields, **_unconfirmed()}, form), 422
    return _back(licence_id, _TOLD)


def _written(act: str) -> Ending:
    names = ("ground", "reason", "article", "compensation", "considered")
    return Ending(act, **{name: request.form.get(name, "") for name in names})


def _require_confirmed() -> None:
    """Refuse a decision that was not confirmed; nothing of it stays. Raises InvalidError."""
    if missing := _unconfirmed():
        raise InvalidError(_CONFIRM, fields=missing)


def _unconfirmed() -> dict[str, Text]:
    """Return what is missing when the decision was not confirmed."""
    return {} if request.form.get("confirmed") else {"confirmed": _CONFIRM}


def _act_page(licence_id: int, act: str, errors: dict[str, Text], given: Any) -> str:
    """Render the page of an act. Raises NotFoundError, ConflictError when it cannot be done now."""
    found = licences.find(licence_id, visitor.actor())
    if act not in licences.ACTS:
        raise NotFoundError(_NO_ACT)
    _require_possible(found, act)
    announced = licensed.announced(found)
    told = announced if licences.ACTS[act].foretold else None
    codes = [told["notice"].ground] if told else licences.grounds_of(act, found.state)
    return render_template(
        "licences/act.html",
        licence=found,
        act_code=act,
        holder_id=licensed.holder_id(found, visitor.actor()),
        act=licences.ACTS[act],
        telling=bool(licences.ACTS[act].foretold) and told is None,
        announced=told,
        grounds=[(code, licences.GROUNDS[code]) for code in codes],
        errors=errors,
        given=given or licensed.as_told(told),
    )


def _require_possible(found: Licence, act: str) -> None:
    """Refuse a decision that cannot be made now, or not by the visitor. Raises ConflictError."""
    if act not in licences.open_to(found, visitor.actor()):
        state = licensed.standing(found).name
        raise ConflictError(
            Text(
                f"现在不能{licences.ACTS[act].name.zh}：证照{state.zh}，或者您的岗位不能作出这一决定。",
                f"Not possible now: {licences.ACTS[act].name.en}. The licence is: {state.en}, or "
                "your post may not decide this.",
            )
        )
    announced = licensed.announced(found) if licences.ACTS[act].foretold else None
    if announced is not None and announced["wait"] is not None:
        raise ConflictError(announced["wait"])
    if announced is not None and announced["notice"].act != act:
        raise ConflictError(_OTHER)


@blueprint.post("/<int:licence_id>/begun")
@staff_only
def record_begun(licence_id: int) -> ResponseReturnValue:
    """Record that the works of a licence have begun."""
    try:
        with db.transaction():
            on = licensed.day_of(request.form.get("begun_on", ""))
            licences.record_begun(licence_id, on, actor=visitor.actor(), now=clock.now())
    except InvalidError as error:
        return listing.show(licence_id, error.fields, request.form), 422
    return _back(licence_id, _RECORDED)


@blueprint.post("/<int:licence_id>/begin-extension")
@staff_only
def extend(licence_id: int) -> ResponseReturnValue:
    """Give more time to begin the works."""
    form = request.form
    months = form.get("months", "").strip()
    count = int(months) if months.isascii() and months.isdigit() and len(months) < 4 else 0
    try:
        with db.transaction():
            reason, actor = form.get("reason", ""), visitor.actor()
            licences.give_more_time(licence_id, count, reason, actor=actor, now=clock.now())
    except InvalidError as error:
        return listing.show(licence_id, error.fields, form), 422
    return _back(licence_id, _RECORDED)


def _back(licence_id: int, said: Text) -> ResponseReturnValue:
    flash(t(said), "good")
    return redirect(url_for("licences.licence", licence_id=licence_id), 303)
