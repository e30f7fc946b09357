"""Messages, signals, links, errors, escalations, thrown and caught, also between processes."""

import json

import pytest

from engine import bpmn
from engine.runtime.decisions import Decisions
from engine.runtime.machine.plan import Plan
from engine.runtime.trying import Script, try_process
from tests.engine.runtime.drawing import chain, end, gateway, script, start, subprocess, user, users
from tests.engine.runtime.machine.playing import (
    DECLARED,
    a_process,
    by_event,
    catch,
    definitions,
    edge,
    entered,
    event,
    event_start,
    play,
    play_all,
    problems,
    rules,
    story,
    throw,
    waiting,
)

PAID = event("message", messageRef="m")
STOP = event("signal", signalRef="sg")
STORY = ["+sub", "+b", "+bad", "-bad", "xb", "xsub", "+x", "-x"]
E1 = event("error", errorRef="er")
X1 = event("escalation", escalationRef="es")


def test_a_message_event_waits_and_takes_the_data() -> None:
    body = start(), catch("c", PAID), end(), chain("s", "c", "e")
    assert waiting(play(*body)) == ["c"]
    tried = play(*body, steps=[{"message": "Paid", "data": {"sum": 5}}])
    assert (tried.status, tried.data) == ("completed", {"sum": 5})


def test_another_message_changes_nothing_and_is_noted() -> None:
    tried = play(
        start(), catch("c", PAID), end(), chain("s", "c", "e"), steps=[{"message": "Other"}]
    )
    assert (tried.status, waiting(tried), len(tried.notes)) == ("waiting", ["c"], 1)


def test_names_of_a_correlation_are_compared_with_variables() -> None:
    body = start(), catch("c", PAID), end(), chain("s", "c", "e")
    wrong = play(*body, steps=[{"message": "Paid", "correlation": {"order": 2}}], order=1)
    right = play(*body, steps=[{"message": "Paid", "correlation": {"order": 1}}], order=1)
    assert (wrong.status, right.status) == ("waiting", "completed")


def test_a_key_of_the_message_is_compared_with_the_correlation() -> None:
    declared = (
        '<message id="m" name="Paid"><extensionElements><zeebe:subscription '
        'correlationKey="=order"/></extensionElements></message>'
    )
    drawing = definitions(
        a_process("p", start(), catch("c", PAID), end(), chain("s", "c", "e")), declared=declared
    )
    _try_correlations(drawing)


def _try_correlations(drawing: bytes) -> None:
    diagram, _ = bpmn.read(drawing, "t.bpmn")
    assert diagram is not None
    plan = Plan([diagram], Decisions({}))
    for correlation, status in ((1, "completed"), (2, "waiting"), (None, "waiting")):
        step = {"message": "Paid", "correlation": correlation}
        assert try_process(plan, diagram.main, Script({"order": 1}, [step])).status == status


def test_messages_of_one_name_have_keys_of_their_own() -> None:
    key = '<extensionElements><zeebe:subscription correlationKey="={}"/></extensionElements>'
    declared = "".join(
        f'<message id="{message}" name="Paid">{key.format(variable)}</message>'
        for message, variable in (("m1", "order"), ("m2", "customer"))
    )
    first, second = (event("message", messageRef=one) for one in ("m1", "m2"))
    body = start(), catch("c", first), catch("d", second), end(), chain("s", "c", "d", "e")
    for correlations, left in (([1], ["d"]), ([2], ["c"]), ([1, 2], []), ([1, 1], ["d"])):
        steps = [{"message": "Paid", "correlation": one} for one in correlations]
        drawn = a_process("p", *body)
        tried = play_all(drawn, declared=declared, steps=steps, order=1, customer=2)
        assert waiting(tried) == left


def test_the_standards_own_correlation_is_a_key_too() -> None:
    declared = (
        '<message id="m" name="Paid"/><correlationProperty id="cp"><correlationPropertyRetrieval'
        'Expression messageRef="m"><messagePath>order</messagePath></correlationPropertyRetrieval'
        "Expression></correlationProperty>"
    )
    subscription = (
        '<correlationSubscription correlationKeyRef="ck"><correlationPropertyBinding '
        'correlationPropertyRef="cp"><dataPath>order</dataPath></correlationPropertyBinding>'
        "</correlationSubscription>"
    )
    body = subscription, start(), catch("c", PAID), end(), chain("s", "c", "e")
    _try_correlations(definitions(a_process("p", *body), declared=declared))


def test_a_message_on_an_edge_interrupts_or_not() -> None:
    for interrupting, left in ((True, ["b"]), (False, ["a", "b"])):
        tried = play(
            start(),
            users("a", "b"),
            edge("x", "a", PAID, interrupting=interrupting),
            end(),
            end("e2"),
            chain("s", "a", "e"),
            chain("x", "b", "e2"),
            steps=[{"message": "Paid"}],
        )
        assert waiting(tried) == left


