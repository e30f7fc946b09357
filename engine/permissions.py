"""Who acts, and what that allows: pure decisions over an actor and rows already read."""

from dataclasses import dataclass, field
from typing import Literal

from engine.errors import ForbiddenError, NotFoundError
from engine.models import Case, Task
from forms.text import Text

Kind = Literal["staff", "applicant", "system", "machine"]

APPLICANT_ROLE = "applicant"
#: The account of a program outside, and the role of the tasks that programs do.
MACHINE = "machine"
ADMIN, LEADER, SUPERVISOR, DESIGNER = "admin", "leader", "supervisor", "designer"


@dataclass(frozen=True)
class Actor:
    """Whoever carries out an act: a person with posts, or the system itself."""

    kind: Kind
    person_id: int | None
    name: str
    #: own posts, and those of the people whose substitute the person is today
    posts: frozenset[tuple[str, str]] = field(default_factory=frozenset)
    language: str = "zh"
    #: posts held as a substitute only: (department, role, person's id, person's name)
    standing: tuple[tuple[str, str, int, str], ...] = ()
    #: every post the person stands in for today, also what they hold themselves: with whose it is
    covers: frozenset[tuple[str, str, int]] = frozenset()

    @property
    def departments(self) -> frozenset[str]:
        """Codes of the departments in which the person holds a post."""
        return frozenset(department for department, _ in self.posts)

    def has(self, role: str) -> bool:
        """Say whether the person holds this role in any department."""
        return any(held == role for _, held in self.posts)

    def holds(self, department: str | None, role: str) -> bool:
        """Say whether the person holds this role in this department."""
        return (department, role) in self.posts

    def stands_in(self, task: Task) -> bool:
        """Say whether whoever has claimed a task is one the person stands in for at its post."""
        return (task.department_code, task.role, task.assignee_id) in self.covers

    def for_whom(self, department: str | None, role: str) -> str | None:
        """Name whose post this is, when the person holds it as a substitute only."""
        held = (name for code, held, _, name in self.standing if (code, held) == (department, role))
        return next(held, None)

    def leads(self) -> frozenset[str]:
        """Codes of the departments whose leader the person is."""
        return frozenset(department for department, role in self.posts if role == LEADER)


SYSTEM = Actor("system", None, "系统 System")


def may_work(actor: Actor, task: Task) -> bool:
    """Say whether a task is one this actor's posts (or own application) are asked to do."""
    if task.role == APPLICANT_ROLE:
        return actor.kind == "applicant" and actor.person_id == task.case.applicant_id
    return actor.kind == "staff" and actor.holds(task.department_code, task.role)


def may_see_case(actor: Actor, case: Case, asked: frozenset[str] = frozenset()) -> bool:
    """Say whether an actor may open a case: its applicant, its departments, supervisors.

    ``asked`` are the codes of the departments that have or had work in the case.
    """
    return sees_as(actor, case, asked) is not None


def sees_as(actor: Actor, case: Case, asked: frozenset[str] = frozenset()) -> str | None:
    """Return by which rule an actor may open a case, None when by none.

    ``system``, ``applicant``, ``supervisor``, ``lead`` or ``asked``: the first that applies.
    """
    if actor.kind == "system":
        return "system"
    if actor.kind == "applicant":
        return "applicant" if actor.person_id == case.applicant_id else None
    if actor.has(SUPERVISOR):
        return "supervisor"
    if case.lead_code in actor.departments:
        return "lead"
    return "asked" if actor.departments & asked else None


def require_role(actor: Actor, role: str) -> None:
    """Refuse the act unless the actor holds the role in some department.

    Raises ForbiddenError.
    """
    if actor.kind != "system" and not actor.has(role):
        raise ForbiddenError(
            Text(
                "您没有办理此事的岗位权限，请联系管理员。",
                "Your posts do not allow this; please ask an administrator.",
            )
        )


def no_such_case() -> NotFoundError:
    """Make the answer for a case that is not there, and for one that is not the asker's."""
    return NotFoundError(
        Text(
            "没有找到这个办件。请核对办件编号；您只能查看与自己有关的办件。",
            "No such case was found. Check the number; you only see cases that concern you.",
        )
    )
