"""A completion touches the rows of its own case, however many others there are."""

import psycopg
from sqlalchemy import text

from engine import clock, db, people, tasks
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
