"""People, departments and posts: who can log in, and which posts make them what they are."""

import hashlib
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Final

from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from sqlalchemy import ColumnElement, delete, func, or_, select

from engine import db, events
from engine.clock import civil_date
from engine.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from engine.models import (
    ApiToken,
    Department,
    LoginFailure,
    ParkedForm,
    Person,
    Post,
    Role,
    Substitute,
)
from engine.permissions import ADMIN, MACHINE, SUPERVISOR, SYSTEM, Actor, Kind
from forms import checks
from forms.text import Text

STREAM = "people"
PASSWORD_MIN = 10
FAILURES_ALLOWED, FAILURE_WINDOW = 5, timedelta(minutes=15)
TOKEN_LIFE = timedelta(days=30)
PARKED_LIFE = timedelta(hours=12)
#: Hashes of tokens that were good when they were shown last, and how many are remembered.
_good: set[str] = set()
MOST_GOOD = 10_000
_hasher = PasswordHasher()
#: Stands where an account has no password: nobody can log in to it with one.
NO_PASSWORD = ""

WRONG = Text(
    "登录名或密码不正确，请重新输入。", "The login name or the password is wrong. Try again."
)
TOO_MANY = Text(
    "错误次数过多，请15分钟后再试。",
    "Too many wrong attempts. Please try again in 15 minutes.",
)


#: What the role of a program is called: no post of anybody.
OUTSIDE = Text("外部程序", "Program outside")


@dataclass(frozen=True)
class Applicant:
    """What an applicant tells when registering."""

    login: str
    password: str
    name: str
    id_number: str
    phone: str = ""
    email: str = ""
    language: str = "zh"


# Asked with every request: columns of tables, no objects that the session has to keep.
_ACTOR = """
select person.kind, person.id, person.name, person.language, (
  select json_agg(json_build_array(post.department_code, post.role_code)) from post
  where post.person_id = person.id), (
  select json_agg(json_build_array(post.department_code, post.role_code, away.id, away.name))
  from substitute join person away on away.id = substitute.person_id and away.active
  join post on post.person_id = away.id and post.role_code not in ('admin', 'supervisor')
  and (substitute.posts is null
    or post.department_code || ':' || post.role_code = any(substitute.posts))
  where substitute.substitute_id = person.id and substitute.ended_at is null
  and (now() at time zone 'Asia/Shanghai')::date between from_on and until_on)
from person
"""
_BY_ANY_ID: Final = _ACTOR + "where person.id = $1"
_BY_ID: Final = _ACTOR + "where person.id = $1 and person.active"
_BY_TOKEN: Final = (
    _ACTOR + "join api_token on api_token.person_id = person.id where person.active "
    "and token_hash = $1 and revoked_at is null and expires_at > $2"
)


def _actor(person: Person) -> Actor:
    """Return the actor of a person as they stand today, also of one who can no longer log in."""
    found = _found(_BY_ANY_ID, person.id)
    if found is None:  # not written yet
        return Actor(_kind(person.kind), person.id, person.name)
    return found


def _acting(
    kind: str,
    person_id: int,
    name: str,
    language: str,
    posts: Iterable[Sequence[str]] | None,
    standing: Iterable[Sequence[Any]] | None,
) -> Actor:
    own = frozenset((department, role) for department, role in posts or ())
    away = sorted({(d, r, i, n) for d, r, i, n in standing or ()})
    others = tuple(one for one in away if one[:2] not in own)
    held = own | {(department, role) for department, role, _, _ in others}
    covers = frozenset((d, r, i) for d, r, i, _ in away)
    return Actor(_kind(kind), person_id, name, held, language, others, covers)


def _kind(stored: str) -> Kind:
    if stored == MACHINE:
        return "machine"
    return "staff" if stored == "staff" else "applicant"


def _found(query: str, *values: Any) -> Actor | None:
    return next((_acting(*row) for row in db.ask(query, values)), None)


