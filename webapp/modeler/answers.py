"""Answers in the Modeler's form: it shows ``message`` alone, so everything stands in that."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import structlog
from flask import Response, jsonify, request
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge

from engine import definitions
from engine.clock import CIVIL_ZONE
from engine.errors import EngineError, EngineFault
from engine.problems import Problem
from forms.text import Text
from webapp import errors
from webapp.doors import LoginNeededError
from webapp.modeler.parcel import NothingSentError
from webapp.modeler.routes import blueprint

logger = structlog.get_logger("lianban.modeler")
#: By these words the Modeler knows that the diagram is at fault.
UNPARSED: Final = "ENGINE-09005 Could not parse BPMN process."
#: A version, however it was found.
Placed = definitions.Deployed | definitions.VersionInfo
_SHOWN_PROBLEMS: Final = 30
_ALLOWED: Final = {
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "authorization, content-type, accept",
    "Access-Control-Max-Age": "600",
}


def both(text: Text) -> str:
    """Say it in both languages: the Modeler does not tell which its user reads."""
    return text.zh if text.zh == text.en else f"{text.zh} {text.en}"


def refusal(status: int, kind: str, message: str, **more: Any) -> Response:
    """Answer with an error."""
    answer = jsonify({"type": kind, "message": message, "code": 0, **more})
    answer.status_code = status
    return answer


def deployment(deployed: Placed, process: str, source: str) -> dict[str, Any]:
    """Describe a version as a deployment with the process that runs, sent as the file ``source``.

    The definition's id can stand in an address as it is.
    """
    version = deployed.version
    identity = f"{process}:{version.number}:{version.id}"
    found = {
        "id": identity,
        "key": process,
        "category": version.item_code,
        "description": None,
        "name": version.title_zh,
        "version": version.number,
        "resource": source,
        "deploymentId": _deployment_id(deployed),
        "diagram": None,
        "suspended": version.state != "active",
        "tenantId": None,
        "versionTag": None,
        "historyTimeToLive": None,
        "startableInTasklist": False,
    }
    return {
        **summary(deployed),
        "deployedProcessDefinitions": {identity: found},
        "deployedCaseDefinitions": None,
        "deployedDecisionDefinitions": None,
        "deployedDecisionRequirementsDefinitions": None,
    }


def _deployment_id(deployed: Placed) -> str:
    return f"{deployed.version.item_code}-{deployed.version.id}"


def summary(deployed: Placed) -> dict[str, Any]:
    """Describe a version as a deployment, for lists."""
    base = request.path.strip("/").partition("/")[0]
    href = f"{request.host_url}{base}/deployment/{_deployment_id(deployed)}"
    return {
        "links": [{"method": "GET", "href": href, "rel": "self"}],
        "id": _deployment_id(deployed),
        "name": deployed.version.title_zh,
        "source": "Lianban",
        "deploymentTime": instant(deployed.version.deployed_at),
        "tenantId": None,
    }


def instant(at: datetime) -> str:
    """Write an instant as Camunda does."""
    local = at.astimezone(CIVIL_ZONE)
    return f"{local:%Y-%m-%dT%H:%M:%S}.{local.microsecond // 1000:03d}{local:%z}"


def unparsed(problems: Sequence[Problem], places: Mapping[str, str] | None = None) -> Response:
    """Refuse a bundle: every error with file, line, element, reason and remedy, in the message."""
    names = {path: name for name, path in (places or {}).items()}
    wrong = [one for one in problems if one.severity == "error"]
    lines = [_line(one, names.get(one.file, one.file)) for one in wrong[:_SHOWN_PROBLEMS]]
    more = len(wrong) - len(lines)
    if more > 0:
        lines.append(f"… 另有{more}个错误 and {more} more errors")
    return refusal(
        400, "ParseException", "\n".join([UNPARSED, *lines]), details=_details(problems, names)
    )


def _line(one: Problem, file: str) -> str:
    place = ":".join(str(part) for part in (file, one.line) if part)
    element = f" {one.element}" if one.element else ""
    return (
        f"* {place}{element} [{one.rule}] {one.message.zh} {one.hint.zh} "
        f"{one.message.en} {one.hint.en}"
    )


def _details(problems: Iterable[Problem], names: Mapping[str, str]) -> dict[str, Any]:
    found: dict[str, dict[str, list[Any]]] = {}
    for one in problems:
        held = found.setdefault(names.get(one.file, one.file), {"errors": [], "warnings": []})
        held["errors" if one.severity == "error" else "warnings"].append(
            {
                "message": both(one.message),
                "line": one.line or 1,
                "column": 1,
                "mainElementId": one.element,
            }
        )
    return found


@blueprint.after_request
def let_in(answer: Response) -> Response:
    """Let a page of another origin read the answer: what asks here shows its password itself."""
    if origin := request.headers.get("Origin"):
        answer.headers["Access-Control-Allow-Origin"] = origin
        answer.headers["Vary"] = "Origin"
        if request.method == "OPTIONS":
            answer.headers.update(_ALLOWED)
    return answer


@blueprint.errorhandler(LoginNeededError)
def login_needed(error: LoginNeededError) -> Response:
    """Ask for login and password or a token; never send to a login page."""
    answer = refusal(401, "AuthenticationException", both(error.message))
    answer.headers["WWW-Authenticate"] = 'Basic realm="Lianban"'
    return answer


@blueprint.errorhandler(NothingSentError)
def nothing_sent(error: NothingSentError) -> Response:
    """Say that no file came, in the words programs know."""
    return refusal(400, "InvalidRequestException", error.message.en)


@blueprint.errorhandler(definitions.BundleRefusedError)
def bundle_refused(error: definitions.BundleRefusedError) -> Response:
    """Say everything that is wrong with the files."""
    return unparsed(error.problems)


@blueprint.errorhandler(EngineError)
def engine_error(error: EngineError) -> Response:
    """Answer any other refusal of ours."""
    status = errors.status_of(error)
    if isinstance(error, EngineFault):
        errors.noted(error)
    kind = "RestException" if status >= 500 else "InvalidRequestException"
    # 403 shows that the person is refused; the Modeler takes 422 and 429 for a wrong address.
    shown = {409: 400, 422: 400, 429: 403}.get(status, status)
    return refusal(shown, kind, both(error.message))


@blueprint.errorhandler(RequestEntityTooLarge)
def too_large(_error: RequestEntityTooLarge) -> Response:
    """Refuse what is too large before any of it is looked at."""
    errors.drain()
    said = Text(
        "文件太大：每个文件不超过5 MB，合计不超过20 MB。",
        "Too large: a file may have 5 MB, all of them together 20 MB.",
    )
    return refusal(413, "InvalidRequestException", both(said))


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
