"""Playing the diagram: joins that wait for ever, ways that run twice, loops without rest."""

import pytest

from tests.engine.bpmn.diagrams import chain, check, end, file, flow, node, rules, start, user
from tests.engine.bpmn.test_check_structure import TIMER, gate

BRANCHES = (start(), user("a"), user("b"), end(), chain("start", "split"), chain("join", "end"))


def split(kind: str, joined: str) -> bytes:
    """Write two branches between a split and a join of given kinds."""
    default = "f_split_b" if kind != "parallel" else ""
    condition = "area > 1" if kind != "parallel" else None
    return file(
        *BRANCHES,
        gate(kind, "split", default),
        gate(joined, "join"),
        flow("split", "a", condition),
        flow("split", "b"),
        flow("a", "join"),
        flow("b", "join"),
    )


@pytest.mark.parametrize(
    ("kind", "joined", "rule"),
    [
        ("exclusive", "exclusive", None),
        ("parallel", "parallel", None),
        ("inclusive", "inclusive", None),
        ("parallel", "inclusive", None),
        ("exclusive", "inclusive", None),
        ("exclusive", "parallel", "deadlock"),
        ("inclusive", "parallel", "deadlock"),
        ("parallel", "exclusive", "runs-twice"),
        ("inclusive", "exclusive", "runs-twice"),
    ],
)
def test_a_join_must_fit_its_split(kind: str, joined: str, rule: str | None) -> None:
    """All nine pairs."""
    assert rules(split(kind, joined)) == ({rule} if rule else set())


def test_the_join_that_waits_is_named() -> None:
    """So that its author sees where."""
    found = check(split("exclusive", "parallel"))
    assert [(p.element, p.rule) for p in found] == [("join", "deadlock")]


def test_parallel_ways_may_each_end() -> None:
    """No join is needed where both simply end."""
    data = file(
        *BRANCHES[:3],
        end(),
        end("e2"),
        gate("parallel", "split"),
        chain("start", "split", "a", "end"),
        chain("split", "b", "e2"),
    )
    assert rules(data) == set()


def test_a_way_back_out_of_a_parallel_block_deadlocks() -> None:
    """One branch leads back before the split while the other waits at the join."""
    data = file(
        *BRANCHES,
        gate("parallel", "split"),
        gate("parallel", "join"),
        gate("exclusive", "again", "f_again_join"),
        chain("split", "a", "again", "join"),
        chain("split", "b", "join"),
        flow("again", "b", "area > 1"),
    )
    assert rules(data) & {"deadlock", "runs-twice"}


def test_a_loop_around_a_parallel_block_is_fine() -> None:
    """The whole block is done again."""
    data = file(
        start(),
        user("a"),
        user("b"),
        end(),
        gate("exclusive", "into"),
        gate("parallel", "split"),
        gate("parallel", "join"),
        gate("exclusive", "again", "f_again_end"),
        chain("start", "into", "split", "a", "join"),
        chain("split", "b", "join", "again", "end"),
        flow("again", "into", "area > 1"),
    )
    assert rules(data) == set()


def test_an_interrupting_timer_is_another_way_on() -> None:
    """A parallel join does not get the token that went the timer's way."""
    timer = node("boundaryEvent", "t", TIMER.format("Duration", "P1D"), more='attachedToRef="a"')
    data = split("parallel", "parallel").replace(
        b"</bpmn:process>", (timer + end("late") + flow("t", "late") + "</bpmn:process>").encode()
    )
    assert rules(data) == {"deadlock"}


def test_a_side_way_may_not_lead_into_the_main_way() -> None:
    """A timer that does not interrupt starts a second token."""
    timer = node(
        "boundaryEvent",
        "t",
        TIMER.format("Duration", "P1D"),
        more='attachedToRef="a" cancelActivity="false"',
    )
    base = (start(), user("a"), user("b"), end(), chain("start", "a", "b", "end"), timer)
    assert rules(file(*base, flow("t", "b"))) == {"runs-twice"}
    aside = (user("urge"), end("e2"), chain("t", "urge", "e2"))
    assert rules(file(*base, *aside)) == set()


