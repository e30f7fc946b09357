"""Timers fired by workers: once by any number of them, and a broken one blocks nobody."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import event, text
from sqlalchemy.engine import Engine

from engine import clock, db, definitions, events, incidents, people, tasks
from engine.permissions import SYSTEM
from tools import worker
from tools.bench import timers
from tools.stories import Story

ITEM = timers.ITEM


@pytest.fixture
def story(city_db: str) -> Iterator[Story]:
    """A case that was submitted two hours ago, and whose reminder is due."""
    now = clock.now()
    with db.transaction():
        definitions.deploy(timers.reminding_files(), actor=SYSTEM, now=now)
    yield Story(ITEM, at=now - timedelta(hours=2)).apply()
    db.session().close()


def fired(story: Story) -> int:
    db.session().rollback()
    return sum(1 for one in events.history(story.case_id) if one.type == "timer-fired")


def test_a_due_timer_is_fired_once(story: Story) -> None:
    assert worker.fire_next_timer()
    assert not worker.fire_next_timer()
    assert fired(story) == 1


def test_many_workers_fire_a_timer_once(story: Story) -> None:
    def work(_number: int) -> bool:
        try:
            return worker.fire_next_timer()
        finally:
            db.session().close()

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(work, range(8)))
    assert results.count(True) == 1
    assert fired(story) == 1


def test_many_timers_are_fired_with_one_commit(city_db: str) -> None:
    timers.seed(city_db, 5)
    db.session().rollback()
    assert worker.fire_due_timers(3)
    assert worker.fire_due_timers(3)
    assert not worker.fire_due_timers(3)
    db.session().rollback()
    once = text("SELECT count(*), count(DISTINCT case_id) FROM event WHERE type = 'timer-fired'")
    assert tuple(db.session().execute(once).one()) == (5, 5)


def test_what_many_timers_ask_of_the_database_does_not_grow_with_them(city_db: str) -> None:
    """They are found, read and written together; the record of each case stays whole."""
    timers.seed(city_db, 12)
    db.session().rollback()
    worker.fire_due_timers(1)
    asked = []
    for number in (2, 9):
        sent: list[str] = []
        note = partial(_note, sent)
        event.listen(Engine, "before_cursor_execute", note)
        event.listen(Engine, "commit", note)
        try:
            assert worker.fire_due_timers(number)
        finally:
            event.remove(Engine, "before_cursor_execute", note)
            event.remove(Engine, "commit", note)
        asked.append(len(sent))
    assert asked[0] == asked[1] <= 6
    db.session().rollback()
    assert db.session().scalar(text("SELECT count(*) FROM timer")) == 0
    assert events.broken(events.streams()) == {}


def _note(sent: list[str], *call: object) -> None:
    sent.append(str(call[2]) if len(call) > 1 else "COMMIT")


def test_a_case_that_somebody_holds_has_its_card_with_the_next_look(city_db: str) -> None:
    """The others of its batch have theirs at once: nobody waits."""
    number = worker.CARDS_TOGETHER + 2
    timers.seed(city_db, number)
    late = just_late()
    with psycopg.connect(city_db) as somebody:
        somebody.execute('SELECT FROM "case" WHERE id = 4 FOR UPDATE')
        assert worker.supervise(now=late) == number - 1
    assert worker.supervise(now=late) == 1
    assert worker.supervise(now=late) == 0


def just_late() -> datetime:
    """Give the minute after the first task's limit, which runs in office hours only."""
    db.session().rollback()
    due: datetime = db.session().execute(text("SELECT min(due_at) FROM task")).scalar_one()
    db.session().rollback()
    return due + timedelta(minutes=1)


def test_a_broken_timer_among_many_holds_up_none_of_them(city_db: str) -> None:
    timers.seed(city_db, 5)
    db.session().rollback()
    with db.transaction() as session:
        session.execute(text('UPDATE "case" SET state = :s WHERE id = 3'), {"s": b"not a state"})
    assert worker.fire_due_timers()
    assert not worker.fire_due_timers()
    db.session().rollback()
    left = db.session().execute(text("SELECT case_id, failure <> '' FROM timer")).all()
    assert [tuple(row) for row in left] == [(3, True)]


def refuse(what: str) -> None:
    """Let the database refuse a change of some rows, as it would refuse what it cannot hold."""
    with db.transaction() as session:
        session.execute(
            text("""create or replace function test_refuse() returns trigger
            language plpgsql as $$ begin raise exception 'not to be held'; end $$""")
        )
        session.execute(text(
            f"create trigger test_refused before {what} execute function test_refuse()"
        ))  # fmt: skip
    db.session().close()


def allow(table: str) -> None:
    """Take the refusal back."""
    with db.transaction() as session:
        session.execute(text(f"drop trigger test_refused on {table}"))
    db.session().close()


def test_a_timer_whose_step_the_database_refuses_holds_up_none_of_the_others(city_db: str) -> None:
    """It is set aside with its reason, leaves an incident, and fires when the cause is mended."""
    timers.seed(city_db, 5)
    refuse("delete on timer for each row when (old.case_id = 3)")
    assert worker.fire_due_timers()
    assert not worker.fire_due_timers()
    left = db.session().execute(text("SELECT case_id, failure FROM timer")).all()
    assert [row.case_id for row in left] == [3]
    assert "not to be held" in left[0].failure
    admin = people.actor_for_login("admin")
    (incident,) = incidents.waiting(admin)
    incident_id = incident.id
    assert (incident.case_id, incident.timer_id is not None) == (3, True)
    allow("timer")
    with db.transaction():
        tasks.retry(incident_id, actor=admin, now=clock.now())
    assert worker.fire_due_timers()
    db.session().rollback()
    assert db.session().scalar(text("SELECT count(*) FROM timer")) == 0
    assert events.broken(events.streams()) == {}


def test_a_case_whose_card_the_database_refuses_holds_up_none_of_the_others(city_db: str) -> None:
    number = worker.CARDS_TOGETHER + 2
    timers.seed(city_db, number)
    late = just_late()
    refuse("insert on card for each row when (new.case_id = 4)")
    assert worker.supervise(now=late) == number - 1
    assert worker.supervise(now=late) == 0
    allow("card")
    assert worker.supervise(now=late) == 1


@pytest.mark.acceptance
def test_two_workers_of_which_one_is_killed_fire_each_timer_once(
    city_db: str, tmp_path: Path
) -> None:
    """Real processes, real commits: what the killed one held, the other takes over."""
    timers.seed(city_db, 240)
    found = timers.run(city_db, tmp_path, 240)
    assert found.exactly_once
    assert found.fired_when_killed
    assert not found.failed


def test_a_timer_that_cannot_fire_is_set_aside_and_changes_nothing(story: Story) -> None:
    with db.transaction() as session:
        revision = story.case.revision
        broken = {"id": story.case_id, "state": b"not a state"}
        session.execute(text('UPDATE "case" SET state = :state WHERE id = :id'), broken)
    assert worker.fire_next_timer()
    assert not worker.fire_next_timer()
    assert fired(story) == 0
    assert story.case.revision == revision
    assert db.session().scalar(text("SELECT failure FROM timer")) is not None
