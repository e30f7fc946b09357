"""The board of one department, and the list behind each of its figures."""

from typing import Any

from flask import render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from engine import bpmn, clock, definitions
from forms.text import Text
from reports import board, lists
from webapp import visitor
from webapp.board.heat import laid_over
from webapp.board.routes import blueprint
from webapp.doors import roles
from webapp.language import lang

#: what a figure of the board counts, and the list it leads to
FIGURES: dict[str, Text] = {
    "open": Text("在办", "In progress"),
    "near": Text("临近时限", "Near the limit"),
    "overdue": Text("已超期", "Overdue"),
    "closed": Text("本月办结", "Closed this month"),
}


@blueprint.get("")
@roles("leader", "supervisor")
def overview() -> ResponseReturnValue:
    """Show the figures of a department, by step, person and item."""
    actor = visitor.actor()
    found = board.department(actor, clock.now(), code=request.args.get("department", ""))
    return render_template(
        "board/board.html",
        board=found,
        departments=board.led_by(actor),
        diagrams=[(d, _drawn(d, found.department)) for d in found.diagrams],
        figures=FIGURES,
    )


@blueprint.get("/cases")
@roles("leader", "supervisor")
def cases() -> ResponseReturnValue:
    """Show the cases behind one figure."""
    actor, code = visitor.actor(), request.args.get("department", "")
    board.require(actor, code)
    wanted, number = _wanted(), request.args.get("page", 1, type=int)
    page = lists.cases(actor, wanted, now=clock.now(), departments=[code], page=number)
    return render_template("board/cases.html", page=page, wanted=wanted, **_around(code))


def _around(code: str) -> dict[str, Any]:
    """Return what the list says about how it was narrowed."""
    return {
        "department": code,
        "items": dict(lists.items(visitor.actor(), [code])),
        "people": board.people_of(code),
        "figures": FIGURES,
        "figure": request.args.get("figure", "open"),
    }


def _wanted() -> lists.Wanted:
    asked = request.args
    figure = asked.get("figure", "open")
    narrowed: dict[str, Any] = {name: asked.get(name, "") for name in ("item", "step", "person")}
    if figure in ("near", "overdue"):
        narrowed["due"] = figure
    elif figure == "closed":
        narrowed["closed_since"] = board.month_start(clock.now())
    else:
        narrowed["status"] = "open"
    return lists.Wanted(**narrowed)


def _drawn(steps: board.ItemSteps, department: str) -> Markup:
    diagram = definitions.bundle(steps.version_id).diagram
    links = {
        share.key: url_for("board.cases", department=department, item=steps.item, step=share.key)
        for share in steps.steps
    }
    svg = bpmn.draw(diagram, language=lang(), links=links)
    return laid_over(svg, diagram.shapes, {share.key: share for share in steps.steps})
