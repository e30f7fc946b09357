"""What few diagrams draw and BPMN defines all the same: several definitions on one event, gateways
that begin a process, undoing with the data of its time, versions, cron, names by id.
"""

from typing import Any

import pytest

from engine import bpmn
from engine.runtime.decisions import Decisions
from engine.runtime.machine.plan import Plan
from engine.runtime.trying import Script, try_process
from tests.engine.runtime.drawing import (
    chain,
    end,
    flow,
    gateway,
    script,
    start,
    subprocess,
    timer,
    user,
    users,
)
from tests.engine.runtime.machine.playing import (
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
    rules,
    story,
    throw,
    waiting,
)

PAID = event("message", messageRef="m")
CALLED = event("message", messageRef="m2")
STOP = event("signal", signalRef="sg")
E1 = event("error", errorRef="er")
X1 = event("escalation", escalationRef="es")
UNDO = "<compensateEventDefinition/>"


def done(element: str, **answers: Any) -> dict[str, Any]:
    return {"complete": element, "answers": answers}


def all_of(drawn: str) -> str:
    """Make an event wait for all its definitions."""
    return drawn.replace(" id=", ' parallelMultiple="true" id=', 1)


# --- several definitions ---
def test_an_event_may_wait_for_all_its_definitions() -> None:
    body = start(), all_of(catch("c", PAID + STOP)), end(), chain("s", "c", "e")
    one = {"message": "Paid", "data": {"a": 1}}
    assert waiting(play(*body, steps=[one])) == ["c"]
    tried = play(*body, steps=[one, {"signal": "Stop", "data": {"b": 2}}])
    assert (tried.status, tried.data) == ("completed", {"a": 1, "b": 2})


def test_an_edge_of_several_definitions_acts_at_the_first() -> None:
    body = start(), user("a"), edge("x", "a", PAID + STOP), user("b"), end(), chain("s", "a", "e")
    assert waiting(play(*body, chain("x", "b"), steps=[{"signal": "Stop"}])) == ["b"]


def test_an_edge_that_needs_all_and_does_not_interrupt_waits_for_all_again() -> None:
    both = all_of(edge("x", "a", PAID + STOP, interrupting=False))
    body = start(), user("a"), both, '<task id="n"/>', end(), chain("s", "a", "e"), chain("x", "n")
    steps = [{"signal": "Stop"}, {"message": "Paid"}, {"message": "Paid"}, {"signal": "Stop"}]
    counts = [entered(play(*body, steps=steps[:some])).count("n") for some in range(5)]
    assert counts == [0, 0, 1, 1, 2]


def test_a_start_of_several_definitions_begins_at_the_first_or_needs_all() -> None:
    body = user("a"), end(), chain("s", "a", "e")
    assert waiting(play(event_start("s", PAID + STOP), *body, steps=[{"signal": "Stop"}])) == ["a"]
    both = all_of(event_start("s", PAID + STOP))
    assert waiting(play(both, *body, steps=[{"signal": "Stop"}])) == ["s"]
    tried = play(both, *body, steps=[{"signal": "Stop"}, {"message": "Paid", "data": {"k": 1}}])
    assert (waiting(tried), tried.data) == (["a"], {"k": 1})


def test_an_event_subprocess_may_begin_by_several_definitions() -> None:
    begun = event_start("hs", PAID + timer("P1D"), interrupting=False)
    handler = by_event("h", begun, user("w"), end("he"), chain("hs", "w", "he"))
    body = start(), user("a"), end(), chain("s", "a", "e"), handler
    tried = play(*body, steps=[{"message": "Paid"}, {"advance": "P2D"}])
    assert waiting(tried) == ["a", "w", "w"]


def test_an_event_throws_all_its_definitions() -> None:
    waits = catch("c1", PAID), catch("c2", STOP), end("e1"), end("e2")
    body = start(), gateway("parallel", "g"), *waits, throw("t", PAID + STOP), end()
    flows = chain("s", "g", "c1", "e1"), chain("g", "c2", "e2"), chain("g", "t", "e")
    assert play(*body, *flows).status == "completed"


def test_an_end_sends_before_its_error_leaves() -> None:
    inner = subprocess("sub", start("is"), end("ie", X1 + E1), chain("is", "ie"))
    edges = edge("x", "sub", E1), edge("y", "sub", X1, interrupting=False), users("b", "c")
    tried = play(start(), inner, *edges, chain("s", "sub"), chain("x", "b"), chain("y", "c"))
    assert sorted(waiting(tried)) == ["b", "c"]


