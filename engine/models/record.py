"""The record: events, notices, parked pages."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base


class Event(Base):
    """One thing that happened; rows are only ever added, each sealed to the one before it."""

    __tablename__ = "event"
    __table_args__ = (UniqueConstraint("stream", "seq"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    stream: Mapped[str]  # "case:17", "definitions", "people", "calendar"
    seq: Mapped[int]
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    type: Mapped[str]  # past tense: "task-completed"
    at: Mapped[datetime]
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    actor_name: Mapped[str]
    department_code: Mapped[str | None]
    data: Mapped[dict[str, Any]]
    previous_hash: Mapped[str]
    hash: Mapped[str]


class Notice(Base):
    """通知: a message to one person, shown in the product; its deliveries take it elsewhere."""

    __tablename__ = "notice"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"))
    kind: Mapped[str]
    title_zh: Mapped[str]
    title_en: Mapped[str]
    body_zh: Mapped[str]
    body_en: Mapped[str]
    path: Mapped[str] = mapped_column(default="")  # where to read on, on the face of its reader
    created_at: Mapped[datetime]
    read_at: Mapped[datetime | None]
    spread_at: Mapped[datetime | None]  # when the worker made its deliveries


class ParkedForm(Base):
    """What somebody had typed when the login had expired; given back once after the login."""

    __tablename__ = "parked_form"
    token_hash: Mapped[str] = mapped_column(primary_key=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    path: Mapped[str]
    fields: Mapped[list[Any]]  # [[name, value], …]
    parked_at: Mapped[datetime]


# What is asked of open work, a few rows among very many.
Index("ix_event_explained", Event.case_id, postgresql_where=Event.type == "overdue-explained")
Index("ix_notice_unspread", Notice.id, postgresql_where=Notice.spread_at.is_(None))
