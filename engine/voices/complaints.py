"""Complaints (投诉): about a case, an item or a department; the supervisor's own business.

Taken up or not within its limit, answered in writing within another. Nobody of the unit complained
about sees one before the supervisor assigns it, and then only those who answer for the unit; who
complained without a name stays without one (supervision.md, section 2.1; requirements R29).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, func, select

from engine import cases, db, definitions, documents, events, notices, numbers, people
from engine.clock import civil_date
from engine.errors import ConflictError, ForbiddenError
from engine.models import Complaint, Department, Document, Person, Post
from engine.paging import Key, Order, Page, number
from engine.permissions import LEADER, SUPERVISOR, Actor, require_role
from engine.voices import limits, speaking
from forms.text import Text

STATES: Final[Mapping[str, Text]] = {
    "filed": Text("待受理", "To be taken up"),
    "refused": Text("不予受理", "Not taken up"),
    "accepted": Text("已受理", "Taken up"),
    "assigned": Text("核查中", "Being looked into"),
    "reported": Text("待答复", "To be answered"),
    "answered": Text("已答复", "Answered"),
}
UNDER_WAY: Final = ("filed", "accepted", "assigned", "reported")
CONTACT: Final = 100
_HEADS: Final = (LEADER, "head")
_NAMELESS: Final = Text(
    "对办件的投诉须实名；不愿实名的，请投诉部门。",
    "A complaint about a case is made by name. Without one, name the department.",
)
_KIND: Final = documents.Kind(Text("投诉答复书", "Answer to a complaint"), "诉")
_ORDER: Final = Order(Key(Complaint.id, lambda row: row.id, number), descending=True)


@dataclass(frozen=True)
class Filing:
    """What somebody complains of: a department, an item's department, or an own case's."""

    text: str
    named: bool
    department: str = ""
    item: str = ""
    case: str = ""
    contact: str = ""


def file(filing: Filing, *, origin: str, actor: Actor, now: datetime) -> Complaint:
    """Complain; the supervisors are told, nobody else.

    Without a name nothing about the person is kept; the query code is the key to the answer.
    Raises NotFoundError for the case of somebody else, ForbiddenError for staff, ConflictError
    with too many under way, InvalidError.
    """
    speaking.require_applicant(actor)
    named = filing.named and actor.person_id is not None
    if filing.case and not named:
        raise speaking.invalid(named=_NAMELESS)
    case = cases.find(filing.case, actor) if filing.case else None
    words = speaking.checked(
        {"text": (filing.text, 10, speaking.LONGEST), "contact": (filing.contact, 0, CONTACT)}
    )
    who = actor if named else speaking.NOBODY
    under_way = Complaint.state.in_(UNDER_WAY)
    speaking.refuse_flood(Complaint.person_id, Complaint.origin, under_way, who, origin)
    row = Complaint(
        number=speaking.new_number("TS", now),
        query_code=speaking.new_code(),
        case_id=case.id if case else None,
        item_code=case.item_code if case else filing.item,
        department_code=case.lead_code if case else _about(filing),
        person_id=who.person_id,
        contact=words["contact"],
        origin=origin,
        text=words["text"],
        state="filed",
        filed_at=now,
        due_at=limits.due(limits.ACCEPTANCE, now),
    )
    db.session().add(row)
    db.session().flush()
    _record(row, "complaint-filed", who, now, named=named, due_at=row.due_at)
    told = Text(f"{row.number}：请在期限内决定是否受理。", f"{row.number}: to be taken up or not.")
    _tell(_supervisors(row), row, Text("新的投诉", "A new complaint"), told, now)
    return row


def _about(filing: Filing) -> str:
    if filing.item:
        return definitions.newest(filing.item).process.lead
    if filing.department not in people.department_codes():
        raise speaking.invalid(department=Text("请选择部门。", "Choose a department."))
    return filing.department


def accept(complaint_id: int, *, actor: Actor, now: datetime) -> Complaint:
    """Take a complaint up: the limit for its answer begins. Raises ForbiddenError, ConflictError.

    As all acts of the supervisor: not for who belongs to the unit complained about.
    """
    row = _judged(complaint_id, actor, "filed")
    late = now >= row.due_at
    row.state, row.accepted_at, row.due_at = "accepted", now, limits.due(limits.ANSWER, now)
    _record(row, "complaint-accepted", actor, now, due_at=row.due_at, late=late)
    _tell_person(row, Text("投诉已受理", "Your complaint was taken up"), Text("", ""), now)
    return row


def refuse(complaint_id: int, reason: str, *, actor: Actor, now: datetime) -> Complaint:
    """Decide not to take a complaint up, with the reason. Raises as ``accept``, InvalidError."""
    row = _judged(complaint_id, actor, "filed")
    words = speaking.checked({"words": (reason, 2, speaking.LONGEST)})["words"]
    row.state, row.answer = "refused", words
    row.answered_at, row.answered_by = now, actor.person_id
    _record(row, "complaint-refused", actor, now, reason=words)
    title = Text("投诉不予受理", "Your complaint was not taken up")
    _tell_person(row, title, Text(words, words), now)
    return row


def assign(complaint_id: int, *, actor: Actor, now: datetime) -> Complaint:
    """Let those who answer for the unit complained about see a complaint and report on it."""
    row = _judged(complaint_id, actor, "accepted")
    row.state, row.assigned_at = "assigned", now
    _record(row, "complaint-assigned", actor, now)
    body = Text(f"{row.number}：请核查并报告情况。", f"{row.number}: look into it and report.")
    heads = people.holders(row.department_code, LEADER) or people.holders(
        row.department_code, "head"
    )
    _tell(heads, row, Text("交办的投诉", "A complaint to look into"), body, now)
    return row


def report(complaint_id: int, text: str, *, actor: Actor, now: datetime) -> Complaint:
    """Report for the unit what was found. Raises ForbiddenError, ConflictError, InvalidError."""
    row = find(complaint_id, actor, lock=True)
    if not answers_for(row, actor):
        raise ForbiddenError(Text("由被投诉单位的负责人报告。", "The head of the unit reports."))
    if row.state != "assigned":
        raise _passed()
    words = speaking.checked({"words": (text, 2, speaking.LONGEST)})["words"]
    row.state, row.report, row.reported_by = "reported", words, actor.person_id
    _record(row, "complaint-reported", actor, now, report=words)
    told = Text(f"{row.number}：单位已报告核查情况。", f"{row.number}: the unit has reported.")
    _tell(_supervisors(row), row, Text("投诉待答复", "A complaint to answer"), told, now)
    return row


def answer(complaint_id: int, text: str, *, actor: Actor, now: datetime) -> Complaint:
    """Answer a complaint in writing, numbered; who complained by name is told."""
    row = _judged(complaint_id, actor, "accepted", "assigned", "reported")
    words = speaking.checked({"words": (text, 2, speaking.LONGEST)})["words"]
    late = now >= row.due_at
    row.state, row.answer = "answered", words
    row.answered_at, row.answered_by = now, actor.person_id
    row.answer_number = _answer_number(actor, now)
    row.verify_code = numbers.code(documents.VERIFY_CODE_LENGTH)
    _record(row, "complaint-answered", actor, now, answer=words, paper=row.answer_number, late=late)
    _tell_person(row, Text("投诉已答复", "Your complaint was answered"), Text(words, words), now)
    return row


def _issuer(actor: Actor) -> str:
    return min(code for code, role in actor.posts if role == SUPERVISOR)


def _answer_number(actor: Actor, now: datetime) -> str:
    unit = db.session().get_one(Department, _issuer(actor))
    year = civil_date(now).year
    count = numbers.following(f"document:{unit.code}:complaint:{year}")
    return f"{unit.mark or unit.name_zh}{_KIND.word}字〔{year}〕{count}号"


def paper(row: Complaint) -> Document:
    """Return the written answer as a document to print; it is stored in the complaint itself.

    Raises NotFoundError before the answer.
    """
    if row.state != "answered" or row.answered_at is None or row.verify_code is None:
        raise speaking.no_such_voice()
    by = db.session().get_one(Person, row.answered_by)
    unit = next(post.department_code for post in by.posts if post.role_code == SUPERVISOR)
    about = people.department_name(row.department_code)
    content: dict[str, Any] = {
        "issuer": people.department_name(unit),
        "to": row.person.name if row.person else "投诉人 (complainant)",
        "facts": [
            (Text("投诉编号", "Complaint"), Text(row.number, row.number)),
            (Text("被投诉单位", "About"), about),
            (Text("投诉内容", "Complaint in words"), Text(row.text, row.text)),
        ],
        "paragraphs": [Text(row.answer, row.answer)],
        "points": [],
        "remedies": None,
        "case_number": row.number,
    }
    return Document(
        kind="complaint-answer",
        number=row.answer_number,
        verify_code=row.verify_code,
        title_zh=_KIND.title.zh,
        title_en=_KIND.title.en,
        department_code=unit,
        data=content,
        issued_at=row.answered_at,
    )


def verify(code: str) -> Complaint:
    """Find the complaint whose written answer bears a code. Raises NotFoundError."""
    wanted = code.strip().upper().replace("-", "").replace(" ", "")
    row = db.session().scalar(select(Complaint).where(Complaint.verify_code == wanted))
    if row is None:
        raise speaking.no_such_voice()
    return row


def _record(row: Complaint, type_: str, actor: Actor, now: datetime, **data: Any) -> None:
    """Record in a stream of its own: a case's record is read by those complained about."""
    events.record(f"complaint:{row.id}", type_, actor, now, department=row.department_code, **data)


