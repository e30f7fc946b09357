"""Alembic's entry: runs the revisions on the URL that engine.db gives."""

from alembic import context
from sqlalchemy import create_engine

from engine.models import Base


def ours(name: str | None, kind: str, _parents: object) -> bool:
    """Leave the job queue's own tables out of comparisons."""
    return not (kind == "table" and (name or "").startswith("procrastinate"))


url = context.config.get_main_option("sqlalchemy.url")
engine = create_engine(url or "")
with engine.connect() as connection:
    context.configure(connection=connection, target_metadata=Base.metadata, include_name=ours)
    with context.begin_transaction():
        context.run_migrations()
engine.dispose()
