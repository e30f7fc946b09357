"""Licences as they stand, and who may not apply again."""

from datetime import date, datetime

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base


class Licence(Base):
    """证照: what a grant gives its holder; its papers are documents, its history is events."""

    __tablename__ = "licence"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    item_code: Mapped[str]
    department_code: Mapped[str] = mapped_column(ForeignKey("department.code"))
    title_zh: Mapped[str]
    title_en: Mapped[str]
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)  # granted first
    applicant_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    holder_name: Mapped[str]
    holder_id: Mapped[str] = mapped_column(index=True)  # credit code or ID number
    #: the newest paper, by its verification code, and which edition of the licence that is
    paper: Mapped[str] = mapped_column(ForeignKey("document.verify_code"))
    edition: Mapped[int] = mapped_column(default=1)
    # valid; lapsed, expired, withdrawn, revoked, forfeited; deregistered
    state: Mapped[str] = mapped_column(default="valid")
    issued_at: Mapped[datetime]
    valid_from: Mapped[date]  # of the present term
    valid_to: Mapped[date | None]  # the last day; None: without end
    ended_on: Mapped[date | None]
    ended_as: Mapped[str | None]  # the end itself, kept when it is registered (注销)
    end_ground: Mapped[str | None]
    begin_by: Mapped[date | None]  # void when nothing was begun by then
    begun_on: Mapped[date | None]
    begin_extensions: Mapped[int] = mapped_column(default=0)
    looked_on: Mapped[date]  # the last day the worker has seen to
    look_on: Mapped[date | None]  # the next day on which something comes about by itself


class EndingNotice(Base):
    """事先告知: what a holder is told before a licence is taken away, and what follows."""

    __tablename__ = "ending_notice"
    id: Mapped[int] = mapped_column(primary_key=True)
    licence_id: Mapped[int] = mapped_column(ForeignKey("licence.id"), index=True)
    act: Mapped[str]  # revoke, forfeit
    ground: Mapped[str]
    article: Mapped[str]
    reason: Mapped[str]  # the facts and reasons, as the holder was told
    number: Mapped[str]  # of the paper
    state: Mapped[str] = mapped_column(default="open")  # open; decided, dropped, overtaken
    told_at: Mapped[datetime]
    told_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    answer_by: Mapped[datetime]  # until then: the holder's case, and the request for a hearing
    stated_at: Mapped[datetime | None]  # the holder's latest statement; its words are an event
    hearing_asked_at: Mapped[datetime | None]
    hearing_at: Mapped[datetime | None]
    hearing_place: Mapped[str] = mapped_column(default="")
    hearing_chair: Mapped[str] = mapped_column(default="")
    heard_at: Mapped[datetime | None]  # when the minutes were put on record
    closed_at: Mapped[datetime | None]


class LicenceBar(Base):
    """不得再次申请: an applicant who may not apply for an item until a day (许可法 78, 79)."""

    __tablename__ = "licence_bar"
    id: Mapped[int] = mapped_column(primary_key=True)
    item_code: Mapped[str]
    holder_id: Mapped[str]
    holder_name: Mapped[str]
    ground: Mapped[str]  # falsehood, fraud
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"))
    from_on: Mapped[date]
    until_on: Mapped[date]  # the first day on which it may be applied for again
    imposed_at: Mapped[datetime]


Index(
    "uq_ending_notice_open",
    EndingNotice.licence_id,
    unique=True,
    postgresql_where=EndingNotice.state == "open",
)
Index("ix_licence_look", Licence.look_on, postgresql_where=Licence.look_on.is_not(None))
Index("ix_licence_department", Licence.department_code, Licence.id)
Index("ix_licence_applicant", Licence.applicant_id, Licence.id)
Index("ix_licence_bar_holder", LicenceBar.holder_id, LicenceBar.item_code)
