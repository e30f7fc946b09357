"""Plays without a database: messages, signals, timers, and moves that cannot be made."""

from datetime import timedelta

import pytest

from engine import definitions, playing
from engine.errors import InvalidError
from engine.playing import MAX_MOVES, Scene, Script, Stage
from engine.runtime.trial import BEGINNING
from engine.workdays import Calendar
from tests.engine.bpmn.diagrams import chain, end, flow, node, start, user
from tests.engine.wide import files

DECLARED = (
    '<bpmn:message id="m" name="Paid"><bpmn:extensionElements>'
    '<zeebe:subscription correlationKey="=name"/></bpmn:extensionElements></bpmn:message>'
    '<bpmn:signal id="sg" name="Stop"/>'
)
PAID = '<bpmn:messageEventDefinition messageRef="m"/>'
STOP = '<bpmn:signalEventDefinition signalRef="sg"/>'
WEEK = (
    "<bpmn:timerEventDefinition><bpmn:timeDuration>P7D</bpmn:timeDuration>"
    "</bpmn:timerEventDefinition>"
)


def stage(*pieces: str) -> Stage:
    """Make a bundle with this diagram ready to be played."""
    bundle = files(*pieces, beside=DECLARED)
    return Stage(definitions.read_bundle(bundle), definitions.bundle_hash(bundle), Calendar())


def waiting(definition: str) -> Stage:
    """A diagram that waits for an event before its only task."""
    return stage(
        start("s"), node("intermediateCatchEvent", "wait", definition), user("a"), end("e"),
        chain("s", "wait", "a", "e"),
    )  # fmt: skip


def walk(on: Stage, *moves: dict[str, object]) -> Scene:
    """Play moves after an application of somebody called Wang."""
    return on.play(Script(BEGINNING, {"name": "王"}, moves=moves))


def elements(scene: Scene) -> list[str]:
    """Return the open steps."""
    return [one.element for one in scene.todos]


def test_a_message_comes_in_with_what_it_must_carry() -> None:
    """The page shows for what it waits; another value is for nobody."""
    on = waiting(PAID)
    (awaited,) = walk(on).awaited
    assert (awaited.kind, awaited.name, awaited.key) == ("message", "Paid", '"王"')
    scene = walk(on, {"message": "Paid", "correlation": "王"})
    assert elements(scene) == ["a"]
    assert scene.log[-1].text.en == "“Paid” came in"
    wrong = walk(on, {"message": "Paid", "correlation": "李"})
    assert wrong.fault is not None
    assert elements(wrong) == []


def test_a_signal_comes_in() -> None:
    """By its name alone."""
    assert elements(walk(waiting(STOP), {"signal": "Stop"})) == ["a"]


def test_time_lets_timers_go_off_and_the_next_moment_is_theirs() -> None:
    """What goes off by itself stands in the log under its name."""
    on = waiting(WEEK)
    scene = walk(on)
    assert scene.next_moment() == BEGINNING + timedelta(days=7)
    assert scene.current == {"wait"}
    scene = walk(on, {"advance": "P8D"})
    assert elements(scene) == ["a"]
    assert "timer" in scene.log[-1].text.en
    assert scene.todos[0].opened_at == BEGINNING + timedelta(days=7)
    assert scene.now == BEGINNING + timedelta(days=8)
    assert {"s", "wait"} <= scene.done


@pytest.mark.parametrize(
    "move",
    [
        {"complete": "nowhere"},
        {"complete": "a", "outcome": "nothing"},
        {"advance": "soon"},
        {"signal": "Nobody"},
    ],
)
def test_a_move_that_cannot_be_made_is_told_and_the_rest_stands(move: dict[str, object]) -> None:
    """The scene is that before the move, with the reason."""
    scene = walk(stage(start("s"), user("a"), end("e"), chain("s", "a", "e")), move)
    assert scene.fault is not None
    assert elements(scene) == ["a"]


def test_a_script_is_bounded_and_survives_being_carried() -> None:
    """Too many moves, and text that is none, are refused."""
    script = Script(BEGINNING, {"name": "王"}, "renewal", ({"advance": "P1D"},))
    assert playing.read(playing.write(script)) == script
    assert script.back().moves == ()
    with pytest.raises(InvalidError, match="at most"):
        Script(BEGINNING, moves=({"advance": "P1D"},) * MAX_MOVES).then({"advance": "P1D"})
    for text in ("", "[]", "{}", "x" * 500_000, '{"moves": 1}'):
        with pytest.raises(InvalidError):
            playing.read(text)


def test_the_diagram_decides_by_what_was_answered() -> None:
    """Answers that the diagram does not look at never enter."""
    on = stage(
        start("s"), node("exclusiveGateway", "g", more='default="f_g_b"'), user("a"), user("b"),
        end("e"), chain("s", "g", "b", "e"), flow("g", "a", "capital > 5"), flow("a", "e"),
    )  # fmt: skip
    assert elements(on.play(Script(BEGINNING, {"capital": 10}))) == ["a"]
    scene = on.play(Script(BEGINNING, {"capital": 3, "company": "x"}))
    assert elements(scene) == ["b"]
    assert "company" not in scene.data
