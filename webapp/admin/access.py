"""Who can see a case, and why."""

from flask import render_template
from flask.typing import ResponseReturnValue

from engine import organisation
from webapp import visitor
from webapp.admin.routes import blueprint
from webapp.doors import roles


@blueprint.get("/organisation/cases/<string:number>")
@roles("admin", "supervisor")
def who_may_see(number: str) -> ResponseReturnValue:
    """List all who may see a case, each with the rule and the posts that let them."""
    case, seers = organisation.who_may_see(number, visitor.actor())
    values = {"case": case, "seers": seers, "rules": organisation.RULES}
    return render_template("admin/access.html", **values)
