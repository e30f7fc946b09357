"""代理: who does the tasks of somebody's posts from one day to another."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import or_, select

from engine import db, events, notices, people
from engine.clock import civil_date
from engine.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from engine.models import Person, Substitute
from engine.permissions import ADMIN, SUPERVISOR, Actor
from forms.text import Text

LONGEST_DAYS: Final = 366
LONGEST: Final = 200
CLASH: Final = Text(
    "这两个人在这段时间已有同样岗位的代理安排，或互相代理。",
    "The two have an arrangement for such a post in these days already, or stand in for each "
    "other.",
)


@dataclass(frozen=True)
class Span:
    """When somebody stands in, both days included, and for which posts."""

    from_on: date | None
    until_on: date | None
    #: As ``unit:role``; None: all the person has, also those they get meanwhile.
    posts: Collection[str] | None = None


def posts_of(person: Person) -> tuple[str, ...]:
    """List the posts of a person that somebody may stand in for, as ``unit:role``."""
    held = (f"{post.department_code}:{post.role_code}" for post in person.posts
            if post.role_code not in (ADMIN, SUPERVISOR))  # fmt: skip
    return tuple(sorted(held))


def of_person(person_id: int) -> list[Substitute]:
    """Return who stands in for a person, and for whom the person stands in, the latest first."""
    mine = or_(Substitute.person_id == person_id, Substitute.substitute_id == person_id)
    query = select(Substitute).where(mine)
    return list(db.session().scalars(query.order_by(Substitute.from_on.desc(), Substitute.id)))


def to_come(today: date) -> list[Substitute]:
    """Return all arrangements that are in force or begin later, by the people's login names."""
    query = (
        select(Substitute)
        .join(Person, Person.id == Substitute.person_id)
        .where(Substitute.ended_at.is_(None), Substitute.until_on >= today)
        .order_by(Person.login, Substitute.from_on, Substitute.id)
    )
    return list(db.session().scalars(query))


def require_ruling(actor: Actor, person: Person) -> None:
    """Refuse who is neither an administrator nor the leader of a unit of the person's.

    Raises ForbiddenError.
    """
    units = {post.department_code for post in person.posts}
    if not actor.has(ADMIN) and not actor.leads() & units:
        raise ForbiddenError(
            Text(
                "只有管理员和本部门领导可以安排代理。",
                "Only administrators and the person's own leaders arrange substitutes.",
            )
        )


def _staff(person_id: int, name: str) -> Person:
    person = people.get(person_id)
    if person is None or person.kind != "staff" or not person.active:
        fault = Text("请选择一名在职人员。", "Choose one of the active staff.")
        raise InvalidError(fault, fields={name: fault})
    return person


def appoint(
    person_id: int,
    substitute_id: int,
    span: Span,
    reason: str,
    *,
    actor: Actor,
    now: datetime,
) -> Substitute:
    """Let somebody do the tasks of a person's posts, or of some of them, for a span of days.

    Not those of an administrator's or a supervisor's post. Raises ForbiddenError, InvalidError with
    every wrong field, ConflictError when the two stand in for each other, or for the same post on
    the same days.
    """
    person = _staff(person_id, "person")
    require_ruling(actor, person)
    substitute = _staff(substitute_id, "substitute")
    from_on, until_on = _checked(person, substitute_id, span, reason, civil_date(now))
    posts = None if span.posts is None else sorted({*span.posts})
    if clashes(person_id, substitute_id, span):
        raise ConflictError(CLASH)
    row = Substitute(
        person_id=person_id,
        substitute_id=substitute_id,
        from_on=from_on,
        until_on=until_on,
        posts=posts,
        reason=reason.strip(),
        made_at=now,
        made_by=actor.person_id,
    )
    db.session().add(row)
    db.session().flush()
    facts = {**_facts(person, substitute), "from_on": str(from_on), "until_on": str(until_on)}
    if posts is not None:
        facts["posts"] = posts
    events.record(people.STREAM, "substitute-appointed", actor, now, reason=row.reason, **facts)
    notices.tell(substitute_id, _told(person, row), now=now)
    return row


