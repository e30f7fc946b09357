"""Tasks of every kind, conditions on flows, and where runs begin and end without a word."""

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
from tests.engine.runtime.machine.playing import (
    a_process,
    catch,
    definitions,
    edge,
    entered,
    event,
    event_start,
    play,
    problems,
    rules,
    story,
    throw,
    waiting,
)


def test_plain_and_manual_tasks_and_plain_throws_pass_through() -> None:
    tried = play(
        start(),
        '<task id="a"/><manualTask id="b"/>',
        throw("c"),
        end(),
        chain("s", "a", "b", "c", "e"),
    )
    assert tried.status == "completed"
    assert story(tried) == ["+s", "-s", "+a", "-a", "+b", "-b", "+c", "-c", "+e", "-e"]


def test_a_script_computes_with_feel() -> None:
    tried = play(
        start(),
        script("f", "total = price * 2\nbig = total > 10"),
        end(),
        chain("s", "f", "e"),
        price=7,
    )
    assert tried.data == {"price": 7, "total": 14, "big": True}


def test_a_program_outside_works_at_once_unless_the_script_says_when() -> None:
    body = (
        start(),
        '<serviceTask id="svc"/>',
        edge("b", "svc", event("error", errorRef="er")),
        user("mend"),
        end(),
        end("e2"),
        chain("s", "svc", "e"),
        chain("b", "mend", "e2"),
    )
    assert play(*body).status == "completed"
    assert waiting(play(*body, steps=[{"advance": "P1D"}, {"complete": "svc"}][:1])) == []
    failed = play(*body, steps=[{"complete": "svc", "error": "E1"}])
    assert story(failed, "svc", "b", "mend") == ["+svc", "xsvc", "+b", "-b", "+mend"]


def test_a_receive_task_waits_for_its_message() -> None:
    body = start(), '<receiveTask id="r" messageRef="m"/>', end(), chain("s", "r", "e")
    assert waiting(play(*body)) == ["r"]
    tried = play(*body, steps=[{"message": "Paid", "data": {"sum": 5}}])
    assert tried.status == "completed"
    assert tried.data == {"sum": 5}


def test_a_receive_task_without_a_message_is_refused() -> None:
    assert rules(start(), '<receiveTask id="r"/>', end(), chain("s", "r", "e")) == {"missing-name"}


def test_conditions_on_flows_out_of_a_task_choose_and_the_default_is_for_none() -> None:
    body = (
        start(),
        '<task id="a" default="d"/>',
        users("x", "y", "z"),
        flow("s", "a"),
        flow("a", "x", "n > 1"),
        flow("a", "y", "n > 2"),
        flow("a", "z", flow_id="d"),
    )
    assert waiting(play(*body, n=3)) == ["x", "y"]
    assert waiting(play(*body, n=2)) == ["x"]
    assert waiting(play(*body, n=0)) == ["z"]


def test_a_flow_without_condition_is_taken_besides() -> None:
    body = (
        start(),
        '<task id="a"/>',
        users("x", "y"),
        flow("s", "a"),
        flow("a", "x", "n > 1"),
        flow("a", "y"),
    )
    assert waiting(play(*body, n=3)) == ["x", "y"]
    assert waiting(play(*body, n=0)) == ["y"]


def test_a_single_flow_whose_condition_fails_stops_the_run() -> None:
    tried = play(start(), '<task id="a"/>', user("x"), flow("s", "a"), flow("a", "x", "n > 1"), n=0)
    assert tried.status == "failed"
    assert tried.element == "a"
    assert story(tried)[-1] == "!a"


def test_a_condition_that_is_neither_true_nor_false_fails() -> None:
    tried = play(
        start(),
        gateway("exclusive", "g", default="d"),
        users("x", "y"),
        flow("s", "g"),
        flow("g", "x", "n"),
        flow("g", "y", flow_id="d"),
        n="text",
    )
    assert (tried.status, tried.element) == ("failed", "g")


def test_a_run_without_events_begins_at_what_nothing_leads_to() -> None:
    tried = play(users("a", "b", "c"), chain("a", "b"), steps=[{"complete": "a"}])
    assert sorted(waiting(tried)) == ["b", "c"]
    done = play(users("a", "b", "c"), chain("a", "b"), auto=True)
    assert done.status == "completed"


def test_several_starts_are_alternatives_by_their_triggers() -> None:
    body = (
        start(),
        event_start("ms", event("message", messageRef="m")),
        users("a", "b"),
        chain("s", "a"),
        chain("ms", "b"),
    )
    assert waiting(play(*body)) == ["a"]
    only = (
        body[1],
        event_start("sg1", event("signal", signalRef="sg")),
        *body[2:3],
        chain("ms", "b"),
    )
    by_message = play(*only, chain("sg1", "a"), steps=[{"message": "Paid", "data": {"k": 1}}])
    assert waiting(by_message) == ["b"]
    assert by_message.data == {"k": 1}
    assert waiting(play(*only, chain("sg1", "a"), steps=[{"signal": "Stop"}])) == ["a"]
    assert sorted(waiting(play(*only, chain("sg1", "a")))) == ["ms", "sg1"]


def test_of_two_starts_without_a_trigger_the_first_begins_unless_another_is_chosen() -> None:
    body = start(), start("s2"), users("a", "b"), chain("s", "a"), chain("s2", "b")
    assert waiting(play(*body)) == ["a"]
    assert waiting(play(*body, begin="s2")) == ["b"]
    found = problems(definitions(a_process("p", *body)))
    assert {(one.rule, one.severity) for one in found} >= {("several-starts", "warning")}


def test_two_plain_starts_in_a_subprocess_are_refused() -> None:
    inner = subprocess(
        "sub", start("i"), start("i2"), users("a", "b"), chain("i", "a"), chain("i2", "b")
    )
    assert rules(start(), inner, chain("s", "sub")) == {"several-starts"}


def test_a_receive_task_can_begin_a_process() -> None:
    body = '<receiveTask id="r" messageRef="m" instantiate="true"/>', user("a"), chain("r", "a")
    tried = play(*body, steps=[{"message": "Paid"}])
    assert story(tried) == ["+r", "-r", "+a"]


def test_a_fork_and_a_join_without_gateways() -> None:
    tried = play(
        start(),
        users("a", "b", "c"),
        end(),
        chain("s", "a", "b"),
        chain("a", "c"),
        chain("b", "e"),
        chain("c", "e"),
        auto=True,
    )
    assert tried.status == "completed"
    assert entered(tried).count("e") == 2


def test_an_event_in_a_flow_of_a_condition_is_refused() -> None:
    found = rules(
        start(),
        catch("c", event("message", messageRef="m")),
        end(),
        flow("s", "c"),
        flow("c", "e", "x"),
    )
    assert found == {"condition-ignored"}
