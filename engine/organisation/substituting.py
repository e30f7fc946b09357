"""代理: who does the tasks of somebody's posts from one day to another."""

from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import or_, select

from engine import db, events, notices, people
from engine.clock import civil_date
from engine.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from engine.models import Person, Substitute
from engine.permissions import ADMIN, Actor
from forms.text import Text

LONGEST_DAYS: Final = 366
LONGEST: Final = 200


def of_person(person_id: int) -> list[Substitute]:
    """Return who stands in for a person, and for whom the person stands in, the latest first."""
    mine = or_(Substitute.person_id == person_id, Substitute.substitute_id == person_id)
    query = select(Substitute).where(mine)
    return list(db.session().scalars(query.order_by(Substitute.from_on.desc(), Substitute.id)))


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
    days: tuple[date | None, date | None],
    reason: str,
    *,
    actor: Actor,
    now: datetime,
) -> Substitute:
    """Let somebody do the tasks of a person's posts from a first to a last day, both included.

    Not those of an administrator's or a supervisor's post. Raises ForbiddenError, InvalidError with
    every wrong field, ConflictError when the two stand in for each other, or for the same days.
    """
    person = _staff(person_id, "person")
    require_ruling(actor, person)
    substitute = _staff(substitute_id, "substitute")
    from_on, until_on = _checked(person_id, substitute_id, days, reason, civil_date(now))
    _refuse_overlap(person_id, substitute_id, from_on, until_on)
    row = Substitute(
        person_id=person_id,
        substitute_id=substitute_id,
        from_on=from_on,
        until_on=until_on,
        reason=reason.strip(),
        made_at=now,
        made_by=actor.person_id,
    )
    db.session().add(row)
    db.session().flush()
    facts = {**_facts(person, substitute), "from_on": str(from_on), "until_on": str(until_on)}
    events.record(people.STREAM, "substitute-appointed", actor, now, reason=row.reason, **facts)
    notices.tell(substitute_id, _told(person, row), now=now)
    return row


def _facts(person: Person, substitute: Person) -> dict[str, Any]:
    return {"person": person.login, "substitute": substitute.login}


def _checked(
    person_id: int,
    substitute_id: int,
    days: tuple[date | None, date | None],
    reason: str,
    today: date,
) -> tuple[date, date]:
    found: dict[str, Text] = {}
    if person_id == substitute_id:
        found["substitute"] = Text("不能代理自己。", "Nobody stands in for themselves.")
    from_on, until_on = days
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
    if found or from_on is None or until_on is None:
        raise InvalidError(
            Text("请更正下列各项。", "Please correct the points below."), fields=found
        )
    return from_on, until_on


def _refuse_overlap(person_id: int, substitute_id: int, from_on: date, until_on: date) -> None:
    same = (Substitute.person_id == person_id) & (Substitute.substitute_id == substitute_id)
    back = (Substitute.person_id == substitute_id) & (Substitute.substitute_id == person_id)
    query = select(Substitute.id).where(
        or_(same, back),
        Substitute.ended_at.is_(None),
        Substitute.from_on <= until_on,
        Substitute.until_on >= from_on,
    )
    if db.session().scalar(query.limit(1)) is not None:
        raise ConflictError(
            Text(
                "这两个人在这段时间已有代理安排（包括互相代理）。",
                "The two have an arrangement in these days already, one way or the other.",
            )
        )


def _told(person: Person, row: Substitute) -> notices.Message:
    days = f"{row.from_on.isoformat()} – {row.until_on.isoformat()}"
    title = Text(f"请代理{person.name}", f"You stand in for {person.name}")
    body = Text(
        f"{days}由您代理{person.name}的岗位（{row.reason}）。其待办会出现在您的待办中。",
        f"You stand in for {person.name} on {days} ({row.reason}). Their tasks are in your inbox.",
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
