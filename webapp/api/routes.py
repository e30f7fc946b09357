"""The blueprint of the interface for programs, and the decorators its handlers are written with."""

from collections.abc import Callable
from functools import wraps
from http import HTTPStatus
from typing import Any, ClassVar, TypeVar, cast

import flask_smorest
import marshmallow
from flask import Response
from flask.views import MethodView

from webapp.api.reading import Reader, refuse_bad_path
from webapp.json import respond

View = TypeVar("View", bound=type[MethodView])
Handler = TypeVar("Handler", bound=Callable[..., Any])
Shape = type[marshmallow.Schema] | marshmallow.Schema | dict[str, Any]

#: What can go wrong when somebody with a token asks for something, and when they send something.
ASKED = (401, 404, 422)
SENT = (400, 401, 403, 404, 409, 413, 415, 422)
#: The same for an act that needs no body.
ACTED = (401, 403, 404, 409)

BINARY: dict[str, Any] = {"type": "string", "format": "binary"}
SVG: dict[str, Any] = {"type": "string"}


_READER = Reader()


class _Blueprint(flask_smorest.Blueprint):  # type: ignore[misc]
    """Reads what programs send with our own reader."""

    ARGUMENTS_PARSER = _READER
    DEFAULT_LOCATION_CONTENT_TYPE_MAPPING: ClassVar[dict[str, str]] = {
        **flask_smorest.Blueprint.DEFAULT_LOCATION_CONTENT_TYPE_MAPPING,
        "multipart": "multipart/form-data",
    }


blueprint = _Blueprint("api", __name__, url_prefix="/api/v1")
blueprint.before_request(refuse_bad_path)


def route(rule: str, *, tag: str) -> Callable[[View], View]:
    """Put a class of handlers at an address, under a heading of the description."""

    def place(view: View) -> View:
        for method in view.methods or ():
            named = blueprint.doc(operationId=f"{method.lower()}{view.__name__}")
            _describe(getattr(view, method.lower()), named)
        placed: View = blueprint.route(rule, tags=[tag])(view)
        return placed

    return place


def takes(schema: type[marshmallow.Schema], location: str = "json") -> Callable[[Handler], Handler]:
    """Hand the handler what the request carries, read and checked by a schema."""
    # Made once: a schema made anew for every request costs more than the reading.
    wanted = schema()

    def decorate(handler: Handler) -> Handler:
        @wraps(handler)
        def read(*args: Any, **places: Any) -> Any:
            return handler(*args, _READER.parse(wanted, location=location), **places)

        return cast("Handler", _describe(read, blueprint.arguments(wanted, location=location)))

    return decorate


def answers(
    said: str,
    shape: Shape | None = None,
    *,
    status: int = 200,
    again: int | None = None,
    refused: tuple[int, ...] = ASKED,
    media: str | None = None,
) -> Callable[[Handler], Handler]:
    """Say what a handler answers: in words, by a schema, and with which statuses it may refuse.

    ``said`` is the Chinese summary; the English one is the handler's docstring. ``again`` is a
    second status of success, for an act that was done before.
    """
    shown = shape() if isinstance(shape, type) else shape

    def decorate(handler: Handler) -> Handler:
        @wraps(handler)
        def answer(*args: Any, **places: Any) -> Response:
            found, code = handler(*args, **places), status
            if isinstance(found, Response):
                return found
            if type(found) is tuple:
                found, code = found
            if isinstance(shown, marshmallow.Schema):
                found = shown.dump(found)
            return respond(found, code)

        english = (handler.__doc__ or "").partition("\n")[0].rstrip(".")
        security: dict[str, Any] = {} if 401 in refused else {"security": []}
        notes = [
            blueprint.response(status, shown, content_type=media),
            *(blueprint.alt_response(code, HTTPStatus(code).name) for code in refused),
            blueprint.doc(summary=f"{said} {english}", **security),
        ]
        if again is not None:
            notes.insert(1, blueprint.alt_response(again, schema=shape, success=True))
        return cast("Handler", _describe(answer, *notes))

    return decorate


def _describe(handler: Callable[..., Any], *notes: Callable[..., Any]) -> Callable[..., Any]:
    """Note on a handler what decorators say of it, without the layers they would put around it."""
    described = handler
    for note in notes:
        described = note(described)
    handler._apidoc = described._apidoc  # type: ignore[attr-defined]  # noqa: SLF001 - where flask-smorest looks
    return handler


def nothing() -> Response:
    """Answer that it is done and there is nothing to show."""
    return Response(status=204)
