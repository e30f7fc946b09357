"""Mappings of Camunda 8: into parts of a variable, and at events that bring data."""

from typing import Any

import pytest

from tests.engine.runtime.drawing import chain, end, start, user
from tests.engine.runtime.machine.playing import (
    a_process,
    by_event,
    catch,
    definitions,
    edge,
    event,
    event_start,
    play,
    problems,
)


def mapped(*pairs: tuple[str, str, str]) -> str:
    """Draw a user task with mappings: the kind, the source and the target."""
    given = "".join(
        f'<zeebe:{kind} source="{source}" target="{target}"/>' for kind, source, target in pairs
    )
    mapping = f"<zeebe:ioMapping>{given}</zeebe:ioMapping>"
    return user("a", f"<extensionElements>{mapping}</extensionElements>")


def after(*pairs: tuple[str, str, str], **variables: Any) -> dict[str, Any]:
    """Give the data when the task is done."""
    return play(start(), mapped(*pairs), end(), chain("s", "a", "e"), auto=True, **variables).data


@pytest.mark.parametrize(
    ("outputs", "there", "order"),
    [
        ({"order.status": "=x"}, {}, {"status": 5}),
        ({"order.status": "=x"}, {"order": None}, {"status": 5}),
        ({"order.status": "=x"}, {"order": {"id": 1, "status": 2}}, {"id": 1, "status": 5}),
        ({"order.a.b": "=x"}, {"order": {"a": {"c": 1}, "d": 2}}, {"a": {"c": 1, "b": 5}, "d": 2}),
        ({"order.a.b": "=x", "order.a.c": "new"}, {}, {"a": {"b": 5, "c": "new"}}),
        ({"order.x": "=1", "order.y": "=x"}, {}, {"x": 1, "y": 5}),
        ({"order": "={id: x}", "order.status": "=x // five"}, {}, {"id": 5, "status": 5}),
        ({"order.status": "=x", "order": "=x"}, {}, 5),
        ({"order.名称": "=x"}, {}, {"名称": 5}),
    ],
)
def test_an_output_is_merged_into_what_its_variable_holds(
    outputs: dict[str, str], there: dict[str, Any], order: object
) -> None:
    pairs = [("output", source, target) for target, source in outputs.items()]
    assert after(*pairs, x=5, **there) == {"x": 5, "order": order}


def test_an_input_makes_a_variable_of_its_parts_alone() -> None:
    data = after(
        ("input", "=x", "order.part"),
        ("input", "=order.part + 1", "order.next.one"),
        ("output", "=order", "seen"),
        x=5,
        order={"id": 1},
    )
    assert data == {"x": 5, "order": {"id": 1}, "seen": {"part": 5, "next": {"one": 6}}}


@pytest.mark.parametrize("target", ["a..b", "1x", "a.", ".a", "a b", "a.1x"])
@pytest.mark.parametrize("kind", ["input", "output"])
def test_a_target_that_names_nothing_is_refused(kind: str, target: str) -> None:
    body = start(), mapped((kind, "=x", target)), end(), chain("s", "a", "e")
    drawn = definitions(a_process("p", *body))
    (found,) = (one for one in problems(drawn) if one.severity == "error")
    assert (found.rule, found.element, found.line) == ("bad-mapping", "a", 1)
    assert f"'{target}'" in found.message.en


def test_a_source_that_cannot_be_read_is_told_as_it_is_written() -> None:
    body = start(), mapped(("output", "=x +", "order.a")), end(), chain("s", "a", "e")
    found = [one for one in problems(definitions(a_process("p", *body))) if one.rule == "not-feel"]
    assert [(one.element, "merge" in one.message.en) for one in found] == [("a", False)]


OUT = (
    '<extensionElements><zeebe:ioMapping><zeebe:output source="=msg" target="kept"/>'
    "</zeebe:ioMapping></extensionElements>"
)
PAID = OUT + event("message", messageRef="m")
BROUGHT = {"message": "Paid", "data": {"msg": 1, "secret": 2}}
FAILED = {"complete": "a", "error": "E1", "answers": {"msg": 1, "secret": 2}}


def test_what_begins_a_process_hands_on_what_its_output_names() -> None:
    body = event_start("s", PAID), end(), chain("s", "e")
    tried = play(*body, steps=[BROUGHT], x=5)
    assert (tried.status, tried.data) == ("completed", {"x": 5, "kept": 1})


def test_a_message_that_is_awaited_hands_on_what_its_output_names() -> None:
    body = start(), catch("c", PAID), end(), chain("s", "c", "e")
    assert play(*body, steps=[BROUGHT], x=5).data == {"x": 5, "kept": 1}
    inside = by_event("h", event_start("s2", PAID), end("e2"), chain("s2", "e2"))
    assert play(start(), user("a"), inside, end(), chain("s", "a", "e"), steps=[BROUGHT]).data == {
        "kept": 1
    }


@pytest.mark.parametrize("kind", ["edge", "event subprocess"])
def test_an_error_hands_on_what_the_output_of_its_catcher_names(kind: str) -> None:
    caught = OUT + event("error", errorRef="er")
    handler = by_event("h", event_start("s2", caught), end("e2"), chain("s2", "e2"))
    if kind == "edge":
        handler = edge("b", "a", caught) + end("e2") + chain("b", "e2")
    body = start(), user("a"), handler, end(), chain("s", "a", "e")
    tried = play(*body, steps=[FAILED], x=5)
    assert (tried.status, tried.data) == ("completed", {"x": 5, "kept": 1})


def test_an_error_whose_catcher_maps_nothing_hands_on_everything() -> None:
    caught = event("error", errorRef="er")
    body = start(), user("a"), edge("b", "a", caught), end(), end("e2"), chain("s", "a", "e")
    assert play(*body, chain("b", "e2"), steps=[FAILED]).data == {"msg": 1, "secret": 2}
