"""Electronic supervision: the rules in their versions, and the cards issued under them."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import Base
from engine.models.cases import Case
from engine.models.people import Person


class SupervisionRule(Base):
    """One version of a rule; the one in force is the latest whose day has come."""

    __tablename__ = "supervision_rule"
    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(index=True)
    cause: Mapped[str]  # step, cohandling, promise, statutory, receipt, delivery, unanswered
    measure: Mapped[str]  # used (per cent), left (working days), over (working days)
    level: Mapped[str]  # notice, warning, yellow, red
    threshold: Mapped[int]
    answer_days: Mapped[int]  # working days in which a card must be answered
    active: Mapped[bool] = mapped_column(default=True)
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
    state: Mapped[str]  # noted, settled; issued, answered, appealed, verified, withdrawn
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


_LIVE = Card.state.in_(["issued", "answered", "appealed"])
Index("ix_card_department", Card.department_code, Card.id)
Index("ix_card_person", Card.person_id, Card.id)
Index("ix_card_state", Card.state, Card.level, Card.id)
Index("ix_card_waiting", Card.answer_by, postgresql_where=Card.state == "issued")
Index("ix_card_live", Card.department_code, Card.level, postgresql_where=_LIVE)