def test_a_side_way_in_a_loop_is_fine() -> None:
    """The main way leads back to the task with the timer; the side way ends on its own."""
    timer = node(
        "boundaryEvent",
        "t",
        TIMER.format("Duration", "P1D"),
        more='attachedToRef="a" cancelActivity="false"',
    )
    data = file(
        start(),
        user("a"),
        user("urge"),
        gate("exclusive", "g", "f_g_end"),
        end(),
        end("e2"),
        timer,
        chain("start", "a", "g", "end"),
        flow("g", "a", "area > 1"),
        chain("t", "urge", "e2"),
    )
    assert rules(data) == set()


def test_a_terminate_end_clears_what_waits() -> None:
    """A refusal in one branch ends the case."""
    stop = node("endEvent", "stop", "<bpmn:terminateEventDefinition/>")
    data = split("parallel", "parallel").decode()
    data = data.replace(flow("a", "join"), flow("a", "g") + flow("g", "join"))
    extra = gate("exclusive", "g", "f_g_join") + stop + flow("g", "stop", "area > 1")
    assert rules(data.replace("</bpmn:process>", extra + "</bpmn:process>").encode()) == set()


def test_a_loop_must_wait_for_something() -> None:
    """Script, gateway and back for ever."""
    script = node("scriptTask", "s", "<bpmn:script>n = 1</bpmn:script>", more='scriptFormat="feel"')
    pieces = (
        start(),
        script,
        gate("exclusive", "g", "f_g_end"),
        end(),
        chain("start", "s", "g", "end"),
    )
    assert rules(file(*pieces, flow("g", "s", "n > 1"))) == {"endless-loop"}
    wait = node("intermediateCatchEvent", "w", TIMER.format("Duration", "PT1H"))
    rested = file(*pieces, wait, flow("g", "w", "n > 1"), flow("w", "s"))
    assert rules(rested) == set()


def test_many_parallel_branches_stay_quick() -> None:
    """Nine branches of two tasks: far beyond what could be tried in full."""
    names = [f"b{place}" for place in range(9)]
    ways = "".join(
        user(n) + user(f"{n}x") + chain("split", n) + flow(n, f"{n}x") + flow(f"{n}x", "join")
        for n in names
    )
    data = file(
        start(),
        gate("parallel", "split"),
        gate("parallel", "join"),
        ways,
        end(),
        chain("start", "split"),
        chain("join", "end"),
    )
    assert rules(data) == set()


def late(kind: str) -> bytes:
    """Write an inclusive split whose branch ``a`` may leave by a timer, and a join of a kind."""
    timer = node("boundaryEvent", "t", TIMER.format("Duration", "P1D"), more='attachedToRef="a"')
    extra = timer + gate("exclusive", "meet") + chain("t", "meet", "join")
    data = split("inclusive", kind).decode().replace(flow("a", "join"), flow("a", "meet"))
    return data.replace("</bpmn:process>", extra + "</bpmn:process>").encode()


def test_an_inclusive_join_waits_for_what_may_still_come() -> None:
    """It neither fires early nor waits for a branch that was not taken."""
    assert rules(late("inclusive")) == set()
    assert rules(late("parallel")) == {"deadlock"}


def test_an_inclusive_join_is_not_held_up_by_a_way_that_ends_elsewhere() -> None:
    """The timer's way leads to an end of its own."""
    timer = node("boundaryEvent", "t", TIMER.format("Duration", "P1D"), more='attachedToRef="a"')
    extra = timer + end("gone") + flow("t", "gone")
    data = split("parallel", "inclusive").decode()
    assert rules(data.replace("</bpmn:process>", extra + "</bpmn:process>").encode()) == set()


def test_an_item_too_large_to_be_examined_is_warned_of() -> None:
    """Five parallel ways of eight choices each: too many markings to try."""
    body = [start(), gate("parallel", "split"), gate("parallel", "join"), end()]
    body += [chain("start", "split"), chain("join", "end")]
    for way in range(5):
        last = "split"
        for step in range(8):
            x, y, a = f"x{way}_{step}", f"y{way}_{step}", f"a{way}_{step}"
            body += [gate("exclusive", x, f"f_{x}_{y}"), gate("exclusive", y), user(a)]
            body += [flow(last, x), flow(x, y), flow(x, a, "area > 1"), flow(a, y)]
            last = y
        body.append(flow(last, "join"))
    found = [one for one in check(file(*body)) if one.rule == "not-examined"]
    assert [one.severity for one in found] == ["warning"]
