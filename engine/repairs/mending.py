"""What a repair does to a case: five acts, each refused where it would be wrong.

All refusals come before the first write. The caller holds the case; the preview runs the same code.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, Final

from sqlalchemy import select

from engine import advance, clocks, db, events, holding, runtime
from engine.bpmn.model import Step
from engine.cases import evaluate
from engine.clock import civil_date
from engine.definitions import Bundle, bundle_of
from engine.errors import ConflictError, InvalidError
from engine.models import Case, Task
from engine.permissions import Actor
from engine.repairs import routes
from engine.tasks import effects, reassigning
from forms import check_answers
from forms.text import Text

MOVE, SKIP, REPEAT, CHANGE, REASSIGN = "move", "skip", "repeat", "change", "reassign"
ACTS: Final[Mapping[str, Text]] = {
    MOVE: Text("移动到另一环节", "Move to another step"),
    SKIP: Text("跳过环节", "Skip a step"),
    REPEAT: Text("重新办理环节", "Repeat a step"),
    CHANGE: Text("更正数据", "Change answers"),
    REASSIGN: Text("改派", "Reassign"),
}
#: Stands for the application among the forms whose answers can be changed.
APPLICATION: Final = "application"
SHORTEST, LONGEST = 5, 500  # characters of a reason
DECIDED = Text(
    "本办件已经作出决定。决定之后只能跳过没有法律效力的环节或者改派；变更、撤销决定须依法定程序办理。",
    "The case has been decided. What was decided is changed by the law's own ways (change, "
    "revocation), not by a repair. A step without legal effect can be skipped, a task reassigned.",
)
_GONE = Text("这个待办已经办理或者取消，请重新选择。", "This task is no longer open; choose again.")
_NO_EFFECT = Text("没有任何变化。", "Nothing would change.")


@dataclass(frozen=True)
class Mend:
    """One repair: the act, and what it is done with."""

    act: str
    #: the open task concerned; empty for a change of answers
    task: str = ""
    #: where to, for a move or a repetition
    element: str = ""
    #: what counts as the result of a step that is skipped
    outcome: str = ""
    #: who gets a task
    person: int = 0
    #: whose answers change: ``application``, or the element of a completed step
    source: str = APPLICATION
    answers: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Deed:
    """A repair about to be carried out on a held case."""

    case: Case
    mend: Mend
    actor: Actor
    now: datetime
    reason: str = ""

    @property
    def bundle(self) -> Bundle:
        """The version the case runs on."""
        return bundle_of(self.case)


@dataclass(frozen=True)
class Changed:
    """One answer before and after."""

    key: str
    label: Text
    before: Any
    after: Any


def carry_out(deed: Deed) -> list[Changed]:
    """Repair a held case; returns the answers that changed.

    Raises ConflictError for a case that has ended, is suspended or decided, InvalidError for what
    cannot be repaired this way, EngineFault when the diagram cannot go on.
    """
    refuse_state(deed.case, deed.mend.act)
    return _ACTS[deed.mend.act](deed)


def refuse_state(case: Case, act: str) -> None:
    """Raise ConflictError for a case that this act cannot repair."""
    if case.closed_at is not None:
        raise ConflictError(
            Text("办件已经办结，不能修复。", "The case has ended and cannot be repaired.")
        )
    if case.suspended_at is not None:
        raise holding.suspended()
    if case.decided_at is not None and act in (MOVE, REPEAT, CHANGE):
        raise ConflictError(DECIDED)


def invalid(name: str, message: Text) -> InvalidError:
    """Make the refusal of one field."""
    return InvalidError(message, fields={name: message})


def checked_reason(text: str) -> str:
    """Return the reason somebody wrote. Raises InvalidError when it is too short or long."""
    words = text.strip()
    if not SHORTEST <= len(words) <= LONGEST:
        raise invalid(
            "reason",
            Text(
                f"请写明理由，{SHORTEST}至{LONGEST}字。",
                f"Say why, in {SHORTEST} to {LONGEST} characters.",
            ),
        )
    return words


def open_task(deed: Deed) -> Task:
    """Return the open task a repair concerns. Raises InvalidError."""
    task = db.session().get(Task, deed.mend.task) if deed.mend.task else None
    if task is None or task.case_id != deed.case.id or task.state != "open":
        raise invalid("task", _GONE)
    return task


def _move(deed: Deed) -> list[Changed]:
    task, target = open_task(deed), deed.mend.element
    process = routes.process_of(deed.bundle.running, task.element)
    if process is None or deed.bundle.node(target) is None:
        raise invalid(
            "element", Text(f"流程图中没有“{target}”。", f"The diagram has no '{target}'.")
        )
    if deed.mend.act == REPEAT and target not in repeatable(deed.case, task):
        raise invalid(
            "element",
            Text(
                "只能重新办理这个环节本身，或者本办件已经办过的环节。",
                "Only the step itself, or one that was done in this case, can be repeated.",
            ),
        )
    fault = routes.barrier(process, task.element, target, alone=_alone(deed), owed=owed(deed.case))
    if fault is not None:
        raise invalid("element", fault)
    if deed.mend.act == MOVE and target == task.element:
        raise invalid("element", _NO_EFFECT)
    _mend(deed, partial(runtime.shift, task_id=task.id, element=target))
    return []


def _alone(deed: Deed) -> bool:
    return len(holding.open_tasks(deed.case)) == 1


def owed(case: Case) -> list[str]:
    """Return the acts of law that have not been done in a case."""
    done = {"accept": case.accepted_at, "decide": case.decided_at}
    return [act for act, at in done.items() if at is None]


def repeatable(case: Case, task: Task) -> set[str]:
    """Return the steps that can be repeated from an open task: itself, and those done before."""
    done = select(Task.element).where(Task.case_id == case.id, Task.state == "completed")
    return {task.element, *db.session().scalars(done)}


def _mend(deed: Deed, mending: Callable[..., runtime.Step]) -> None:
    of, now = deed.bundle, deed.now
    step = mending(of.program, deed.case.state, now=now, workdays=clocks.working_time)
    advance.take(deed.case, of, step, actor=deed.actor, now=now)


def skippable(step: Step) -> list[str]:
    """Return the outcomes with which a step can be skipped: those without legal effect."""
    if step.role == "applicant" or step.cohandling is not None:
        return []
    return [
        one.code
        for one in step.outcomes
        if (step.act, one.code) not in effects.EFFECTS and (step.act, "") not in effects.EFFECTS
    ]


def _skip(deed: Deed) -> list[Changed]:
    task = open_task(deed)
    step = deed.bundle.step(task.element)
    if deed.mend.outcome not in skippable(step):
        raise invalid(
            "outcome",
            Text(
                "这个结果不能由管理员代选：它有法律效力，或者是申请人、协办部门自己的答复。",
                "An administrator cannot choose this outcome: it has legal effect, or it is the "
                "answer of the applicant or of a department that was asked.",
            ),
        )
    events.of_case(
        deed.case,
        "task-skipped",
        deed.actor,
        deed.now,
        department=task.department_code,
        task=task.id,
        element=task.element,
        outcome=deed.mend.outcome,
        reason=deed.reason,
    )
    variables = {**_blanks(deed, task, step), "outcome": deed.mend.outcome}
    if step.outcome_as:
        variables[step.outcome_as] = deed.mend.outcome
    _mend(deed, partial(runtime.complete, task_id=task.id, variables=variables))
    return []


def _blanks(deed: Deed, task: Task, step: Step) -> dict[str, Any]:
    """Give null to what the form of a skipped step would have told the diagram for once."""
    asked = advance.used_by_diagram(deed.bundle, step.form, {})
    found = runtime.look(deed.bundle.program, deed.case.state, now=deed.now)
    opened = found.open_tasks if found else ()
    known = next((one.data for one in opened if one.id == task.id), {})
    return {name: None for name in asked if name not in known}


def changeable(case: Case, of: Bundle) -> list[tuple[str, Text]]:
    """Return the forms whose answers can be changed: the application, and steps that are done."""
    found = [(APPLICATION, Text("申请表", "The application"))]
    return found + [
        (step.element, step.name)
        for step in of.process.steps.values()
        if step.form is not None and answered(case, step.element) is not None
    ]


def answered(case: Case, element: str) -> Task | None:
    """Return the latest completed task of a step, outside of any co-handling."""
    query = (
        select(Task)
        .where(
            Task.case_id == case.id,
            Task.element == element,
            Task.state == "completed",
            Task.cohandling_id.is_(None),
        )
        .order_by(Task.completed_at.desc(), Task.id)
        .limit(1)
    )
    return db.session().scalar(query)


def source_of(case: Case, source: str) -> tuple[str, Task | None]:
    """Return the form whose answers are meant, and the task that gave them. Raises InvalidError."""
    of = bundle_of(case)
    if source not in {code for code, _ in changeable(case, of)}:
        raise invalid(
            "source",
            Text(
                "只能更正申请表，或者主流程中已经办完的环节填写的内容。",
                "Only the application, or what a completed step of the main process filled in.",
            ),
        )
    task = None if source == APPLICATION else answered(case, source)
    form = of.process.start_form if task is None else of.step(source).form
    return form or "", task


def _change(deed: Deed) -> list[Changed]:
    source, of = deed.mend.source, deed.bundle
    form, task = source_of(deed.case, source)
    before = deed.case.answers if task is None else task.answers
    after = _checked(deed, form, before, task)
    changed = _differing(of, form, before, after)
    if not changed:
        raise invalid("answers", _NO_EFFECT)
    if task is None:
        deed.case.answers = after
        deed.case.subject = str(after.get(of.item.subject_field) or deed.case.subject)
    else:
        task.answers = after
    keys = sorted(one.key for one in changed)
    events.of_case(
        deed.case,
        "answers-changed",
        deed.actor,
        deed.now,
        element=None if task is None else source,
        changed=keys,
        reason=deed.reason,
    )
    used = advance.used_by_diagram(of, form, after)
    _mend(deed, partial(runtime.assign, variables={k: v for k, v in used.items() if k in keys}))
    return changed


def _checked(deed: Deed, form: str, before: Mapping[str, Any], task: Task | None) -> dict[str, Any]:
    """Check the answers as changed, as a whole, against their form. Raises InvalidError."""
    then = deed.case.received_at if task is None else task.completed_at or deed.now
    checked = check_answers(
        deed.bundle.forms[form],
        {**before, **deed.mend.answers},
        evaluate=evaluate,
        today=civil_date(then),
    )
    if checked.errors:
        raise InvalidError(
            Text("请更正下列各项。", "Please correct the points below."), fields=checked.errors
        )
    return checked.answers


def _differing(
    of: Bundle, form: str, before: Mapping[str, Any], after: Mapping[str, Any]
) -> list[Changed]:
    return [
        Changed(one.key, one.label, before.get(one.key), after.get(one.key))
        for one in of.forms[form].fields
        if one.takes_answer and before.get(one.key) != after.get(one.key)
    ]


def _reassign(deed: Deed) -> list[Changed]:
    task = open_task(deed)
    if task.assignee_id == deed.mend.person:
        raise invalid("person", _NO_EFFECT)
    reassigning.reassign(task, deed.mend.person, actor=deed.actor, now=deed.now, reason=deed.reason)
    return []


_ACTS: Final[Mapping[str, Callable[[Deed], list[Changed]]]] = {
    MOVE: _move,
    REPEAT: _move,
    SKIP: _skip,
    CHANGE: _change,
    REASSIGN: _reassign,
}