def test_definitions_that_mean_nothing_together_are_refused() -> None:
    ends = end("e", E1 + "<terminateEventDefinition/>")
    assert rules(start(), ends, chain("s", "e")) == {"several-definitions"}


# --- gateways that begin a process ---
@pytest.mark.parametrize(("kind", "left"), [("Exclusive", ["b"]), ("Parallel", ["b", "c1"])])
def test_an_event_gateway_may_begin_a_process(kind: str, left: list[str]) -> None:
    opening = f'<eventBasedGateway id="g" instantiate="true" eventGatewayType="{kind}"/>'
    body = opening, catch("c1", PAID), catch("c2", CALLED), users("a", "b"), end("e1"), end("e2")
    flows = chain("g", "c1", "a", "e1"), chain("g", "c2", "b", "e2")
    assert waiting(play(*body, *flows)) == ["c1", "c2"]
    assert sorted(waiting(play(*body, *flows, steps=[{"message": "Called"}]))) == left


# --- what is thrown ---
@pytest.mark.parametrize("definition", [X1, STOP])
def test_an_end_is_passed_before_what_it_throws_takes_effect(definition: str) -> None:
    inner = subprocess("sub", start("is"), end("ie", definition), chain("is", "ie"))
    body = start(), inner, edge("x", "sub", definition), user("b"), end()
    tried = play(*body, chain("s", "sub", "e"), chain("x", "b"))
    assert story(tried, "ie", "sub", "x") == ["+sub", "+ie", "-ie", "xsub", "+x", "-x"]


def test_a_caught_escalation_tells_its_code_where_it_has_a_name() -> None:
    inner = subprocess("sub", start("is"), end("ie", X1), chain("is", "ie"))
    named = '<escalationEventDefinition camunda:escalationCodeVariable="code"/>'
    body = start(), inner, edge("x", "sub", named), user("b"), end()
    tried = play(*body, chain("s", "sub", "e"), chain("x", "b"))
    assert tried.data == {"code": "X1"}


def test_a_message_without_a_name_is_sent_by_a_program_outside() -> None:
    nameless = '<messageEventDefinition camunda:type="external" camunda:topic="mail"/>'
    assert play(start(), end("e", nameless), chain("s", "e")).status == "completed"


# --- undoing ---
def undone(name: str, handler: str = "", loop: str = "") -> str:
    """Draw a task with what undoes it."""
    undo = handler or f'<userTask id="undo_{name}" isForCompensation="true"/>'
    link = f'<association id="as_{name}" sourceRef="b_{name}" targetRef="undo_{name}"/>'
    return user(name, loop) + edge(f"b_{name}", name, UNDO) + undo + link


def undoing(name: str, text: str) -> str:
    """Draw the script that undoes a task."""
    drawn = script(f"undo_{name}", text)
    return drawn.replace("<scriptTask ", '<scriptTask isForCompensation="true" ')


def test_what_undoes_an_activity_sees_what_was_set_in_it_as_it_was_then() -> None:
    task = undone("a", undoing("a", "refund = price\nlater = now_"))
    body = start(), task, script("z", "price = 99\nnow_ = 1"), throw("t", UNDO), end()
    tried = play(*body, chain("s", "a", "z", "t", "e"), steps=[done("a", price=5)])
    assert tried.data == {"price": 99, "now_": 1, "refund": 5, "later": 1}


@pytest.mark.parametrize("order", ["true", "false"])
def test_each_run_of_a_loop_is_undone_newest_first_with_its_own_data(order: str) -> None:
    loop = (
        f'<multiInstanceLoopCharacteristics isSequential="{order}"><loopCardinality>3'
        "</loopCardinality></multiInstanceLoopCharacteristics>"
    )
    task = undone("a", undoing("a", "log = append(log, loopCounter)"), loop)
    body = start(), task, throw("t", UNDO), end(), chain("s", "a", "t", "e")
    assert play(*body, log=[], auto=True).data == {"log": [3, 2, 1]}


def test_a_subprocess_is_undone_by_its_own_event_subprocess() -> None:
    handler = event_start("hs", UNDO), throw("it", UNDO), user("mend"), end("he")
    inner = start("is"), undone("a"), end("ie"), chain("is", "a", "ie")
    sub = subprocess("sub", *inner, by_event("h", *handler, chain("hs", "it", "mend", "he")))
    body = start(), sub, throw("t", UNDO), end(), chain("s", "sub", "t", "e")
    tried = play(*body, auto=True)
    assert tried.status == "completed"
    assert entered(tried)[-7:] == ["t", "h", "hs", "it", "undo_a", "mend", "he"] or (
        entered(tried)[-8:] == ["t", "h", "hs", "it", "undo_a", "mend", "he", "e"]
    )


