"""Steps that failed: what a person can read, mend and retry."""

from datetime import datetime
from typing import Any, cast

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import Base
from engine.models.cases import Case, Draft
from engine.models.people import Person


class Incident(Base):
    """A step of a diagram that could not be carried out; the case stands where it stood before.

    What fails while an application becomes a case is of its draft, until there is a case.
    """

    __tablename__ = "incident"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    # Whoever deletes an unsubmitted application leaves nothing behind for others to read.
    draft_id: Mapped[str | None] = mapped_column(
        ForeignKey("draft.id", ondelete="CASCADE"), index=True
    )
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
    case: Mapped[Case | None] = relationship()
    draft: Mapped[Draft | None] = relationship()
    actor: Mapped[Person | None] = relationship(foreign_keys=[actor_id])
    __table_args__ = (CheckConstraint("num_nonnulls(case_id, draft_id) > 0", name="of_something"),)

    @property
    def about(self) -> Case | Draft:
        """The case, or the application that has not become one."""
        return self.case or cast("Draft", self.draft)  # the table's check wants one of them


Index("ix_incident_open", Incident.last_at, postgresql_where=Incident.closed_at.is_(None))
