"""Suspension, the applicant's time to correct, delivery, tacit approval, emergencies."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
CASE = ("receipt_warn_at", "tacit_due_at", "delivery_due_at", "suspended_at", "emergency_at")
CORRECTION = ("remind_at", "lapse_at", "lapsed_at")
WATCHED = {"case": ("receipt_warn_at", "tacit_due_at"), "correction": ("remind_at", "lapse_at")}


def upgrade() -> None:
    for name in CASE:
        op.add_column("case", sa.Column(name, MOMENT, nullable=True))
    for name in CORRECTION:
        op.add_column("correction", sa.Column(name, MOMENT, nullable=True))
    op.add_column(
        "correction", sa.Column("new_facts", sa.String(), nullable=False, server_default="")
    )
    op.alter_column("correction", "new_facts", server_default=None)
    for table, names in WATCHED.items():
        for name in names:
            op.create_index(
                f"ix_{table}_{name}",
                table,
                [name],
                unique=False,
                postgresql_where=sa.text(f"{name} IS NOT NULL"),
            )
    for name, default in (("kind", "stop"), ("end_reason", "")):
        op.add_column(
            "clock_stop", sa.Column(name, sa.String(), nullable=False, server_default=default)
        )
        op.alter_column("clock_stop", name, server_default=None)
    op.add_column("clock_stop", sa.Column("ended_by", sa.Integer(), nullable=True))
    op.create_foreign_key(
        op.f("fk_clock_stop_ended_by_person"), "clock_stop", "person", ["ended_by"], ["id"]
    )
    op.add_column("timer", sa.Column("held_seconds", sa.Integer(), nullable=True))


def downgrade() -> None:
    op.drop_column("timer", "held_seconds")
    op.drop_constraint(op.f("fk_clock_stop_ended_by_person"), "clock_stop", type_="foreignkey")
    for name in ("ended_by", "end_reason", "kind"):
        op.drop_column("clock_stop", name)
    for table, names in WATCHED.items():
        for name in names:
            op.drop_index(f"ix_{table}_{name}", table_name=table)
    for name in ("new_facts", *CORRECTION):
        op.drop_column("correction", name)
    for name in CASE:
        op.drop_column("case", name)
