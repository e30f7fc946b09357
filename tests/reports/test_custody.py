"""Who held it, on real cases."""

from datetime import timedelta

import pytest

from engine import clocks, db, people, tasks
from engine.errors import ForbiddenError
from engine.workdays import office_between
from reports import custody
from tests.engine.supervision.scenes import MONDAY
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]


def played() -> Story:
    """A case of I1: waits a day, is claimed, accepted two hours later, decided and delivered."""
    story = Story("individual-business", at=MONDAY).apply()
    story.later(days=1)
    task, actor = story.task("accept", "wang.clerk"), people.actor_for_login("wang.clerk")
    with db.transaction():
        tasks.claim(task.id, actor=actor, now=story.now)
    story.later(hours=2).do("wang.clerk", "accept", "accept")
    story.later(hours=5).do("feng.registrar", "decide", "grant")
    return story.later(days=1).do("wang.clerk", "deliver_licence", "delivered")


def test_a_case_tells_who_held_it_and_the_sums_are_the_whole() -> None:
    """Waiting, then worked on by the clerk; every hour belongs to somebody."""
    story = played()
    found = custody.of_case(story.case, story.now + timedelta(days=9))
    assert found.closed
    assert found.end == story.case.closed_at
    assert found.office == office_between(clocks.calendar(), found.start, found.end)
    assert sum(line.hours for line in found.lines) == found.hours
    assert sum(line.share for line in found.lines) == pytest.approx(100)
    (worked,) = [line for line in found.lines if line.person]
    assert (worked.kind, worked.person, worked.step.zh) == (
        "working",
        "王婉清",
        "受理与形式审查",
    )
    assert worked.hours == 2
    waiting = [
        line.hours for line in found.lines if line.kind == "waiting" and "受理" in line.step.zh
    ]
    assert waiting == [7]


def test_usage_adds_up_over_cases_and_shows_leaders_their_own() -> None:
    """By department and by person; a clerk sees none of it."""
    story = played()
    now = story.now + timedelta(hours=1)
    found = custody.usage(people.actor_for_login("jc.he"), now)
    assert (found.cases, found.cut) == (1, False)
    (unit,) = found.departments
    assert unit.department == "scjg"
    assert [(p.person, p.working) for p in found.persons] == [("王婉清", 2.0)]
    assert unit.each == pytest.approx(unit.waiting + unit.working)
    assert custody.usage(people.actor_for_login("chen.leader"), now).departments == (unit,)
    assert custody.usage(people.actor_for_login("jc.he"), now, department="cgj").cases == 0
    assert custody.usage(people.actor_for_login("jc.he"), now, item="other").cases == 0
    assert custody.usage(people.actor_for_login("jc.he"), now + timedelta(days=40)).cases == 0
    with pytest.raises(ForbiddenError):
        custody.usage(people.actor_for_login("wang.clerk"), now)