def test_a_message_that_does_not_interrupt_may_come_again() -> None:
    tried = play(
        start(),
        users("a", "b"),
        edge("x", "a", PAID, interrupting=False),
        end(),
        end("e2"),
        chain("s", "a", "e"),
        chain("x", "b", "e2"),
        steps=[{"message": "Paid"}, {"message": "Paid"}],
    )
    assert waiting(tried) == ["a", "b", "b"]


def test_processes_of_a_file_write_to_each_other() -> None:
    asks = a_process(
        "asks",
        start(),
        '<sendTask id="ask" messageRef="m"/>',
        catch("answer", event("message", messageRef="m2")),
        end(),
        chain("s", "ask", "answer", "e"),
    )
    answers = a_process(
        "answers",
        event_start("s2", PAID),
        user("think"),
        f'<endEvent id="e2">{event("message", messageRef="m2")}</endEvent>',
        chain("s2", "think", "e2"),
    )
    first = play_all(asks, answers)
    assert sorted(waiting(first)) == ["answer", "think"]
    done = play_all(asks, answers, steps=[{"complete": "think"}])
    assert done.status == "completed"
    assert {one.scope for one in done.trace} == {"asks", "answers"}


def test_a_message_thrown_before_anybody_waits_is_kept() -> None:
    tried = play(
        start(),
        gateway("parallel", "g"),
        throw("t", PAID),
        user("a"),
        catch("c", PAID),
        end(),
        end("e2"),
        chain("s", "g", "t", "e"),
        chain("g", "a", "c", "e2"),
        steps=[{"complete": "a"}],
    )
    assert tried.status == "completed"


def test_a_signal_reaches_all_that_wait() -> None:
    tried = play(
        start(),
        gateway("parallel", "g"),
        catch("c1", STOP),
        catch("c2", STOP),
        user("a"),
        f'<endEvent id="e3">{STOP}</endEvent>',
        end("e1"),
        end("e2"),
        chain("s", "g", "c1", "e1"),
        chain("g", "c2", "e2"),
        chain("g", "a", "e3"),
        steps=[{"complete": "a"}],
    )
    assert tried.status == "completed"
    assert {"-c1", "-c2"} < set(story(tried))


def test_a_thrown_signal_begins_other_processes() -> None:
    tried = play_all(
        a_process("p", start(), throw("t", STOP), end(), chain("s", "t", "e")),
        a_process("q", event_start("qs", STOP), user("b"), chain("qs", "b")),
    )
    assert waiting(tried) == ["b"]


def test_a_link_jumps_to_its_other_end() -> None:
    link = '<linkEventDefinition name="L"/>'
    tried = play(
        start(),
        throw("out", link),
        catch("in", link),
        user("b"),
        end(),
        chain("s", "out"),
        chain("in", "b", "e"),
        auto=True,
    )
    assert tried.status == "completed"
    assert entered(tried) == ["s", "out", "in", "b", "e"]


def test_a_link_without_its_other_end_is_refused() -> None:
    link = '<linkEventDefinition name="L"/>'
    assert rules(start(), throw("out", link), chain("s", "out")) == {"link-without-end"}


def test_an_error_end_leaves_its_subprocess_by_the_edge() -> None:
    tried = play(
        start(),
        subprocess(
            "sub",
            start("is"),
            gateway("parallel", "g"),
            users("a", "b"),
            f'<endEvent id="bad">{E1}</endEvent>',
            end("good"),
            chain("is", "g", "a", "bad"),
            chain("g", "b", "good"),
        ),
        edge("other", "sub", event("error", errorRef="er2")),
        edge("x", "sub", E1),
        users("after", "mend", "never"),
        chain("s", "sub", "after"),
        chain("x", "mend"),
        chain("other", "never"),
        steps=[{"complete": "a"}],
    )
    assert waiting(tried) == ["mend"]
    assert story(tried, "b", "sub", "x", "bad") == [
        "+sub",
        "+b",
        "+bad",
        "-bad",
        "xb",
        "xsub",
        "+x",
        "-x",
    ]


def test_an_error_without_code_on_the_edge_catches_all() -> None:
    tried = play(
        start(),
        subprocess("sub", start("is"), f'<endEvent id="bad">{E1}</endEvent>', chain("is", "bad")),
        edge("x", "sub", "<errorEventDefinition/>"),
        users("after", "mend"),
        chain("s", "sub", "after"),
        chain("x", "mend"),
    )
    assert waiting(tried) == ["mend"]


def test_an_error_that_nobody_catches_fails() -> None:
    tried = play(start(), f'<endEvent id="bad">{E1}</endEvent>', chain("s", "bad"))
    assert (tried.status, tried.element) == ("failed", "bad")


