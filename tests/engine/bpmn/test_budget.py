"""The time budget: what the steps need, against what the item promises and the law allows."""

from pathlib import Path

import pytest

from engine import bpmn
from engine.bpmn import joining
from engine.bpmn.calling import Wanted
from engine.problems import Problem
from forms.text import Text
from tests.engine.bpmn.diagrams import (
    FACTS,
    chain,
    check,
    end,
    file,
    flow,
    node,
    read,
    start,
    user,
)

ITEMS = Path(__file__).resolve().parents[3] / "processes"
ACCEPT = user("accept", "lead:clerk", act="accept", limit="1wd")
DECIDE = user("decide", "lead:head", act="decide", limit="2wd")


def pieces(*steps: str, way: tuple[str, ...]) -> tuple[str, ...]:
    """A process that accepts, goes through some steps and decides."""
    return (start(), ACCEPT, *steps, DECIDE, end(), chain("start", "accept", *way, "decide", "end"))


def budget(*drawn: str, clock: str = "promised", **facts: str) -> bpmn.Budget:
    """The budget of a process by one clock."""
    main = read(file(*drawn, facts={**FACTS, **facts})).main
    return next(one for one in bpmn.budgets(main) if one.clock == clock)


def problems(*drawn: str, **facts: str) -> list[Problem]:
    """What the check says of the budget of a process."""
    found = check(file(*drawn, facts={**FACTS, **facts}))
    return [one for one in found if one.rule.startswith("budget")]


def shares(found: bpmn.Budget) -> dict[str, float]:
    """What each activity on the way takes."""
    return {share.element: share.takes for share in found.way.shares}


def test_the_clock_runs_from_the_acceptance_to_the_decision() -> None:
    """The accepting step and the handing over have limits of their own."""
    drawn = (
        start(), ACCEPT, user("a"), DECIDE, user("hand", "lead:clerk", act="deliver", limit="9wd"),
        end(), chain("start", "accept", "a", "decide", "hand", "end"),
    )  # fmt: skip
    promised = budget(*drawn)
    assert shares(promised) == {"a": 3, "decide": 2}
    assert (promised.way.total, promised.slack, promised.broken) == (5, 5, False)
    assert promised.way.elements[-3:] == ("accept", "a", "decide")
    assert promised.way.flows == ("f_accept_a", "f_a_decide")
    assert shares(budget(*drawn, clock="receipt")) == {"accept": 1}
    assert shares(budget(*drawn, clock="delivery")) == {"hand": 9}
    assert shares(budget(*drawn, clockStart="received")) == {"accept": 1, "a": 3, "decide": 2}


def test_a_promise_that_its_steps_break_is_refused_where_it_is_passed() -> None:
    """Element, line, the whole way, what it needs, and what to do."""
    drawn = pieces(user("a", limit="6wd"), user("b", limit="4wd"), way=("a", "b"))
    (found,) = problems(*drawn)
    assert (found.rule, found.severity, found.element) == ("budget-promised", "error", "decide")
    assert found.line
    assert "12个工作日" in found.message.zh
    assert "任务a（6个工作日） → 任务b（4个工作日） → 任务decide（2个工作日）" in found.message.zh
    assert "come to 12 working days, more than the promised limit of 10" in found.message.en
    assert "at least 12 working days" in found.hint.en
    assert problems(*drawn, promisedLimit="12wd") == []


def test_the_statute_is_a_clock_of_its_own() -> None:
    """A public notice stops the promise, not the statute; a hearing stops both."""
    told = user(
        "told", act="publicity", limit="18wd", period="7d", clock="stop", ground="publicity"
    )
    drawn = pieces(told, user("a"), way=("told", "a"))
    assert shares(budget(*drawn)) == {"told": 0, "a": 3, "decide": 2}
    assert shares(budget(*drawn, clock="statutory")) == {"told": 18, "a": 3, "decide": 2}
    assert [one.rule for one in problems(*drawn)] == ["budget-statutory"]
    heard = pieces(user("h", limit="30wd", clock="stop", ground="hearing"), way=("h",))
    assert budget(*heard, clock="statutory").way.total == 2
    assert problems(*heard) == []


