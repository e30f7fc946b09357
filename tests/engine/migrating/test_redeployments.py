"""Moves as work: refused beforehand, done by any worker, killed, paused, begun by two at once."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import OperationalError

from engine import clock, db, definitions, events, migrating, people
from engine.definitions import service
from engine.errors import ConflictError, ForbiddenError, InvalidError
from engine.migrating import PlanRefusedError
from engine.models import Case, Event, Redeployment, Task
from tests.engine import clockwork, wide
from tests.engine.bpmn.diagrams import file
from tests.engine.migrating.scenes import (
    ACCEPT,
    DECIDE,
    admin,
    begun,
    chain,
    deployed,
    end,
    fared,
    flow,
    moved,
    node,
    start,
    straight,
    undone,
    user,
    version_of,
)
from tools import worker
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]
EXAMINER = "zhao.examiner"


def shops(number: int) -> list[Story]:
    """Cases at the examination."""
    return [
        Story("individual-business").apply(number=n + 1).do("wang.clerk", "accept", "accept")
        for n in range(number)
    ]


def refusal(old: int, new: int, **mapping: str) -> dict[str, str]:
    """Why there is no way, by element."""
    with pytest.raises(PlanRefusedError) as refused:
        migrating.plan(old, new, mapping)
    return {fault.element: fault.why.en for fault in refused.value.faults}


def test_a_mapping_that_cannot_be_right_is_refused_at_each_element() -> None:
    old, new = deployed(*straight("a", "b")), deployed(*straight("b", "a", "c", c="1wd"))
    assert "circle: a -> b -> a".replace("->", "→") in refusal(old, new, a="b", b="a")["a"]
    assert refusal(old, new, a="nowhere") == {"a": "The new version has no element 'nowhere'."}
    assert refusal(old, new, never="c") == {"never": "The old version has no element 'never'."}
    assert "two kinds" in refusal(old, new, a="end")["a"]


def test_two_steps_of_one_fork_cannot_become_one_and_two_in_a_row_can() -> None:
    gates = node("parallelGateway", "g") + node("parallelGateway", "j")
    old = deployed(
        start(), ACCEPT, gates, user("a"), user("b"), DECIDE, end(),
        chain("start", "accept", "g"), flow("g", "a"), flow("g", "b"), flow("a", "j"),
        flow("b", "j"), chain("j", "decide", "end"),
    )  # fmt: skip
    new = deployed(*straight("a"))
    assert "may be open at once" in refusal(old, new, b="a")["b"]
    row = deployed(*straight("a", "b"))
    assert migrating.plan(row, new, {"b": "a"}).target("b") == "a"


def test_another_process_id_and_another_item_are_refused() -> None:
    old = deployed(*straight("a"))
    files = clockwork.bundle(*straight("a", "b"))
    files["main.bpmn"] = file(*straight("a", "b"), facts=wide.FACTS).replace(
        b'process id="p"', b'process id="q"'
    )
    for info in definitions.versions(wide.ITEM):  # else the id could not change
        with db.transaction():
            service.retire(info.version.id, "重画", actor=admin(), now=clock.now())
    wide.deploy(files)
    new = max(info.version.id for info in definitions.versions(wide.ITEM))
    assert "'individual_business' to 'q'" in refusal(old, new)[""]
    other = definitions.newest("medical-device-iii").version_id
    assert "two items" in refusal(old, other)[""]
    assert "same version" in refusal(old, old)[""]


def test_the_impact_groups_cases_by_where_they_stand_and_writes_nothing() -> None:
    old = deployed(*straight("a", "b"))
    stories = shops(4)
    stories[0].do(EXAMINER, "a", "done")
    new = deployed(*straight("a", a="6wd"))
    before = db.session().scalar(select(text("count(*)")).select_from(Event))
    choice = migrating.Choice(steps_anew=True)
    found = migrating.impact(migrating.plan(old, new, {}), choice, now=clock.now())
    assert (found.total, found.movable, found.staying) == (4, 3, 1)
    assert found.at == {"a": 3, "b": 1}
    can, cannot = found.groups
    assert [fault.element for fault in cannot.faults] == ["b"]
    assert [change.which for change in can.changes] == ["a"]
    assert not db.session().dirty
    assert db.session().scalar(select(text("count(*)")).select_from(Event)) == before
    assert {version_of(story) for story in stories} == {old}


def test_only_the_picked_cases_are_moved_and_strange_numbers_are_named() -> None:
    old = deployed(*straight("a"))
    stories = shops(2)
    new = deployed(*straight("a", "b"))
    with pytest.raises(InvalidError) as refused:
        begun(old, new, picked=[stories[0].case.number, "LB00000000"])
    assert "LB00000000" in refused.value.fields["cases"].en
    moved(old, new, picked=[stories[0].case.number])
    assert [version_of(story) for story in stories] == [new, old]


def test_only_an_admin_with_a_reason_begins_and_only_with_cases() -> None:
    old, new = deployed(*straight("a")), deployed(*straight("a", "b"))
    way = migrating.plan(old, new, {})
    with pytest.raises(InvalidError) as refused, db.transaction():
        migrating.begin(way, migrating.Wish("为何"), actor=admin(), now=clock.now())
    assert "cases" in refused.value.fields
    shops(1)
    examiner = people.actor_for_login(EXAMINER)
    with pytest.raises(ForbiddenError), db.transaction():
        migrating.begin(way, migrating.Wish("为何"), actor=examiner, now=clock.now())
    with pytest.raises(InvalidError) as refused, db.transaction():
        migrating.begin(way, migrating.Wish(" "), actor=admin(), now=clock.now())
    assert "reason" in refused.value.fields


def test_of_two_admins_at_once_one_begins_and_the_other_is_told_who() -> None:
    old, new = deployed(*straight("a")), deployed(*straight("a", "b"))
    with db.transaction() as session:
        session.execute(text("update version set state = 'retired' where id = :v"), {"v": new})
    shops(1)
    with db.transaction() as session:
        session.execute(text("update version set state = 'active' where id = :v"), {"v": new})

    def attempt(_: int) -> str:
        try:
            begun(old, new)
        except ConflictError as error:
            return error.message.zh
        finally:
            db.session().close()
        return "begun"

    with ThreadPoolExecutor(2) as pool:
        answers = sorted(pool.map(attempt, range(2)))
    assert answers[0] == "begun"
    assert "林若川已开始这个事项的另一次迁移" in answers[1]
    assert len(list(db.session().scalars(select(Redeployment)))) == 1


def killed_in_the_middle(row: Redeployment) -> None:
    """Move some cases, and let the database lose the worker before it has committed."""
    with pytest.raises(OperationalError), db.transaction() as session:  # noqa: PT012
        assert migrating.work(clock.now(), 3) == 3
        db.write()
        pid = session.execute(text("select pg_backend_pid()")).scalar_one()
        with ThreadPoolExecutor(1) as pool:
            pool.submit(_terminate, pid).result()
        session.execute(text("select 1"))
    assert migrating.counted(row.id)["moved"] == 0


def _terminate(pid: int) -> None:
    with db.transaction() as session:
        session.execute(text("select pg_terminate_backend(:pid)"), {"pid": pid})
    db.session().close()


def test_a_killed_worker_leaves_nothing_half_done_and_two_others_move_each_case_once() -> None:
    old = deployed(*straight("a"))
    stories = shops(6)
    new = deployed(*straight("a", "b"))
    row = begun(old, new)
    killed_in_the_middle(row)
    assert {version_of(story) for story in stories} == {old}

    def work(_: int) -> int:
        try:
            return worker.redeploy()
        finally:
            db.session().close()

    with ThreadPoolExecutor(2) as pool:
        assert sum(pool.map(work, range(2))) == 6
    worker.redeploy()
    assert migrating.counted(row.id)["moved"] == 6
    for story in stories:
        kinds = Counter(clockwork.types(story))
        assert kinds["case-migrated"] == 1
        assert events.verify(events.stream_of(story.case_id)) == []
    db.session().expire_all()
    assert db.session().get_one(Redeployment, row.id).state == "done"
    assert "redeployment-done" in {one.type for one in events.recent("definitions")}


def test_staff_complete_tasks_while_their_cases_move_and_nothing_is_lost() -> None:
    old = deployed(*straight("a"))
    stories = shops(6)
    new = deployed(*straight("a", "b"))
    row = begun(old, new)

    def complete(story: Story) -> None:
        try:
            story.do(EXAMINER, "a", "done")
        finally:
            db.session().close()

    with ThreadPoolExecutor(2) as pool:
        done = [pool.submit(complete, story) for story in stories[::-1]]
        worker.redeploy()
        for one in done:
            one.result()
    while migrating.counted(row.id)["waiting"]:
        worker.redeploy()
    db.session().expire_all()
    for story in stories:
        open_now = {name for name, _ in story.waiting()}
        # Who completed before the move is behind the inserted step, who did after it stands at it.
        assert open_now in ({"b"}, {"decide"})
        assert version_of(story) == new
        query = select(Task.state).where(Task.case_id == story.case_id, Task.element == "a")
        assert list(db.session().scalars(query)) == ["completed"]


def test_paused_nothing_moves_and_resumed_cancelled_and_undone_in_their_order() -> None:
    old = deployed(*straight("a"))
    [story] = shops(1)
    row = begun(old, deployed(*straight("a", "b")))

    def steer(act: str) -> None:
        with db.transaction():
            migrating.steer(row.id, act, actor=admin(), now=clock.now())

    steer("pause")
    worker.redeploy()
    assert version_of(story) == old
    with pytest.raises(ConflictError):
        steer("pause")
    steer("resume")
    steer("cancel")
    worker.redeploy()
    assert (version_of(story), migrating.counted(row.id)["waiting"]) == (old, 1)
    assert undone(row)["undone"] == 0
    with pytest.raises(ConflictError):
        undone(row)


def test_a_move_that_begins_later_waits_for_its_moment() -> None:
    old = deployed(*straight("a"))
    [story] = shops(1)
    new = deployed(*straight("a", "b"))
    begun(old, new, begins_at=clock.now() + timedelta(hours=2))
    worker.redeploy()
    assert version_of(story) == old
    worker.redeploy(now=clock.now() + timedelta(hours=3))
    assert version_of(story) == new


def test_a_case_that_cannot_even_be_read_is_refused_alone() -> None:
    old = deployed(*straight("a"))
    stories = shops(3)
    with db.transaction() as session:
        session.get_one(Case, stories[1].case_id).state = b"LBS1jnothing"
    row = moved(old, deployed(*straight("a", "b")))
    assert [state for state, _, _ in fared(row)] == ["moved", "refused", "moved"]
    assert "cannot be read" in fared(row)[1][2]
