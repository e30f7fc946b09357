"""Handlers of the guided application: one question group a page, then materials, check, submit."""

from collections.abc import Set

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

import engine.db
from engine import cases, clock, incidents
from engine.cases import materials as files
from engine.errors import ConflictError, EngineError, EngineFault, ForbiddenError, InvalidError
from forms.text import Text
from webapp import errors, language, parking, questions, visitor
from webapp.doors import applicants_only
from webapp.portal import applying
from webapp.portal.items import blueprint

SAVED = Text(
    "草稿已保存。您可以随时回来继续填写。", "The draft is saved. You can go on with it at any time."
)


@blueprint.post("/items/<string:item_code>/start")
@applicants_only
def start(item_code: str) -> ResponseReturnValue:
    """Begin an application."""
    with engine.db.transaction():
        draft = cases.start_draft(item_code, actor=visitor.actor(), now=clock.now())
        draft_id = draft.id
    return redirect(applying.load(draft_id, visitor.actor()).stages[0].path, 303)


@blueprint.get("/apply/<string:draft_id>")
@applicants_only
def go_on(draft_id: str) -> ResponseReturnValue:
    """Go on with a draft where something is still lacking; a submitted one leads to its receipt."""
    application = applying.load(draft_id, visitor.actor())
    if application.draft.case_id is not None:
        return redirect(url_for("portal.mine"))
    return redirect(application.first_open())


@blueprint.get("/apply/<string:draft_id>/page/<string:page_key>")
@applicants_only
def page(draft_id: str, page_key: str) -> ResponseReturnValue:
    """Show one question group, with what was typed before."""
    application = applying.load(draft_id, visitor.actor())
    post = parking.typed()
    answers = applying.typed_answers(application, page_key, post) if post else None
    view = applying.page_view(application, page_key, answers)
    return render_template("portal/page.html", **view)


@blueprint.post("/apply/<string:draft_id>/page/<string:page_key>")
@applicants_only
def save_page(draft_id: str, page_key: str) -> ResponseReturnValue:
    """Save one question group and go on, or show what is wrong with it."""
    application = applying.load(draft_id, visitor.actor())
    answers = applying.typed_answers(application, page_key, request.form)
    if questions.only_changes_rows(request.form):
        added = request.form.get(questions.ADD, "")
        view = applying.page_view(application, page_key, answers, added=added)
        return render_template("portal/page.html", **view)
    later = "_later" in request.form
    try:
        _save(draft_id, page_key, answers, unchecked=later)
    except InvalidError as error:
        view = applying.page_view(application, page_key, answers, error.fields)
        return render_template("portal/page.html", **view), 422
    return _saved_for_later() if later else redirect(_following(draft_id, page_key), 303)


@blueprint.get("/apply/<string:draft_id>/materials")
@applicants_only
def materials(draft_id: str) -> ResponseReturnValue:
    """Show the materials asked for, and the files given so far."""
    return _show_materials(draft_id, {})


@blueprint.post("/apply/<string:draft_id>/materials/<string:code>")
@applicants_only
def upload(draft_id: str, code: str) -> ResponseReturnValue:
    """Take a file for a material; with ``_replace`` it takes the place of those before."""
    sent = request.files.get("file")
    given = (sent.filename or "", sent.read()) if sent is not None else ("", b"")
    try:
        with engine.db.transaction():
            draft = cases.get_draft(draft_id, visitor.actor(), lock=True)
            replaced = [m for m in files.of_draft(draft) if m.code == code]
            files.add_to_draft(draft, code, given, actor=visitor.actor(), now=clock.now())
            for material in replaced if "_replace" in request.form else ():
                files.remove(material.id, actor=visitor.actor(), now=clock.now())
    except InvalidError as error:
        return _show_materials(draft_id, error.fields)
    return redirect(f"{url_for('.materials', draft_id=draft_id)}#material-{code}", 303)


@blueprint.post("/apply/<string:draft_id>/materials/<int:material_id>/remove")
@applicants_only
def remove_material(draft_id: str, material_id: int) -> ResponseReturnValue:
    """Take a file out of the draft."""
    with engine.db.transaction():
        gone = files.remove(material_id, actor=visitor.actor(), now=clock.now())
        code = gone.code
    return redirect(f"{url_for('.materials', draft_id=draft_id)}#material-{code}", 303)


@blueprint.get("/apply/<string:draft_id>/check")
@applicants_only
def check(draft_id: str) -> ResponseReturnValue:
    """Show everything for a last look, with links to change it."""
    return _show_check(draft_id, undeclared=False)


