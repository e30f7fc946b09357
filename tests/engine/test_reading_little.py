"""A completion touches the rows of its own case, however many others there are."""

import psycopg
from sqlalchemy import text

from engine import clock, db, holding, people, tasks
from tools.bench import copies
from tools.stories import Story

OTHERS = 1500
#: Rows of the table of tasks that one completion may visit: the case has two.
FEW = 20


def test_a_completion_reads_no_other_cases_tasks(city_db: str) -> None:
    """Neither the open ones, nor those that were done since the planner last counted."""
    story, now = Story("individual-business").apply(), clock.now()
    waiting = copies.copy(city_db, story, OTHERS, now=now)
    with psycopg.connect(city_db) as connection:
        connection.execute(
            "update task set state = 'completed', completed_at = now(), completed_by = 1"
            " where id = any(%s)",
            (waiting[: OTHERS // 2],),
        )
    task = story.task("accept", "wang.clerk")
    doing = tasks.Doing("accept", answers=story.filled("accept"))
    with db.transaction() as session:
        tasks.complete(task.id, doing, actor=people.actor_for_login("wang.clerk"), now=now)
        db.write()
        visited = session.scalar(
            text(
                "select seq_tup_read + idx_tup_fetch from pg_stat_xact_user_tables"
                " where relname = 'task'"
            )
        )
    assert 0 < visited < FEW


def test_how_a_case_is_read_does_not_stay_as_it_was_while_there_were_no_timers(
    city_db: str,
) -> None:
    """A connection plans once: while a table is empty, reading all of it seems the best way."""
    story, now = Story("individual-business").apply(), clock.now()
    copies.copy(city_db, story, OTHERS, now=now)
    with db.transaction() as session:
        for _ in range(8):  # by then the plan is made, and kept
            holding.of_case(story.case.id)
        session.execute(
            text(
                "insert into timer (id, case_id, element, due_at, failure)"
                " select gen_random_uuid()::text, id, 'soon', now() + interval '9 days', ''"
                ' from "case"'
            )
        )
        holding.of_case(story.case.id)
        read = session.scalar(
            text("select seq_tup_read from pg_stat_xact_user_tables where relname = 'timer'")
        )
    assert read < FEW
