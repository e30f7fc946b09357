"""Live figures: pages that show how things stand, and ask anew only when something has happened.

A page carries the tag of what it shows. Its browser asks every two seconds whether the tag still
holds; the answer takes no query and no thread for longer than that (see ``engine.beats``). Only a
tag that no longer holds makes the page fetch its figures. Figures also age: by the minute.
"""

from flask import Flask, Response, current_app
from sqlalchemy.engine import make_url

from engine import clock
from engine.beats import Beats

_PULSE = "lianban.pulse"
#: The event of the page that makes its figures be fetched.
EVENT = "pulse"


def install(app: Flask) -> None:
    """Make the ears of the process; it listens from the first question on."""
    url = make_url(app.config["SQLALCHEMY_DATABASE_URI"]).set(drivername="postgresql")
    app.extensions[_PULSE] = Beats(url.render_as_string(hide_password=False))
    app.jinja_env.globals["live_tag"] = tag


def pulse(app: Flask) -> Beats:
    """Return what an application listens with."""
    found: Beats = app.extensions[_PULSE]
    return found


def tag() -> str:
    """Return what the figures of this moment may be told by; empty while nobody can say."""
    beat = pulse(current_app).tag()
    return f"{beat}.{int(clock.now().timestamp()) // 60}" if beat is not None else ""


def answer(seen: str) -> Response:
    """Say whether a tag still holds: nothing to do, or the event that fetches the figures."""
    response = Response(status=204)
    if not seen or seen != tag():
        response.headers["HX-Trigger"] = EVENT
    return response
