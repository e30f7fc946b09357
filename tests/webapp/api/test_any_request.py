"""Whatever is sent, the interface answers as it says it does, and never with a server error."""

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from flask import Flask
from schemathesis.engine import events, from_schema

from tests.webapp.api.program import Program
from tools import samples

CHECKS = (
    *("not_a_server_error", "status_code_conformance", "response_schema_conformance"),
    *("content_type_conformance", "unsupported_method"),
)
#: ends the token that all requests are made with
END_OF_TOKEN = {"path": "/api/v1/token", "method": "DELETE"}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("login", "aims"), [("zhang.san", False), ("zhang.san", True), ("wang.clerk", True)]
)
def test_no_request_of_anybody_breaks_it(city_app: Flask, login: str, *, aims: bool) -> None:
    """Random and deliberately wrong requests, at random names and at things really there."""
    things = _things(city_app)
    config = _config(Program(city_app, login), things if aims else {})
    faults = list(_faults(city_app, config))
    assert not faults, "\n\n".join(faults)


def _things(app: Flask) -> dict[str, Any]:
    """Make a draft, a case and a task, and return their names by parameter."""
    applicant = Program(app, "zhang.san")
    written, kept = (
        applicant.ok("POST", "/drafts", json={"item": "restaurant-opening"})["id"] for _ in "12"
    )
    file = applicant.upload(f"/drafts/{kept}/materials", "layout-plan", "a.pdf", samples.pdf_file())
    number = applicant.apply("restaurant-opening")
    clerk = Program(app, "wang.clerk")
    clerk.do(number, "accept", "accept")
    case = clerk.ok("GET", f"/cases/{number}")
    other = applicant.apply("medical-device-iii")
    return {
        "draft_id": written,
        "number": number,
        "code": "restaurant-opening",
        "task_id": clerk.task(other, "accept")["id"],
        "material_id": file.get_json()["id"],
        "document_id": case["documents"][0]["id"],
        "cohandling_id": case["cohandling"][0]["id"],
        "element": case["cohandling"][0]["element"],
    }


def _config(program: Program, known: dict[str, Any]) -> schemathesis.Config:
    settings = {
        "headers": {"Authorization": program.headers["Authorization"]},
        "parameters": {f"path.{name}": value for name, value in known.items()},
        "checks": {"enabled": False, **{name: {"enabled": True} for name in CHECKS}},
        "generation": {
            "max-examples": 2 if known else 4,
            "database": "none",
            "deterministic": True,
        },
        # A busy machine makes requests slowly; that is no fault of the interface.
        "suppress-health-check": ["too_slow"],
        # The systematic phase is for things really there; otherwise it would all be 404.
        "phases": {"stateful": {"enabled": False}, "coverage": {"enabled": bool(known)}},
        "continue-on-failure": True,
    }
    return schemathesis.Config.from_dict(settings)


def _faults(app: Flask, config: schemathesis.Config) -> Iterator[str]:
    """Send the requests; tell every check that failed, and every request that could not be made."""
    schema = schemathesis.openapi.from_wsgi("/api/openapi.json", app, config=config)
    sent = 0
    for event in from_schema(schema.exclude(**END_OF_TOKEN)).execute():
        if isinstance(event, events.NonFatalError | events.FatalError):
            yield repr(getattr(event, "value", getattr(event, "exception", event)))
        elif isinstance(event, events.ScenarioFinished):
            sent += len(event.recorder.interactions)
            for found in event.recorder.checks.values():
                for check in found:
                    if check.failure_info is not None:
                        yield f"{event.recorder.label}: {check.name}: {check.failure_info}"
    assert sent > 150, "hardly any request was sent, so nothing was shown"
