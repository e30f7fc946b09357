"""What libraries drop or misrun without a word: one test a row, in the order of the two tables.

Each looks at the trace and at how the run stands at the end; what looks right may be luck.
"""

from typing import Any

import pytest

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
    conditional,
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
E1 = event("error", errorRef="er")
X1 = event("escalation", escalationRef="es")
UNDO = "<compensateEventDefinition/>"
LINK = '<linkEventDefinition name="L"/>'
BOTH = gateway("parallel", "g")


def done(node: str, **answers: Any) -> dict[str, Any]:
    return {"complete": node, "answers": answers}


# --- the five worst ---
def test_a_flow_without_an_id_is_taken() -> None:
    nameless = '<sequenceFlow sourceRef="s" targetRef="approve"/>', flow("approve", "e", flow_id="")
    tried = play(start(), user("approve"), end(), *nameless)
    assert (tried.status, waiting(tried)) == ("waiting", ["approve"])
    assert play(start(), user("approve"), end(), *nameless, auto=True).status == "completed"


@pytest.mark.parametrize(
    "names", [("Start", "a", "e"), ("s", "a", "End"), ("Root", "p.EndJoin", "e")]
)
def test_no_id_is_taken_by_the_engine_itself(names: tuple[str, str, str]) -> None:
    first, task, last = names
    body = start(first), user(task), end(last), chain(first, task, last)
    assert waiting(play(*body)) == [task]
    assert story(play(*body, auto=True))[-2:] == [f"+{last}", f"-{last}"]


def test_an_end_event_called_end_keeps_its_definition_and_other_tasks_stay_open() -> None:
    ends = end("End"), '<endEvent id="e2"/>'
    body = start(), BOTH, users("a", "b"), *ends, chain("s", "g", "a", "End"), chain("g", "b", "e2")
    tried = play(*body, steps=[done("a")])
    assert (tried.status, waiting(tried)) == ("waiting", ["b"])


@pytest.mark.parametrize(("definition", "thrown"), [(E1, E1), (X1, X1)])
def test_an_event_subprocess_does_not_run_before_its_event(definition: str, thrown: str) -> None:
    handler = event_start("x", definition), user("alarm"), end("xe"), chain("x", "alarm", "xe")
    body = start(), user("work"), end("e", thrown), chain("s", "work", "e"), by_event("h", *handler)
    assert waiting(play(*body)) == ["work"]
    assert waiting(play(*body, steps=[done("work")])) == ["alarm"]


def test_a_compensation_event_subprocess_does_not_run_before_it_is_asked() -> None:
    handler = event_start("x", UNDO), user("alarm"), end("xe"), chain("x", "alarm", "xe")
    inner = start("is"), user("work"), end("ie"), chain("is", "work", "ie"), by_event("h", *handler)
    tail = throw("t", UNDO), end(), chain("s", "sub", "t", "e")
    body = start(), subprocess("sub", *inner), *tail
    assert waiting(play(*body)) == ["work"]
    assert waiting(play(*body, steps=[done("work")])) == ["alarm"]


def test_a_link_leads_on() -> None:
    body = start(), throw("out", LINK), catch("in", LINK), user("b"), end()
    tried = play(*body, chain("s", "out"), chain("in", "b", "e"), auto=True)
    assert (tried.status, entered(tried)) == ("completed", ["s", "out", "in", "b", "e"])


def test_a_signal_end_event_sends_its_signal() -> None:
    body = start(), BOTH, catch("wait", STOP), end("e1"), end("e2", STOP)
    tried = play(*body, chain("s", "g", "wait", "e1"), chain("g", "e2"))
    assert (tried.status, "-wait" in story(tried)) == ("completed", True)


# --- ignored or run wrongly ---
def test_an_event_definition_by_reference_counts() -> None:
    body = start(), catch("c", "<eventDefinitionRef>md</eventDefinitionRef>"), end()
    process = a_process("p", *body, chain("s", "c", "e"))
    definition = '<messageEventDefinition id="md" messageRef="m"/><message id="m" name="Paid"/>'
    assert waiting(play_all(process, declared=definition)) == ["c"]
    moved = play_all(process, declared=definition, steps=[{"message": "Paid"}])
    assert moved.status == "completed"


