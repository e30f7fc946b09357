"""Cases that wait for a program, moved to another version of their item."""

from datetime import date

import pytest

from engine import canary, clock, db, definitions, jobs, programs, whatif
from engine.whatif import Axis, Course
from engine.workdays import Calendar
from tests.engine import clockwork
from tests.engine.bpmn.diagrams import chain, end, start, user
from tests.engine.migrating.scenes import ACCEPT, DECIDE, deployed, fared, moved, undone
from tests.engine.programs.scenes import fetch, program, service
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]


def item(asking: str) -> tuple[str, ...]:
    """Acceptance, a question, a decision."""
    return (
        start(),
        ACCEPT,
        asking,
        DECIDE,
        end(),
        chain("start", "accept", "ask", "decide", "end"),
    )


def test_a_moved_case_is_asked_for_under_the_topic_of_the_new_version_and_put_back_again() -> None:
    """What was fetched before the move can be done after it."""
    old = deployed(*item(service()))
    story = Story("individual-business").apply().do("wang.clerk", "accept", "accept")
    row = moved(old, deployed(*item(service(topic="tax-record-2"))))
    assert [one.topic for one in jobs.of_case(story.case_id)] == ["tax-record-2"]
    assert undone(row)["undone"] == 1
    db.session().expire_all()
    assert [one.topic for one in jobs.of_case(story.case_id)] == ["tax-record"]
    tax = program("tax.office", "tax-record", "tax-record-2")
    (job,) = fetch(tax)
    moved(old, version_of(story) + 1)
    with db.transaction():
        programs.complete(job.task.id, "w1", {}, actor=tax, now=db.now())
    assert [name for name, _ in story.waiting()] == ["decide"]


def version_of(story: Story) -> int:
    """The version a case runs on."""
    return story.case.version_id


def test_a_step_does_not_go_from_a_program_to_people_while_it_is_open() -> None:
    """The case stays, with the reason; nor the other way round."""
    old = deployed(*item(service()))
    Story("individual-business").apply().do("wang.clerk", "accept", "accept")
    by_hand = deployed(*item(user("ask")))
    ((state, element, why),) = fared(moved(old, by_hand))
    assert (state, element) == ("refused", "ask")
    assert "another kind" in why


def test_the_canary_and_the_simulation_know_tasks_of_programs() -> None:
    """Neither stumbles over a step that nobody holds a post for."""
    pieces = item(service())
    deployed(*pieces)
    Story("individual-business").apply().do("wang.clerk", "accept", "accept")
    assert canary.examine(now=clock.now()) == []
    files = clockwork.bundle(*pieces)
    course = Course(definitions.read_bundle(files), definitions.bundle_hash(files))
    people = {"scjg:clerk": 5, "scjg:head": 5}
    setup = whatif.Setup(date(2026, 3, 2), 3, people=people, days=5, warmup=0, replications=1)
    found = whatif.replicate(course, setup, Calendar(), 0)
    figures = whatif.summarise(course, setup, [found], Axis(Calendar(), setup.first, 1).hours)
    assert {one.element for one in figures.steps} >= {"accept", "decide"}
    assert (figures.faults, figures.unfinished.mean < 15) == ((), True)
