"""One JSON line a request, with an id that is also shown on error pages."""

import re
import time
from secrets import token_hex

import structlog
from flask import Flask, Response, g, request
from structlog.processors import ExceptionRenderer
from structlog.tracebacks import ExceptionDictTransformer

from webapp import tally

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
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        cache_logger_on_first_use=False,
    )
    app.before_request(_begin)
    app.after_request(_finish)


def request_id() -> str:
    """Return the id of this request; a proxy's own ``X-Request-ID`` is kept."""
    if "request_id" not in g:
        given = request.headers.get("X-Request-ID", "")
        g.request_id = given if _GIVEN_ID.fullmatch(given) else token_hex(8)
    return str(g.request_id)


def _begin() -> None:
    g.begun = time.perf_counter()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(request_id=request_id())


def _finish(response: Response) -> Response:
    response.headers["X-Request-ID"] = request_id()
    if request.endpoint not in _QUIET:
        now = time.perf_counter()
        elapsed = now - g.get("begun", now)
        tally.answered(response.status_code, elapsed)
        logger.info(
            "request",
            method=request.method,
            path=request.path,
            status=response.status_code,
            milliseconds=round(elapsed * 1000, 1),
        )
    return response
