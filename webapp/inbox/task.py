"""The task page: everything for a decision, kept while it is written, confirmed, carried out."""

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import clock, db, tasks
from engine.bpmn.model import Step
from engine.errors import ConflictError, EngineError, InvalidError
from engine.tasks import Doing, TaskView
from forms.text import Text
from webapp import parking, veiling, visitor
from webapp.doors import staff_only
from webapp.errors import status_of
from webapp.given import Given
from webapp.inbox import screen, told
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
    actor, given, done = visitor.actor(), Given(), None
    try:
        with db.transaction():
            place = tasks.hold(task_id, actor)
            given = Given.from_post(place.bundle, place.step, request.form)
            doing = given.doing(place.bundle, place.step)
            if _is_final(place.step):
                done = _carry_out(task_id, place.step, doing)
        if done is not None:
            return _go_on(*done)
        if only_changes_rows(request.form):
            added = request.form.get(ADD, "")
            return _page(tasks.find(task_id, actor), given, added=added)
        return _confirmation(task_id, given, doing)
    except (InvalidError, ConflictError) as error:
        return _again(task_id, given, error)


def _is_final(step: Step) -> bool:
    """Say whether what was sent is meant to be carried out now."""
    if only_changes_rows(request.form):
        return False
    return step.act not in CONFIRMED_ACTS or "confirmed" in request.form


@blueprint.post("/tasks/<string:task_id>/sign")
@staff_only
def sign(task_id: str) -> ResponseReturnValue:
    """Put one's signature under exactly the content that another has signed."""
    view = tasks.find(task_id, visitor.actor())
    given = Given.from_draft(view.task.draft)
    try:
        _require_same(view, request.form.get("content", ""))
        with db.transaction():
            done = _carry_out(task_id, view.step, given.doing(view.bundle, view.step))
        return _go_on(*done)
    except (InvalidError, ConflictError) as error:
        return _again(task_id, given, error)


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
    page = render_template("inbox/task.html", **values, conflict=conflict, address=address)
    return veiling.page(view.case, page)


def _again(task_id: str, given: Given, error: EngineError) -> ResponseReturnValue:
    """Show the page as the task stands now, with all that was typed, and why nothing happened."""
    fresh = tasks.find(task_id, visitor.actor())
    conflict = error.message if isinstance(error, ConflictError) else None
    return _page(fresh, given, error.fields, conflict), status_of(error)


def _confirmation(task_id: str, given: Given, doing: Doing) -> str:
    actor, now = visitor.actor(), clock.now()
    rehearsed = rehearse(task_id, doing, actor=actor, now=now)
    fresh = tasks.find(task_id, actor)
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


def _carry_out(task_id: str, step: Step, doing: Doing) -> tuple[Text, str | None]:
    """Complete a task in the open transaction; return what came of it and the task that is next."""
    actor, now = visitor.actor(), clock.now()
    done = tasks.complete(task_id, doing, actor=actor, now=now)
    return told.what_happened(step, doing, done), tasks.next_claimed(actor)


def _go_on(said: Text, following: str | None) -> ResponseReturnValue:
    flash(t(said), "good")
    if following is not None:
        return redirect(url_for("inbox.task_page", task_id=following), 303)
    return redirect(url_for("inbox.listing"), 303)
