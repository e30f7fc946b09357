"""The announced public hearings, for programs: the same as on the pages (行政许可法 46)."""

from typing import Any

from flask.views import MethodView
from marshmallow import fields

from engine import clock, people
from engine.cases import announcing
from forms.text import Text
from webapp.api.routes import answers, route, takes
from webapp.api.schemas import NamedSchema, Shown, nested, text, turned, words
from webapp.api.voice_schemas import MarksQuery
from webapp.doors import open_to_all


class HearingsQuery(MarksQuery):
    """Whose hearings: an item's, or all."""

    item = text(80)


class HearingSchema(Shown):
    """A hearing that the public is told of; nothing about who applies."""

    id = fields.Integer()
    item = nested(NamedSchema)
    department = nested(NamedSchema)
    article = fields.String()
    held_at = fields.DateTime()
    place = fields.String()
    chair = fields.String()
    announced_at = fields.DateTime()
    state = words()


@route("/hearings", tag="items")
@open_to_all("hearings in the public interest are announced to everybody (许可法 46)")
class Hearings(MethodView):
    """Public hearings."""

    @answers("听证公告", turned(HearingSchema), refused=(422,))
    @takes(HearingsQuery, "query")
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List the announced hearings, of an item or of all, the latest first."""
        found = announcing.listed(asked["item"], at=asked["at"])
        rows = [_shown(row) for row in found.rows]
        return {"rows": rows, "next": found.next, "previous": found.previous}


def _shown(row: Any) -> dict[str, Any]:
    kept = ("id", "article", "held_at", "place", "chair", "announced_at")
    return {
        **{name: getattr(row, name) for name in kept},
        "item": {"code": row.item_code, "name": Text(row.title_zh, row.title_en)},
        "department": {
            "code": row.department_code,
            "name": people.department_name(row.department_code),
        },
        "state": announcing.state(row, clock.now()),
    }
