"""Conditions and scripts: FEEL, in their place, over names that exist."""

import pytest

from tests.engine.bpmn.diagrams import (
    SIMPLE,
    chain,
    check,
    end,
    file,
    flow,
    node,
    rules,
    start,
    user,
)
from tests.engine.bpmn.test_check_structure import gate


def asking(condition: str | None, before: str = "", via: str = "") -> bytes:
    """Write a process whose gateway asks one condition behind task ``a``."""
    return file(
        start(),
        user("a", more='camunda:formRef="check"', outcomeAs="checked"),
        before,
        gate("exclusive", "g", "f_g_end"),
        end(),
        end("e2"),
        chain("start", "a", via, "g", "end") if via else chain("start", "a", "g", "end"),
        flow("g", "e2", condition),
    )


def script(text: str, form: str = "feel") -> str:
    """Write a script task ``s``."""
    inside = f"<bpmn:script>{text}</bpmn:script>"
    return node("scriptTask", "s", inside, more=f'scriptFormat="{form}"')


@pytest.mark.parametrize(
    "condition",
    [
        "area > 200",
        "= area > 200 and company != null",
        "${score >= 60 && channel == 'web'}",
        "score between 1 and 5",
        'outcome = "done" or checked = "done"',
        'item = "x" and lead = "scjg"',
        "some x in [1, 2] satisfies x > area",
    ],
)
def test_a_right_condition_has_no_problem(condition: str) -> None:
    """Answers of the application and of tasks, outcomes, and what is always there."""
    assert rules(asking(condition)) == set()


@pytest.mark.parametrize(
    ("condition", "rule"),
    [
        (None, "condition-missing"),
        ("area >", "not-feel"),
        ("area > 200 &&", "not-feel"),
        ("${execution.getVariable('x')}", "not-feel"),
        ("lambda: 1", "not-feel"),
        ("aera > 200", "unknown-name"),
        ('os.system("rm -rf /")', "unknown-function"),
        ('__import__("os").system("x")', "unknown-function"),
        ("open('/etc/passwd')", "not-feel"),
        ('eval("1")', "unknown-function"),
    ],
)
def test_a_wrong_condition_is_reported(condition: str | None, rule: str) -> None:
    """At the flow, with its line."""
    found = check(asking(condition))
    assert [(p.rule, p.element, p.severity) for p in found] == [(rule, "f_g_e2", "error")]
    assert found[0].line


def test_python_in_a_condition_is_named_in_the_message() -> None:
    """So that its author understands."""
    (found,) = check(asking('os.system("id")'))
    assert "os.system" in found.message.zh
    assert "os.system" in found.message.en


def test_a_misspelt_name_gets_a_suggestion() -> None:
    """The nearest known name."""
    (found,) = check(asking("aera > 200"))
    assert "area" in found.hint.en


def test_the_line_is_that_inside_the_condition() -> None:
    """A condition of several lines."""
    data = asking("\narea > 1\nand and")
    (found,) = check(data)
    line = next(n for n, text in enumerate(data.decode().splitlines(), 1) if "and and" in text)
    assert found.line == line


def test_a_condition_that_has_no_effect_is_refused() -> None:
    """On a flow that leaves an event."""
    data = file(*SIMPLE).decode().replace(flow("start", "a"), flow("start", "a", "area > 1"))
    assert rules(data.encode()) == {"condition-ignored"}


def test_a_condition_on_the_only_way_out_of_a_gateway_is_refused() -> None:
    """If it did not hold, the case would stop."""
    data = file(
        start(), gate("exclusive", "g"), end(), flow("start", "g"), flow("g", "end", "area > 1")
    )
    assert rules(data) == {"condition-ignored"}


def test_a_condition_on_the_default_flow_is_pointed_out() -> None:
    """It is never asked."""
    data = asking("area > 1").decode().replace(flow("g", "end"), flow("g", "end", "area = 0"))
    assert rules(data.encode()) == {"condition-on-default"}


def test_a_name_that_is_set_only_later_is_pointed_out() -> None:
    """The answers of a task that comes after the gateway."""
    data = file(
        start(),
        gate("exclusive", "g", "f_g_a"),
        user("a", more='camunda:formRef="check"'),
        end(),
        end("e2"),
        chain("start", "g", "a", "end"),
        flow("g", "e2", "score > 1"),
    )
    found = check(data)
    assert [(p.rule, p.severity) for p in found] == [("not-set-yet", "warning")]


def test_in_a_loop_a_later_task_has_been_before() -> None:
    """Its answers may be there."""
    data = file(
        start(),
        gate("exclusive", "g", "f_g_a"),
        user("a", more='camunda:formRef="check"'),
        end("e2"),
        chain("start", "g", "a", "g"),
        flow("g", "e2", "score > 1"),
    )
    assert rules(data) == set()


def test_unknown_names_wait_until_all_forms_are_there() -> None:
    """A missing form would make every answer unknown."""
    assert rules(asking("aera > 1"), forms={"apply": frozenset({"area"})}) == {"unknown-form"}


def test_scripts_set_names_and_use_names() -> None:
    """Line by line; comments and blanks are passed over."""
    good = script("\n// size\nbig = area &gt; 200\n\nname = company\n")
    assert rules(asking("big", good, "s")) == set()
    assert rules(asking("big", script("big = aera &gt; 1"), "s")) == {"unknown-name"}
    assert rules(asking("area > 1", script("just text"), "s")) >= {"bad-name"}
    assert rules(asking("area > 1", script("outcome = 1"), "s")) == {"bad-name"}
    for word in ("true", "null", "if", "between"):
        assert rules(asking("area > 1", script(f"{word} = 1"), "s")) == {"bad-name"}
    assert rules(asking("area > 1", script(""), "s")) == {"empty-script"}
    assert rules(asking("area > 1", script("x = 1", "javascript"), "s")) == {"script-format"}


def rule_task(**attributes: str) -> str:
    """Write a business rule task ``r``."""
    more = " ".join(f'camunda:{name}="{value}"' for name, value in attributes.items() if value)
    return node("businessRuleTask", "r", more=more)


@pytest.mark.parametrize(
    ("attributes", "rule"),
    [
        ({}, None),
        ({"decisionRef": ""}, "unknown-decision"),
        ({"decisionRef": "nothing"}, "unknown-decision"),
        ({"decisionRef": "${which}"}, "computed-name"),
        ({"decisionRefBinding": "versionTag"}, "not-run"),
        ({"resultVariable": ""}, "bad-name"),
        ({"mapDecisionResult": "all"}, "bad-mapping"),
        ({"class": "com.example.X"}, "not-run"),
    ],
)
def test_business_rule_tasks(attributes: dict[str, str], rule: str | None) -> None:
    """A decision of the bundle, a variable, a known way to give the result."""
    known = {"decisionRef": "fee", "resultVariable": "fee", "mapDecisionResult": "singleEntry"}
    task = rule_task(**{**known, **attributes})
    uses = "fee > 1" if attributes.get("resultVariable") is None else "area > 1"
    found = rules(asking(uses, task, "r"), decisions={"fee": frozenset({"area"})})
    assert found == ({rule} if rule else set())


def test_the_names_a_decision_reads_must_exist() -> None:
    """Else it would decide over nothing."""
    known = {"decisionRef": "fee", "resultVariable": "fee", "mapDecisionResult": "singleEntry"}
    data = asking("fee > 1", rule_task(**known), "r")
    assert rules(data, decisions={"fee": frozenset({"width"})}) == {"unknown-name"}
