"""What a program gives back goes into the case where the diagram says so."""

import pytest

from engine import db, programs
from tests.engine.bpmn.diagrams import chain, end, flow, node, start, user
from tests.engine.programs.scenes import ERROR, asked, edge, fetch, program, service

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


def test_a_result_named_like_an_input_goes_into_the_case_with_an_error_too() -> None:
    """The error's way asks for what the program gave, not for what it was given."""
    catch = edge("no", "ask", '<bpmn:errorEventDefinition errorRef="E"/>')
    story = asked(
        start("s"), service(results="firm"), catch,
        node("exclusiveGateway", "g", more='default="f_g_e2"'), user("look"), end("e"), end("e2"),
        chain("s", "ask", "e"), chain("no", "g"), flow("g", "look", '= firm = "mended"'),
        flow("g", "e2"), chain("look", "e"), beside=ERROR,
    )  # fmt: skip
    tax = program()
    (job,) = fetch(tax)
    with db.transaction():
        thrown = programs.Thrown("REJECTED", "", {"firm": "mended"})
        programs.throw(job.task.id, "w1", thrown, actor=tax, now=db.now())
    assert story.waiting() == [("look", "scjg")]
