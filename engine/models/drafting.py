"""Bundles being drawn: drafts of items, their revisions, and who has one open."""

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from engine.db import Base


class ItemDraft(Base):
    """A bundle that somebody draws; it touches no case until it is deployed."""

    __tablename__ = "item_draft"
    id: Mapped[int] = mapped_column(primary_key=True)
    item_code: Mapped[str]
    name: Mapped[str]
    origin: Mapped[str]  # version, template, upload, copy
    #: the version it began from, or became when it was deployed
    version_id: Mapped[int | None] = mapped_column(ForeignKey("version.id"))
    #: the revision that was deployed as that version; 0 = none yet
    deployed_revision: Mapped[int] = mapped_column(default=0)
    revision: Mapped[int]  # the newest
    created_at: Mapped[datetime]
    created_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    changed_at: Mapped[datetime]
    changed_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    discarded_at: Mapped[datetime | None]


class ItemRevision(Base):
    """One state of all files of a draft; never changed after it was written."""

    __tablename__ = "item_revision"
    draft_id: Mapped[int] = mapped_column(ForeignKey("item_draft.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    #: path -> hash of the content, which stands in ``blob``
    files: Mapped[dict[str, Any]]
    #: what changed since the one before: paths
    changed: Mapped[list[Any]]
    kind: Mapped[str]  # begun, saved, returned
    #: the revision returned to; 0 = none
    returned_to: Mapped[int] = mapped_column(default=0)
    made_at: Mapped[datetime]
    made_by: Mapped[int | None] = mapped_column(ForeignKey("person.id"))


class ItemEditor(Base):
    """Somebody who has a draft open, and in which file."""

    __tablename__ = "item_editor"
    draft_id: Mapped[int] = mapped_column(ForeignKey("item_draft.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), primary_key=True)
    path: Mapped[str] = mapped_column(default="")
    seen_at: Mapped[datetime]


_OPEN = ItemDraft.discarded_at.is_(None)
Index(
    "uq_item_draft_name", ItemDraft.item_code, ItemDraft.name, unique=True, postgresql_where=_OPEN
)
Index("ix_item_draft_changed", ItemDraft.changed_at, ItemDraft.id)
