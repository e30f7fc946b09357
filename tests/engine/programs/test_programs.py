"""Service tasks of real cases: programs fetch them, do them, fail at them; each at most once."""

import pytest

from engine import clock, db, events, programs
from tests.engine.programs.scenes import asked, fetch, program

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]


def test_a_program_gets_the_inputs_of_the_task_alone_and_its_results_go_on() -> None:
    """Nothing else of the case leaves the house; what the diagram does not name stays out."""
    story, tax = asked(), program()
    (job,) = fetch(tax)
    assert (job.variables, job.row.worker_id) == ({"firm": "individual-business"}, "w1")
    with db.transaction():
        given = {"clean": True, "secret": 1}
        programs.complete(job.task.id, "w1", given, actor=tax, now=db.now())
    assert story.waiting() == [("look", "scjg")]
    done = next(e for e in events.history(story.case_id) if e.type == "task-completed")
    assert (done.actor_name, done.data["left_out"]) == ("税务局系统", ["secret"])
    assert fetch(tax) == []
    assert clock.now() is not None
