"""Finding cases, for those who may see them; to all others a case does not exist."""

import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import selectinload

from engine import db, documents, events, paging
from engine.cases import materials
from engine.definitions import Bundle, bundle_of
from engine.models import Case, CaseWords, CoHandling, Correction, Document, Event, Material, Task
from engine.paging import Key, Order
from engine.permissions import SUPERVISOR, Actor, may_see_case, no_such_case

PER_PAGE = 25
#: Most cases that a search by words looks at.
FOUND: Final = 200
_LATEST: Final = Order(
    Key(Case.received_at, lambda case: case.received_at, paging.moment),
    Key(Case.id, lambda case: case.id, paging.number),
    descending=True,
)
_NUMBER: Final = re.compile("[a-z0-9]{4}")


@dataclass(frozen=True)
class CaseFile:
    """Everything a case consists of."""

    case: Case
    bundle: Bundle
    materials: Sequence[Material]
    corrections: Sequence[Correction]
    documents: Sequence[Document]
    tasks: Sequence[Task]
    cohandlings: Sequence[CoHandling]
    events: Sequence[Event]


@dataclass(frozen=True)
class CasePage:
    """One page of a list of cases."""

    rows: Sequence[Case]
    #: How many there are, counted up to ``paging.COUNTED``, and whether there are more.
    total: int
    more: bool
    #: Marks of the neighbours.
    next: str | None
    previous: str | None


def get(case_id: int) -> Case:
    """Return a case by its id, read fresh, for the system itself. Raises NotFoundError."""
    case = db.session().get(Case, case_id, populate_existing=True)
    if case is None:
        raise no_such_case()
    return case


def none_yet() -> bool:
    """Say whether nobody has submitted anything so far."""
    return db.session().scalar(select(Case.id).limit(1)) is None


def find(number: str, actor: Actor) -> Case:
    """Return a case by its number, for who may see it. Raises NotFoundError."""
    case = db.session().scalar(select(Case).where(Case.number == number.strip().upper()))
    if case is None or not may_see_case(actor, case, materials.departments_asked(case)):
        raise no_such_case()
    return case


def find_public(number: str, query_code: str) -> Case:
    """Return a case to anybody who knows its number and query code. Raises NotFoundError."""
    case = db.session().scalar(select(Case).where(Case.number == number.strip().upper()))
    given = query_code.strip().upper().encode()
    if case is None or not hmac.compare_digest(case.query_code.encode(), given):
        raise no_such_case()
    return case


def signed_with(case_id: int, query_code: str) -> bool:
    """Say whether a query code is the one that the applicant of a case was given."""
    case = db.session().get(Case, case_id)
    given = query_code.strip().upper().encode()
    return case is not None and hmac.compare_digest(case.query_code.encode(), given)


def matching(text: str) -> Select[int]:
    """Return a query for the ids of the cases whose number, subject or applicant holds a text.

    The latest ``FOUND`` of them: who looks for something that more cases have says more. The parts
    of the text are looked up in an index; then the text itself is compared.
    """
    words = " ".join(text.lower().split())
    return (
        select(CaseWords.case_id)
        .where(
            # A row is compared with the text sooner than with its parts: most have it not.
            CaseWords.words.contains(words, autoescape=True),
            CaseWords.parts.contains(_parts(words)),
        )
        .order_by(CaseWords.case_id.desc())
        .limit(FOUND)
    )


def is_common(text: str) -> bool:
    """Say whether more cases may hold a text than a search looks at."""
    found = select(func.count()).select_from(matching(text).subquery())
    return bool(text.strip()) and db.session().scalar(found) == FOUND


def _parts(words: str) -> list[str]:
    """Cut a text into the rarest parts that the index has: fours of a number, pairs of a name.

    Of a number its end is enough: what stands before, a year or zeros, most others have too.
    """
    fours = [words[at : at + 4] for at in range(len(words) - 3)]
    pairs = {words[at : at + 2] for at in range(len(words) - 1)}
    numbers = [part for part in fours if _NUMBER.fullmatch(part)]
    rare = {*numbers[-1:], *numbers[-5:-4]}
    rare |= {part for part in pairs if not part.isascii()}
    return sorted(rare or pairs or {words})


def my_cases(actor: Actor, *, at: str = "", per_page: int = PER_PAGE) -> CasePage:
    """Return a page of the actor's own applications, latest first; ``at``: its mark.

    Raises InvalidError for what is no mark.
    """
    return _page(Case.applicant_id == actor.person_id, at=at, per_page=per_page)


def search(actor: Actor, text: str = "", *, at: str = "", per_page: int = PER_PAGE) -> CasePage:
    """Search by number, applicant or subject among the cases the actor's departments see.

    Raises InvalidError for what is no mark of a page.
    """
    conditions: list[ColumnElement[bool]] = []
    if not actor.has(SUPERVISOR):
        asked = exists().where(Task.case_id == Case.id, Task.department_code.in_(actor.departments))
        conditions.append(or_(Case.lead_code.in_(actor.departments), asked))
    if actor.kind != "staff":
        conditions.append(Case.applicant_id == actor.person_id)
    if text.strip():
        conditions.append(Case.id.in_(matching(text)))
    return _page(*conditions, at=at, per_page=per_page)


def _page(*conditions: ColumnElement[bool], at: str, per_page: int) -> CasePage:
    mark = _LATEST.read(at)
    query = (
        select(Case)
        .where(*conditions, *_LATEST.beyond(mark))
        .order_by(*_LATEST.by(mark))
        .limit(per_page + 1)
    )
    found = _LATEST.page(list(db.session().scalars(query)), mark, per_page)
    total = paging.count(select(Case.id).where(*conditions))
    return CasePage(found.rows, total.number, total.more, found.next, found.previous)


def file_of(case: Case) -> CaseFile:
    """Return everything a case consists of; the caller has decided that it may be seen."""
    session = db.session()
    tasks = session.scalars(
        select(Task)
        .where(Task.case_id == case.id)
        .options(selectinload(Task.assignee), selectinload(Task.completer))
        .order_by(Task.created_at, Task.id)
    )
    corrections = session.scalars(
        select(Correction).where(Correction.case_id == case.id).order_by(Correction.id)
    )
    branches = session.scalars(
        select(CoHandling).where(CoHandling.case_id == case.id).order_by(CoHandling.id)
    )
    return CaseFile(
        case=case,
        bundle=bundle_of(case),
        materials=materials.of_case(case),
        corrections=list(corrections),
        documents=documents.of_case(case),
        tasks=list(tasks),
        cohandlings=list(branches),
        events=events.history(case.id),
    )
