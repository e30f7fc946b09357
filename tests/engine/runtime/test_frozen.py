"""A deployed diagram is stored as a model of its own; nothing reads the drawn file again."""

import base64
import json
import time
from pathlib import Path

import pytest

from engine import bpmn
from engine.runtime import RuntimeFault, complete, frozen, load_program
from engine.runtime.program import TokenProgram
from tests.engine.runtime.drawing import chain, end, start, user
from tests.engine.runtime.drawing import process as drawn
from tests.engine.runtime.driving import HASH, Drive, compiled

ITEMS = sorted((Path(__file__).resolve().parents[3] / "processes").glob("*/*.bpmn"))
WIDE = drawn(start(), '<task id="x"/>', user("a"), end(), chain("s", "x", "a", "e"))


@pytest.mark.parametrize("file", ITEMS, ids=lambda file: file.stem)
def test_a_process_comes_back_as_it_was(file: Path) -> None:
    """Every fact, also those that equal no default."""
    diagram, _ = bpmn.read(file.read_bytes(), file.name)
    assert diagram is not None
    stored = json.loads(json.dumps(frozen.freeze(diagram.processes)))
    assert frozen.thaw(stored) == diagram.processes


def test_the_drawn_file_is_not_in_the_container() -> None:
    """The reader is not asked when a case is loaded."""
    container = json.loads(compiled(WIDE))
    assert (container["version"], "source" in container) == (2, False)
    assert Drive(WIDE).do("a").step.completed


def test_a_container_of_the_first_format_still_runs() -> None:
    """It holds the drawn file instead of the model."""
    container = json.loads(compiled(WIDE))
    container |= {"version": 1, "source": base64.b64encode(WIDE).decode()}
    del container["processes"]
    program = load_program(json.dumps(container).encode(), HASH)
    assert isinstance(program, TokenProgram)
    assert Drive(program).do("a").step.completed


def test_a_large_process_is_loaded_in_a_few_milliseconds() -> None:
    """150 steps: it is loaded once a process and version, then shared."""
    names = [f"n{number}" for number in range(150)]
    drawing = drawn(
        start(),
        '<task id="x"/>',
        *(user(one) for one in names),
        end(),
        chain("s", "x", *names, "e"),
    )
    container = json.loads(compiled(drawing))
    best = 1.0
    for _ in range(5):
        begun = time.process_time()
        TokenProgram(container, HASH)
        best = min(best, time.process_time() - begun)
    assert best < 0.03


@pytest.mark.parametrize(
    "broken",
    [
        {"version": 3},
        {"processes": None},
        {"processes": [{"id": "p"}]},
        {"processes": [{"id": "p", "nodes": 7}]},
        {"processes": [{"unheard": "of"}]},
    ],
)
def test_a_container_that_is_not_understood_is_refused(broken: dict[str, object]) -> None:
    """Never half understood."""
    container = json.loads(compiled(WIDE)) | broken
    with pytest.raises(RuntimeFault):
        load_program(json.dumps(container).encode(), "broken")


def test_a_state_of_an_unknown_format_says_so() -> None:
    """Not only that it cannot be read, but why."""
    case = Drive(WIDE)
    task = case.task("a").id
    for state, why in ((b"LBT9" + case.step.state[4:], "newer"), (b"LBT1\0\0", "damaged")):
        with pytest.raises(RuntimeFault) as fault:
            complete(case.program, state, task, {}, now=case.now)
        assert why in fault.value.message.en
