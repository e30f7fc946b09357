"""Giving an open task to somebody else of its post, whoever holds it now."""

from datetime import datetime

from engine import events, notices, people
from engine.definitions import bundle_of
from engine.errors import InvalidError
from engine.models import Person, Task
from engine.permissions import APPLICANT_ROLE, Actor
from engine.tasks import duties, rules
from forms.text import Text


def candidates(task: Task) -> list[Person]:
    """Return who may be given an open task of a post: its holders whom no rule keeps apart."""
    if task.role == APPLICANT_ROLE:
        return []
    return [one for one in people.holders(task.department_code, task.role) if _fits(task, one.id)]


def _fits(task: Task, person_id: int) -> bool:
    actor = people.actor_for(person_id)
    return actor is not None and rules.why_not(task, bundle_of(task.case), actor) is None


def reassign(task: Task, person_id: int, *, actor: Actor, now: datetime, reason: str) -> None:
    """Give an open task of a held case to a person; what was typed so far stays with it.

    The new holder gets a notice. Raises InvalidError when the person may not do it, the reason why.
    """
    person = people.get(person_id)
    if person is None or person_id not in {one.id for one in candidates(task)}:
        raise InvalidError(NOT_FOR, fields={"person": NOT_FOR})
    before = task.assignee_id
    task.assignee_id = person_id
    duties.note_assignment(task, actor=actor, now=now)
    events.of_case(
        task.case,
        "task-reassigned",
        actor,
        now,
        department=task.department_code,
        task=task.id,
        element=task.element,
        before=before,
        person=person_id,
        name=person.name,
        reason=reason,
    )
    _tell(task, person_id, reason, now)


NOT_FOR = Text(
    "所选人员不能办理这个待办：没有这个岗位、已停用，或者须与已办环节分离。",
    "This person cannot do the task: not of its post, no longer active, or kept apart from a step "
    "they did.",
)


def _tell(task: Task, person_id: int, reason: str, now: datetime) -> None:
    case = task.case
    title = Text(f"改派给您：{task.name_zh}", f"Reassigned to you: {task.name_en}")
    body = Text(
        f"办件{case.number}的“{task.name_zh}”改由您办理（{reason}）。",
        f"“{task.name_en}” of case {case.number} is yours now ({reason}).",
    )
    message = notices.Message("task-reassigned", title, body, f"/tasks/{task.id}")
    notices.tell(person_id, message, case=case, now=now)
