"""Two people at once, eight clicks at once, a process killed midway: real commits, threads."""

import threading
from collections import Counter

import pytest
from sqlalchemy import text

from engine import cases, db, events, people, tasks
from engine.errors import ConflictError
from engine.tasks import Doing
from tests.dying import killed_at_each
from tools.stories import Story, plausible

pytestmark = [pytest.mark.db]

CLICKS = 8
STATEMENTS_AT_MOST = 200


def accepting(story: Story) -> Doing:
    """What the clerk hands in to accept a case."""
    file = cases.file_of(story.case)
    return Doing("accept", answers=plausible(file.bundle.forms["accept"], story.now))


def test_eight_simultaneous_completions_give_one_success_and_one_event(city_db: str) -> None:
    """One success, seven conflicts, one event; the case goes on exactly once."""
    story = Story("medical-device-iii").apply()
    task_id, doing = story.task("accept", "wang.clerk").id, accepting(story)
    gate, outcomes = threading.Barrier(CLICKS), Counter[str]()

    def click() -> None:
        actor = people.actor_for_login("wang.clerk")
        gate.wait()
        try:
            with db.transaction():
                tasks.complete(task_id, doing, actor=actor, now=story.now)
            outcomes["done"] += 1
        except ConflictError:
            outcomes["conflict"] += 1
        finally:
            db.session().close()

    threads = [threading.Thread(target=click) for _ in range(CLICKS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == {"done": 1, "conflict": CLICKS - 1}
    done = [e for e in events.history(story.case_id) if e.type == "task-completed"]
    assert len(done) == 1
    assert story.waiting() == [("review", "scjg")]
    assert events.verify(f"case:{story.case_id}") == []


def test_three_departments_answering_at_once_all_count(city_db: str) -> None:
    """Parallel branches wait for each other's lock, and the join sees every answer."""
    story = Story("restaurant-opening", "li.si").apply().do("wang.clerk", "accept", "accept")
    logins = ("zhao.examiner", "cg.wu", "xf.zheng")
    gate = threading.Barrier(len(logins))
    faults: list[BaseException] = []

    def answer(login: str) -> None:
        mine = Story("restaurant-opening", "li.si")
        mine.case_id = story.case_id
        try:
            gate.wait()
            mine.do(login, "part_opinion", "agree")
        except BaseException as fault:  # noqa: BLE001 - shown by the test below
            faults.append(fault)
        finally:
            db.session().close()

    threads = [threading.Thread(target=answer, args=(login,)) for login in logins]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    assert story.waiting() == [("consolidate", "scjg")]


def test_two_claims_at_once_give_the_task_to_one(city_db: str) -> None:
    """The other is told who holds it."""
    story = Story("medical-device-iii").apply()
    task_id = story.task("accept", "wang.clerk").id
    gate, outcomes = threading.Barrier(2), Counter[str]()

    def claim(login: str) -> None:
        actor = people.actor_for_login(login)
        gate.wait()
        try:
            with db.transaction():
                tasks.claim(task_id, actor=actor, now=story.now)
            outcomes["claimed"] += 1
        except ConflictError:
            outcomes["refused"] += 1
        finally:
            db.session().close()

    threads = [threading.Thread(target=claim, args=(name,)) for name in ("wang.clerk", "li.clerk")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert outcomes == {"claimed": 1, "refused": 1}


@pytest.mark.slow
def test_a_process_killed_at_any_statement_leaves_the_case_before_or_after(city_db: str) -> None:
    """Kill -9 before each statement of the step in turn, the commit included."""
    story = Story("medical-device-iii").apply()
    task_id, doing = story.task("accept", "wang.clerk").id, accepting(story)
    before = len(events.history(story.case_id))
    db.session().close()
    at = 0

    def complete() -> None:
        with db.transaction():
            actor = people.actor_for_login("wang.clerk")
            tasks.complete(task_id, doing, actor=actor, now=story.now)

    for at in killed_at_each(city_db, complete):
        assert story.waiting() == [("accept", "scjg")], f"killed before statement {at}"
        assert len(events.history(story.case_id)) == before
    assert at > 5, "the step must have had several statements to die at"
    assert story.waiting() == [("review", "scjg")]
    assert events.verify(f"case:{story.case_id}") == []


def test_the_database_itself_refuses_to_change_the_record(city_db: str) -> None:
    """Events, documents and bundle files cannot be changed or removed, not even by hand."""
    Story("individual-business").apply()
    for statement in (
        "update event set actor_name = 'x'",
        "delete from event",
        "truncate event cascade",
        "update document set number = 'x'",
        "delete from version_file",
    ):
        with pytest.raises(Exception, match="never changed"), db.transaction() as session:
            session.execute(text(statement))
