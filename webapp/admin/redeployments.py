"""Moves of running cases: how far they are, how each case fared, steered and undone."""

from typing import Final

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import clock, db, definitions, migrating
from engine.errors import ConflictError, InvalidError
from forms.text import Text
from webapp import visitor
from webapp.admin.routes import blueprint
from webapp.doors import roles
from webapp.language import t
from webapp.paging import turned

STATES: Final = {
    "running": Text("进行中", "Under way"),
    "paused": Text("已暂停", "Paused"),
    "cancelled": Text("已取消", "Cancelled"),
    "done": Text("已完成", "Done"),
    "undoing": Text("正在撤销", "Being undone"),
    "undone": Text("已撤销", "Undone"),
}
FARED: Final = {
    "waiting": Text("等待", "Waiting"),
    "moved": Text("已迁移", "Moved"),
    "refused": Text("没有迁移", "Not moved"),
    "undone": Text("已转回", "Put back"),
    "kept": Text("没有转回", "Not put back"),
}
_DONE: Final = {
    "pause": Text("已暂停；已迁移的办件不受影响。", "Paused; cases that were moved stay moved."),
    "resume": Text("已继续。", "It goes on."),
    "cancel": Text(
        "已取消；没有迁移的办件留在原版本。",
        "Cancelled; cases that were not moved stay on their version.",
    ),
}
_UNDOING = Text(
    "正在把迁移后没有人动过的办件转回原版本。",
    "Cases that nobody has touched since are being put back.",
)


@blueprint.get("/redeployments")
@roles("admin")
def list_redeployments() -> ResponseReturnValue:
    """List the latest moves."""
    rows = migrating.listed(None, visitor.actor())
    counts = {row.id: migrating.counted(row.id) for row in rows}
    return render_template("admin/redeployments.html", rows=rows, counts=counts, states=STATES)


@blueprint.get("/redeployments/<int:redeployment_id>")
@roles("admin")
def redeployment(redeployment_id: int) -> ResponseReturnValue:
    """Show how far a move is, and how its cases fared."""
    row = migrating.find(redeployment_id, visitor.actor())
    return _page(row)


def _page(row: migrating.Redeployment, errors: dict[str, Text] | None = None) -> str:
    counts = migrating.counted(row.id)
    wanted = request.args.get("state", "")
    shown = wanted if wanted in FARED else _telling(counts)
    page = turned(lambda at: migrating.page_of(row.id, shown, at=at))
    return render_template(
        "admin/redeployment.html",
        row=row,
        old=definitions.bundle(row.from_version_id),
        new=definitions.bundle(row.to_version_id),
        timers=migrating.outline(row.from_version_id, row.to_version_id, row.mapping).timers,
        counts=counts,
        total=sum(counts.values()),
        shown=shown,
        page=page,
        reasons=migrating.reasons(row.id),
        states=STATES,
        fared=FARED,
        errors=errors or {},
    )


def _telling(counts: dict[str, int]) -> str:
    """Choose the cases worth looking at first: those that stayed."""
    return next((state for state in ("refused", "kept", "moved") if counts[state]), "waiting")


@blueprint.post("/redeployments/<int:redeployment_id>/<any(pause, resume, cancel):act>")
@roles("admin")
def steer_redeployment(redeployment_id: int, act: str) -> ResponseReturnValue:
    """Pause, resume or cancel a move."""
    try:
        with db.transaction():
            migrating.steer(redeployment_id, act, actor=visitor.actor(), now=clock.now())
        flash(t(_DONE[act]), "good")
    except ConflictError as refusal:
        flash(t(refusal.message), "warn")
    return redirect(url_for("admin.redeployment", redeployment_id=redeployment_id), 303)


@blueprint.post("/redeployments/<int:redeployment_id>/undo")
@roles("admin")
def undo_redeployment(redeployment_id: int) -> ResponseReturnValue:
    """Put the cases back that nobody has touched since."""
    why, actor = request.form.get("why", ""), visitor.actor()
    try:
        with db.transaction():
            migrating.undo(redeployment_id, why, actor=actor, now=clock.now())
        flash(t(_UNDOING), "good")
    except InvalidError as error:
        wrong = {"why": error.message}
        return _page(migrating.find(redeployment_id, actor), wrong), 422
    except ConflictError as refusal:
        flash(t(refusal.message), "warn")
    return redirect(url_for("admin.redeployment", redeployment_id=redeployment_id), 303)
