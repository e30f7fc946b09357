"""Repairs of cases, retries in rounds; departments as a tree, substitutes, people who leave."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
JSONB = postgresql.JSONB(astext_type=sa.Text())


def upgrade() -> None:
    _repair()
    _retry_round()
    _substitute()
    _organisation_import()
    kind = sa.Column("kind", sa.String(), nullable=False, server_default="department")
    op.add_column("department", kind)
    position = sa.Column("position", sa.Integer(), nullable=False, server_default="0")
    op.add_column("department", position)
    op.add_column("person", sa.Column("left_at", MOMENT, nullable=True))


def downgrade() -> None:
    op.drop_column("person", "left_at")
    op.drop_column("department", "position")
    op.drop_column("department", "kind")
    for name in ("organisation_import", "substitute", "retry_round", "repair"):
        op.drop_table(name)


def _table(name: str, *columns: sa.Column, people: tuple[str, ...], cases: bool = False) -> None:
    """Make a table whose columns named in ``people`` point to persons."""
    keys = [
        sa.ForeignKeyConstraint([one], ["person.id"], name=op.f(f"fk_{name}_{one}_person"))
        for one in people
    ]
    if cases:
        keys.append(
            sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f(f"fk_{name}_case_id_case"))
        )
    op.create_table(
        name,
        sa.Column("id", sa.Integer(), nullable=False),
        *columns,
        *keys,
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{name}")),
    )


def _must(kind: sa.types.TypeEngine, *names: str) -> list[sa.Column]:
    return [sa.Column(name, kind, nullable=False) for name in names]


def _may(kind: sa.types.TypeEngine, *names: str) -> list[sa.Column]:
    return [sa.Column(name, kind, nullable=True) for name in names]


def _repair() -> None:
    _table(
        "repair",
        *_must(sa.Integer(), "case_id", "proposed_by"),
        *_must(sa.String(), "act", "reason", "state", "seen", "decision"),
        *_must(JSONB, "given", "preview", "happened", "changed"),
        *_must(MOMENT, "proposed_at"),
        *_may(MOMENT, "decided_at"),
        *_may(sa.Integer(), "decided_by"),
        people=("proposed_by", "decided_by"),
        cases=True,
    )
    op.create_index(op.f("ix_repair_case_id"), "repair", ["case_id"])
    op.create_index(
        "ix_repair_open", "repair", ["proposed_at"], postgresql_where=sa.text("state = 'open'")
    )


def _retry_round() -> None:
    _table(
        "retry_round",
        *_must(sa.String(), "cause_zh", "cause_en"),
        *_must(JSONB, "waiting"),
        *_must(sa.Integer(), "total", "retried", "failed", "passed", "asked_by"),
        *_must(MOMENT, "asked_at"),
        *_may(MOMENT, "finished_at"),
        people=("asked_by",),
    )
    op.create_index(
        "ix_retry_round_open",
        "retry_round",
        ["asked_at"],
        postgresql_where=sa.text("finished_at IS NULL"),
    )


def _substitute() -> None:
    _table(
        "substitute",
        *_must(sa.Integer(), "person_id", "substitute_id"),
        *_must(sa.Date(), "from_on", "until_on"),
        *_must(sa.String(), "reason"),
        *_must(MOMENT, "made_at"),
        *_may(sa.Integer(), "made_by"),
        *_may(MOMENT, "ended_at"),
        people=("person_id", "substitute_id", "made_by"),
    )
    op.create_index(op.f("ix_substitute_person_id"), "substitute", ["person_id"])
    op.create_index(op.f("ix_substitute_substitute_id"), "substitute", ["substitute_id"])


def _organisation_import() -> None:
    _table(
        "organisation_import",
        *_must(sa.String(), "file_name", "digest"),
        *_must(sa.LargeBinary(), "content"),
        *_must(MOMENT, "made_at"),
        *_must(sa.Integer(), "made_by"),
        *_may(MOMENT, "applied_at"),
        people=("made_by",),
    )
