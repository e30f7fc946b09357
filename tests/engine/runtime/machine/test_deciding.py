"""Business rule tasks: which shape a decision's result takes, and which decision is meant."""

import pytest

from engine.runtime.trying import Tried
from tests.engine.dmn.build import decision, definitions, table
from tests.engine.runtime.drawing import chain, end, start
from tests.engine.runtime.machine.playing import a_process, play_all, problems
from tests.engine.runtime.machine.playing import definitions as drawing

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


@pytest.mark.parametrize(
    ("mapping", "outputs", "rows", "said"),
    [
        ("singleEntry", ["a"], ["> 1 => 7", "> 2 => 8"], "allows one matching rule, but 2 match"),
        ("singleResult", ["a"], ["> 1 => 7", "> 2 => 8"], "allows one matching rule, but 2 match"),
        ("singleEntry", ["a", "b"], PAIRS[:1], "allows one output, but there are: a, b"),
        ("collectEntries", ["a", "b"], PAIRS, "allows one output, but there are: a, b"),
    ],
)
def test_a_result_that_does_not_fit_into_its_shape_fails_as_in_camunda_7(
    mapping: str, outputs: list[str], rows: list[str], said: str
) -> None:
    given = f'camunda:decisionRef="dec" camunda:mapDecisionResult="{mapping}"'
    task = f'<businessRuleTask id="d" {given} camunda:resultVariable="r"/>'
    tried = asked(task, "COLLECT", outputs, rows)
    assert (tried.status, tried.element) == ("failed", "d")
    assert tried.error is not None
    assert f"{mapping} {said}" in tried.error.en


PLAIN = '<businessRuleTask id="d" camunda:decisionRef="dec" camunda:resultVariable="r" {}/>'
ZEEBE = CALLED.replace("<zeebe:calledDecision", "<zeebe:calledDecision {}")


def told(task: str) -> list[tuple[str, str | None]]:
    """List the errors of a task; there is one decision, ``dec``."""
    body = start(), task, end(), chain("s", "d", "e")
    found = problems(drawing(a_process("p", *body)), ["dec"])
    assert all(one.line for one in found)
    return [(one.rule, one.element) for one in found if one.severity == "error"]


@pytest.mark.parametrize(
    "task",
    [
        PLAIN.format('camunda:decisionRefBinding="version" camunda:decisionRefVersion="3"'),
        PLAIN.format('camunda:decisionRefBinding="versionTag" camunda:decisionRefVersionTag="x"'),
        PLAIN.format('camunda:decisionRefTenantId="t"'),
        ZEEBE.format('bindingType="versionTag" versionTag="x"'),
    ],
)
def test_a_version_or_a_tenant_of_a_decision_is_refused(task: str) -> None:
    assert told(task) == [("not-run", "d")]


@pytest.mark.parametrize("binding", ["latest", "deployment"])
def test_the_decision_that_is_there_may_be_asked_for_by_its_binding(binding: str) -> None:
    assert told(PLAIN.format(f'camunda:decisionRefBinding="{binding}"')) == []
    assert told(ZEEBE.format(f'bindingType="{binding}"')) == []


@pytest.mark.parametrize("name", ["${which}", "#{which}", "dec-${which}"])
def test_the_name_of_a_decision_cannot_be_computed(name: str) -> None:
    assert told(PLAIN.format("").replace('"dec"', f'"{name}"')) == [("computed-name", "d")]
    assert told(ZEEBE.format("").replace('"dec"', '"=which"')) == [("computed-name", "d")]


@pytest.mark.parametrize(("kind", "remedy"), [("dmn", "a business rule task"), ("case", "no CMMN")])
@pytest.mark.parametrize("dialect", ["flowable", "camunda"])
def test_a_service_task_that_asks_another_engine_of_flowable_is_refused(
    kind: str, remedy: str, dialect: str
) -> None:
    key = (
        '<flowable:field name="decisionTableReferenceKey"><flowable:string>dec</flowable:string>'
        "</flowable:field>"
    )
    task = (
        f'<serviceTask id="d" {dialect}:type="{kind}"><extensionElements>{key}</extensionElements>'
        "</serviceTask>"
    )
    assert told(task) == [("not-run", "d")]
    drawn = drawing(a_process("p", start(), task, end(), chain("s", "d", "e")))
    assert any(remedy in one.hint.en for one in problems(drawn))
