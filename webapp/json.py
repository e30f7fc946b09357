"""JSON as the pages and the interface write it: by orjson, in the order it was put together."""

from typing import Any

import orjson
from flask import Response
from flask.json.provider import JSONProvider
from typing_extensions import override


class FastJSON(JSONProvider):
    """Flask's door to JSON. Dates and instants are ISO 8601; a pair of wordings is a list."""

    @override
    def dumps(self, obj: Any, **_kwargs: Any) -> str:
        return _written(obj).decode()

    @override
    def loads(self, s: str | bytes, **_kwargs: Any) -> Any:
        return orjson.loads(s)

    @override
    def response(self, *args: Any, **kwargs: Any) -> Response:
        return respond(self._prepare_response_obj(args, kwargs))


def respond(obj: Any, status: int = 200) -> Response:
    """Answer with an object as JSON."""
    return Response(_written(obj) + b"\n", status, mimetype="application/json")


def _written(obj: Any) -> bytes:
    return orjson.dumps(obj, default=_plain, option=orjson.OPT_NON_STR_KEYS)


def _plain(value: Any) -> Any:
    """Write what orjson does not know: lazy texts, named tuples. Raises TypeError."""
    if isinstance(value, tuple):
        return list(value)
    if hasattr(value, "__html__"):
        return str(value.__html__())
    raise TypeError(f"Expected something JSON can hold, but found {type(value).__name__}")
