"""What every answer carries for safety, and the check that a form was sent from our own page."""

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, g, request
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import Forbidden

from webapp import current, doors
from webapp.extensions import csrf

WRITES = ("POST", "PUT", "PATCH", "DELETE")

POLICY = {
    "default-src": "'self'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "font-src": "'self'",
    "connect-src": "'self'",
    "frame-src": "'self'",
    "object-src": "'none'",
    "base-uri": "'none'",
    "form-action": "'self'",
    "frame-ancestors": "'self'",
}
_STRICT: Final = "; ".join(f"{name} {value}" for name, value in POLICY.items())


def install(app: Flask) -> None:
    """Send the headers with every answer and check every form that is sent in."""
    csrf.init_app(app)
    app.before_request(_check_form)
    app.after_request(_headers)


def relax_policy(**sources: str) -> None:
    """Widen the content policy of this one answer: ``relax_policy(style_src="'unsafe-inline'")``.

    Only for pages that show a library which needs it (the editors, the interface's description).
    """
    g.wider_policy = {name.replace("_", "-"): value for name, value in sources.items()}


def is_own_page(url: str) -> bool:
    """Say whether an address is one of this site, safe to send somebody to."""
    parts = urlsplit(url)
    return (
        url.startswith("/")
        and not parts.scheme
        and not parts.netloc
        and not url.startswith(("//", "/\\"))
    )


def _check_form() -> None:
    """Refuse a form that another site sent; a program with a token sends no form."""
    asked = current.request()
    if asked.method not in WRITES or asked.endpoint is None:
        return
    door = doors.door_of(current_app.view_functions[asked.endpoint], asked.method)
    if (door is not None and door.name in _SHOWN) or asked.blueprint in _PROGRAMS:
        return
    if asked.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
        raise Forbidden
    origin = asked.headers.get("Origin")
    if origin not in (None, "null") and urlsplit(origin).netloc != asked.host:
        raise Forbidden
    csrf.protect()


# The interfaces for programs keep no session: they have nothing a forged form could use.
_PROGRAMS = ("api",)
# Doors that ask with every request for what no browser sends by itself.
_SHOWN = ("token", "program", "machine")
__all__ = ["POLICY", "CSRFError", "install", "is_own_page", "relax_policy"]


#: What every answer says unless its view has said otherwise: name, name as compared, value.
_USUAL: Final = tuple(
    (name, name.lower(), value)
    for name, value in {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "SAMEORIGIN",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-store",
    }.items()
)


def _headers(response: Response) -> Response:
    headers = response.headers
    said = {name.lower() for name, _ in headers}
    if request.endpoint == "static":
        said.add("cache-control")
    if "content-security-policy" not in said:
        headers.add("Content-Security-Policy", _policy(g.get("wider_policy")))
    for name, lower, value in _USUAL:
        if lower not in said:
            headers.add(name, value)
    return response


def _policy(wider: Mapping[str, str] | None) -> str:
    """Write the content policy, widened where one answer needs it."""
    if wider is None:
        return _STRICT
    policy = {name: f"{value} {wider.get(name, '')}".strip() for name, value in POLICY.items()}
    policy |= {name: value for name, value in wider.items() if name not in POLICY}
    return "; ".join(f"{name} {value}" for name, value in policy.items())
