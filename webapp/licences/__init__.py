"""The staff's pages of licences: search, one licence with its history, and the acts on it."""

from flask import Flask

from webapp.licences import acts, heard, listing
from webapp.licences.routes import blueprint

__all__ = ["acts", "heard", "listing", "register"]


def register(app: Flask) -> None:
    """Add the pages of licences."""
    app.register_blueprint(blueprint)