def test_an_error_event_subprocess_waits_for_its_error() -> None:
    body = (
        start(),
        users("a", "b"),
        gateway("parallel", "g"),
        f'<endEvent id="bad">{E1}</endEvent>',
        end(),
        chain("s", "g", "a", "bad"),
        chain("g", "b", "e"),
        by_event("h", event_start("hs", E1), user("alarm"), end("he"), chain("hs", "alarm", "he")),
    )
    assert waiting(play(*body)) == ["a", "b"]
    tried = play(*body, steps=[{"complete": "a"}])
    assert waiting(tried) == ["alarm"]
    assert "xb" in story(tried)
    assert play(*body, steps=[{"complete": "a"}, {"complete": "alarm"}]).status == "completed"


def test_an_escalation_goes_outward_and_interrupts_or_not() -> None:
    for interrupting, left in ((True, ["up"]), (False, ["a", "up"])):
        tried = play(
            start(),
            subprocess("sub", start("is"), throw("t", X1), user("a"), chain("is", "t", "a")),
            edge("x", "sub", X1, interrupting=interrupting),
            users("up", "after"),
            chain("s", "sub", "after"),
            chain("x", "up"),
        )
        assert sorted(waiting(tried)) == left


def test_an_escalation_that_nobody_catches_goes_on() -> None:
    tried = play(start(), throw("t", X1), end(), chain("s", "t", "e"))
    assert tried.status == "completed"


def test_an_escalation_end_begins_an_event_subprocess_beside() -> None:
    tried = play(
        start(),
        gateway("parallel", "g"),
        user("a"),
        f'<endEvent id="x1">{X1}</endEvent>',
        end(),
        chain("s", "g", "a", "e"),
        chain("g", "x1"),
        by_event("h", event_start("hs", X1, interrupting=False), user("told"), chain("hs", "told")),
    )
    assert sorted(waiting(tried)) == ["a", "told"]


def test_terminate_ends_only_its_own_level() -> None:
    tried = play(
        start(),
        subprocess(
            "sub",
            start("is"),
            gateway("parallel", "g"),
            users("a", "b"),
            end("t", "<terminateEventDefinition/>"),
            end("ie"),
            chain("is", "g", "a", "t"),
            chain("g", "b", "ie"),
        ),
        user("after"),
        chain("s", "sub", "after"),
        steps=[{"complete": "a"}],
    )
    assert waiting(tried) == ["after"]
    assert story(tried, "b", "sub") == ["+sub", "+b", "xb", "-sub"]


def test_what_an_event_refers_to_must_be_declared() -> None:
    body = start(), catch("c", event("message", messageRef="nobody")), end(), chain("s", "c", "e")
    assert rules(*body) == {"dangling-reference"}
    found = problems(definitions(a_process("p", *body)))
    assert all(one.line and one.element == "c" and one.hint.zh for one in found)


FLOWS = (
    '<collaboration id="c"><participant id="pp" processRef="p"/>'
    '<participant id="pq" processRef="q"/><participant id="pr" processRef="r"/>'
    '<participant id="dark"/><messageFlow id="mf" sourceRef="t" targetRef="{}"/></collaboration>'
)


@pytest.mark.parametrize(
    ("target", "begun"), [("rs", "in_r"), ("pr", "in_r"), ("qs", "in_q"), ("dark", "after")]
)
def test_a_message_goes_where_its_flow_is_drawn_to(target: str, begun: str) -> None:
    """Not to whoever stands first in the file, nor to the sender's own process (BPMN 2.0, 9.3); a
    flow to somebody who is not in the files says nothing.
    """
    first = a_process(
        "p", start(), gateway("parallel", "g"), user("w"), throw("t", PAID), catch("own", PAID),
        user("after"), end(), chain("s", "g", "w", "t", "e"), chain("g", "own", "after", "e"),
    )  # fmt: skip
    others = [
        a_process(
            name, f'<startEvent id="{name}s">{PAID}</startEvent>', user(f"in_{name}"),
            chain(f"{name}s", f"in_{name}"),
        )
        for name in "qr"
    ]  # fmt: skip
    declared = DECLARED + FLOWS.format(target)
    tried = play_all(first, *others, steps=[{"complete": "w"}], declared=declared)
    assert sorted(waiting(tried)) == sorted({begun, "after" if begun == "after" else "own"})


FLOW = '<messageFlow id="mf" sourceRef="t" targetRef="{}"{}/>'


