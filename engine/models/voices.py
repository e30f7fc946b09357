"""What people say to the city: questions, complaints and ratings."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import Base
from engine.models.cases import Case
from engine.models.people import Person


class Question(Base):
    """咨询: one question about an item or an own case, and its answer."""

    __tablename__ = "question"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    query_code: Mapped[str]
    item_code: Mapped[str]
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    department_code: Mapped[str] = mapped_column(ForeignKey("department.code"))
    asker_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    origin: Mapped[str]  # a keyed hash of the address it came from; empty for programs
    title: Mapped[str]
    text: Mapped[str]
    state: Mapped[str]  # open, answered
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime]
    answer: Mapped[str] = mapped_column(default="")
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    published_at: Mapped[datetime | None]  # the words below are those that everybody reads
    public_title: Mapped[str] = mapped_column(default="")
    public_text: Mapped[str] = mapped_column(default="")
    public_answer: Mapped[str] = mapped_column(default="")
    case: Mapped[Case | None] = relationship()
    asker: Mapped[Person | None] = relationship(foreign_keys=[asker_id])


class Complaint(Base):
    """投诉: about a case, an item or a department; the supervisor's own business at first."""

    __tablename__ = "complaint"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    query_code: Mapped[str]
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    item_code: Mapped[str] = mapped_column(default="")
    department_code: Mapped[str] = mapped_column(ForeignKey("department.code"))  # complained about
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    contact: Mapped[str] = mapped_column(default="")
    origin: Mapped[str]
    text: Mapped[str]
    state: Mapped[str]  # filed, refused, accepted, assigned, reported, answered
    filed_at: Mapped[datetime]
    due_at: Mapped[datetime]  # of the next thing the authority owes: acceptance, then the answer
    accepted_at: Mapped[datetime | None]
    assigned_at: Mapped[datetime | None]
    report: Mapped[str] = mapped_column(default="")
    reported_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answer: Mapped[str] = mapped_column(default="")  # or the reason why it was not accepted
    answered_at: Mapped[datetime | None]
    answered_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answer_number: Mapped[str] = mapped_column(default="")
    verify_code: Mapped[str | None] = mapped_column(unique=True)
    case: Mapped[Case | None] = relationship()
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])


class Rating(Base):
    """评价: one a case, by its applicant; a bad one with a name is looked into."""

    __tablename__ = "rating"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), unique=True)
    item_code: Mapped[str] = mapped_column(index=True)
    department_code: Mapped[str] = mapped_column(ForeignKey("department.code"), index=True)
    level: Mapped[int]  # 5 very satisfied … 1 very dissatisfied
    text: Mapped[str]
    named: Mapped[bool]
    rated_at: Mapped[datetime]
    seconds: Mapped[int]  # since the case was closed, or decided where it is still open
    origin: Mapped[str]
    signs: Mapped[list[Any]]  # of a rating that may not be the applicant's own
    state: Mapped[str]  # none, open, contacted, closed
    due_at: Mapped[datetime | None]
    contacted_at: Mapped[datetime | None]
    contacted_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    finding: Mapped[str] = mapped_column(default="")  # true, partly, untrue, unreachable
    remedy: Mapped[str] = mapped_column(default="")
    called_at: Mapped[datetime | None]
    called_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    satisfied: Mapped[bool | None]
    call_note: Mapped[str] = mapped_column(default="")
    case: Mapped[Case] = relationship()


_ASKED, _UNDER_WAY = Question.state == "open", Complaint.state.not_in(["refused", "answered"])
Index("ix_question_open", Question.department_code, Question.due_at, postgresql_where=_ASKED)
Index(
    "ix_question_public",
    Question.item_code,
    Question.id,
    postgresql_where=Question.published_at.is_not(None),
)
Index("ix_question_department", Question.department_code, Question.id)
Index("ix_question_origin", Question.origin, postgresql_where=_ASKED)
Index("ix_complaint_due", Complaint.due_at, postgresql_where=_UNDER_WAY)
Index("ix_complaint_department", Complaint.department_code, Complaint.id)
Index("ix_complaint_origin", Complaint.origin, postgresql_where=_UNDER_WAY)
Index("ix_rating_origin", Rating.origin, Rating.rated_at)
Index("ix_rating_due", Rating.due_at, postgresql_where=Rating.state == "open")
