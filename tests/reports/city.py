"""A small city in rows: two departments, four people, six cases at different moments."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from engine import clocks
from engine.models import Case, CoHandling, Department, Person, Post, Role, Task, Version
from engine.permissions import SYSTEM, Actor

#: a Monday morning in the city
NOW = datetime(2026, 11, 23, 2, 0, tzinfo=UTC)


@dataclass(frozen=True)
class City:
    """Who and what there is."""

    leader: Actor
    clerk: Actor
    builder: Actor
    builder_leader: Actor
    supervisor: Actor
    cases: dict[str, Case]


def found(session: Session) -> City:
    """Put the city into an open transaction."""
    clocks.load_years((2026,), actor=SYSTEM, now=NOW)
    for code, zh, en in (
        ("scjg", "市场监管局", "Market"),
        ("cgj", "城市管理局", "Urban"),
        ("jcz", "监察", "S"),
    ):
        session.add(Department(code=code, name_zh=zh, name_en=en))
    for code in ("clerk", "leader", "examiner", "supervisor"):
        session.add(Role(code=code, name_zh=code, name_en=code))
    session.flush()
    who = {
        "leader": _person(session, "chen.leader", ("scjg", "leader")),
        "clerk": _person(session, "wang.clerk", ("scjg", "clerk")),
        "builder": _person(session, "cg.wu", ("cgj", "examiner")),
        "builder_leader": _person(session, "cg.lin", ("cgj", "leader")),
        "supervisor": _person(session, "jc.he", ("jcz", "supervisor")),
    }
    return City(**who, cases=_cases(session, who))


def _person(session: Session, login: str, *posts: tuple[str, str], kind: str = "staff") -> Actor:
    person = Person(login=login, kind=kind, name=login, password_hash="-", created_at=NOW, posts=[])
    session.add(person)
    session.flush()
    session.add_all(Post(person_id=person.id, department_code=d, role_code=r) for d, r in posts)
    session.flush()
    return Actor("staff", person.id, person.name, frozenset(posts))


def _cases(session: Session, who: dict[str, Actor]) -> dict[str, Case]:
    applicant = Person(
        login="zhang.san",
        kind="applicant",
        name="张三",
        password_hash="-",
        created_at=NOW,
        posts=[],
    )
    session.add(applicant)
    for number, code, title in ((1, "medical", "医疗器械"), (1, "shop", "开办餐饮店")):
        session.add(
            Version(
                item_code=code,
                number=number,
                bundle_hash=code,
                title_zh=title,
                title_en=code,
                kind="promise",
                lead_code="scjg",
                compiled=b"",
                deployed_at=NOW,
                processes={},
            )
        )
    session.flush()
    versions = {v.item_code: v for v in session.query(Version)}
    day = timedelta(days=1)
    made: dict[str, Any] = {}
    rows: tuple[tuple[str, str, timedelta | None, timedelta | None], ...] = (
        ("calm", "medical", 10 * day, None),
        ("near", "medical", day, None),
        ("overdue", "medical", -3 * day, None),
        ("new", "shop", None, None),
        ("closed-on-time", "shop", -2 * day, -5 * day),
        ("closed-late", "shop", -8 * day, -5 * day),
    )
    for name, item, due, closed in rows:
        made[name] = _case(session, name, versions[item], applicant.id, due, closed)
    _task(session, made["calm"], "Examine", None, 5 * day)
    _task(session, made["near"], "Examine", who["clerk"].person_id, -day)
    _task(session, made["overdue"], "Accept", who["clerk"].person_id, -2 * day)
    _task(session, made["new"], "Accept", None, day / 4)
    asked = CoHandling(
        case_id=made["calm"].id,
        element="Ask",
        branch="b",
        department_code="cgj",
        asked_at=NOW,
        due_at=NOW + day / 4,
        due_facts={},
    )
    session.add(asked)
    _task(session, made["calm"], "Signboard", None, day / 4, "cgj")
    session.flush()
    return made


def _case(
    session: Session,
    name: str,
    version: Version,
    applicant: int,
    due: timedelta | None,
    closed: timedelta | None,
) -> Case:
    case = Case(
        number=f"LB-{name}",
        query_code="-",
        version_id=version.id,
        item_code=version.item_code,
        lead_code="scjg",
        applicant_id=applicant,
        applicant_name="张三",
        subject=f"{name}公司",
        status="closed" if closed else "accepted",
        result="granted" if closed else None,
        answers={},
        received_at=NOW - timedelta(days=20),
        decided_at=NOW + closed if closed else None,
        closed_at=NOW + closed if closed else None,
        promised_due_at=NOW + due if due else None,
        due_facts={},
        state=b"",
        joined=[],
        came_from=[],
    )
    session.add(case)
    session.flush()
    return case


def _task(
    session: Session,
    case: Case,
    element: str,
    person: int | None,
    due: timedelta,
    department: str = "scjg",
) -> None:
    session.add(
        Task(
            id=f"{case.number}-{element}",
            case_id=case.id,
            element=element,
            name_zh=element,
            name_en=element,
            act="examine",
            department_code=department,
            role="clerk",
            assignee_id=person,
            created_at=NOW,
            due_at=NOW + due,
            due_facts={},
            answers={},
            draft={},
        )
    )
