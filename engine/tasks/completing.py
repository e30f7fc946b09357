"""Completing a task: the one way in which a case moves on."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete

from engine import (
    advance,
    clocks,
    completion,
    db,
    events,
    holding,
    incidents,
    jobs,
    people,
    postbox,
)
from engine.bpmn.model import Step
from engine.cases import documents, drafts
from engine.clock import civil_date
from engine.completion import Doing
from engine.definitions import Bundle, bundle_of
from engine.errors import EngineError, ForbiddenError
from engine.holding import OpenTask
from engine.incidents import Attempt, attempting
from engine.models import Case, Document, Incident, Signature, Task
from engine.permissions import Actor
from engine.tasks import duties, effects, rules
from engine.tasks.claiming import no_such_task
from forms.text import Text


@dataclass(frozen=True)
class Completed:
    """What came of it: the task is done, or waits for the signature of a second person."""

    task: Task
    case: Case
    signatures_missing: int
    #: the tasks of the case that are open now, and the documents this act has issued
    open_tasks: Sequence[OpenTask]
    issued: Sequence[Document]


def complete(task_id: str, doing: Doing, *, actor: Actor, now: datetime) -> Completed:
    """Complete a task and advance its case, in the open transaction, under the case's lock.

    Where the step asks for two persons (许可法 34(3)), the first only signs; the second, signing
    the same content, completes. Raises NotFoundError, ConflictError (done, cancelled or held by
    another), ForbiddenError (not one's post, separation of posts), InvalidError (fields named),
    EngineFault (the step failed in the middle; nothing is changed).
    """
    task = holding.of_task(task_id)
    if task is None:
        raise no_such_task()
    case = task.case
    of = bundle_of(case)
    step = of.step(task.element)
    refusal = rules.why_not(task, of, actor) or _held(task, step, actor)
    if refusal is not None:
        raise refusal
    clocks.refuse_backward(task.created_at, now)
    answers = _checked(of, step, task, doing, now)
    with attempting(lambda: Attempt(case.id, step.element, actor, task.id, given=asdict(doing))):
        missing = _sign(task, step, doing, answers, actor=actor, now=now)
        if not missing:
            _go_on(effects.Effect(case, task, step, doing, answers, actor, now), of)
    return _completed(task, missing)


def ahead(task_id: str) -> None:
    """Say that a task is about to be completed: it is read along with whatever is asked next."""
    holding.ahead_of_task(task_id)


def _go_on(done: effects.Effect, of: Bundle) -> None:
    """Write down that a task is done, let it have its effects, and advance its case."""
    case, step, doing, answers = done.case, done.step, done.doing, done.answers
    _record(done.task, doing, answers, done.actor, done.now)
    effects.apply(done)
    variables = advance.used_by_diagram(of, step.form, answers) | {"outcome": doing.outcome}
    if step.act == completion.CORRECT:
        variables |= advance.used_by_diagram(of, of.process.start_form, case.answers)
    if step.outcome_as:
        variables[step.outcome_as] = doing.outcome
    advance.complete(case, done.task, variables, actor=done.actor, now=done.now)


def _completed(task: Task, missing: int) -> Completed:
    case = task.case
    tasks = list(holding.open_tasks(case).values())
    return Completed(task, case, missing, tasks, documents.issued_now(case))


def retry(incident_id: int, *, actor: Actor, now: datetime) -> Incident:
    """Try a failed step again, after its cause was mended: as the person who had tried it.

    A timer or a message is tried again by the next worker, the task of a program outside by the
    next that fetches it, and an application becomes a case as of when it was handed in. Raises
    ForbiddenError unless the actor is an admin, ConflictError when the incident is closed, and
    whatever the step itself raises.
    """
    incident = incidents.close(incident_id, "重试 retried", actor=actor, now=now)
    if incident.timer_id is not None:
        advance.rearm(incident.timer_id)
    elif incident.message_id is not None:
        postbox.rearm(incident.message_id)
    elif incident.draft_id is not None:
        drafts.resubmit(incident, now=now)
    elif incident.task_id is not None and not jobs.rearm(incident.task_id):
        person = people.actor_for(incident.actor_id or 0)
        if person is None:
            raise ForbiddenError(
                Text("原办理人已不能登录，请改派后办理。", "Who tried it can no longer log in.")
            )
        complete(incident.task_id, Doing(**incident.attempt), actor=person, now=now)
    return incident


def _held(task: Task, step: Step, actor: Actor) -> EngineError | None:
    """Refuse a task that another has claimed; one that needs several persons is nobody's alone."""
    return rules.held_by_other(task, actor) if step.persons < 2 else None


def _checked(of: Bundle, step: Step, task: Task, doing: Doing, now: datetime) -> dict[str, Any]:
    """Check outcome, form, opinion and whatever the outcome needs, all at once."""
    form = of.forms[step.form] if step.form is not None else None
    checked = completion.check(step, form, doing, civil_date(now))
    answers, problems = checked.answers, dict(checked.errors)
    problems.update(effects.lacking(step, task.case, doing))
    problems = {**duties.faults(of, step, task, doing, answers, now), **problems}
    if problems:
        raise completion.incomplete(problems)
    return answers


def _sign(
    task: Task,
    step: Step,
    doing: Doing,
    answers: Mapping[str, Any],
    *,
    actor: Actor,
    now: datetime,
) -> int:
    """Put the actor's signature under this content; return how many more are needed."""
    if step.persons < 2:
        return 0
    signed = _signers(task, completion.digest(doing, answers), actor, now)
    missing = max(0, step.persons - signed)
    if missing:
        task.draft = {
            "outcome": doing.outcome,
            "opinion": doing.opinion.strip(),
            "answers": dict(answers),
        }
        task.assignee_id = None
    return missing


def _signers(task: Task, digest: str, actor: Actor, now: datetime) -> int:
    """Add the actor to those who signed this content; return how many they are now.

    Who signs other content than those before starts the signing anew.
    """
    session, found = db.session(), holding.signatures(task)
    if any(signed_for != digest for _, signed_for in found):
        other = Signature.content_hash != digest
        session.execute(delete(Signature).where(Signature.task_id == task.id, other))
    signed = {person for person, signed_for in found if signed_for == digest}
    if actor.person_id is None or actor.person_id in signed:
        return len(signed)
    if not signed:
        duties.note_assignment(task, actor=actor, now=now)
    session.add(
        Signature(task_id=task.id, person_id=actor.person_id, content_hash=digest, signed_at=now)
    )
    events.of_case(
        task.case,
        "task-signed",
        actor,
        now,
        department=task.department_code,
        task=task.id,
        element=task.element,
        content=digest,
        **rules.for_whom(actor, task),
    )
    return len(signed) + 1


def _record(
    task: Task, doing: Doing, answers: Mapping[str, Any], actor: Actor, now: datetime
) -> None:
    task.state, task.outcome, task.opinion = "completed", doing.outcome, doing.opinion.strip()
    task.answers, task.draft = dict(answers), {}
    task.completed_at, task.completed_by = now, actor.person_id
    task.assignee_id = actor.person_id
    if task.cohandling_id is not None:
        for branch in holding.open_cohandlings(task.case).values():
            if branch.id == task.cohandling_id:
                branch.outcome, branch.opinion = doing.outcome, task.opinion
    events.of_case(
        task.case,
        "task-completed",
        actor,
        now,
        department=task.department_code,
        task=task.id,
        element=task.element,
        outcome=doing.outcome,
        opinion=task.opinion,
        **rules.for_whom(actor, task),
    )
