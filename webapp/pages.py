"""What templates may ask besides the values they are given."""

import json
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from flask import Flask, current_app, g, request, url_for
from flask_wtf.csrf import generate_csrf
from jinja2 import ChoiceLoader, PackageLoader, PrefixLoader
from sqlalchemy.exc import SQLAlchemyError

from engine import clock, licences, notices, people
from engine.permissions import Actor
from webapp import logs, navigation, parking, visitor

BUILD = Path(__file__).parent / "static" / "build"


def install(app: Flask) -> None:
    """Give templates the components of GOV.UK Frontend and our own helpers."""
    env = app.jinja_env
    env.trim_blocks = env.lstrip_blocks = True
    own = app.jinja_loader
    loaders = [own] if own is not None else []
    govuk = PrefixLoader({"govuk_frontend_jinja": PackageLoader("govuk_frontend_jinja")})
    app.jinja_loader = ChoiceLoader([*loaders, govuk])
    env.globals.update(
        asset=asset,
        csrf_token=generate_csrf,
        page_address=parking.page_address,
        typed=parking.typed,
        department_name=people.department_name,
        role_name=people.role_name,
        request_id=logs.request_id,
        in_language=in_language,
        page_link=page_link,
        mark_link=mark_link,
        with_query=with_query,
        application_kinds=licences.APPLICATIONS,
    )
    app.context_processor(_values)


def asset(name: str) -> str:
    """Return the address of a built file, with its hash so that browsers may keep it."""
    return url_for("static", filename=f"build/{name}", v=_manifest().get(name, "0"))


def with_query(**values: object) -> str:
    """Return the address of the page shown with some parts of its query changed."""
    path, _, query = parking.page_address().partition("?")
    kept = [(name, value) for name, value in parse_qsl(query) if name not in values]
    given = [(name, value) for name, value in values.items() if value not in (None, "")]
    return f"{path}?{urlencode([*kept, *given])}"


def in_language(language: str) -> str:
    """Return the address of the page shown, in the other language."""
    return with_query(lang=language)


def page_link(number: int) -> str:
    """Return the address of another page of the list shown."""
    return with_query(page=number)


def mark_link(mark: str) -> str:
    """Return the address of another page of the list shown, one that is turned by marks."""
    return with_query(at=mark)


@cache
def _manifest() -> dict[str, str]:
    file = BUILD / "manifest.json"
    return dict(json.loads(file.read_text("utf-8"))) if file.exists() else {}


def _visitor() -> tuple[Actor | None, int]:
    """Return who is asking and how many notices wait; nobody while the database cannot be asked."""
    try:
        actor = visitor.actor_or_none()
        person = actor.person_id if actor is not None else None
        return actor, notices.unread_count(person) if person is not None else 0
    except SQLAlchemyError:
        return None, 0


def _values() -> dict[str, Any]:
    actor, unread = _visitor()
    return {
        "actor": actor,
        "now": clock.now(),
        "nav_links": navigation.links(actor),
        "home_path": navigation.home(actor),
        "unread": unread,
        "notice": g.get("notice"),
        "reopened": "page_address" in g or request.method == "POST",
        "face": current_app.config["FACE"],
    }
