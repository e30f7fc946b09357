"""Deployed bundles, stored immutably under their hash, and the working calendar."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, ForeignKey, Index, UniqueConstraint, func, or_
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base


class Version(Base):
    """One deployed version of an item; never changed after it was written, but for ``state``."""

    __tablename__ = "version"
    __table_args__ = (
        UniqueConstraint("item_code", "number"),
        UniqueConstraint("item_code", "bundle_hash"),
    )
    id: Mapped[int] = mapped_column(primary_key=True)
    item_code: Mapped[str] = mapped_column(index=True)
    number: Mapped[int]
    bundle_hash: Mapped[str]
    state: Mapped[str] = mapped_column(default="active")  # active: new cases start on the newest
    title_zh: Mapped[str]
    title_en: Mapped[str]
    kind: Mapped[str]
    lead_code: Mapped[str] = mapped_column(index=True)
    theme: Mapped[str] = mapped_column(default="")
    compiled: Mapped[bytes]  # what the runtime runs, made once from the files
    deployed_at: Mapped[datetime]
    deployed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    note: Mapped[str] = mapped_column(default="")
    effective_at: Mapped[datetime | None]  # new cases start on it from then; None: once deployed
    state_at: Mapped[datetime | None]  # last retired or taken back into service
    state_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    state_why: Mapped[str] = mapped_column(default="")
    processes: Mapped[dict[str, Any]]  # besides the item's own, with their version tags: callable


def in_force(version: type[Version]) -> ColumnElement[bool]:
    """Ask whether new cases may start on a version: in service, and its moment has come."""
    begun = or_(version.effective_at.is_(None), version.effective_at <= func.now())
    return (version.state == "active") & begun


class VersionFile(Base):
    """One file of a bundle, byte for byte."""

    __tablename__ = "version_file"
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"), primary_key=True)
    path: Mapped[str] = mapped_column(primary_key=True)
    content: Mapped[bytes]


class Opening(Base):
    """A start event of a version at which a message or signal begins a case."""

    __tablename__ = "opening"
    __table_args__ = (Index(None, "kind", "name"),)
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"), primary_key=True)
    element: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)  # message, signal
    name: Mapped[str] = mapped_column(primary_key=True)


class CalendarDay(Base):
    """A day of the working calendar that differs from Monday to Friday."""

    __tablename__ = "calendar_day"
    region: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    workday: Mapped[bool]
    note: Mapped[str] = mapped_column(default="")


class CalendarYear(Base):
    """A year whose official calendar is loaded; due dates in other years are provisional."""

    __tablename__ = "calendar_year"
    region: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[dict[str, Any]]
    loaded_at: Mapped[datetime]
