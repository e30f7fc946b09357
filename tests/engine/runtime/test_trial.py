"""The paths that authors write down are walked on a virtual clock and judged in words."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from engine import bpmn
from engine.runtime import PathResult, run_paths
from tests.engine.runtime.drawing import (
    boundary,
    catch,
    chain,
    cohandling,
    end,
    flow,
    gateway,
    process,
    properties,
    start,
    user,
)
from tests.engine.runtime.driving import program

DRAWING = process(
    start(),
    user("accept", properties(act="accept", outcomes="accept=受理|Accept; correct!=补正|Correct")),
    gateway("exclusive", "g", "ok"),
    user("correct", properties(act="correct", outcomes="submitted=提交|Submit")),
    cohandling(
        "co",
        start("cs"),
        user("opinion", properties(outcomes="agree=同意|Agree; disagree!=不同意|Disagree")),
        end("ce"),
        chain("cs", "opinion", "ce"),
    ),
    boundary("late", "co", "P5WD"),
    user("urge"),
    catch("rest", "P1D"),
    user("decide", properties(outcomeAs="decision", outcomes="grant=准予|Grant")),
    end(),
    chain("s", "accept", "g"),
    flow("g", "co", flow_id="ok"),
    flow("g", "correct", 'outcome = "correct"'),
    chain("correct", "accept"),
    chain("co", "rest", "decide", "e"),
    chain("late", "urge", "decide"),
)


def week(begin: datetime, _duration: str) -> datetime:
    """Five working days are seven days here."""
    return begin + timedelta(days=7)


def walk(steps: list[Any], *, vars_: dict[str, Any] | None = None, **expect: Any) -> PathResult:
    """Walk one path of the drawing."""
    diagram, _ = bpmn.read(DRAWING, "test.bpmn")
    assert diagram is not None
    path = {
        "name": {"zh": "一条路", "en": "A path"},
        "vars": {"parts": ["x", "y"]} if vars_ is None else vars_,
        "steps": steps,
        "expect": expect,
    }
    return run_paths(program(DRAWING), diagram.main, [path], workdays=week)[0]


def said(result: PathResult) -> str:
    """All failures in English."""
    assert not result.ok
    return " | ".join(failure.en for failure in result.failures)


ACCEPTED: list[Any] = [{"complete": "accept"}]
ANSWERED: list[Any] = [
    *ACCEPTED,
    {"complete": "opinion", "for": "y", "outcome": "disagree"},
    {"complete": "opinion", "for": "x"},
]


def test_a_right_path_passes() -> None:
    """With corrections, two departments, a day's rest and a decision."""
    steps = [
        {"complete": "accept", "outcome": "correct"},
        {"expect": {"waiting": ["correct"], "status": "waiting"}},
        {"complete": "correct"},
        *ANSWERED,
        {"expect": {"waiting": ["rest"]}},
        {"advance": "P1D"},
        {"complete": "decide"},
    ]
    opinions = [
        {"department": "x", "outcome": "agree"},
        {"department": "y", "outcome": "disagree"},
    ]
    result = walk(
        steps,
        status="completed",
        visited=["correct", "co", "decide"],
        not_visited=["urge"],
        data={"opinions": opinions, "decision": "grant"},
    )
    assert result.ok, result.failures
    assert result.name.zh == "一条路"
    assert result.visited.count("accept") == 2


def test_the_clock_fires_what_is_due_on_the_way() -> None:
    """Six days are too few, seven fire the timer at its own moment."""
    steps = [
        *ACCEPTED,
        {"advance": "P6D"},
        {"expect": {"waiting": ["opinion"]}},
        {"advance": "P1D"},
    ]
    assert walk(steps, waiting=["urge"], not_visited=["rest"]).ok
    assert walk([*ACCEPTED, {"advance": "P5WD"}], waiting=["urge"]).ok


