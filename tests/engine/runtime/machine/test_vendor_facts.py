"""What a dialect writes into the extensions of an element, and no engine but its own does."""

import pytest

from tests.engine.runtime.drawing import chain, end, start, user, users
from tests.engine.runtime.machine.playing import a_process, definitions, edge, play, problems, rules


def _adhoc(extension: str) -> list[str]:
    inside = f"<extensionElements>{extension}</extensionElements>{users('a', 'b')}"
    drawn = f'<adHocSubProcess id="ah">{inside}</adHocSubProcess>'
    return [start(), drawn, end(), chain("s", "ah", "e")]


HANDLED = (
    '<multiInstanceLoopCharacteristics flowable:collection="items" flowable:elementVariable="one">'
    '<extensionElements><flowable:collection flowable:class="org.acme.Parser"/></extensionElements>'
    "</multiInstanceLoopCharacteristics>"
)
UNNAMED = '<extensionElements><zeebe:script expression="=1"/></extensionElements>'
LISTENS = (
    '<extensionElements><flowable:variableListenerEventDefinition variableName="v"/>'
    "</extensionElements>"
)
REFUSED = {
    "results of an ad-hoc subprocess": (
        _adhoc('<zeebe:adHoc outputCollection="res" outputElement="=r"/>'),
        "ah",
    ),
    "an ad-hoc subprocess that a program leads": (
        _adhoc('<zeebe:taskDefinition type="agent"/>'),
        "ah",
    ),
    "a collection that a program gives": ([start(), user("u", HANDLED), chain("s", "u")], "u"),
    "the change of a variable at the start": (
        [f'<startEvent id="s">{LISTENS}</startEvent>', end(), chain("s", "e")],
        "s",
    ),
    "the change of a variable on an edge": (
        [
            start(),
            user("u"),
            edge("x", "u", LISTENS),
            users("v", "w"),
            chain("s", "u", "v"),
            chain("x", "w"),
        ],
        "x",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_would_be_passed_over_is_refused(case: str) -> None:
    body, element = REFUSED[case]
    assert "not-run" in rules(*body)
    found = problems(definitions(a_process("p", *body)))
    (said,) = [one for one in found if one.rule == "not-run"]
    assert (said.element, bool(said.line)) == (element, True)
    assert all((said.message.zh, said.message.en, said.hint.zh, said.hint.en))


def test_an_ad_hoc_subprocess_may_say_what_is_activated() -> None:
    tried = play(*_adhoc('<zeebe:adHoc activeElementsCollection="=[&quot;b&quot;]"/>'), auto=True)
    assert [one.element for one in tried.trace if one.event == "entered"] == ["s", "ah", "b", "e"]


@pytest.mark.parametrize(
    ("task", "rule", "word"),
    [
        ('<callActivity id="t" calledElement="g"/>', "process-elsewhere", "global task"),
        ('<callActivity id="t" camunda:caseRef="c"/>', "not-run", "CMMN"),
        (
            f'<scriptTask id="t">{UNNAMED}</scriptTask>',
            "script-line",
            "variable for its result",
        ),
    ],
)
def test_what_is_refused_says_what_it_is(task: str, rule: str, word: str) -> None:
    """And not that a process does not exist, or that lines are missing."""
    body = start(), task, end(), chain("s", "t", "e")
    drawing = definitions(a_process("p", *body), '<globalUserTask id="g" name="G"/>')
    (found,) = [one for one in problems(drawing) if one.severity == "error"]
    assert (found.rule, found.element, word in found.message.en) == (rule, "t", True)
    assert found.line
    assert found.hint.zh
