"""Pages of review: cards in doubt, and how the time of cases was used."""

from typing import Any

from flask import render_template, request
from flask.typing import ResponseReturnValue

from engine import clock, people, supervision
from reports import custody, lists
from webapp import visitor
from webapp.doors import roles
from webapp.oversight import shown
from webapp.oversight.routes import blueprint


@blueprint.get("/doubts")
@roles("supervisor", "leader")
def doubts() -> ResponseReturnValue:
    """Show the cards that calendar or rules in force now would not have given."""
    return render_template(
        "oversight/doubts.html",
        doubts=supervision.doubted(visitor.actor()),
        explained=supervision.explained,
        doubt_causes=supervision.DOUBT_CAUSES,
        levels=supervision.LEVELS,
        causes=supervision.CAUSES,
        shown=shown,
    )


@blueprint.get("/time")
@roles("supervisor", "leader")
def time_used() -> ResponseReturnValue:
    """Show who held the cases closed lately, by department and person."""
    actor, asked = visitor.actor(), request.args
    days = asked.get("days", type=int)
    wanted: dict[str, Any] = {
        "days": days if days in custody.PERIODS else custody.PERIODS[0],
        "department": asked.get("department", ""),
        "item": asked.get("item", ""),
    }
    return render_template(
        "oversight/time.html",
        usage=custody.usage(actor, clock.now(), **wanted),
        wanted=wanted,
        periods=custody.PERIODS,
        departments=people.departments() if supervision.sees_all(actor) else (),
        items=lists.items(actor),
    )
