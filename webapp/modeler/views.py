"""The calls of the Modeler: is it there, which version, deploy, start, and where its pages are."""

import json
import re
from typing import NoReturn

from flask import jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue

from engine import clock, db, definitions, outbox
from engine.definitions import service
from engine.definitions.bundle import MAX_TOTAL_BYTES
from engine.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from forms.text import Text
from webapp import visitor
from webapp.doors import open_to_all, programs, roles
from webapp.modeler import answers, parcel
from webapp.modeler.routes import pages, serve

#: The Camunda that the answers are like.
LIKE = "7.23.0"
LONGEST_NOTE = 500
#: What the parts of a form need besides the files.
_WRAPPING = 1_000_000
_MOST_LISTED = 200
_CHECKED = Text(
    "检查通过，没有错误；但只有管理员可以部署，请交给管理员。",
    "The check found no errors, but only an administrator may deploy. Give it to one.",
)
_NOT_IN_FORCE = Text(
    "文件与第{old}版完全相同，而现行的是第{new}版：没有部署。"
    "请在“管理 → 流程管理”恢复旧版，或改动后再部署。",
    "The files are identical to version {old}, while version {new} is in force: nothing was "
    "deployed. Bring the old version back under Admin → Definitions, or change something.",
)


@serve("deployment", "GET")
@programs("admin", "designer")
def list_deployments() -> ResponseReturnValue:
    """Answer that the address is right; list the versions as far as they are asked for."""
    most = request.args.get("maxResults", str(_MOST_LISTED))
    count = min(int(most), _MOST_LISTED) if most.isascii() and most.isdigit() else _MOST_LISTED
    found = definitions.versions() if count else []
    newest = sorted(found, key=lambda one: one.version.deployed_at, reverse=True)
    return jsonify([answers.summary(one) for one in newest[:count]])


@serve("version", "GET")
@programs("admin", "designer")
def version() -> ResponseReturnValue:
    """Say which Camunda the answers are like."""
    return jsonify(version=LIKE)


@serve("deployment/create", "POST")
@programs("admin", "designer")
def create() -> ResponseReturnValue:
    """Deploy what was sent as the next version of its item; the same again makes no new one."""
    request.max_content_length = MAX_TOTAL_BYTES + _WRAPPING
    sent = parcel.received(file for _, file in request.files.items(multi=True))
    made = parcel.parcel(sent)
    try:
        deployed = _deploy(made) if visitor.actor().has("admin") else _check(made)
    except definitions.BundleRefusedError as refusal:
        return answers.unparsed(refusal.problems, made.places)
    return jsonify(answers.deployment(deployed, made.process, next(iter(sent))))


def _check(made: parcel.Parcel) -> NoReturn:
    """Check a bundle for a designer. Raises BundleRefusedError, or ForbiddenError: it is well."""
    reading = definitions.check_bundle(made.files)
    if reading.errors:
        raise definitions.BundleRefusedError(reading.problems)
    raise ForbiddenError(_CHECKED)


def _deploy(made: parcel.Parcel) -> definitions.Deployed:
    """Deploy a bundle. Raises ConflictError where an older version has the same files."""
    said = [request.form.get(f"deployment-{name}", "").strip() for name in ("source", "name")]
    note = " · ".join(part for part in said if part)[:LONGEST_NOTE]
    with db.transaction():
        deployed = definitions.deploy(made.files, actor=visitor.actor(), now=clock.now(), note=note)
        in_force = deployed.created or deployed.version.id in service.current_ids()
    version = deployed.version
    newest = None if in_force else definitions.newest(version.item_code)
    if newest is not None and (newest.number > version.number or version.state != service.ACTIVE):
        raise ConflictError(_NOT_IN_FORCE.format(old=version.number, new=newest.number))
    return deployed


@serve("process-definition/<string:definition>/start", "POST")
@programs("admin", "designer")
def start(definition: str) -> ResponseReturnValue:
    """Refuse to start: a case needs an applicant. Say how a case begins, and how to try one."""
    found = re.fullmatch(r"[^:]+:\d+:(\d{1,9})", definition)
    if found is None:
        raise NotFoundError(_unknown(definition))
    try:
        bundle = definitions.bundle(int(found[1]))
    except NotFoundError as error:
        raise NotFoundError(_unknown(definition)) from error
    address = outbox.public_url(f"/items/{bundle.item.code}")
    raise InvalidError(
        Text(
            f"不能启动 {definition}（Cannot instantiate process definition）："
            f"办件须由申请人申请才能开始。请在 {address} 以申请人身份申请；"
            "试办不需要申请人：lianban try 文件 --auto。",
            f"Cannot instantiate process definition {definition}: a case begins with an "
            f"applicant's application. Apply at {address}; to try the diagram without one use "
            "lianban try FILE --auto.",
        )
    )


def _unknown(definition: str) -> Text:
    return Text(
        f"没有“{definition}”，请重新部署。",
        f"Cannot instantiate process definition {definition}: there is none. Deploy it again.",
    )


@pages.get("/.well-known/camunda-automation-platform/webapps")
@open_to_all("only says where our own pages are")
def webapps() -> ResponseReturnValue:
    """Say where the pages are that the Modeler links to."""
    own = request.host_url + "modeler/"
    return jsonify(cockpitUrl=own, adminUrl=own, tasklistUrl=request.host_url + "inbox")


@pages.get("/modeler/repository")
@roles("admin", "designer")
def repository() -> ResponseReturnValue:
    """Lead from the Modeler's link to the version that was deployed."""
    try:
        (query, *_) = json.loads(request.args.get("deploymentsQuery", ""))
        number = str(query["value"]).rpartition("-")[2]
    except (ValueError, TypeError, KeyError):
        number = ""
    if not (number.isascii() and number.isdigit() and len(number) < 10):
        return redirect(url_for("admin.overview"))
    return redirect(url_for("admin.version", version_id=int(number)))
