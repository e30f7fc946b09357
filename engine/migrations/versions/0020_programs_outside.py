"""Tasks that programs outside do: what waits for them, and which topics an account may fetch."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
JSONB = postgresql.JSONB(astext_type=sa.Text())

# However a task ends (done, cancelled, its case closed), nothing of it is given out any more.
ENDED = """
create function lianban_external_task() returns trigger language plpgsql as $$
begin
  delete from external_task where task_id = new.id;
  return null;
end $$;
create trigger task_external after update of state on task
  for each row when (old.role = 'machine' and old.state = 'open' and new.state <> 'open')
  execute function lianban_external_task();
"""
GONE = "drop trigger task_external on task; drop function lianban_external_task();"


def upgrade() -> None:
    op.create_table(
        "external_task",
        sa.Column("task_id", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("variables", JSONB, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("worker_id", sa.String(), nullable=True),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("locked_at", MOMENT, nullable=True),
        sa.Column("locked_until", MOMENT, nullable=True),
        sa.Column("retries", sa.Integer(), nullable=True),
        sa.Column("failure", sa.String(), nullable=False),
        sa.Column("details", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(["task_id"], ["task.id"], name="fk_external_task_task_id_task"),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name="fk_external_task_case_id_case"),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_external_task_person_id_person"
        ),
        sa.PrimaryKeyConstraint("task_id", name="pk_external_task"),
    )
    op.create_index("ix_external_task_case_id", "external_task", ["case_id"])
    op.create_index("ix_external_task_topic", "external_task", ["topic", "priority", "created_at"])
    op.create_table(
        "program_topic",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name="fk_program_topic_person_id_person"
        ),
        sa.PrimaryKeyConstraint("person_id", "topic", name="pk_program_topic"),
    )
    op.execute(ENDED)


def downgrade() -> None:
    op.execute(GONE)
    op.drop_table("program_topic")
    op.drop_table("external_task")
