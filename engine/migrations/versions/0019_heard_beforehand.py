"""What holders are told before a licence is taken away; letters about no single case."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _ending_notice()
    for table in ("document", "letter"):
        op.alter_column(table, "case_id", existing_type=sa.Integer(), nullable=True)
    source = sa.Column("source", sa.String(), nullable=False, server_default="")
    op.add_column("letter", source)
    op.alter_column("letter", "source", server_default=None)


def _ending_notice() -> None:
    texts = ("act", "ground", "article", "reason", "number", "state")
    moments = ("stated_at", "hearing_asked_at", "hearing_at", "heard_at", "closed_at")
    op.create_table(
        "ending_notice",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("licence_id", sa.Integer(), nullable=False),
        *[sa.Column(name, sa.String(), nullable=False) for name in texts],
        sa.Column("told_at", MOMENT, nullable=False),
        sa.Column("told_by", sa.Integer(), nullable=False),
        sa.Column("answer_by", MOMENT, nullable=False),
        *[sa.Column(name, MOMENT, nullable=True) for name in moments],
        sa.Column("hearing_place", sa.String(), nullable=False),
        sa.Column("hearing_chair", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["licence_id"], ["licence.id"], name=op.f("fk_ending_notice_licence_id_licence")
        ),
        sa.ForeignKeyConstraint(
            ["told_by"], ["person.id"], name=op.f("fk_ending_notice_told_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ending_notice")),
    )
    op.create_index(op.f("ix_ending_notice_licence_id"), "ending_notice", ["licence_id"])
    op.create_index(
        "uq_ending_notice_open",
        "ending_notice",
        ["licence_id"],
        unique=True,
        postgresql_where=sa.text("state = 'open'"),
    )


def downgrade() -> None:
    """Letters about no single case have no place any more: they go, with their papers."""
    op.execute("alter table document disable trigger user")
    op.execute("delete from letter where case_id is null")
    op.execute("delete from document where case_id is null")
    op.execute("alter table document enable trigger user")
    op.drop_column("letter", "source")
    for table in ("document", "letter"):
        op.alter_column(table, "case_id", existing_type=sa.Integer(), nullable=False)
    op.drop_table("ending_notice")
