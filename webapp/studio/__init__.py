"""The studio: drafts of items drawn in the browser, checked while they are drawn, deployed."""

from flask import Flask

from webapp.studio import answers, beginning, drafts, editing, items, releasing
from webapp.studio.routes import blueprint

__all__ = ["answers", "beginning", "drafts", "editing", "items", "register", "releasing"]


def register(app: Flask) -> None:
    """Add the pages of the studio."""
    app.register_blueprint(blueprint)
