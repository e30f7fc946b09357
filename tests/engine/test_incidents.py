"""A step that fails changes nothing and leaves an incident that can be read, retried and closed."""

from pathlib import Path

import pytest

from engine import clock, db, definitions, events, incidents, people, tasks
from engine.errors import ConflictError, EngineFault, ForbiddenError
from engine.incidents import Attempt
from forms.text import Text
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