def _passed() -> ConflictError:
    return ConflictError(
        Text("这件投诉的状态已经变化，请刷新。", "This complaint has moved on. Reload the page.")
    )


def _judged(complaint_id: int, actor: Actor, *states: str) -> Complaint:
    require_role(actor, SUPERVISOR)
    row = find(complaint_id, actor, lock=True)
    if row.state not in states:
        raise _passed()
    return row


def _supervisors(row: Complaint) -> list[Person]:
    """Return the supervisors who do not belong to the unit complained about."""
    own = select(Post.person_id).where(Post.department_code == row.department_code)
    query = (
        select(Person)
        .join(Post)
        .where(Person.active, Post.role_code == SUPERVISOR, Person.id.not_in(own))
        .distinct()
        .order_by(Person.id)
    )
    return list(db.session().scalars(query))


def _tell(readers: list[Person], row: Complaint, title: Text, body: Text, now: datetime) -> None:
    heading = Text(f"{title.zh}：{row.number}", f"{title.en}: {row.number}")
    message = notices.Message("complaint", heading, body, f"/oversight/complaints/{row.id}")
    notices.tell_all(readers, message, now=now)


def _tell_person(row: Complaint, title: Text, body: Text, now: datetime) -> None:
    if row.person_id is not None:
        heading = Text(f"{title.zh}：{row.number}", f"{title.en}: {row.number}")
        path = f"/complaints/{row.number}"
        message = notices.Message("complaint-answered", heading, body, path)
        notices.tell(row.person_id, message, now=now)


