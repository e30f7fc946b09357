"""The address that Camunda Modeler 5 deploys to: the part of Camunda 7's REST interface it uses.

Staff who are administrators or designers enter with login and password, or with a token; there is
no session and no form, so nothing of it can be forged from another site.
"""

from flask import Flask

from webapp.modeler import answers, views
from webapp.modeler.routes import blueprint, pages

__all__ = ["answers", "register", "views"]


def register(app: Flask) -> None:
    """Add the interface."""
    app.register_blueprint(blueprint)
    app.register_blueprint(pages)
