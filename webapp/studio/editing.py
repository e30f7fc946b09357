"""The editors: one page a file, drawn on a canvas; written as text where no script runs."""

import io
import json
import secrets
from pathlib import PurePosixPath
from typing import Any

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue

from engine import bpmn, clock, db, drafting
from engine.drafting import Files, ItemDraft
from engine.errors import InvalidError, NotFoundError
from forms.fields import KINDS
from forms.text import Text
from webapp import visitor
from webapp.language import lang, t
from webapp.security import relax_policy
from webapp.studio import answers, choices, drafts
from webapp.studio.routes import blueprint, designers

#: which editor draws a kind of file
EDITORS = {".bpmn": "diagram", ".form": "form", ".dmn": "table"}
#: what a new file of a kind holds
EMPTY = {
    ".form": '{\n  "schemaVersion": 18,\n  "type": "default",\n  "id": "@name@",\n'
    '  "components": [],\n'
    '  "properties": {"title": "@name@", "titleEn": "@name@"}\n}\n',
    ".dmn": '<?xml version="1.0" encoding="UTF-8"?>\n<definitions '
    'xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="definitions_@name@" name="@name@" '
    'namespace="http://camunda.org/schema/1.0/dmn">\n  <decision id="@name@" name="@name@">\n'
    '    <decisionTable id="table_@name@">\n      <input id="input_1">\n'
    '        <inputExpression id="expression_1" typeRef="string">\n          <text></text>\n'
    "        </inputExpression>\n      </input>\n"
    '      <output id="output_1" name="result" typeRef="string" />\n'
    "    </decisionTable>\n  </decision>\n</definitions>\n",
    ".yaml": "",
}
_NOT_TEXT = Text(
    "这个文件不是UTF-8文字，不能在这里修改，请下载后修改再上传。",
    "This file is no UTF-8 text and cannot be edited here; download it, mend it and upload it.",
)


@blueprint.get("/drafts/<int:draft_id>/edit/<path:name>")
@designers
def edit(draft_id: int, name: str) -> ResponseReturnValue:
    """Show the canvas of a diagram, form or decision; other files as text."""
    draft = drafting.get(draft_id)
    kind = EDITORS.get(PurePosixPath(name).suffix)
    if kind is None or draft.discarded_at is not None:
        return redirect(url_for("studio.text", draft_id=draft_id, name=name), 303)
    files = drafting.files(draft_id)
    content = _text_of(_existing(files, name))
    if kind == "diagram":  # the canvas opens no file without a picture
        content = _text_of(bpmn.with_picture(files[name], name))
    # The libraries set styles on elements they make, and keep their icons inside style sheets.
    nonce = secrets.token_urlsafe(16)
    relax_policy(style_src=f"'nonce-{nonce}'", style_src_attr="'unsafe-inline'", img_src="data:")
    return render_template(
        f"studio/{kind}.html",
        **_frame(draft, files, name),
        content=content,
        nonce=nonce,
        svg=_picture(name, files[name]) if kind == "diagram" else None,
        preview=answers.drawn(name, content) if kind == "form" else None,
        choices=json.dumps(_choices(kind, files)),
    )


def _choices(kind: str, files: Files) -> dict[str, Any]:
    """Return what an editor offers to choose from: templates and names, or kinds of questions."""
    if kind == "diagram":
        return choices.of(files)
    return {"types": sorted(KINDS)} if kind == "form" else {}


def _frame(draft: ItemDraft, files: Files, name: str) -> dict[str, object]:
    """Return what every editor shows around its canvas."""
    return {
        "draft": draft,
        "title": drafts.own_title(draft),
        "name": name,
        "siblings": sorted(files, key=drafts.rank),
        "may_deploy": visitor.actor().has("admin"),
    }


def _existing(files: Files, name: str) -> bytes:
    if name not in files:
        raise NotFoundError(Text("这个草稿没有这个文件。", "This draft has no such file."))
    return files[name]


