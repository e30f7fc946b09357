"""Handlers about bundles, deployed or not: compared with each other."""

from typing import Any

from flask.views import MethodView

from engine.definitions import compare
from webapp import sources, visitor
from webapp.api.bundle_schemas import ComparisonSchema
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
