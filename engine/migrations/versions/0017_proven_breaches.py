"""Breaches that a supervisor proves: fees off the list, and work filled in afterwards."""

from datetime import UTC, date, datetime

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
#: code, cause: red as soon as it is proven (supervision.md 2.2)
DEFAULTS = (("fee-found", "fee"), ("backfill-found", "backfill"))


def upgrade() -> None:
    op.create_table(
        "breach",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("department_code", sa.String(), nullable=False),
        sa.Column("happened_on", sa.Date(), nullable=False),
        sa.Column("findings", sa.String(), nullable=False),
        sa.Column("proven_at", MOMENT, nullable=False),
        sa.Column("proven_by", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_breach_case_id_case")),
        sa.ForeignKeyConstraint(
            ["department_code"],
            ["department.code"],
            name=op.f("fk_breach_department_code_department"),
        ),
        sa.ForeignKeyConstraint(
            ["proven_by"], ["person.id"], name=op.f("fk_breach_proven_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_breach")),
    )
    op.create_index(op.f("ix_breach_case_id"), "breach", ["case_id"])
    rules = sa.table(
        "supervision_rule",
        *(sa.column(name) for name in ("code", "cause", "measure", "level", "reason")),
        *(sa.column(name, sa.Integer()) for name in ("threshold", "answer_days", "made_by")),
        *(sa.column(name, sa.Boolean()) for name in ("active", "hearing_first")),
        sa.column("effective_on", sa.Date()),
        sa.column("made_at", MOMENT),
    )
    op.bulk_insert(rules, [_rule(*default) for default in DEFAULTS])


def _rule(code, cause):
    return {
        "code": code,
        "cause": cause,
        "measure": "found",
        "level": "red",
        "reason": "",
        "threshold": 0,
        "answer_days": 3,
        "made_by": None,
        "active": True,
        "hearing_first": False,
        "effective_on": date(2020, 1, 1),
        "made_at": datetime(2020, 1, 1, tzinfo=UTC),
    }


def downgrade() -> None:
    codes = ", ".join(f"'{code}'" for code, _ in DEFAULTS)
    op.execute(f"delete from supervision_rule where code in ({codes})")  # noqa: S608
    op.drop_table("breach")
