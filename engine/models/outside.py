"""Programs outside: what waits for them, and who may fetch it."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import Base
from engine.models.people import Person
from engine.models.tasks import Task


class ExternalTask(Base):
    """What a program needs to do one open task; the database takes it away when the task ends."""

    __tablename__ = "external_task"
    task_id: Mapped[str] = mapped_column(ForeignKey("task.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    topic: Mapped[str]
    priority: Mapped[int]
    variables: Mapped[dict[str, Any]]  # all that is given out: the task's own inputs
    created_at: Mapped[datetime]
    worker_id: Mapped[str | None]  # what the program calls itself; several may share it
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))  # its account
    locked_at: Mapped[datetime | None]
    # nobody else gets it before; after a failed attempt: when it is given out again
    locked_until: Mapped[datetime | None]
    retries: Mapped[int | None]  # attempts left, once one has failed; 0: an incident is open
    failure: Mapped[str] = mapped_column(default="")
    details: Mapped[str] = mapped_column(default="")
    task: Mapped[Task] = relationship()
    person: Mapped[Person | None] = relationship()


class ProgramTopic(Base):
    """A topic whose tasks the account of a program may fetch and do."""

    __tablename__ = "program_topic"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    topic: Mapped[str] = mapped_column(primary_key=True)


Index(
    "ix_external_task_topic",
    *(ExternalTask.topic, ExternalTask.priority, ExternalTask.created_at),
)
