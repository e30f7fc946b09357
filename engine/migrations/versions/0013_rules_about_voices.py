"""Rules for questions and bad ratings nobody sees to in time; hearings the public is told of."""

from datetime import UTC, date, datetime

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)

#: code, cause: yellow as soon as it is over, like the rule for complaints
DEFAULTS = [("question-over", "question"), ("rating-over", "rating")]


def upgrade() -> None:
    rules = sa.table(
        "supervision_rule",
        *(sa.column(name) for name in ("code", "cause", "measure", "level", "reason")),
        *(sa.column(name, sa.Integer()) for name in ("threshold", "answer_days", "made_by")),
        *(sa.column(name, sa.Boolean()) for name in ("active", "hearing_first")),
        sa.column("effective_on", sa.Date()),
        sa.column("made_at", MOMENT),
    )
    op.bulk_insert(rules, [_rule(*default) for default in DEFAULTS])
    _hearings()


def _hearings():
    words = ("item_code", "department_code", "title_zh", "title_en", "article", "place", "chair")
    op.create_table(
        "public_hearing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.String(), nullable=False) for name in words),
        sa.Column("held_at", MOMENT, nullable=False),
        sa.Column("announced_at", MOMENT, nullable=False),
        sa.Column("replaced_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(
            ["case_id"], ["case.id"], name=op.f("fk_public_hearing_case_id_case")
        ),
        sa.ForeignKeyConstraint(
            ["department_code"],
            ["department.code"],
            name=op.f("fk_public_hearing_department_code_department"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_public_hearing")),
    )
    op.create_index(op.f("ix_public_hearing_case_id"), "public_hearing", ["case_id"])
    op.create_index(
        "ix_public_hearing_item",
        "public_hearing",
        ["item_code", "id"],
        postgresql_where=sa.text("replaced_at IS NULL"),
    )


def _rule(code, cause):
    return {
        "code": code, "cause": cause, "measure": "over", "level": "yellow", "threshold": 0,
        "answer_days": 3, "active": True, "hearing_first": False,
        "effective_on": date(2000, 1, 1), "made_at": datetime(2000, 1, 1, tzinfo=UTC),
        "made_by": None, "reason": "出厂规则 default",
    }  # fmt: skip


def downgrade() -> None:
    op.drop_table("public_hearing")
    codes = ", ".join(f"'{code}'" for code, _ in DEFAULTS)
    op.execute(f"delete from supervision_rule where code in ({codes})")  # noqa: S608
