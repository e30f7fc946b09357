"""Handlers of the public announcements of hearings (行政许可法 46)."""

from flask import render_template, request
from flask.typing import ResponseReturnValue

from engine import clock
from engine.cases import announcing
from webapp.doors import open_to_all
from webapp.paging import turned
from webapp.portal.items import blueprint

_PUBLIC = "hearings in the public interest are announced to everybody (许可法 46)"


@blueprint.get("/hearings")
@open_to_all(_PUBLIC)
def hearings() -> ResponseReturnValue:
    """List the announced hearings, of an item or of all."""
    item_code = request.args.get("item", "")[:80]
    page = turned(lambda at: announcing.listed(item_code, at=at))
    return render_template("portal/hearings.html", page=page, item_code=item_code, **_said())


@blueprint.get("/hearings/<int:hearing_id>")
@open_to_all(_PUBLIC)
def hearing(hearing_id: int) -> ResponseReturnValue:
    """Show one announcement."""
    row = announcing.find(hearing_id)
    return render_template("portal/hearing.html", row=row, **_said())


def _said() -> dict[str, object]:
    now = clock.now()
    return {
        "state": lambda row: announcing.state(row, now),
        "moment_text": announcing.moment_text,
    }
