"""Who catches an error or an escalation: the nearest outside of what threw it."""

import pytest

from tests.engine.runtime.drawing import chain, end, start, subprocess, user, users
from tests.engine.runtime.machine.playing import (
    a_process,
    by_event,
    edge,
    entered,
    event,
    event_start,
    play,
    play_all,
    waiting,
)

E1 = event("error", errorRef="er")
X1 = event("escalation", escalationRef="es")


def _handled(definition: str, *, interrupting: bool) -> str:
    """Draw a subprocess whose event subprocess throws again what began it."""
    again = f'<endEvent id="again">{definition}</endEvent>'
    first = event_start("hs", definition, interrupting=interrupting)
    return subprocess(
        "sub",
        start("is"),
        f'<endEvent id="bad">{definition}</endEvent>',
        chain("is", "bad"),
        by_event("h", first, again, chain("hs", "again")),
    )


@pytest.mark.parametrize(("definition", "interrupting"), [(X1, False), (X1, True), (E1, True)])
def test_an_event_subprocess_does_not_catch_what_it_throws(
    definition: str, *, interrupting: bool
) -> None:
    handled = _handled(definition, interrupting=interrupting)
    body = start(), handled, user("after"), chain("s", "sub", "after")
    caught = edge("x", "sub", definition), user("up"), chain("x", "up")
    tried = play(*body, *caught)
    assert (waiting(tried), entered(tried).count("h")) == (["up"], 1)
    alone = play(*body)
    assert alone.status == ("failed" if definition == E1 else "waiting")
    assert entered(alone).count("h") == 1


def test_a_step_of_an_event_subprocess_escalates_outward_too() -> None:
    handler = by_event(
        "h", event_start("hs", X1, interrupting=False), user("look"), end("he"),
        chain("hs", "look", "he"),
    )  # fmt: skip
    inner = start("is"), f'<endEvent id="bad">{X1}</endEvent>', chain("is", "bad")
    body = start(), subprocess("sub", *inner, handler), users("up", "after")
    flows = chain("s", "sub", "after"), edge("x", "sub", X1, interrupting=False), chain("x", "up")
    tried = play(*body, *flows, steps=[{"complete": "look", "escalation": "X1"}])
    assert waiting(tried) == ["up", "after"]


def test_an_event_subprocess_catches_what_another_beside_it_throws() -> None:
    first = event_start("hs", X1, interrupting=False), f'<endEvent id="he">{E1}</endEvent>'
    tried = play(
        start(),
        f'<endEvent id="bad">{X1}</endEvent>',
        chain("s", "bad"),
        by_event("h", *first, chain("hs", "he")),
        by_event("k", event_start("ks", E1), user("mend"), chain("ks", "mend")),
    )
    assert waiting(tried) == ["mend"]


UNCODED = (
    '<error id="er" errorCode="E1"/><error id="any" name="Some error"/><error id="own"/>'
    '<escalation id="es" escalationCode="X1"/><escalation id="all" name="Some escalation"/>'
)


@pytest.mark.parametrize(
    ("thrown", "edges", "left"),
    [
        (E1, {"x": event("error", errorRef="any")}, "x"),
        (E1, {"x": event("error", errorRef="any"), "y": E1}, "y"),
        (event("error", errorRef="own"), {"x": event("error", errorRef="own"), "y": E1}, "x"),
        (
            event("error", errorRef="own"),
            {"x": event("error", errorRef="any"), "y": event("error", errorRef="own")},
            "y",
        ),
        (X1, {"x": event("escalation", escalationRef="all")}, "x"),
        (X1, {"x": event("escalation", escalationRef="all"), "y": X1}, "y"),
    ],
)
def test_what_is_declared_without_a_code_catches_all(
    thrown: str, edges: dict[str, str], left: str
) -> None:
    """Camunda 7 and Flowable say so of errors and escalations; what names the same comes first."""
    inner = start("is"), f'<endEvent id="bad">{thrown}</endEvent>', chain("is", "bad")
    drawn = [
        edge(one, "sub", given) + user(f"after_{one}") + chain(one, f"after_{one}")
        for one, given in edges.items()
    ]
    body = start(), subprocess("sub", *inner), user("after"), chain("s", "sub", "after"), *drawn
    assert waiting(play_all(a_process("p", *body), declared=UNCODED)) == [f"after_{left}"]


def test_an_error_event_subprocess_without_a_code_catches_what_a_program_tells() -> None:
    program = '<serviceTask id="st" camunda:type="external" camunda:topic="t"/>'
    handler = event_start("hs", event("error", errorRef="any")), user("mend"), chain("hs", "mend")
    body = start(), program, end(), chain("s", "st", "e"), by_event("h", *handler)
    steps = [{"complete": "st", "error": "E9"}]
    tried = play_all(a_process("p", *body), declared=UNCODED, steps=steps)
    assert waiting(tried) == ["mend"]
    wrong = [{"complete": "st", "escalation": "E9"}]
    assert play_all(a_process("p", *body), declared=UNCODED, steps=wrong).status == "completed"