def answers_for(row: Complaint, actor: Actor) -> bool:
    """Say whether an actor answers for the unit complained about."""
    return any(actor.holds(row.department_code, role) for role in _HEADS)


def find(complaint_id: int, actor: Actor, *, lock: bool = False) -> Complaint:
    """Return a complaint to who may see it. Raises NotFoundError."""
    query = select(Complaint).where(Complaint.id == complaint_id, _seen(actor))
    row: Complaint = speaking.the_one(query, lock=lock)
    return row


def _seen(actor: Actor) -> ColumnElement[bool]:
    """Hold for the complaints an actor may see: supervisors all but those about their own unit."""
    if actor.has(SUPERVISOR):
        return Complaint.department_code.not_in(sorted(actor.departments))
    heading = sorted({code for code, role in actor.posts if role in _HEADS})
    return Complaint.department_code.in_(heading) & Complaint.assigned_at.is_not(None)


def queue(actor: Actor, *, state: str = "", at: str = "") -> Page[Complaint]:
    """Return one page of the complaints an actor may see, the latest first."""
    wanted = [Complaint.state == state] if state in STATES else []
    return _page(at, _seen(actor), *wanted)


def waiting_count(actor: Actor) -> int:
    """Count the complaints that wait for an actor's side."""
    mine = UNDER_WAY if actor.has(SUPERVISOR) else ("assigned",)
    query = select(func.count()).where(Complaint.state.in_(mine), _seen(actor))
    return db.session().scalar(query) or 0


def made_by(actor: Actor, *, at: str = "") -> Page[Complaint]:
    """Return one page of what an applicant has complained of by name, the latest first."""
    return _page(at, Complaint.person_id == actor.person_id)


def mine(number: str, actor: Actor) -> Complaint:
    """Return a complaint to who made it by name. Raises NotFoundError."""
    row = _numbered(number)
    return speaking.own(row, row.person_id if row else None, actor)


def find_public(number: str, code: str) -> Complaint:
    """Return a complaint to whoever knows its query code. Raises NotFoundError."""
    row = _numbered(number)
    return speaking.opened_by(row, row.query_code if row else "", code)


def _numbered(number: str) -> Complaint | None:
    return speaking.numbered(Complaint, Complaint.number, number)


def _page(at: str, *conditions: ColumnElement[bool]) -> Page[Complaint]:
    return speaking.page_of(select(Complaint).where(*conditions), _ORDER, at)


def history(row: Complaint) -> list[Any]:
    """Return what happened to a complaint, oldest first."""
    return list(reversed(events.recent(f"complaint:{row.id}")))
