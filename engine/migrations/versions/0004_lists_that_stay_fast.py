"""Lists that stay fast as they grow: an index for each order of the inbox, words of cases."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# A task knows its item, so that no list of tasks has to look at cases first. Whoever writes a task
# may give it; else the case is asked.
ITEM = """
alter table task add column item_code varchar;
update task set item_code = "case".item_code from "case" where "case".id = task.case_id;
alter table task alter column item_code set not null;
create function lianban_task_item() returns trigger language plpgsql as $$ begin
  select item_code into new.item_code from "case" where id = new.case_id; return new; end $$;
create trigger task_item before insert on task for each row when (new.item_code is null)
  execute function lianban_task_item();
"""

# Each list reads one of these from its end, from where the last page stopped.
INDEXES = """
drop index ix_task_open_group;
create index ix_task_open_due on task
  (department_code, role, coalesce(due_at, 'infinity'), created_at, id) where state = 'open';
create index ix_task_open_new on task (department_code, role, created_at, id) where state = 'open';
create index ix_task_open_item_due on task
  (department_code, role, item_code, coalesce(due_at, 'infinity'), created_at, id)
  where state = 'open';
create index ix_task_open_step_due on task
  (department_code, role, item_code, element, coalesce(due_at, 'infinity'), created_at, id)
  where state = 'open';
create index ix_task_open_item_new on task (department_code, role, item_code, created_at, id)
  include (element) where state = 'open';
create index ix_task_done on task (completed_by, completed_at, id) where state = 'completed';
create index ix_signature_person on signature (person_id, signed_at);
drop index ix_notice_person_id;
create index ix_notice_person_created on notice (person_id, created_at, id);
create index ix_notice_unread on notice (person_id) where read_at is null;
create index ix_notice_case_id on notice (case_id);
"""

# Single characters and pairs of them find Chinese names, of which two characters are typical; fours
# of letters and digits find numbers, of which pairs say little. In a table of its own: every step of a case writes its row anew, the words hardly ever change.
WORDS = """
create function lianban_parts(words varchar) returns varchar[] language sql immutable strict
  parallel safe as $$
  select coalesce(array_agg(distinct substr(words, at, size)), '{}')
  from generate_series(1, length(words)) at, (values (1), (2), (4)) sizes (size)
  where at + size - 1 <= length(words) and position(chr(10) in substr(words, at, size)) = 0
  and (size < 4 or substr(words, at, size) ~ '^[a-z0-9]{4}$') $$;
create table case_words (
  case_id integer not null, words varchar not null, parts varchar[] not null,
  constraint pk_case_words primary key (case_id),
  constraint fk_case_words_case_id_case foreign key (case_id) references "case" (id));
create function lianban_case_words() returns trigger language plpgsql as $$
declare said varchar := lower(new.number || chr(10) || new.subject || chr(10)
  || new.applicant_name);
begin
  insert into case_words values (new.id, said, lianban_parts(said))
  on conflict (case_id) do update set words = excluded.words, parts = excluded.parts;
  return null; end $$;
create trigger case_words after insert or update of number, subject, applicant_name on "case"
  for each row execute function lianban_case_words();
insert into case_words select id, said, lianban_parts(said) from (
  select id, lower(number || chr(10) || subject || chr(10) || applicant_name) as said from "case"
) cases;
create index ix_case_words_parts on case_words using gin (parts);
"""


def upgrade() -> None:
    connection = op.get_bind()
    for statements in (ITEM, INDEXES, WORDS):
        connection.connection.cursor().execute(statements)
    # A step writes its case's row anew: with room on its page no index has to be touched.
    connection.exec_driver_sql('alter table "case" set (fillfactor = 75)')
    connection.exec_driver_sql("alter table task set (fillfactor = 85)")


def downgrade() -> None:
    connection = op.get_bind()
    connection.connection.cursor().execute("""
drop trigger case_words on "case";
drop function lianban_case_words;
drop table case_words;
drop function lianban_parts;
drop index ix_task_open_due, ix_task_open_new, ix_task_open_item_due, ix_task_open_step_due,
  ix_task_open_item_new,  ix_task_done, ix_signature_person, ix_notice_person_created, ix_notice_unread,
  ix_notice_case_id;
create index ix_notice_person_id on notice (person_id);
create index ix_task_open_group on task (department_code, role, due_at) where state = 'open';
drop trigger task_item on task;
drop function lianban_task_item;
alter table task drop column item_code;
alter table "case" reset (fillfactor);
alter table task reset (fillfactor);
""")
