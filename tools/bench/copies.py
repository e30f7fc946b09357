"""Many cases that wait at their first task, begun by the engine but without the door's questions.

One case is really submitted; the others are its copies with a run, tasks and timers of their own.
"""

from datetime import datetime
from typing import Any, Final

import psycopg
from psycopg import Cursor

from engine import clocks, definitions, runtime
from tools.stories import Story

_CASE: Final = """
insert into "case" (number, query_code, version_id, item_code, lead_code, applicant_id,
  applicant_name, subject, channel, status, answers, received_at, due_facts, state, revision)
select %s, query_code, version_id, item_code, lead_code, applicant_id, applicant_name, subject,
  channel, status, answers, received_at, due_facts, %s, 1 from "case" where id = %s returning id"""
_TASK: Final = """
insert into task (id, case_id, element, name_zh, name_en, act, state, department_code, role,
  created_at, due_at, due_facts, opinion, answers, draft)
select %s, %s, element, name_zh, name_en, act, state, department_code, role, created_at, due_at,
  due_facts, opinion, answers, draft from task where case_id = %s and element = %s"""
_TIMER: Final = """
insert into timer (id, case_id, element, due_at, failure) values (%s, %s, %s, %s, '')"""


def copy(url: str, story: Story, number: int, *, now: datetime) -> list[str]:
    """Copy the case of a story so many times, begun at ``now``; return the ids of their tasks."""
    case = story.case
    program = definitions.bundle(case.version_id).program
    variables = {"item": story.item, "lead": case.lead_code, "channel": "web", **case.answers}
    found: list[str] = []
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        for one in range(number):
            step = runtime.start(program, variables, now=now, workdays=clocks.working_time)
            _write(cursor, step, f"COPY{one:08}", case.id)
            found += [task.id for task in step.open_tasks]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("vacuum (analyze)")
    return found


def _write(cursor: Cursor[Any], step: runtime.Step, number: str, source: int) -> None:
    cursor.execute(_CASE, (number, step.state, source))
    row = cursor.fetchone()
    case_id = row[0] if row else 0
    for task in step.open_tasks:
        cursor.execute(_TASK, (task.id, case_id, source, task.element))
    for timer in step.timers:
        cursor.execute(_TIMER, (timer.id, case_id, timer.element, timer.due_at))
