"""Repairs of cases, rounds of retries, substitutes, imports of the organisation."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import Base
from engine.models.cases import Case
from engine.models.people import Person


class Repair(Base):
    """修复: proposed by one administrator with a reason, carried out when another approves."""

    __tablename__ = "repair"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    act: Mapped[str]  # move, skip, repeat, change, reassign
    given: Mapped[dict[str, Any]]  # what it is done with
    reason: Mapped[str]
    state: Mapped[str] = mapped_column(default="open")  # open, done, refused, withdrawn
    seen: Mapped[str]  # hash of the case as the preview saw it
    preview: Mapped[list[Any]]  # what would happen: [{kind, zh, en}]
    happened: Mapped[list[Any]]  # what did happen
    changed: Mapped[list[Any]]  # answers: [{key, zh, en, before, after}]
    proposed_at: Mapped[datetime]
    proposed_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decision: Mapped[str] = mapped_column(default="")  # what the second administrator wrote
    case: Mapped[Case] = relationship()
    proposer: Mapped[Person] = relationship(foreign_keys=[proposed_by])
    decider: Mapped[Person | None] = relationship(foreign_keys=[decided_by])


class RetryRound(Base):
    """One retry of all incidents of a cause: how far it is."""

    __tablename__ = "retry_round"
    id: Mapped[int] = mapped_column(primary_key=True)
    cause_zh: Mapped[str]
    cause_en: Mapped[str]
    waiting: Mapped[list[Any]]  # ids of incidents still to be tried
    total: Mapped[int]
    retried: Mapped[int] = mapped_column(default=0)
    failed: Mapped[int] = mapped_column(default=0)
    passed: Mapped[int] = mapped_column(default=0)  # closed by somebody else meanwhile
    asked_at: Mapped[datetime]
    asked_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    finished_at: Mapped[datetime | None]
    asker: Mapped[Person] = relationship()


class Substitute(Base):
    """代理: somebody does the tasks of a person's posts from one day to another."""

    __tablename__ = "substitute"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    substitute_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    from_on: Mapped[date]
    until_on: Mapped[date]  # the last day
    # as ``unit:role``; None: all the person has, those of administrators and supervisors aside
    posts: Mapped[list[str] | None] = mapped_column(ARRAY(String))
    reason: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    substitute: Mapped[Person] = relationship(foreign_keys=[substitute_id])


class OrganisationImport(Base):
    """A file of departments, roles and people: tried, and perhaps applied."""

    __tablename__ = "organisation_import"
    id: Mapped[int] = mapped_column(primary_key=True)
    file_name: Mapped[str]
    content: Mapped[bytes]
    digest: Mapped[str]  # of the plan that was shown
    made_at: Mapped[datetime]
    made_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    applied_at: Mapped[datetime | None]


Index("ix_repair_open", Repair.proposed_at, postgresql_where=Repair.state == "open")
Index("ix_retry_round_open", RetryRound.asked_at, postgresql_where=RetryRound.finished_at.is_(None))
