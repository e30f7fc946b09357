"""People of the staff and the posts they hold: added, changed, found."""

import secrets
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, or_, select

from engine import db, events, people
from engine.errors import ConflictError, InvalidError, NotFoundError
from engine.models import Person, Post, Role, Task
from engine.paging import Key, Order, Page
from engine.permissions import ADMIN, Actor, require_role
from forms import checks
from forms.text import Text

PER_PAGE: Final = 50
LONGEST: Final = 120
_BY_LOGIN: Final = Order(Key(Person.login, lambda row: row.login, str))
_LOGIN: Final = "abcdefghijklmnopqrstuvwxyz0123456789.-"
BAD_LOGIN: Final = Text(
    "登录名为3至40个小写字母、数字、点或连字符。",
    "A login name has 3 to 40 small letters, digits, dots or hyphens.",
)
Posts = frozenset[tuple[str, str]]


@dataclass(frozen=True)
class Member:
    """What is known of one of the staff."""

    login: str
    name: str
    email: str = ""
    phone: str = ""
    posts: Posts = frozenset()
    active: bool = True


@dataclass(frozen=True)
class Known:
    """Codes of all units and roles there are."""

    units: Collection[str]
    roles: Collection[str]


def known() -> Known:
    """Return the units and roles there are."""
    return Known(people.department_codes(), people.role_codes())


def roles() -> list[Role]:
    """Return all roles by code."""
    return list(db.session().scalars(select(Role).order_by(Role.code)))


def member_of(person: Person) -> Member:
    """Return a person as they can be changed and written to a file."""
    posts = frozenset((post.department_code, post.role_code) for post in person.posts)
    return Member(person.login, person.name, person.email, person.phone, posts, person.active)


def faults(member: Member, there: Known) -> dict[str, Text]:
    """Return what is wrong with what is told of a person, by field."""
    found: dict[str, Text | None] = {}
    if not 3 <= len(member.login) <= 40 or set(member.login) - set(_LOGIN):
        found["login"] = BAD_LOGIN
    if not 2 <= len(member.name) <= 60:
        found["name"] = Text("请填写姓名，2至60字。", "Give a name of 2 to 60 characters.")
    if member.email and ("@" not in member.email[1:-1] or len(member.email) > LONGEST):
        found["email"] = Text("这不是电子邮件地址。", "This is no e-mail address.")
    if member.phone:
        found["phone"] = checks.check_mobile(member.phone)
    for unit, role in sorted(member.posts):
        if unit not in there.units:
            found["posts"] = Text(f"没有部门“{unit}”。", f"There is no unit '{unit}'.")
        elif role not in there.roles:
            found["posts"] = Text(f"没有岗位“{role}”。", f"There is no role '{role}'.")
    return {name: fault for name, fault in found.items() if fault is not None}


def staff(text: str = "", *, unit: str = "", at: str = "") -> Page[Person]:
    """Return a page of the staff by login name. Raises InvalidError for what is no mark."""
    mark = _BY_LOGIN.read(at)
    query = select(Person).where(Person.kind == "staff", *_BY_LOGIN.beyond(mark))
    words = text.strip()
    if words:
        query = query.where(
            or_(
                Person.login.contains(words.lower(), autoescape=True),
                Person.name.contains(words, autoescape=True),
            )
        )
    if unit:
        query = query.where(Person.posts.any(Post.department_code == unit))
    rows = db.session().scalars(query.order_by(*_BY_LOGIN.by(mark)).limit(PER_PAGE + 1))
    return _BY_LOGIN.page(list(rows), mark, PER_PAGE)


def active() -> list[Person]:
    """Return all active staff by name, to choose one from."""
    query = select(Person).where(Person.kind == "staff", Person.active)
    return list(db.session().scalars(query.order_by(Person.name, Person.login)))


def counted() -> Mapping[str, int]:
    """Return how many active staff hold a post in each unit, by its code."""
    query = (
        select(Post.department_code, func.count(Post.person_id.distinct()))
        .join(Person, Person.id == Post.person_id)
        .where(Person.active)
        .group_by(Post.department_code)
    )
    return {row[0]: row[1] for row in db.session().execute(query)}


def find(login: str) -> Person:
    """Return one of the staff by login name. Raises NotFoundError."""
    query = select(Person).where(Person.login == login, Person.kind == "staff")
    person = db.session().scalar(query)
    if person is None:
        raise NotFoundError(Text("没有这名工作人员。", "There is no such member of the staff."))
    return person


def is_there(login: str) -> bool:
    """Say whether one of the staff has a login name."""
    query = select(Person.id).where(Person.login == login, Person.kind == "staff")
    return db.session().scalar(query) is not None


def held(person: Person) -> Sequence[Task]:
    """Return the open tasks a person has claimed, the oldest first."""
    query = select(Task).where(Task.assignee_id == person.id, Task.state == "open")
    return list(db.session().scalars(query.order_by(Task.case_id, Task.created_at, Task.id)))


