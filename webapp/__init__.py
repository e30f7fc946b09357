"""The web application: pages for applicants and staff, and the interface for programs."""

from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Any, cast

from flask import Flask
from sqlalchemy.orm import Session, scoped_session
from typing_extensions import override
from werkzeug.routing import IntegerConverter, Map

import engine.db
from webapp import (
    doors,
    errors,
    health,
    language,
    live,
    logs,
    metrics,
    pages,
    security,
    settings,
    visitor,
)
from webapp.addresses import Address
from webapp.cookies import Cookies
from webapp.extensions import db
from webapp.json import FastJSON

#: the largest number of a row
LARGEST_NUMBER = 2**31 - 1
_STAFF = ("inbox", "licences", "board", "oversight", "admin", "modeler", "programs", "studio")
#: which packages make up each face; each has ``register(app)``
FACES = {
    "public": ("account", "portal", "api"),
    "internal": ("account", *_STAFF, "api"),
    "all": ("account", "portal", *_STAFF, "api"),
}


class _Number(IntegerConverter):
    """A number in an address, at most what the database can look for: else no such page."""

    def __init__(self, map: Map, *args: Any, **options: Any) -> None:  # noqa: A002 - its own name
        super().__init__(map, *args, **{"max": LARGEST_NUMBER, **options})


class _App(Flask):
    """Flask whose views are plain functions: none has to be asked whether it is a coroutine."""

    json_provider_class = FastJSON
    session_interface = Cookies()
    url_rule_class = Address

    @override
    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func


def create_app(config: Mapping[str, Any] | None = None) -> Flask:
    """Make the application for the face named in the settings.

    Raises SettingsError for settings that cannot work, DoorMissingError for a route without a door.
    """
    app = _App(__name__)
    app.url_map.converters["int"] = _Number
    app.config.from_mapping(settings.from_environment())
    app.config.from_mapping(config or {})
    settings.check(app.config)
    db.init_app(app)
    engine.db.use(cast("scoped_session[Session]", db.session))
    # Order matters: id and log first, then who asks, may they, and is the form ours.
    for part in (logs, language, visitor, doors, security, errors, pages, live):
        part.install(app)
    health.register(app)
    metrics.register(app)
    for name in FACES[app.config["FACE"]]:
        # Loaded by name, so that the public face does not even load the pages of staff.
        import_module(f"webapp.{name}").register(app)
    doors.declare(app, "static", doors.Door("open", "style sheets and scripts hold no data"))
    doors.check(app)
    return app
