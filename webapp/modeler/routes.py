"""The blueprint of the interface, and how one view stands at all its addresses."""

from collections.abc import Callable
from typing import Any, Final

from flask import Blueprint, Response

#: The addresses that the Modeler suggests.
BASES: Final = ("/engine-rest", "/rest")
blueprint = Blueprint("modeler", __name__)
#: What people open in a browser: its refusals are ordinary pages.
pages = Blueprint("modeler_pages", __name__)
View = Callable[..., Any]


def preflight(**_values: str) -> Response:
    """Answer a browser that asks whether it may ask."""
    return Response(status=204)


def serve(path: str, *methods: str) -> Callable[[View], View]:
    """Put a view at a path below every base.

    A base typed with a slash at its end makes two of them: they count as one, without a redirect,
    which would lose what is sent.
    """

    def place(view: View) -> View:
        for base in BASES:
            for slashes in ("/", "//"):
                _add(f"{base}{slashes}{path}", view, methods, merge=slashes == "/")
        return view

    return place


def _add(address: str, view: View, methods: tuple[str, ...], *, merge: bool = True) -> None:
    for answering, on in ((view, methods), (preflight, ("OPTIONS",))):
        blueprint.add_url_rule(
            address,
            endpoint=answering.__name__,
            view_func=answering,
            methods=on,
            provide_automatic_options=False,
            merge_slashes=merge,
        )
