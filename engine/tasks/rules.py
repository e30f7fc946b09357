"""Who may do what with a task: decided on rows already read, refused with the reason."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select

from engine import completion, db, holding
from engine.bpmn.model import Step
from engine.definitions import Bundle
from engine.errors import ConflictError, EngineError, ForbiddenError
from engine.models import Signature, Task
from engine.permissions import MACHINE, Actor, may_work
from forms.text import Text


@dataclass(frozen=True)
class Doer:
    """Somebody who did a step of a case, by completing it or signing it."""

    element: str
    person_id: int


def doers(case_id: int) -> list[Doer]:
    """Return who did which step of a case so far."""
    read = db.known().get(("doers", case_id))
    if read is not None:
        return [Doer(*row) for row in read]
    session = db.session()
    completed = session.execute(
        select(Task.element, Task.completed_by).where(
            Task.case_id == case_id, Task.completed_by.is_not(None)
        )
    )
    signed = session.execute(
        select(Task.element, Signature.person_id)
        .join(Signature, Signature.task_id == Task.id)
        .where(Task.case_id == case_id)
    )
    return [Doer(*row) for row in [*completed, *signed]]


def barred_by(of: Bundle, step: Step) -> set[str]:
    """Return the steps whose doer may not do this one (separation of posts; 许可法 48(3))."""
    steps = tuple(of.steps.values())
    return completion.barred_by(step, steps, combined=of.process.combined_review)


def conflicting(barred: set[str], actor: Actor, done: Iterable[Doer]) -> str | None:
    """Return the step this actor did that keeps them from another."""
    return next(
        (d.element for d in done if d.element in barred and d.person_id == actor.person_id), None
    )


def why_not(task: Task, of: Bundle, actor: Actor) -> EngineError | None:
    """Return the reason why an actor may not work on a task, None when they may."""
    if task.state != "open":
        return closed(task)
    if task.case.suspended_at is not None:
        return holding.suspended()
    if task.role == MACHINE:
        return ForbiddenError(
            Text(
                "这个环节由外部程序办理，您只能查看；长期没有结果的，请告知管理员。",
                "A program outside does this step; you can only look at it. Tell an administrator "
                "if nothing comes of it.",
            )
        )
    if not may_work(actor, task):
        return ForbiddenError(
            Text(
                "这个待办不属于您的岗位，您只能查看。",
                "This task is not for your posts; you can only look at it.",
            )
        )
    step = of.step(task.element)
    kept_apart = barred_by(of, step)
    barred = conflicting(kept_apart, actor, doers(task.case_id)) if kept_apart else None
    if barred is not None:
        other = of.step(barred).name
        return ForbiddenError(
            Text(
                f"您办理过本办件的“{other.zh}”，按岗位分离要求不能再办理“{step.name.zh}”，"
                "请由其他人办理。",
                f"You did “{other.en}” in this case. Posts are kept separate, so somebody else "
                f"must do “{step.name.en}”.",
            )
        )
    return None


def closed(task: Task) -> ConflictError:
    """Make the answer for a task that is no longer open."""
    who = task.completer.name if task.completer is not None else ""
    if task.state == "completed":
        return ConflictError(
            Text(
                f"这个待办已由{who}办理完毕，您的操作没有改变任何内容。",
                f"{who} has completed this task already; nothing was changed.",
            )
        )
    return ConflictError(
        Text(
            "流程已经继续，这个待办已取消，您的操作没有改变任何内容。",
            "The process has gone on and this task was cancelled; nothing was changed.",
        )
    )


def held_by_other(task: Task, actor: Actor) -> ConflictError | None:
    """Return the refusal when somebody else has claimed the task."""
    if task.assignee_id in (None, actor.person_id) or actor.stands_in(task):
        return None
    name = task.assignee.name if task.assignee is not None else ""
    return ConflictError(
        Text(
            f"这个待办已由{name}领取。如需由您办理，请对方先退回。",
            f"{name} has claimed this task. Ask them to release it if you should do it.",
        )
    )


def for_whom(actor: Actor, task: Task) -> dict[str, str]:
    """Return what the record says of who does a task as somebody's substitute; else nothing."""
    name = actor.for_whom(task.department_code, task.role)
    return {"for_whom": name} if name is not None else {}