def test_of_alternatives_the_longest_counts_and_of_parallel_parts_the_last() -> None:
    """A join waits for the slowest branch; nobody adds branches up."""
    for kind in ("exclusiveGateway", "parallelGateway"):
        drawn = (
            start(), ACCEPT, node(kind, "fork"), user("a", limit="4wd"), user("b", limit="2wd"),
            user("c", limit="3wd"), node(kind, "join"), DECIDE, end(),
            chain("start", "accept", "fork", "a", "join", "decide", "end"),
            chain("fork", "b", "c", "join"),
        )  # fmt: skip
        assert shares(budget(*drawn)) == {"b": 2, "c": 3, "decide": 2}


def cohandling(inside: str, **facts: str) -> str:
    """A co-handling with one step inside."""
    loop = (
        '<bpmn:multiInstanceLoopCharacteristics camunda:collection="parts"'
        ' camunda:elementVariable="department"/>'
    )
    kept = {
        "coHandling": "true", "lead": "lead", "limit": "4wd", "noReply": "wait", "answers": "said",
    }  # fmt: skip
    body = loop + start("in", "") + inside + end("out") + chain("in", "o", "out")
    return node("subProcess", "co", body, **{**kept, **facts})


def test_a_co_handling_takes_its_own_limit() -> None:
    """Every department has it; what is inside must fit into it."""
    opinion = user("o", "co:examiner", act="co-handle", limit="3wd")
    assert shares(budget(*pieces(cohandling(opinion), way=("co",)))) == {"co": 4, "decide": 2}
    short = pieces(cohandling(opinion, limit="2wd"), way=("co",))
    assert [(p.rule, p.element, p.severity) for p in problems(*short)] == [
        ("budget-co-handling", "co", "error")
    ]


def test_a_correction_before_acceptance_is_outside_and_a_return_is_counted_once() -> None:
    """What goes back later warns when one return would break the promise."""
    asked = (
        node("exclusiveGateway", "gw"), user("fix", "applicant", act="correct", limit="30wd"),
        flow("gw", "fix", 'outcome = "correct"'), flow("fix", "accept"),
    )  # fmt: skip
    drawn = (
        start(), ACCEPT, *asked, user("a", limit="4wd"), node("exclusiveGateway", "again"), DECIDE,
        end(), chain("start", "accept", "gw", "a", "again", "decide", "end"),
        user("redo", limit="3wd"), flow("again", "redo", 'outcome = "fail"'), flow("redo", "a"),
    )  # fmt: skip
    found = budget(*drawn)
    assert shares(found) == {"a": 4, "decide": 2}
    assert found.again is not None
    assert found.again.total == 4 + 3 + 4 + 2
    (warned,) = problems(*drawn)
    assert (warned.rule, warned.severity) == ("budget-promised-tight", "warning")
    assert "13个工作日" in warned.message.zh
    assert problems(*drawn, promisedLimit="13wd") == []


def test_hours_run_over_into_the_next_day() -> None:
    """From the close of the office four hours end the next day; that may be too long: a warning."""
    drawn = pieces(user("a", limit="4wh"), user("b", limit="2wd"), way=("a", "b"))
    assert shares(budget(*drawn)) == {"a": 1, "b": 2, "decide": 2}
    assert [(p.rule, p.severity) for p in problems(*drawn, promisedLimit="4wd")] == [
        ("budget-promised-tight", "warning")
    ]
    assert [p.rule for p in problems(*drawn, promisedLimit="3wd")] == ["budget-promised"]


@pytest.mark.parametrize(
    ("step", "total"),
    [
        (user("x", limit="10d"), 8 + 2),
        (user("x", act="publicity", limit="5wd", period="14d"), 10 + 2),
        (user("x", "applicant", act="rectify", limit="5wd"), 5 + 2),
    ],
)
def test_what_a_step_takes(step: str, total: float) -> None:
    """Calendar days in working days, a notice its period, the applicant their limit."""
    assert budget(*pieces(step, way=("x",))).way.total == total


