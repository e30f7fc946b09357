"""The way of running cases to another version: what differs, what would happen, and the choice."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import bpmn, clock, db, definitions, migrating
from engine.bpmn.draw_counts import count
from engine.bpmn.language import limit_text
from engine.definitions import VersionInfo
from engine.errors import ConflictError, InvalidError
from engine.migrating import Choice, Impact, Plan, PlanRefusedError, Wish
from forms.text import Text
from webapp import moments, visitor
from webapp.admin.routes import blueprint
from webapp.doors import roles
from webapp.language import lang, t

_BEGUN = Text(
    "迁移已开始，后台逐件进行；您可以离开这个页面。",
    "The move has begun and goes on case by case; you may leave this page.",
)
_MAP = "map."
_LONGEST = 4000


@blueprint.get("/definitions/<int:version_id>/redeploy")
@roles("admin")
def redeploy(version_id: int) -> ResponseReturnValue:
    """Show what moving the cases of another version to this one would do; nothing is changed."""
    return _page(version_id, request.args, {})


@blueprint.post("/definitions/<int:version_id>/redeploy")
@roles("admin")
def begin_redeployment(version_id: int) -> ResponseReturnValue:
    """Begin the move as it was chosen."""
    given = request.form
    try:
        wish = Wish(
            reason=given.get("reason", ""),
            choice=_choice(given),
            picked=_picked(given),
            begins_at=moments.read(given.get("begins_at", ""), "begins_at"),
        )
        with db.transaction():
            way = migrating.plan(_number(given.get("from")), version_id, _mapping(given))
            row = migrating.begin(way, wish, actor=visitor.actor(), now=clock.now())
    except ConflictError as refusal:
        return _page(version_id, given, {"reason": refusal.message}), 409
    except InvalidError as error:
        return _page(version_id, given, error.fields or {"from": error.message}), 422
    flash(t(_BEGUN), "good")
    return redirect(url_for("admin.redeployment", redeployment_id=row.id), 303)


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


def _mapping(given: Mapping[str, str]) -> dict[str, str]:
    """Read what old elements are to become: fields ``map.<old>``."""
    found = {name.removeprefix(_MAP): value for name, value in given.items() if _is_map(name)}
    return {old: new.strip() for old, new in found.items() if new.strip()}


def _is_map(name: str) -> bool:
    return name.startswith(_MAP)


def _choice(given: Mapping[str, str]) -> Choice:
    return Choice(given.get("steps") == "anew", given.get("promise") == "anew")


def _picked(given: Mapping[str, str]) -> Sequence[str] | None:
    """Read the numbers of the cases that are picked; None: all that can be moved."""
    if given.get("which") != "picked":
        return None
    words = given.get("cases", "")[:_LONGEST].replace("，", " ").replace(",", " ").split()
    return list(dict.fromkeys(words))


def _page(version_id: int, given: Mapping[str, str], errors: Mapping[str, Text]) -> str:
    bundle = definitions.bundle(version_id)
    known = definitions.versions(bundle.item.code)
    others = [info for info in known if info.version.id != version_id and info.running]
    chosen = _number(given.get("from")) or _likely(others)
    values: dict[str, Any] = {
        "bundle": bundle,
        "others": others,
        "chosen": chosen,
        "given": given,
        "errors": dict(errors),
        "under_way": migrating.under_way(bundle.item.code),
        "limit_text": limit_text,
        "plan": None,
        "impact": None,
    }
    if chosen:
        values |= _tried(chosen, version_id, given, values["errors"])
    return render_template("admin/redeploy.html", **values)


def _likely(others: Sequence[VersionInfo]) -> int:
    """Choose the version from which most cases would come."""
    most = max(others, key=lambda info: info.running, default=None)
    return most.version.id if most is not None else 0


def _tried(old: int, new: int, given: Mapping[str, str], errors: dict[str, Text]) -> dict[str, Any]:
    """Work the move out, as far as what is chosen allows."""
    try:
        outline = migrating.outline(old, new, _mapping(given))
    except PlanRefusedError as refused:
        errors.setdefault("from", refused.message)
        return {}
    if not any(_is_map(name) for name in given):
        outline = migrating.outline(old, new, outline.suggested)
    values = {"plan": outline, "compare": _compare(old, new)}
    try:
        way = migrating.plan(old, new, outline.mapping)
    except PlanRefusedError as refused:
        errors.update(refused.fields or {"from": refused.message})
        return values
    impact = migrating.impact(way, _choice(given), now=clock.now())
    return values | {"impact": impact, "svg": _picture(way, impact)}


def _compare(old: int, new: int) -> str | None:
    """Lead to the comparison of the two versions, where there is one."""
    if "admin.comparison" not in current_app.view_functions:
        return None
    return url_for("admin.comparison", old=old, new=new)


def _picture(way: Plan, impact: Impact) -> str:
    """Draw the old version with the number of cases at each step."""
    stuck = {fault.element for group in impact.groups for fault in group.faults}
    drawn = bpmn.draw(way.old.diagram, language=lang(), current=impact.at, problems=stuck)
    return count(drawn, way.old.diagram, impact.at)
