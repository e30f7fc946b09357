"""Pages of the organisation: units as a tree, one unit, roles."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import clock, db, organisation
from engine.errors import InvalidError
from engine.organisation import Unit, staffing, units
from forms.text import Text
from webapp import visitor
from webapp.admin.routes import blueprint
from webapp.doors import roles
from webapp.language import t

SAVED = Text("已保存。", "Saved.")
_WORDS = ("code", "name_zh", "name_en", "parent", "kind", "mark", "phone", "address_zh")


@blueprint.get("/organisation")
@roles("admin")
def organisation_tree() -> ResponseReturnValue:
    """Show the units as a tree with how many people hold posts in each."""
    values = {"tree": units.tree(), "counted": staffing.counted(), "kinds": organisation.KINDS}
    return render_template("admin/organisation.html", **values)


@blueprint.get("/organisation/units/new")
@roles("admin")
def new_unit() -> ResponseReturnValue:
    """Show the form of a new unit."""
    above = request.args.get("parent", "")
    return _unit_page(Unit("", "", "", above, "section"), new=True)


@blueprint.get("/organisation/units/<string:code>")
@roles("admin")
def unit(code: str) -> ResponseReturnValue:
    """Show one unit with its people."""
    return _unit_page(units.unit_of(units.find(code)), new=False)


def _unit_page(shown: Unit, *, new: bool, errors: Mapping[str, Text] | None = None) -> str:
    others = [branch for branch in units.tree() if branch.row.code != shown.code or new]
    values: dict[str, Any] = {"unit": shown, "new": new, "errors": errors or {}}
    values |= {"above": others, "kinds": organisation.KINDS}
    values |= {"people": [] if new else staffing.staff(unit=shown.code).rows}
    return render_template("admin/unit.html", **values)


@blueprint.post("/organisation/units")
@roles("admin")
def save_unit() -> ResponseReturnValue:
    """Add a unit, or change one."""
    sent, new = _unit(), "new" in request.form
    try:
        with db.transaction():
            units.save(sent, actor=visitor.actor(), now=clock.now(), new=new)
    except InvalidError as error:
        return _unit_page(sent, new=new, errors=error.fields), 422
    flash(t(SAVED), "good")
    return redirect(url_for("admin.organisation_tree"), 303)


def _unit() -> Unit:
    given = {name: request.form.get(name, "").strip() for name in (*_WORDS, "address_en")}
    position = request.form.get("position", "").strip()
    number = int(position) if position.isascii() and position.isdigit() else -1
    return Unit(**given, position=number if position and len(position) < 6 else -1)


@blueprint.get("/organisation/roles")
@roles("admin")
def list_roles() -> ResponseReturnValue:
    """Show the roles that diagrams may name."""
    return _roles_page({}, {})


def _roles_page(typed: Mapping[str, str], errors: Mapping[str, Text]) -> str:
    rows = staffing.roles()
    return render_template("admin/roles.html", rows=rows, typed=typed, errors=errors)


@blueprint.post("/organisation/roles")
@roles("admin")
def save_role() -> ResponseReturnValue:
    """Add a role, or give one another name."""
    sent = {key: request.form.get(key, "").strip() for key in ("code", "name_zh", "name_en")}
    name = Text(sent["name_zh"], sent["name_en"])
    try:
        with db.transaction():
            staffing.save_role(sent["code"], name, actor=visitor.actor(), now=clock.now())
    except InvalidError as error:
        return _roles_page(sent, error.fields), 422
    flash(t(SAVED), "good")
    return redirect(url_for("admin.list_roles"), 303)
