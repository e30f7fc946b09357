"""The staff's work: the inbox, the task page, the case file, the search."""

from flask import Flask

from engine import clocks
from webapp.inbox import cases, listing, suspensions, task, timing, urging, voices
from webapp.inbox.routes import blueprint

__all__ = ["cases", "listing", "register", "suspensions", "task", "timing", "urging", "voices"]


def register(app: Flask) -> None:
    """Add the pages of the staff, and what their templates ask about due times."""
    app.register_blueprint(blueprint)
    app.jinja_env.globals.update(
        due_state=clocks.state_of, due_day=clocks.last_day, time_left=clocks.left
    )
