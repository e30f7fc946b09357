"""The inbox: lists of tasks, and claiming and releasing in place."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any, cast, get_args

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from engine import cases, clock, db, definitions, tasks
from engine.errors import ConflictError, EngineError, InvalidError
from engine.paging import Page
from engine.permissions import Actor
from engine.tasks.inbox import Scope, Sort
from forms.text import Text
from webapp import visitor
from webapp.doors import staff_only
from webapp.errors import status_of
from webapp.inbox.routes import blueprint
from webapp.inbox.screen import back_to
from webapp.language import t

_CLAIMED = Text("已认领，由您办理。", "Claimed: it is yours now.")
_RELEASED = Text(
    "已退回，本岗位其他人可以认领；填写的内容保留在待办里。",
    "Released for others of your post; what you typed stays with the task.",
)


@blueprint.get("/inbox")
@staff_only
def listing() -> ResponseReturnValue:
    """Show one tab of the inbox; without a wish, the one that has work in it."""
    actor = visitor.actor()
    counts = tasks.counts(actor)
    query = _query("mine" if counts.mine else "department")
    narrowed = query.text.strip() or query.item or query.element
    return render_template(
        "inbox/list.html",
        page=_page(actor, query),
        total=tasks.total(actor, query) if narrowed else None,
        common=cases.FOUND if cases.is_common(query.text) else None,
        query=query,
        counts={"mine": counts.mine, "department": counts.department},
        items=_choices(actor),
    )


@blueprint.post("/tasks/<string:task_id>/claim")
@staff_only
def claim(task_id: str) -> ResponseReturnValue:
    """Take a task; in the list its row changes in place."""
    return _change(task_id, tasks.claim, _CLAIMED)


@blueprint.post("/tasks/<string:task_id>/release")
@staff_only
def release(task_id: str) -> ResponseReturnValue:
    """Give a task back to the post."""
    return _change(task_id, tasks.release, _RELEASED)


def _choices(actor: Actor) -> list[tuple[str, Text, list[tuple[str, Text]]]]:
    """Return what the list can be narrowed to: items, each with the steps of the actor's roles."""
    roles = {role for _, role in actor.posts}
    found = []
    for code, zh, en in tasks.filter_choices(actor):
        steps = definitions.newest(code).ordered_steps
        own = [(f"{code}/{s.element}", s.name) for s in steps if s.role in roles]
        found.append((code, Text(zh, en), own))
    return found


def _query(usual: Scope) -> tasks.Query:
    asked = request.args
    item, _, step = asked.get("item", "").partition("/")
    tab, sort = asked.get("tab"), asked.get("sort")
    return tasks.Query(
        scope=cast("Scope", tab) if tab in get_args(Scope) else usual,
        text=asked.get("q", ""),
        item=item,
        element=step or asked.get("step", ""),
        sort=cast("Sort", sort) if sort in get_args(Sort) else "due",
        at=asked.get("at", ""),
    )


def _page(actor: Actor, query: tasks.Query) -> Page[tasks.Task]:
    """Return the page asked for; a mark that is none of this list's leads to the first."""
    try:
        return tasks.inbox(actor, query)
    except InvalidError:
        return tasks.inbox(actor, replace(query, at=""))


def _change(task_id: str, act: Callable[..., Any], said: Text) -> ResponseReturnValue:
    actor, now = visitor.actor(), clock.now()
    refusal = _attempt(act, task_id, actor, now)
    if "HX-Request" in request.headers:
        return _row(task_id, actor, refusal)
    if refusal is not None:
        flash(t(refusal.message), "warn")
    else:
        flash(t(said), "good")
    return redirect(back_to(url_for("inbox.task_page", task_id=task_id)), 303)


def _attempt(
    act: Callable[..., Any], task_id: str, actor: Actor, now: datetime
) -> EngineError | None:
    try:
        with db.transaction():
            act(task_id, actor=actor, now=now)
    except ConflictError as refusal:
        return refusal
    return None


def _row(task_id: str, actor: Actor, refusal: EngineError | None) -> ResponseReturnValue:
    """Answer with the row as it stands now, and the counts of the tabs."""
    counts = tasks.counts(actor)
    body = render_template(
        "inbox/row.html",
        task=tasks.find(task_id, actor).task,
        counts={"mine": counts.mine, "department": counts.department},
        refusal=refusal.message if refusal else None,
    )
    return body, status_of(refusal) if refusal else 200
