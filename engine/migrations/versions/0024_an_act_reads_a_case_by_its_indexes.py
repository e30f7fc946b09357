"""What an act reads along with a case is found by its indexes, however small a table seemed."""

from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_ALONG = "alter function lianban_along(integer, text)"


def upgrade() -> None:
    # A connection keeps the plans it made. One made while the table of timers was empty reads all
    # of it, until the database has counted its rows: hundreds of acts later, on a busy morning.
    op.execute(f"{_ALONG} set enable_seqscan = off")


def downgrade() -> None:
    op.execute(f"{_ALONG} reset enable_seqscan")
