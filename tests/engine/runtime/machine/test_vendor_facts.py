"""What a dialect writes into the extensions of an element, and no engine but its own does."""

import pytest

from tests.engine.runtime.drawing import chain, end, start, users
from tests.engine.runtime.machine.playing import a_process, definitions, play, problems, rules


def _adhoc(extension: str) -> list[str]:
    inside = f"<extensionElements>{extension}</extensionElements>{users('a', 'b')}"
    drawn = f'<adHocSubProcess id="ah">{inside}</adHocSubProcess>'
    return [start(), drawn, end(), chain("s", "ah", "e")]


REFUSED = {
    "results of an ad-hoc subprocess": (
        _adhoc('<zeebe:adHoc outputCollection="res" outputElement="=r"/>'),
        "ah",
    ),
    "an ad-hoc subprocess that a program leads": (
        _adhoc('<zeebe:taskDefinition type="agent"/>'),
        "ah",
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