def authenticate(login: str, password: str, *, now: datetime) -> Actor:
    """Return the actor behind a login name and password.

    Raises InvalidError when they do not fit, ForbiddenError after too many failures. Writes the
    failure, so call it outside of another transaction.
    """
    login = login.strip().lower()
    with db.transaction() as session:
        refuse_guessing(login, now=now)
        person = session.scalar(select(Person).where(Person.login == login))
        if _fits(person, password) and person is not None and person.active:
            session.execute(delete(LoginFailure).where(LoginFailure.login == login))
            return _actor(person)
        note_failure(login, now=now)
    raise InvalidError(WRONG, fields={"login": WRONG})


def refuse_guessing(name: str, *, now: datetime) -> None:
    """Raise ForbiddenError when there were too many wrong attempts at a name lately."""
    since = now - FAILURE_WINDOW
    tried = select(func.count()).where(LoginFailure.login == name[:100], LoginFailure.at > since)
    if (db.session().scalar(tried) or 0) >= FAILURES_ALLOWED:
        raise ForbiddenError(TOO_MANY)


def note_failure(name: str, *, now: datetime) -> None:
    """Count one wrong attempt at a name: a login, or the query code of a case."""
    db.session().add(LoginFailure(login=name[:100], at=now))


def proves(actor: Actor, password: str) -> bool:
    """Say whether a password is this actor's own: it signs what they do."""
    person = db.session().get(Person, actor.person_id) if actor.person_id else None
    return _fits(person, password) and person is not None and person.active


def set_password(person: Person, password: str) -> None:
    """Give a person another password, without asking for the old one."""
    person.password_hash = _hasher.hash(password)


def _fits(person: Person | None, password: str) -> bool:
    kept = person.password_hash if person else NO_PASSWORD
    try:
        return _hasher.verify(_nobodys() if kept == NO_PASSWORD else kept, password)
    except VerificationError:
        return False


@cache
def _nobodys() -> str:
    """Make what is checked against where no password is: both answers take the same time."""
    return _hasher.hash(secrets.token_hex(16))


def actor_for(person_id: int) -> Actor | None:
    """Return the actor of a person who may still log in, else None."""
    return _found(_BY_ID, person_id)


def actor_for_login(login: str) -> Actor:
    """Return the actor of a login name. Raises NotFoundError."""
    person = db.session().scalar(select(Person).where(Person.login == login))
    if person is None:
        raise NotFoundError(Text(f"没有登录名“{login}”。", f"There is no login name “{login}”."))
    return _actor(person)


def get(person_id: int) -> Person | None:
    """Return a person's row, for showing."""
    return db.session().get(Person, person_id)


def register_applicant(applicant: Applicant, *, now: datetime) -> Person:
    """Open an account for an applicant.

    Raises InvalidError naming every wrong field, ConflictError when the login name is taken.
    """
    problems = _registration_problems(applicant, now)
    if problems:
        raise InvalidError(
            Text("请更正下列各项后再提交。", "Correct the points below and try again."),
            fields=problems,
        )
    session = db.session()
    login = applicant.login.strip().lower()
    if session.scalar(select(Person.id).where(Person.login == login)) is not None:
        taken = Text("这个登录名已被使用，请换一个。", "This login name is taken. Choose another.")
        raise ConflictError(taken, fields={"login": taken})
    person = Person(
        login=login,
        kind="applicant",
        name=applicant.name.strip(),
        password_hash=_hasher.hash(applicant.password),
        email=applicant.email.strip(),
        phone=applicant.phone.strip(),
        id_number=applicant.id_number.strip().upper(),
        language=applicant.language,
        created_at=now,
        posts=[],
    )
    session.add(person)
    session.flush()
    events.record(STREAM, "applicant-registered", _actor(person), now, login=login)
    return person


