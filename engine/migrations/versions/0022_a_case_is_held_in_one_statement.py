"""What an act reads along with a case that it locks is asked for with the lock itself."""

from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

# Volatile: each statement inside has a snapshot of its own, taken after the lock was given, so it
# is sure to read the latest. The case's tasks are read once, by its number, whatever the planner
# knows of the other tables; a table of few signatures would else be joined with all tasks there are.
_ALONG = """
create function lianban_along(held integer, of_region text) returns json language plpgsql volatile
as $$ begin return (
 with mine as materialized (
  select id, name_zh, name_en, role, department_code, element, state, completed_by
  from task where case_id = held
 ), signed as materialized (
  select mine.id, element, state, person_id, content_hash from mine cross join lateral (
   select person_id, content_hash from signature where task_id = mine.id offset 0) as theirs
 )
 select json_build_array(
  (select json_build_array(seq, hash) from event where stream = 'case:' || held
   order by seq desc limit 1),
  (select coalesce(json_agg(json_build_array(id, name_zh, name_en, role, department_code)), '[]')
   from mine where state = 'open'),
  exists (select from cohandling where case_id = held and state = 'open'),
  (select coalesce(json_agg(json_build_array(id, person_id, content_hash)), '[]')
   from signed where state = 'open'),
  (select coalesce(json_agg(json_build_array(id, due_at)), '[]') from timer
   where case_id = held),
  (select coalesce(json_agg(json_build_array(element, done_by)), '[]') from (
    select element, completed_by as done_by from mine where state = 'completed'
    union all
    select element, person_id from signed
   ) as doers where done_by is not null),
  (select json_build_array(count(*), max(loaded_at)) from calendar_year
   where region = of_region))
); end $$
"""


def upgrade() -> None:
    # The constraint on stream and number has an index that finds a stream as well.
    op.drop_index("ix_event_stream", table_name="event")
    op.execute(_ALONG)


def downgrade() -> None:
    op.create_index("ix_event_stream", "event", ["stream"])
    op.execute("drop function lianban_along(integer, text)")
