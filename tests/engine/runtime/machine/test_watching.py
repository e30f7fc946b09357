"""Conditions that are asked only after some variables change, as two dialects write it."""

from collections.abc import Mapping
from typing import Any

import pytest

from tests.engine.runtime.drawing import chain, end, script, start, subprocess, user, users
from tests.engine.runtime.machine.playing import (
    a_process,
    by_event,
    definitions,
    edge,
    entered,
    event_start,
    play,
    problems,
    rules,
    waiting,
)

WRITTEN = {
    "camunda": "<conditionalEventDefinition{}><condition>x &gt; 1</condition>"
    "</conditionalEventDefinition>",
    "zeebe": "<conditionalEventDefinition><extensionElements><zeebe:conditionalFilter{}/>"
    "</extensionElements><condition>=x &gt; 1</condition></conditionalEventDefinition>",
}


def _asked(dialect: str, names: str = "", changes: str = "") -> str:
    prefix, name = ("camunda:", "Name") if dialect == "camunda" else ("", "Names")
    given = f' {prefix}variable{name}="{names}"' if names else ""
    given += f' {prefix}variableEvents="{changes}"' if changes else ""
    return WRITTEN[dialect].format(given)


def _times(definition: str, *answers: Mapping[str, Any], **variables: Any) -> int:
    """Set variables one after the other; count how often the condition goes off."""
    names = [f"set{number}" for number in range(len(answers))]
    handler = event_start("hs", definition, interrupting=False), end("he"), chain("hs", "he")
    body = start(), users(*names), user("last"), chain("s", *names, "last")
    steps = [
        {"complete": name, "answers": given} for name, given in zip(names, answers, strict=True)
    ]
    tried = play(*body, by_event("h", *handler), steps=steps, **variables)
    assert waiting(tried) == ["last"]
    return entered(tried).count("h")


@pytest.mark.parametrize("dialect", WRITTEN)
@pytest.mark.parametrize(
    ("names", "changes", "answers", "times"),
    [
        ("y", "", [{"x": 5}, {"z": 1}], 0),
        ("y", "", [{"x": 5}, {"y": 1}], 1),
        ("y", "", [{"y": 1}, {"x": 5}], 0),
        ("y", "", [{"x": 5}, {"y": 1}, {"y": 1}], 2),
        ("y", "create", [{"x": 5}, {"y": 1}, {"y": 2}], 1),
        ("y", "update", [{"x": 5}, {"y": 1}], 0),
        ("y", "create, update, delete", [{"x": 5}, {"y": 1}, {"y": 2}], 2),
        ("", "create", [{"x": 5}, {"x": 6}], 1),
        ("", "update", [{"x": 5}, {"x": 6}], 1),
        ("", "", [{"x": 5}, {"x": 6}], 1),
    ],
)
def test_a_condition_is_asked_after_the_changes_it_names(
    dialect: str, names: str, changes: str, answers: list[dict[str, Any]], times: int
) -> None:
    assert _times(_asked(dialect, names, changes), *answers) == times


def test_several_variables_may_be_named() -> None:
    assert _times(_asked("zeebe", "y, z"), {"x": 5}, {"z": 1}, {"y": 1}, {"w": 1}) == 2


def test_a_condition_is_asked_once_where_it_begins_to_wait() -> None:
    """Whatever it names: the scope begins, so what holds already counts (both dialects)."""
    assert _times(_asked("camunda", "y"), {"z": 1}, x=5) == 1


def test_a_variable_of_the_same_name_elsewhere_is_another_one() -> None:
    many = (
        '<multiInstanceLoopCharacteristics camunda:collection="=[1]" camunda:elementVariable="y"/>'
    )
    inner = start("is"), script("f", "y = 7"), end("ie"), chain("is", "f", "ie")
    body = (
        start(), user("a"), edge("x1", "a", _asked("camunda", "y"), interrupting=False), user("b"),
        subprocess("sub", many, *inner), script("g", "x = 5"), user("c"), script("h", "y = 7"),
        '<parallelGateway id="p1"/>', chain("s", "p1", "a"), chain("p1", "g", "sub", "c", "h"),
        chain("x1", "b"),
    )  # fmt: skip
    assert waiting(play(*body)) == ["a", "c"]
    assert waiting(play(*body, steps=[{"complete": "c"}])) == ["a", "b"]


def test_what_begins_a_process_looks_at_the_variables_it_is_begun_with() -> None:
    body = event_start("hs", _asked("camunda", "y")), user("a"), chain("hs", "a")
    assert waiting(play(*body, x=5)) == ["hs"]
    assert waiting(play(*body, x=5, y=1)) == ["a"]


@pytest.mark.parametrize("dialect", WRITTEN)
@pytest.mark.parametrize(
    ("names", "changes"), [("y", "delete"), ("y", "created"), ("=list", ""), ("${y}", "")]
)
def test_changes_that_never_come_are_refused(dialect: str, names: str, changes: str) -> None:
    handler = event_start("hs", _asked(dialect, names, changes)), end("he"), chain("hs", "he")
    body = start(), user("a"), chain("s", "a"), by_event("h", *handler)
    assert rules(*body) == {"not-run"}
    found = problems(definitions(a_process("p", *body)))
    assert [(one.element, bool(one.line)) for one in found if one.rule == "not-run"] == [
        ("hs", True)
    ]
