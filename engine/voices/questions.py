"""Questions (咨询): asked of an item or an own case, answered by its department within a limit.

Answers that help others are published on the item's guide, in words that staff have looked over:
personal data are theirs to leave out (requirements R02, R23).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, func, or_, select

from engine import cases, db, definitions, events, notices, people
from engine.errors import ConflictError, ForbiddenError
from engine.models import Case, Question
from engine.paging import Key, Order, Page, moment, number
from engine.permissions import SUPERVISOR, Actor
from engine.voices import limits, speaking
from forms.text import Text

STATES: Final[Mapping[str, Text]] = {
    "open": Text("待答复", "To be answered"),
    "answered": Text("已答复", "Answered"),
}
TITLE: Final = 100
_ORDER: Final = Order(Key(Question.id, lambda row: row.id, number), descending=True)
_URGENT: Final = Order(
    Key(Question.due_at, lambda row: row.due_at, moment),
    Key(Question.id, lambda row: row.id, number),
)


@dataclass(frozen=True)
class Asking:
    """What somebody wants to know; ``case`` is the number of an own case."""

    title: str
    text: str
    item: str = ""
    case: str = ""


@dataclass(frozen=True)
class Publication:
    """A question and its answer as everybody may read them."""

    title: str
    text: str
    answer: str


def ask(asking: Asking, *, origin: str, actor: Actor, now: datetime) -> Question:
    """Ask the department that answers for an item or a case; its counter is told.

    Without an account the query code is the key to the answer. Raises NotFoundError for an unknown
    item or the case of somebody else, ForbiddenError for staff, ConflictError with too many open
    ones, InvalidError.
    """
    speaking.require_applicant(actor)
    case = cases.find(asking.case, actor) if asking.case else None
    item_code, department = _about(case, asking.item)
    words = speaking.checked(
        {"title": (asking.title, 2, TITLE), "text": (asking.text, 2, speaking.LONGEST)}
    )
    open_ones = Question.state == "open"
    speaking.refuse_flood(Question.asker_id, Question.origin, open_ones, actor, origin)
    row = Question(
        number=speaking.new_number("ZX", now),
        query_code=speaking.new_code(),
        item_code=item_code,
        case_id=case.id if case else None,
        department_code=department,
        asker_id=actor.person_id,
        origin=origin,
        title=" ".join(words["title"].split()),
        text=words["text"],
        state="open",
        asked_at=now,
        due_at=limits.due(limits.QUESTION, now),
    )
    db.session().add(row)
    db.session().flush()
    _record(row, "question-asked", actor, now, item=item_code, due_at=row.due_at)
    _tell_counter(row, now)
    return row


def _about(case: Case | None, item: str) -> tuple[str, str]:
    """Return the item asked about, and who answers for it."""
    if case is not None:
        return case.item_code, case.lead_code
    of = definitions.newest(item)
    named = of.item.contact.department if of.item.contact else ""
    return of.item.code, named or of.process.lead


def _tell_counter(row: Question, now: datetime) -> None:
    unit = row.department_code
    title = Text(f"咨询：{row.title}", f"A question: {row.title}")
    body = Text(f"{row.number}：请在期限内答复。", f"{row.number}: please answer in time.")
    message = notices.Message("question-asked", title, body, f"/inbox/questions/{row.id}")
    notices.tell_all(people.holders(unit, "clerk") or people.holders(unit), message, now=now)


def answer(question_id: int, text: str, *, actor: Actor, now: datetime) -> Question:
    """Answer a question, once; whoever asked is told.

    Raises ForbiddenError for another department, ConflictError when it was answered, InvalidError.
    """
    row = _held(question_id, actor)
    words = speaking.checked({"answer": (text, 2, speaking.LONGEST)})["answer"]
    if row.state != "open":
        raise ConflictError(Text("这个咨询已经答复。", "This question has been answered already."))
    row.state, row.answer = "answered", words
    row.answered_at, row.answered_by = now, actor.person_id
    _record(row, "question-answered", actor, now, answer=words, late=now >= row.due_at)
    if row.asker_id is not None:
        title = Text(f"咨询已答复：{row.title}", f"Your question was answered: {row.title}")
        message = notices.Message(
            "question-answered", title, Text(words, words), f"/questions/{row.number}"
        )
        notices.tell(row.asker_id, message, case=row.case, now=now)
    return row


def forward(question_id: int, department: str, *, actor: Actor, now: datetime) -> Question:
    """Pass an open question on to the department that can answer it; its limit runs on.

    Raises ForbiddenError for another department, ConflictError when it was answered, InvalidError.
    """
    row = _held(question_id, actor)
    if row.state != "open":
        raise ConflictError(
            Text("已答复的咨询不能转办。", "What was answered can no longer be passed on.")
        )
    if department not in people.department_codes() or department == row.department_code:
        raise speaking.invalid(department=Text("请选择另一个部门。", "Choose another department."))
    before, row.department_code = row.department_code, department
    _record(row, "question-forwarded", actor, now, before=before)
    _tell_counter(row, now)
    return row


def publish(question_id: int, words: Publication, *, actor: Actor, now: datetime) -> Question:
    """Publish an answered question, or change what is published.

    Raises ForbiddenError for another department, ConflictError before the answer, InvalidError.
    """
    row = _held(question_id, actor)
    if row.state != "answered":
        raise ConflictError(Text("答复之后才能公开。", "Answer it before you publish it."))
    public = speaking.checked(
        {
            "title": (words.title, 2, TITLE),
            "text": (words.text, 2, speaking.LONGEST),
            "answer": (words.answer, 2, speaking.LONGEST),
        }
    )
    row.public_title, row.public_text = public["title"], public["text"]
    row.public_answer, row.published_at = public["answer"], row.published_at or now
    _record(row, "question-published", actor, now, **public)
    return row


def take_back(question_id: int, *, actor: Actor, now: datetime) -> Question:
    """Take a published question off the guide. Raises ForbiddenError, ConflictError."""
    row = _held(question_id, actor)
    if row.published_at is None:
        raise ConflictError(Text("这个咨询没有公开。", "This question is not published."))
    row.published_at = None
    _record(row, "question-unpublished", actor, now)
    return row


def _record(row: Question, type_: str, actor: Actor, now: datetime, **data: Any) -> None:
    events.record(f"question:{row.id}", type_, actor, now, department=row.department_code, **data)


def _held(question_id: int, actor: Actor) -> Question:
    row = find(question_id, actor, lock=True)
    if row.department_code not in actor.departments:
        raise ForbiddenError(Text("由被咨询的部门答复。", "The department that was asked answers."))
    return row


def find(question_id: int, actor: Actor, *, lock: bool = False) -> Question:
    """Return a question to staff who may see it. Raises NotFoundError."""
    query = select(Question).where(Question.id == question_id, _handled_by(actor))
    row: Question = speaking.the_one(query, lock=lock)
    return row


def _handled_by(actor: Actor) -> ColumnElement[bool]:
    if actor.has(SUPERVISOR):
        return Question.id.is_not(None)
    return Question.department_code.in_(sorted(actor.departments))


def mine(number: str, actor: Actor) -> Question:
    """Return a question to who asked it. Raises NotFoundError."""
    row = _numbered(number)
    return speaking.own(row, row.asker_id if row else None, actor)


def find_public(number: str, code: str) -> Question:
    """Return a question to whoever knows its query code. Raises NotFoundError."""
    row = _numbered(number)
    return speaking.opened_by(row, row.query_code if row else "", code)


def _numbered(number: str) -> Question | None:
    return speaking.numbered(Question, Question.number, number)


def asked_by(actor: Actor, *, at: str = "") -> Page[Question]:
    """Return one page of what an applicant has asked, the latest first."""
    return _page(_ORDER, at, Question.asker_id == actor.person_id)


def queue(actor: Actor, *, state: str = "open", at: str = "") -> Page[Question]:
    """Return one page of a department's questions: the open ones most urgent first."""
    if state == "open":
        return _page(_URGENT, at, Question.state == "open", _handled_by(actor))
    return _page(_ORDER, at, Question.state == "answered", _handled_by(actor))


def open_count(actor: Actor) -> int:
    """Count the questions that wait for an actor's departments."""
    query = select(func.count()).where(
        Question.state == "open", Question.department_code.in_(sorted(actor.departments))
    )
    return db.session().scalar(query) or 0


def published(item_code: str = "", words: str = "", *, at: str = "") -> Page[Question]:
    """Return one page of published questions, of an item or of all, that hold all the words."""
    found: list[ColumnElement[bool]] = [Question.published_at.is_not(None)]
    if item_code:
        found.append(Question.item_code == item_code)
    columns = (Question.public_title, Question.public_text, Question.public_answer)
    found += [
        or_(*(column.icontains(word, autoescape=True) for column in columns))
        for word in words[:80].split()[:5]
    ]
    return _page(_ORDER, at, *found)


def _page(order: Order, at: str, *conditions: ColumnElement[bool]) -> Page[Question]:
    return speaking.page_of(select(Question).where(*conditions), order, at)
