"""Who is asking: the person logged in with a session, or with a token."""

from datetime import datetime, timedelta

from flask import Flask, current_app, g, session
from flask_login import current_user, login_user, logout_user

from engine import clock, people
from engine.permissions import Actor
from webapp.extensions import login_manager

_SEEN = "seen_at"
#: the cookie is written anew at most this often
_STEP = timedelta(seconds=60)


class Visitor:
    """What Flask-Login keeps of a person: the id in the cookie, the actor for this request."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, actor: Actor) -> None:
        self.actor = actor

    def get_id(self) -> str:
        """Return the id kept in the session cookie."""
        return str(self.actor.person_id)


def install(app: Flask) -> None:
    """Load the person of the session on demand; end a login that was not used for too long."""
    login_manager.init_app(app)
    login_manager.user_loader(_load)
    app.before_request(_end_idle_login)


def actor_or_none() -> Actor | None:
    """Return who is asking, or None when nobody is logged in."""
    token_actor: Actor | None = g.get("token_actor")
    if token_actor is not None:
        return token_actor
    visitor: Visitor = current_user._get_current_object()  # noqa: SLF001 - the way Flask-Login documents
    return visitor.actor if visitor.is_authenticated else None


def actor() -> Actor:
    """Return who is asking; only for views whose door lets nobody else in."""
    found = actor_or_none()
    if found is None:
        raise LookupError("this view's door must ask for a login")
    return found


def person_id() -> int:
    """Return the id of who is asking; only for views whose door lets nobody else in."""
    found = actor().person_id
    if found is None:
        raise LookupError("the system itself visits no pages")
    return found


def of_person(person_id: int) -> Actor:
    """Return the actor of somebody who is known to be able to log in."""
    found = people.actor_for(person_id)
    if found is None:
        raise LookupError("the person can no longer log in")
    return found


def enter(actor: Actor) -> None:
    """Begin a session for a person who has just proved who they are."""
    session.permanent = True
    session[_SEEN] = clock.now().timestamp()
    login_user(Visitor(actor))


def leave() -> None:
    """End the session; nothing of it stays in the browser."""
    logout_user()
    session.clear()


def _load(person_id: str) -> Visitor | None:
    found = people.actor_for(int(person_id)) if person_id.isdigit() else None
    return Visitor(found) if found else None


def _end_idle_login() -> None:
    seen = session.get(_SEEN)
    if seen is None:
        return
    now = clock.now()
    idle = now - datetime.fromtimestamp(float(seen), tz=now.tzinfo)
    if idle > current_app.config["IDLE"]:
        session.pop(_SEEN)
        logout_user()
    elif idle > _STEP:
        session[_SEEN] = now.timestamp()