def test_timers_are_counted_and_bound_what_waits() -> None:
    """At an edge, between steps, and beside a message that may never come."""

    def timer(text: str) -> str:
        return (
            "<bpmn:timerEventDefinition><bpmn:timeDuration>"
            f"{text}</bpmn:timeDuration></bpmn:timerEventDefinition>"
        )

    caught = node("intermediateCatchEvent", "x", timer("P4WD"))
    assert budget(*pieces(caught, way=("x",))).way.total == 6
    asked = user("x", "applicant", act="rectify", limit="")
    edge = node("boundaryEvent", "late", timer("P5WD"), more='attachedToRef="x"')
    drawn = (*pieces(asked, edge, way=("x",)), flow("late", "decide"))
    assert budget(*drawn).way.total == 7
    assert problems(*drawn) == []
    (warned,) = problems(*pieces(asked, way=("x",)))
    assert (warned.rule, warned.element, warned.severity) == ("budget-applicant", "x", "warning")


def test_receipt_and_delivery_keep_the_limits_of_the_law_or_the_items_own() -> None:
    """Five days to accept, ten to hand over (许可法 32, 44)."""
    slow = user("accept", "lead:clerk", act="accept", limit="6wd")
    hand = user("hand", "lead:clerk", act="deliver", limit="11wd")
    drawn = (start(), slow, DECIDE, hand, end(), chain("start", "accept", "decide", "hand", "end"))
    assert {(p.rule, p.element) for p in problems(*drawn)} == {
        ("budget-receipt", "accept"), ("budget-delivery", "hand"),
    }  # fmt: skip


def test_a_step_repeated_a_known_number_of_times_counts_as_often() -> None:
    """One after the other adds up; at the same time does not."""
    for kind, total in (("true", 3 * 2 + 2), ("false", 2 + 2)):
        loop = (
            f'<bpmn:multiInstanceLoopCharacteristics isSequential="{kind}">'
            "<bpmn:loopCardinality>3</bpmn:loopCardinality>"
            "</bpmn:multiInstanceLoopCharacteristics>"
        )
        step = user("x", limit="2wd").replace("</bpmn:userTask>", f"{loop}</bpmn:userTask>")
        assert budget(*pieces(step, way=("x",))).way.total == total


def test_the_longest_way_is_drawn() -> None:
    """A thick line along its flows, an outline around its steps."""
    path = ITEMS / "medical-device-iii" / "medical-device-iii.bpmn"
    diagram, _ = bpmn.read(path.read_bytes(), path.name)
    assert diagram is not None
    found = bpmn.budgets(diagram.main)[0]
    assert (found.way.total, found.slack) == (13, 1)
    plain, marked = bpmn.draw(diagram), bpmn.draw(diagram, way=found.marks)
    assert "lb-way" not in plain
    assert marked.count("lb-way") == len(found.way.shares)
    assert marked.count('stroke-width="4"') - plain.count('stroke-width="4"') == len(
        found.way.flows
    )


@pytest.mark.parametrize(
    "item", ["individual-business", "medical-device-iii", "restaurant-opening"]
)
def test_the_shipped_items_keep_their_promises(item: str) -> None:
    """No clock of theirs is broken or tight."""
    diagram, _ = bpmn.read((ITEMS / item / f"{item}.bpmn").read_bytes(), item)
    assert diagram is not None
    found = bpmn.budgets(diagram.main)
    assert found
    assert not any(one.broken or one.tight or one.again_broken or one.remarks for one in found)


def begun_by(event: str, *inside: str, way: tuple[str, ...], beside: bool = False) -> str:
    """An event subprocess of some steps; ``beside``: it does not interrupt."""
    begin = node("startEvent", "on", event, more='isInterrupting="false"' if beside else "")
    body = begin + "".join(inside) + end("over") + chain("on", *way, "over")
    return node("subProcess", "es", body, more='triggeredByEvent="true"')


def lasting(text: str) -> str:
    """A timer of an event."""
    return (
        "<bpmn:timerEventDefinition><bpmn:timeDuration>"
        f"{text}</bpmn:timeDuration></bpmn:timerEventDefinition>"
    )


