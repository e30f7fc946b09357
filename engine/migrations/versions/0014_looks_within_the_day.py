"""Partial indexes for what a look within the day reads, however many cases are open."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

INDEXES = (
    (
        "ix_task_open_look",
        "task",
        "due_at",
        "state = 'open' and cohandling_id is null and role <> 'applicant'",
    ),
    ("ix_cohandling_open_due", "cohandling", "due_at", "state = 'open'"),
    (
        "ix_case_statutory_open",
        "case",
        "statutory_due_at",
        "decided_at is null and closed_at is null",
    ),
)


def upgrade() -> None:
    for name, table, column, where in INDEXES:
        op.create_index(name, table, [column], postgresql_where=sa.text(where))


def downgrade() -> None:
    for name, table, _, _ in reversed(INDEXES):
        op.drop_index(name, table_name=table)
