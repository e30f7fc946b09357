"""How notices leave the house: one row for each way to each reader, and what people chose."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import Base
from engine.models.record import Notice


class Delivery(Base):
    """投递: one notice on one way to one reader, with everything that was tried."""

    __tablename__ = "delivery"
    __table_args__ = (UniqueConstraint("notice_id", "channel", "subscriber_id"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"), index=True)
    channel: Mapped[str]  # email, sms, webhook
    subscriber_id: Mapped[int] = mapped_column(default=0)  # 0: the reader of the notice
    state: Mapped[str]  # waiting, queued, sending, sent, dead
    due_at: Mapped[datetime]  # not to be tried before
    attempts: Mapped[int] = mapped_column(default=0)
    tried_at: Mapped[datetime | None]
    sent_at: Mapped[datetime | None]
    #: a worker was lost between sending and noting it: the receiver may have it twice
    repeated: Mapped[bool] = mapped_column(default=False)
    error: Mapped[str] = mapped_column(default="")
    notice: Mapped[Notice] = relationship()


class NoticeChoice(Base):
    """What a person wants to be told on which way, and the hours that are to be quiet."""

    __tablename__ = "notice_choice"
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    off: Mapped[list[Any]]  # "work:sms": the group of kinds and the channel switched off
    quiet_from: Mapped[str]  # "22:00"; the same as quiet_to: no quiet hours
    quiet_to: Mapped[str]
    zone: Mapped[str]  # whose civil time these are
    chosen_at: Mapped[datetime]


class Subscriber(Base):
    """A system that is told of notices by webhook."""

    __tablename__ = "subscriber"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    url: Mapped[str]
    secret: Mapped[str]
    audience: Mapped[str]  # staff, applicant, all
    kinds: Mapped[list[Any]]  # empty: all
    active: Mapped[bool] = mapped_column(default=True)
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


Index("ix_delivery_waiting", Delivery.due_at, postgresql_where=Delivery.state == "waiting")
Index("ix_delivery_state", Delivery.state, Delivery.id)
