"""messages and signals between cases"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "subscription",
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("element", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case.id"], name=op.f("fk_subscription_case_id_case")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscription")),
    )
    op.create_index(op.f("ix_subscription_case_id"), "subscription", ["case_id"], unique=False)
    op.create_index(
        op.f("ix_subscription_kind_name_key"), "subscription", ["kind", "name", "key"], unique=False
    )
    op.create_table(
        "message",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=True),
        sa.Column("line", sa.String(), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("subscription_id", sa.String(), nullable=True),
        sa.Column("sender_case_id", sa.Integer(), nullable=True),
        sa.Column("sender_element", sa.String(), nullable=False),
        sa.Column("actor_id", sa.Integer(), nullable=True),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("receiver_case_id", sa.Integer(), nullable=True),
        sa.Column("fault_zh", sa.String(), nullable=False),
        sa.Column("fault_en", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["sender_case_id"], ["case.id"], name=op.f("fk_message_sender_case_id_case")
        ),
        sa.ForeignKeyConstraint(
            ["receiver_case_id"], ["case.id"], name=op.f("fk_message_receiver_case_id_case")
        ),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["person.id"], name=op.f("fk_message_actor_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message")),
    )
    op.create_index(
        "ix_message_waiting",
        "message",
        ["id"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_index(
        "ix_message_line",
        "message",
        ["line", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.add_column("incident", sa.Column("message_id", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("incident", "message_id")
    op.drop_index(
        "ix_message_line", table_name="message", postgresql_where=sa.text("state = 'waiting'")
    )
    op.drop_index(
        "ix_message_waiting", table_name="message", postgresql_where=sa.text("state = 'waiting'")
    )
    op.drop_table("message")
    op.drop_index(op.f("ix_subscription_kind_name_key"), table_name="subscription")
    op.drop_index(op.f("ix_subscription_case_id"), table_name="subscription")
    op.drop_table("subscription")
