"""The session kept in a cookie; who brings no cookie and leaves nothing in it costs nothing."""

from flask import Flask, Request, Response
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from typing_extensions import override


class Cookies(SecureCookieSessionInterface):
    """Flask's own sessions, without the signing where there is nothing to sign: for programs."""

    @override
    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        """Return what the cookie holds; an empty session where there is none."""
        if "HTTP_COOKIE" in request.environ and self.get_cookie_name(app) in request.cookies:
            return super().open_session(app, request)
        return self.session_class()

    @override
    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        """Write the cookie when the session holds, or held, something."""
        if session or session.modified:
            super().save_session(app, session, response)
        elif session.accessed:
            varies = response.headers.get("Vary")
            response.headers["Vary"] = "Cookie" if varies is None else f"{varies}, Cookie"
