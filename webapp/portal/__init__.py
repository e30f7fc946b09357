"""The applicants' portal: find an item, apply, follow the case, check a document."""

from flask import Flask

from engine.bpmn.language import limit_text
from webapp.portal import (
    apply,
    asking,
    catalogue,
    complaining,
    follow,
    hearings,
    items,
    licences,
    withdrawal,
)

#: the modules whose handlers make up the portal
PARTS = (items, apply, follow, licences, withdrawal, asking, complaining, hearings)


def register(app: Flask) -> None:
    """Add the pages of the portal."""
    app.register_blueprint(items.blueprint)
    app.jinja_env.globals.update(item_kinds=catalogue.KINDS, limit_text=limit_text)
