"""Steps that failed: what a person can read, mend and retry."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import Base
from engine.models.cases import Case
from engine.models.people import Person


class Incident(Base):
    """A step of a diagram that could not be carried out; the case stands where it stood before."""

    __tablename__ = "incident"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    task_id: Mapped[str | None]
    timer_id: Mapped[str | None]
    message_id: Mapped[int | None]
    element: Mapped[str]  # where in the diagram it failed
    message_zh: Mapped[str]
    message_en: Mapped[str]
    attempt: Mapped[dict[str, Any]]  # what was handed in, to be tried again
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    times: Mapped[int] = mapped_column(default=1)
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    closed_how: Mapped[str] = mapped_column(default="")
    case: Mapped[Case] = relationship()
    actor: Mapped[Person | None] = relationship(foreign_keys=[actor_id])


Index("ix_incident_open", Incident.last_at, postgresql_where=Incident.closed_at.is_(None))
