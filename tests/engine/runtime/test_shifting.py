"""A token is taken to another step of its scope, on both machines; variables are set by hand."""

from collections.abc import Iterator
from typing import Any

import pytest

from engine import runtime
from engine.runtime import RuntimeFault, TaskGone
from tests.engine.runtime.drawing import (
    boundary,
    chain,
    end,
    flow,
    gateway,
    process,
    start,
    subprocess,
    users,
)
from tests.engine.runtime.driving import MACHINE, Drive


@pytest.fixture(params=["tree", "tokens"], autouse=True)
def machine(request: pytest.FixtureRequest) -> Iterator[None]:
    """Run every test on both machines."""
    token = MACHINE.set(request.param)
    yield
    MACHINE.reset(token)


def shifted(case: Drive, source: str, target: str) -> Drive:
    """Move the token of an open task, through stored bytes."""
    task = case.task(source)
    case.step = runtime.shift(case.program, case.step.state, task.id, target, now=case.now)
    return case


def assigned(case: Drive, **variables: Any) -> Drive:
    """Set variables, through stored bytes."""
    case.step = runtime.assign(case.program, case.step.state, variables, now=case.now)
    return case


def watched() -> bytes:
    """Three steps; the middle one has a timer on its edge."""
    return process(
        start(),
        users("one", "work", "late", "last"),
        boundary("timer", "work", "P5D"),
        end(),
        end("e2"),
        chain("s", "one", "work", "last", "e"),
        chain("timer", "late", "e2"),
    )


def test_a_timer_on_the_edge_begins_and_ends_with_its_step() -> None:
    """Forth, back, and forth again; then the case runs to its end."""
    case = shifted(Drive(watched()), "one", "work")
    assert (case.open, case.waiting) == (["work"], ["timer"])
    assert ("one", "cancelled") in [(e.element, e.event) for e in case.step.trace]
    shifted(case, "work", "one")
    assert (case.open, case.waiting) == (["one"], [])
    case.do("one").later(days=5).fire("timer")
    assert case.open == ["late"]
    shifted(case, "late", "last")
    assert case.do("last").step.completed


def test_a_step_moved_to_itself_is_open_anew() -> None:
    """Another task, with a timer of its own."""
    case = Drive(watched()).do("one")
    before, timer = case.task("work").id, case.step.timers[0].due_at
    case.later(days=1)
    shifted(case, "work", "work")
    assert case.task("work").id != before
    assert case.step.timers[0].due_at > timer
    with pytest.raises(TaskGone):
        runtime.shift(case.program, case.step.state, before, "one", now=case.now)


def test_inside_a_parallel_branch_the_join_still_gets_one_token_of_each() -> None:
    """Both branches are needed, and no more than both."""
    case = Drive(
        process(
            start(),
            gateway("parallel", "fork"),
            users("a", "b", "c", "last"),
            gateway("parallel", "join"),
            end(),
            chain("s", "fork", "a", "b", "join", "last", "e"),
            chain("fork", "c", "join"),
        )
    )
    case.do("a").do("c")
    shifted(case, "b", "a")
    assert case.open == ["a"]
    case.do("a").do("b")
    assert case.open == ["last"]
    assert case.do("last").step.completed


def test_within_a_subprocess_and_not_out_of_it() -> None:
    """What stands elsewhere is refused, and nothing is changed."""
    inner = (start("s2"), users("x", "y"), end("e2"), chain("s2", "x", "y", "e2"))
    case = Drive(
        process(
            start(), subprocess("sub", *inner), users("out"), end(), chain("s", "sub", "out", "e")
        )
    )
    shifted(case, "x", "y")
    assert case.open == ["y"]
    shifted(case, "y", "x")
    for wanted in ("out", "nowhere", "e2"):
        with pytest.raises(RuntimeFault) as fault:
            shifted(case, "x", wanted)
        assert fault.value.element == wanted
    assert case.do("x").do("y").do("out").step.completed


def test_a_variable_set_by_hand_decides_at_the_next_gateway() -> None:
    """Of the whole case; an ended case is no more."""
    case = Drive(
        process(
            start(),
            users("ask", "small", "large"),
            gateway("exclusive", "g", default="f_g_large"),
            end(),
            chain("s", "ask", "g"),
            flow("g", "small", "=area < 10"),
            flow("g", "large", flow_id="f_g_large"),
            chain("small", "e"),
            chain("large", "e"),
        ),
        {"area": 50},
    )
    assigned(case, area=5)
    assert case.do("ask").open == ["small"]
    found = runtime.look(case.program, case.step.state, now=case.now)
    assert found is not None
    assert [(one.element, one.data["area"]) for one in found.open_tasks] == [("small", 5)]
    case.do("small")
    with pytest.raises((TaskGone, RuntimeFault)):
        assigned(case, area=6)
