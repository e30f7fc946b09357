"""The interface for programs: /api/v1, the same acts as on the pages, with a token."""

from flask import Flask

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

#: the modules whose handlers make up the interface
PARTS = (
    *(access, items, drafts, cases, tasks, clock, licences, messages, calendars),
    *(oversight, voices, notices, hearings, bundles, redeployments, studio, repairs, incidents),
    *(organisation, programs),
)


def register(app: Flask) -> None:
    """Add the interface and its description."""
    description.install(app)
