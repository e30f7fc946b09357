"""Messages and signals between cases: who waits for one, and what is on its way."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base


class Subscription(Base):
    """A place of a case that waits for a message or a signal."""

    __tablename__ = "subscription"
    __table_args__ = (Index(None, "kind", "name", "key"),)
    id: Mapped[str] = mapped_column(primary_key=True)  # the runtime's id of the waiting event
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    element: Mapped[str]
    kind: Mapped[str]  # message, signal
    name: Mapped[str]
    key: Mapped[str | None]  # the correlation value as JSON; None: messages without one


class Message(Base):
    """A message on its way to one receiver, or a signal on its way to one of its receivers."""

    __tablename__ = "message"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str]  # message, signal
    name: Mapped[str]
    key: Mapped[str | None]
    line: Mapped[str]  # messages of one line are delivered in the order they were sent
    data: Mapped[dict[str, Any]]
    # No foreign keys to who receives: that would lock another case's row while it is thrown.
    case_id: Mapped[int | None]  # the one case it is for, where the sender names it
    item_code: Mapped[str | None]  # the item a case of which it is to begin, where that is said
    subscription_id: Mapped[str | None]  # of a signal: the place that waited when it was thrown
    sender_case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"))
    sender_element: Mapped[str] = mapped_column(default="")
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    sent_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    # waiting, delivered; missed (its place had gone), conflict, failed, expired, discarded
    state: Mapped[str] = mapped_column(default="waiting")
    settled_at: Mapped[datetime | None]
    receiver_case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"))
    fault_zh: Mapped[str] = mapped_column(default="")
    fault_en: Mapped[str] = mapped_column(default="")


Index("ix_message_waiting", Message.id, postgresql_where=Message.state == "waiting")
Index("ix_message_line", Message.line, Message.id, postgresql_where=Message.state == "waiting")
