"""Electronic supervision on the web: figures, cards, forecast and rules."""

from flask import Flask

from webapp.oversight import breaches, cards, letters, reviews, rules, voices
from webapp.oversight.routes import blueprint

__all__ = ["breaches", "cards", "letters", "register", "reviews", "rules", "voices"]


def register(app: Flask) -> None:
    """Add the pages of supervision."""
    app.register_blueprint(blueprint)
