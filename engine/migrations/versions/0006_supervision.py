"""rules of supervision with their defaults, and cards"""

from datetime import UTC, date, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

#: code, cause, measure, level, threshold: the defaults of supervision.md 2.2
DEFAULTS = [
    ("step-used", "step", "used", "notice", 70),
    ("step-left", "step", "left", "notice", 2),
    ("step-over", "step", "over", "yellow", 0),
    ("cohandling-used", "cohandling", "used", "notice", 70),
    ("cohandling-over", "cohandling", "over", "yellow", 0),
    ("promise-used", "promise", "used", "notice", 70),
    ("promise-left", "promise", "left", "notice", 2),
    ("promise-nearly-used", "promise", "used", "warning", 90),
    ("promise-last", "promise", "left", "warning", 1),
    ("promise-over", "promise", "over", "yellow", 0),
    ("statutory-over", "statutory", "over", "red", 0),
    ("receipt-last", "receipt", "left", "warning", 1),
    ("receipt-over", "receipt", "over", "yellow", 0),
    ("delivery-over", "delivery", "over", "yellow", 0),
    ("yellow-unanswered", "unanswered", "over", "red", 0),
]


def upgrade() -> None:
    rules = op.create_table(
        "supervision_rule",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("measure", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("answer_days", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("effective_on", sa.Date(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.Column("reason", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["made_by"], ["person.id"], name=op.f("fk_supervision_rule_made_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_supervision_rule")),
    )
    op.create_index(op.f("ix_supervision_rule_code"), "supervision_rule", ["code"], unique=False)
    op.create_table(
        "card",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("item_code", sa.String(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("level", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("step_zh", sa.String(), nullable=False),
        sa.Column("step_en", sa.String(), nullable=False),
        sa.Column("department_code", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("evidence", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("raised_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("answer_by", sa.DateTime(timezone=True), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("appealed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_card_case_id_case")),
        sa.ForeignKeyConstraint(
            ["department_code"],
            ["department.code"],
            name=op.f("fk_card_department_code_department"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_card_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card")),
        sa.UniqueConstraint(
            "case_id", "cause", "subject", name=op.f("uq_card_case_id_cause_subject")
        ),
    )
    live = sa.text("state IN ('issued', 'answered', 'appealed')")
    op.create_index("ix_card_department", "card", ["department_code", "id"])
    op.create_index("ix_card_person", "card", ["person_id", "id"])
    op.create_index("ix_card_state", "card", ["state", "level", "id"])
    op.create_index(
        "ix_card_waiting", "card", ["answer_by"], postgresql_where=sa.text("state = 'issued'")
    )
    op.create_index("ix_card_live", "card", ["department_code", "level"], postgresql_where=live)
    op.bulk_insert(rules, [_rule(*default) for default in DEFAULTS])


def _rule(code, cause, measure, level, threshold):
    return {
        "code": code, "cause": cause, "measure": measure, "level": level, "threshold": threshold,
        "answer_days": 3, "active": True, "effective_on": date(2000, 1, 1),
        "made_at": datetime(2000, 1, 1, tzinfo=UTC), "made_by": None, "reason": "出厂规则 default",
    }  # fmt: skip


def downgrade() -> None:
    op.drop_table("card")
    op.drop_table("supervision_rule")
