"""Handlers about bundles, deployed or not: compared with each other, their time budgets."""

from typing import Any

from flask.views import MethodView

from engine import bpmn
from engine.definitions import compare
from webapp import sources, visitor
from webapp.api.bundle_schemas import BudgetsSchema, ComparisonSchema
from webapp.api.routes import answers, route
from webapp.doors import token_only


@route("/definitions/<string:old>/compare/<string:new>", tag="definitions")
@token_only
class BundleComparison(MethodView):
    """Two bundles of one item."""

    @answers("比较两个版本", ComparisonSchema, refused=(401, 403, 404, 422))
    def get(self, old: str, new: str) -> dict[str, Any]:
        """Compare two versions of an item: diagram, forms, tables, guide (admins, designers)."""
        sources.require_designer(visitor.actor())
        before, after = sources.find(old), sources.find(new)
        found = compare.compare(
            (before.reading, before.files), (after.reading, after.files), sources.WORDS
        )
        return {
            "item": after.reading.process.item,
            "old": before,
            "new": after,
            "same": found.same,
            "counts": found.counts(),
            "gaps": found.gaps,
            "changes": found.changes,
        }


@route("/definitions/<string:which>/budget", tag="definitions")
@token_only
class BundleBudget(MethodView):
    """The time budget of a bundle."""

    @answers("时间预算", BudgetsSchema, refused=(401, 403, 404, 422))
    def get(self, which: str) -> dict[str, Any]:
        """Add up the limits of the steps against each limit of the item (admins, designers)."""
        sources.require_designer(visitor.actor())
        found = sources.find(which)
        running = found.reading.running
        return {
            "item": running[0].item if running else "",
            "of": found,
            "budgets": bpmn.budgets(running[0], running[1:]) if running else (),
        }
