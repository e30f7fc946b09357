"""Pages of programs outside: their accounts, topics and tokens, and what waits for them."""

from collections.abc import Mapping

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import clock, db, programs
from engine.errors import InvalidError
from forms.text import Text
from webapp import parking, visitor
from webapp.admin.routes import blueprint
from webapp.doors import roles
from webapp.language import t

TOKEN = Text("令牌只显示这一次，请交给对方：", "The token is shown this once; hand it over: ")
SAVED = Text("已保存。", "Saved.")
CLOSED = Text(
    "已停用：令牌即刻失效，它正在办的任务重新给出。",
    "Closed: its token ended at once, and what it held is given out again.",
)


@blueprint.get("/programs")
@roles("admin")
def list_programs() -> ResponseReturnValue:
    """Show what waits for programs, their accounts, and the form for another."""
    return _shown(parking.typed() or {})


@blueprint.post("/programs")
@roles("admin")
def add_program() -> ResponseReturnValue:
    """Open an account with its first token."""
    given = request.form
    actor, now = visitor.actor(), clock.now()
    try:
        with db.transaction():
            person = programs.add(
                given.get("login", ""), given.get("name", ""), _topics(), actor=actor, now=now
            )
            token = programs.issue_token(person.id, actor=actor, now=now)
    except InvalidError as error:
        return _shown(given, error.fields), 422
    flash(t(TOKEN) + token, "good")
    return redirect(url_for("admin.list_programs"), 303)


@blueprint.post("/programs/<int:person_id>/topics")
@roles("admin")
def change_topics(person_id: int) -> ResponseReturnValue:
    """Say which topics a program may fetch."""
    try:
        with db.transaction():
            programs.allow(person_id, _topics(), actor=visitor.actor(), now=clock.now())
    except InvalidError as error:
        return _shown({}, {f"topics-{person_id}": error.message}), 422
    flash(t(SAVED), "good")
    return redirect(url_for("admin.list_programs"), 303)


@blueprint.post("/programs/<int:person_id>/token")
@roles("admin")
def renew_token(person_id: int) -> ResponseReturnValue:
    """Give a program another token; the one it had ends."""
    with db.transaction():
        token = programs.issue_token(person_id, actor=visitor.actor(), now=clock.now())
    flash(t(TOKEN) + token, "good")
    return redirect(url_for("admin.list_programs"), 303)


@blueprint.post("/programs/<int:person_id>/close")
@roles("admin")
def close_program(person_id: int) -> ResponseReturnValue:
    """Close an account."""
    with db.transaction():
        programs.close(person_id, actor=visitor.actor(), now=clock.now())
    flash(t(CLOSED), "good")
    return redirect(url_for("admin.list_programs"), 303)


def _topics() -> list[str]:
    written = request.form.get("topics", "")[:20_000]
    return written.replace("，", " ").replace(",", " ").split()


def _shown(given: Mapping[str, str], errors: Mapping[str, Text] | None = None) -> str:
    actor, now = visitor.actor(), clock.now()
    return render_template(
        "admin/programs.html",
        topics=programs.topics(actor, now=now),
        accounts=programs.accounts(actor, now=now),
        given=given,
        errors=errors or {},
    )
