"""Drafts of items: bundles being drawn, all their revisions, and who has one open."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _drafts()
    op.create_table(
        "item_revision",
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("files", JSONB(), nullable=False),
        sa.Column("changed", JSONB(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("returned_to", sa.Integer(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        _key("item_revision", "draft_id", "item_draft"),
        _key("item_revision", "made_by", "person"),
        sa.PrimaryKeyConstraint("draft_id", "number", name=op.f("pk_item_revision")),
    )
    op.create_table(
        "item_editor",
        sa.Column("draft_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("path", sa.String(), nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        _key("item_editor", "draft_id", "item_draft"),
        _key("item_editor", "person_id", "person"),
        sa.PrimaryKeyConstraint("draft_id", "person_id", name=op.f("pk_item_editor")),
    )


def _drafts():
    op.create_table(
        "item_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in ("item_code", "name", "origin")),
        sa.Column("version_id", sa.Integer(), nullable=True),
        *(sa.Column(n, sa.Integer(), nullable=False) for n in ("deployed_revision", "revision")),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("changed_by", sa.Integer(), nullable=True),
        sa.Column("discarded_at", MOMENT, nullable=True),
        _key("item_draft", "version_id", "version"),
        _key("item_draft", "created_by", "person"),
        _key("item_draft", "changed_by", "person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_draft")),
    )
    op.create_index(
        "uq_item_draft_name",
        "item_draft",
        ["item_code", "name"],
        unique=True,
        postgresql_where=sa.text("discarded_at IS NULL"),
    )
    op.create_index("ix_item_draft_changed", "item_draft", ["changed_at", "id"])


def _key(table, column, other):
    return sa.ForeignKeyConstraint(
        [column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}")
    )


def downgrade() -> None:
    for table in ("item_editor", "item_revision", "item_draft"):
        op.drop_table(table)
