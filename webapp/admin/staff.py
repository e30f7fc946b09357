"""Pages of the people of the staff: found, changed, stood in for, leaving."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import clock, db, organisation
from engine.errors import ConflictError, EngineError, InvalidError
from engine.organisation import Leaving, Member, staffing, substituting, units
from forms.text import Text
from webapp import visitor
from webapp.admin.organisation import SAVED
from webapp.admin.routes import blueprint
from webapp.doors import roles
from webapp.errors import status_of
from webapp.language import t
from webapp.paging import turned

APPOINTED = Text("已安排代理，并已通知代理人。", "Arranged; the substitute was told.")
ENDED = Text("代理已结束。", "The arrangement has ended.")


@blueprint.get("/organisation/people")
@roles("admin")
def list_people() -> ResponseReturnValue:
    """Show the staff, found by login name, name or unit."""
    text, unit = request.args.get("q", ""), request.args.get("unit", "")
    page = turned(lambda at: staffing.staff(text, unit=unit, at=at))
    values = {"page": page, "text": text, "unit": unit, "tree": units.tree()}
    return render_template("admin/people.html", **values)


@blueprint.get("/organisation/people/new")
@roles("admin")
def new_person() -> ResponseReturnValue:
    """Show the form of a new member of the staff."""
    return _new_page(Member("", ""))


def _new_page(member: Member, errors: Mapping[str, Text] | None = None) -> str:
    values = {"member": member, "tree": units.tree(), "all_roles": staffing.roles()}
    return render_template("admin/person_new.html", **values, errors=errors or {})


@blueprint.post("/organisation/people")
@roles("admin")
def add_person() -> ResponseReturnValue:
    """Add a member of the staff."""
    member = _member(request.form.get("login", "").strip().lower())
    try:
        with db.transaction():
            staffing.save_person(member, actor=visitor.actor(), now=clock.now(), new=True)
    except InvalidError as error:
        return _new_page(member, error.fields), 422
    flash(t(SAVED), "good")
    return redirect(url_for("admin.person", login=member.login), 303)


def _member(login: str) -> Member:
    """Read a person from the form: posts that stay ticked, and one more that was chosen."""
    sent = request.form
    kept = [tuple(post.partition(":")[::2]) for post in sent.getlist("post")]
    more = (sent.get("unit", ""), sent.get("role", ""))
    posts = frozenset((unit, role) for unit, role in [*kept, more] if unit or role)
    name, email, phone = (sent.get(one, "").strip() for one in ("name", "email", "phone"))
    return Member(login, name, email, phone, posts)


@blueprint.get("/organisation/people/<string:login>")
@roles("admin")
def person(login: str) -> ResponseReturnValue:
    """Show a member of the staff: posts, substitutes, open tasks."""
    return _page(login)


def _page(
    login: str,
    form: str = "",
    error: EngineError | None = None,
    member: Member | None = None,
    secret: str = "",
) -> str:
    found = organisation.handover(login, visitor.actor())
    row = found.person
    values: dict[str, Any] = {
        "person": row,
        "member": member or staffing.member_of(row),
        "found": found,
        "tree": units.tree(),
        "all_roles": staffing.roles(),
        "colleagues": [one for one in staffing.active() if one.id != row.id],
        "substitutes": substituting.of_person(row.id),
        "stood_in": [(one, substituting.named([one])) for one in substituting.posts_of(row)],
        "in_words": substituting.named,
        "today": clock.civil_date(clock.now()),
        "secret": secret,
    }
    values |= {"form": form, "errors": error.fields if error else {}}
    values |= {"refusal": error.message if error and not error.fields else None}
    return render_template("admin/person.html", **values, typed=request.form)


@blueprint.post("/organisation/people/<string:login>")
@roles("admin")
def change_person(login: str) -> ResponseReturnValue:
    """Change a member of the staff and their posts."""
    member = _member(login)
    try:
        with db.transaction():
            staffing.save_person(member, actor=visitor.actor(), now=clock.now(), new=False)
    except (InvalidError, ConflictError) as error:
        return _page(login, "change", error, member), status_of(error)
    flash(t(SAVED), "good")
    return redirect(url_for("admin.person", login=login), 303)


@blueprint.post("/organisation/people/<string:login>/password")
@roles("admin")
def set_password(login: str) -> ResponseReturnValue:
    """Give a member of the staff a new password; it is shown once, on this page."""
    with db.transaction():
        secret = staffing.new_password(login, actor=visitor.actor(), now=clock.now())
    return _page(login, secret=secret)


@blueprint.post("/organisation/people/<string:login>/substitutes")
@roles("admin")
def appoint_substitute(login: str) -> ResponseReturnValue:
    """Let somebody stand in for a person from one day to another."""
    away, other, reason = (
        staffing.find(login),
        _number("substitute"),
        request.form.get("reason", ""),
    )
    span = substituting.Span(
        _day("from_on"), _day("until_on"), _chosen(substituting.posts_of(away))
    )
    try:
        with db.transaction():
            by, now = visitor.actor(), clock.now()
            substituting.appoint(away.id, other, span, reason, actor=by, now=now)
    except (InvalidError, ConflictError) as error:
        return _page(login, "substitute", error), status_of(error)
    flash(t(APPOINTED), "good")
    return redirect(url_for("admin.person", login=login), 303)


def _chosen(posts: Sequence[str]) -> list[str] | None:
    """Return the posts that are ticked; None where all are, or there is none to tick."""
    ticked = request.form.getlist("posts")
    return None if set(ticked) == set(posts) else ticked


def _day(name: str) -> date | None:
    try:
        return date.fromisoformat(request.form.get(name, "").strip())
    except ValueError:
        return None


def _number(name: str) -> int:
    value = request.form.get(name, "")
    return int(value) if value.isascii() and value.isdigit() and len(value) < 10 else 0


@blueprint.post("/organisation/people/<string:login>/substitutes/<int:row>/end")
@roles("admin")
def end_substitute(login: str, row: int) -> ResponseReturnValue:
    """End an arrangement early."""
    try:
        with db.transaction():
            substituting.end(row, actor=visitor.actor(), now=clock.now())
        flash(t(ENDED), "good")
    except ConflictError as refusal:
        flash(t(refusal.message), "warn")
    return redirect(url_for("admin.person", login=login), 303)


@blueprint.post("/organisation/people/<string:login>/leave")
@roles("admin")
def person_leaves(login: str) -> ResponseReturnValue:
    """Hand over what somebody has in hand, and close their login: in one act."""
    sent = request.form
    how = Leaving(_number("successor"), "takes_posts" in sent, sent.get("leave_reason", ""))
    try:
        with db.transaction():
            left = organisation.leave(login, how, actor=visitor.actor(), now=clock.now())
    except (InvalidError, ConflictError) as error:
        return _page(login, "leave", error), status_of(error)
    said = Text(f"{left.name}已离职，待办已移交。", f"{left.name} has left; tasks are handed over.")
    flash(t(said), "good")
    return redirect(url_for("admin.person", login=login), 303)