@pytest.mark.parametrize(
    ("steps", "expected", "message"),
    [
        ([{"complete": "decide"}], {}, "'decide' is not open; open now: accept"),
        (
            [*ACCEPTED, {"complete": "opinion"}],
            {},
            "'opinion' is open 2 times; name one with 'for': x, y",
        ),
        ([*ACCEPTED, {"complete": "opinion", "for": "q"}], {}, "'opinion' for q is not open"),
        (
            [{"complete": "accept", "outcome": "acept"}],
            {},
            "'accept' has no outcome 'acept'; it has accept, correct",
        ),
        ([{"complete": "no_such"}], {}, "'no_such' is not open"),
        (
            [{"compete": "accept"}],
            {},
            "A step is one of complete, message, signal",
        ),
        (["accept"], {}, "A step is one of"),
        ([{"complete": "accept", "outcom": "accept"}], {}, "outcom is not known"),
        ([{"advance": "soon"}], {}, "'soon' is not a time"),
        ([{"expect": {"waitin": []}}], {}, "waitin is not known"),
        (ACCEPTED, {"waiting": ["decide"]}, "expected to wait at decide, but it waits at opinion"),
        (ACCEPTED, {"status": "completed"}, "expected status completed, but it is waiting"),
        (ACCEPTED, {"visited": ["decide"]}, "never came to decide"),
        (ACCEPTED, {"not_visited": ["accept"]}, "should not have come to accept"),
        (ACCEPTED, {"data": {"parts": []}}, "expected 'parts' to be []"),
        (ACCEPTED, {"data": {"nothing": None}}, "expected 'nothing' to be None"),
    ],
)
def test_a_wrong_path_says_what_is_wrong(steps: Any, expected: Any, message: str) -> None:
    """And at which step."""
    assert message in said(walk(steps, **expected))


def test_a_fault_of_the_diagram_is_a_failure_of_the_path() -> None:
    """The co-handling has no list of departments."""
    result = walk(ACCEPTED, vars_={})
    assert "Step 1: Element 'co'" in said(result)
    assert "第 1 步" in result.failures[0].zh


WAITING = process(
    start(),
    user("a"),
    '<sendTask id="tell" messageRef="m"/>',
    '<intermediateCatchEvent id="paid"><messageEventDefinition messageRef="m2"/>'
    "</intermediateCatchEvent>",
    '<receiveTask id="told" messageRef="m"/>',
    user("b"),
    '<boundaryEvent id="stop" attachedToRef="b"><signalEventDefinition signalRef="sg"/>'
    "</boundaryEvent>",
    end(),
    end("stopped"),
    chain("s", "a", "tell", "paid", "told", "b", "e"),
    chain("stop", "stopped"),
).replace(
    b"<process",
    b'<message id="m" name="Note"/><message id="m2" name="Paid"/><signal id="sg" name="Stop"/>'
    b"<process",
)


@pytest.mark.parametrize(
    ("steps", "fault"),
    [
        ([{"complete": "a"}, {"message": "Paid"}, {"signal": "Stop"}], None),
        ([{"complete": "a"}, {"expect": {"waiting": ["paid"]}}, {"message": "Paid"},
          {"expect": {"waiting": ["b"], "visited": ["tell", "told"]}}, {"complete": "b"}], None),
        ([{"message": "Paid"}], "Step 1: Nothing waits for the message 'Paid'"),
        ([{"complete": "a"}, {"message": "Paid", "correlation": 7}], "Nothing waits"),
        ([{"message": "Paid", "correlation": 10**30}], "correlation cannot be '1000"),
        ([{"signal": "Stop"}], "Step 1: Nothing waits for the signal 'Stop'"),
        ([{"signal": "Stop", "correlation": 7}], "correlation is not known here"),
    ],
)  # fmt: skip
def test_messages_and_signals_come_in_as_the_path_says(steps: Any, fault: str | None) -> None:
    """And what the case writes to itself is received as soon as it waits for it."""
    diagram, _ = bpmn.read(WAITING, "test.bpmn")
    assert diagram is not None
    (result,) = run_paths(program(WAITING), diagram.main, [{"name": "x", "steps": steps}])
    assert result.ok if fault is None else fault in said(result), result.failures
