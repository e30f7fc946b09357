"""Letters of supervision, cards in doubt, more default rules, and the pulse of the boards."""

from datetime import UTC, date, datetime

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
JSONB = postgresql.JSONB(astext_type=sa.Text())

#: code, cause, measure, level, threshold: what supervision.md 2.2 names besides those of 0006
DEFAULTS = [
    ("cohandling-left", "cohandling", "left", "notice", 2),
    ("stop-last", "stop", "left", "warning", 1),
    ("stop-over", "stop", "over", "yellow", 0),
    ("explanation-over", "explanation", "over", "yellow", 0),
    ("letter-last", "letter", "left", "warning", 1),
    ("letter-over", "letter", "over", "yellow", 0),
    ("complaint-over", "complaint", "over", "yellow", 0),
    ("skipped-found", "skipped", "found", "red", 0),
    ("conflict-found", "conflict", "found", "red", 0),
    ("unreasoned-found", "unreasoned", "found", "red", 0),
    ("baseless-found", "baseless", "found", "red", 0),
    ("tampered-found", "tampered", "found", "red", 0),
]

# A commit that notifies waits for every other that does: so at most two a second do, and only
# one of those that come at the same moment. What is passed over is seen by the look that follows.
BEAT = """
create function lianban_beat() returns trigger language plpgsql as $$
declare moment timestamptz; begin
  perform 1 from pulse where at < clock_timestamp() - interval '500 milliseconds'
    for update skip locked;
  if found then
    update pulse set at = clock_timestamp() returning at into moment;
    perform pg_notify('lianban_pulse', extract(epoch from moment)::text);
  end if;
  return null;
end $$
"""


def upgrade() -> None:
    op.add_column(
        "supervision_rule",
        sa.Column("hearing_first", sa.Boolean(), nullable=False, server_default=sa.false()),
    )
    op.alter_column("supervision_rule", "hearing_first", server_default=None)
    _add_rules()
    _doubts()
    _letters()
    op.create_table(
        "watch_mark",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_watch_mark")),
    )
    # What happened before stays as it was judged.
    op.execute(
        "insert into watch_mark (name, value)"
        " select 'events', coalesce(max(id), 0)::text from event"
    )
    op.create_index(
        "ix_event_explained",
        "event",
        ["case_id"],
        postgresql_where=sa.text("type = 'overdue-explained'"),
    )
    op.create_table(
        "pulse",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pulse")),
    )
    op.execute("insert into pulse (id, at) values (1, '2000-01-01 00:00:00+00')")
    op.execute(BEAT)
    op.execute(
        "create trigger event_beat after insert on event"
        " for each statement execute function lianban_beat()"
    )


def _add_rules():
    rules = sa.table(
        "supervision_rule",
        *(sa.column(name) for name in ("code", "cause", "measure", "level", "reason")),
        *(sa.column(name, sa.Integer()) for name in ("threshold", "answer_days", "made_by")),
        *(sa.column(name, sa.Boolean()) for name in ("active", "hearing_first")),
        sa.column("effective_on", sa.Date()),
        sa.column("made_at", MOMENT),
    )
    op.bulk_insert(rules, [_rule(*default) for default in DEFAULTS])


def _rule(code, cause, measure, level, threshold):
    return {
        "code": code, "cause": cause, "measure": measure, "level": level, "threshold": threshold,
        "answer_days": 3, "active": True, "hearing_first": False,
        "effective_on": date(2000, 1, 1), "made_at": datetime(2000, 1, 1, tzinfo=UTC),
        "made_by": None, "reason": "出厂规则 default",
    }  # fmt: skip


def _doubts():
    op.create_table(
        "card_doubt",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("card_id", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(), nullable=False),
        sa.Column("found_at", MOMENT, nullable=False),
        sa.Column("facts", JSONB, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("decided_at", MOMENT, nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_card_doubt_card_id_card")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["person.id"], name=op.f("fk_card_doubt_decided_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_doubt")),
    )
    op.create_index(op.f("ix_card_doubt_card_id"), "card_doubt", ["card_id"])
    op.create_index(
        "ix_card_doubt_open", "card_doubt", ["id"], postgresql_where=sa.text("state = 'open'")
    )


def _letters():
    op.create_table(
        "letter",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("document_id", sa.Integer(), nullable=False),
        sa.Column("department_code", sa.String(), nullable=False),
        sa.Column("role", sa.String(), nullable=False),
        sa.Column("issuer_code", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("issued_by", sa.Integer(), nullable=False),
        sa.Column("reply_by", MOMENT, nullable=False),
        sa.Column("due_facts", JSONB, nullable=False),
        sa.Column("replied_at", MOMENT, nullable=True),
        sa.Column("closed_at", MOMENT, nullable=True),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_letter_{column}_{table}"))
            for column, target, table in (
                ("case_id", "case.id", "case"),
                ("document_id", "document.id", "document"),
                ("department_code", "department.code", "department"),
                ("issuer_code", "department.code", "department"),
                ("issued_by", "person.id", "person"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_letter")),
        sa.UniqueConstraint("document_id", name=op.f("uq_letter_document_id")),
    )
    op.create_index(op.f("ix_letter_case_id"), "letter", ["case_id"])
    op.create_index("ix_letter_department", "letter", ["department_code", "id"])
    op.create_index(
        "ix_letter_open", "letter", ["reply_by"], postgresql_where=sa.text("state = 'issued'")
    )
    op.create_table(
        "letter_card",
        sa.Column("letter_id", sa.Integer(), nullable=False),
        sa.Column("card_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["letter_id"], ["letter.id"], name=op.f("fk_letter_card_letter_id_letter")
        ),
        sa.ForeignKeyConstraint(["card_id"], ["card.id"], name=op.f("fk_letter_card_card_id_card")),
        sa.PrimaryKeyConstraint("letter_id", "card_id", name=op.f("pk_letter_card")),
    )
    op.create_index(op.f("ix_letter_card_card_id"), "letter_card", ["card_id"])


def downgrade() -> None:
    op.execute("drop trigger event_beat on event")
    op.execute("drop function lianban_beat()")
    op.drop_table("pulse")
    op.drop_index("ix_event_explained", table_name="event")
    for table in ("watch_mark", "letter_card", "letter", "card_doubt"):
        op.drop_table(table)
    codes = ", ".join(f"'{default[0]}'" for default in DEFAULTS)
    op.execute(f"delete from supervision_rule where code in ({codes})")  # noqa: S608
    op.drop_column("supervision_rule", "hearing_first")
