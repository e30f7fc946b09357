"""Data that events throw and catch (BPMN 2.0, 10.4.1 and 10.5.1)."""

import pytest

from engine import bpmn
from tests.engine.runtime.drawing import (
    chain,
    end,
    flow,
    gateway,
    script,
    start,
    subprocess,
    user,
    users,
)
from tests.engine.runtime.machine.carrying import (
    BOTH,
    DATA,
    E1,
    PAID,
    STOP,
    X1,
    computed,
    done,
    gives,
    into,
    out_of,
    paid,
    takes,
)
from tests.engine.runtime.machine.playing import (
    DECLARED,
    a_process,
    by_event,
    catch,
    definitions,
    edge,
    event,
    event_start,
    play,
    play_all,
    problems,
    throw,
    waiting,
)


@pytest.mark.parametrize("definition", [PAID, STOP])
def test_what_an_event_throws_another_takes_in(definition: str) -> None:
    """The catching event is reached first: a signal is not kept."""
    body = (
        *(DATA, start(), BOTH, script("k", "order = 7"), end("e1")),
        catch("c", takes() + definition) + throw("t", gives() + definition) + end("e2"),
        chain("s", "g", "c", "e1") + chain("g", "k", "t", "e2"),
    )
    tried = play(*body)
    assert (tried.status, tried.data) == ("completed", {"order": 7, "got": 7})


@pytest.mark.parametrize("definition", [PAID, STOP])
def test_an_only_input_and_an_only_output_are_one_item_whatever_their_names(
    definition: str,
) -> None:
    """The way back is told from what comes from outside, which has names of its own."""
    body = (
        *(DATA, start(), BOTH, script("k", "order = [7]"), end("e1")),
        catch("c", takes("received") + definition) + throw("t", gives("sent") + definition),
        chain("s", "g", "c", "e1") + chain("g", "k", "t", "e2") + end("e2"),
    )
    tried = play(*body)
    assert (tried.status, tried.data) == ("completed", {"order": [7], "got": [7]})


@pytest.mark.parametrize("kind", ["sendTask", "intermediateThrowEvent"])
def test_an_only_input_reaches_a_task_that_receives(kind: str) -> None:
    """Names of inputs and outputs are their ids where they have none."""
    specified = '<ioSpecification><dataInput id="i1"/><inputSet/><outputSet/></ioSpecification>'
    sent = specified + into("r1", "i1") if kind == "sendTask" else gives("i1") + PAID
    refers = ' messageRef="m"' if kind == "sendTask" else ""
    sender = f'<{kind} id="t"{refers}>{sent}</{kind}>'
    receives = (
        '<receiveTask id="c" messageRef="m"><ioSpecification><dataOutput id="o1"/><inputSet/>'
        f"<outputSet/></ioSpecification>{out_of('o1', 'r2')}</receiveTask>"
    )
    ways = chain("s", "g", "c", "e") + chain("g", "t", "e2")
    tried = play(DATA, start(), BOTH, receives, sender, ways, end(), end("e2"), order=[7])
    assert (tried.status, tried.data) == ("completed", {"order": [7], "got": [7]})


def test_an_only_input_reaches_a_process_that_begins_and_nothing_else_does() -> None:
    sender = a_process(
        "p", DATA, start(), throw("t", gives("sent") + PAID), end(), chain("s", "t", "e")
    )
    begun = a_process(
        "q", '<dataObject id="d9" name="here"/><dataObjectReference id="r9" dataObjectRef="d9"/>',
        event_start("s2", f'<dataOutput id="o2"/>{out_of("o2", "r9")}{PAID}'),
        gateway("exclusive", "w", default="no"), users("right", "wrong"), end("e2"),
        chain("s2", "w"), chain("right", "e2"), chain("wrong", "e2"),
        flow("w", "right", "here = [7] and sent = null"),
        flow("w", "wrong", flow_id="no"),
    )  # fmt: skip
    assert waiting(play_all(sender, begun, order=[7])) == ["right"]