@pytest.mark.parametrize("step", [{"message": "Paid"}, {"advance": "P2D"}])
def test_several_definitions_on_one_event_are_alternatives(step: dict[str, str]) -> None:
    body = start(), catch("c", PAID + timer("P1D")), end(), chain("s", "c", "e")
    assert waiting(play(*body)) == ["c"]
    assert story(play(*body, steps=[step]), "c") == ["+c", "-c"]


def test_a_definition_an_event_cannot_have_is_refused() -> None:
    assert rules(start(), catch("c", E1), end(), chain("s", "c", "e")) == {"unsupported"}


def test_a_compensation_handler_runs() -> None:
    undone = edge("b", "a", UNDO), '<userTask id="undo" isForCompensation="true"/>'
    link = '<association id="as" sourceRef="b" targetRef="undo"/>', end("e", UNDO)
    body = start(), user("a"), *undone, *link, chain("s", "a", "e")
    tried = play(*body, auto=True)
    assert (tried.status, story(tried, "undo", "e")) == (
        "completed",
        ["+e", "+undo", "-undo", "-e"],
    )


def test_nodes_that_nothing_leads_to_begin_without_a_start_event() -> None:
    assert sorted(waiting(play(users("a", "b", "c"), chain("a", "b")))) == ["a", "c"]


def test_a_receive_task_may_begin_a_process() -> None:
    body = '<receiveTask id="r" messageRef="m" instantiate="true"/>', user("a"), chain("r", "a")
    assert waiting(play(*body)) == ["r"]
    assert waiting(play(*body, steps=[{"message": "Paid"}])) == ["a"]


@pytest.mark.parametrize(("interrupting", "left"), [(True, ["w"]), (False, ["a", "w"])])
def test_an_event_subprocess_interrupts_or_not(interrupting: bool, left: list[str]) -> None:
    handler = event_start("hs", PAID, interrupting=interrupting), user("w"), chain("hs", "w")
    body = start(), user("a"), end(), chain("s", "a", "e"), by_event("h", *handler)
    assert waiting(play(*body, steps=[{"message": "Paid"}])) == left


def test_an_event_subprocess_begins_by_its_timer_and_the_process_ends() -> None:
    handler = event_start("hs", timer("P1D")), user("w"), end("he"), chain("hs", "w", "he")
    body = start(), user("a"), end(), chain("s", "a", "e"), by_event("h", *handler)
    tried = play(*body, steps=[{"advance": "P2D"}, done("w")])
    assert (tried.status, "xa" in story(tried)) == ("completed", True)
    assert play(*body, steps=[done("a")]).status == "completed"


def test_an_event_subprocess_begins_when_its_condition_holds() -> None:
    handler = event_start("hs", conditional("n > 1")), user("w"), chain("hs", "w")
    middle = users("set", "a"), end(), chain("s", "set", "a", "e")
    tried = play(start(), *middle, by_event("h", *handler), steps=[done("set", n=2)])
    assert waiting(tried) == ["w"]


def test_a_signal_reaches_an_event_subprocess_inside_a_subprocess() -> None:
    handler = event_start("hs", STOP), user("w"), chain("hs", "w")
    inner = start("is"), user("a"), chain("is", "a"), by_event("h", *handler)
    tried = play(start(), subprocess("sub", *inner), chain("s", "sub"), steps=[{"signal": "Stop"}])
    assert waiting(tried) == ["w"]


@pytest.mark.parametrize("definition", [STOP, X1, conditional("n = 1")])
def test_what_interrupts_from_inside_acts_at_once(definition: str) -> None:
    thrower = script("t", "n = 1") if "conditional" in definition else throw("t", definition)
    later = user("x"), script("later", "n = 2"), end("ie")
    inner = start("is"), thrower, *later, chain("is", "t", "x", "later", "ie")
    if "conditional" not in definition:
        inner = start("is"), thrower, *later[1:], chain("is", "t", "later", "ie")
    body = start(), subprocess("sub", *inner), edge("b", "sub", definition), users("left"), end()
    tried = play(*body, chain("s", "sub", "e"), chain("b", "left"), n=0)
    assert waiting(tried) == ["left"]
    assert "later" not in entered(tried)


