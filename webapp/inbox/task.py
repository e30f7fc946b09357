"""The task page: everything for a decision, kept while it is written, confirmed, carried out."""

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import clock, db, tasks
from engine.errors import ConflictError, EngineError, InvalidError
from engine.tasks import Doing, TaskView
from forms.text import Text
from webapp import parking, visitor
from webapp.doors import staff_only
from webapp.errors import status_of
from webapp.inbox import screen, told
from webapp.inbox.given import Given
from webapp.inbox.rehearsal import rehearse
from webapp.inbox.routes import blueprint
from webapp.language import format_instant, t
from webapp.questions import ADD, only_changes_rows

#: Acts whose outcomes have legal effect: what will be issued is shown before it is.
CONFIRMED_ACTS = ("accept", "decide", "decide-part")
_OTHER_CONTENT = Text(
    "共同签名的内容刚刚被修改，请重新核对后再签名。",
    "The content to be signed has just been changed. Check it again before you sign.",
)


@blueprint.get("/tasks/<string:task_id>")
@staff_only
def task_page(task_id: str) -> ResponseReturnValue:
    """Show a task, with what was typed before: parked, drafted, or signed by another."""
    view = tasks.find(task_id, visitor.actor())
    typed = parking.typed()
    given = Given.from_draft(view.task.draft)
    if typed is not None:
        given = Given.from_post(view.bundle, view.step, typed)
    return _page(view, given)


@blueprint.post("/tasks/<string:task_id>/draft")
@staff_only
def save_draft(task_id: str) -> ResponseReturnValue:
    """Keep what has been typed so far, without checking it."""
    actor, now = visitor.actor(), clock.now()
    view = tasks.find(task_id, actor)
    given = Given.from_post(view.bundle, view.step, request.form)
    if not view.signatures:  # what somebody has signed is not written over by a draft
        with db.transaction():
            tasks.save(task_id, given.draft(), actor=actor)
    if "HX-Request" in request.headers or "beacon" in request.form:
        return t("已自动保存", "Saved") + " " + format_instant(now)[-5:]
    flash(t("已保存，可以以后继续。", "Saved; you can go on later."), "good")
    return redirect(url_for("inbox.task_page", task_id=task_id), 303)


@blueprint.post("/tasks/<string:task_id>/complete")
@staff_only
def complete(task_id: str) -> ResponseReturnValue:
    """Carry out an outcome; one with legal effect is shown for confirmation first."""
    view = tasks.find(task_id, visitor.actor())
    given = Given.from_post(view.bundle, view.step, request.form)
    if only_changes_rows(request.form):
        return _page(view, given, added=request.form.get(ADD, ""))
    doing = given.doing(view.bundle, view.step)
    try:
        if view.step.act in CONFIRMED_ACTS and "confirmed" not in request.form:
            return _confirmation(view, given, doing)
        return _carried_out(view, doing)
    except (InvalidError, ConflictError) as error:
        return _again(view, given, error)


@blueprint.post("/tasks/<string:task_id>/sign")
@staff_only
def sign(task_id: str) -> ResponseReturnValue:
    """Put one's signature under exactly the content that another has signed."""
    view = tasks.find(task_id, visitor.actor())
    given = Given.from_draft(view.task.draft)
    try:
        _require_same(view, request.form.get("content", ""))
        return _carried_out(view, given.doing(view.bundle, view.step))
    except (InvalidError, ConflictError) as error:
        return _again(view, given, error)


def _require_same(view: TaskView, content: str) -> None:
    if view.task.state == "open" and content not in {s.content_hash for s in view.signatures}:
        raise ConflictError(_OTHER_CONTENT)


def _page(
    view: TaskView,
    given: Given,
    errors: Mapping[str, Text] | None = None,
    conflict: Text | None = None,
    added: str = "",
) -> str:
    values = screen.task_values(view, visitor.actor(), given, errors or {}, added)
    address = url_for("inbox.task_page", task_id=view.task.id)
    return render_template("inbox/task.html", **values, conflict=conflict, address=address)


def _again(view: TaskView, given: Given, error: EngineError) -> ResponseReturnValue:
    """Show the page as the task stands now, with all that was typed, and why nothing happened."""
    fresh = tasks.find(view.task.id, visitor.actor())
    conflict = error.message if isinstance(error, ConflictError) else None
    return _page(fresh, given, error.fields, conflict), status_of(error)


def _confirmation(view: TaskView, given: Given, doing: Doing) -> str:
    actor, now = visitor.actor(), clock.now()
    rehearsed = rehearse(view.task.id, doing, actor=actor, now=now)
    fresh = tasks.find(view.task.id, actor)
    return render_template(
        "inbox/confirm.html",
        view=fresh,
        case=fresh.case,
        item=fresh.bundle.item,
        outcome=fresh.step.outcome(given.outcome),
        doing=doing,
        rehearsed=rehearsed,
        fields=parking.typed_fields(),
    )


def _carried_out(view: TaskView, doing: Doing) -> ResponseReturnValue:
    actor, now = visitor.actor(), clock.now()
    with db.transaction():
        done = tasks.complete(view.task.id, doing, actor=actor, now=now)
    flash(t(told.what_happened(view, doing, done, now)), "good")
    following = tasks.inbox(actor, tasks.Query(scope="mine", per_page=1)).rows
    if following:
        return redirect(url_for("inbox.task_page", task_id=following[0].id), 303)
    return redirect(url_for("inbox.listing"), 303)
