"""``GET /metrics`` for Prometheus: what waits in the database, what each web process answered."""

from typing import Final

from flask import Blueprint, Flask, Response, abort, request
from flask.typing import ResponseReturnValue

from engine import metrics
from webapp import tally
from webapp.doors import open_to_all

blueprint = Blueprint("metrics", __name__)
_CLASSES: Final = [name for name in tally.NAMES if name.endswith("xx")]


def register(app: Flask) -> None:
    """Add the address."""
    app.register_blueprint(blueprint)


@blueprint.get("/metrics")
@open_to_all("Prometheus shows the key of LIANBAN_METRICS_KEY; without one nothing is here")
def show() -> ResponseReturnValue:
    """Tell the metrics to whoever shows the key; where none is set, there is no such page."""
    if not metrics.key():
        abort(404)
    if not metrics.opened(request.headers.get("Authorization", "")):
        return Response(status=401, headers={"WWW-Authenticate": "Bearer"})
    return Response("\n".join([*_own(), *metrics.shared(), ""]), content_type=metrics.TYPE)


def _own() -> list[str]:
    """Write what each process of this server has counted, by its number."""
    counted = tally.of_all()
    answers = {
        f'process="{process}",status="{name}"': counts[name]
        for process, counts in counted.items()
        for name in _CLASSES
    }
    lines = metrics.lines(
        "lianban_web_answers_total", "counter", "Answers of a web process by class.", answers
    )
    for name, kind, said, column in (
        ("answer_seconds_total", "counter", "Seconds it worked on them.", "seconds"),
        ("process_begun_seconds", "gauge", "When it answered first, since 1970.", "begun_at"),
    ):
        samples = {f'process="{process}"': counts[column] for process, counts in counted.items()}
        lines += metrics.lines(f"lianban_web_{name}", kind, said, samples)
    return lines