@pytest.mark.parametrize("origin", ["a", "s", "g"])
def test_a_condition_on_a_single_flow_is_not_ignored(origin: str) -> None:
    nodes = {"a": user("a"), "s": "", "g": BOTH}
    lead = "" if origin == "s" else flow("s", origin)
    body = start(), nodes[origin], user("b"), lead, flow(origin, "b", "n > 1")
    if origin == "a":
        tried = play(*body, n=0, steps=[done("a")])
        assert (tried.status, waiting(tried)) == ("failed", ["a"])
        assert waiting(play(*body, n=2, steps=[done("a")])) == ["b"]
    else:
        assert rules(*body) == {"condition-ignored"}


def test_an_activity_waits_for_as_many_tokens_as_it_needs() -> None:
    body = start(), BOTH, users("a", "b"), '<userTask id="c" startQuantity="2"/>', end()
    flows = chain("s", "g", "a", "c", "e"), chain("g", "b", "c")
    assert waiting(play(*body, *flows, steps=[done("a")])) == ["b"]
    tried = play(*body, *flows, steps=[done("a"), done("b"), done("c")])
    assert (tried.status, entered(tried).count("c")) == ("completed", 1)


def test_an_activity_gives_as_many_tokens_as_it_says() -> None:
    many = '<userTask id="a" completionQuantity="2"/>'
    tried = play(start(), many, user("b"), end(), chain("s", "a", "b", "e"), auto=True)
    assert (tried.status, entered(tried).count("b")) == ("completed", 2)


@pytest.mark.parametrize("number", ["0", "-1", "x", "1.5", "1000000"])
@pytest.mark.parametrize("name", ["startQuantity", "completionQuantity"])
def test_a_quantity_that_is_none_is_refused(name: str, number: str) -> None:
    task = f'<userTask id="a" {name}="{number}"/>'
    assert rules(start(), task, end(), chain("s", "a", "e")) == {"bad-quantity"}


def _runs(behavior: str, inner: str = "", reference: str = "") -> str:
    return (
        f'<multiInstanceLoopCharacteristics behavior="{behavior}" {reference}>'
        f"<loopCardinality>3</loopCardinality>{inner}</multiInstanceLoopCharacteristics>"
    )


_THROWN = (
    '<escalation id="es" escalationCode="X1"/>'
    '<escalationEventDefinition id="ed" escalationRef="es"/>'
)


@pytest.mark.parametrize(("behavior", "times"), [("None", 3), ("One", 1), ("All", 0)])
def test_runs_throw_events_as_their_behavior_says(behavior: str, times: int) -> None:
    reference = 'noneBehaviorEventRef="ed" oneBehaviorEventRef="ed"'
    task = user("a", _runs(behavior, reference=reference))
    told = edge("x", "a", X1, interrupting=False), '<task id="n"/>', chain("x", "n")
    process = a_process("p", start(), task, *told, end(), chain("s", "a", "e"))
    tried = play_all(process, declared=_THROWN, auto=True)
    assert (tried.status, entered(tried).count("n")) == ("completed", times)


def test_runs_throw_events_on_conditions() -> None:
    inner = (
        "<complexBehaviorDefinition><condition>nrOfCompletedInstances = 2</condition>"
        f'<event id="ev">{X1}</event></complexBehaviorDefinition>'
    )
    body = start(), user("a", _runs("Complex", inner)), edge("x", "a", X1), users("n"), end()
    flows = chain("s", "a", "e"), chain("x", "n")
    assert waiting(play(*body, *flows, steps=[done("a")])) == ["a", "a"]
    assert waiting(play(*body, *flows, steps=[done("a"), done("a")])) == ["n"]


