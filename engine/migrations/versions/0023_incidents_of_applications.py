"""What fails while an application becomes a case is an incident of the application."""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("incident", sa.Column("draft_id", sa.String(), nullable=True))
    op.create_foreign_key(
        op.f("fk_incident_draft_id_draft"),
        "incident", "draft", ["draft_id"], ["id"], ondelete="CASCADE",
    )  # fmt: skip
    op.create_index(op.f("ix_incident_draft_id"), "incident", ["draft_id"])
    op.alter_column("incident", "case_id", existing_type=sa.Integer(), nullable=True)
    op.create_check_constraint(
        op.f("ck_incident_of_something"), "incident", "num_nonnulls(case_id, draft_id) > 0"
    )


def downgrade() -> None:
    # Those of applications have no place any more; their events stay.
    op.execute("delete from incident where case_id is null")
    op.drop_constraint(op.f("ck_incident_of_something"), "incident", type_="check")
    op.alter_column("incident", "case_id", existing_type=sa.Integer(), nullable=False)
    op.drop_index(op.f("ix_incident_draft_id"), table_name="incident")
    op.drop_constraint(op.f("fk_incident_draft_id_draft"), "incident", type_="foreignkey")
    op.drop_column("incident", "draft_id")
