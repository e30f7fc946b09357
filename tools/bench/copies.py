"""Many cases like one that was really begun, made by the engine but without the door's questions.

A story is told once, act by act; the copies have a run, open tasks and timers of their own, and the
same rows of what was done before.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

import psycopg
from psycopg import Cursor, sql

from engine import clocks, definitions, runtime
from tools.stories import Story

#: What the copies have of their story besides tasks, by table: what each row has of its own.
_HISTORY: Final = {
    "task": {"id": "gen_random_uuid()::text"},
    "cohandling": {"branch": "branch || made.id"},
    "event": {"stream": "'case:' || made.id"},
    "notice": {},
}
_TIMER: Final = """
insert into timer (id, case_id, element, due_at, failure) values (%s, %s, %s, %s, '')"""
_COLUMNS: Final = """
select column_name from information_schema.columns
where table_name = %s and table_schema = current_schema() order by ordinal_position"""


def copy(
    url: str, story: Story, number: int, *, now: datetime, way: Sequence[str] = ()
) -> list[str]:
    """Copy the case of a story so many times, begun at ``now``; return the ids of their tasks.

    ``way``: the steps that the story completed, one after the other, each with its first outcome.
    """
    case = story.case
    of = definitions.bundle(case.version_id)
    variables = {"item": story.item, "lead": case.lead_code, "channel": "web", **case.answers}
    found: list[str] = []
    prefix = f"COPY{case.id}-"
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        for one in range(number):
            step = runtime.start(of.program, variables, now=now, workdays=clocks.working_time)
            for element in way:
                step = _completed(of, step, element, now)
            _write(cursor, step, f"{prefix}{one:06}", case.id)
            found += [task.id for task in step.open_tasks]
        if way:
            _write_history(cursor, prefix, case.id)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum (analyze)")
    return found


def _completed(
    of: definitions.Bundle, step: runtime.Step, element: str, now: datetime
) -> runtime.Step:
    """Complete every open task of an element."""
    said = {"outcome": of.step(element).outcomes[0].code}
    for task in step.open_tasks:
        if task.element == element:
            step = runtime.complete(
                of.program, step.state, task.id, said, now=now, workdays=clocks.working_time
            )
    return step


def _write(cursor: Cursor[Any], step: runtime.Step, number: str, source: int) -> None:
    given = {"number": "%(number)s", "state": "%(state)s"}
    case = {"number": number, "state": step.state, "source": source}
    insert = _insert(cursor, "case", given, "source.id = %(source)s")
    row = cursor.execute(insert + sql.SQL(" returning id"), case).fetchone()
    case_id = row[0] if row else 0
    for task in step.open_tasks:
        mine = {"id": "%(id)s", "case_id": "%(case)s"}
        where = "source.case_id = %(source)s and element = %(element)s and state = 'open'"
        given_task = {"id": task.id, "case": case_id, "source": source, "element": task.element}
        cursor.execute(_insert(cursor, "task", mine, where), given_task)
    for timer in step.timers:
        cursor.execute(_TIMER, (timer.id, case_id, timer.element, timer.due_at))


def _write_history(cursor: Cursor[Any], prefix: str, source: int) -> None:
    """Give the copies the rows of what was done before."""
    made = """ cross join "case" made where source.case_id = %s and made.number like %s"""
    for table, own in _HISTORY.items():
        done = " and source.state <> 'open'" if table == "task" else ""
        insert = _insert(cursor, table, {**own, "case_id": "made.id"}, "", more=made + done)
        cursor.execute(insert, (source, f"{prefix}%"))


def _insert(
    cursor: Cursor[Any], table: str, given: dict[str, str], where: str, *, more: str = ""
) -> sql.Composed:
    """Write the statement that copies rows of a table, with other values in some columns."""
    found = cursor.execute(_COLUMNS, (table,)).fetchall()
    columns = [name for (name,) in found if name in given or name != "id"]
    values = [
        sql.SQL(given[name]) if name in given else sql.Identifier("source", name)
        for name in columns
    ]
    return sql.SQL("insert into {table} ({columns}) select {values} from {table} source").format(
        table=sql.Identifier(table),
        columns=sql.SQL(", ").join(map(sql.Identifier, columns)),
        values=sql.SQL(", ").join(values),
    ) + sql.SQL(more or f" where {where}")
