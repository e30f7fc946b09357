"""Licences with their validity, applications on them, and bars; those issued before are entered."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)

# What an item calls its holder's number stands in a file; the usual key, else the applicant's own.
_ENTER = """
insert into licence (number, item_code, department_code, title_zh, title_en, case_id, applicant_id,
  holder_name, holder_id, paper, edition, state, issued_at, valid_from, valid_to, begin_extensions,
  looked_on, look_on)
select document.number, "case".item_code, document.department_code, document.title_zh,
  document.title_en, "case".id, "case".applicant_id, "case".subject,
  coalesce(nullif("case".answers ->> 'credit_code', ''), person.id_number),
  document.verify_code, 1, 'valid', document.issued_at,
  coalesce(document.valid_from, (document.issued_at at time zone 'Asia/Shanghai')::date),
  document.valid_to, 0, current_date, case when document.valid_to is not null then current_date end
from document join "case" on "case".id = document.case_id
  join person on person.id = "case".applicant_id
where document.kind = 'licence'
"""


def upgrade() -> None:
    for table in ("case", "draft"):
        op.add_column(
            table,
            sa.Column("application_kind", sa.String(), nullable=False, server_default="first"),
        )
        op.add_column(table, sa.Column("licence_number", sa.String(), nullable=True))
    op.create_index(
        "ix_case_licence_number",
        "case",
        ["licence_number"],
        unique=False,
        postgresql_where=sa.text("licence_number IS NOT NULL"),
    )
    op.add_column(
        "document", sa.Column("edition", sa.Integer(), nullable=False, server_default="1")
    )
    op.drop_constraint("uq_document_kind_number", "document", type_="unique")
    op.create_unique_constraint(
        op.f("uq_document_kind_number_edition"), "document", ["kind", "number", "edition"]
    )
    _licences()
    _bars()
    op.execute(_ENTER)


def _licences() -> None:
    op.create_table(
        "licence",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("number", sa.String(), nullable=False),
        sa.Column("item_code", sa.String(), nullable=False),
        sa.Column("department_code", sa.String(), nullable=False),
        sa.Column("title_zh", sa.String(), nullable=False),
        sa.Column("title_en", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("applicant_id", sa.Integer(), nullable=False),
        sa.Column("holder_name", sa.String(), nullable=False),
        sa.Column("holder_id", sa.String(), nullable=False),
        sa.Column("paper", sa.String(), nullable=False),
        sa.Column("edition", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("issued_at", MOMENT, nullable=False),
        sa.Column("valid_from", sa.Date(), nullable=False),
        sa.Column("valid_to", sa.Date(), nullable=True),
        sa.Column("ended_on", sa.Date(), nullable=True),
        sa.Column("ended_as", sa.String(), nullable=True),
        sa.Column("end_ground", sa.String(), nullable=True),
        sa.Column("begin_by", sa.Date(), nullable=True),
        sa.Column("begun_on", sa.Date(), nullable=True),
        sa.Column("begin_extensions", sa.Integer(), nullable=False),
        sa.Column("looked_on", sa.Date(), nullable=False),
        sa.Column("look_on", sa.Date(), nullable=True),
        sa.ForeignKeyConstraint(
            ["applicant_id"], ["person.id"], name=op.f("fk_licence_applicant_id_person")
        ),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_licence_case_id_case")),
        sa.ForeignKeyConstraint(
            ["department_code"],
            ["department.code"],
            name=op.f("fk_licence_department_code_department"),
        ),
        sa.ForeignKeyConstraint(
            ["paper"], ["document.verify_code"], name=op.f("fk_licence_paper_document")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licence")),
        sa.UniqueConstraint("number", name=op.f("uq_licence_number")),
    )
    op.create_index(op.f("ix_licence_case_id"), "licence", ["case_id"], unique=False)
    op.create_index(op.f("ix_licence_holder_id"), "licence", ["holder_id"], unique=False)
    op.create_index("ix_licence_department", "licence", ["department_code", "id"], unique=False)
    op.create_index("ix_licence_applicant", "licence", ["applicant_id", "id"], unique=False)
    op.create_index(
        "ix_licence_look",
        "licence",
        ["look_on"],
        unique=False,
        postgresql_where=sa.text("look_on IS NOT NULL"),
    )


def _bars() -> None:
    op.create_table(
        "licence_bar",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_code", sa.String(), nullable=False),
        sa.Column("holder_id", sa.String(), nullable=False),
        sa.Column("holder_name", sa.String(), nullable=False),
        sa.Column("ground", sa.String(), nullable=False),
        sa.Column("case_id", sa.Integer(), nullable=False),
        sa.Column("from_on", sa.Date(), nullable=False),
        sa.Column("until_on", sa.Date(), nullable=False),
        sa.Column("imposed_at", MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case.id"], name=op.f("fk_licence_bar_case_id_case")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licence_bar")),
    )
    op.create_index(
        "ix_licence_bar_holder", "licence_bar", ["holder_id", "item_code"], unique=False
    )


def downgrade() -> None:
    op.drop_table("licence_bar")
    op.drop_table("licence")
    op.drop_constraint("uq_document_kind_number_edition", "document", type_="unique")
    # Older code knows one paper a number: later editions keep theirs apart by a mark.
    op.execute("alter table document disable trigger user")
    op.execute(
        "update document set number = number || '-' || edition where kind = 'licence' and edition > 1"
    )
    op.execute("alter table document enable trigger user")
    op.create_unique_constraint(op.f("uq_document_kind_number"), "document", ["kind", "number"])
    op.drop_column("document", "edition")
    op.drop_index("ix_case_licence_number", table_name="case")
    for table in ("draft", "case"):
        op.drop_column(table, "licence_number")
        op.drop_column(table, "application_kind")
