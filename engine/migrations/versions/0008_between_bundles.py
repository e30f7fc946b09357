"""Calls of other bundles' processes, cases that a message begins, lists turned by marks."""

import sqlalchemy as sa
from alembic import op
from lxml import etree
from sqlalchemy.dialects import postgresql

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

JSONB = postgresql.JSONB(astext_type=sa.Text())
BPMN = "{http://www.omg.org/spec/BPMN/20100524/MODEL}"


def upgrade() -> None:
    op.add_column(
        "case", sa.Column("joined", JSONB, nullable=False, server_default=sa.text("'[]'"))
    )
    op.add_column(
        "version", sa.Column("processes", JSONB, nullable=False, server_default=sa.text("'{}'"))
    )
    _list_processes()
    op.create_table(
        "opening",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("element", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["version.id"], name=op.f("fk_opening_version_id_version")
        ),
        sa.PrimaryKeyConstraint("version_id", "element", "kind", "name", name=op.f("pk_opening")),
    )
    op.create_index(op.f("ix_opening_kind_name"), "opening", ["kind", "name"], unique=False)
    op.add_column("message", sa.Column("item_code", sa.String(), nullable=True))
    op.drop_index(op.f("ix_case_applicant_id"), table_name="case")
    op.create_index("ix_case_applicant", "case", ["applicant_id", "received_at", "id"])
    op.create_index("ix_case_received", "case", ["received_at", "id"])


def _list_processes() -> None:
    """Note of each version the processes besides the item's own."""
    connection = op.get_bind()
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    found: dict[int, dict[str, str]] = {}
    rows = connection.execute(
        sa.text("select version_id, content from version_file where path like '%.bpmn'")
    )
    for version_id, content in rows:
        root = etree.fromstring(bytes(content), parser)
        for process in root.iter(f"{BPMN}process"):
            if process.get("id") and process.find(".//{*}property[@name='item']") is None:
                tags = (v for k, v in process.attrib.items() if k.endswith("}versionTag"))
                found.setdefault(version_id, {})[process.get("id")] = next(tags, "")
    update = sa.text("update version set processes = :found where id = :id").bindparams(
        sa.bindparam("found", type_=JSONB)
    )
    for version_id, processes in found.items():
        connection.execute(update, {"id": version_id, "found": processes})


def downgrade() -> None:
    op.drop_index("ix_case_received", table_name="case")
    op.drop_index("ix_case_applicant", table_name="case")
    op.create_index(op.f("ix_case_applicant_id"), "case", ["applicant_id"], unique=False)
    op.drop_column("message", "item_code")
    op.drop_index(op.f("ix_opening_kind_name"), table_name="opening")
    op.drop_table("opening")
    op.drop_column("version", "processes")
    op.drop_column("case", "joined")