def _sends_to(sender: str, receiver: str, by: str = "") -> list[str]:
    """Try a file with one message flow; give what waits in the end."""
    asks = a_process("p", start(), sender, end(), chain("s", "t", "e"))
    opens = "<startEvent" not in receiver
    first = event_start("qs", event("signal", signalRef="sg")) if opens else ""
    flows = chain("qs", "r", "got") if opens else chain("r", "got")
    flow = FLOW.format("r", f' messageRef="{by}"' if by else "")
    collaboration = f'<collaboration id="c">{flow}</collaboration>'
    answers = a_process("q", first, receiver, user("got"), flows)
    steps = [{"signal": "Stop"}] if opens else []
    tried = play_all(asks, answers, declared=DECLARED + collaboration, steps=steps)
    return waiting(tried)


@pytest.mark.parametrize("named", ["neither", "sender", "receiver", "flow"])
@pytest.mark.parametrize("sender", ["task", "event"])
@pytest.mark.parametrize("receiver", ["start", "task", "event"])
def test_who_names_no_message_has_that_of_the_flow_or_its_other_end(
    sender: str, receiver: str, named: str
) -> None:
    def said(kind: str, here: str) -> str:
        if kind == "task":
            return ' messageRef="m"' if named == here else ""
        return PAID if named == here else "<messageEventDefinition/>"

    senders = {
        "task": '<sendTask id="t"{}/>',
        "event": '<intermediateThrowEvent id="t">{}</intermediateThrowEvent>',
    }
    receivers = {
        "start": '<startEvent id="r">{}</startEvent>',
        "task": '<receiveTask id="r"{}/>',
        "event": '<intermediateCatchEvent id="r">{}</intermediateCatchEvent>',
    }
    sends = senders[sender].format(said(sender, "sender"))
    receives = receivers[receiver].format(said(receiver, "receiver"))
    assert _sends_to(sends, receives, "m" if named == "flow" else "") == ["got"]


def test_a_task_of_a_program_outside_needs_no_message_for_its_flow() -> None:
    """The flow is a picture of what the program does: nothing goes along it here."""
    sender = '<sendTask id="t" camunda:type="external" camunda:topic="mail"/>'
    receiver = f'<startEvent id="r">{PAID}</startEvent>'
    assert _sends_to(sender, receiver) == []


def test_a_flow_between_two_who_name_different_messages_is_pointed_out() -> None:
    called = event("message", messageRef="m2")
    asks = a_process("p", start(), throw("t", PAID), end(), chain("s", "t", "e"))
    for awaited, told in ((called, [("message-flow", "t", "warning")]), (PAID, [])):
        receives = a_process("q", event_start("r", awaited), end("e2"), chain("r", "e2"))
        collaboration = f'<collaboration id="c">{FLOW.format("r", "")}</collaboration>'
        found = problems(definitions(asks, receives, declared=DECLARED + collaboration))
        assert [(one.rule, one.element, one.severity) for one in found] == told


def test_a_pool_between_two_message_flows_does_not_pass_a_name_on() -> None:
    flows = (
        '<collaboration id="c"><participant id="dark"/><messageFlow id="m1f" sourceRef="t" '
        'targetRef="dark"/><messageFlow id="m2f" sourceRef="dark" targetRef="r"/></collaboration>'
    )
    asks = a_process(
        "p", start(), throw("t", PAID), '<receiveTask id="r"/>', user("got"),
        chain("s", "t", "r", "got"),
    )  # fmt: skip
    for steps, left in (([], "r"), ([{"message": "m2f"}], "got")):
        assert waiting(play_all(asks, declared=DECLARED + flows, steps=steps)) == [left]


KEYED = (
    '<message id="m" name="Paid"><extensionElements><zeebe:subscription correlationKey="=order"/>'
    '</extensionElements></message><message id="m2" name="Called"/>'
)


@pytest.mark.parametrize(
    ("key", "given", "meant"),
    [
        (7, "7", True),
        ("7", 7, True),
        ("7", 7.0, True),
        (7.5, "7.5", True),
        (7, "7.0", False),
        (7, " 7", False),
        (True, "true", False),
        (True, 1, False),
        (1, True, False),
        (True, True, True),
        ("x", "x", True),
    ],
)
def test_a_number_is_the_key_that_its_text_is(key: object, given: object, *, meant: bool) -> None:
    """Keys of Camunda 8 are texts, whatever the variable is; a yes or no is neither."""
    body = a_process("p", start(), catch("c", PAID), end(), chain("s", "c", "e"))
    for one in (given, {"order": given}, {"whatever": given}):
        steps = [{"message": "Paid", "correlation": one}]
        tried = play_all(body, declared=KEYED, steps=steps, order=key)
        assert tried.status == ("completed" if meant else "waiting")
    sender = start("s2"), script("f", f"order = {json.dumps(given)}"), throw("t", PAID)
    asks = a_process("q", *sender, chain("s2", "f", "t"))
    drawn = KEYED + f'<collaboration id="k">{FLOW.format("c", "")}</collaboration>'
    assert ("-c" in story(play_all(body, asks, declared=drawn, order=key))) == meant
