"""Questions, complaints and ratings; notices by several ways, each delivery on record."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
JSONB = postgresql.JSONB(astext_type=sa.Text())

# What was known of an e-mail becomes its delivery; those under way go out by the new way alone.
KEEP_MAIL = """
insert into delivery (notice_id, channel, subscriber_id, state, due_at, attempts, tried_at, sent_at,
  repeated, error)
select id, 'email', 0, case email_state when 'sent' then 'sent' else 'waiting' end, created_at,
  case email_state when 'sent' then 1 else 0 end, email_at, email_at, false, email_error
from notice where email_state in ('sent', 'queued', 'failed')
"""
DROP_JOBS = "delete from procrastinate_jobs where task_name = 'send_email' and status = 'todo'"
GIVE_BACK = """
update notice set email_state = case delivery.state when 'sent' then 'sent' else 'failed' end,
  email_at = delivery.sent_at, email_error = delivery.error
from delivery where delivery.notice_id = notice.id and delivery.channel = 'email'
"""
TABLES = ("delivery", "rating", "question", "complaint", "subscriber", "notice_choice")


def upgrade() -> None:
    _notice_choice()
    _subscriber()
    _complaint()
    _question()
    _rating()
    _delivery()
    op.add_column("notice", sa.Column("spread_at", MOMENT, nullable=True))
    op.execute("update notice set spread_at = created_at")
    op.execute(KEEP_MAIL)
    op.execute(DROP_JOBS)
    op.create_index(
        "ix_notice_unspread", "notice", ["id"], postgresql_where=sa.text("spread_at IS NULL")
    )
    for name in ("email_state", "email_at", "email_error"):
        op.drop_column("notice", name)


def downgrade() -> None:
    state = sa.Column("email_state", sa.String(), nullable=False, server_default="none")
    error = sa.Column("email_error", sa.String(), nullable=False, server_default="")
    op.add_column("notice", state)
    op.add_column("notice", sa.Column("email_at", MOMENT, nullable=True))
    op.add_column("notice", error)
    op.execute(GIVE_BACK)
    op.alter_column("notice", "email_state", server_default=None)
    op.alter_column("notice", "email_error", server_default=None)
    op.drop_index("ix_notice_unspread", "notice")
    op.drop_column("notice", "spread_at")
    for table in TABLES:
        op.drop_table(table)


def _notice_choice() -> None:
    op.create_table(
        "notice_choice",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("off", JSONB, nullable=False),
        sa.Column("quiet_from", sa.String(), nullable=False),
        sa.Column("quiet_to", sa.String(), nullable=False),
        sa.Column("zone", sa.String(), nullable=False),
        sa.Column("chosen_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_notice_choice_person_id_person")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_notice_choice")),
    )


def _subscriber() -> None:
    op.create_table(
        "subscriber",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("url", sa.String(), nullable=False),
        sa.Column("secret", sa.String(), nullable=False),
        sa.Column("audience", sa.String(), nullable=False),
        sa.Column("kinds", JSONB, nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["made_by"], ["person.id"], name=op.f("fk_subscriber_made_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_subscriber")),
    )


def _complaint() -> None:
    op.create_table(
        "complaint",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("query_code", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("item_code", sa.String(), nullable=False),
        sa.Column("department_code", sa.String(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=True),
        sa.Column("contact", sa.String(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("filed_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("accepted_at", MOMENT, nullable=True),
        sa.Column("assigned_at", MOMENT, nullable=True),
        sa.Column("report", sa.String(), nullable=False),
        sa.Column("reported_by", sa.Integer(), nullable=True),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("answer_number", sa.String(), nullable=False),
        sa.Column("verify_code", sa.String(), nullable=True),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["person.id"], name=op.f("fk_complaint_answered_by_person")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_complaint_case_id_case")),
        sa.ForeignKeyConstraint(
            ["department_code"],
            ["department.code"],
            name=op.f("fk_complaint_department_code_department"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_complaint_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["reported_by"], ["person.id"], name=op.f("fk_complaint_reported_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_complaint")),
        sa.UniqueConstraint("number", name=op.f("uq_complaint_number")),
        sa.UniqueConstraint("verify_code", name=op.f("uq_complaint_verify_code")),
    )
    op.create_index(op.f("ix_complaint_case_id"), "complaint", ["case_id"], unique=False)
    op.create_index("ix_complaint_department", "complaint", ["department_code", "id"], unique=False)
    op.create_index(
        "ix_complaint_due",
        "complaint",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("(state NOT IN ('refused', 'answered'))"),
    )
    op.create_index(
        "ix_complaint_origin",
        "complaint",
        ["origin"],
        unique=False,
        postgresql_where=sa.text("(state NOT IN ('refused', 'answered'))"),
    )
    op.create_index(op.f("ix_complaint_person_id"), "complaint", ["person_id"], unique=False)


def _question() -> None:
    op.create_table(
        "question",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("query_code", sa.String(), nullable=False),
        sa.Column("item_code", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=True),
        sa.Column("department_code", sa.String(), nullable=False),
        sa.Column("asker_id", sa.Integer(), nullable=True),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("title", sa.String(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("asked_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("answered_by", sa.Integer(), nullable=True),
        sa.Column("published_at", MOMENT, nullable=True),
        sa.Column("public_title", sa.String(), nullable=False),
        sa.Column("public_text", sa.String(), nullable=False),
        sa.Column("public_answer", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["answered_by"], ["person.id"], name=op.f("fk_question_answered_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["asker_id"], ["person.id"], name=op.f("fk_question_asker_id_person")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_question_case_id_case")),
        sa.ForeignKeyConstraint(
            ["department_code"],
            ["department.code"],
            name=op.f("fk_question_department_code_department"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_question")),
        sa.UniqueConstraint("number", name=op.f("uq_question_number")),
    )
    op.create_index(op.f("ix_question_asker_id"), "question", ["asker_id"], unique=False)
    op.create_index(op.f("ix_question_case_id"), "question", ["case_id"], unique=False)
    op.create_index("ix_question_department", "question", ["department_code", "id"], unique=False)
    op.create_index(
        "ix_question_open",
        "question",
        ["department_code", "due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_question_origin",
        "question",
        ["origin"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_question_public",
        "question",
        ["item_code", "id"],
        unique=False,
        postgresql_where=sa.text("published_at IS NOT NULL"),
    )


def _rating() -> None:
    op.create_table(
        "rating",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("item_code", sa.String(), nullable=False),
        sa.Column("department_code", sa.String(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("text", sa.String(), nullable=False),
        sa.Column("named", sa.Boolean(), nullable=False),
        sa.Column("rated_at", MOMENT, nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("origin", sa.String(), nullable=False),
        sa.Column("signs", JSONB, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=True),
        sa.Column("contacted_at", MOMENT, nullable=True),
        sa.Column("contacted_by", sa.Integer(), nullable=True),
        sa.Column("finding", sa.String(), nullable=False),
        sa.Column("remedy", sa.String(), nullable=False),
        sa.Column("called_at", MOMENT, nullable=True),
        sa.Column("called_by", sa.Integer(), nullable=True),
        sa.Column("satisfied", sa.Boolean(), nullable=True),
        sa.Column("call_note", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["called_by"], ["person.id"], name=op.f("fk_rating_called_by_person")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_rating_case_id_case")),
        sa.ForeignKeyConstraint(
            ["contacted_by"], ["person.id"], name=op.f("fk_rating_contacted_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["department_code"],
            ["department.code"],
            name=op.f("fk_rating_department_code_department"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rating")),
        sa.UniqueConstraint("case_id", name=op.f("uq_rating_case_id")),
    )
    op.create_index(op.f("ix_rating_department_code"), "rating", ["department_code"], unique=False)
    op.create_index(
        "ix_rating_due",
        "rating",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(op.f("ix_rating_item_code"), "rating", ["item_code"], unique=False)
    op.create_index("ix_rating_origin", "rating", ["origin", "rated_at"], unique=False)


def _delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("notice_id", sa.Integer(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("subscriber_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due_at", MOMENT, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("tried_at", MOMENT, nullable=True),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("repeated", sa.Boolean(), nullable=False),
        sa.Column("error", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["notice_id"], ["notice.id"], name=op.f("fk_delivery_notice_id_notice")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
        sa.UniqueConstraint(
            "notice_id",
            "channel",
            "subscriber_id",
            name=op.f("uq_delivery_notice_id_channel_subscriber_id"),
        ),
    )
    op.create_index(op.f("ix_delivery_notice_id"), "delivery", ["notice_id"], unique=False)
    op.create_index("ix_delivery_state", "delivery", ["state", "id"], unique=False)
    op.create_index(
        "ix_delivery_waiting",
        "delivery",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
