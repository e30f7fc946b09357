"""What the scripts of the editors ask: save, check, who else is here, how a form will look."""

from collections.abc import Mapping
from typing import Any

from flask import jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import clock, db, definitions, drafting, people
from engine.errors import InvalidError
from engine.problems import Problem
from forms import load_form
from forms.text import Text
from webapp import visitor
from webapp.language import t
from webapp.questions import questions
from webapp.studio.routes import blueprint, designers

_SHAPE = Text(
    "请求应为JSON：files 是文件名到文字的映射，base 是稿数。",
    "Expected JSON: files maps names to texts, base is the number of a revision.",
)


@blueprint.post("/drafts/<int:draft_id>/save")
@designers
def save(draft_id: int) -> ResponseReturnValue:
    """Save files over a revision; 409 when somebody has changed one of them since."""
    changes, base = _changes(), _base()
    with db.transaction():
        actor, now = visitor.actor(), clock.now()
        saved = drafting.save(draft_id, changes, base=base, actor=actor, now=now)
    return jsonify(revision=saved.revision, created=saved.created, merged=saved.merged)


@blueprint.post("/drafts/<int:draft_id>/beside")
@designers
def beside(draft_id: int) -> ResponseReturnValue:
    """Keep what could not be saved as a draft of its own."""
    changes, base = _changes(), _base()
    with db.transaction():
        actor, now = visitor.actor(), clock.now()
        made = drafting.keep_beside(draft_id, changes, base=base, actor=actor, now=now)
    return jsonify(id=made.id, address=url_for("studio.draft", draft_id=made.id))


@blueprint.post("/drafts/<int:draft_id>/check")
@designers
def check(draft_id: int) -> ResponseReturnValue:
    """Check the bundle with the files as they are on the page, saved or not; stores nothing."""
    changes = _changes()
    files = {**drafting.files(draft_id), **{k: v for k, v in changes.items() if v is not None}}
    drafting.require_fit(files)
    problems = definitions.check_bundle(files).problems
    return jsonify(problems=[shown(draft_id, one, files) for one in problems])


def shown(draft_id: int, problem: Problem, files: Mapping[str, bytes]) -> dict[str, Any]:
    """Return a problem in the visitor's language, with where its file is edited."""
    known = problem.file in files
    address = url_for("studio.edit", draft_id=draft_id, name=problem.file) if known else ""
    return {
        "file": problem.file,
        "line": problem.line,
        "element": problem.element,
        "rule": problem.rule,
        "severity": problem.severity,
        "message": t(problem.message),
        "hint": t(problem.hint),
        "address": address,
    }


@blueprint.post("/drafts/<int:draft_id>/presence")
@designers
def presence(draft_id: int) -> ResponseReturnValue:
    """Note that the page is open; tell who else is here, and of a newer revision of its file."""
    path, base = str(_body().get("path", ""))[:120].replace("\0", ""), _base()
    with db.transaction():
        others = drafting.touch(draft_id, path, actor=visitor.actor(), now=clock.now())
    newer = [one for one in drafting.since(draft_id, base) if path in one.changed]
    who = people.get(newer[0].made_by) if newer and newer[0].made_by is not None else None
    theirs = (
        {"number": newer[0].number, "by": who.name if who is not None else ""} if newer else None
    )
    shown = [{"name": one.name, "path": one.path} for one in others]
    return jsonify(others=shown, newer=theirs)


@blueprint.post("/drafts/<int:draft_id>/leave")
@designers
def leave(draft_id: int) -> ResponseReturnValue:
    """Note that the page was closed; browsers send it while they leave, and read no answer."""
    with db.transaction():
        drafting.leave(draft_id, actor=visitor.actor())
    return "", 204


@blueprint.post("/drafts/<int:draft_id>/preview")
@designers
def preview(draft_id: int) -> ResponseReturnValue:
    """Draw a form as the pages of applicants and staff draw it; stores nothing."""
    drafting.get(draft_id)
    body = _body()
    return jsonify(html=drawn(str(body.get("path", "")), str(body.get("text", ""))))


def drawn(path: str, text: str) -> str:
    """Draw a form as people will see it, or say what has to be mended first."""
    form, problems = load_form(text.encode(), path)
    pages = []
    if form is not None:
        pages = [(page.title, questions(form, page.key, {})) for page in form.pages]
    return render_template("studio/preview.html", form=form, pages=pages, problems=problems)


def _body() -> Mapping[str, Any]:
    body = request.get_json(silent=True)
    if not isinstance(body, dict):
        raise InvalidError(_SHAPE)
    return body


def _changes() -> dict[str, bytes | None]:
    """Read the files of a request: texts by name, null to take one out. Raises InvalidError."""
    given = _body().get("files", {})
    if not isinstance(given, dict) or not all(
        content is None or isinstance(content, str) for content in given.values()
    ):
        raise InvalidError(_SHAPE, fields={"files": _SHAPE})
    try:
        return {name: None if text is None else text.encode() for name, text in given.items()}
    except UnicodeEncodeError as error:
        raise InvalidError(_SHAPE, fields={"files": _SHAPE}) from error


def _base() -> int:
    base = _body().get("base")
    if isinstance(base, bool) or not isinstance(base, int) or not 0 < base < 2**31:
        raise InvalidError(_SHAPE, fields={"base": _SHAPE})
    return base
