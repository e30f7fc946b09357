"""Who may see a case, and why: told by the very rules that decide it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from sqlalchemy import or_, select

from engine import db, people
from engine.cases import materials
from engine.clock import civil_date
from engine.models import Case, Person, Post, Substitute
from engine.permissions import (
    ADMIN,
    SUPERVISOR,
    Actor,
    no_such_case,
    require_role,
    sees_as,
)
from forms.text import Text

RULES: Final = {
    "applicant": Text("申请人本人", "The applicant"),
    "supervisor": Text(
        "监察岗位：可以看全部办件，个人信息默认遮盖",
        "A supervisor's post: sees all cases, personal data masked",
    ),
    "lead": Text("牵头部门的人员", "Staff of the lead department"),
    "asked": Text(
        "被请求办理或者协办过的部门的人员", "Staff of a department that has or had work in it"
    ),
}


@dataclass(frozen=True)
class Through:
    """A post through which somebody may see a case; of a substitute: whose it is, until when."""

    department: str
    role: str
    for_whom: str = ""
    until: date | None = None


@dataclass(frozen=True)
class Seer:
    """One person who may see a case: by which rule, and through which posts."""

    person: Person
    rule: str
    posts: Sequence["Through"]


def who_may_see(number: str, actor: Actor) -> tuple[Case, list[Seer]]:
    """Return a case's number with all who may see it now, by rule and name.

    For administrators and supervisors. Raises ForbiddenError, NotFoundError.
    """
    if not actor.has(SUPERVISOR):
        require_role(actor, ADMIN)
    case = db.session().scalar(select(Case).where(Case.number == number.strip().upper()))
    if case is None:
        raise no_such_case()
    asked = materials.departments_asked(case)
    found = [one for person in _candidates(case, asked) if (one := _seer(person, case, asked))]
    order = [*RULES]
    return case, sorted(found, key=lambda one: (order.index(one.rule), one.person.login))


def _candidates(case: Case, asked: frozenset[str]) -> list[Person]:
    """Return whoever may come into question: nobody else can pass one of the rules."""
    posts = select(Post.person_id).where(
        or_(Post.department_code.in_({*asked, case.lead_code}), Post.role_code == SUPERVISOR)
    )
    standing = select(Substitute.substitute_id).where(Substitute.person_id.in_(posts))
    wanted = Person.id.in_(posts.union(standing))
    query = select(Person).where(Person.active, or_(wanted, Person.id == case.applicant_id))
    return list(db.session().scalars(query.order_by(Person.id)))


def _seer(person: Person, case: Case, asked: frozenset[str]) -> Seer | None:
    actor = people.actor_for(person.id)
    rule = sees_as(actor, case, asked) if actor is not None else None
    if actor is None or rule is None:
        return None
    units = {case.lead_code} if rule == "lead" else asked
    held = [
        _through(actor, unit, role)
        for unit, role in sorted(actor.posts)
        if (role == SUPERVISOR if rule == "supervisor" else unit in units)
    ]
    return Seer(person, rule, held if rule != "applicant" else ())


def _through(actor: Actor, unit: str, role: str) -> Through:
    """Tell of a post: whoever is a substitute only has it from somebody, until a day."""
    of = {
        person: name for code, held, person, name in actor.standing if (code, held) == (unit, role)
    }
    if not of:
        return Through(unit, role)
    today = civil_date(db.now())
    query = (
        select(Substitute.person_id, Substitute.until_on)
        .join(Post, Post.person_id == Substitute.person_id)
        .where(
            Substitute.substitute_id == actor.person_id,
            Substitute.person_id.in_(of),
            Post.department_code == unit,
            Post.role_code == role,
            people.covered_by(Substitute, Post),
            Substitute.ended_at.is_(None),
            Substitute.from_on <= today,
            Substitute.until_on >= today,
        )
        .order_by(Substitute.until_on.desc())
        .limit(1)
    )
    found = db.session().execute(query).first()
    return Through(unit, role, of[found[0]], found[1]) if found else Through(unit, role)