def test_a_behavior_that_does_not_say_what_it_throws_is_refused() -> None:
    for behavior in ("None", "One", "Complex", "Other"):
        body = start(), user("a", _runs(behavior)), end(), chain("s", "a", "e")
        assert rules(*body) == {"not-run"}


@pytest.mark.parametrize(
    "loop",
    [
        (
            "<multiInstanceLoopCharacteristics><loopCardinality>-1</loopCardinality>"
            "</multiInstanceLoopCharacteristics>"
        ),
        '<standardLoopCharacteristics loopMaximum="-1"/>',
    ],
)
def test_a_negative_number_of_runs_is_refused(loop: str) -> None:
    assert rules(start(), user("a", loop), end(), chain("s", "a", "e")) == {"loop-bound"}


def _adhoc(ordering: str, condition: str | None, cancel: str = "true") -> str:
    asked = f"<completionCondition>{condition}</completionCondition>" if condition else ""
    return (
        f'<adHocSubProcess id="ah" ordering="{ordering}" cancelRemainingInstances="{cancel}">'
        f"{users('a', 'b')}{asked}</adHocSubProcess>"
    )


def test_a_sequential_ad_hoc_subprocess_goes_one_by_one() -> None:
    body = start(), _adhoc("Sequential", None), end(), chain("s", "ah", "e")
    assert waiting(play(*body)) == ["a"]
    assert waiting(play(*body, steps=[done("a")])) == ["b"]


@pytest.mark.parametrize(("cancel", "left"), [("true", []), ("false", ["b"])])
def test_an_ad_hoc_subprocess_cancels_what_remains_or_not(cancel: str, left: list[str]) -> None:
    body = start(), _adhoc("Parallel", "enough", cancel), end(), chain("s", "ah", "e")
    assert waiting(play(*body, steps=[done("a", enough=True)])) == left


def test_an_ad_hoc_subprocess_without_a_condition_ends_when_all_is_done() -> None:
    body = start(), _adhoc("Parallel", None), end(), chain("s", "ah", "e")
    assert play(*body, steps=[done("b"), done("a")]).status == "completed"


def test_an_ad_hoc_subprocess_goes_on_until_its_condition_holds() -> None:
    for ordering, offered in (("Parallel", ["a", "b"]), ("Sequential", ["a"])):
        body = start(), _adhoc(ordering, "enough"), end(), chain("s", "ah", "e")
        steps = [done("a", enough=False), done("b", enough=False)]
        assert waiting(play(*body, steps=steps)) == offered
        assert play(*body, steps=[*steps, done("a", enough=True)]).status == "completed"


def test_outputs_of_an_io_specification_arrive() -> None:
    specified = (
        '<ioSpecification><dataInput id="di" name="x"/><dataOutput id="do" name="y"/>'
        "</ioSpecification><dataInputAssociation><sourceRef>d1</sourceRef><targetRef>di</targetRef>"
        "</dataInputAssociation><dataOutputAssociation><sourceRef>do</sourceRef><targetRef>out"
        "</targetRef></dataOutputAssociation>"
    )
    data = '<dataObject id="d1" name="The order"/><dataObject id="out"/>'
    body = data, start(), user("a", specified), end(), chain("s", "a", "e")
    tried = play(*body, steps=[done("a", y=4)], d1=3)
    assert (tried.status, tried.data) == ("completed", {"d1": 3, "out": 4})


def test_a_receive_task_without_a_message_is_refused_and_one_to_send_is_work_outside() -> None:
    assert rules(start(), '<receiveTask id="r"/>', chain("s", "r")) == {"missing-name"}
    body = start(), '<sendTask id="t"/>', end(), chain("s", "t", "e")
    assert waiting(play(*body, steps=[{"advance": "P1D"}])) == []
    held = play(*body, steps=[{"advance": "P1D"}, {"complete": "t"}])
    assert story(held, "t") == ["+t", "-t"]


