"""Answers in Camunda's form: what clients compare and parse is exactly as they expect it."""

from typing import Any

import structlog
from flask import Response
from werkzeug.exceptions import HTTPException

from engine import programs
from engine.errors import (
    ConflictError,
    EngineError,
    EngineFault,
    ForbiddenError,
    InvalidError,
    NotFoundError,
)
from webapp import errors
from webapp.doors import LoginNeededError
from webapp.modeler.answers import both, instant, refusal
from webapp.programs.routes import blueprint

logger = structlog.get_logger("lianban.programs")


def done() -> Response:
    """Say that it is done: no body, and no type that a client would try to parse."""
    answer = Response(status=204)
    del answer.headers["Content-Type"]
    return answer


def job(one: programs.Job, with_properties: frozenset[str]) -> dict[str, Any]:
    """Describe a task that was given out."""
    row, task, version = one.row, one.task, one.version
    process = programs.process_of(one)
    found: dict[str, Any] = {
        "id": task.id,
        "topicName": row.topic,
        "workerId": row.worker_id,
        "activityId": task.element,
        "activityInstanceId": f"{task.element}:{task.id}",
        "executionId": task.id,
        "processInstanceId": str(one.case.id),
        "processDefinitionId": f"{process}:{version.number}:{version.id}",
        "processDefinitionKey": process,
        "processDefinitionVersionTag": programs.tag_of(one),
        "businessKey": one.case.number,
        "tenantId": None,
        "priority": row.priority,
        "retries": row.retries,
        "suspended": False,
        "errorMessage": row.failure or None,
        "errorDetails": row.details or None,
        "lockExpirationTime": instant(row.locked_until) if row.locked_until else None,
        "createTime": instant(row.created_at),
        "variables": {name: programs.to_program(value) for name, value in one.variables.items()},
    }
    if row.topic in with_properties:
        found["extensionProperties"] = programs.properties_of(one)
    return found


@blueprint.errorhandler(LoginNeededError)
def login_needed(error: LoginNeededError) -> Response:
    """Ask for a token; never send to a login page, which would make a GET of it."""
    answer = refusal(401, "AuthenticationException", both(error.message))
    answer.headers["WWW-Authenticate"] = 'Basic realm="Lianban"'
    return answer


@blueprint.errorhandler(EngineError)
def engine_error(error: EngineError) -> Response:
    """Answer a refusal of ours with the status that clients expect of it."""
    if isinstance(error, EngineFault):
        errors.noted(error)
    status, kind = next((s, k) for of, s, k in _STATUS if isinstance(error, of))
    return refusal(status, kind, both(error.message))


#: What each refusal is to a client: whatever keeps a case from going on is a 500.
_STATUS = (
    (NotFoundError, 404, "RestException"),
    (programs.LostError, 400, "RestException"),
    (InvalidError, 400, "InvalidRequestException"),
    (ForbiddenError, 403, "AuthorizationException"),
    (ConflictError, 500, "RestException"),
    (EngineError, 500, "RestException"),
)


@blueprint.errorhandler(HTTPException)
def http_error(error: HTTPException) -> Response:
    """Answer whatever the web server's own rules refuse."""
    status = error.code or 500
    return refusal(status, "InvalidRequestException", error.description or error.name)


@blueprint.errorhandler(Exception)
def unexpected(error: Exception) -> Response:
    """Answer what nobody expected; the log has it."""
    logger.error("unexpected", kind=type(error).__name__, exc_info=error)
    return refusal(500, "RestException", both(errors.PAGES[500][0]))
