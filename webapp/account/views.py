"""Handlers of a person's own pages."""

from collections.abc import Mapping

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

import engine.db
from engine import clock, deliveries, notices, people
from engine.errors import ConflictError, EngineError, ForbiddenError, InvalidError
from engine.outbox import CHANNELS
from engine.permissions import Actor
from forms.text import Text
from webapp import language, navigation, parking, visitor
from webapp.doors import logged_in, open_to_all
from webapp.errors import status_of
from webapp.paging import turned
from webapp.security import is_own_page

blueprint = Blueprint("account", __name__)

KEPT = Text(
    "您的登录已过期。刚才填写的内容已经保留，登录后会恢复。",
    "Your login has expired. What you typed has been kept and comes back after you sign in.",
)
WRONG_DOOR = Text(
    "请从本账号所属的入口登录：申请人使用公众网站，工作人员使用内部网站。",
    "Sign in at the entrance for this account: applicants on the public site, staff on the "
    "internal one.",
)


@blueprint.get("/login")
@open_to_all("how people come in")
def login() -> ResponseReturnValue:
    """Show the login page; it says so when something typed is waiting."""
    if request.args.get("kept"):
        flash(language.t(KEPT), "warn")
    return render_template("account/login.html", errors={}, login="", next=_next(request.args))


@blueprint.post("/login")
@open_to_all("how people come in")
def log_in() -> ResponseReturnValue:
    """Check the password and go on where the visitor wanted to go."""
    name = request.form.get("login", "")
    try:
        actor = people.authenticate(name, request.form.get("password", ""), now=clock.now())
        _require_face(actor)
    except EngineError as error:
        values = {"login": name, "next": _next(request.form), "errors": {"login": error.message}}
        return render_template("account/login.html", **values), status_of(error)
    visitor.enter(actor)
    language.prefer(actor.language)
    return parking.after_login() or redirect(_next(request.form) or _start(actor), 303)


@blueprint.post("/logout")
@open_to_all("leaving needs no permission")
def logout() -> ResponseReturnValue:
    """End the session."""
    visitor.leave()
    flash(language.t("您已退出。", "You are signed out."), "good")
    return redirect(url_for("account.login"), 303)


@blueprint.get("/register")
@open_to_all("applicants open their own accounts")
def register() -> ResponseReturnValue:
    """Show the registration page."""
    return render_template("account/register.html", errors={}, values=parking.typed() or {})


@blueprint.post("/register")
@open_to_all("applicants open their own accounts")
def create_account() -> ResponseReturnValue:
    """Open an account and sign its owner in; every wrong field is named at once."""
    form = request.form
    keys = ("login", "password", "name", "id_number", "phone", "email")
    given = {key: form.get(key, "") for key in keys}
    try:
        _require_repeated(given["password"], form.get("password2", ""))
        with engine.db.transaction():
            applicant = people.Applicant(**given, language=language.lang())
            person = people.register_applicant(applicant, now=clock.now())
    except (InvalidError, ConflictError) as error:
        return render_template("account/register.html", errors=error.fields, values=given), 422
    visitor.enter(visitor.of_person(person.id))
    flash(language.t("注册成功，您已登录。", "Your account is open and you are signed in."), "good")
    return parking.after_login() or redirect(url_for("portal.mine"), 303)


@blueprint.get("/notices")
@logged_in
def list_notices() -> ResponseReturnValue:
    """Show the visitor's notices, newest first."""
    person_id = visitor.person_id()
    page = turned(lambda at: notices.list_for(person_id, at=at))
    return render_template(
        "account/notices.html",
        rows=page.rows,
        page=page,
        deliveries=deliveries.of_notices([row.id for row in page.rows]),
        channels=CHANNELS,
        delivery_states=deliveries.STATES,
    )


@blueprint.post("/notices/read")
@logged_in
def read_notices() -> ResponseReturnValue:
    """Mark everything the visitor was told as read."""
    with engine.db.transaction():
        notices.mark_read(visitor.actor(), now=clock.now())
    return redirect(url_for("account.list_notices"), 303)


@blueprint.post("/reopen")
@open_to_all("gives a form back to whoever typed it; the page's own door decides")
def reopen() -> ResponseReturnValue:
    """Show the latest state of a page with what had been typed on it."""
    notice = Text(
        "这是最新状态。您填写的内容已经放回，请核对后再提交。",
        "This is the latest state. What you typed is back in place; check it before you send it.",
    )
    return parking.reopen(parking.sent_from(), parking.typed_fields(), notice)


@open_to_all("leads to the tasks, which ask for a login")
def front() -> ResponseReturnValue:
    """Lead from the front page of the internal face to the tasks."""
    return redirect(navigation.INBOX.path)


def _next(values: Mapping[str, str]) -> str:
    """Return where to go after the login; only ever a page of this site."""
    page = values.get("next", "")
    return page if is_own_page(page) else ""


def _start(actor: Actor) -> str:
    """Return the first page of a person: an applicant's cases, or the tasks of staff."""
    return navigation.home(actor) if actor.kind == "staff" else navigation.MINE.path


def _require_face(actor: Actor) -> None:
    """Refuse a login at the entrance for the other kind of people. Raises ForbiddenError."""
    wrong = {"public": "staff", "internal": "applicant"}.get(current_app.config["FACE"])
    if actor.kind == wrong:
        raise ForbiddenError(WRONG_DOOR)


def _require_repeated(password: str, again: str) -> None:
    """Refuse two passwords that differ. Raises InvalidError."""
    if password != again:
        text = Text("两次输入的密码不一致。", "The two passwords differ.")
        raise InvalidError(text, fields={"password2": text})
