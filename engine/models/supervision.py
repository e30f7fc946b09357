"""Electronic supervision: rules in their versions, cards, letters, what the worker remembers."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import Base
from engine.models.cases import Case, Document
from engine.models.people import Person


class SupervisionRule(Base):
    """One version of a rule; the one in force is the latest whose day has come."""

    __tablename__ = "supervision_rule"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(index=True)
    cause: Mapped[str]  # a code of engine.supervision.kinds.CAUSES
    measure: Mapped[str]  # used (per cent), left (working days), over (working days), found
    level: Mapped[str]  # notice, warning, yellow, red
    threshold: Mapped[int]
    answer_days: Mapped[int]  # working days in which a card must be answered
    active: Mapped[bool] = mapped_column(default=True)
    hearing_first: Mapped[bool] = mapped_column(
        default=False
    )  # the unit is heard before a red card
    effective_on: Mapped[date]
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    reason: Mapped[str] = mapped_column(default="")
    maker: Mapped[Person | None] = relationship()


class Card(Base):
    """A signal or card: one for each cause and step of a case, its level rising with time."""

    __tablename__ = "card"
    __table_args__ = (UniqueConstraint("case_id", "cause", "subject"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    item_code: Mapped[str]
    cause: Mapped[str]
    subject: Mapped[str]  # the occurrence of the step: task, branch of a co-handling, or the case
    level: Mapped[str]
    #: noted, settled; hearing, heard; issued, answered, appealed, verified, withdrawn
    state: Mapped[str]
    step_zh: Mapped[str]
    step_en: Mapped[str]
    department_code: Mapped[str] = mapped_column(ForeignKey("department.code"))
    role: Mapped[str]  # the post; empty when the unit as a whole is meant
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    evidence: Mapped[list[Any]]  # as it was when each level was reached; only ever added to
    issued_at: Mapped[datetime]
    raised_at: Mapped[datetime]  # when the present level was reached
    answer_by: Mapped[datetime | None]
    answered_at: Mapped[datetime | None]
    appealed_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    case: Mapped[Case] = relationship()
    person: Mapped[Person | None] = relationship()


class Breach(Base):
    """查实的违规: what a supervisor has proven in a case; the rules decide what it deserves."""

    __tablename__ = "breach"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    cause: Mapped[str]  # fee, backfill
    department_code: Mapped[str] = mapped_column(ForeignKey("department.code"))
    happened_on: Mapped[date]
    findings: Mapped[str]
    proven_at: Mapped[datetime]
    proven_by: Mapped[int] = mapped_column(ForeignKey("person.id"))


class CardDoubt(Base):
    """疑牌: a card that would not have been issued by the calendar or rule in force now.

    Nothing is recomputed: a supervisor decides whether the card stands.
    """

    __tablename__ = "card_doubt"
    id: Mapped[int] = mapped_column(primary_key=True)
    card_id: Mapped[int] = mapped_column(ForeignKey("card.id"), index=True)
    cause: Mapped[str]  # calendar, rule
    found_at: Mapped[datetime]
    facts: Mapped[dict[str, Any]]  # what the due time or threshold was, and what it is now
    state: Mapped[str] = mapped_column(default="open")  # open, kept, withdrawn
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    card: Mapped[Card] = relationship()


class Letter(Base):
    """督办函、监察建议书: a numbered letter of supervision to a unit; its text is a document."""

    __tablename__ = "letter"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]  # urging, advice
    # none: about the unit as such
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    document_id: Mapped[int] = mapped_column(ForeignKey("document.id"), unique=True)
    department_code: Mapped[str] = mapped_column(ForeignKey("department.code"))
    role: Mapped[str]  # the post; empty when the unit as a whole is meant
    issuer_code: Mapped[str] = mapped_column(ForeignKey("department.code"))
    subject: Mapped[str]
    state: Mapped[str]  # issued, replied, closed
    issued_at: Mapped[datetime]
    issued_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    reply_by: Mapped[datetime]
    due_facts: Mapped[dict[str, Any]]  # what the day of the reply was computed from
    replied_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    source: Mapped[str] = mapped_column(default="")  # where a matter of no single case was found
    case: Mapped[Case | None] = relationship()
    document: Mapped[Document] = relationship()
    issuer: Mapped[Person] = relationship()


class LetterCard(Base):
    """A card that a letter speaks of."""

    __tablename__ = "letter_card"
    letter_id: Mapped[int] = mapped_column(ForeignKey("letter.id"), primary_key=True)
    card_id: Mapped[int] = mapped_column(ForeignKey("card.id"), primary_key=True, index=True)
    card: Mapped[Card] = relationship()


class WatchMark(Base):
    """How far the worker has looked: a number or a stamp by name."""

    __tablename__ = "watch_mark"
    name: Mapped[str] = mapped_column(primary_key=True)  # events, chains, verdicts
    value: Mapped[str]


class Pulse(Base):
    """One row that a trigger on the record touches, at most twice a second (engine.beats)."""

    __tablename__ = "pulse"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime]


Index("ix_card_doubt_open", CardDoubt.id, postgresql_where=CardDoubt.state == "open")
Index("ix_letter_department", Letter.department_code, Letter.id)
Index("ix_letter_open", Letter.reply_by, postgresql_where=Letter.state == "issued")
_LIVE = Card.state.in_(["issued", "answered", "appealed"])
Index("ix_card_department", Card.department_code, Card.id)
Index("ix_card_person", Card.person_id, Card.id)
Index("ix_card_state", Card.state, Card.level, Card.id)
Index("ix_card_waiting", Card.answer_by, postgresql_where=Card.state == "issued")
Index("ix_card_live", Card.department_code, Card.level, postgresql_where=_LIVE)
