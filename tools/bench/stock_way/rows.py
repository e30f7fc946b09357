"""The tables of the stand-in: one row a task of a case, data by its hash, definitions beside."""

from typing import Any, ClassVar

from sqlalchemy import JSON, ForeignKey, UniqueConstraint
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    mapped_column,
    relationship,
    scoped_session,
    sessionmaker,
)


class Base(DeclarativeBase):
    """Root of the stand-in's tables; documents are JSON."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {dict[str, Any]: JSON}


#: The session of the request at hand; whoever serves binds it to a database.
session = scoped_session(sessionmaker())


def _to(column: str, **more: Any) -> Any:
    """Make a column that refers to another table, with an index."""
    return mapped_column(ForeignKey(column), index=True, **more)


# --- people and what they may ---------------------------------------------------------------------
class Group(Base):
    """A group of people."""

    __tablename__ = "people_group"
    id: Mapped[int] = mapped_column(primary_key=True)
    identifier: Mapped[str] = mapped_column(unique=True)
    principal: Mapped["Principal"] = relationship()


class Person(Base):
    """Somebody who signs in, by the service that knows him and his number there."""

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("service", "service_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(unique=True)
    service: Mapped[str]
    service_id: Mapped[str]
    principal: Mapped["Principal"] = relationship()
    groups: Mapped[list[Group]] = relationship(secondary="membership", viewonly=True)


class Membership(Base):
    """A person's place in a group."""

    __tablename__ = "membership"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = _to("person.id")
    group_id: Mapped[int] = _to("people_group.id")


class Principal(Base):
    """Whoever may have permissions: a person or a group."""

    __tablename__ = "principal"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = _to("person.id")
    group_id: Mapped[int | None] = _to("people_group.id")


class Target(Base):
    """Addresses that a permission is about, as a pattern of LIKE."""

    __tablename__ = "target"
    id: Mapped[int] = mapped_column(primary_key=True)
    uri: Mapped[str] = mapped_column(unique=True)


class Permission(Base):
    """What a principal may do, or may not do, with a target."""

    __tablename__ = "permission"
    id: Mapped[int] = mapped_column(primary_key=True)
    principal_id: Mapped[int] = _to("principal.id")
    target_id: Mapped[int] = _to("target.id")
    act: Mapped[str]
    grant: Mapped[str]


# --- definitions ----------------------------------------------------------------------------------
class ProcessDefinition(Base):
    """A process or subprocess as it was drawn, without its tasks."""

    __tablename__ = "process_definition"
    id: Mapped[int] = mapped_column(primary_key=True)
    identifier: Mapped[str] = mapped_column(index=True)
    properties: Mapped[dict[str, Any]]


class Inclusion(Base):
    """A process that is drawn inside another."""

    __tablename__ = "inclusion"
    id: Mapped[int] = mapped_column(primary_key=True)
    parent_id: Mapped[int] = _to("process_definition.id")
    child_id: Mapped[int] = _to("process_definition.id")


class TaskDefinition(Base):
    """A node of a process."""

    __tablename__ = "task_definition"
    id: Mapped[int] = mapped_column(primary_key=True)
    definition_id: Mapped[int] = _to("process_definition.id")
    identifier: Mapped[str] = mapped_column(index=True)
    properties: Mapped[dict[str, Any]]


# --- cases ----------------------------------------------------------------------------------------
class Data(Base):
    """Data of tasks and processes, kept once for each content."""

    __tablename__ = "data"
    hash: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[dict[str, Any]]


class Process(Base):
    """A running process: that of a case, or a subprocess, whose guid is its task's."""

    __tablename__ = "process"
    id: Mapped[int] = mapped_column(primary_key=True)
    guid: Mapped[str | None] = mapped_column(unique=True)
    definition_id: Mapped[int] = _to("process_definition.id")
    top_id: Mapped[int | None] = _to("process.id")
    properties: Mapped[dict[str, Any]]
    data_hash: Mapped[str] = mapped_column(index=True)


class Case(Base):
    """A process instance."""

    __tablename__ = "process_instance"
    id: Mapped[int] = mapped_column(primary_key=True)
    model: Mapped[str] = mapped_column(index=True)
    initiator_id: Mapped[int] = _to("person.id")
    definition_id: Mapped[int] = _to("process_definition.id")
    process_id: Mapped[int] = _to("process.id")
    status: Mapped[str] = mapped_column(index=True)
    task_updated_at: Mapped[int]
    definition: Mapped[ProcessDefinition] = relationship()
    process: Mapped[Process] = relationship()


class Task(Base):
    """One task of the library's tree, whatever its state."""

    __tablename__ = "task"
    guid: Mapped[str] = mapped_column(primary_key=True)
    process_id: Mapped[int] = _to("process.id")
    case_id: Mapped[int] = _to("process_instance.id")
    definition_id: Mapped[int] = _to("task_definition.id")
    state: Mapped[str] = mapped_column(index=True)
    properties: Mapped[dict[str, Any]]
    data_hash: Mapped[str] = mapped_column(index=True)
    runtime_info: Mapped[dict[str, Any] | None]
    started_at: Mapped[float | None]
    ended_at: Mapped[float | None]
    process: Mapped[Process] = relationship()


class HumanTask(Base):
    """A task that waits for somebody, or waited."""

    __tablename__ = "human_task"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = _to("process_instance.id")
    task_guid: Mapped[str] = _to("task.guid")
    name: Mapped[str]
    title: Mapped[str | None]
    kind: Mapped[str]
    status: Mapped[str]
    completed: Mapped[bool] = mapped_column(index=True)
    completed_by_id: Mapped[int | None] = _to("person.id")
    task: Mapped[Task] = relationship()
    owners: Mapped[list[Person]] = relationship(secondary="human_task_owner", viewonly=True)
    allowed: Mapped[list["Owner"]] = relationship()


class Owner(Base):
    """Somebody who may complete a task."""

    __tablename__ = "human_task_owner"
    human_task_id: Mapped[int] = mapped_column(ForeignKey("human_task.id"), primary_key=True)
    person_id: Mapped[int] = _to("person.id", primary_key=True)


class Queued(Base):
    """A case's place in the queue, which is also its lock."""

    __tablename__ = "queued"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = _to("process_instance.id", unique=True)
    run_at: Mapped[int]
    status: Mapped[str]
    locked_by: Mapped[str | None]
    locked_at: Mapped[int | None]


class Event(Base):
    """What happened to a task of a case."""

    __tablename__ = "process_instance_event"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = _to("process_instance.id")
    task_guid: Mapped[str] = mapped_column(index=True)
    kind: Mapped[str] = mapped_column(index=True)
    person_id: Mapped[int] = _to("person.id")
    happened_at: Mapped[float]


class Message(Base):
    """A message that a case waits for."""

    __tablename__ = "message_instance"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = _to("process_instance.id")
    name: Mapped[str]
    status: Mapped[str]


class Draft(Base):
    """What somebody has filled in without submitting it."""

    __tablename__ = "task_draft"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = _to("process_instance.id")
    place: Mapped[str]
    content: Mapped[dict[str, Any]]
