"""Stored cases: small, bound to their version, and refused when they are not whole."""

import zlib
from typing import Any

import orjson
import pytest

from engine.runtime import RuntimeFault, TaskGone, complete, fire, load_program, run, state
from engine.runtime.case import Case
from tests.engine.runtime.drawing import (
    boundary,
    chain,
    cohandling,
    end,
    gateway,
    process,
    start,
    user,
    users,
)
from tests.engine.runtime.driving import MORNING, Drive, program


def working() -> Drive:
    """A case in the middle of much: open branches, a waiting join, a timer."""
    drawing = process(
        start(),
        gateway("parallel", "g"),
        gateway("parallel", "j"),
        cohandling(
            "co", start("cs"), users("one", "two"), end("ce"), chain("cs", "one", "two", "ce")
        ),
        users("a", "b"),
        boundary("late", "a", "P5D", interrupting=False),
        user("reminded"),
        end(),
        end("e2"),
        chain("s", "g", "co", "j", "e"),
        chain("g", "a", "j"),
        chain("g", "b", "j"),
        chain("late", "reminded", "e2"),
    )
    case = Drive(drawing, {"parts": ["x", "y", "z"], "text": "许可证" * 200})
    return case.do("b").do("one@y", "agree")


def opened(stored: bytes) -> dict[str, Any]:
    """The JSON inside."""
    return state.read(stored)


def sealed(content: dict[str, Any]) -> bytes:
    """Bytes around a JSON."""
    return state.MAGIC + b"j" + orjson.dumps(content)


def test_a_large_state_is_compressed_and_a_small_one_is_not() -> None:
    """Both say so in their head."""
    case = working()
    assert case.step.state[:5] == b"LBS1z"
    assert len(case.step.state) < len(orjson.dumps(opened(case.step.state)))
    small = Drive(process(start(), user("a"), end(), chain("s", "a", "e"))).step.state
    assert small[:5] == b"LBS1j"


def test_a_stored_case_looks_the_same_when_loaded() -> None:
    """Tasks, timers, branches, ids and variables; storing it again gives the same content."""
    case = working()
    loaded = state.load(case.step.state, case.program, MORNING, None)
    assert isinstance(loaded, Case)
    again = run._step(loaded)
    assert again.open_tasks == case.step.open_tasks
    assert again.timers == case.step.timers
    assert again.data == case.step.data
    assert opened(again.state) == opened(case.step.state)


def test_the_order_of_keys_does_not_matter() -> None:
    """The machinery's own format loses data when a database sorts its keys."""
    case = working()
    shuffled = orjson.dumps(opened(case.step.state), option=orjson.OPT_SORT_KEYS)
    case.step = complete(
        case.program,
        state.MAGIC + b"j" + shuffled,
        case.task("two@y").id,
        {"outcome": "agree"},
        now=MORNING,
    )
    assert case.open == ["one@x", "one@z", "a"]


def test_a_state_belongs_to_its_version() -> None:
    """Another bundle's program refuses it."""
    case = working()
    other = load_program(_container(case), "another-hash")
    with pytest.raises(RuntimeFault, match="another version"):
        complete(other, case.step.state, case.task("a").id, {}, now=MORNING)


def _container(case: Drive) -> bytes:
    drawing = process(start(), user("a"), end(), chain("s", "a", "e"))
    from_program = program(drawing)
    assert from_program is not case.program
    return orjson.dumps(
        {
            "format": "lianban-program",
            "version": 1,
            "process": "p",
            "xml": drawing.decode().replace('<?xml version="1.0"?>', ""),
            "drawn": {"a": "a"},
            "sets": [],
            "decisions": {},
        }
    )


@pytest.mark.parametrize(
    "damage",
    [
        lambda stored: stored[:0],
        lambda stored: stored[:-20],
        lambda stored: b"LBS9" + stored[4:],
        lambda stored: stored[:4] + b"q" + stored[5:],
        lambda stored: stored[:60] + bytes([stored[60] ^ 0xFF]) + stored[61:],
        lambda stored: b'{"spec": {}}' + stored[:0],
        lambda stored: stored[:4] + b"z" + zlib.compress(b"0" * 3_000_000),
        lambda stored: sealed({**opened(stored), "v": 2}),
        lambda stored: sealed({**opened(stored), "n": []}),
        lambda stored: sealed({**opened(stored), "t": []}),
        lambda stored: sealed({**opened(stored), "t": opened(stored)["t"][:1]}),
        lambda stored: sealed(
            {**opened(stored), "t": [opened(stored)["t"][0], ["0" * 32, "co", [], False]]}
        ),
        lambda stored: sealed({**opened(stored), "t": [["", "p", [["zz", -1, 0, 1, 0, 0, 0]]]]}),
    ],
)
def test_damaged_bytes_are_refused(damage: Any) -> None:
    """With a fault, never a half-loaded case."""
    case = working()
    with pytest.raises(RuntimeFault):
        complete(case.program, damage(case.step.state), case.task("a").id, {}, now=MORNING)


def test_a_completed_case_keeps_its_data_and_nothing_else() -> None:
    """No task or timer of it can be found again."""
    drawing = process(start(), user("a"), end(), chain("s", "a", "e"))
    case = Drive(drawing)
    task = case.task("a").id
    case.do("a", "yes", amount=5)
    assert case.step.data == {"outcome": "yes", "amount": 5}
    assert opened(case.step.state)["t"] == []
    for act in (fire, lambda *given, now: complete(*given, {}, now=now)):
        with pytest.raises(TaskGone):
            act(case.program, case.step.state, task, now=MORNING)


def test_a_case_does_not_grow_with_its_history() -> None:
    """A hundred returns leave no trace in the state."""
    drawing = process(
        start(),
        users("a", "b"),
        gateway("exclusive", "g", "ok"),
        end(),
        chain("s", "a", "b", "g"),
        '<sequenceFlow id="ok" sourceRef="g" targetRef="e"/>',
        '<sequenceFlow id="back" sourceRef="g" targetRef="a">'
        '<conditionExpression>outcome = "again"</conditionExpression></sequenceFlow>',
    )
    case = Drive(drawing).do("a").do("b", "again")
    first = len(case.step.state)
    for _ in range(100):
        case.do("a").do("b", "again")
    assert len(case.step.state) <= first + 40


def test_now_must_know_its_zone() -> None:
    """A naive clock would be off by hours without a word."""
    case = working()
    with pytest.raises(ValueError, match="aware"):
        complete(
            case.program,
            case.step.state,
            case.task("a").id,
            {},
            now=MORNING.replace(tzinfo=None),
        )


@pytest.mark.parametrize(
    "container", [b"", b"{", b"[]", b"{}", b'{"format": "lianban-program", "version": 2}']
)
def test_a_container_that_is_none_is_refused(container: bytes) -> None:
    """Also one of a later format."""
    with pytest.raises(RuntimeFault, match="cannot be read"):
        load_program(container, "h")
