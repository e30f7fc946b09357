"""Live work of cases: tasks, signatures, co-handling, timers."""

from datetime import datetime
from typing import Any

from sqlalchemy import (
    DateTime,
    ForeignKey,
    Index,
    UniqueConstraint,
    func,
    literal_column,
)
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import Base
from engine.models.cases import Case
from engine.models.people import Person


class Task(Base):
    """待办: one live occurrence of a step, for staff or (``role='applicant'``) the applicant."""

    __tablename__ = "task"
    id: Mapped[str] = mapped_column(primary_key=True)  # the runtime's id of the occurrence
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    item_code: Mapped[str]  # the case's; the database fills it in where it is not given
    element: Mapped[str]
    name_zh: Mapped[str]
    name_en: Mapped[str]
    act: Mapped[str]
    state: Mapped[str] = mapped_column(default="open")  # open, completed, cancelled
    department_code: Mapped[str | None] = mapped_column(ForeignKey("department.code"))
    role: Mapped[str]
    assignee_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"), index=True)
    cohandling_id: Mapped[int | None] = mapped_column(ForeignKey("cohandling.id"), index=True)
    created_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    due_facts: Mapped[dict[str, Any]]
    completed_at: Mapped[datetime | None]
    completed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    outcome: Mapped[str | None]
    opinion: Mapped[str] = mapped_column(default="")
    answers: Mapped[dict[str, Any]]
    draft: Mapped[dict[str, Any]]  # what the assignee has typed so far
    case: Mapped[Case] = relationship()
    assignee: Mapped[Person | None] = relationship(foreign_keys=[assignee_id])
    completer: Mapped[Person | None] = relationship(foreign_keys=[completed_by])


class Signature(Base):
    """A person's mark under the same answers of a task that needs two or more persons (34(3))."""

    __tablename__ = "signature"
    __table_args__ = (UniqueConstraint("task_id", "person_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    task_id: Mapped[str] = mapped_column(ForeignKey("task.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    content_hash: Mapped[str]  # of outcome, opinion and answers; all must sign the same
    signed_at: Mapped[datetime]
    person: Mapped[Person] = relationship()


class CoHandling(Base):
    """协办: one department asked in one round of a co-handling, and what it answered."""

    __tablename__ = "cohandling"
    __table_args__ = (UniqueConstraint("case_id", "branch"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    element: Mapped[str]
    branch: Mapped[str]  # the runtime's id of the branch
    department_code: Mapped[str] = mapped_column(ForeignKey("department.code"), index=True)
    asked_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    due_facts: Mapped[dict[str, Any]]
    answered_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    opinion: Mapped[str] = mapped_column(default="")
    state: Mapped[str] = mapped_column(default="open")  # open, answered, skipped, cancelled
    urged_count: Mapped[int] = mapped_column(default=0)
    urged_at: Mapped[datetime | None]


class Timer(Base):
    """A moment at which the diagram wants to go on by itself."""

    __tablename__ = "timer"
    id: Mapped[str] = mapped_column(primary_key=True)  # the runtime's id of the waiting event
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    element: Mapped[str]
    due_at: Mapped[datetime] = mapped_column(index=True)
    held_seconds: Mapped[int | None]  # how much later than drawn, for the case was suspended
    failed_at: Mapped[datetime | None]
    failure: Mapped[str] = mapped_column(default="")


_OPEN = Task.state == "open"
_GROUP = (Task.department_code, Task.role)
#: When a task is due, as lists sort it: what has no limit comes last.
NEVER = literal_column("'infinity'::timestamptz", DateTime(timezone=True))
DUE = func.coalesce(Task.due_at, NEVER)

# One for each order in which the inbox lists the open tasks of a post.
Index("ix_task_open_due", *_GROUP, DUE, Task.created_at, Task.id, postgresql_where=_OPEN)
Index("ix_task_open_new", *_GROUP, Task.created_at, Task.id, postgresql_where=_OPEN)
Index(
    "ix_task_open_item_due",
    *(*_GROUP, Task.item_code, DUE, Task.created_at, Task.id),
    postgresql_where=_OPEN,
)
Index(
    "ix_task_open_step_due",
    *(*_GROUP, Task.item_code, Task.element, DUE, Task.created_at, Task.id),
    postgresql_where=_OPEN,
)
Index(
    "ix_task_open_item_new",
    *(*_GROUP, Task.item_code, Task.created_at, Task.id),
    postgresql_include=["element"],
    postgresql_where=_OPEN,
)
Index("ix_task_open_assignee", Task.assignee_id, Task.due_at, postgresql_where=_OPEN)
# What a look of supervision within the day reads: what is due before its end, and no more.
Index(
    "ix_task_open_look",
    Task.due_at,
    postgresql_where=_OPEN & Task.cohandling_id.is_(None) & (Task.role != "applicant"),
)
Index("ix_cohandling_open_due", CoHandling.due_at, postgresql_where=CoHandling.state == "open")
Index(
    "ix_task_done",
    *(Task.completed_by, Task.completed_at, Task.id),
    postgresql_where=Task.state == "completed",
)
Index("ix_signature_person", Signature.person_id, Signature.signed_at)