def _registration_problems(applicant: Applicant, now: datetime) -> dict[str, Text]:
    found: dict[str, Text | None] = {}
    login = applicant.login.strip()
    if not (3 <= len(login) <= 40 and login.isascii() and login.replace(".", "").isalnum()):
        found["login"] = Text(
            "登录名应为3至40个字母、数字或点。",
            "The login name needs 3 to 40 letters, digits or dots.",
        )
    if len(applicant.password) < PASSWORD_MIN:
        found["password"] = Text(
            f"密码至少{PASSWORD_MIN}个字符。",
            f"The password needs at least {PASSWORD_MIN} characters.",
        )
    if not 2 <= len(applicant.name.strip()) <= 60:
        found["name"] = Text("请填写真实姓名。", "Enter your real name.")
    found["id_number"] = checks.check_id_number(
        applicant.id_number.strip().upper(), today=civil_date(now)
    )
    if applicant.phone:
        found["phone"] = checks.check_mobile(applicant.phone.strip())
    if applicant.email and ("@" not in applicant.email or len(applicant.email) > 200):
        found["email"] = Text("请填写正确的电子邮箱。", "Enter a correct e-mail address.")
    return {key: text for key, text in found.items() if text is not None}


# --- tokens and parked pages ---


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def issue_token(actor: Actor, *, now: datetime) -> str:
    """Make a bearer token for the API; it is shown once and kept only as a hash."""
    secret = add_token(actor.person_id, now=now, life=TOKEN_LIFE)
    events.record(STREAM, "token-issued", actor, now)
    return secret


def add_token(person_id: int | None, *, now: datetime, life: timedelta) -> str:
    """Make a token for a person or program; who gives it out records that."""
    secret = secrets.token_urlsafe(32)
    token = ApiToken(
        person_id=person_id,
        token_hash=_digest(secret),
        created_at=now,
        expires_at=now + life,
    )
    db.session().add(token)
    return secret


def actor_for_token(
    secret: str, *, now: datetime, expected: Callable[[], None] = lambda: None
) -> Actor | None:
    """Return the actor behind a bearer token, None when it is unknown, expired or revoked.

    ``expected`` is called before the database is asked when the token was good the last time, in
    this process.
    """
    digest = _digest(secret)
    if digest in _good:
        expected()
    found = _found(_BY_TOKEN, digest, now)
    if found is None:
        _good.discard(digest)
    elif digest not in _good:
        if len(_good) >= MOST_GOOD:
            _good.clear()
        _good.add(digest)
    return found


def revoke_token(secret: str, *, actor: Actor, now: datetime) -> None:
    """End a bearer token of the actor at once; unknown ones are passed over."""
    query = select(ApiToken).where(
        ApiToken.token_hash == _digest(secret), ApiToken.person_id == actor.person_id
    )
    token = db.session().scalar(query)
    if token is not None and token.revoked_at is None:
        token.revoked_at = now
        events.record(STREAM, "token-revoked", actor, now)


def park_form(path: str, fields: Iterable[tuple[str, str]], *, now: datetime) -> str:
    """Keep what was typed on a page whose login had expired; return the secret to get it back."""
    secret = secrets.token_urlsafe(24)
    session = db.session()
    session.execute(delete(ParkedForm).where(ParkedForm.parked_at < now - PARKED_LIFE))
    kept = [[name, value] for name, value in fields]
    session.add(ParkedForm(token_hash=_digest(secret), path=path[:500], fields=kept, parked_at=now))
    return secret


def take_parked(secret: str, *, now: datetime) -> tuple[str, list[tuple[str, str]]] | None:
    """Give back, once, the path and the fields of a parked page."""
    session = db.session()
    parked = session.get(ParkedForm, _digest(secret))
    if parked is None or parked.parked_at < now - PARKED_LIFE:
        return None
    session.delete(parked)
    return parked.path, [(name, value) for name, value in parked.fields]


# --- departments and posts ---


def departments() -> list[Department]:
    """Return all departments by code."""
    return list(db.session().scalars(select(Department).order_by(Department.code)))


def department_name(code: str | None) -> Text:
    """Return a department's name; the code itself when it is unknown."""
    read = db.known().get(("department", code))
    row = read or (db.session().get(Department, code) if code else None)
    return Text(row.name_zh, row.name_en) if row else Text(code or "", code or "")


def role_name(code: str) -> Text:
    """Return a role's name; the code itself when it is unknown."""
    if code == MACHINE:
        return OUTSIDE
    row = db.session().get(Role, code)
    return Text(row.name_zh, row.name_en) if row else Text(code, code)


def role_codes() -> frozenset[str]:
    """Return the codes of all roles a diagram may name."""
    return frozenset(db.session().scalars(select(Role.code)))