@pytest.mark.parametrize(("definition", "thrown"), [(E1, E1), (X1, X1)])
@pytest.mark.parametrize("name", ["payload", "another"])
def test_errors_and_escalations_bring_data_to_an_edge(
    definition: str, thrown: str, name: str
) -> None:
    inner = start("is"), end("ie", gives(name) + thrown), chain("is", "ie")
    body = DATA, start(), subprocess("sub", *inner), edge("b", "sub", takes() + definition)
    tried = play(*body, end(), end("e2"), chain("s", "sub", "e"), chain("b", "e2"), order=7)
    assert (tried.status, tried.data) == ("completed", {"order": 7, "got": 7})


def test_data_of_an_error_go_nowhere_without_an_output_for_them() -> None:
    inner = start("is"), end("ie", gives() + E1), chain("is", "ie")
    body = DATA, start(), subprocess("sub", *inner), edge("b", "sub", E1)
    tried = play(*body, end(), end("e2"), chain("s", "sub", "e"), chain("b", "e2"), order=7)
    assert tried.data == {"order": 7}


def test_a_program_hands_data_over_with_its_error() -> None:
    body = DATA, start(), user("a"), edge("b", "a", takes("why") + E1)
    ends = end(), end("e2"), chain("s", "a", "e"), chain("b", "e2")
    tried = play(*body, *ends, steps=[{**done("a", why="late"), "error": "E1"}])
    assert tried.data["got"] == "late"


def test_a_message_at_the_start_fills_an_output() -> None:
    begins = event_start("s", takes("amount") + PAID)
    tried = play(DATA, begins, end(), chain("s", "e"), steps=[paid(amount=3, by="ann")])
    assert (tried.status, tried.data) == ("completed", {"by": "ann", "got": 3})


def test_a_start_behind_a_gateway_fills_an_output() -> None:
    first = '<eventBasedGateway id="g" instantiate="true"/>'
    body = DATA, first, catch("c", takes("amount") + PAID), end(), chain("g", "c", "e")
    tried = play(*body, catch("d", event("message", messageRef="m2")), chain("g", "d", "e"),
                 steps=[paid(amount=3)])  # fmt: skip
    assert tried.data == {"got": 3}


@pytest.mark.parametrize("interrupting", [True, False])
def test_a_message_on_an_edge_fills_an_output(*, interrupting: bool) -> None:
    on_edge = edge("b", "a", takes("amount") + PAID, interrupting=interrupting)
    body = DATA, start(), user("a"), on_edge, end(), end("e2"), chain("s", "a", "e")
    assert play(*body, chain("b", "e2"), steps=[paid(amount=3)]).data == {"got": 3}


def test_a_message_to_an_event_subprocess_fills_an_output() -> None:
    begins = event_start("x", takes("amount") + PAID, interrupting=False)
    body = DATA, start(), user("a"), end(), chain("s", "a", "e")
    inside = by_event("h", begins, end("xe"), chain("x", "xe"))
    assert play(*body, inside, steps=[paid(amount=3)]).data == {"got": 3}


def test_an_only_output_takes_in_all_that_came() -> None:
    body = DATA, start(), catch("c", takes("letter") + PAID), end(), chain("s", "c", "e")
    tried = play(*body, steps=[paid(amount=3, by="ann")])
    assert tried.data["got"] == {"amount": 3, "by": "ann"}


def test_an_output_of_an_event_may_be_computed() -> None:
    more = '<dataOutput id="o1" name="amount"/>' + out_of("o1", "r2", computed("amount * 2"))
    body = DATA, start(), catch("c", more + PAID), end(), chain("s", "c", "e")
    assert play(*body, steps=[paid(amount=3)]).data == {"got": 6}


def test_what_an_association_puts_into_a_property_is_there() -> None:
    inner = '<property id="ap" name="mine"/>' + into("r1", "ap", computed("order + 1"))
    task = script("a", "out = mine").replace("<script>", inner + "<script>", 1)
    tried = play(DATA, start(), task, end(), chain("s", "a", "e"), order=1)
    assert (tried.status, tried.data) == ("completed", {"order": 1, "out": 2})


def test_an_association_that_is_only_drawn_does_nothing() -> None:
    drawn = '<property id="pp" name="__targetRef_placeholder"/>' + into("r1", "pp")
    drawn += "<dataOutputAssociation><targetRef>r2</targetRef></dataOutputAssociation>"
    body = DATA, start(), user("a", drawn), catch("c", drawn.replace("pp", "pq") + PAID)
    tried = play(*body, end(), chain("s", "a", "c", "e"), steps=[done("a"), paid(x=1)], order=1)
    assert tried.data == {"order": 1, "x": 1}
    assert bpmn.read(definitions(a_process("p", *body)), "t.bpmn")[0].main.data_inside == {}  # type: ignore[union-attr]


