"""Who catches an error or an escalation: the nearest outside of what threw it."""

import pytest

from tests.engine.runtime.drawing import chain, end, start, subprocess, user, users
from tests.engine.runtime.machine.playing import (
    by_event,
    edge,
    entered,
    event,
    event_start,
    play,
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
