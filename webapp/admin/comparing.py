"""Two bundles beside each other: pictures with marks, and everything that differs in words."""

from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from engine import bpmn
from engine.bpmn import draw_marks
from engine.definitions import compare
from webapp import sources
from webapp.admin.routes import blueprint
from webapp.doors import roles
from webapp.language import lang
from webapp.sources import Source


@blueprint.get("/definitions/compare")
@roles("admin", "designer")
def choose_comparison() -> ResponseReturnValue:
    """Go to the comparison of what was chosen; without an older side with the running version."""
    old, new = (request.args.get(name, "")[:40] for name in ("old", "new"))
    old, new = old or _running(new), new or "0"
    return redirect(url_for("admin.comparison", old=old, new=new), 303)


@blueprint.get("/definitions/<string:old>/compare/<string:new>")
@roles("admin", "designer")
def comparison(old: str, new: str) -> ResponseReturnValue:
    """Show what differs between two bundles of one item."""
    before, after = sources.find(old), sources.find(new)
    return render_template("admin/compare.html", **values(before, after))


def _running(new: str) -> str:
    """Find the running version of an item that has one; else compare with itself."""
    known = sources.choices(sources.find(new).item_code)
    return next((ref for ref, _ in known if ref.isdigit()), new)


def values(before: Source, after: Source) -> dict[str, Any]:
    """Return what the page of a comparison shows."""
    found = compare.compare(
        (before.reading, before.files), (after.reading, after.files), sources.WORDS
    )
    return {
        "old": before,
        "new": after,
        "found": found,
        "counts": found.counts(),
        "parts": [(name, found.of(part)) for part, name in compare.PARTS.items()],
        "kinds": compare.KINDS,
        "choices": sources.choices(after.reading.process.item),
        "pictures": [
            ("old", before, _picture(before, found, "old")),
            ("new", after, _picture(after, found, "new")),
        ],
        "sign": _sign,
    }


def _picture(source: Source, found: compare.Comparison, side: str) -> str:
    diagram = source.reading.diagram
    if diagram is None:
        return ""
    marks = found.marks(side)
    told = {one.was if side == "old" and one.was else one.id: one for one in found.changes}
    links = {
        name: f"#change-{told[name].part}-{told[name].id}"
        for name, kind in marks.items()
        if kind != "moved"
    }
    drawn = bpmn.draw(diagram, language=lang(), links=links)
    return draw_marks.mark(drawn, diagram, marks, side, lang())


def _sign(kind: str) -> Markup:
    return Markup(draw_marks.sign(kind))  # noqa: S704 - our own drawing
