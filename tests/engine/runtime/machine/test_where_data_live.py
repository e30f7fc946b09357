"""Where a variable is set: at the nearest place that has it, in runs of loops and calls too."""

from typing import Any

import pytest

from tests.engine.runtime.drawing import chain, end, flow, gateway, script, start, subprocess, users
from tests.engine.runtime.machine.playing import (
    a_process,
    edge,
    event,
    play,
    play_all,
    rules,
    waiting,
)

E1 = event("error", errorRef="er")
X1 = event("escalation", escalationRef="es")


def extended(*inner: str) -> str:
    """Write what stands in an extension."""
    return f"<extensionElements>{''.join(inner)}</extensionElements>"


def zeebe(*pairs: tuple[str, str, str]) -> str:
    """Write mappings as Camunda 8 does: the kind, the source and the target of each."""
    mapped = (f'<zeebe:{kind} source="={text}" target="{name}"/>' for kind, text, name in pairs)
    return extended(f"<zeebe:ioMapping>{''.join(mapped)}</zeebe:ioMapping>")


def camunda(*pairs: tuple[str, str, str]) -> str:
    """Write parameters as Camunda 7 does."""
    mapped = (
        f'<camunda:{kind}Parameter name="{name}">${{{text}}}</camunda:{kind}Parameter>'
        for kind, text, name in pairs
    )
    return f"<camunda:inputOutput>{''.join(mapped)}</camunda:inputOutput>"


def call(*inner: str, loop: str = "") -> str:
    """Draw a call of ``q``."""
    return f'<callActivity id="c" calledElement="q">{extended(*inner)}{loop}</callActivity>'


def calling(drawn: str, *called: str, more: str = "", **variables: Any) -> dict[str, Any]:
    """Run a process that calls another, and give the data at its end."""
    outer = a_process("p", start(), drawn, end(), chain("s", "c", "e"), more)
    tried = play_all(outer, a_process("q", *called), auto=True, **variables)
    assert tried.status == "completed", tried.error
    return dict(tried.data)


def scripted(text: str, last: str = "") -> tuple[str, ...]:
    """Draw what is called: a script, and an end."""
    return start("qs"), script("qt", text), end("qe", last), chain("qs", "qt", "qe")


# --- inputs are variables of their own ---
def test_what_an_input_made_is_set_there_by_all_inside() -> None:
    inner = start("is"), script("i", "y = y + 1"), end("ie"), chain("is", "i", "ie")
    sub = subprocess("sub", zeebe(("input", "x", "y"), ("output", "y", "out")), *inner)
    assert play(start(), sub, end(), chain("s", "sub", "e"), x=1).data == {"x": 1, "out": 2}


def test_a_loop_inside_counts_in_an_input() -> None:
    inner = (
        *(start("is"), script("i", "n = n + 1"), end("ie")),
        gateway("exclusive", "w", default="out"),
        chain("is", "i", "w"),
        flow("w", "i", "n < 3"),
        flow("w", "ie", flow_id="out"),
    )
    mapped = extended(camunda(("input", "0", "n"), ("output", "n", "res")))
    tried = play(start(), subprocess("sub", mapped, *inner), end(), chain("s", "sub", "e"))
    assert (tried.status, tried.data) == ("completed", {"res": 3})


@pytest.mark.parametrize(
    "mapped", [zeebe(("input", "x", "n")), extended(camunda(("input", "x", "n")))]
)
def test_an_answer_named_like_an_input_is_the_tasks_own(mapped: str) -> None:
    task = f'<userTask id="a">{mapped}</userTask>'
    steps = [{"complete": "a", "answers": {"n": 9, "m": 8}}]
    tried = play(start(), task, end(), chain("s", "a", "e"), steps=steps, x=1)
    assert tried.data == {"x": 1, "m": 8}


def test_each_output_sees_what_those_before_it_set() -> None:
    task = f'<task id="a">{extended(camunda(("output", "b", "a"), ("output", "a", "b")))}</task>'
    assert play(start(), task, end(), chain("s", "a", "e"), a=1, b=2).data == {"a": 2, "b": 2}


# --- runs of a loop ---
def runs(*inner: str, more: str = "", sequential: bool = False) -> tuple[str, ...]:
    """Draw a subprocess that runs for each of ``items``."""
    flag = str(sequential).lower()
    loop = (
        f'<multiInstanceLoopCharacteristics isSequential="{flag}" camunda:collection="items" '
        f'camunda:elementVariable="it">{more}</multiInstanceLoopCharacteristics>'
    )
    return start(), subprocess("sub", *inner, loop), end(), chain("s", "sub", "e")


def in_script(text: str) -> tuple[str, ...]:
    """Draw the inside of a run: one script."""
    return start("is"), script("i", text), end("ie"), chain("is", "i", "ie")


@pytest.mark.parametrize("sequential", [True, False])
def test_runs_share_what_was_there_before_them(*, sequential: bool) -> None:
    body = runs(*in_script("count = count + it"), sequential=sequential)
    assert play(*body, items=[1, 2, 3], count=0).data == {"items": [1, 2, 3], "count": 6}


