"""Who sends a request and whether he may: a signed token, and permissions in tables."""

from typing import Final

from itsdangerous import BadData, URLSafeTimedSerializer
from sqlalchemy import func, literal, or_

from tools.bench.stock_way.rows import HumanTask, Permission, Person, Principal, Target, session

SERVICE: Final = "urn:bench"
_DAY: Final = 24 * 60 * 60
_ACTS: Final = {"POST": "create", "GET": "read", "PUT": "update", "DELETE": "delete"}


class Refused(Exception):  # noqa: N818 - read as a sentence: raise Refused
    """The request is not answered."""


def token(secret: str, login: str) -> str:
    """Sign a token for somebody."""
    return str(URLSafeTimedSerializer(secret).dumps({"iss": SERVICE, "sub": login}))


def entered(secret: str, header: str, method: str, path: str) -> Person:
    """Return who sends a request; raise Refused if it is nobody known, or he may not."""
    try:
        said = URLSafeTimedSerializer(secret).loads(header.removeprefix("Bearer "), max_age=_DAY)
    except BadData as error:
        raise Refused("Expected a valid token, but it is not") from error
    person = session.query(Person).filter_by(service=said["iss"], service_id=said["sub"]).first()
    if person is None or not _may(person, _ACTS[method], path):
        raise Refused(f"Expected a permission for {method} {path}, but there is none")
    return person


def _may(person: Person, act: str, path: str) -> bool:
    principals = [person.principal, *(group.principal for group in person.groups)]
    bare = func.replace(func.replace(Target.uri, "/%", ""), ":%", "")
    found = (
        session.query(Permission)
        .join(Target)
        .filter(
            Permission.principal_id.in_([one.id for one in principals]),
            Permission.act == act,
            or_(literal(path).like(Target.uri), bare == path),
        )
        .all()
    )
    return bool(found) and all(one.grant == "permit" for one in found)


def principal(person: Person) -> Principal:
    """Return somebody's principal."""
    return session.query(Principal).filter_by(person_id=person.id).one()


def completable(case_id: int, guid: str, person: Person) -> HumanTask:
    """Return a task that waits; raise Refused if it does not, or not for this person."""
    found = session.query(HumanTask).filter_by(case_id=case_id, task_guid=guid).first()
    if found is None or found.completed or person not in found.owners:
        raise Refused(f"Expected task {guid} to wait for {person.username}, but it does not")
    return found
