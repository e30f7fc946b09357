"""Business rule tasks: which shape a decision's result takes, and which decision is meant."""

import pytest

from engine.runtime.trying import Tried
from tests.engine.dmn.build import decision, definitions, table
from tests.engine.runtime.drawing import chain, end, start
from tests.engine.runtime.machine.playing import a_process, play_all

PAIRS = ["> 1 => 'mid' | 1", "> 2 => 'high' | 2"]


def asked(task: str, policy: str, outputs: list[str], rows: list[str], x: int = 5) -> Tried:
    """Let a task ask a table over ``x``."""
    logic = table(policy, ["x"], outputs, [row.replace("'", '"') for row in rows])
    files = {"test.dmn": definitions(decision("dec", logic))}
    drawn = a_process("p", start(), task, end(), chain("s", "d", "e"))
    return play_all(drawn, tables=files, x=x)


CALLED = (
    '<businessRuleTask id="d"><extensionElements><zeebe:calledDecision decisionId="dec" '
    'resultVariable="r"/></extensionElements></businessRuleTask>'
)


@pytest.mark.parametrize(
    ("policy", "outputs", "rows", "result"),
    [
        ("FIRST", ["a"], ["> 1 => 7", "> 2 => 8"], 7),
        ("FIRST", ["a", "b"], PAIRS, {"a": "mid", "b": 1}),
        ("COLLECT", ["a"], ["> 1 => 7", "> 2 => 8"], [7, 8]),
        ("RULE ORDER", ["a", "b"], PAIRS, [{"a": "mid", "b": 1}, {"a": "high", "b": 2}]),
        ("COLLECT+SUM", ["a"], ["> 1 => 7", "> 2 => 8"], 15),
        ("FIRST", ["a"], ["> 9 => 7"], None),
    ],
)
def test_camunda_8_takes_a_result_as_the_decision_gives_it(
    policy: str, outputs: list[str], rows: list[str], result: object
) -> None:
    assert asked(CALLED, policy, outputs, rows).data["r"] == result
