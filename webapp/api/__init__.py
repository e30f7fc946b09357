"""The interface for programs: /api/v1, the same acts as on the pages, with a token."""

from flask import Flask, g, request

from webapp.api import (
    access,
    bundles,
    calendars,
    cases,
    clock,
    description,
    drafts,
    hearings,
    incidents,
    items,
    licences,
    messages,
    notices,
    organisation,
    oversight,
    programs,
    redeployments,
    repairs,
    studio,
    tasks,
    voices,
)
from webapp.language import LANGUAGES

#: the modules whose handlers make up the interface
PARTS = (
    *(access, items, drafts, cases, tasks, clock, licences, messages, calendars),
    *(oversight, voices, notices, hearings, bundles, redeployments, studio, repairs, incidents),
    *(organisation, programs),
)


def register(app: Flask) -> None:
    """Add the interface and its description."""
    app.url_value_preprocessor(_choose_language)
    description.install(app)


def _choose_language(_endpoint: str | None, _values: object) -> None:
    """Let a program choose its language as programs do; the page of the description has a link."""
    if request.path.startswith("/api/v1/") and "lang" not in request.args:
        wanted = (tag.partition("-")[0].lower() for tag in request.accept_languages.values())
        g.lang = next((tag for tag in wanted if tag in LANGUAGES), LANGUAGES[0])
