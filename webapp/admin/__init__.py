"""Administration: bundles uploaded, checked and deployed; versions with their running cases."""

from flask import Flask

from webapp.admin import (
    access,
    calendars,
    comparing,
    definitions,
    deliveries,
    imports,
    incidents,
    messages,
    organisation,
    playing,
    programs,
    redeploying,
    redeployments,
    repairs,
    staff,
    versions,
    whatif,
)
from webapp.admin.routes import blueprint

__all__ = [
    "access",
    "calendars",
    "comparing",
    "definitions",
    "deliveries",
    "imports",
    "incidents",
    "messages",
    "organisation",
    "playing",
    "programs",
    "redeploying",
    "redeployments",
    "register",
    "repairs",
    "staff",
    "versions",
    "whatif",
]


def register(app: Flask) -> None:
    """Add the pages of administration."""
    app.register_blueprint(blueprint)