def test_undoing_reaches_into_a_called_process() -> None:
    call = '<callActivity id="c" calledElement="q"/>'
    first = a_process("p", start(), call, throw("t", UNDO), end(), chain("s", "c", "t", "e"))
    other = a_process("q", start("qs"), undone("a"), end("qe"), chain("qs", "a", "qe"))
    tried = play_all(first, other, auto=True)
    assert (tried.status, entered(tried)[-3:]) == ("completed", ["t", "undo_a", "e"])


def test_an_event_need_not_wait_for_the_undoing() -> None:
    later = throw("t", '<compensateEventDefinition waitForCompletion="false"/>')
    body = start(), undone("a"), later, user("x"), end(), chain("s", "a", "t", "x", "e")
    assert waiting(play(*body, steps=[done("a")])) == ["x", "undo_a"]
    assert waiting(play(*body, steps=[done("a"), done("x")])) == ["undo_a"]
    assert play(*body, auto=True).status == "completed"


def test_an_event_cannot_undo_what_stands_on_another_level() -> None:
    sub = subprocess("sub", start("is"), undone("a"), chain("is", "a"))
    one = throw("t", '<compensateEventDefinition activityRef="a"/>')
    assert rules(start(), sub, one, chain("s", "sub", "t")) == {"compensation-reach"}


def test_a_cancelled_transaction_drops_what_is_on_its_way_too() -> None:
    ways = gateway("parallel", "g"), user("a"), script("f", "n = 1"), users("w")
    cancel = '<endEvent id="ce"><cancelEventDefinition/></endEvent>'
    inner = (
        start("is"),
        *ways,
        cancel,
        chain("is", "g", "ce"),
        chain("g", "f", "w"),
        chain("g", "a"),
    )
    drawn = f'<transaction id="tx">{"".join(inner)}</transaction>'
    body = start(), drawn, edge("x", "tx", "<cancelEventDefinition/>"), user("sorry"), end()
    tried = play(*body, chain("s", "tx", "e"), chain("x", "sorry"))
    assert waiting(tried) == ["sorry"]


# --- calls, timers, names ---
def tagged(name: str, tag: str, task: str) -> bytes:
    """A file with one version of a process."""
    drawn = a_process(name, start(), user(task), end(), chain("s", task, "e"))
    return definitions(drawn.replace("<process ", f'<process camunda:versionTag="{tag}" '))


@pytest.mark.parametrize(("tag", "task"), [("1.0", "old"), ("2.0", "new")])
def test_a_call_may_ask_for_a_version_by_its_tag(tag: str, task: str) -> None:
    binding = f'camunda:calledElementBinding="versionTag" camunda:calledElementVersionTag="{tag}"'
    call = f'<callActivity id="c" calledElement="q" {binding}/>'
    main = definitions(a_process("p", start(), call, end(), chain("s", "c", "e")))
    files = main, tagged("q", "1.0", "old"), tagged("q", "2.0", "new")
    diagrams = [bpmn.read(one, f"{number}")[0] for number, one in enumerate(files)]
    plan = Plan([one for one in diagrams if one is not None], Decisions({}))
    assert waiting(try_process(plan, plan.processes["p"], Script())) == [task]


def test_a_call_of_a_version_that_is_not_there_is_refused() -> None:
    binding = 'camunda:calledElementBinding="versionTag" camunda:calledElementVersionTag="9"'
    call = f'<callActivity id="c" calledElement="p" {binding}/>'
    found = rules(start(), user("w"), call, end(), chain("s", "w", "c", "e"))
    assert found == {"process-elsewhere"}


def test_a_called_process_must_begin_without_a_trigger() -> None:
    call = '<callActivity id="c" calledElement="q"/>'
    first = a_process("p", start(), call, end(), chain("s", "c", "e"))
    other = a_process("q", event_start("qs", PAID), end("qe"), chain("qs", "qe"))
    drawing = definitions(first, other)
    diagram, _ = bpmn.read(drawing, "x")
    assert diagram is not None
    assert {one.rule for one in bpmn.check_plain(diagram)} == {"call-start"}


def test_a_call_of_itself_behind_a_condition_is_only_warned_of() -> None:
    call = '<callActivity id="c" calledElement="p"/>'
    ways = gateway("exclusive", "g", "d"), call, end(), flow("g", "e", flow_id="d")
    found = rules(start(), *ways, flow("s", "g"), flow("g", "c", "n > 0"), flow("c", "e"))
    assert found == set()


