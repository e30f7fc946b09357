"""The leader's board: how a department stands, and from every figure down to the case."""

from flask import Flask

from webapp.board import views
from webapp.board.routes import blueprint

__all__ = ["register", "views"]


def register(app: Flask) -> None:
    """Add the board's pages."""
    app.register_blueprint(blueprint)