def test_a_script_does_not_hold_up_branches_beside_it() -> None:
    body = start(), BOTH, script("f", "n = 1"), users("a", "b"), end(), end("e2")
    tried = play(*body, chain("s", "g", "f", "a", "e"), chain("g", "b", "e2"))
    assert (waiting(tried), tried.data) == (["b", "a"], {"n": 1})


def test_facts_of_vendors_are_read_or_refused() -> None:
    due = '<userTask id="a" camunda:dueDate="2026-03-05T09:00:00+08:00"/>'
    assert play(start(), due, end(), chain("s", "a", "e")).waiting[0][2] is not None
    heard = '<extensionElements><camunda:executionListener class="x"/></extensionElements>'
    assert rules(start(), user("a", heard), end(), chain("s", "a", "e")) == {"not-run"}
    skipped = '<userTask id="a" flowable:skipExpression="${x}"/>'
    assert rules(start(), skipped, end(), chain("s", "a", "e")) == {"not-run"}


def test_a_potential_owner_is_read() -> None:
    from_ = (
        "<potentialOwner><resourceAssignmentExpression><formalExpression>user(ann), group(clerks),"
        "heads</formalExpression></resourceAssignmentExpression></potentialOwner>"
    )
    tried = play(start(), user("a", from_), end(), chain("s", "a", "e"))
    assert waiting(tried) == ["a"]
    assert problems(definitions(a_process("p", start(), user("a", from_), chain("s", "a")))) != []


def test_joins_in_loops_timers_at_a_gateway_and_the_order_of_results() -> None:
    timers = catch("five", timer("P5D")), catch("one", timer("P1D")), users("a", "b")
    body = start(), '<eventBasedGateway id="g"/>', *timers
    flows = chain("s", "g", "five", "a"), chain("g", "one", "b")
    assert waiting(play(*body, *flows, steps=[{"advance": "P2D"}])) == ["b"]


# --- refused elsewhere although BPMN allows it ---
def test_a_flow_of_an_exclusive_gateway_without_condition_is_refused_clearly() -> None:
    body = (
        start(),
        gateway("exclusive", "g"),
        users("a", "b"),
        chain("s", "g", "a"),
        chain("g", "b"),
    )
    assert rules(*body) == {"condition-missing"}


def test_a_timer_with_an_empty_text_is_refused_clearly() -> None:
    empty = "<timerEventDefinition><timeDuration></timeDuration></timerEventDefinition>"
    for inner in (empty, "<timerEventDefinition/>"):
        assert rules(start(), catch("c", inner), end(), chain("s", "c", "e")) == {"timer-text"}


def test_a_process_without_a_start_event_runs() -> None:
    assert play(user("a"), end(), chain("a", "e"), auto=True).status == "completed"


@pytest.mark.parametrize(
    "node",
    [
        '<task id="n"/>',
        user("n"),
        script("n", "x = 1"),
        catch("n", timer("P1D")),
        subprocess("n", user("i")),
        '<callActivity id="n" calledElement="q"/>',
    ],
)
def test_several_flows_may_leave_anything(node: str) -> None:
    first = a_process("p", start(), node, users("a", "b"), chain("s", "n", "a"), chain("n", "b"))
    called = a_process("q", start("qs"), end("qe"), chain("qs", "qe"))
    tried = play_all(first, called, steps=[{"advance": "P2D"}])
    if waiting(tried) in (["i"], ["n"]):
        tried = play_all(first, called, steps=[done(waiting(tried)[0])])
    assert waiting(tried) == ["a", "b"]


def test_data_flows_to_a_property_and_to_an_input() -> None:
    inner = (
        '<property id="pr" name="kept"/><ioSpecification><dataInput id="di" name="x"/>'
        "</ioSpecification><dataInputAssociation><sourceRef>given</sourceRef><targetRef>di"
        "</targetRef></dataInputAssociation>"
    )
    tried = play(start(), user("a", inner), end(), chain("s", "a", "e"), given=1, auto=True)
    assert tried.status == "completed"


