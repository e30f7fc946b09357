"""Records that never change are kept so by the database itself; the job queue's own tables."""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# The queue ships no way down: drop whatever bears its name.
DROP_JOBS = """
do $$ declare r record; begin
  for r in select oid::regclass as name from pg_class
    where relkind = 'r' and relname like 'procrastinate%%' loop
    execute 'drop table if exists ' || r.name || ' cascade'; end loop;
  for r in select oid::regprocedure as name from pg_proc where proname like 'procrastinate%%' loop
    execute 'drop function if exists ' || r.name || ' cascade'; end loop;
  for r in select oid::regtype as name from pg_type
    where typtype in ('e', 'c') and typname like 'procrastinate%%' loop
    execute 'drop type if exists ' || r.name || ' cascade'; end loop;
end $$
"""

IMMUTABLE = ("event", "version_file", "document", "blob")


def upgrade() -> None:
    connection = op.get_bind()
    connection.exec_driver_sql(
        "create function lianban_refuse_change() returns trigger language plpgsql as $$ begin"
        " raise exception 'rows of %% are never changed or removed', tg_table_name"
        " using errcode = 'restrict_violation'; end $$"
    )
    for table in IMMUTABLE:
        connection.exec_driver_sql(
            f'create trigger {table}_immutable before update or delete on "{table}"'
            " for each row execute function lianban_refuse_change()"
        )
        connection.exec_driver_sql(
            f'create trigger {table}_not_emptied before truncate on "{table}"'
            " for each statement execute function lianban_refuse_change()"
        )
    cursor = connection.connection.cursor()
    cursor.execute(SchemaManager.get_schema())


def downgrade() -> None:
    connection = op.get_bind()
    connection.exec_driver_sql(DROP_JOBS)
    for table in IMMUTABLE:
        connection.exec_driver_sql(f'drop trigger {table}_not_emptied on "{table}"')
        connection.exec_driver_sql(f'drop trigger {table}_immutable on "{table}"')
    connection.exec_driver_sql("drop function lianban_refuse_change()")
