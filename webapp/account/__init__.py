"""Login, registration, notices: what belongs to a person rather than to a case."""

from flask import Flask

from webapp.account import choosing, views

__all__ = ["choosing", "register", "views"]


def register(app: Flask) -> None:
    """Add the pages; where there is no portal, the front page leads to the tasks."""
    app.register_blueprint(views.blueprint)
    if app.config["FACE"] == "internal":
        app.add_url_rule("/", "account.front", views.front)
