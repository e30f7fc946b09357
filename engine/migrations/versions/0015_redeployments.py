"""Running cases moved between versions; versions that take effect later, retired with a reason."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

JSONB = postgresql.JSONB(astext_type=sa.Text())
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column(
        "case", sa.Column("came_from", JSONB, nullable=False, server_default=sa.text("'[]'"))
    )
    op.add_column("version", sa.Column("effective_at", MOMENT, nullable=True))
    op.add_column("version", sa.Column("state_at", MOMENT, nullable=True))
    op.add_column("version", sa.Column("state_by", sa.Integer(), nullable=True))
    op.add_column("version", sa.Column("state_why", sa.String(), nullable=False, server_default=""))
    op.create_foreign_key(
        op.f("fk_version_state_by_person"), "version", "person", ["state_by"], ["id"]
    )
    _redeployments()
    _files_of_unused_versions_may_go()


def _redeployments() -> None:
    op.create_table(
        "redeployment",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_code", sa.String(), nullable=False),
        sa.Column("from_version_id", sa.Integer(), nullable=False),
        sa.Column("to_version_id", sa.Integer(), nullable=False),
        sa.Column("mapping", JSONB, nullable=False),
        sa.Column("choice", sa.String(), nullable=False),
        sa.Column("steps_anew", sa.Boolean(), nullable=False),
        sa.Column("promise_anew", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("begins_at", MOMENT, nullable=False),
        sa.Column("created_at", MOMENT, nullable=False),
        sa.Column("created_by", sa.Integer(), nullable=True),
        sa.Column("ended_at", MOMENT, nullable=True),
        sa.Column("undone_by", sa.Integer(), nullable=True),
        sa.Column("undone_why", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["from_version_id"],
            ["version.id"],
            name=op.f("fk_redeployment_from_version_id_version"),
        ),
        sa.ForeignKeyConstraint(
            ["to_version_id"], ["version.id"], name=op.f("fk_redeployment_to_version_id_version")
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["person.id"], name=op.f("fk_redeployment_created_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["undone_by"], ["person.id"], name=op.f("fk_redeployment_undone_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_redeployment")),
    )
    for column in ("from_version_id", "to_version_id"):
        op.create_index(op.f(f"ix_redeployment_{column}"), "redeployment", [column])
    op.create_index(
        "uq_redeployment_under_way",
        "redeployment",
        ["item_code"],
        unique=True,
        postgresql_where=sa.text("state in ('running', 'paused', 'undoing')"),
    )
    op.create_table(
        "redeployed_case",
        sa.Column("redeployment_id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("why_zh", sa.String(), nullable=False),
        sa.Column("why_en", sa.String(), nullable=False),
        sa.Column("element", sa.String(), nullable=False),
        sa.Column("before", JSONB, nullable=True),
        sa.Column("before_state", sa.LargeBinary(), nullable=True),
        sa.Column("due", JSONB, nullable=False),
        sa.Column("seq", sa.Integer(), nullable=True),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("done_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["redeployment_id"],
            ["redeployment.id"],
            name=op.f("fk_redeployed_case_redeployment_id_redeployment"),
        ),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case.id"], name=op.f("fk_redeployed_case_case_id_case")
        ),
        sa.PrimaryKeyConstraint("redeployment_id", "case_id", name=op.f("pk_redeployed_case")),
    )
    op.create_index(op.f("ix_redeployed_case_case_id"), "redeployed_case", ["case_id"])
    op.create_index("ix_redeployed_case_state", "redeployed_case", ["redeployment_id", "state"])


def _files_of_unused_versions_may_go() -> None:
    """Files never change; they are removed with a version on which no case or draft ever was."""
    op.execute("drop trigger version_file_immutable on version_file")
    op.execute(
        "create trigger version_file_immutable before update on version_file"
        " for each row execute function lianban_refuse_change()"
    )
    op.execute(
        "create function lianban_refuse_loss() returns trigger language plpgsql as $$ begin"
        ' if exists (select from "case" where version_id = old.version_id)'
        " or exists (select from draft where version_id = old.version_id)"
        " or not exists (select from version where id = old.version_id and state = 'retired') then"
        " raise exception 'files of a version in use are never changed or removed'"
        " using errcode = 'restrict_violation'; end if; return old; end $$"
    )
    op.execute(
        "create trigger version_file_kept before delete on version_file"
        " for each row execute function lianban_refuse_loss()"
    )


def downgrade() -> None:
    op.execute("drop trigger version_file_kept on version_file")
    op.execute("drop function lianban_refuse_loss()")
    op.execute("drop trigger version_file_immutable on version_file")
    op.execute(
        "create trigger version_file_immutable before update or delete on version_file"
        " for each row execute function lianban_refuse_change()"
    )
    op.drop_table("redeployed_case")
    op.drop_table("redeployment")
    op.drop_constraint(op.f("fk_version_state_by_person"), "version")
    for column in ("state_why", "state_by", "state_at", "effective_at"):
        op.drop_column("version", column)
    op.drop_column("case", "came_from")