def department_codes() -> frozenset[str]:
    """Return the codes of all departments a diagram may name."""
    return frozenset(db.session().scalars(select(Department.code)))


def holders(department: str | None, role: str | None = None) -> list[Person]:
    """Return the active staff who hold a role (any role when None) in a department.

    Those who stand in for one of them today are among them.
    """
    held = [Post.department_code == department]
    if role is not None:
        held.append(Post.role_code == role)
    posts, today = select(Post.person_id).where(*held), civil_date(db.now())
    standing = (
        select(Substitute.substitute_id)
        .join(Post, Post.person_id == Substitute.person_id)
        .where(
            *held,
            Post.role_code.not_in((ADMIN, SUPERVISOR)),
            covered_by(Substitute, Post),
            Substitute.ended_at.is_(None),
            Substitute.from_on <= today,
            Substitute.until_on >= today,
        )
    )
    query = select(Person).where(Person.active, Person.id.in_(posts.union(standing)))
    return list(db.session().scalars(query.order_by(Person.id)))


def covered_by(row: type[Substitute], post: type[Post]) -> ColumnElement[bool]:
    """Ask whether an arrangement is for a post of the person whom somebody stands in for."""
    name = post.department_code + ":" + post.role_code
    return or_(row.posts.is_(None), name == func.any(row.posts))


def with_role(role: str) -> list[Person]:
    """Return the active staff who hold a role in any department."""
    query = select(Person).join(Post).where(Person.active, Post.role_code == role)
    return list(db.session().scalars(query.distinct().order_by(Person.id)))


def posts_filled() -> dict[tuple[str, str], int]:
    """Count the active staff who hold each role of each department that anybody holds."""
    query = (
        select(Post.department_code, Post.role_code, func.count())
        .join(Person)
        .where(Person.active)
        .group_by(Post.department_code, Post.role_code)
    )
    return {(row[0], row[1]): row[2] for row in db.session().execute(query)}


@dataclass(frozen=True)
class Reader:
    """Somebody who can be told something."""

    id: int
    email: str


def staff_of(departments: Collection[str]) -> dict[str, list[Reader]]:
    """Return the active staff of departments, in one look, by department code."""
    query = (
        select(Department, Person.id, Person.email)
        .join(Post, Post.department_code == Department.code)
        .join(Person, Person.id == Post.person_id)
        .where(Person.active, Department.code.in_(departments))
        .distinct()
        .order_by(Person.id)
    )
    found: dict[str, list[Reader]] = {}
    for department, person_id, email in db.session().execute(query):
        found.setdefault(department.code, []).append(Reader(person_id, email))
        # Their names are asked for next, and the session forgets rows that nobody holds on to.
        db.known()["department", department.code] = department
    return found


def set_up(
    roles: Mapping[str, Text],
    units: Iterable[Mapping[str, Any]],
    staff: Iterable[Mapping[str, Any]],
    *,
    now: datetime,
) -> None:
    """Bring in roles, departments and people with their posts; known ones are left alone.

    A person without a password gets an account that nobody can log in to yet.
    """
    session = db.session()
    for code, name in roles.items():
        if session.get(Role, code) is None:
            session.add(Role(code=code, name_zh=name.zh, name_en=name.en))
    for unit in units:
        if session.get(Department, unit["code"]) is None:
            session.add(Department(**unit))
    session.flush()
    for row in staff:
        _add_staff(row, now)


def _add_staff(row: Mapping[str, Any], now: datetime) -> None:
    session = db.session()
    if session.scalar(select(Person.id).where(Person.login == row["login"])) is not None:
        return
    person = Person(
        login=row["login"],
        kind=row.get("kind", "staff"),
        name=row["name"],
        password_hash=_hasher.hash(row["password"]) if row.get("password") else NO_PASSWORD,
        email=row.get("email", ""),
        phone=row.get("phone", ""),
        id_number=row.get("id_number", ""),
        created_at=now,
        posts=[
            Post(department_code=department, role_code=role)
            for department, role in row.get("posts", ())
        ],
    )
    session.add(person)
    session.flush()
    events.record(STREAM, "person-added", SYSTEM, now, login=person.login)
