"""Handlers of the public pages about items: home, list, guide."""

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from engine import bpmn, cases, definitions
from webapp import language, visitor
from webapp.doors import applicants_only, open_to_all
from webapp.portal import catalogue

blueprint = Blueprint("portal", __name__)


@blueprint.get("/")
@open_to_all("the public face of the city's approvals")
def home() -> ResponseReturnValue:
    """Show the front page: search, themes, departments."""
    everything = definitions.published()
    return render_template(
        "portal/home.html",
        themes=catalogue.themes(everything),
        departments=catalogue.departments(everything),
        items=everything[: catalogue.PER_PAGE],
    )


@blueprint.get("/items")
@open_to_all("what can be applied for is public (R20)")
def items() -> ResponseReturnValue:
    """List items by words, theme and department."""
    asked = {name: request.args.get(name, "")[:80] for name in ("q", "theme", "department")}
    number = request.args.get("page", 1, type=int)
    listing = catalogue.search(asked["q"], asked["theme"], asked["department"], number)
    return render_template("portal/items.html", listing=listing, asked=asked)


@blueprint.get("/items/<string:item_code>")
@open_to_all("the guide must be public (许可法 30)")
def guide(item_code: str) -> ResponseReturnValue:
    """Show the guide of an item, from its deployed bundle."""
    bundle = definitions.newest(item_code)
    return render_template(
        "portal/guide.html",
        bundle=bundle,
        item=bundle.item,
        process=bundle.process,
        kind=catalogue.KINDS[bundle.process.kind],
        steps=catalogue.steps(bundle),
        limit=catalogue.limit_of,
        articles=catalogue.articles,
        svg=bpmn.draw(bundle.diagram, language=language.lang(), public=True),
        **catalogue.voices_of(item_code),
    )


@blueprint.get("/items/<string:item_code>/start")
@applicants_only
def before_start(item_code: str) -> ResponseReturnValue:
    """Say what to have ready, and offer drafts begun earlier."""
    bundle = definitions.newest(item_code)
    drafts = [d for d in cases.my_drafts(visitor.actor()) if d.item_code == item_code]
    return render_template("portal/start.html", bundle=bundle, item=bundle.item, drafts=drafts)
