"""A substitute may stand in for single posts of a person."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None


def upgrade() -> None:
    posts = sa.Column("posts", postgresql.ARRAY(sa.String()), nullable=True)
    op.add_column("substitute", posts)


def downgrade() -> None:
    # Without the posts an arrangement would be for all of them: nobody is to gain any by that.
    op.execute(
        "update substitute set ended_at = now() where posts is not null and ended_at is null"
    )
    op.drop_column("substitute", "posts")
