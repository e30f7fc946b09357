"""Finding licences: one's own, a department's, the one behind a paper; and what happened to one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import ColumnElement, Select, SQLColumnExpression, false, func, or_, select

from engine import db, documents, holding
from engine.errors import NotFoundError
from engine.licences import kinds
from engine.models import Case, Department, Document, Event, Licence
from engine.paging import Key, Order, Page
from engine.permissions import SUPERVISOR, Actor
from forms.text import Text

PER_PAGE: Final = 25
_ORDER: Final = Order(Key(Licence.id, lambda row: row.id, int), descending=True)
#: What is written in the record about a licence, besides the documents of its cases.
_TYPE = "licence"


@dataclass(frozen=True)
class Wanted:
    """Which licences somebody looks for; an empty field asks nothing."""

    text: str = ""
    state: str = ""
    department: str = ""
    item: str = ""
    at: str = ""


def mine(actor: Actor, at: str = "") -> Page[Licence]:
    """Return one page of the actor's own licences, the latest first. Raises InvalidError."""
    return _page([Licence.applicant_id == actor.person_id], at)


def search(
    actor: Actor, wanted: Wanted, *, today: date, cases: Select[int] | None
) -> Page[Licence]:
    """Return one page of the licences an actor's departments have issued; supervisors see all.

    ``cases`` finds the cases that hold the text, by whose names a licence is found too. Raises
    InvalidError for a mark that is none of this list's.
    """
    conditions = _seen_by(actor)
    text = wanted.text.strip()
    if text:
        named = [Licence.case_id.in_(cases)] if cases is not None else []
        same = [Licence.number == text, Licence.holder_id == text.upper()]
        conditions.append(or_(*same, *named))
    if wanted.state:
        conditions.append(_stands(wanted.state, today))
    if wanted.department:
        conditions.append(Licence.department_code == wanted.department)
    if wanted.item:
        conditions.append(Licence.item_code == wanted.item)
    return _page(conditions, wanted.at)


def _stands(state: str, today: date) -> ColumnElement[bool]:
    """Hold for the licences in a state as of a day, whether or not the worker has been there."""
    over = (Licence.state == kinds.VALID) & (func.coalesce(Licence.valid_to, today) < today)
    if state == kinds.VALID:
        return (Licence.state == kinds.VALID) & ~over
    if state == kinds.EXPIRED:
        return (Licence.state == kinds.EXPIRED) | over
    return Licence.state == state


def _page(conditions: Sequence[ColumnElement[bool]], at: str) -> Page[Licence]:
    mark = _ORDER.read(at)
    query = (
        select(Licence)
        .where(*conditions, *_ORDER.beyond(mark))
        .order_by(*_ORDER.by(mark))
        .limit(PER_PAGE + 1)
    )
    page = _ORDER.page(list(db.session().scalars(query)), mark, PER_PAGE)
    return page if page.rows or mark is None else _page(conditions, "")


def _seen_by(actor: Actor) -> list[ColumnElement[bool]]:
    if actor.kind == "applicant":
        return [Licence.applicant_id == actor.person_id]
    if actor.kind != "staff":
        return [false()]
    if actor.has(SUPERVISOR):
        return []
    held = sorted(actor.departments)
    below = select(Department.code).where(Department.parent_code.in_(held))
    return [or_(Licence.department_code.in_(held), Licence.department_code.in_(below))]


def find(licence_id: int, actor: Actor) -> Licence:
    """Return a licence the actor may see. Raises NotFoundError for any other."""
    query = select(Licence).where(Licence.id == licence_id, *_seen_by(actor))
    found = db.session().scalar(query)
    if found is None:
        raise no_such_licence()
    return found


def no_such_licence() -> NotFoundError:
    """Make the answer for a licence that is not there, and for one that is not the asker's."""
    return NotFoundError(
        Text(
            "没有找到这个证照；您只能查看与自己或本部门有关的证照。",
            "No such licence was found; you only see your own, or those of your department.",
        )
    )


def locked(licence_id: int) -> tuple[Licence, Case]:
    """Lock the case a licence was first granted in, then the licence. Raises NotFoundError.

    Always in this order: whoever decides a later application holds that case before the licence.
    """
    known = db.session().get(Licence, licence_id)
    if known is None:
        raise no_such_licence()
    case = holding.of_case(known.case_id)
    return locked_alone(licence_id), case


def locked_alone(licence_id: int) -> Licence:
    """Lock a licence's row and read it fresh, after the case."""
    query = select(Licence).where(Licence.id == licence_id).with_for_update()
    return db.session().scalars(query.execution_options(populate_existing=True)).one()


def by_number(number: str, *, lock: bool = False) -> Licence:
    """Return a licence by its number. Raises NotFoundError."""
    query = select(Licence).where(Licence.number == number)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session().scalar(query)
    if found is None:
        raise no_such_licence()
    return found


def of_paper(document: Document) -> Licence | None:
    """Return the licence a paper belongs to: the paper itself, or a decision that names it."""
    number = document.data.get("licence") or document.number
    if document.kind != "licence" and not document.data.get("licence"):
        return None
    return db.session().scalar(select(Licence).where(Licence.number == number))


def of_case(case: Case) -> list[Licence]:
    """Return the licences a case has granted, or the one it was about, oldest first."""
    query = select(Licence).where(
        or_(Licence.case_id == case.id, Licence.number == (case.licence_number or ""))
    )
    return list(db.session().scalars(query.order_by(Licence.id)))


def applications(licence: Licence) -> list[Case]:
    """Return the applications made on a licence, oldest first."""
    query = select(Case).where(Case.licence_number == licence.number).order_by(Case.id)
    return list(db.session().scalars(query))


def history(licence: Licence) -> list[Event]:
    """Return what happened to a licence, oldest first, from the records of its cases."""
    told = Event.data[_TYPE].as_string() == licence.number
    query = select(Event).where(_in_its_cases(Event.case_id, licence), told)
    return list(db.session().scalars(query.order_by(Event.at, Event.id)))


def papers(licence: Licence) -> list[Document]:
    """Return the papers of a licence and the decisions about it, oldest first."""
    own = (Document.kind == "licence") & (Document.number == licence.number)
    about = Document.data[_TYPE].as_string() == licence.number
    query = select(Document).where(_in_its_cases(Document.case_id, licence), own | about)
    return list(db.session().scalars(query.order_by(Document.id)))


def _in_its_cases(column: SQLColumnExpression[Any], licence: Licence) -> ColumnElement[bool]:
    """Hold for what belongs to the case a licence was first granted in, or to one about it."""
    later = select(Case.id).where(Case.licence_number == licence.number)
    return or_(column == licence.case_id, column.in_(later))


def present_paper(licence: Licence) -> Document:
    """Return the paper a licence stands on now."""
    return documents.by_code(licence.paper)


def items(actor: Actor) -> list[str]:
    """Return the codes of the items of which the actor sees licences."""
    query = select(Licence.item_code).where(*_seen_by(actor)).distinct()
    return list(db.session().scalars(query.order_by(Licence.item_code)))
