"""What fails, or answers itself without an end, is told before anything runs."""

import pytest

from tests.engine.runtime.drawing import chain, end, flow, gateway, start, user
from tests.engine.runtime.machine.playing import (
    a_process,
    by_event,
    catch,
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


SIGNAL = event("signal", signalRef="sg")
MAIL = event("message", messageRef="m")


def answering(inner: str, *between: str, interrupting: bool = False) -> str:
    """Draw a process with an event subprocess that throws what it catches."""
    names = [piece.split('id="')[1].split('"')[0] for piece in between]
    caught = event_start("h", inner, interrupting=interrupting)
    handler = by_event("x", caught, *between, end("he", inner), chain("h", *names, "he"))
    return a_process("p", start(), user("a"), end(), chain("s", "a", "e"), handler)


@pytest.mark.parametrize("inner", [SIGNAL, MAIL])
def test_events_that_answer_themselves_are_warned_of(inner: str) -> None:
    assert warned(answering(inner)) == ["endless-loop"]
    assert warned(answering(inner, user("b"))) == []
    assert warned(answering(inner, interrupting=True)) == []


def test_processes_that_begin_each_other_without_an_end_are_warned_of() -> None:
    def beginning(name: str, inner: str, thrown: str) -> str:
        ends = end(f"{name}e", thrown), chain(f"{name}s", f"{name}e")
        return a_process(name, event_start(f"{name}s", inner), *ends)

    other = event("message", messageRef="m2")
    assert warned(beginning("p", MAIL, other), beginning("q", other, MAIL)) == ["endless-loop"]
    assert warned(beginning("p", MAIL, other), beginning("q", other, SIGNAL)) == []
    taking = a_process("r", start("rs"), catch("c", MAIL), end("re"), chain("rs", "c", "re"))
    assert warned(beginning("p", MAIL, other), beginning("q", other, MAIL), taking) == []


def test_events_on_edges_that_answer_each_other_are_warned_of() -> None:
    """Without a choice between."""
    edges = edge("b", "a", SIGNAL, interrupting=False) + edge("d", "a", MAIL, interrupting=False)
    around = start(), user("a"), end(), chain("s", "a", "e"), edges, end("e2", SIGNAL)
    assert warned(a_process("p", *around, end("e1", MAIL), chain("b", "e1"), chain("d", "e2"))) == [
        "endless-loop"
    ]
    chosen = gateway("exclusive", "g", default="no"), end("e1", MAIL), end("e3")
    ways = chain("b", "g"), flow("g", "e1", "n > 1"), flow("g", "e3", flow_id="no")
    told = warned(a_process("p", *around, *chosen, *ways, chain("d", "e2")))
    assert "endless-loop" not in told
