"""Running cases moved from one version of an item to another: who, why, and how each fared."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import Base
from engine.models.cases import Case
from engine.models.definitions import Version
from engine.models.people import Person


class Redeployment(Base):
    """One move of running cases to another version, worked off case by case."""

    __tablename__ = "redeployment"
    id: Mapped[int] = mapped_column(primary_key=True)
    item_code: Mapped[str]
    from_version_id: Mapped[int] = mapped_column(ForeignKey("version.id"), index=True)
    to_version_id: Mapped[int] = mapped_column(ForeignKey("version.id"), index=True)
    mapping: Mapped[dict[str, Any]]  # {old element: new element} where the ids differ
    choice: Mapped[str]  # all, picked
    steps_anew: Mapped[bool]  # the limits of open steps are computed anew
    promise_anew: Mapped[bool]  # what was promised and the statute, too
    reason: Mapped[str]
    # running, paused, cancelled, done, undoing, undone
    state: Mapped[str] = mapped_column(default="running")
    begins_at: Mapped[datetime]
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    ended_at: Mapped[datetime | None]
    undone_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    undone_why: Mapped[str] = mapped_column(default="")
    creator: Mapped[Person | None] = relationship(foreign_keys=[created_by])
    old: Mapped[Version] = relationship(foreign_keys=[from_version_id])
    new: Mapped[Version] = relationship(foreign_keys=[to_version_id])


class RedeployedCase(Base):
    """One case of a redeployment: waiting, moved, refused with the reason, or put back."""

    __tablename__ = "redeployed_case"
    redeployment_id: Mapped[int] = mapped_column(ForeignKey("redeployment.id"), primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True, index=True)
    state: Mapped[str] = mapped_column(default="waiting")  # waiting, moved, refused, undone, kept
    why_zh: Mapped[str] = mapped_column(default="")
    why_en: Mapped[str] = mapped_column(default="")
    element: Mapped[str] = mapped_column(default="")  # where it could not be moved
    before: Mapped[dict[str, Any] | None]  # its rows as they were
    before_state: Mapped[bytes | None] = mapped_column(deferred=True)
    due: Mapped[list[Any]]  # [[which, old, new]]: the due times that changed
    seq: Mapped[int | None]  # of the case's last event when it had been moved
    revision: Mapped[int | None]
    done_at: Mapped[datetime | None]
    case: Mapped[Case] = relationship()
    redeployment: Mapped[Redeployment] = relationship()


Index(
    "uq_redeployment_under_way",
    Redeployment.item_code,
    unique=True,
    postgresql_where=Redeployment.state.in_(("running", "paused", "undoing")),
)
Index("ix_redeployed_case_state", RedeployedCase.redeployment_id, RedeployedCase.state)
