"""What fails, or answers itself without an end, is told before anything runs."""

import pytest

from tests.engine.runtime.drawing import chain, end, flow, gateway, start
from tests.engine.runtime.machine.playing import (
    a_process,
    by_event,
    definitions,
    edge,
    event,
    event_start,
    play,
    problems,
    rules,
)

FAILS = end("bad", event("error", errorRef="er"))
HANDLER = event_start("h", event("error", errorRef="er")) + end("he") + chain("h", "he")


def warned(*processes: str) -> list[str]:
    found = problems(definitions(*processes))
    return [one.rule for one in found if one.severity == "warning"]


def call(name: str, target: str) -> str:
    return f'<callActivity id="{name}" calledElement="{target}"/>'


def test_an_error_that_nothing_here_catches_iswarned_of() -> None:
    """Somebody elsewhere may call the process and catch it."""
    body = start(), FAILS, chain("s", "bad")
    assert rules(*body) == set()
    assert warned(a_process("p", *body)) == ["uncaught-error"]
    assert play(*body).status == "failed"
    assert warned(a_process("p", *body, by_event("x", HANDLER))) == []
    again = HANDLER.replace(end("he"), FAILS.replace("bad", "he"))
    assert warned(a_process("p", *body, by_event("x", again))) == ["uncaught-error"]
    assert play(*body, by_event("x", again)).status == "failed"


def test_an_error_may_be_caught_where_its_process_is_called() -> None:
    failing = a_process("q", start("qs"), FAILS, chain("qs", "bad"))
    body = start(), call("c", "q"), end(), chain("s", "c", "e")
    caught = edge("x", "c", event("error", errorRef="er")), end("e2"), chain("x", "e2")
    other = edge("x", "c", event("error", errorRef="er2")), end("e2"), chain("x", "e2")
    for edges, told in ((caught, []), (other, ["uncaught-error"])):
        found = problems(definitions(a_process("p", *body, *edges), failing))
        assert [one.rule for one in found] == told


@pytest.mark.parametrize("kind", ["exclusive", "inclusive"])
def test_a_gateway_that_no_token_can_leave_is_refused(kind: str) -> None:
    def leaving(*conditions: str) -> tuple[str, ...]:
        ends = [f"e{number}" for number in range(len(conditions))]
        ways = [flow("x", one, text) for one, text in zip(ends, conditions, strict=True)]
        return start(), gateway(kind, "x"), *map(end, ends), chain("s", "x"), *ways

    assert rules(*leaving("1 = 2", "false")) == {"no-way-out"}
    assert rules(*leaving("1 = 2", "n > 1")) == set()
