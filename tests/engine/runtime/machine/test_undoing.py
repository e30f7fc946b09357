"""Compensation, transactions, complex gateways, inclusive and parallel joins in loops."""

import pytest

from tests.engine.runtime.drawing import chain, end, flow, gateway, start, subprocess, user, users
from tests.engine.runtime.machine.playing import (
    by_event,
    edge,
    entered,
    event,
    event_start,
    play,
    rules,
    story,
    throw,
    waiting,
)

UNDO = "<compensateEventDefinition/>"


def undone(name: str) -> str:
    """Draw a task with the task that undoes it."""
    return (
        f'<task id="{name}"/><boundaryEvent id="b_{name}" attachedToRef="{name}">{UNDO}'
        f'</boundaryEvent><userTask id="undo_{name}" isForCompensation="true"/>'
        f'<association id="as_{name}" sourceRef="b_{name}" targetRef="undo_{name}"/>'
    )


def test_compensation_undoes_newest_first_and_then_goes_on() -> None:
    body = (
        start(),
        undone("a"),
        undone("b"),
        throw("t", UNDO),
        end(),
        chain("s", "a", "b", "t", "e"),
    )
    first = play(*body)
    assert waiting(first) == ["undo_b"]
    second = play(*body, steps=[{"complete": "undo_b"}])
    assert waiting(second) == ["undo_a"]
    done = play(*body, auto=True)
    assert done.status == "completed"
    assert story(done, "t", "undo_a", "undo_b", "e") == (
        ["+t", "+undo_b", "-undo_b", "+undo_a", "-undo_a", "-t", "+e", "-e"]
    )


def test_what_was_not_done_is_not_undone() -> None:
    body = start(), throw("t", UNDO), undone("a"), end(), chain("s", "t", "a", "e")
    tried = play(*body)
    assert (tried.status, "undo_a" in entered(tried)) == ("completed", False)


def test_one_activity_may_be_undone_alone_and_only_once() -> None:
    only = '<compensateEventDefinition activityRef="a"/>'
    tried = play(
        start(),
        undone("a"),
        undone("b"),
        throw("t", only),
        throw("t2", only),
        end(),
        chain("s", "a", "b", "t", "t2", "e"),
        auto=True,
    )
    assert entered(tried).count("undo_a") == 1
    assert "undo_b" not in entered(tried)


def test_compensation_reaches_into_a_completed_subprocess() -> None:
    tried = play(
        start(),
        subprocess("sub", start("is"), undone("a"), chain("is", "a")),
        f'<endEvent id="e">{UNDO}</endEvent>',
        chain("s", "sub", "e"),
        auto=True,
    )
    assert tried.status == "completed"
    assert "undo_a" in entered(tried)


def test_an_event_subprocess_for_errors_may_undo_what_is_around() -> None:
    tried = play(
        start(),
        undone("a"),
        f'<endEvent id="bad">{event("error", errorRef="er")}</endEvent>',
        chain("s", "a", "bad"),
        by_event(
            "h",
            event_start("hs", event("error", errorRef="er")),
            throw("t", UNDO),
            chain("hs", "t"),
        ),
        auto=True,
    )
    assert (tried.status, "undo_a" in entered(tried)) == ("completed", True)


def test_a_cancelled_transaction_is_undone_and_left_by_its_edge() -> None:
    tried = play(
        start(),
        '<transaction id="tx">',
        start("is"),
        undone("a"),
        gateway("parallel", "g"),
        user("open"),
        user("decide"),
        '<endEvent id="ce"><cancelEventDefinition/></endEvent>',
        chain("is", "a", "g", "open"),
        chain("g", "decide", "ce"),
        "</transaction>",
        edge("x", "tx", "<cancelEventDefinition/>"),
        users("after", "sorry"),
        chain("s", "tx", "after"),
        chain("x", "sorry"),
        steps=[{"complete": "decide"}, {"complete": "undo_a"}],
    )
    assert waiting(tried) == ["sorry"]
    assert story(tried, "open", "undo_a", "tx", "x") == (
        ["+tx", "+open", "xopen", "+undo_a", "-undo_a", "xtx", "+x", "-x"]
    )


def test_a_transaction_that_is_not_cancelled_goes_on() -> None:
    tried = play(
        start(),
        '<transaction id="tx">',
        start("is"),
        user("a"),
        chain("is", "a"),
        "</transaction>",
        user("after"),
        chain("s", "tx", "after"),
        steps=[{"complete": "a"}],
    )
    assert waiting(tried) == ["after"]


