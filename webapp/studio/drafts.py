"""The list of drafts, and what is done to one as a whole."""

import io
import zipfile
from collections.abc import Iterable
from dataclasses import replace
from pathlib import PurePosixPath

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from engine import clock, db, definitions, drafting, people
from engine.drafting import ItemDraft, describing
from engine.errors import InvalidError, NotFoundError
from engine.paging import Page
from forms.text import Text, both
from webapp import parking, visitor
from webapp.language import t
from webapp.studio.routes import blueprint, designers

ORIGINS = {
    "version": Text("已部署的版本", "A deployed version"),
    "template": Text("模板", "A template"),
    "upload": Text("上传的文件", "Uploaded files"),
    "copy": Text("另一个草稿", "Another draft"),
}


@blueprint.get("")
@designers
def front() -> ResponseReturnValue:
    """Lead whoever types the short address to the drafts."""
    return redirect(url_for("studio.list_drafts"), 303)


@blueprint.get("/drafts")
@designers
def list_drafts() -> ResponseReturnValue:
    """List the drafts, the last changed first; by words, item, own ones, discarded ones."""
    wanted = _wanted()
    page = _page(wanted)
    return render_template(
        "studio/drafts.html",
        page=page,
        wanted=wanted,
        codes=drafting.codes(),
        titles={row.item_code: title_of(row.item_code) for row in page.rows},
        names=names_of(page.rows),
        origins=ORIGINS,
    )


def _wanted() -> drafting.Wanted:
    asked = request.args
    return drafting.Wanted(
        text=asked.get("q", "")[:80],
        item=asked.get("item", "")[:80],
        person_id=visitor.person_id() if asked.get("mine") else None,
        discarded=asked.get("state") == "discarded",
        at=asked.get("at", ""),
    )


def _page(wanted: drafting.Wanted) -> Page[ItemDraft]:
    """Return the page asked for; a mark that is none of this list's leads to the first."""
    try:
        return drafting.search(wanted)
    except InvalidError:
        return drafting.search(replace(wanted, at=""))


def title_of(code: str) -> Text:
    """Return the name of an item that is deployed, else its code."""
    try:
        return definitions.newest(code).item.title
    except NotFoundError:
        return Text(code, code)


def rank(path: str) -> tuple[int, str]:
    """Order files as they are worked on: diagrams, item, forms, decisions, the rest."""
    order = {".bpmn": 0, ".form": 2, ".dmn": 3}
    return (1 if path == describing.ITEM else order.get(PurePosixPath(path).suffix, 4), path)


def own_title(draft: ItemDraft) -> Text:
    """Return the name of the item as the draft itself says it, else as it is deployed."""
    try:
        tree = describing.read(drafting.content_of(draft.id, describing.ITEM))
    except (InvalidError, NotFoundError):
        return title_of(draft.item_code)
    found = both(tree.get("title"))
    return found if found.zh else title_of(draft.item_code)


def names_of(rows: Iterable[ItemDraft]) -> dict[int, str]:
    """Return the names of who begun and last changed the drafts, by id."""
    ids = {one for row in rows for one in (row.created_by, row.changed_by)}
    found = {one: people.get(one) for one in ids if one is not None}
    return {one: person.name for one, person in found.items() if person is not None}


@blueprint.get("/drafts/<int:draft_id>")
@designers
def draft(draft_id: int) -> ResponseReturnValue:
    """Show the files of a draft, and what can be done with it."""
    return overview(draft_id)


def overview(draft_id: int, errors: dict[str, Text] | None = None) -> str:
    """Render the page of a draft, with what was wrong in what was typed."""
    found = drafting.get(draft_id)
    files = drafting.files(draft_id)
    typed = parking.typed()
    return render_template(
        "studio/draft.html",
        draft=found,
        title=own_title(found),
        files={path: len(files[path]) for path in sorted(files, key=rank)},
        names=names_of([found]),
        origins=ORIGINS,
        others=[
            one
            for one in drafting.present(draft_id, now=clock.now())
            if one.person_id != visitor.person_id()
        ],
        errors=errors or {},
        typed=typed or {},
    )


@blueprint.post("/drafts/<int:draft_id>/name")
@designers
def rename(draft_id: int) -> ResponseReturnValue:
    """Give a draft another name."""
    try:
        with db.transaction():
            name = request.form.get("name", "")
            drafting.rename(draft_id, name, actor=visitor.actor(), now=clock.now())
    except InvalidError as error:
        return overview(draft_id, error.fields), 422
    flash(t("名称已改。", "The name was changed."), "good")
    return redirect(url_for("studio.draft", draft_id=draft_id), 303)


@blueprint.post("/drafts/<int:draft_id>/discard")
@designers
def discard(draft_id: int) -> ResponseReturnValue:
    """Put a draft away; it can be taken back."""
    with db.transaction():
        drafting.discard(draft_id, actor=visitor.actor(), now=clock.now())
    flash(
        t(
            "草稿已作废，内容都还在，可以随时恢复。",
            "The draft was discarded. Everything in it is kept, and it can be taken back.",
        ),
        "info",
    )
    return redirect(url_for("studio.draft", draft_id=draft_id), 303)


@blueprint.post("/drafts/<int:draft_id>/restore")
@designers
def restore(draft_id: int) -> ResponseReturnValue:
    """Take a discarded draft back."""
    with db.transaction():
        back = drafting.restore(draft_id, actor=visitor.actor(), now=clock.now())
    flash(t(f"草稿“{back.name}”已恢复。", f"The draft “{back.name}” was taken back."), "good")
    return redirect(url_for("studio.draft", draft_id=draft_id), 303)


@blueprint.get("/drafts/<int:draft_id>/bundle.zip")
@designers
def download(draft_id: int) -> ResponseReturnValue:
    """Download all files of a draft, of one revision when ``revision`` names it, as a ZIP."""
    found = drafting.get(draft_id)
    number = request.args.get("revision", type=int) or found.revision
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for path, content in drafting.files(draft_id, number).items():
            archive.writestr(f"{found.item_code}/{path}", content)
    packed.seek(0)
    return send_file(
        packed,
        mimetype="application/zip",
        as_attachment=True,
        download_name=f"{found.item_code}-{number}.zip",
    )
