"""Pages of deployed items: upload with all problems at once, versions, one version in detail."""

import io
from collections.abc import Sequence
from itertools import groupby
from pathlib import PurePosixPath
from typing import Any

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from engine import bpmn, clock, db, definitions
from engine.bpmn.language import ACTS, KINDS, NO_REPLY, limit_text
from engine.definitions import Reading, service
from engine.errors import ConflictError, InvalidError, NotFoundError
from forms.text import Text
from webapp import moments, visitor
from webapp.admin.routes import blueprint
from webapp.admin.upload import bundle_files
from webapp.doors import roles
from webapp.language import lang, t

LONGEST_NOTE = 500
_CLEAN = Text(
    "检查通过，没有错误；尚未部署。",
    "The check found no errors; nothing has been deployed yet.",
)


@blueprint.get("")
@roles("admin", "designer")
def front() -> ResponseReturnValue:
    """Lead whoever types the short address to the definitions."""
    return redirect(url_for("admin.overview"), 303)


@blueprint.get("/definitions")
@roles("admin", "designer")
def overview() -> ResponseReturnValue:
    """Show every item with its versions, and the form to upload a bundle."""
    return _overview()


@blueprint.post("/definitions")
@roles("admin", "designer")
def upload() -> ResponseReturnValue:
    """Check a bundle and deploy it, or show everything that is wrong with it."""
    try:
        files = bundle_files(request.files.getlist("files"))
    except InvalidError as error:
        return _overview(errors=error.fields), 422
    reading = definitions.check_bundle(files)
    if reading.errors:
        return _findings(reading), 422
    if request.form.get("act") == "check":
        return _findings(reading)
    try:
        deployed = _deployed(files)
    except (InvalidError, ConflictError) as error:
        return _overview(errors=error.fields), 409 if isinstance(error, ConflictError) else 422
    flash(t(_told(deployed)), "good" if deployed.created else "info")
    for warning in deployed.problems:
        flash(t(warning.message) + " " + t(warning.hint), "warn")
    return redirect(url_for("admin.version", version_id=deployed.version.id), 303)


def _deployed(files: dict[str, bytes]) -> definitions.Deployed:
    note = request.form.get("note", "").strip()[:LONGEST_NOTE]
    at = moments.read(request.form.get("effective_at", ""), "effective_at")
    known = request.form.get("seen", "")
    seen = int(known) if known.isascii() and known.isdigit() and len(known) < 10 else None
    with db.transaction():
        return definitions.deploy(
            files, actor=visitor.actor(), now=clock.now(), note=note, effective_at=at, seen=seen
        )


@blueprint.get("/definitions/<int:version_id>")
@roles("admin", "designer")
def version(version_id: int) -> ResponseReturnValue:
    """Show one version: its diagram, steps, limits and files."""
    bundle = definitions.bundle(version_id)
    listed = definitions.versions(bundle.item.code)
    place = [one.version.id for one in listed].index(version_id)
    info, before = listed[place], listed[place + 1 : place + 2]
    budgets = definitions.budgets(bundle.running, version_id)
    return render_template(
        "admin/version.html",
        bundle=bundle,
        info=info,
        earlier=before[0].version.id if before else None,
        files={name: len(data) for name, data in definitions.files_of(version_id).items()},
        svg=bpmn.draw(bundle.diagram, language=lang(), way=_longest(budgets)),
        budgets=budgets,
        steps=definitions.as_now(bundle).ordered_steps,
        acts=ACTS,
        kinds=KINDS,
        no_reply=NO_REPLY,
        current=version_id in service.current_ids(),
        removable=service.removable(info.version),
        elsewhere=_elsewhere(info),
        limit_text=limit_text,
    )


def _elsewhere(info: definitions.VersionInfo) -> int:
    """Count the running cases on the other versions of an item."""
    of_item = definitions.versions(info.version.item_code)
    return sum(one.running for one in of_item if one.version.id != info.version.id)


@blueprint.get("/definitions/<int:version_id>/files/<path:name>")
@roles("admin", "designer")
def file(version_id: int, name: str) -> ResponseReturnValue:
    """Download one file of a version, byte for byte."""
    content = definitions.files_of(version_id).get(name)
    if content is None:
        raise NotFoundError(Text("这个版本没有这个文件。", "This version has no such file."))
    return send_file(
        io.BytesIO(content),
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=PurePosixPath(name).name,
    )


def _overview(errors: dict[str, Text] | None = None) -> str:
    known = definitions.versions()
    items = [(code, list(group)) for code, group in groupby(known, lambda v: v.version.item_code)]
    return render_template(
        "admin/definitions.html",
        items=items,
        errors=errors or {},
        may_deploy=visitor.actor().has("admin"),
        seen=max((one.version.id for one in known), default=0),
        current=service.current_ids(),
        now=clock.now(),
    )


def _findings(reading: Reading) -> str:
    """Show what the check found, file by file, with the elements outlined on the diagram."""
    values: dict[str, Any] = {"reading": reading, "svg": None, "budgets": ()}
    if reading.diagram is not None and reading.diagram.processes:
        at_fault = {p.element for p in reading.problems if p.element}
        budgets = definitions.budgets(reading.running)
        values["budgets"] = budgets
        values["svg"] = bpmn.draw(
            reading.diagram, language=lang(), problems=at_fault, way=_longest(budgets)
        )
    by_file = sorted(reading.problems, key=lambda p: (p.file, p.severity, p.line or 0))
    values["files"] = [(name, list(found)) for name, found in groupby(by_file, lambda p: p.file)]
    return render_template("admin/problems.html", clean=_CLEAN, **values)


def _longest(budgets: Sequence[bpmn.Budget]) -> frozenset[str]:
    """Return what is marked on the diagram: the way by the first clock, the promise if there is."""
    return budgets[0].marks if budgets else frozenset()


def _told(deployed: definitions.Deployed) -> Text:
    version = deployed.version
    title = Text(version.title_zh, version.title_en)
    if deployed.created and version.effective_at is not None:
        sentence = Text(
            "《{title}》已部署为第{number}版，到生效时间起，新申请按这一版办理。",
            "“{title}” is deployed as version {number}; new applications follow it from the moment "
            "it takes effect.",
        )
    elif deployed.created:
        sentence = Text(
            "《{title}》已部署为第{number}版，新申请从现在起按这一版办理；在办件仍按原版本办结。",
            "“{title}” is deployed as version {number}. New applications follow it from now on; "
            "running cases finish on their own version.",
        )
    else:
        sentence = Text(
            "《{title}》没有产生新版本：内容与第{number}版完全相同。",
            "No new version of “{title}”: the files are identical to version {number}.",
        )
    return sentence.format(title=title, number=version.number)