def save_person(member: Member, *, actor: Actor, now: datetime, new: bool) -> Person:
    """Add one of the staff with their posts, or change them; the login name stays.

    A new person has no password yet. Raises ForbiddenError unless the actor is an admin,
    InvalidError with every wrong field, NotFoundError, ConflictError when a post is to be taken in
    which they hold open tasks.
    """
    require_role(actor, ADMIN)
    problems = faults(member, known())
    if new and "login" not in problems and _taken(member.login):
        problems["login"] = Text("这个登录名已被使用。", "This login name is in use.")
    if problems:
        raise InvalidError(
            Text("请更正下列各项。", "Please correct the points below."), fields=problems
        )
    return _added(member, actor, now) if new else _changed(member, actor, now)


def _taken(login: str) -> bool:
    return db.session().scalar(select(Person.id).where(Person.login == login)) is not None


def _added(member: Member, actor: Actor, now: datetime) -> Person:
    person = Person(
        login=member.login,
        kind="staff",
        name=member.name,
        password_hash=people.NO_PASSWORD,
        email=member.email,
        phone=member.phone,
        created_at=now,
        posts=[Post(department_code=unit, role_code=role) for unit, role in sorted(member.posts)],
    )
    db.session().add(person)
    db.session().flush()
    posts = [list(post) for post in sorted(member.posts)]
    events.record(people.STREAM, "person-added", actor, now, login=member.login, posts=posts)
    return person


def _changed(member: Member, actor: Actor, now: datetime) -> Person:
    person = find(member.login)
    before = member_of(person)
    gone = before.posts - member.posts
    if (fault := why_not_taken(person, gone)) is not None:
        raise ConflictError(fault, fields={"posts": fault})
    names = ("name", "email", "phone")
    changed = [name for name in names if getattr(before, name) != getattr(member, name)]
    for name in changed:
        setattr(person, name, getattr(member, name))
    given = member.posts - before.posts
    set_posts(person, given=given, taken=gone)
    if changed or gone or given:
        facts: dict[str, Any] = {
            "given": sorted(map(list, given)),
            "taken": sorted(map(list, gone)),
        }
        events.record(
            people.STREAM,
            "person-changed",
            actor,
            now,
            login=member.login,
            changed=changed,
            **facts,
        )
    return person


def set_posts(person: Person, *, given: Posts, taken: Posts = frozenset()) -> None:
    """Give posts to a person and take others; whoever asks has decided that it may be."""
    session = db.session()
    for post in person.posts:
        if (post.department_code, post.role_code) in taken:
            session.delete(post)
    for unit, role in sorted(given):
        session.add(Post(person_id=person.id, department_code=unit, role_code=role))
    session.flush()
    session.expire(person, ["posts"])


def why_not_taken(person: Person, gone: Posts) -> Text | None:
    """Say why posts cannot be taken from a person now; None when they can."""
    tasks = [one for one in held(person) if (one.department_code, one.role) in gone]
    if not tasks:
        return None
    names = "、".join(sorted({f"{one.case.number} {one.name_zh}" for one in tasks})[:3])
    return Text(
        f"{person.name}在要取消的岗位上还有{len(tasks)}项已领取的待办（{names}），请先移交。",
        f"{person.name} still holds {len(tasks)} open tasks of that post ({names}); hand them over "
        "first.",
    )


def new_password(login: str, *, actor: Actor, now: datetime) -> str:
    """Give one of the staff a new password and return it, to be told to them once.

    Raises ForbiddenError, NotFoundError, ConflictError for who has left.
    """
    require_role(actor, ADMIN)
    person = find(login)
    if not person.active:
        raise ConflictError(Text("此人已离职。", "This person has left."))
    secret = secrets.token_urlsafe(9)
    people.set_password(person, secret)
    events.record(people.STREAM, "password-set", actor, now, login=login)
    return secret


def save_role(code: str, name: Text, *, actor: Actor, now: datetime) -> Role:
    """Add a role, or give one another name. Raises ForbiddenError, InvalidError."""
    require_role(actor, ADMIN)
    problems = role_faults(code, name)
    if problems:
        raise InvalidError(
            Text("请更正下列各项。", "Please correct the points below."), fields=problems
        )
    row = db.session().get(Role, code)
    if row is not None and (row.name_zh, row.name_en) == (name.zh, name.en):
        return row
    words: dict[str, Any] = {"code": code, "name_zh": name.zh, "name_en": name.en}
    if row is None:
        row = Role(**words)
        db.session().add(row)
    row.name_zh, row.name_en = name.zh, name.en
    db.session().flush()
    events.record(people.STREAM, "role-saved", actor, now, **words)
    return row


def role_faults(code: str, name: Text) -> dict[str, Text]:
    """Return what is wrong with a role, by field."""
    found = {}
    if not 2 <= len(code) <= 40 or set(code) - set(_LOGIN) or not code[0].isalpha():
        found["code"] = Text(
            "代码为2至40个小写字母、数字或连字符，以字母开头。",
            "A code has 2 to 40 small letters, digits or hyphens and begins with a letter.",
        )
    for field, words in (("name_zh", name.zh), ("name_en", name.en)):
        if not 1 <= len(words) <= LONGEST:
            found[field] = Text("请填写名称。", "Give a name.")
    return found