TOLD = "<bpmn:conditionalEventDefinition><bpmn:condition>told</bpmn:condition></bpmn:conditionalEventDefinition>"  # noqa: E501 - one line in the file, too
AFTER = user("again", limit="3wd")
INSTEAD = user("instead", "lead:head", act="decide", limit="1wd")


def test_an_interrupting_event_subprocess_begins_in_the_last_moment() -> None:
    """4 of a and 2 of the decision, then 3 and 1 instead: 10, where the event comes just before."""
    drawn = pieces(
        user("a", limit="4wd"), begun_by(TOLD, AFTER, INSTEAD, way=("again", "instead")), way=("a",)
    )
    found = budget(*drawn)
    assert shares(found) == {"a": 4, "decide": 2, "again": 3, "instead": 1}
    assert (found.way.total, found.broken) == (10, False)
    assert {"es", "on", "again", "instead", "f_again_instead"} <= found.marks
    (refused,) = problems(*drawn, promisedLimit="9wd")
    assert (refused.rule, refused.element) == ("budget-promised", "instead")


def test_an_event_that_ends_the_case_without_a_decision_counts_to_its_end() -> None:
    """4 + 2 + 3; one that must undo something is not begun from outside."""
    drawn = pieces(user("a", limit="4wd"), begun_by(TOLD, AFTER, way=("again",)), way=("a",))
    assert budget(*drawn).way.total == 9
    undone = begun_by("<bpmn:compensateEventDefinition/>", AFTER, way=("again",))
    assert budget(*pieces(user("a", limit="4wd"), undone, way=("a",))).way.total == 6


def test_what_an_event_runs_beside_delays_only_its_own_level() -> None:
    """Beside the whole case the decision does not wait: 4 + 2. Inside a part it does: 4 + 3 + 2."""
    free = begun_by(TOLD, AFTER, way=("again",), beside=True)
    found = budget(*pieces(user("a", limit="4wd"), free, way=("a",)))
    assert shares(found) == {"a": 4, "decide": 2}
    inner = start("in", "") + user("a", limit="4wd") + end("out") + chain("in", "a", "out") + free
    found = budget(*pieces(node("subProcess", "part", inner), way=("part",)))
    assert shares(found) == {"a": 4, "again": 3, "decide": 2}


def test_beside_and_interrupting_together() -> None:
    """In a part: 4, beside it 3, and interrupted in the last moment 1 more, then the decision."""
    free = begun_by(TOLD, AFTER, way=("again",), beside=True)
    stop = begun_by(TOLD, user("undo", limit="1wd"), way=("undo",))
    for old, new in (('"es"', '"es2"'), ('"on"', '"on2"'), ('"over"', '"over2"'),
                     ("f_on_", "f_on2_"), ("_over", "_over2")):  # fmt: skip
        stop = stop.replace(old, new)
    inner = start("in", "") + user("a", limit="4wd") + end("out") + chain("in", "a", "out")
    found = budget(*pieces(node("subProcess", "part", stop + free + inner), way=("part",)))
    assert shares(found) == {"a": 4, "again": 3, "undo": 1, "decide": 2}


@pytest.mark.parametrize(
    ("due", "counted"),
    [
        # After two of a's four days: 2 + 3 + 1 are as much as 4 + 2.
        ("P2WD", {"a": 4, "decide": 2}),
        # In the middle of the decision: 4 + 1 of it, then 3 + 1.
        ("P5WD", {"a": 4, "decide": 1, "again": 3, "instead": 1}),
        # When all is long done.
        ("P9WD", {"a": 4, "decide": 2}),
    ],
)
def test_the_timer_of_an_event_subprocess_goes_off_when_it_is_due(
    due: str, counted: dict[str, float]
) -> None:
    """Counted from where its level begins, here with the clock."""
    event = begun_by(lasting(due), AFTER, INSTEAD, way=("again", "instead"))
    drawn = (start(), user("a", limit="4wd"), event, DECIDE, end(),
             chain("start", "a", "decide", "end"))  # fmt: skip
    assert shares(budget(*drawn, clockStart="received")) == counted


