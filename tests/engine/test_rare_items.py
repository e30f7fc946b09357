"""Real cases of items that draw what few draw: it runs as in a trial, stored between the steps."""

import pytest

from engine import clock, db, firing, messages, people
from engine.messages import Posting
from tests.engine.bpmn.diagrams import chain, end, flow, node, start, user
from tests.engine.wide import case_of, refusals, subscriptions, tasks, timers
from tools import worker
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]
BEGIN = start("s")
DECLARED = (
    '<bpmn:message id="m" name="Paid"/><bpmn:signal id="sg" name="Stop"/>'
    '<bpmn:escalation id="esc" escalationCode="X1"/>'
)
PAID = '<bpmn:messageEventDefinition messageRef="m"/>'
STOP = '<bpmn:signalEventDefinition signalRef="sg"/>'
TIMER = "<bpmn:timerEventDefinition><bpmn:time{0}>{1}</bpmn:time{0}></bpmn:timerEventDefinition>"
DAY = TIMER.format("Duration", "P1D")
SPLIT = node("parallelGateway", "g")


def do(story: Story, element: str) -> Story:
    """Complete a step."""
    return story.do("zhao.examiner", element, "done")


def send(name: str, kind: str = "message") -> None:
    """Send from outside, and deliver."""
    with db.transaction():
        posting = Posting(name, kind)
        messages.send(posting, actor=people.actor_for_login("admin"), now=clock.now())
    while worker.deliver_next_message():
        pass


def fire(story: Story) -> None:
    """Let the one timer that is due go off."""
    with db.transaction():
        assert firing.fire_due(story.now, 1) == 1


def waits(*definitions: str, more: str = "") -> Story:
    """A case that waits for an event of several definitions."""
    event = node("intermediateCatchEvent", "wait", "".join(definitions), more=more)
    return case_of(BEGIN, event, user("a"), end("e"), chain("s", "wait", "a", "e"), beside=DECLARED)


@pytest.mark.parametrize("came", ["message", "signal", "timer"])
def test_an_event_of_several_definitions_goes_on_with_the_first_that_comes(came: str) -> None:
    """The other places that waited are given up, in the rows too."""
    story = waits(PAID, STOP, DAY)
    waiting = [("wait", "Paid", None), ("wait", "Stop", None)]
    assert (subscriptions(story), timers(story)) == (waiting, ["wait"])
    if came == "timer":
        fire(story.later(days=2))
    else:
        send("Paid" if came == "message" else "Stop", came)
    assert story.waiting() == [("a", "scjg")]
    assert (subscriptions(story), timers(story)) == ([], [])


def test_an_event_may_wait_for_all_its_definitions() -> None:
    """Whatever their order; what has come is not waited for again."""
    story = waits(PAID, STOP, more='parallelMultiple="true"')
    send("Stop", "signal")
    assert (story.waiting(), subscriptions(story)) == ([], [("wait", "Paid", None)])
    send("Paid")
    assert story.waiting() == [("a", "scjg")]


def test_an_edge_of_several_definitions_interrupts_once() -> None:
    """By whichever comes first."""
    edge = node("boundaryEvent", "edge", PAID + STOP, more='attachedToRef="a"')
    story = case_of(
        BEGIN, user("a"), edge, user("after"), end("e"), end("e2"),
        chain("s", "a", "e"), chain("edge", "after", "e2"), beside=DECLARED,
    )  # fmt: skip
    send("Paid")
    assert (story.waiting(), tasks(story, "cancelled")) == ([("after", "scjg")], ["a"])
    assert subscriptions(story) == []


def test_an_event_throws_all_its_definitions() -> None:
    """The escalation is caught around it, the signal where it is waited for."""
    throw = node(
        "intermediateThrowEvent",
        "t",
        STOP + '<bpmn:escalationEventDefinition escalationRef="esc"/>',
    )
    inside = start("is", "") + user("a") + throw + end("ie") + chain("is", "a", "t", "ie")
    around = node(
        "boundaryEvent", "edge", '<bpmn:escalationEventDefinition escalationRef="esc"/>',
        more='attachedToRef="sub" cancelActivity="false"',
    )  # fmt: skip
    catch = node("intermediateCatchEvent", "wait", STOP)
    story = case_of(
        BEGIN, SPLIT, node("subProcess", "sub", inside), around, catch, user("told"), user("heard"),
        end("e"), end("e2"), end("e3"), chain("s", "g", "sub", "e"), chain("edge", "told", "e2"),
        chain("g", "wait", "heard", "e3"), beside=DECLARED,
    )  # fmt: skip
    do(story, "a")
    assert sorted(story.waiting()) == [("heard", "scjg"), ("told", "scjg")]