def test_cancel_outside_a_transaction_is_refused() -> None:
    body = start(), '<endEvent id="ce"><cancelEventDefinition/></endEvent>', chain("s", "ce")
    assert rules(*body) == {"cancel-outside"}


def test_compensation_without_its_activity_is_refused() -> None:
    body = start(), user("a"), edge("b", "a", UNDO), end(), chain("s", "a", "e")
    assert rules(*body) == {"compensation-handler"}


COMPLEX = (
    start(),
    gateway("parallel", "g"),
    users("a", "b", "c"),
    "".join(
        (
            '<complexGateway id="j"><activationCondition>activationCount &gt;= 2',
            "</activationCondition></complexGateway>",
        )
    ),
    user("after"),
    chain("s", "g", "a", "j", "after"),
    chain("g", "b", "j"),
    chain("g", "c", "j"),
)


def test_a_complex_gateway_opens_when_enough_have_come_and_only_once() -> None:
    one = play(*COMPLEX, steps=[{"complete": "a"}])
    assert sorted(waiting(one)) == ["b", "c"]
    two = play(*COMPLEX, steps=[{"complete": "c"}, {"complete": "a"}])
    assert sorted(waiting(two)) == ["after", "b"]
    three = play(*COMPLEX, steps=[{"complete": "c"}, {"complete": "a"}, {"complete": "b"}])
    assert waiting(three) == ["after"]


@pytest.mark.parametrize("most", [1, 2])
def test_a_complex_gateway_keeps_a_second_token_of_a_flow_for_the_next_time(most: int) -> None:
    """Until its reset it takes one token of each flow that it has none of (BPMN 2.0, 13.4.5)."""
    body = (
        start(),
        '<task id="twice" completionQuantity="2"/>',
        COMPLEX[1],
        *COMPLEX[2:4],
        '<task id="after"/>',
        end(),
        chain("s", "twice", "g", "a", "j", "after", "e"),
        *COMPLEX[6:],
    )
    body = tuple(piece.replace("&gt;= 2", f"&gt;= {most}") for piece in body)
    tried = play(*body, steps=[{"complete": name} for name in "aabbcc"])
    assert tried.status == "completed"
    assert entered(tried).count("after") == 2


def test_a_parallel_join_in_a_loop_waits_for_both_each_time() -> None:
    body = (
        start(),
        gateway("exclusive", "again_"),
        gateway("parallel", "g"),
        users("b", "c"),
        gateway("parallel", "j"),
        user("q"),
        gateway("exclusive", "x", default="on"),
        end(),
        chain("s", "again_", "g", "b", "j", "q", "x"),
        chain("g", "c", "j"),
        flow("x", "again_", "again"),
        flow("x", "e", flow_id="on"),
    )
    round_one = [
        {"complete": "b"},
        {"complete": "c"},
        {"complete": "q", "answers": {"again": True}},
    ]
    assert waiting(play(*body, steps=[*round_one, {"complete": "c"}])) == ["b"]
    rest = [{"complete": "c"}, {"complete": "b"}, {"complete": "q", "answers": {"again": False}}]
    assert play(*body, steps=[*round_one, *rest]).status == "completed"


def test_an_inclusive_join_waits_only_for_what_can_still_come() -> None:
    body = (
        start(),
        gateway("inclusive", "g", default="d"),
        users("a", "b", "c"),
        gateway("inclusive", "j"),
        user("after"),
        flow("s", "g"),
        flow("g", "a", "n > 0"),
        flow("g", "b", "n > 1"),
        flow("g", "c", flow_id="d"),
        chain("a", "j", "after"),
        chain("b", "j"),
        chain("c", "j"),
    )
    assert waiting(play(*body, n=2, steps=[{"complete": "a"}])) == ["b"]
    assert waiting(play(*body, n=2, steps=[{"complete": "a"}, {"complete": "b"}])) == ["after"]
    assert waiting(play(*body, n=1, steps=[{"complete": "a"}])) == ["after"]


def test_a_join_that_can_never_open_is_found_before_running() -> None:
    body = (
        start(),
        gateway("exclusive", "g", default="d"),
        users("a", "b"),
        gateway("parallel", "j"),
        end(),
        flow("s", "g"),
        flow("g", "a", "x"),
        flow("g", "b", flow_id="d"),
        chain("a", "j", "e"),
        chain("b", "j"),
    )
    assert rules(*body) == {"deadlock"}