def faults(person: Person, span: Span, reason: str, today: date) -> dict[str, Text]:
    """Return what is wrong with the days, the posts and the reason of an arrangement, by field."""
    found: dict[str, Text] = {}
    from_on, until_on = span.from_on, span.until_on
    if from_on is None:
        found["from_on"] = Text("请填写开始日期。", "Give the first day.")
    if until_on is None:
        found["until_on"] = Text("请填写结束日期。", "Give the last day.")
    elif until_on < today or (from_on is not None and until_on < from_on):
        found["until_on"] = Text(
            "结束日期不能早于开始日期和今天。", "The last day is not before the first or today."
        )
    elif from_on is not None and (until_on - from_on).days >= LONGEST_DAYS:
        found["until_on"] = Text("最长一年。", "One year at most.")
    if not 2 <= len(reason.strip()) <= LONGEST:
        found["reason"] = Text("请写明事由，2至200字。", "Say why, in 2 to 200 characters.")
    if span.posts is not None and (fault := _wrong_posts(person, span.posts)):
        found["posts"] = fault
    return found


def _wrong_posts(person: Person, posts: Collection[str]) -> Text | None:
    if not posts:
        return Text("请至少选择一个岗位。", "Choose at least one post.")
    strange = sorted({*posts} - {*posts_of(person)})
    if not strange:
        return None
    return Text(
        f"{person.name}没有可代理的岗位“{strange[0]}”（管理员和监察岗位不能代理）。",
        f"{person.name} has no post '{strange[0]}' to stand in for (nobody does for administrators "
        "and supervisors).",
    )


def _facts(person: Person, substitute: Person) -> dict[str, Any]:
    return {"person": person.login, "substitute": substitute.login}


def _checked(
    person: Person, substitute_id: int, span: Span, reason: str, today: date
) -> tuple[date, date]:
    found = faults(person, span, reason, today)
    if person.id == substitute_id:
        found["substitute"] = Text("不能代理自己。", "Nobody stands in for themselves.")
    if found or span.from_on is None or span.until_on is None:
        raise InvalidError(
            Text("请更正下列各项。", "Please correct the points below."), fields=found
        )
    return span.from_on, span.until_on


def clashes(person_id: int, substitute_id: int, span: Span) -> bool:
    """Say whether two people have an arrangement for the same post in these days, or both ways."""
    posts = None if span.posts is None else list(span.posts)
    same = (Substitute.person_id == person_id) & (Substitute.substitute_id == substitute_id)
    if posts is not None:
        same &= or_(Substitute.posts.is_(None), Substitute.posts.overlap(posts))
    back = (Substitute.person_id == substitute_id) & (Substitute.substitute_id == person_id)
    query = select(Substitute.id).where(
        or_(same, back),
        Substitute.ended_at.is_(None),
        Substitute.from_on <= span.until_on,
        Substitute.until_on >= span.from_on,
    )
    return db.session().scalar(query.limit(1)) is not None


def named(posts: Collection[str]) -> Text:
    """Say posts in words: 市场监管局 · 审查员; several with a mark between them."""
    pairs = [post.partition(":")[::2] for post in posts]
    said = [(people.department_name(unit), people.role_name(role)) for unit, role in pairs]
    return Text(
        "、".join(f"{unit.zh} · {role.zh}" for unit, role in said),
        "; ".join(f"{unit.en} · {role.en}" for unit, role in said),
    )


def _told(person: Person, row: Substitute) -> notices.Message:
    days = f"{row.from_on.isoformat()} – {row.until_on.isoformat()}"
    title = Text(f"请代理{person.name}", f"You stand in for {person.name}")
    only = named(row.posts or ())
    which = Text(f"“{only.zh}”岗位", f" as {only.en}") if row.posts else Text("的岗位", "")
    body = Text(
        f"{days}由您代理{person.name}{which.zh}（{row.reason}）。其待办会出现在您的待办中。",
        f"You stand in for {person.name}{which.en} on {days} ({row.reason}). Their tasks are in "
        "your inbox.",
    )
    return notices.Message("substitute-appointed", title, body, "/inbox")


def end(substitute_row: int, *, actor: Actor, now: datetime) -> Substitute:
    """End an arrangement before its last day.

    Raises ForbiddenError, NotFoundError, ConflictError when it has ended.
    """
    row = db.session().get(Substitute, substitute_row, with_for_update=True)
    if row is None:
        raise NotFoundError(Text("没有这项代理安排。", "There is no such arrangement."))
    require_ruling(actor, row.person)
    if row.ended_at is not None or row.until_on < civil_date(now):
        raise ConflictError(Text("这项代理已经结束。", "This arrangement has ended."))
    row.ended_at = now
    facts = _facts(row.person, row.substitute)
    events.record(people.STREAM, "substitute-ended", actor, now, **facts)
    return row
