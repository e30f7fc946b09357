"""Timers, conditions, event gateways and event subprocesses of every kind of start."""

from datetime import timedelta

import pytest

from engine.runtime.trial import BEGINNING
from tests.engine.runtime.drawing import (
    chain,
    end,
    gateway,
    script,
    start,
    subprocess,
    timer,
    user,
    users,
)
from tests.engine.runtime.machine.playing import (
    by_event,
    catch,
    conditional,
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

PAID = event("message", messageRef="m")
TRIGGERS = {
    "message": (PAID, {"message": "Paid"}),
    "signal": (event("signal", signalRef="sg"), {"signal": "Stop"}),
    "timer": (timer("P1D"), {"advance": "P2D"}),
    "conditional": (conditional("n > 1"), {"complete": "set", "answers": {"n": 2}}),
}


def test_a_timer_in_the_flow_is_due_by_the_virtual_clock() -> None:
    body = start(), catch("t", timer("P5D")), end(), chain("s", "t", "e")
    (waits,) = play(*body).waiting
    assert waits == ("t", "intermediateCatchEvent", BEGINNING + timedelta(days=5))
    assert play(*body, steps=[{"advance": "P4D"}]).status == "waiting"
    done = play(*body, steps=[{"advance": "P6D"}])
    assert done.status == "completed"
    assert done.trace[-1].at == BEGINNING + timedelta(days=5)
    assert play(*body, auto=True).status == "completed"


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("2026-03-05T09:00:00+08:00", "timeDate"),
        ("=date and time(&quot;2026-03-05T09:00:00+08:00&quot;)", "timeDate"),
        ("=&quot;P3D&quot;", "timeDuration"),
        ("R2/P3D", "timeCycle"),
        ("${wait}", "timeDuration"),
    ],
)
def test_timers_are_dates_durations_and_cycles_literal_or_computed(text: str, kind: str) -> None:
    tried = play(start(), catch("t", timer(text, kind)), end(), chain("s", "t", "e"), wait="P3D")
    assert tried.waiting[0][2] == BEGINNING + timedelta(days=3)


def test_a_cycle_on_an_edge_goes_off_each_time_until_its_last() -> None:
    body = (
        start(),
        users("a"),
        '<task id="ping"/>',
        edge("t", "a", timer("R3/P1D", "timeCycle"), interrupting=False),
        end(),
        end("e2"),
        chain("s", "a", "e"),
        chain("t", "ping", "e2"),
    )
    assert entered(play(*body, steps=[{"advance": "P2DT1H"}])).count("ping") == 2
    assert entered(play(*body, steps=[{"advance": "P9D"}])).count("ping") == 3


def test_a_timer_that_does_not_interrupt_goes_off_once() -> None:
    tried = play(
        start(),
        users("a", "b"),
        edge("t", "a", timer("P1D"), interrupting=False),
        chain("s", "a"),
        chain("t", "b"),
        steps=[{"advance": "P9D"}],
    )
    assert waiting(tried) == ["a", "b"]


def test_the_first_of_several_timers_at_an_event_gateway_wins() -> None:
    tried = play(
        start(),
        '<eventBasedGateway id="g"/>',
        catch("five", timer("P5D")),
        catch("one", timer("P1D")),
        catch("paid", PAID),
        users("a", "b", "c"),
        chain("s", "g", "five", "a"),
        chain("g", "one", "b"),
        chain("g", "paid", "c"),
        steps=[{"advance": "P2D"}],
    )
    assert waiting(tried) == ["b"]
    assert story(tried, "g", "one", "five") == ["+g", "-g", "+one", "-one"]


def test_an_event_gateway_lists_what_it_waits_for_and_takes_a_message() -> None:
    body = (
        start(),
        '<eventBasedGateway id="g"/>',
        catch("one", timer("P1D")),
        '<receiveTask id="paid" messageRef="m"/>',
        users("b", "c"),
        chain("s", "g", "one", "b"),
        chain("g", "paid", "c"),
    )
    assert waiting(play(*body)) == ["one", "paid"]
    assert waiting(play(*body, steps=[{"message": "Paid"}])) == ["c"]


def test_an_event_gateway_before_a_task_is_refused() -> None:
    body = start(), '<eventBasedGateway id="g"/>', user("a"), chain("s", "g", "a")
    assert rules(*body) == {"event-gateway"}


@pytest.mark.parametrize("kind", TRIGGERS)
@pytest.mark.parametrize("interrupting", [True, False])
def test_an_event_subprocess_begins_with_its_event(kind: str, interrupting: bool) -> None:
    inner, step = TRIGGERS[kind]
    body = (
        start(),
        gateway("parallel", "g"),
        users("a", "set"),
        end(),
        chain("s", "g", "a", "e"),
        chain("g", "set", "e"),
        by_event(
            "h",
            event_start("hs", inner, interrupting=interrupting),
            user("alarm"),
            end("he"),
            chain("hs", "alarm", "he"),
        ),
    )
    before = play(*body, n=0)
    assert "alarm" not in waiting(before)
    after = play(*body, steps=[step], n=0)
    assert ("a" in waiting(after)) is not interrupting
    assert "alarm" in waiting(after)
    ends = [step, {"complete": "alarm"}]
    done = play(*body, steps=ends, n=0)
    assert (done.status == "completed") is interrupting
    assert story(done, "h") == ["+h", "-h"]


