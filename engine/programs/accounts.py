"""Accounts of programs: which topics each may fetch, its token, and how things stand by topic."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from sqlalchemy import delete, func, or_, select, update

from engine import db, events, people
from engine.bpmn import language
from engine.errors import ConflictError, InvalidError, NotFoundError
from engine.models import ApiToken, Case, ExternalTask, Person, ProgramTopic
from engine.permissions import ADMIN, MACHINE, Actor, require_role
from forms.text import Text

#: How long the token of a program is good: it is renewed once a year.
TOKEN_LIFE: Final = timedelta(days=365)
MOST_TOPICS: Final = 100
#: Most accounts and topics that are listed.
LISTED: Final = 500


@dataclass(frozen=True)
class Account:
    """The account of a program, with its topics and what it is working on."""

    person: Person
    topics: tuple[str, ...]
    #: Until when its token is good; None: it has none.
    token_until: datetime | None
    working: int


@dataclass(frozen=True)
class TopicState:
    """How things stand with a topic: what waits, what is being worked on, what has failed."""

    topic: str
    waiting: int
    working: int
    failed: int
    oldest_at: datetime
    #: Names of the accounts that may fetch it.
    programs: tuple[str, ...]


def add(login: str, name: str, topics: Iterable[str], *, actor: Actor, now: datetime) -> Person:
    """Open an account for a program, which enters with a token only.

    Raises ForbiddenError unless the actor is an admin, InvalidError naming the fields,
    ConflictError for a login name that is taken.
    """
    require_role(actor, ADMIN)
    login, name, wanted = login.strip().lower(), name.strip(), _cleaned(topics)
    problems = _problems(wanted)
    if not (3 <= len(login) <= 40 and login.isascii() and login.translate(_JOINTS).isalnum()):
        problems["login"] = Text(
            "登录名应为3至40个字母、数字、点或“-”。",
            "The login name needs 3 to 40 letters, digits, dots or hyphens.",
        )
    if not 2 <= len(name) <= 60:
        problems["name"] = Text(
            "请写明是哪个单位的什么系统，2至60字。",
            "Say which system of which office it is, in 2 to 60 characters.",
        )
    if problems:
        raise InvalidError(
            Text("请更正下列各项，尚未保存。", "Correct the points below; nothing was saved."),
            fields=problems,
        )
    person = _opened(login, name, now)
    _grant(person.id, wanted)
    events.record(people.STREAM, "program-added", actor, now, login=login, topics=wanted)
    return person


_JOINTS: Final = str.maketrans("", "", ".-")


def _opened(login: str, name: str, now: datetime) -> Person:
    session = db.session()
    if session.scalar(select(Person.id).where(Person.login == login)) is not None:
        taken = Text("这个登录名已被使用，请换一个。", "This login name is taken. Choose another.")
        raise ConflictError(taken, fields={"login": taken})
    person = Person(
        login=login,
        kind=MACHINE,
        name=name,
        password_hash=people.NO_PASSWORD,
        created_at=now,
        posts=[],
    )
    session.add(person)
    session.flush()
    return person


def allow(person_id: int, topics: Iterable[str], *, actor: Actor, now: datetime) -> Person:
    """Say which topics a program may fetch from now on. Raises as ``add`` does, NotFoundError."""
    person, wanted = _found(person_id, actor), _cleaned(topics)
    problems = _problems(wanted)
    if problems:
        raise InvalidError(next(iter(problems.values())), fields=problems)
    db.session().execute(delete(ProgramTopic).where(ProgramTopic.person_id == person_id))
    _grant(person_id, wanted)
    events.record(
        people.STREAM, "program-topics-changed", actor, now, login=person.login, topics=wanted
    )
    return person


def issue_token(person_id: int, *, actor: Actor, now: datetime) -> str:
    """Give a program another token, which is shown once; the one it had ends at once.

    Raises ForbiddenError unless the actor is an admin, NotFoundError, ConflictError when closed.
    """
    person = _found(person_id, actor)
    if not person.active:
        raise ConflictError(
            Text("这个账号已停用，不能发令牌。", "This account is closed; it gets no token.")
        )
    _revoke(person_id, now)
    secret = people.add_token(person_id, now=now, life=TOKEN_LIFE)
    events.record(people.STREAM, "program-token-issued", actor, now, login=person.login)
    return secret


def close(person_id: int, *, actor: Actor, now: datetime) -> Person:
    """Close the account of a program: its token ends at once, what it holds is given out again.

    Raises ForbiddenError unless the actor is an admin, NotFoundError, ConflictError when closed.
    """
    person = _found(person_id, actor)
    if not person.active:
        raise ConflictError(Text("这个账号已经停用。", "This account has been closed already."))
    person.active = False
    _revoke(person_id, now)
    db.session().execute(
        update(ExternalTask)
        .where(ExternalTask.person_id == person_id)
        .values(worker_id=None, person_id=None, locked_at=None, locked_until=None)
        .execution_options(synchronize_session=False)
    )
    events.record(people.STREAM, "program-closed", actor, now, login=person.login)
    return person


def _found(person_id: int, actor: Actor) -> Person:
    require_role(actor, ADMIN)
    query = select(Person).where(Person.id == person_id, Person.kind == MACHINE)
    person = db.session().scalar(query.with_for_update(of=Person))
    if person is None:
        raise NotFoundError(Text("没有这个外部程序。", "There is no such program."))
    return person


def _revoke(person_id: int, now: datetime) -> None:
    db.session().execute(
        update(ApiToken)
        .where(ApiToken.person_id == person_id, ApiToken.revoked_at.is_(None))
        .values(revoked_at=now)
        .execution_options(synchronize_session=False)
    )


def _grant(person_id: int, topics: Collection[str]) -> None:
    session = db.session()
    session.add_all([ProgramTopic(person_id=person_id, topic=one) for one in topics])
    session.flush()


def _cleaned(topics: Iterable[str]) -> list[str]:
    return sorted({one.strip() for one in topics if one.strip()})


def _problems(topics: Collection[str]) -> dict[str, Text]:
    wrong = [one for one in topics if not language.is_topic(one)]
    if wrong:
        shown = wrong[0][:40]
        said = Text(
            f"主题“{shown}”不能用：请写字母、数字、“_”“-”“.”“:”。",
            f"“{shown}” cannot be a topic: use letters, digits, _ - . and :.",
        )
        return {"topics": said}
    if not 1 <= len(topics) <= MOST_TOPICS:
        said = Text(
            f"请写1至{MOST_TOPICS}个主题。", f"Name at least one topic, at most {MOST_TOPICS}."
        )
        return {"topics": said}
    return {}


def topics_of(actor: Actor) -> frozenset[str]:
    """Return the topics a program may fetch; none for anybody else."""
    if actor.kind != MACHINE:
        return frozenset()
    query = (
        select(ProgramTopic.topic)
        .join(Person, Person.id == ProgramTopic.person_id)
        .where(Person.id == actor.person_id, Person.active)
    )
    return frozenset(db.session().scalars(query))


def accounts(actor: Actor, *, now: datetime) -> Sequence[Account]:
    """Return the accounts of programs by name, those in use first.

    Raises ForbiddenError unless the actor is an admin.
    """
    require_role(actor, ADMIN)
    session = db.session()
    query = select(Person).where(Person.kind == MACHINE)
    found = session.scalars(query.order_by(Person.active.desc(), Person.name).limit(LISTED))
    held: dict[int, list[str]] = {}
    for row in session.scalars(select(ProgramTopic).order_by(ProgramTopic.topic)):
        held.setdefault(row.person_id, []).append(row.topic)
    tokens = select(ApiToken.person_id, func.max(ApiToken.expires_at)).where(
        ApiToken.revoked_at.is_(None), ApiToken.expires_at > now
    )
    until = {row[0]: row[1] for row in session.execute(tokens.group_by(ApiToken.person_id))}
    busy = select(ExternalTask.person_id, func.count()).where(ExternalTask.locked_until > now)
    working = {row[0]: row[1] for row in session.execute(busy.group_by(ExternalTask.person_id))}
    return [
        Account(one, tuple(held.get(one.id, ())), until.get(one.id), working.get(one.id, 0))
        for one in found
    ]


def topics(actor: Actor, *, now: datetime) -> Sequence[TopicState]:
    """Return the topics for which anything waits, by name.

    Raises ForbiddenError unless the actor is an admin.
    """
    require_role(actor, ADMIN)
    failed = ExternalTask.retries == 0
    free = or_(ExternalTask.locked_until.is_(None), ExternalTask.locked_until <= now)
    states = (
        select(
            ExternalTask.topic,
            func.count().filter(free, failed.is_not(True)),
            func.count().filter(~free, failed.is_not(True)),
            func.count().filter(failed),
            func.min(ExternalTask.created_at),
        )
        .group_by(ExternalTask.topic)
        .order_by(ExternalTask.topic)
        .limit(LISTED)
    )
    names = programs_for()
    return [
        TopicState(*row, programs=tuple(names.get(row[0], ())))
        for row in db.session().execute(states)
    ]


def programs_for() -> dict[str, list[str]]:
    """Return the names of the programs in use that may fetch each topic."""
    query = (
        select(ProgramTopic.topic, Person.name)
        .join(Person, Person.id == ProgramTopic.person_id)
        .where(Person.active)
        .order_by(ProgramTopic.topic, Person.name)
    )
    found: dict[str, list[str]] = {}
    for topic, name in db.session().execute(query):
        found.setdefault(topic, []).append(name)
    return found


def free_at() -> dict[str, datetime | None]:
    """Return by topic when its next task is free: None for at once; topics without any are out.

    A lock that ends frees its task, and so does the wait after a failed attempt.
    """
    query = (
        select(ExternalTask.topic, func.min(func.coalesce(ExternalTask.locked_until, _ALWAYS)))
        .join(Case, Case.id == ExternalTask.case_id)
        .where(
            Case.suspended_at.is_(None),
            or_(ExternalTask.retries.is_(None), ExternalTask.retries > 0),
        )
        .group_by(ExternalTask.topic)
    )
    found = db.session().execute(query)
    return {topic: at if at > _ALWAYS else None for topic, at in found}


#: Before any lock there was.
_ALWAYS: Final = datetime(1970, 1, 1, tzinfo=UTC)
