"""Pages of deliveries: what was sent how, what was given up, and the systems told by webhook."""

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import clock, db, deliveries
from engine.errors import InvalidError
from engine.outbox import CHANNELS, group_of
from forms.text import Text
from webapp import parking, visitor
from webapp.admin.routes import blueprint
from webapp.doors import roles
from webapp.language import t
from webapp.paging import turned

RETRIED = Text("将重新发送。", "It is sent again.")
SAVED = Text("已保存。", "Saved.")
SECRET = Text("签名密钥只显示这一次，请交给对方：", "The secret is shown this once; hand it over: ")
REMOVED = Text("已删除，不再推送。", "Removed; nothing more is sent to it.")


@blueprint.get("/deliveries")
@roles("admin")
def list_deliveries() -> ResponseReturnValue:
    """Show deliveries, the latest first; those given up can be tried again."""
    wanted = {name: request.args.get(name, "") for name in ("state", "channel")}
    actor = visitor.actor()
    page = turned(lambda at: deliveries.listed(actor, **wanted, at=at))
    return render_template(
        "admin/deliveries.html",
        page=page,
        receivers=deliveries.receivers(page.rows),
        wanted=wanted,
        states=deliveries.STATES,
        channels={code: name for code, name in CHANNELS.items() if code != "app"},
        group_of=group_of,
    )


@blueprint.post("/deliveries/<int:delivery_id>/retry")
@roles("admin")
def retry_delivery(delivery_id: int) -> ResponseReturnValue:
    """Try a delivery that was given up again."""
    with db.transaction():
        deliveries.retry(delivery_id, actor=visitor.actor(), now=clock.now())
    flash(t(RETRIED), "good")
    return redirect(url_for("admin.list_deliveries", state="dead"), 303)


@blueprint.get("/subscribers")
@roles("admin")
def list_subscribers() -> ResponseReturnValue:
    """Show the systems told by webhook, and the form for another."""
    return _subscribers(parking.typed() or {})


@blueprint.post("/subscribers")
@roles("admin")
def add_subscriber() -> ResponseReturnValue:
    """Add a system."""
    try:
        with db.transaction():
            row = deliveries.subscribe(_typed(), actor=visitor.actor(), now=clock.now())
    except InvalidError as error:
        return _subscribers(request.form, error.fields), 422
    flash(t(SECRET) + row.secret, "good")
    return redirect(url_for("admin.subscriber", subscriber_id=row.id), 303)


@blueprint.get("/subscribers/<int:subscriber_id>")
@roles("admin")
def subscriber(subscriber_id: int) -> ResponseReturnValue:
    """Show one system with the form to change it."""
    return _subscriber(subscriber_id, parking.typed())


@blueprint.post("/subscribers/<int:subscriber_id>")
@roles("admin")
def change_subscriber(subscriber_id: int) -> ResponseReturnValue:
    """Change a system, or its secret."""
    try:
        with db.transaction():
            deliveries.subscribe(_typed(), subscriber_id, actor=visitor.actor(), now=clock.now())
    except InvalidError as error:
        return _subscriber(subscriber_id, request.form, error.fields), 422
    flash(t(SAVED), "good")
    return redirect(url_for("admin.list_subscribers"), 303)


@blueprint.post("/subscribers/<int:subscriber_id>/remove")
@roles("admin")
def remove_subscriber(subscriber_id: int) -> ResponseReturnValue:
    """Remove a system."""
    with db.transaction():
        deliveries.unsubscribe(subscriber_id, actor=visitor.actor(), now=clock.now())
    flash(t(REMOVED), "good")
    return redirect(url_for("admin.list_subscribers"), 303)


def _typed() -> deliveries.Subscription:
    given = request.form
    texts = {name: given.get(name, "") for name in ("name", "url", "audience", "secret")}
    kinds = tuple(given.get("kinds", "").replace("，", ",").replace(",", " ").split())
    return deliveries.Subscription(kinds=kinds, active=given.get("active") != "0", **texts)


def _subscribers(given: Mapping[str, str], errors: Mapping[str, Text] | None = None) -> str:
    return render_template(
        "admin/subscribers.html",
        rows=deliveries.subscribers(visitor.actor()),
        given=given,
        errors=errors or {},
        audiences=deliveries.AUDIENCES,
    )


def _subscriber(
    subscriber_id: int,
    typed: Mapping[str, str] | None,
    errors: Mapping[str, Text] | None = None,
) -> str:
    row = deliveries.subscriber(subscriber_id, visitor.actor())
    stored = {
        **{name: getattr(row, name) for name in ("name", "url", "audience")},
        "kinds": " ".join(row.kinds),
        "active": "1" if row.active else "0",
    }
    return render_template(
        "admin/subscriber.html",
        row=row,
        given=stored if typed is None else typed,
        errors=errors or {},
        audiences=deliveries.AUDIENCES,
    )