@pytest.mark.parametrize("kind", ["error", "message", "signal", "escalation"])
def test_a_reference_to_nothing_is_refused_with_its_line(kind: str) -> None:
    where = edge("b", "a", event(kind, **{f"{kind}Ref": "nobody"}))
    body = start(), user("a"), where, end(), end("e2"), chain("s", "a", "e"), chain("b", "e2")
    (found,) = problems(definitions(a_process("p", *body)))
    assert (found.rule, found.element, bool(found.line)) == ("dangling-reference", "b", True)


def test_a_business_rule_task_without_a_decision_is_refused_clearly() -> None:
    body = start(), '<businessRuleTask id="a"/>', end(), chain("s", "a", "e")
    assert rules(*body) == {"unknown-decision"}


def test_a_data_store_is_decoration() -> None:
    store = '<dataStoreReference id="ds" name="files"/>'
    tried = play(store, start(), user("a"), end(), chain("s", "a", "e"), auto=True)
    assert tried.status == "completed"


def test_a_subprocess_needs_no_end_event_but_one_start_at_most() -> None:
    body = start(), subprocess("sub", start("is"), user("a"), chain("is", "a")), end()
    assert play(*body, chain("s", "sub", "e"), auto=True).status == "completed"


@pytest.mark.parametrize(
    ("inner", "rule"), [(UNDO, "compensation-handler"), ("", "unsupported"), (E1, None)]
)
def test_an_edge_event_runs_or_says_why_not(inner: str, rule: str | None) -> None:
    body = start(), user("a"), edge("b", "a", inner), end(), end("e2")
    flows = chain("s", "a", "e"), chain("b", "e2")
    if rule == "compensation-handler":
        body, flows = body[:-1], flows[:1]
    assert rules(*body, *flows) == ({rule} if rule else set())


def test_a_multi_instance_activity_needs_only_a_vendors_collection() -> None:
    many = '<multiInstanceLoopCharacteristics camunda:collection="items"/>'
    tried = play(start(), user("a", many), end(), chain("s", "a", "e"), items=[1, 2])
    assert waiting(tried) == ["a", "a"]


def test_a_call_names_its_process_literally_or_computes_it() -> None:
    assert rules(start(), '<callActivity id="c"/>', end(), chain("s", "c", "e")) == {
        "unknown-process"
    }
    call = '<callActivity id="c" calledElement="${which}"/>'
    first = a_process("p", start(), call, end(), chain("s", "c", "e"))
    called = a_process("q", start("qs"), user("w"), chain("qs", "w"))
    assert waiting(play_all(first, called, which="q")) == ["w"]
    assert play_all(first, called, which="nobody").status == "failed"


def test_an_event_gateway_before_a_task_or_gateway_is_refused_clearly() -> None:
    for node in (user("a"), gateway("exclusive", "a")):
        body = start(), '<eventBasedGateway id="g"/>', node, end(), chain("s", "g", "a", "e")
        assert rules(*body) == {"event-gateway"}


def test_a_complex_gateway_runs() -> None:
    join = (
        '<complexGateway id="j"><activationCondition>activationCount &gt;= 1</activationCondition>'
        "</complexGateway>"
    )
    body = start(), BOTH, users("a", "b"), join, user("c"), end()
    flows = chain("s", "g", "a", "j", "c", "e"), chain("g", "b", "j")
    tried = play(*body, *flows, auto=True)
    assert (tried.status, entered(tried).count("c")) == ("completed", 1)


def test_a_global_task_is_no_process() -> None:
    call = '<callActivity id="c" calledElement="gt"/>'
    drawing = definitions(
        a_process("p", start(), call, end(), chain("s", "c", "e")), '<globalUserTask id="gt"/>'
    )
    assert {one.rule for one in problems(drawing)} == {"process-elsewhere"}


def test_every_refusal_carries_its_line() -> None:
    bad = start(), '<receiveTask id="r"/>', "\n", catch("c", E1), chain("s", "r", "c")
    for one in problems(definitions(a_process("p", "\n", *bad))):
        assert all((one.line, one.file, one.message.zh, one.hint.en))
