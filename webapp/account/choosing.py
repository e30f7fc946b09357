"""Handlers of what a person chooses about notices: ways, kinds, quiet hours."""

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

import engine.db
from engine import clock, deliveries
from engine.errors import InvalidError
from engine.outbox import CHANNELS
from forms.text import Text
from webapp import language, parking, visitor
from webapp.account.views import blueprint
from webapp.doors import logged_in

SAVED = Text("已保存，从下一条通知起适用。", "Saved; it counts from the next notice on.")
ZONES: Mapping[str, Text] = {
    "Asia/Shanghai": Text("北京时间", "Beijing time"),
    "Asia/Urumqi": Text("新疆时间（乌鲁木齐）", "Xinjiang time (Ürümqi)"),
    "UTC": Text("世界协调时", "UTC"),
}


@blueprint.get("/notices/choices")
@logged_in
def choices() -> ResponseReturnValue:
    """Show what the visitor chose."""
    typed = parking.typed()
    return _page(_typed(typed) if typed is not None else deliveries.choices_of(visitor.person_id()))


@blueprint.post("/notices/choices")
@logged_in
def choose() -> ResponseReturnValue:
    """Keep what the visitor chooses."""
    wanted = _typed(request.form)
    try:
        with engine.db.transaction():
            deliveries.choose(wanted, actor=visitor.actor(), now=clock.now())
    except InvalidError as error:
        return _page(wanted, error.fields), 422
    flash(language.t(SAVED), "good")
    return redirect(url_for("account.choices"), 303)


def _typed(given: Mapping[str, str]) -> deliveries.Choices:
    """Read the form: what is ticked is on; what the law keeps on has no tick to take away."""
    off = {
        f"{group.code}:{channel}"
        for group in deliveries.groups_of(visitor.actor())
        for channel in deliveries.CHOSEN
        if not (group.legal and channel == "app") and f"{group.code}-{channel}" not in given
    }
    start, end, zone = (given.get(n, "")[:60] for n in ("quiet_from", "quiet_to", "zone"))
    return deliveries.Choices(frozenset(off), start, end, zone)


def _page(chosen: deliveries.Choices, errors: Mapping[str, Text] | None = None) -> str:
    zones = {chosen.zone: Text(chosen.zone, chosen.zone), **ZONES}
    return render_template(
        "account/choices.html",
        chosen=chosen,
        groups=deliveries.groups_of(visitor.actor()),
        channels={code: CHANNELS[code] for code in deliveries.CHOSEN},
        zones=zones,
        errors=errors or {},
    )
