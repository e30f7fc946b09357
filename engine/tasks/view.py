"""One task with all that is needed to decide on it."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from engine import db, holding
from engine.bpmn.model import Outcome, Step
from engine.cases import CaseFile, file_of, materials
from engine.definitions import Bundle, bundle_of
from engine.models import Case, Signature, Task
from engine.permissions import Actor, may_see_case, may_work
from engine.tasks import rules
from engine.tasks.claiming import no_such_task
from forms import Form
from forms.text import Text


@dataclass(frozen=True)
class TaskView:
    """A task as one person sees it."""

    task: Task
    case: Case
    file: CaseFile
    step: Step
    form: Form | None
    outcomes: Sequence[Outcome]
    #: what this person may do now: claim, release, complete, sign
    may: frozenset[str]
    #: why they may not complete it, None when they may
    why_not: Text | None
    signatures: Sequence[Signature]

    @property
    def bundle(self) -> Bundle:
        """The version the case runs on."""
        return self.file.bundle

    @property
    def signatures_missing(self) -> int:
        """How many persons must still sign."""
        return max(0, self.step.persons - len(self.signatures)) if self.step.persons > 1 else 0


@dataclass(frozen=True)
class TaskPlace:
    """Where a task stands in its diagram: enough to read what somebody sends for it."""

    bundle: Bundle
    step: Step


def hold(task_id: str, actor: Actor) -> TaskPlace:
    """Lock a task with its case, about to be completed, and return its place.

    Raises NotFoundError for who may not see it.
    """
    task = holding.of_task(task_id)
    if task is None or not _may_see(actor, task):
        raise no_such_task()
    of = bundle_of(task.case)
    return TaskPlace(of, of.step(task.element))


def find(task_id: str, actor: Actor) -> TaskView:
    """Return a task with its case for who may see it. Raises NotFoundError."""
    session = db.session()
    task = session.get(Task, task_id)
    if task is None or not _may_see(actor, task):
        raise no_such_task()
    file = file_of(task.case)
    step = file.bundle.step(task.element)
    signatures = session.scalars(
        select(Signature).where(Signature.task_id == task.id).order_by(Signature.signed_at)
    )
    refusal = rules.why_not(task, file.bundle, actor)
    held = rules.held_by_other(task, actor) if step.persons < 2 else None
    reason = refusal or held
    return TaskView(
        task=task,
        case=task.case,
        file=file,
        step=step,
        form=file.bundle.forms[step.form] if step.form else None,
        outcomes=step.outcomes,
        may=_may(task, step, actor, allowed=reason is None),
        why_not=reason.message if reason is not None else None,
        signatures=list(signatures),
    )


def _may_see(actor: Actor, task: Task) -> bool:
    if may_work(actor, task):
        return True
    return actor.kind == "staff" and may_see_case(
        actor, task.case, materials.departments_asked(task.case)
    )


def _may(task: Task, step: Step, actor: Actor, *, allowed: bool) -> frozenset[str]:
    if not allowed:
        return frozenset()
    found = {"complete"}
    if step.persons > 1:
        found.add("sign")
    if actor.kind == "staff":
        found.add("release" if task.assignee_id == actor.person_id else "claim")
    return frozenset(found)
