"""A step that fails changes nothing and leaves an incident that can be read, retried and closed."""

import multiprocessing
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from engine import clock, db, definitions, events, incidents, people, tasks
from engine.errors import ConflictError, EngineFault, ForbiddenError
from engine.incidents import Attempt
from forms.text import Text
from tests.dying import COMMIT, die_at
from tests.engine.bpmn import diagrams
from tests.engine.failing import fail_for_once, failed
from tests.engine.programs import scenes
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]
PROCESSES = Path(__file__).parents[2] / "processes"


def failing() -> Story:
    """A case whose diagram asks a question that has no answer when the clerk accepts it."""
    files = definitions.read_folder(PROCESSES / "individual-business")
    del files["paths.yaml"]
    name = "individual-business.bpmn"
    text = files[name].decode()
    assert text.count('outcome = "correct"') == 1
    files[name] = text.replace('outcome = "correct"', 'capital &gt; "much"').encode()
    with db.transaction():
        definitions.deploy(files, actor=people.actor_for_login("admin"), now=clock.now())
    return Story("individual-business").apply()


def fail(story: Story) -> EngineFault:
    """Press the button; do what a door does with the fault."""
    with pytest.raises(EngineFault) as fault:
        story.do("wang.clerk", "accept", "accept")
    incidents.keep(fault.value, now=clock.now())
    return fault.value


def test_a_failed_step_changes_nothing_and_leaves_one_incident_however_often_it_is_tried() -> None:
    """What, where, since when, and the data that had been handed in."""
    story = failing()
    fail(story)
    fail(story)
    assert story.waiting() == [("accept", "scjg")]
    assert story.case.status == "received"
    (incident,) = incidents.waiting(people.actor_for_login("admin"))
    assert (incident.times, incident.element) == (2, "accept")
    assert incident.attempt["outcome"] == "accept"
    assert incident.actor is not None
    assert incident.actor.name == "王婉清"
    types = [event.type for event in events.history(story.case_id)]
    assert types.count("step-failed") == 1
    assert "task-completed" not in types


def test_a_retry_that_fails_again_stays_open_and_one_that_succeeds_is_the_persons_own_act() -> None:
    """The admin retries; the step is done in the name of whoever had tried it."""
    admin = people.actor_for_login("admin")
    story = failing()
    fail(story)
    (incident,) = incidents.waiting(admin)
    with pytest.raises(EngineFault), db.transaction():
        tasks.retry(incident.id, actor=admin, now=clock.now())
    assert [row.id for row in incidents.waiting(admin)] == [incident.id]

    sound = Story("medical-device-iii").apply()
    task = sound.task("accept", "wang.clerk")
    given = {"outcome": "accept", "answers": sound.filled("accept"), "opinion": ""}
    clerk = people.actor_for_login("wang.clerk")
    fault = EngineFault(Text("一时的故障。", "A passing fault."))
    fault.attempt = Attempt(sound.case_id, "accept", clerk, task.id, given=given)
    passing = incidents.keep(fault, now=clock.now())
    assert passing is not None
    with db.transaction():
        tasks.retry(passing.id, actor=admin, now=clock.now())
    assert sound.waiting() == [("review", "scjg")]
    done = [e for e in events.history(sound.case_id) if e.type == "task-completed"]
    assert [event.actor_name for event in done] == ["王婉清"]
    assert [row.id for row in incidents.waiting(admin)] == [incident.id]


def test_only_an_admin_sees_incidents_and_closing_twice_is_a_conflict() -> None:
    """Closing says how, leaves the case alone, and an event."""
    admin = people.actor_for_login("admin")
    story = failing()
    fail(story)
    with pytest.raises(ForbiddenError):
        incidents.waiting(people.actor_for_login("wang.clerk"))
    (incident,) = incidents.waiting(admin)
    with db.transaction():
        incidents.close(incident.id, "改用新版本重新申请", actor=admin, now=clock.now())
    with pytest.raises(ConflictError), db.transaction():
        incidents.close(incident.id, "again", actor=admin, now=clock.now())
    assert events.history(story.case_id)[-1].type == "incident-closed"


def test_all_of_one_cause_are_retried_by_the_workers_with_their_progress_to_be_seen() -> None:
    """One that was closed meanwhile is passed over, one that fails again is counted; none twice."""
    admin, stories, broken = people.actor_for_login("admin"), failed(3), failing()
    fail(broken)
    causes = {cause.message.en: cause for cause in incidents.causes(admin)}
    passing = causes["A passing fault."]
    assert (passing.number, len(causes)) == (3, 2)
    found = incidents.listed(admin, incidents.Wanted(like=passing.example)).rows
    assert [row.case_id for row in found] == [story.case_id for story in stories[::-1]]
    stories[1].do("wang.clerk", "accept", "accept")  # the clerk tried again by hand
    with db.transaction():
        incidents.close(found[0].id, "已另行处理", actor=admin, now=clock.now())
    with db.transaction():
        round_id = tasks.retrying.begin(found[1].id, actor=admin, now=clock.now()).id
    with pytest.raises(ConflictError), db.transaction():
        tasks.retrying.begin(found[1].id, actor=admin, now=clock.now())
    with db.transaction():
        incidents.close(found[2].id, "已另行处理", actor=admin, now=clock.now())
    assert [tasks.retrying.retry_next(now=clock.now()) for _ in range(3)] == [True, True, False]
    row = tasks.retrying.find_round(round_id, admin)
    assert (row.total, row.retried, row.failed, row.passed) == (2, 0, 1, 1)
    assert row.finished_at is not None


