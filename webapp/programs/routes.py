"""The blueprint of the interface, and how one view stands at all its addresses."""

from collections.abc import Callable
from typing import Any

from flask import Blueprint

from webapp.modeler.routes import BASES

blueprint = Blueprint("programs", __name__)
View = Callable[..., Any]


def serve(path: str, method: str = "POST") -> Callable[[View], View]:
    """Put a view at a path below every base."""

    def place(view: View) -> View:
        for base in BASES:
            blueprint.add_url_rule(
                f"{base}/{path}", endpoint=view.__name__, view_func=view, methods=(method,)
            )
        return view

    return place


def task(act: str) -> Callable[[View], View]:
    """Put a view at an act on one task."""
    return serve(f"external-task/<string:task_id>/{act}")
