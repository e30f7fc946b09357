"""What a program gives back goes into the case where the diagram says so."""

import pytest

from engine import db, programs
from tests.engine.bpmn.diagrams import chain, end, flow, node, start, user
from tests.engine.programs.scenes import asked, fetch, program, service

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]


def test_a_result_named_like_an_input_goes_into_the_case() -> None:
    """An input is the task's own variable; what ``results`` names goes out all the same."""
    story = asked(
        start("s"), service(results="firm"),
        node("exclusiveGateway", "g", more='default="f_g_e"'), user("look"), end("e"),
        chain("s", "ask", "g"), flow("g", "look", '= firm = "mended"'), flow("g", "e"),
        chain("look", "e"),
    )  # fmt: skip
    tax = program()
    (job,) = fetch(tax)
    assert job.variables == {"firm": "individual-business"}
    with db.transaction():
        given = {"firm": "mended"}
        programs.complete(job.task.id, "w1", given, actor=tax, now=db.now())
    assert story.waiting() == [("look", "scjg")]
