"""item.yaml as pages of a form, with how complete the nine public elements are."""

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import clock, db, drafting
from engine.definitions.item import read_item
from engine.drafting import describing
from engine.errors import NotFoundError
from engine.problems import Problem
from forms.text import Text
from webapp import parking, visitor
from webapp.language import t
from webapp.studio import drafts, item_parts
from webapp.studio.item_parts import PARTS, Part, Tree
from webapp.studio.routes import blueprint, designers


@blueprint.get("/drafts/<int:draft_id>/item")
@designers
def item(draft_id: int) -> ResponseReturnValue:
    """Show which of the public elements are there, and lead to the page of each part."""
    files = drafting.files(draft_id)
    draft = drafting.get(draft_id)
    return render_template(
        "studio/item.html",
        draft=draft,
        title=drafts.own_title(draft),
        parts=PARTS.values(),
        elements=describing.elements(files),
        there=describing.ITEM in files,
        diagram=next((path for path in sorted(files) if path.endswith(".bpmn")), None),
    )


@blueprint.get("/drafts/<int:draft_id>/item/<string:part>")
@designers
def item_part(draft_id: int, part: str) -> ResponseReturnValue:
    """Show the form of one part."""
    typed = parking.typed()
    tree = describing.read(_content(draft_id))
    if typed is not None:
        tree = item_parts.written(_part(part), tree, typed)
    return _page(draft_id, _part(part), tree)


def _part(code: str) -> Part:
    if code not in PARTS:
        raise NotFoundError(Text("没有这一部分。", "There is no such part."))
    return PARTS[code]


def _content(draft_id: int) -> bytes:
    return drafting.content_of(draft_id, describing.ITEM)


def _page(
    draft_id: int,
    part: Part,
    tree: Tree,
    *,
    base: int | None = None,
    extra: bool = False,
    wrong: Text | None = None,
) -> str:
    draft = drafting.get(draft_id)
    rows: list[Any] = item_parts.rows_of(part, tree)
    codes = list(PARTS)
    after = codes.index(part.code) + 1
    return render_template(
        "studio/item_part.html",
        draft=draft,
        title=drafts.own_title(draft),
        part=part,
        parts=PARTS.values(),
        rows=[*rows, {}] if extra and rows != [{}] else rows,
        kept=len(rows) if part.rows and tree.get(part.rows) else 0,
        shown=item_parts.shown,
        problems=_problems(part, tree),
        following=codes[after] if after < len(codes) else None,
        base=base or draft.revision,
        wrong=wrong,
    )


def _problems(part: Part, tree: Tree) -> list[Problem]:
    """Return what the check says of this part of the file."""
    _, found = read_item(describing.write(tree, b""), describing.ITEM)
    heads = {part.rows} if part.rows else {entry.key.partition(".")[0] for entry in part.entries}
    return [
        one for one in found if (one.element or "").replace("[", ".").partition(".")[0] in heads
    ]


@blueprint.post("/drafts/<int:draft_id>/item/<string:part>")
@designers
def save_item_part(draft_id: int, part: str) -> ResponseReturnValue:
    """Save one part; adding and removing rows saves too. Over a newer item.yaml nothing is."""
    page, post = _part(part), request.form
    base = post.get("base", type=int) or 0
    before = drafting.content_of(draft_id, describing.ITEM, base)
    tree = item_parts.written(page, describing.read(before), post)
    changes = {describing.ITEM: describing.write(tree, before)}
    try:
        with db.transaction():
            actor, now = visitor.actor(), clock.now()
            if "_beside" in post:
                made = drafting.keep_beside(draft_id, changes, base=base, actor=actor, now=now)
                return redirect(url_for("studio.item", draft_id=made.id), 303)
            drafting.save(draft_id, changes, base=base, actor=actor, now=now)
    except drafting.StaleSaveError as error:
        return _page(draft_id, page, tree, base=base, wrong=error.message), 409
    return _after(draft_id, page)


def _after(draft_id: int, part: Part) -> ResponseReturnValue:
    post = request.form
    if "_add" in post:
        return _page(draft_id, part, describing.read(_content(draft_id)), extra=True)
    flash(t("已保存。", "Saved."), "good")
    following = post.get("following", "")
    onward = following if "_next" in post and following in PARTS else part.code
    return redirect(url_for("studio.item_part", draft_id=draft_id, part=onward), 303)