@blueprint.post("/apply/<string:draft_id>/submit")
@applicants_only
def submit(draft_id: str) -> ResponseReturnValue:
    """Submit, once: a second submit leads to the same receipt."""
    promise = applying.load(draft_id, visitor.actor()).declaration
    if promise is None and "declared" not in request.form:
        return _show_check(draft_id, undeclared=True)
    try:
        with engine.db.transaction():
            if promise is not None:
                _declare(draft_id, promise.key)
            number = cases.submit(draft_id, actor=visitor.actor(), now=clock.now()).number
    except InvalidError as error:
        return _refused(draft_id, error, {q.key for q in promise.inputs} if promise else set())
    except (ConflictError, ForbiddenError) as refusal:
        return _refused(draft_id, refusal)
    except EngineFault as fault:
        if not errors.noted(fault):
            raise
        return redirect(url_for("portal.check", draft_id=draft_id), 303)  # which says so
    return redirect(url_for("portal.receipt", number=number), 303)


@blueprint.post("/apply/<string:draft_id>/delete")
@applicants_only
def delete(draft_id: str) -> ResponseReturnValue:
    """Delete a draft."""
    with engine.db.transaction():
        cases.delete_draft(draft_id, actor=visitor.actor(), now=clock.now())
    flash(language.t("草稿已删除。", "The draft is deleted."), "good")
    return redirect(url_for("portal.mine"), 303)


def _refused(
    draft_id: str, refusal: EngineError, promised: Set[str] = frozenset()
) -> ResponseReturnValue:
    """Show the last check again with what stands in the way; nothing typed is lost."""
    lacks = applying.load(draft_id, visitor.actor()).lacks()
    undeclared = not promised.isdisjoint(refusal.fields)
    if not lacks and not undeclared:
        flash(language.t(next(iter(refusal.fields.values()), refusal.message)), "bad")
    return _show_check(draft_id, undeclared=undeclared)


def _save(draft_id: str, page_key: str, answers: dict[str, object], *, unchecked: bool) -> None:
    with engine.db.transaction():
        cases.save_draft(
            draft_id,
            page_key,
            answers,
            unchecked=unchecked,
            actor=visitor.actor(),
            now=clock.now(),
        )


def _declare(draft_id: str, page_key: str) -> None:
    """Keep, in the open transaction, what the applicant declares. Raises InvalidError."""
    application = applying.load(draft_id, visitor.actor())
    answers = applying.typed_answers(application, page_key, request.form)
    cases.save_draft(draft_id, page_key, answers, actor=visitor.actor(), now=clock.now())


def _saved_for_later() -> ResponseReturnValue:
    flash(language.t(SAVED), "good")
    return redirect(url_for("portal.mine"), 303)


def _following(draft_id: str, page_key: str) -> str:
    """Return the next page; whoever came from the last check goes back there."""
    application = applying.load(draft_id, visitor.actor())
    if request.form.get("_check"):
        return url_for("portal.check", draft_id=draft_id)
    return application.after(application.stage(applying.page_path(draft_id, page_key)))


def _show_materials(draft_id: str, errors: dict[str, Text]) -> ResponseReturnValue:
    application = applying.load(draft_id, visitor.actor())
    stage = application.stage(url_for("portal.materials", draft_id=draft_id))
    body = render_template(
        "portal/materials.html",
        application=application,
        item=application.bundle.item,
        stage=stage,
        stages=application.stages,
        before=application.before(stage),
        slots=application.slots,
        errors=errors,
        accept=applying.accept_of,
    )
    return body, 422 if errors else 200


def _show_check(draft_id: str, *, undeclared: bool) -> ResponseReturnValue:
    application = applying.load(draft_id, visitor.actor())
    if application.draft.case_id is not None:
        return redirect(url_for("portal.go_on", draft_id=draft_id))
    stage = application.stages[-1]
    form, promise = application.bundle.application_form, application.declaration
    ticked = applying.typed_answers(application, promise.key, request.form) if promise else {}
    asked = questions.questions(form, promise.key, ticked) if promise else []
    body = render_template(
        "portal/check.html",
        application=application,
        item=application.bundle.item,
        stage=stage,
        stages=application.stages,
        before=application.before(stage),
        lacks=application.lacks(),
        promise=asked,
        undeclared=undeclared,
        stuck_since=incidents.stuck([draft_id]).get(draft_id),
    )
    return body, 422 if request.method == "POST" else 200
