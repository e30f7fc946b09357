"""Beginning a draft: from a template, from a deployed version, or from files."""

from collections.abc import Mapping
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import clock, db, definitions, drafting, people
from engine.drafting import ItemDraft
from engine.errors import InvalidError
from forms.text import Text
from webapp import parking, visitor
from webapp.admin.upload import bundle_files
from webapp.language import t
from webapp.studio.routes import blueprint, designers

Begun = tuple[dict[str, bytes], str, drafting.Origin]


@blueprint.get("/drafts/new")
@designers
def new() -> ResponseReturnValue:
    """Ask what a draft begins from."""
    return _page(parking.typed() or request.args, {})


def _page(given: Mapping[str, Any], errors: dict[str, Text]) -> str:
    picked = given.getlist("departments") if hasattr(given, "getlist") else []
    return render_template(
        "studio/new.html",
        given=given,
        picked=picked,
        errors=errors,
        templates=drafting.TEMPLATES.values(),
        departments=people.departments(),
        versions=definitions.versions(),
    )


@blueprint.post("/drafts/new")
@designers
def create() -> ResponseReturnValue:
    """Begin a draft, or say at each field what is wrong."""
    ways = {"version": _from_version, "upload": _from_upload}
    try:
        files, code, origin = ways.get(request.form.get("way", ""), _from_template)()
        made = _begin(code, files, origin)
    except InvalidError as error:
        return _page(request.form, error.fields or {"way": error.message}), 422
    flash(
        t(
            f"草稿“{made.name}”已建立，改动会自动保存。",
            f"“{made.name}” is begun; it saves itself.",
        ),
        "good",
    )
    return redirect(url_for("studio.draft", draft_id=made.id), 303)


def _begin(code: str, files: dict[str, bytes], origin: drafting.Origin) -> ItemDraft:
    name = request.form.get("name", "").strip() or t("草稿", "Draft")
    with db.transaction():
        return drafting.create(
            code, name, files, actor=visitor.actor(), now=clock.now(), origin=origin
        )


def _from_template() -> Begun:
    given = request.form
    files = drafting.new_item(
        given.get("template", ""),
        code=given.get("item", ""),
        title=Text(given.get("title_zh", ""), given.get("title_en", "")),
        lead=given.get("lead", ""),
        departments=given.getlist("departments"),
    )
    return files, given.get("item", "").strip(), drafting.Origin("template")


def _from_version() -> Begun:
    version_id = request.form.get("version", type=int)
    if version_id is None:
        wrong = Text("请选择一个版本。", "Choose a version.")
        raise InvalidError(wrong, fields={"version": wrong})
    version = definitions.get_version(version_id)
    files = definitions.files_of(version_id)
    return files, version.item_code, drafting.Origin("version", version_id)


def _from_upload() -> Begun:
    files = bundle_files(request.files.getlist("files"))
    reading = definitions.check_bundle(files)
    code = reading.item.code if reading.item is not None else ""
    if not code and reading.diagram is not None and reading.diagram.processes:
        code = reading.process.item or ""
    return files, code or request.form.get("item", ""), drafting.Origin("upload")
