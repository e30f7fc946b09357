"""Rules for questions about a case and bad ratings that nobody sees to in time."""

from datetime import UTC, date, datetime

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

#: code, cause: yellow as soon as it is over, like the rule for complaints
DEFAULTS = [("question-over", "question"), ("rating-over", "rating")]


def upgrade() -> None:
    rules = sa.table(
        "supervision_rule",
        *(sa.column(name) for name in ("code", "cause", "measure", "level", "reason")),
        *(sa.column(name, sa.Integer()) for name in ("threshold", "answer_days", "made_by")),
        *(sa.column(name, sa.Boolean()) for name in ("active", "hearing_first")),
        sa.column("effective_on", sa.Date()),
        sa.column("made_at", sa.DateTime(timezone=True)),
    )
    op.bulk_insert(rules, [_rule(*default) for default in DEFAULTS])


def _rule(code, cause):
    return {
        "code": code, "cause": cause, "measure": "over", "level": "yellow", "threshold": 0,
        "answer_days": 3, "active": True, "hearing_first": False,
        "effective_on": date(2000, 1, 1), "made_at": datetime(2000, 1, 1, tzinfo=UTC),
        "made_by": None, "reason": "出厂规则 default",
    }  # fmt: skip


def downgrade() -> None:
    codes = ", ".join(f"'{code}'" for code, _ in DEFAULTS)
    op.execute(f"delete from supervision_rule where code in ({codes})")  # noqa: S608