def test_an_event_inside_a_stopped_part_does_not_run_the_clock() -> None:
    """The subprocess stops it for its own time."""
    event = begun_by(TOLD, AFTER, way=("again",)).replace(
        "<bpmn:startEvent",
        '<bpmn:extensionElements><camunda:properties><camunda:property name="clock" value="stop"/>'
        '<camunda:property name="ground" value="hearing"/></camunda:properties>'
        "</bpmn:extensionElements><bpmn:startEvent",
        1,
    )
    assert budget(*pieces(user("a", limit="4wd"), event, way=("a",))).way.total == 6


def elsewhere(binding: str, more: str = "", identity: str = "c") -> str:
    """A call of another item's process."""
    attributes = f'calledElement="check" camunda:calledElementBinding="{binding}" {more}'
    return node("callActivity", identity, more=attributes)


def other(number: int, *drawn: str) -> bpmn.Abroad:
    """Version ``number`` of another item's process, as a case sees it."""
    name, one = joining.prefix("fire", number), read(file(*drawn, facts={})).main
    return bpmn.Abroad(joining.renamed(one, name), {})


def looking(wanted: Wanted) -> bpmn.Abroad | Text:
    """Two versions of another item: of three days, and of five with a call back of the first."""
    first = (start("s", ""), user("look", limit="3wd"), end("e"), chain("s", "look", "e"))
    back = elsewhere("version", 'camunda:calledElementVersion="1"', "b")
    newest = (start("s", ""), user("look", limit="5wd"), back, end("e"),
              chain("s", "look", "b", "e"))  # fmt: skip
    if wanted.process != "check":
        return Text("没有", "there is none")
    return other(1, *first) if wanted.number == 1 else other(2, *newest)


def test_a_call_of_another_item_counts_as_the_version_it_would_find() -> None:
    """The latest: 5, and 3 of what it calls; version 1: 3. Then the decision."""
    latest = read(file(*pieces(elsewhere("latest"), way=("c",)))).main
    found = bpmn.budgets(latest, (), looking)[0]
    assert shares(found) == {"fire@2.look": 5, "fire@1.look": 3, "decide": 2}
    assert [share.of for share in found.way.shares] == ["fire@2", "fire@1", ""]
    assert ("c" in found.marks, found.remarks) == (True, {})
    first = elsewhere("version", 'camunda:calledElementVersion="1"')
    found = bpmn.budgets(read(file(*pieces(first, way=("c",)))).main, (), looking)[0]
    assert shares(found) == {"fire@1.look": 3, "decide": 2}
    both = elsewhere("latest").replace('"c"', '"d"')
    main = read(file(*pieces(first, both, way=("c", "d")))).main
    assert bpmn.budgets(main, (), looking)[0].way.total == 3 + 5 + 3 + 2


def test_a_call_that_cannot_be_followed_is_said_with_the_reason() -> None:
    """Where nothing is known of other items it is a warning at the call, never silence."""
    drawn = pieces(elsewhere("latest"), way=("c",))
    (warned,) = problems(*drawn)
    assert (warned.rule, warned.element, warned.severity) == ("budget-elsewhere", "c", "warning")
    assert "到部署时才能计入" in warned.message.zh
    assert "counted where this item is deployed" in warned.message.en
    lost = elsewhere("latest").replace("check", "gone")
    found = bpmn.budgets(read(file(*pieces(lost, way=("c",)))).main, (), looking)[0]
    assert found.remarks == {"c": "elsewhere"}
    assert found.reasons["c"].en == "there is none"


@pytest.mark.parametrize("more", ["", ' cancelActivity="false"'])
def test_an_event_at_an_edge_comes_in_the_last_moment(more: str) -> None:
    """After all four days of the step; inside a part, the decision waits for what runs beside."""
    edge = node("boundaryEvent", "edge", TOLD, more=f'attachedToRef="a"{more}')
    inner = (
        start("in", "") + user("a", limit="4wd") + edge + AFTER + end("out")
        + chain("in", "a", "out") + chain("edge", "again", "out")
    )  # fmt: skip
    found = budget(*pieces(node("subProcess", "part", inner), way=("part",)))
    assert shares(found) == {"a": 4, "again": 3, "decide": 2}
