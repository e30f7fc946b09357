"""The address at which programs outside fetch service tasks: Camunda 7's external-task interface.

The accounts of programs enter with a token, as a bearer or as the password to their login name;
there is no session and no form, so nothing of it can be forged from another site.
"""

from flask import Flask

from webapp.programs import answers, views
from webapp.programs.routes import blueprint

__all__ = ["answers", "register", "views"]


def register(app: Flask) -> None:
    """Add the interface."""
    app.register_blueprint(blueprint)