def test_what_is_new_is_the_runs_own_until_it_completes() -> None:
    inner = (
        *(start("is"), script("i", "mine = it"), users("u"), end("ie")),
        *(script("k", "seen = append(seen, mine)"), chain("is", "i", "u", "k", "ie")),
    )
    steps = [{"complete": "u"}] * 3
    tried = play(*runs(*inner), steps=steps, items=[1, 2, 3], seen=[])
    assert (tried.status, tried.data["seen"]) == ("completed", [1, 2, 3])


def test_what_one_run_sets_is_seen_by_conditions_at_once() -> None:
    condition = (
        "<conditionalEventDefinition><condition>no = true</condition></conditionalEventDefinition>"
    )
    inner = start("is"), users("u", "u2"), end("ie"), chain("is", "u", "u2", "ie")
    body = *runs(*inner), edge("b", "sub", condition), users("z"), end("e2"), chain("b", "z", "e2")
    steps = [{"complete": "u", "answers": {"no": True}}]
    assert waiting(play(*body, steps=steps, items=[1, 2], no=False)) == ["z"]


def test_runs_that_give_a_list_hand_on_all_else_too() -> None:
    loop = (
        '<zeebe:loopCharacteristics inputCollection="=items" inputElement="it" '
        'outputCollection="out" outputElement="=r"/>'
    )
    mapped = (
        '<zeebe:ioMapping><zeebe:output source="=a" target="r"/>'
        '<zeebe:output source="=b" target="note"/></zeebe:ioMapping>'
    )
    many = f"<multiInstanceLoopCharacteristics>{extended(loop)}</multiInstanceLoopCharacteristics>"
    task = f'<userTask id="a">{extended(mapped)}{many}</userTask>'
    steps = [{"complete": "a", "answers": {"a": n, "b": f"n{n}"}} for n in (1, 2)]
    tried = play(start(), task, end(), chain("s", "a", "e"), steps=steps, items=[1, 2])
    assert tried.data == {"items": [1, 2], "out": [1, 2], "note": "n2"}


# --- calls ---
ALL = '<camunda:in variables="all"/>', '<camunda:out variables="all"/>'


def test_how_far_a_loop_of_calls_is_stays_with_it() -> None:
    done = "<completionCondition>${nrOfCompletedInstances == 2}</completionCondition>"
    loop = (
        '<multiInstanceLoopCharacteristics isSequential="true" camunda:collection="items" '
        f'camunda:elementVariable="it">{done}</multiInstanceLoopCharacteristics>'
    )
    data = calling(call(*ALL, loop=loop), *scripted("r = it"), items=[1, 2, 3])
    assert data == {"items": [1, 2, 3], "r": 2}


def test_a_null_that_somebody_has_set_is_handed_over() -> None:
    assert calling(call(*ALL), *scripted("r = x = null"), x=None) == {"x": None, "r": True}


@pytest.mark.parametrize(("thrown", "status"), [(E1, "completed"), (X1, "completed")])
def test_a_call_that_is_left_by_an_error_or_escalation_has_set_its_outputs(
    thrown: str, status: str
) -> None:
    way = edge("b", "c", thrown) + end("e2") + chain("b", "e2")
    drawn = call('<camunda:out source="v" target="w"/>')
    outer = a_process("p", start(), drawn, end(), chain("s", "c", "e"), way)
    tried = play_all(outer, a_process("q", *scripted("v = 7", thrown)), auto=True)
    assert (tried.status, tried.data) == (status, {"w": 7})


def test_outputs_of_a_call_see_what_is_around_it_and_what_came_out() -> None:
    out = '<camunda:out source="b" target="q"/>'
    for text, value in (("b", 1), ("q", 5)):
        drawn = call(camunda(("output", text, "final")), out)
        assert calling(drawn, *scripted("b = 5"), b=1) == {"b": 1, "q": 5, "final": value}


def test_parameters_of_a_call_are_its_own() -> None:
    drawn = call(camunda(("input", "5", "a")), '<camunda:out source="seen" target="seen"/>')
    found = calling(drawn, *scripted('seen = if is defined(a) then a else "none"'))
    assert found == {"seen": "none"}
    handed = call(camunda(("input", "5", "a")), '<camunda:in source="a" target="a"/>', *ALL[1:])
    assert calling(handed, *scripted("seen = a")) == {"seen": 5}


def test_what_camunda_8_maps_into_a_call_does_not_come_out_of_it() -> None:
    mapped = '<zeebe:ioMapping><zeebe:input source="=z" target="a"/></zeebe:ioMapping>'
    called = '<zeebe:calledElement processId="q"/>'
    drawn = call(mapped, called).replace(' calledElement="q"', "")
    assert calling(drawn, *scripted("b = a + 1"), a=1, z=5) == {"a": 1, "z": 5, "b": 6}


def test_local_variables_only_cannot_be_passed() -> None:
    drawn = call('<camunda:in variables="all" local="true"/>')
    assert "bad-mapping" in rules(start(), drawn, end(), chain("s", "c", "e"))
