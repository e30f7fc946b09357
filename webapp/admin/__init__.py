"""Administration: bundles uploaded, checked and deployed; versions with their running cases."""

from flask import Flask

from webapp.admin import (
    calendars,
    comparing,
    definitions,
    deliveries,
    incidents,
    messages,
    playing,
    redeploying,
    redeployments,
    versions,
)
from webapp.admin.routes import blueprint

__all__ = [
    "calendars",
    "comparing",
    "definitions",
    "deliveries",
    "incidents",
    "messages",
    "playing",
    "redeploying",
    "redeployments",
    "register",
    "versions",
]


def register(app: Flask) -> None:
    """Add the pages of administration."""
    app.register_blueprint(blueprint)