def test_after_the_cause_is_mended_one_click_brings_all_cases_on() -> None:
    """Each in the name of whoever had tried it; the list by item is empty then."""
    admin, stories = people.actor_for_login("admin"), failed(2)
    with db.transaction():
        example = incidents.causes(admin)[0].example
        tasks.retrying.begin(example, actor=admin, now=clock.now())
    while tasks.retrying.retry_next(now=clock.now()):
        pass
    assert [story.waiting() for story in stories] == [[("review", "scjg")]] * 2
    assert incidents.items(admin) == []
    wanted = incidents.Wanted(item="medical-device-iii", closed=True)
    assert len(incidents.listed(admin, wanted).rows) == 2
    done = [e for e in events.history(stories[0].case_id) if e.type == "task-completed"]
    assert [event.actor_name for event in done] == ["王婉清"]
    with pytest.raises(ConflictError), db.transaction():
        tasks.retrying.begin(example, actor=admin, now=clock.now())


def _retry_and_die(url: str, at: int) -> None:
    """In a process of its own: retry one after the other, killed before the commit number ``at``.

    All that belongs to that try has been written by then, and nothing of it is kept.
    """
    die_at(url, at, COMMIT)
    while tasks.retrying.retry_next(now=clock.now()):
        pass
    os._exit(0)


def test_a_worker_killed_while_it_retries_all_leaves_nothing_half_done(city_db: str) -> None:
    """What was retried is done once, the rest is open; another worker does the rest, once each."""
    admin, stories, broken = people.actor_for_login("admin"), failed(4), failing()
    fail_for_once(broken)
    with db.transaction():
        example = incidents.causes(admin)[0].example
        round_id = tasks.retrying.begin(example, actor=admin, now=clock.now()).id
    db.session().close()
    process = multiprocessing.get_context("fork").Process(target=_retry_and_die, args=(city_db, 3))
    process.start()
    process.join()
    assert process.exitcode == -signal.SIGKILL
    row = tasks.retrying.find_round(round_id, admin)
    assert (row.retried, row.failed, row.finished_at) == (2, 0, None)
    assert [story.waiting()[0][0] for story in stories] == ["review"] * 2 + ["accept"] * 2
    assert {one.case_id for one in incidents.waiting(admin)} == {
        one.case_id for one in (*stories[2:], broken)
    }
    assert [done(story) for story in stories] == [1, 1, 0, 0]

    db.session().close()
    other = [sys.executable, "-m", "tools.cli", "worker", "--once"]
    environment = {**os.environ, "DATABASE_URL": city_db, "LIANBAN_MAIL_URL": ""}
    subprocess.run(other, env=environment, check=True, timeout=120, capture_output=True)
    row = tasks.retrying.find_round(round_id, admin)
    assert (row.retried, row.failed, row.passed) == (4, 1, 0)
    assert row.finished_at is not None
    assert [done(story) for story in (*stories, broken)] == [1, 1, 1, 1, 0]
    assert {one.case_id for one in incidents.waiting(admin)} == {broken.case_id}
    assert all(events.verify(events.stream_of(one.case_id)) == [] for one in (*stories, broken))


def done(story: Story) -> int:
    """How often a case's acceptance was completed."""
    return [one.type for one in events.history(story.case_id)].count("task-completed")


def test_what_nobody_foresaw_is_an_incident_as_well() -> None:
    """A value that the database cannot hold: told of at once, nothing changed, mended, retried."""
    admin = people.actor_for_login("admin")
    nul = scenes.service().replace("${item}", '= "a\\u0000b"')
    story = scenes.asked(
        diagrams.start("s"), diagrams.user("begin"), nul, diagrams.end("e"),
        diagrams.chain("s", "begin", "ask", "e"),
    )  # fmt: skip
    with pytest.raises(EngineFault) as fault:
        story.do("zhao.examiner", "begin", "done")
    assert "UntranslatableCharacter" in fault.value.message.en
    assert [element for element, _ in story.waiting()] == ["begin"]
    assert [one.type for one in events.history(story.case_id)][-1] == "task-opened"
    kept = incidents.keep(fault.value, now=clock.now())
    assert kept is not None
    (incident,) = incidents.waiting(admin)
    assert (incident.element, incident.attempt["outcome"]) == ("begin", "done")
    with pytest.raises(EngineFault), db.transaction():
        tasks.retry(incident.id, actor=admin, now=clock.now())
    assert [row.id for row in incidents.waiting(admin)] == [incident.id]