def test_a_step_waits_for_as_many_tokens_as_it_needs() -> None:
    """And gives as many as it says: each is a step of its own behind it."""
    join = user("meet", more='startQuantity="2"')
    story = case_of(
        BEGIN, SPLIT, user("a"), user("b"), join, end("e"),
        chain("s", "g", "a", "meet", "e"), chain("g", "b", "meet"),
    )  # fmt: skip
    do(story, "a")
    assert story.waiting() == [("b", "scjg")]
    do(story, "b")
    assert story.waiting() == [("meet", "scjg")]
    assert do(story, "meet").case.status == "closed"


def test_a_step_gives_as_many_tokens_as_it_says() -> None:
    """Two go on; each opens the step behind."""
    story = case_of(
        BEGIN, user("a", more='completionQuantity="2"'), user("b"), end("e"),
        chain("s", "a", "b", "e"),
    )  # fmt: skip
    do(story, "a")
    assert story.waiting() == [("b", "scjg"), ("b", "scjg")]
    assert do(do(story, "b"), "b").case.status == "closed"


def test_a_timer_may_go_off_by_cron() -> None:
    """Every day at nine until the step is done; missed rounds count as one."""
    edge = node(
        "boundaryEvent", "edge", TIMER.format("Cycle", "0 0 9 * * ?"),
        more='attachedToRef="a" cancelActivity="false"',
    )  # fmt: skip
    story = case_of(
        BEGIN, user("a"), edge, user("remind"), end("e"), end("e2"),
        chain("s", "a", "e"), chain("edge", "remind", "e2"),
    )  # fmt: skip
    fire(story.later(days=1))
    assert sorted(story.waiting()) == [("a", "scjg"), ("remind", "scjg")]
    fire(story.later(days=1))
    assert tasks(story, "open") == ["a", "remind", "remind"]
    do(story, "a")
    assert timers(story) == []


def test_runs_throw_events_as_their_behavior_says() -> None:
    """The first run that is done sends its signal (BPMN 2.0, table 10.30)."""
    loop = (
        '<bpmn:multiInstanceLoopCharacteristics behavior="One" oneBehaviorEventRef="one">'
        "<bpmn:loopCardinality>2</bpmn:loopCardinality></bpmn:multiInstanceLoopCharacteristics>"
    )
    task = user("a").replace("</bpmn:userTask>", f"{loop}</bpmn:userTask>")
    edge = node("boundaryEvent", "edge", STOP, more='attachedToRef="a" cancelActivity="false"')
    declared = DECLARED + '<bpmn:signalEventDefinition id="one" signalRef="sg"/>'
    story = case_of(
        BEGIN, task, edge, user("first"), end("e"), end("e2"), chain("s", "a", "e"),
        chain("edge", "first", "e2"), beside=declared,
    )  # fmt: skip
    do(story, "a")
    assert sorted(story.waiting()) == [("a", "scjg"), ("first", "scjg")]
    do(story, "a")
    assert story.waiting() == [("first", "scjg")]


def test_an_event_need_not_wait_for_the_undoing() -> None:
    """The step behind opens beside the one that undoes."""
    undo = '<bpmn:compensateEventDefinition waitForCompletion="false"/>'
    edge = node(
        "boundaryEvent", "edge", "<bpmn:compensateEventDefinition/>", more='attachedToRef="a"'
    )
    tie = '<bpmn:association id="tie" sourceRef="edge" targetRef="undo"/>'
    story = case_of(
        BEGIN, user("a"), edge, tie, user("undo", more='isForCompensation="true"'),
        node("intermediateThrowEvent", "back", undo), user("b"), end("e"),
        chain("s", "a", "back", "b", "e"),
    )  # fmt: skip
    do(story, "a")
    assert sorted(story.waiting()) == [("b", "scjg"), ("undo", "scjg")]


def test_a_data_object_begins_with_the_value_that_is_written_on_it() -> None:
    """Known to the first condition already."""
    value = '<f:value xmlns:f="http://flowable.org/bpmn">7</f:value>'
    data = (
        '<bpmn:dataObject id="dd" name="most" itemSubjectRef="xsd:int"><bpmn:extensionElements>'
        f"{value}</bpmn:extensionElements></bpmn:dataObject>"
    )
    story = case_of(
        BEGIN, data, node("exclusiveGateway", "x", more='default="f_x_b"'), user("a"), user("b"),
        end("e"), chain("s", "x", "b", "e"), flow("x", "a", "most = 7"), flow("a", "e"),
    )  # fmt: skip
    assert story.waiting() == [("a", "scjg")]


@pytest.mark.parametrize(
    ("piece", "rule"),
    [
        (user("x", more='startQuantity="0"'), "bad-quantity"),
        (node("intermediateCatchEvent", "x", PAID + '<bpmn:linkEventDefinition name="l"/>'),
         "several-definitions"),
        (node("intermediateCatchEvent", "x", TIMER.format("Cycle", "0 0 31 2 *")), "timer-text"),
    ],
)  # fmt: skip
def test_what_means_nothing_is_refused(piece: str, rule: str) -> None:
    """At deployment, as in a trial."""
    drawn = (BEGIN, piece, end("e"), chain("s", "x", "e"))
    assert rule in refusals(*drawn, beside=DECLARED)