@pytest.mark.parametrize("kind", TRIGGERS)
def test_an_event_subprocess_that_never_begins_holds_nothing_up(kind: str) -> None:
    tried = play(
        start(),
        user("set"),
        end(),
        chain("s", "set", "e"),
        by_event("h", event_start("hs", TRIGGERS[kind][0]), user("alarm"), chain("hs", "alarm")),
        steps=[{"complete": "set"}],
        n=0,
    )
    assert tried.status == "completed"
    assert "h" not in entered(tried)


def test_an_event_subprocess_inside_a_subprocess_interrupts_only_that() -> None:
    tried = play(
        start(),
        gateway("parallel", "g"),
        subprocess(
            "sub",
            start("is"),
            user("a"),
            chain("is", "a"),
            by_event(
                "h", event_start("hs", TRIGGERS["signal"][0]), '<task id="x"/>', chain("hs", "x")
            ),
        ),
        users("after", "beside"),
        chain("s", "g", "sub", "after"),
        chain("g", "beside"),
        steps=[{"signal": "Stop"}],
    )
    assert sorted(waiting(tried)) == ["after", "beside"]
    assert story(tried, "a", "h", "sub") == ["+sub", "+a", "xa", "+h", "-h", "-sub"]


def test_an_interrupting_throw_inside_acts_at_once() -> None:
    tried = play(
        start(),
        subprocess(
            "sub",
            start("is"),
            throw("t", event("escalation", escalationRef="es")),
            '<task id="never"/>',
            chain("is", "t", "never"),
        ),
        edge("x", "sub", event("escalation", escalationRef="es")),
        users("after", "up"),
        chain("s", "sub", "after"),
        chain("x", "up"),
    )
    assert "never" not in entered(tried)
    assert waiting(tried) == ["up"]


def test_a_condition_in_the_flow_waits_until_it_is_true() -> None:
    body = (
        start(),
        gateway("parallel", "g"),
        catch("c", conditional("n > 1")),
        user("set"),
        user("a"),
        chain("s", "g", "c", "a"),
        chain("g", "set"),
    )
    assert sorted(waiting(play(*body, n=0))) == ["c", "set"]
    assert waiting(play(*body, n=0, steps=[{"complete": "set", "answers": {"n": 2}}])) == ["a"]
    assert sorted(waiting(play(*body, n=5))) == ["a", "set"]


def test_a_condition_on_an_edge_goes_off_each_time_it_becomes_true() -> None:
    body = (
        start(),
        users("a", "b"),
        edge("x", "a", conditional("n > 1"), interrupting=False),
        script("one", "n = 2"),
        script("two", "n = 0"),
        catch("w", PAID),
        script("three", "n = 3"),
        gateway("parallel", "g"),
        chain("s", "g", "a"),
        chain("g", "one", "w", "two", "three"),
        chain("x", "b"),
    )
    assert waiting(play(*body, n=0)) == ["a", "w", "b"]


def test_a_condition_over_names_that_are_not_there_yet_only_waits() -> None:
    tried = play(start(), catch("c", conditional("later > 1")), end(), chain("s", "c", "e"))
    assert tried.status == "waiting"


def test_a_timer_start_waits_for_its_time() -> None:
    body = event_start("ts", timer("P2D")), user("a"), chain("ts", "a")
    assert waiting(play(*body)) == ["ts"]
    later = play(*body, steps=[{"advance": "P3D"}])
    assert (waiting(later), later.trace[0].at) == (["a"], BEGINNING + timedelta(days=2))
    assert play(*body, auto=True).status == "completed"


@pytest.mark.parametrize("text", ["P5", "", "tomorrow", "0 0 * * *", "P9999WD"])
def test_a_time_that_cannot_be_read_is_refused(text: str) -> None:
    assert rules(start(), catch("t", timer(text)), end(), chain("s", "t", "e")) == {"timer-text"}


def test_a_condition_is_asked_after_each_step_not_only_when_all_rests() -> None:
    """What was true for a moment only begins all the same (BPMN 2.0, 10.5.5)."""
    handler = event_start("hs", conditional("n > 1")), user("w"), chain("hs", "w")
    tried = play(
        start(), script("up", "n = 5"), script("down", "n = 1"), user("a"), end(),
        chain("s", "up", "down", "a", "e"), by_event("h", *handler), n=1,
    )  # fmt: skip
    assert waiting(tried) == ["w"]
    assert "down" not in entered(tried)
