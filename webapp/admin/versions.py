"""Acts on versions: retired, taken back into service, removed."""

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import clock, db
from engine.definitions import service
from engine.errors import ConflictError, InvalidError
from forms.text import Text
from webapp import visitor
from webapp.admin.routes import blueprint
from webapp.doors import roles
from webapp.language import t

_RETIRED = Text(
    "这个版本已停用，新申请不再使用它；在办件照常办理。",
    "The version is retired: no new case starts on it, and running ones go on.",
)
_BACK = Text("这个版本已恢复使用。", "The version is in service again.")
_REMOVED = Text("这个版本已删除。", "The version is removed.")


@blueprint.post("/definitions/<int:version_id>/retire")
@roles("admin")
def retire_version(version_id: int) -> ResponseReturnValue:
    """Take a version out of service, with a reason."""
    return _settled(service.retire, version_id, _RETIRED)


@blueprint.post("/definitions/<int:version_id>/reactivate")
@roles("admin")
def reactivate_version(version_id: int) -> ResponseReturnValue:
    """Take a version back into service, with a reason."""
    return _settled(service.reactivate, version_id, _BACK)


def _settled(act: Callable[..., Any], version_id: int, said: Text) -> ResponseReturnValue:
    try:
        with db.transaction():
            act(version_id, request.form.get("why", ""), actor=visitor.actor(), now=clock.now())
        flash(t(said), "good")
    except (ConflictError, InvalidError) as refusal:
        flash(t(refusal.message), "warn")
    return redirect(url_for("admin.version", version_id=version_id), 303)


@blueprint.post("/definitions/<int:version_id>/remove")
@roles("admin")
def remove_version(version_id: int) -> ResponseReturnValue:
    """Remove a version on which nothing was ever done."""
    try:
        with db.transaction():
            service.remove(version_id, actor=visitor.actor(), now=clock.now())
    except ConflictError as refusal:
        flash(t(refusal.message), "warn")
        return redirect(url_for("admin.version", version_id=version_id), 303)
    flash(t(_REMOVED), "good")
    return redirect(url_for("admin.overview"), 303)
