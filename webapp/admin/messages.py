"""Acts on messages that found no receiver: they stand on the page of incidents."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import clock, db, messages
from forms.text import Text
from webapp import visitor
from webapp.admin.routes import blueprint
from webapp.doors import roles
from webapp.language import t

RESENT = Text("消息已重新投递。", "The message is on its way again.")
DISCARDED = Text("已放弃这条消息。", "The message was given up.")


@blueprint.post("/messages/<int:message_id>/resend")
@roles("admin")
def resend_message(message_id: int) -> ResponseReturnValue:
    """Send an undelivered message on its way again, to the case that was chosen."""
    case = request.form.get("case", "")[:40]
    with db.transaction():
        messages.resend(message_id, case, actor=visitor.actor(), now=clock.now())
    flash(t(RESENT), "good")
    return redirect(url_for("admin.list_incidents"), 303)


@blueprint.post("/messages/<int:message_id>/discard")
@roles("admin")
def discard_message(message_id: int) -> ResponseReturnValue:
    """Give an undelivered message up."""
    with db.transaction():
        messages.discard(message_id, actor=visitor.actor(), now=clock.now())
    flash(t(DISCARDED), "good")
    return redirect(url_for("admin.list_incidents"), 303)
