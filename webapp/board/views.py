"""The board of one department, and the list behind each of its figures."""

from collections.abc import Sequence
from typing import Any

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from markupsafe import Markup

from engine import bpmn, clock, definitions, voices
from engine.permissions import SUPERVISOR
from forms.text import Text
from reports import board, lists
from reports import city as counts
from webapp import live, visitor
from webapp.board.heat import laid_over
from webapp.board.routes import blueprint
from webapp.doors import open_to_all, roles
from webapp.language import lang

#: what a figure of the board counts, and the list it leads to
FIGURES: dict[str, Text] = {
    "open": Text("在办", "In progress"),
    "near": Text("临近时限", "Near the limit"),
    "overdue": Text("已超期", "Overdue"),
    "closed": Text("本月办结", "Closed this month"),
}


PERIODS: dict[str, Text] = {
    "month": Text("本月", "This month"),
    "quarter": Text("本季度", "This quarter"),
    "year": Text("本年", "This year"),
}
LEVELS: dict[str, Text] = {
    "near": Text("临近时限", "Near the limit"),
    "overdue": Text("已超期", "Overdue"),
    "yellow": Text("黄牌", "Yellow card"),
    "red": Text("红牌", "Red card"),
}


@blueprint.get("")
@roles("leader", "supervisor")
def overview() -> ResponseReturnValue:
    """Show the figures of a department, by step, person and item."""
    actor = visitor.actor()
    if not request.args.get("department") and actor.has(SUPERVISOR):
        return redirect(url_for("board.city"))
    departments = board.led_by(actor)
    return render_template("board/board.html", departments=departments, **_department())


@blueprint.get("/live")
@roles("leader", "supervisor")
def overview_live() -> ResponseReturnValue:
    """Answer with the figures of a department alone."""
    return render_template("board/board_live.html", **_department())


@blueprint.get("/city")
@roles("leader", "supervisor")
def city() -> ResponseReturnValue:
    """Show how all cases stand that the visitor may look at, by department and item."""
    return render_template("board/city.html", **_city())


@blueprint.get("/city/live")
@roles("leader", "supervisor")
def city_live() -> ResponseReturnValue:
    """Answer with these figures alone."""
    return render_template("board/city_live.html", **_city())


@blueprint.get("/pulse")
@open_to_all("it only says whether anything has happened somewhere: no data, and no query")
def pulse() -> ResponseReturnValue:
    """Say whether a page's figures are still those of now."""
    return live.answer(request.args.get("seen", ""))


@blueprint.get("/cases")
@roles("leader", "supervisor")
def cases() -> ResponseReturnValue:
    """Show the cases behind one figure."""
    actor, code = visitor.actor(), request.args.get("department", "")
    if code:
        board.require(actor, code)
    codes = [code] if code else list(board.led_by(actor))
    wanted, number = _wanted(codes), request.args.get("page", 1, type=int)
    page = lists.cases(actor, wanted, now=clock.now(), departments=codes, page=number)
    return render_template("board/cases.html", page=page, wanted=wanted, **_around(code, codes))


def _department() -> dict[str, Any]:
    actor = visitor.actor()
    found = board.department(actor, clock.now(), code=request.args.get("department", ""))
    return {
        "board": found,
        "department": found.department,
        "diagrams": [(d, _drawn(d, found.department)) for d in found.diagrams],
        "figures": FIGURES,
        "late": len(voices.overdue(clock.now(), [found.department])),
    }


def _city() -> dict[str, Any]:
    """Read the filters, what is not understood asks nothing, and count."""
    given = request.args
    asked = counts.Asked(
        department=given.get("department", ""),
        item=given.get("item", ""),
        period=given["period"] if given.get("period") in PERIODS else "month",
        level=given["level"] if given.get("level") in LEVELS else "",
    )
    found = counts.city(visitor.actor(), asked, clock.now())
    return {"counted": found, "asked": asked, "periods": PERIODS, "levels": LEVELS}


def _around(code: str, codes: Sequence[str]) -> dict[str, Any]:
    """Return what the list says about how it was narrowed."""
    return {
        "department": code,
        "items": dict(lists.items(visitor.actor(), codes)),
        "people": board.people_of(code) if code else {},
        "figures": FIGURES,
        "figure": request.args.get("figure", "open"),
        "period": request.args.get("period", ""),
    }


def _wanted(codes: Sequence[str]) -> lists.Wanted:
    asked = request.args
    figure = asked.get("figure", "open")
    narrowed: dict[str, Any] = {name: asked.get(name, "") for name in ("item", "step", "person")}
    if figure in ("near", "overdue"):
        narrowed["due"] = figure
    elif figure == "closed":
        narrowed["closed_since"] = counts.period_start(asked.get("period", ""), clock.now())
    else:
        narrowed["status"] = "open"
    if asked.get("card") in counts.CARD_LEVELS:
        narrowed["card"] = asked["card"]
    if asked.get("lead") == "1":
        narrowed["leads"] = tuple(codes)
    return lists.Wanted(**narrowed)


def _drawn(steps: board.ItemSteps, department: str) -> Markup:
    diagram = definitions.bundle(steps.version_id).diagram
    links = {
        share.key: url_for("board.cases", department=department, item=steps.item, step=share.key)
        for share in steps.steps
    }
    svg = bpmn.draw(diagram, language=lang(), links=links)
    return laid_over(
        svg, bpmn.pictured(diagram).shapes, {share.key: share for share in steps.steps}
    )