def _text_of(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InvalidError(_NOT_TEXT) from error


def _picture(name: str, content: bytes) -> str | None:
    """Draw a diagram for small screens and browsers without scripts; None when it has faults."""
    diagram, _ = bpmn.read(content, name)
    if diagram is None or not diagram.processes:
        return None
    return bpmn.draw(diagram, language=lang())


@blueprint.get("/drafts/<int:draft_id>/text/<path:name>")
@designers
def text(draft_id: int, name: str) -> ResponseReturnValue:
    """Show a file as text that can be changed."""
    return _text_page(draft_id, name)


def _text_page(
    draft_id: int, name: str, typed: str | None = None, wrong: Text | None = None
) -> str:
    draft, files = drafting.get(draft_id), drafting.files(draft_id)
    content = typed if typed is not None else _text_of(_existing(files, name))
    base = request.form.get("base", type=int) or draft.revision
    return render_template(
        "studio/text.html", **_frame(draft, files, name), content=content, wrong=wrong, base=base
    )


@blueprint.post("/drafts/<int:draft_id>/text/<path:name>")
@designers
def save_text(draft_id: int, name: str) -> ResponseReturnValue:
    """Write a file; over somebody else's newer one nothing is written, and the text stays."""
    given = request.form.get("content", "").replace("\r\n", "\n")
    base = request.form.get("base", type=int) or 0
    try:
        with db.transaction():
            who, now = visitor.actor(), clock.now()
            changes = {name: given.encode()}
            if request.form.get("act") == "beside":
                made = drafting.keep_beside(draft_id, changes, base=base, actor=who, now=now)
                return redirect(url_for("studio.draft", draft_id=made.id), 303)
            saved = drafting.save(draft_id, changes, base=base, actor=who, now=now)
    except (InvalidError, drafting.StaleSaveError) as error:
        return _text_page(draft_id, name, given, error.message), 422
    flash(t(f"已保存，第{saved.revision}稿。", f"Saved as revision {saved.revision}."), "good")
    return redirect(url_for("studio.text", draft_id=draft_id, name=name), 303)


@blueprint.get("/drafts/<int:draft_id>/files/<path:name>")
@designers
def file(draft_id: int, name: str) -> ResponseReturnValue:
    """Download one file of a draft, byte for byte."""
    number = request.args.get("revision", type=int)
    return send_file(
        io.BytesIO(drafting.content_of(draft_id, name, number)),
        mimetype="application/octet-stream",
        as_attachment=True,
        download_name=PurePosixPath(name).name,
    )


@blueprint.post("/drafts/<int:draft_id>/files")
@designers
def add_files(draft_id: int) -> ResponseReturnValue:
    """Put files into a draft: chosen ones, or an empty one by its name."""
    try:
        changes = _given_files()
        with db.transaction():
            newest = drafting.get(draft_id).revision
            now = clock.now()
            saved = drafting.save(draft_id, changes, base=newest, actor=visitor.actor(), now=now)
    except InvalidError as error:
        return drafts.overview(draft_id, {"files": error.message}), 422
    told = t(f"已放入{len(changes)}个文件", f"{len(changes)} files put in")
    flash(f"{told} · {t(f'第{saved.revision}稿', f'revision {saved.revision}')}", "good")
    return redirect(url_for("studio.draft", draft_id=draft_id), 303)


def _given_files() -> dict[str, bytes | None]:
    """Read what was chosen, or make the empty file that was named. Raises InvalidError."""
    chosen = {
        PurePosixPath(one.filename or "").name: one.read()
        for one in request.files.getlist("files")
        if one.filename
    }
    if chosen:
        return dict(chosen)
    name = request.form.get("new", "").strip()
    kind = PurePosixPath(name).suffix
    if kind not in EMPTY:
        raise InvalidError(
            Text(
                "请选择文件，或写出新文件的名称，例如 review.form、fee.dmn、paths.yaml。",
                "Choose files, or name a new one: review.form, fee.dmn, paths.yaml.",
            )
        )
    return {name: EMPTY[kind].replace("@name@", PurePosixPath(name).stem).encode()}


@blueprint.post("/drafts/<int:draft_id>/remove")
@designers
def remove_file(draft_id: int) -> ResponseReturnValue:
    """Take one file out of a draft; the revisions before still have it."""
    name = request.form.get("name", "")
    with db.transaction():
        newest = drafting.get(draft_id).revision
        changes = {name: None}
        drafting.save(draft_id, changes, base=newest, actor=visitor.actor(), now=clock.now())
    flash(
        t(
            f"已移出“{name}”；在“历史”中可以恢复。",
            f"“{name}” was taken out; History brings it back.",
        ),
        "info",
    )
    return redirect(url_for("studio.draft", draft_id=draft_id), 303)
