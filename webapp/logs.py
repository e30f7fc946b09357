"""One JSON line a request, with an id that is also shown on error pages."""

import json
import re
import time
from collections.abc import Callable
from secrets import token_hex
from typing import Any

import orjson
import structlog
from flask import Flask, Response, g, request
from structlog.processors import ExceptionRenderer
from structlog.tracebacks import ExceptionDictTransformer

from webapp import current, tally

logger = structlog.get_logger("lianban.web")
_GIVEN_ID = re.compile(r"[A-Za-z0-9-]{8,64}")
_QUIET = ("static", "health.alive", "health.ready", "metrics.show")


def install(app: Flask) -> None:
    """Log every request as JSON and answer with ``X-Request-ID``."""
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # Never the local variables: they hold passwords, keys and personal data.
            ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(_line),
        ],
        logger_factory=structlog.BytesLoggerFactory(),
        cache_logger_on_first_use=False,
    )
    app.before_request(_begin)
    app.after_request(_finish)


def _line(event: dict[str, Any], default: Callable[[Any], Any]) -> bytes:
    """Write what happened as a line."""
    try:
        return orjson.dumps(event, default=default)
    except TypeError:  # an error may quote half a surrogate pair, or a number beyond all bounds
        return json.dumps(event, default=default).encode()


def request_id() -> str:
    """Return the id of this request; a proxy's own ``X-Request-ID`` is kept."""
    found: str | None = g.get("request_id")
    if found is None:
        given = request.headers.get("X-Request-ID", "")
        g.request_id = found = given if _GIVEN_ID.fullmatch(given) else token_hex(8)
    return found


def _begin() -> None:
    g.begun = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id())


def _finish(response: Response) -> Response:
    response.headers["X-Request-ID"] = request_id()
    asked = current.request()
    if asked.endpoint not in _QUIET:
        now = time.perf_counter()
        elapsed = now - g.get("begun", now)
        tally.answered(response.status_code, elapsed)
        logger.info(
            "request",
            method=asked.method,
            path=asked.path,
            status=response.status_code,
            milliseconds=round(elapsed * 1000, 1),
        )
    return response