def test_a_cycle_may_be_written_as_cron() -> None:
    daily = timer("0 0 9 ? * MON-FRI", "timeCycle")
    body = start(), user("a"), edge("x", "a", daily, interrupting=False), '<task id="n"/>', end()
    tried = play(*body, chain("s", "a", "e"), chain("x", "n"), steps=[{"advance": "P7D"}])
    assert entered(tried).count("n") == 5


@pytest.mark.parametrize(("prefix", "days"), [("camunda", "2-6"), ("zeebe", "1-5")])
def test_a_cycle_that_is_computed_numbers_days_as_one_that_is_written(
    prefix: str, days: str
) -> None:
    """Each dialect in its own way: here Monday to Friday."""
    mark = f"<extensionElements><{prefix}:properties/></extensionElements>"
    for text, given in ((f"0 0 9 ? * {days}", {}), ("=c", {"c": f"0 0 9 ? * {days}"})):
        often = timer(text, "timeCycle")
        body = start(), user("a", mark), edge("x", "a", often, interrupting=False), end()
        drawn = *body, '<task id="n"/>', chain("s", "a", "e"), chain("x", "n")
        assert entered(play(*drawn, steps=[{"advance": "P7D"}], **given)).count("n") == 5
        begun = event_start("s", often), user("a", mark), end(), chain("s", "a", "e")
        assert len(waiting(play(*begun, steps=[{"advance": "P7D"}], **given))) == 5


@pytest.mark.parametrize(
    ("text", "times"),
    [
        ('=cycle(3, duration("PT1H"))', 3),
        ('=cycle(often, @"PT1H")', 2),
        ('=cycle(interval: duration("PT1H"))', 24),
        ('=cycle(duration("P1D"))', 1),
        ('=cycle(repetitions: 2, interval: duration("PT1H"))', 2),
    ],
)
def test_a_cycle_may_be_computed_as_camunda_8_does(text: str, times: int) -> None:
    often = timer(text.replace('"', "&quot;"), "timeCycle")
    body = start(), user("a"), edge("x", "a", often, interrupting=False), '<task id="n"/>', end()
    flows = chain("s", "a", "e"), chain("x", "n")
    tried = play(*body, *flows, steps=[{"advance": "P1D"}], often=2)
    assert entered(tried).count("n") == times


@pytest.mark.parametrize("times", ["0", "-1", "1.5"])
def test_a_computed_cycle_that_never_comes_is_refused(times: str) -> None:
    often = timer(f"=cycle({times}, @&quot;PT1H&quot;)", "timeCycle")
    body = start(), user("a"), edge("x", "a", often, interrupting=False), '<task id="n"/>', end()
    assert rules(*body, chain("s", "a", "e"), chain("x", "n")) == {"timer-text"}


def test_a_timer_at_the_start_begins_a_run_each_time() -> None:
    body = event_start("s", timer("R3/PT1H", "timeCycle")), user("a"), end(), chain("s", "a", "e")
    assert waiting(play(*body, steps=[{"advance": "PT2H"}])) == ["a", "a"]
    assert waiting(play(*body, steps=[{"advance": "PT10H"}])) == ["a", "a", "a"]
    assert entered(play(*body, auto=True)).count("a") == 3


def test_a_timer_that_is_due_already_goes_off_at_once() -> None:
    past = timer("2020-01-01T00:00:00Z", "timeDate")
    assert play(start(), catch("c", past), end(), chain("s", "c", "e")).status == "completed"


@pytest.mark.parametrize("step", [{"message": "m"}, {"message": "Paid"}])
def test_a_message_is_brought_in_by_its_name_or_its_id(step: dict[str, str]) -> None:
    body = start(), catch("c", PAID), end(), chain("s", "c", "e")
    assert play(*body, steps=[step]).status == "completed"


@pytest.mark.parametrize("name", ["nrOf", "numberOf"])
def test_conditions_of_a_loop_may_use_both_spellings(name: str) -> None:
    asked = f"{name}CompletedInstances / {name}Instances &gt;= 0.5 and {name}ActiveInstances = 0"
    loop = (
        '<multiInstanceLoopCharacteristics isSequential="true"><loopCardinality>4</loopCardinality>'
        f"<completionCondition>{asked}</completionCondition></multiInstanceLoopCharacteristics>"
    )
    tried = play(start(), user("a", loop), end(), chain("s", "a", "e"), auto=True)
    assert (tried.status, entered(tried).count("a")) == ("completed", 2)
