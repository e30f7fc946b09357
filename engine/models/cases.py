"""A case and what belongs to it: draft, materials, corrections, documents."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, UniqueConstraint
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column, relationship

from engine.db import Base
from engine.models.definitions import Version


class Draft(Base):
    """An application being written; becomes a case when it is submitted, once."""

    __tablename__ = "draft"
    id: Mapped[str] = mapped_column(primary_key=True)  # random, unguessable
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"))
    item_code: Mapped[str]
    applicant_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    answers: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    saved_at: Mapped[datetime]
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"))
    # what is applied for: first, renewal, change, reissue; the last three for a licence
    application_kind: Mapped[str] = mapped_column(default="first")
    licence_number: Mapped[str | None]
    version: Mapped[Version] = relationship()


class Case(Base):
    """办件: one application of one applicant, on one version of one item."""

    __tablename__ = "case"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(unique=True)
    query_code: Mapped[str]
    version_id: Mapped[int] = mapped_column(ForeignKey("version.id"), index=True)
    item_code: Mapped[str] = mapped_column(index=True)
    lead_code: Mapped[str] = mapped_column(ForeignKey("department.code"), index=True)
    applicant_id: Mapped[int] = mapped_column(ForeignKey("person.id"))
    applicant_name: Mapped[str]
    subject: Mapped[str]  # what the case is called in lists: the firm, shop or person it is for
    channel: Mapped[str] = mapped_column(default="web")
    # what is applied for: first, renewal, change, reissue; the last three for a licence
    application_kind: Mapped[str] = mapped_column(default="first")
    licence_number: Mapped[str | None]
    status: Mapped[str]  # received, correcting, accepted, decided, closed
    # granted, refused, partly-granted, not-required, not-competent, withdrawn
    result: Mapped[str | None]
    answers: Mapped[dict[str, Any]]
    received_at: Mapped[datetime]
    accepted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    delivered_at: Mapped[datetime | None]
    closed_at: Mapped[datetime | None]
    statutory_due_at: Mapped[datetime | None]
    promised_due_at: Mapped[datetime | None] = mapped_column(index=True)
    receipt_due_at: Mapped[datetime | None]  # told nothing by then, it counts as accepted (32)
    receipt_warn_at: Mapped[datetime | None]  # the unit is warned before it counts as accepted
    tacit_due_at: Mapped[datetime | None]  # decided nothing by then, it is granted by law (50)
    delivery_due_at: Mapped[datetime | None]  # granted, to be handed over by then (44)
    suspended_at: Mapped[datetime | None]  # 中止: nobody acts on it until it is resumed
    emergency_at: Mapped[datetime | None]  # acted first, by the lawful path; applied afterwards
    due_facts: Mapped[dict[str, Any]]  # what the due times were computed from
    state: Mapped[bytes]  # the runtime's own state, opaque
    revision: Mapped[int] = mapped_column(default=0)  # counts the steps saved
    joined: Mapped[list[Any]]  # the processes of other bundles that it has called
    came_from: Mapped[list[Any]]  # ids of the versions it was moved from, the latest first
    version: Mapped[Version] = relationship()


class CaseWords(Base):
    """What a case is found by: number, subject, applicant in small letters, and their parts.

    The database keeps it beside the case: single characters, pairs of them, and fours of letters
    and digits, indexed.
    """

    __tablename__ = "case_words"
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), primary_key=True)
    words: Mapped[str]
    parts: Mapped[list[str]] = mapped_column(ARRAY(String))


class Blob(Base):
    """Content of an uploaded file, kept once under its hash."""

    __tablename__ = "blob"
    sha256: Mapped[str] = mapped_column(primary_key=True)
    size: Mapped[int]
    content: Mapped[bytes] = mapped_column(deferred=True)


class Material(Base):
    """材料: one uploaded file for one material of the item; replaced ones stay on record."""

    __tablename__ = "material"
    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[str | None] = mapped_column(ForeignKey("draft.id"), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    code: Mapped[str]
    file_name: Mapped[str]
    content_type: Mapped[str]
    sha256: Mapped[str] = mapped_column(ForeignKey("blob.sha256"))
    size: Mapped[int]
    uploaded_at: Mapped[datetime]
    uploaded_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    removed_at: Mapped[datetime | None]


class Correction(Base):
    """补正: one one-time correction notice, everything asked for at once (许可法 32(1)(4))."""

    __tablename__ = "correction"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    task_id: Mapped[str]  # the staff task that asked
    entries: Mapped[
        list[Any]
    ]  # [{"kind": "field"|"material"|"other", "target": key, "reason": text}]
    asked_at: Mapped[datetime]
    asked_by: Mapped[int] = mapped_column(ForeignKey("person.id"))
    answered_at: Mapped[datetime | None]
    new_facts: Mapped[str] = mapped_column(default="")  # why a second notice was lawful
    remind_at: Mapped[datetime | None]  # the applicant is reminded then
    lapse_at: Mapped[datetime | None]  # the applicant's own time ends then
    lapsed_at: Mapped[datetime | None]  # it ended without an answer


class Document(Base):
    """文书: a notice, decision or licence, issued in a case; its data never change."""

    __tablename__ = "document"
    __table_args__ = (UniqueConstraint("kind", "number", "edition"),)
    id: Mapped[int] = mapped_column(primary_key=True)
    # none: between offices, about no single case
    case_id: Mapped[int | None] = mapped_column(ForeignKey("case.id"), index=True)
    kind: Mapped[str]
    number: Mapped[str]
    # a licence keeps its number when it is renewed, changed or issued again
    edition: Mapped[int] = mapped_column(default=1)
    verify_code: Mapped[str] = mapped_column(unique=True)
    title_zh: Mapped[str]
    title_en: Mapped[str]
    department_code: Mapped[str] = mapped_column(ForeignKey("department.code"))
    data: Mapped[dict[str, Any]]
    issued_at: Mapped[datetime]
    issued_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    public: Mapped[bool] = mapped_column(default=True)  # the applicant may see and download it


class Counter(Base):
    """A gapless counter for numbers that people quote, one row a series."""

    __tablename__ = "counter"
    series: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int]


Index(
    "ix_case_open", Case.lead_code, Case.promised_due_at, postgresql_where=Case.closed_at.is_(None)
)
Index(
    "ix_case_receipt_due_at", Case.receipt_due_at, postgresql_where=Case.receipt_due_at.is_not(None)
)
Index(
    "ix_case_receipt_warn_at",
    Case.receipt_warn_at,
    postgresql_where=Case.receipt_warn_at.is_not(None),
)
Index(
    "ix_case_statutory_open",
    Case.statutory_due_at,
    postgresql_where=Case.decided_at.is_(None) & Case.closed_at.is_(None),
)
Index("ix_case_tacit_due_at", Case.tacit_due_at, postgresql_where=Case.tacit_due_at.is_not(None))
Index(
    "ix_correction_remind_at",
    Correction.remind_at,
    postgresql_where=Correction.remind_at.is_not(None),
)
Index(
    "ix_correction_lapse_at", Correction.lapse_at, postgresql_where=Correction.lapse_at.is_not(None)
)
Index(
    "ix_case_licence_number", Case.licence_number, postgresql_where=Case.licence_number.is_not(None)
)
Index("ix_case_words_parts", CaseWords.parts, postgresql_using="gin")
Index("ix_case_applicant", Case.applicant_id, Case.received_at, Case.id)
Index("ix_case_received", Case.received_at, Case.id)


class PublicHearing(Base):
    """听证公告: a hearing that everybody is told of, without anything about the applicant."""

    __tablename__ = "public_hearing"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("case.id"), index=True)
    item_code: Mapped[str]
    department_code: Mapped[str] = mapped_column(ForeignKey("department.code"))
    title_zh: Mapped[str]  # of the item, as it was then
    title_en: Mapped[str]
    article: Mapped[str]  # by which the hearing is held
    held_at: Mapped[datetime]
    place: Mapped[str]
    chair: Mapped[str]
    announced_at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]  # announced anew, for another time or place
    case: Mapped[Case] = relationship()


_STANDS = PublicHearing.replaced_at.is_(None)
Index("ix_public_hearing_item", PublicHearing.item_code, PublicHearing.id, postgresql_where=_STANDS)