PASSED_OUT = (
    '<extensionElements><flowable:out source="n" target="reason"/></extensionElements>' + E1
)
PASSED_IN = (
    '<extensionElements><flowable:in source="reason" target="got"/>'
    '<flowable:in source="never" target="lost"/></extensionElements>' + E1
)


def test_what_flowable_passes_with_an_error_is_named_at_both_ends() -> None:
    """What is passed out is not set around the error, only where it is caught."""
    inner = start("is"), script("f", "n = 4"), f'<endEvent id="bad">{PASSED_OUT}</endEvent>'
    body = start(), subprocess("sub", *inner, chain("is", "f", "bad")), user("after")
    caught = edge("x", "sub", PASSED_IN), user("b"), chain("s", "sub", "after"), chain("x", "b")
    tried = play(*body, *caught)
    assert (waiting(tried), tried.data) == (["b"], {"n": 4, "got": 4, "lost": None})


def test_an_event_subprocess_takes_in_what_flowable_passes_with_the_error_of_a_program() -> None:
    task = '<serviceTask id="ask" camunda:type="external" camunda:topic="t"/>'
    handler = by_event("h", event_start("hs", PASSED_IN), user("b"), chain("hs", "b"))
    body = start(), task, end(), chain("s", "ask", "e"), handler
    steps = [{"complete": "ask", "error": "E1", "answers": {"reason": "late"}}]
    tried = play(*body, steps=steps)
    assert waiting(tried) == ["b"]
    assert tried.data == {"reason": "late", "got": "late", "lost": None}


def _signalling(kind: str, carried: str, asked: str = "y = 1") -> tuple[str, str]:
    """Draw a process that throws a signal with data, and one that begins with it and asks."""
    definition = (
        f'<signalEventDefinition signalRef="sg"><extensionElements>{carried}</extensionElements>'
        "</signalEventDefinition>"
    )
    thrown = f'<{kind} id="t">{definition}</{kind}>'
    rest = () if kind == "endEvent" else (end(), chain("t", "e"))
    heard = event_start("s2", event("signal", signalRef="sg"))
    return (
        a_process("p", start(), thrown, chain("s", "t"), *rest),
        a_process(
            "q",
            heard,
            gateway("exclusive", "g", "d"),
            users("good", "bad"),
            chain("s2", "g"),
            flow("g", "good", asked),
            flow("g", "bad", flow_id="d"),
        ),
    )


@pytest.mark.parametrize("kind", ["intermediateThrowEvent", "endEvent"])
@pytest.mark.parametrize(
    ("carried", "asked"),
    [
        ('<camunda:in source="x" target="y"/>', "y = 5"),
        ('<camunda:in sourceExpression="${x + 1}" target="y"/>', "y = 6"),
        ('<flowable:in source="missing" target="y"/>', "y = null"),
    ],
)
def test_a_signal_carries_what_camunda_writes_in_it(kind: str, carried: str, asked: str) -> None:
    tried = play_all(*_signalling(kind, carried, asked), x=5)
    assert (waiting(tried), tried.error) == (["good"], None)


def test_a_signal_that_is_defined_beside_the_process_carries_its_data_too() -> None:
    definition = (
        '<signalEventDefinition id="def1" signalRef="sg"><extensionElements>'
        '<camunda:in source="x" target="y"/></extensionElements></signalEventDefinition>'
    )
    first, second = _signalling("endEvent", "", "y = 5")
    start_, end_ = first.index("<signalEventDefinition"), first.index("</endEvent>")
    first = f"{first[:start_]}<eventDefinitionRef>def1</eventDefinitionRef>{first[end_:]}"
    tried = play_all(first, second, declared=DECLARED + definition, x=5)
    assert (waiting(tried), tried.error) == (["good"], None)


def test_a_signal_does_not_carry_all_variables() -> None:
    drawn = definitions(*_signalling("endEvent", '<camunda:in variables="all"/>'))
    (found,) = (one for one in problems(drawn) if one.severity == "error")
    assert (found.rule, found.element, found.line) == ("bad-mapping", "t", 1)
