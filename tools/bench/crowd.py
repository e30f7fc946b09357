"""A large city made up in the database: hundreds of thousands of cases with their open tasks.

Rows are copied from one case that was really submitted; only what lists sort, filter and search by
differs. Indexes are made after the rows, as one would load a large table.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import psycopg
from psycopg import sql

DEPARTMENTS, ROLES, STAFF = 8, 5, 200
OPEN_TASKS: Final = 4
TABLES: Final = ("task", "case", "case_words")

_PLACES: Final = """
insert into department (code, name_zh, name_en, mark, phone, address_zh, address_en)
select 'dep' || n, '第' || n || '局', 'Bureau ' || n, 'D' || n, '', '', ''
from generate_series(1, %(departments)s) n;
"""
_PEOPLE: Final = """
insert into person (login, kind, name, password_hash, email, phone, id_number, language, active,
  created_at)
select 'crowd' || n, 'staff', '职员' || n, '', '', '', '', 'zh', true, now()
from generate_series(1, %(staff)s) n;
"""
_CASES: Final = """
insert into "case" (number, query_code, version_id, item_code, lead_code, applicant_id,
  applicant_name, subject, channel, status, answers, received_at, accepted_at, promised_due_at,
  due_facts, state, revision)
select 'BENCH' || lpad(n::text, 9, '0'), 'X', v.id, v.item_code, 'dep' || 1 + n %% %(departments)s,
  source.applicant_id,
  (array['张', '李', '王', '赵', '陈', '黄', '周', '吴'])[1 + n %% 8]
    || chr((19968 + n * 7919 %% 5000)::int) || chr((19968 + n * 104729 %% 5000)::int),
  '江城' || chr((19968 + n * 31 %% 3000)::int) || chr((19968 + n * 17 %% 3001)::int)
    || (array['餐厅', '面馆', '药店', '器械公司', '超市'])[1 + n %% 5] || n,
  'web', 'accepted', source.answers, now() - random() * interval '200 days', now(),
  now() + random() * interval '30 days', '{}', source.state, 3
from generate_series(1::bigint, %(cases)s) n
join (select id, item_code, row_number() over (order by item_code) - 1 as place,
        count(*) over () as items from version) v on v.place = n %% v.items
cross join (select * from "case" order by id limit 1) source
order by n;
"""
_WORDS: Final = """
insert into case_words select id, said, lianban_parts(said) from (
  select id, lower(number || chr(10) || subject || chr(10) || applicant_name) as said from "case"
  where number like 'BENCH%%') cases
"""
_TASKS: Final = """
insert into task (id, case_id, item_code, element, name_zh, name_en, act, state, department_code,
  role, assignee_id, created_at, due_at, due_facts, opinion, answers, draft, completed_at,
  completed_by, outcome)
select gen_random_uuid()::text, made.id, item_code, element, element, element, element,
  case when done then 'completed' else 'open' end, 'dep' || 1 + floor(random() * %(departments)s),
  'role' || 1 + floor(random() * %(roles)s),
  case when random() < 0.1 and not done then crew.first + floor(random() * crew.number)::int end,
  received_at + random() * interval '10 days',
  case when random() < 0.9 then received_at + interval '10 days' + random() * interval '200 days'
  end, '{}', '', '{}', '{}', case when done then received_at + interval '11 days' end,
  case when done then crew.first + floor(random() * crew.number)::int end,
  case when done then 'go-on' end
from (select * from "case" where number like 'BENCH%%') made
cross join (select min(id) as first, count(*) as number from person where login like 'crowd%%')
  crew
cross join lateral (select n = 0 as done,
  (array['accept', 'examine', 'decide', 'deliver'])[1 + floor(random() * 4 + made.id * 0)]
  as element from generate_series(0, %(tasks)s) n) parts
"""


def fill(url: str, cases: int) -> None:
    """Fill a database in which a case was submitted with many more, each with open tasks."""
    amounts = {
        "cases": cases,
        "departments": DEPARTMENTS,
        "roles": ROLES,
        "staff": STAFF,
        "tasks": OPEN_TASKS,
    }
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("set session_replication_role = replica")
        connection.execute("select setseed(0.5)")
        connection.execute("set maintenance_work_mem = '512MB'")
        with _without_indexes(connection):
            for statement in (_PLACES, _PEOPLE, _CASES, _WORDS, _TASKS):
                connection.execute(statement, amounts)
        connection.execute("vacuum (analyze)")
        connection.execute("checkpoint")


def staff(url: str) -> list[int]:
    """Return the ids of the people made up."""
    with psycopg.connect(url) as connection:
        query = "select id from person where login like 'crowd%%' order by id"
        return [row[0] for row in connection.execute(query, ())]


def sizes(url: str) -> dict[str, Any]:
    """Return how much there is."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            'select (select count(*) from "case"), (select count(*) from task where state = '
            "'open'), pg_database_size(current_database())"
        ).fetchone()
    cases, tasks, size = row or (0, 0, 0)
    return {"cases": cases, "open_tasks": tasks, "megabytes": size // 2**20}


@contextmanager
def _without_indexes(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Take the indexes off the large tables that no constraint needs, and put them back."""
    found = connection.execute(
        "select indexname, indexdef from pg_indexes join pg_class on relname = indexname"
        " join pg_index on indexrelid = pg_class.oid"
        " where tablename = any(%s) and not indisunique",
        (list(TABLES),),
    ).fetchall()
    for name, _ in found:
        connection.execute(sql.SQL("drop index {}").format(sql.Identifier(name)))
    yield
    for _, definition in found:
        connection.execute(definition)
