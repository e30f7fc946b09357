"""What moves a case's due times: stops of the clock, an extension, calendars imported."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import Base
from engine.models.cases import Case
from engine.models.people import Person


class ClockStop(Base):
    """停止计时: a time of a case that is not counted (许可法 45, or the item's own article).

    A 中止 (``kind`` is ``suspension``) is one too: then the whole procedure stands still.
    """

    __tablename__ = "clock_stop"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    kind: Mapped[str] = mapped_column(default="stop")  # stop, suspension
    element: Mapped[str | None]  # the activity that stops the clock; None: an act of the staff
    ground: Mapped[str]  # a code of engine.bpmn.grounds, or own:<article>
    department_code: Mapped[str] = mapped_column(ForeignKey("department.code"))
    state: Mapped[str]  # asked, refused, running, ended
    planned: Mapped[str | None]  # a limit, such as 15wd; None: the diagram names none
    reason: Mapped[str] = mapped_column(default="")
    #: tokens inside the activity: the clock goes on when the last has left
    tokens: Mapped[int] = mapped_column(default=1)
    asked_at: Mapped[datetime]
    asked_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    started_at: Mapped[datetime | None]
    planned_end_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    ended_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    end_reason: Mapped[str] = mapped_column(default="")
    overrun_at: Mapped[datetime | None]  # seen to last longer than was planned
    notice_number: Mapped[str] = mapped_column(default="")  # of the document to the applicant
    case: Mapped[Case] = relationship()


class Extension(Base):
    """延期: the one extension of a case's statutory limit (许可法 42)."""

    __tablename__ = "extension"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), unique=True)
    limit: Mapped[str]
    reason: Mapped[str]
    department_code: Mapped[str] = mapped_column(ForeignKey("department.code"))
    approved_at: Mapped[datetime]
    approved_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    notice_number: Mapped[str]


class CalendarImport(Base):
    """One yearly notice taken in: what it says, what stood before, which due times it moved."""

    __tablename__ = "calendar_import"
    id: Mapped[int] = mapped_column(primary_key=True)
    region: Mapped[str]
    year: Mapped[int] = mapped_column(index=True)
    source: Mapped[str]
    days: Mapped[dict[str, Any]]  # {day: [works, note]} of the days that differ from the weekday
    before: Mapped[dict[str, Any] | None]  # the same as it was; None: the year was not loaded
    before_source: Mapped[dict[str, Any]]
    moved: Mapped[list[Any]]  # [[case number, which, old, new]]
    applied_at: Mapped[datetime]
    applied_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    undone_at: Mapped[datetime | None]
    applier: Mapped[Person | None] = relationship()


Index(
    "ix_clock_stop_running",
    ClockStop.planned_end_at,
    postgresql_where=ClockStop.state == "running",
)
