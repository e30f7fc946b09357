"""People who leave: their open tasks are listed and handed over, their login is closed, at once."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select, update

from engine import db, events, holding, people
from engine.errors import ConflictError, InvalidError
from engine.models import ApiToken, Person, Post, Substitute, Task
from engine.organisation import staffing
from engine.permissions import ADMIN, Actor, require_role
from engine.tasks import reassigning
from forms.text import Text

BACK: Final = 0  # instead of a successor: tasks go back to whoever of the post claims them


@dataclass(frozen=True)
class Handover:
    """What somebody who leaves has in hand."""

    person: Person
    #: open tasks they have claimed
    tasks: Sequence[Task]
    #: (unit, role, open tasks of it) of posts that nobody else holds
    alone: Sequence[tuple[str, str, int]]


@dataclass(frozen=True)
class Leaving:
    """How somebody leaves: who takes over, and whether with the posts."""

    successor: int = BACK
    takes_posts: bool = False
    reason: str = ""


def handover(login: str, actor: Actor) -> Handover:
    """Return what one of the staff has in hand. Raises ForbiddenError, NotFoundError."""
    require_role(actor, ADMIN)
    person = staffing.find(login)
    return Handover(person, staffing.held(person), _alone(person))


def _alone(person: Person) -> list[tuple[str, str, int]]:
    """Return the posts only this person holds, with how many open tasks wait for them."""
    found = []
    for post in person.posts:
        others = select(func.count()).select_from(Post).join(Person, Person.id == Post.person_id)
        same = (Post.department_code == post.department_code, Post.role_code == post.role_code)
        number = db.session().scalar(others.where(*same, Person.active, Person.id != person.id))
        if not number:
            waiting = select(func.count()).where(
                Task.state == "open",
                Task.department_code == post.department_code,
                Task.role == post.role_code,
            )
            tasks = db.session().scalar(waiting) or 0
            found.append((post.department_code, post.role_code, tasks))
    return found


def leave(login: str, how: Leaving, *, actor: Actor, now: datetime) -> Person:
    """Let one of the staff leave: all in one act, or nothing.

    Their open tasks go to the successor (who must hold the post, or takes it) or back to the post;
    their posts, substitutes and tokens end and the login is closed. Raises ForbiddenError,
    NotFoundError, ConflictError for who has left, oneself, or the last administrator, InvalidError
    when a task or a post would be left with nobody.
    """
    found = handover(login, actor)
    person = found.person
    _refuse(person, actor)
    heir = _heir(person, how)
    posts = staffing.member_of(person).posts
    if heir is not None and how.takes_posts:
        _give(heir, posts, actor, now)
    _refuse_orphans(person, heir, how)
    for task_id in [task.id for task in found.tasks]:
        _hand_over(task_id, heir, how.reason.strip(), actor, now)
    _close(person, now)
    events.record(
        people.STREAM,
        "person-left",
        actor,
        now,
        login=login,
        reason=how.reason.strip(),
        successor=heir.login if heir else None,
        tasks=len(found.tasks),
        posts=sorted(map(list, posts)),
    )
    return person


def _refuse(person: Person, actor: Actor) -> None:
    if not person.active:
        raise ConflictError(Text("此人已经离职。", "This person has left already."))
    if person.id == actor.person_id:
        raise ConflictError(
            Text("不能办理自己的离职。", "Another administrator must do this for you.")
        )
    admins = {one.id for one in people.with_role(ADMIN)}
    if admins == {person.id}:
        raise ConflictError(Text("这是最后一名管理员。", "This is the last administrator."))


def _heir(person: Person, how: Leaving) -> Person | None:
    if not 2 <= len(how.reason.strip()) <= 200:
        fault = Text("请写明事由，2至200字。", "Say why, in 2 to 200 characters.")
        raise InvalidError(fault, fields={"leave_reason": fault})
    if how.successor == BACK:
        return None
    heir = people.get(how.successor)
    if heir is None or not heir.active or heir.kind != "staff" or heir.id == person.id:
        fault = Text("请选择一名在职人员接手。", "Choose one of the active staff to take over.")
        raise InvalidError(fault, fields={"successor": fault})
    return heir


def _give(heir: Person, posts: staffing.Posts, actor: Actor, now: datetime) -> None:
    held = staffing.member_of(heir)
    given = posts - held.posts
    if given:
        staffing.set_posts(heir, given=given)
        facts: dict[str, Any] = {"given": sorted(map(list, given)), "taken": [], "changed": []}
        events.record(people.STREAM, "person-changed", actor, now, login=heir.login, **facts)


def _refuse_orphans(person: Person, heir: Person | None, how: Leaving) -> None:
    """Refuse to leave open tasks of a post with nobody who holds it."""
    if heir is not None and how.takes_posts:
        return
    for unit, role, waiting in _alone(person):
        if waiting:
            where, what = people.department_name(unit), people.role_name(role)
            fault = Text(
                f"{where.zh}{what.zh}只有此人，还有{waiting}项待办；请选择接手人并一并交接岗位。",
                f"Nobody else is {what.en} of {where.en}, and {waiting} tasks wait; choose a "
                "successor who takes the posts.",
            )
            raise InvalidError(fault, fields={"successor": fault})


def _hand_over(task_id: str, heir: Person | None, reason: str, actor: Actor, now: datetime) -> None:
    task = holding.of_task(task_id)
    if task is None or task.state != "open":
        return
    if heir is not None and heir.id in {one.id for one in reassigning.candidates(task)}:
        reassigning.reassign(task, heir.id, actor=actor, now=now, reason=reason)
        return
    if heir is not None and task.case.suspended_at is None:
        fault = Text(
            f"{heir.name}不能接手{task.case.number}“{task.name_zh}”（没有岗位或须岗位分离）。",
            f"{heir.name} cannot take “{task.name_en}” of {task.case.number} (no post, or kept "
            "apart).",
        )
        raise InvalidError(fault, fields={"successor": fault})
    task.assignee_id = None
    events.of_case(
        task.case,
        "task-released",
        actor,
        now,
        department=task.department_code,
        task=task.id,
        element=task.element,
        reason=reason,
    )


def _close(person: Person, now: datetime) -> None:
    session = db.session()
    staffing.set_posts(person, given=frozenset(), taken=staffing.member_of(person).posts)
    person.active, person.left_at = False, now
    mine = (Substitute.person_id == person.id) | (Substitute.substitute_id == person.id)
    ended = update(Substitute).where(mine, Substitute.ended_at.is_(None)).values(ended_at=now)
    tokens = update(ApiToken).where(ApiToken.person_id == person.id, ApiToken.revoked_at.is_(None))
    session.execute(ended)
    session.execute(tokens.values(revoked_at=now))
