"""Handlers for the work: the inbox, a task, claiming, keeping what was typed, completing."""

from typing import Any

from flask.views import MethodView

from engine import clock, db, tasks
from engine.errors import ConflictError
from forms.text import Text
from webapp import ahead, veiling, visitor
from webapp.api import task_shown
from webapp.api.case_schemas import (
    CompletedSchema,
    CompletionSchema,
    DoingSchema,
    TaskRowSchema,
    TaskSchema,
)
from webapp.api.reading import keepable
from webapp.api.routes import ACTED, SENT, answers, route, takes
from webapp.api.schemas import TasksQuery, marked
from webapp.doors import token_only

SIGNED = Text(
    "已有人对当前内容签名，不能再暂存其他内容。",
    "Somebody has signed the present content; nothing else can be kept.",
)


@route("/tasks", tag="tasks")
@token_only
class Tasks(MethodView):
    """The inbox."""

    @answers("待办列表", marked(TaskRowSchema), refused=(401, 422))
    @takes(TasksQuery, "query")
    def get(self, asked: dict[str, Any]) -> dict[str, Any]:
        """List tasks: claimed by me, open to my posts, or done by me."""
        query = tasks.Query(text=asked.pop("q"), **asked)
        found = tasks.inbox(visitor.actor(), query)
        total = tasks.total(visitor.actor(), query)
        return {
            "rows": [task_shown.row(task) for task in found.rows],
            "total": total.number,
            "more_than_total": total.more,
            "next": found.next,
            "previous": found.previous,
        }


@route("/tasks/<string:task_id>", tag="tasks")
@token_only
class OneTask(MethodView):
    """A task."""

    @answers("待办详情", TaskSchema, refused=(401, 404))
    def get(self, task_id: str) -> dict[str, Any]:
        """Show a task with its form, its outcomes and what one may do with it."""
        found = tasks.find(task_id, visitor.actor())
        return veiling.shape(found.case, task_shown.task(found, clock.now()))


@route("/tasks/<string:task_id>/claim", tag="tasks")
@token_only
class Claim(MethodView):
    """Taking a task."""

    @answers("领取待办", TaskRowSchema, refused=ACTED)
    def post(self, task_id: str) -> dict[str, Any]:
        """Claim a task, so that nobody else works on it."""
        with db.transaction():
            tasks.claim(task_id, actor=visitor.actor(), now=clock.now())
        return task_shown.row(tasks.find(task_id, visitor.actor()).task)


@route("/tasks/<string:task_id>/release", tag="tasks")
@token_only
class Release(MethodView):
    """Giving a task back."""

    @answers("退回待办", TaskRowSchema, refused=ACTED)
    def post(self, task_id: str) -> dict[str, Any]:
        """Release a task to the others of its post."""
        with db.transaction():
            tasks.release(task_id, actor=visitor.actor(), now=clock.now())
        return task_shown.row(tasks.find(task_id, visitor.actor()).task)


@route("/tasks/<string:task_id>/draft", tag="tasks")
@token_only
class TaskDraft(MethodView):
    """What was typed so far."""

    @answers("暂存填写内容", TaskSchema, refused=SENT)
    @takes(DoingSchema)
    def put(self, sent: dict[str, Any], task_id: str) -> dict[str, Any]:
        """Keep what was typed so far, unchecked; it takes the place of what was kept before."""
        with db.transaction():
            _unsigned(task_id)
            tasks.save(task_id, task_shown.draft_of(sent), actor=visitor.actor())
        found = tasks.find(task_id, visitor.actor())
        return veiling.shape(found.case, task_shown.task(found, clock.now()))


@route("/tasks/<string:task_id>/completion", tag="tasks")
@token_only
class Completion(MethodView):
    """The end of a task."""

    @ahead.reads(lambda task_id: tasks.ahead(task_id) if keepable(task_id) else None)
    @answers("办理", CompletedSchema, refused=SENT)
    @takes(CompletionSchema)
    def post(self, sent: dict[str, Any], task_id: str) -> dict[str, Any]:
        """Complete a task, or sign it where two persons must; the case moves on."""
        actor, now = visitor.actor(), clock.now()
        with db.transaction():
            doing = task_shown.doing(task_id, sent, actor)
            done = tasks.complete(task_id, doing, actor=actor, now=now)
            return task_shown.completed(done, actor)


def _unsigned(task_id: str) -> None:
    """Refuse to write over what somebody has signed. Raises NotFoundError, ConflictError."""
    if tasks.find(task_id, visitor.actor()).signatures:
        raise ConflictError(SIGNED)
