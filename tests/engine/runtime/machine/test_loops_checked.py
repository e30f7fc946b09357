"""Loops that never end and joins that never open are told before anything runs."""

import time

import pytest

from engine.bpmn import check_constants
from engine.runtime import specs
from engine.runtime.machine import loops
from tests.engine.runtime.drawing import (
    chain,
    end,
    flow,
    gateway,
    script,
    start,
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
    event,
    event_start,
    play,
    problems,
    rules,
    throw,
)

LINK = event("link", name="L")
JUMP = throw("out", LINK) + catch("back", LINK)


def _warned(*body: str) -> list[str]:
    found = problems(definitions(a_process("p", *body)))
    return [one.rule for one in found if one.severity == "warning"]


def _leaving(condition: str) -> tuple[str, ...]:
    """Draw an automatic loop with one way out."""
    return (
        start(),
        gateway("exclusive", "w"),
        gateway("exclusive", "x", default="again"),
        end(),
        chain("s", "w", "x"),
        flow("x", "w", flow_id="again"),
        flow("x", "e", condition),
    )


def _call(name: str, target: str = "p", inner: str = "") -> str:
    return f'<callActivity id="{name}" calledElement="{target}">{inner}</callActivity>'


def _task(inner: str, kind: str = "task") -> tuple[str, ...]:
    return start(), f'<{kind} id="a">{inner}</{kind}>', end(), chain("s", "a", "e")


def _standard(inner: str) -> str:
    return f"<standardLoopCharacteristics>{inner}</standardLoopCharacteristics>"


def _times(number: str) -> str:
    return (
        f"<multiInstanceLoopCharacteristics><loopCardinality>{number}</loopCardinality>"
        "</multiInstanceLoopCharacteristics>"
    )


def test_a_loop_by_a_link_needs_a_way_out() -> None:
    body = start(), gateway("exclusive", "w"), JUMP, chain("s", "w", "out"), chain("back", "w")
    assert rules(*body) == {"no-way-out", "endless-loop"}


def test_a_loop_by_a_link_needs_a_way_out_beside_an_end() -> None:
    body = (
        start(), gateway("exclusive", "x", default="d"), gateway("exclusive", "w"), end(), JUMP,
        chain("s", "x"), flow("x", "w", flow_id="d"), flow("x", "e", "n > 1"),
        chain("w", "out"), chain("back", "w"),
    )  # fmt: skip
    assert rules(*body) == {"no-way-out", "endless-loop"}


def test_a_loop_by_a_link_that_waits_and_ends_is_well() -> None:
    body = (
        start(), user("a"), gateway("exclusive", "x", default="d"), end(), JUMP,
        chain("s", "a", "x"), flow("x", "out", flow_id="d"), flow("x", "e", "n > 1"),
        chain("back", "a"),
    )  # fmt: skip
    assert rules(*body) == set()
    assert play(*body, steps=[{"complete": "a"}], n=2).status == "completed"


def test_a_link_without_its_other_end_is_only_told_so() -> None:
    assert rules(start(), throw("out", LINK), chain("s", "out")) == {"link-without-end"}


@pytest.mark.parametrize("condition", ["false", "1 = 2", "= false", "null", "${false}"])
def test_a_way_out_that_is_never_taken_is_none(condition: str) -> None:
    assert rules(*_leaving(condition)) == {"endless-loop"}


@pytest.mark.parametrize("condition", ["true", "n > 1", "now() > @'2020-01-01T00:00:00Z'"])
def test_a_way_out_that_may_be_taken_is_one(condition: str) -> None:
    assert "endless-loop" not in rules(*_leaving(condition.replace("'", '"')))


def test_a_default_way_out_beside_what_is_always_taken_is_none() -> None:
    body = (
        start(), gateway("exclusive", "w"), gateway("exclusive", "x", default="d"), end(),
        chain("s", "w", "x"), flow("x", "e", flow_id="d"), flow("x", "w", "true"),
    )  # fmt: skip
    assert rules(*body) == {"endless-loop"}


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        ("false", "n > 1", ["fae"]),
        ("${1 == 2}", "n > 1", ["fae"]),
        ("n > 1", "true", ["fad"]),
        ("n > 1", "n < 1", []),
        ('now() > @"2020-01-01T00:00:00Z"', "n > 1", []),
    ],
)
def test_a_flow_that_no_token_can_take_is_warned_of(
    first: str, second: str, told: list[str]
) -> None:
    conditions = [one.replace("<", "&lt;").replace(">", "&gt;") for one in (first, second)]
    drawing = definitions(
        a_process(
            "p", start(), gateway("exclusive", "a", default="fad"), users("b", "c", "d"), end("e"),
            chain("s", "a"), chain("b", "e"), chain("c", "e"), chain("d", "e"),
            flow("a", "b", conditions[0], flow_id="fae"), flow("a", "c", conditions[1]),
            flow("a", "d", flow_id="fad"),
        )
    )  # fmt: skip
    found = [one for one in problems(drawing) if one.rule == "never-taken"]
    assert [one.element for one in found] == told
    assert all(one.severity == "warning" and one.line for one in found)


def test_a_task_that_is_always_repeated_never_rests() -> None:
    again = "<loopCondition>true</loopCondition>"
    assert rules(*_task(_standard(again))) == {"endless-loop"}
    assert rules(*_task(_standard(again), "userTask")) == set()
    assert rules(*_task(_standard("<loopCondition>n &lt; 3</loopCondition>"))) == set()
    bounded = '<standardLoopCharacteristics loopMaximum="3"><loopCondition>true</loopCondition>'
    assert rules(*_task(f"{bounded}</standardLoopCharacteristics>")) == set()


@pytest.mark.parametrize("number", ["1000000000", "501", "= 501", "${501}", "500 + 1"])
def test_more_branches_than_run_are_refused(number: str) -> None:
    assert rules(*_task(_times(number), "userTask")) == {"loop-bound"}


def test_as_many_branches_as_run_are_not() -> None:
    assert rules(*_task(_times("500"), "userTask")) == set()
    assert check_constants.MOST_BRANCHES == loops.MAX_INSTANCES == specs.MAX_INSTANCES


def test_a_time_that_is_never_there_is_refused() -> None:
    def waiting(text: str) -> tuple[str, ...]:
        return start(), catch("c", timer(text)), end(), chain("s", "c", "e")

    assert rules(*waiting('=duration("PX")')) == {"timer-text"}
    assert rules(*waiting("=null")) == {"timer-text"}
    assert rules(*waiting('=duration("PT1H")')) == set()
    assert rules(*waiting("=wanted")) == set()


def test_a_due_date_that_is_never_there_is_refused() -> None:
    def working(due: str) -> tuple[str, ...]:
        task = f'<userTask id="t" camunda:dueDate="{due}"/>'
        return start(), task, end(), chain("s", "t", "e")

    assert rules(*working("=null")) == {"timer-text"}
    assert rules(*working("${null}")) == {"timer-text"}
    assert rules(*working("=today()")) == set()
    assert rules(*working("=wanted")) == set()


def _ladder(size: int) -> tuple[str, ...]:
    """Draw parallel gateways, each leading on and back: the first waits for ever."""
    names = [f"n{number}" for number in range(size)]
    back = "".join(flow(names[n], names[n - 2]) for n in range(2, size))
    nodes = "".join(gateway("parallel", name) for name in names)
    return start(), nodes, end(), chain("s", *names, "e"), back


@pytest.mark.parametrize("size", [20, 300, 1000])
def test_a_join_that_waits_for_ever_is_found_in_a_large_diagram(size: int) -> None:
    assert "deadlock" in rules(*_ladder(size))
    assert "not-examined" not in _warned(*_ladder(size))


def _choices(ways: int, steps: int, join: str = "parallel") -> tuple[str, ...]:
    """Draw parallel ways of many choices each: more markings than anyone tries."""
    body = [start(), gateway("parallel", "g"), gateway(join, "j"), end(), chain("s", "g")]
    for way in range(ways):
        before = "g"
        for step in range(steps):
            x, y = f"x{way}_{step}", f"y{way}_{step}"
            body += [gateway("exclusive", x, default=f"d{x}"), gateway("exclusive", y)]
            body += [users(f"a{x}", f"b{x}"), flow(before, x), chain(f"b{x}", y)]
            body += [flow(x, f"a{x}", flow_id=f"d{x}"), flow(x, f"b{x}", "n > 1")]
            body += [chain(f"a{x}", y)]
            before = y
        body.append(flow(before, "j"))
    return (*body, chain("j", "e"))


@pytest.mark.parametrize(("ways", "steps"), [(6, 8), (8, 12)])
def test_what_was_not_examined_to_the_end_is_said_once(ways: int, steps: int) -> None:
    assert rules(*_choices(ways, steps)) == set()
    assert _warned(*_choices(ways, steps)) == ["not-examined"]


def test_what_was_examined_to_the_end_is_not_warned_of() -> None:
    assert _warned(*_choices(3, 3)) == []
    names = [f"t{number}" for number in range(1200)]
    assert _warned(start(), users(*names), end(), chain("s", *names, "e")) == []


def test_a_join_beside_what_is_not_played_is_pointed_out() -> None:
    """Links, complex gateways and quantities; no word where there is no join beside them."""
    linked = (throw("out", LINK), catch("into", LINK), chain("into", "e"))
    both = gateway("parallel", "g") + gateway("parallel", "j") + users("a", "b")
    ways = chain("s", "g", "a", "j", "out") + chain("g", "b", "j")
    assert _warned(start(), both, end(), *linked, ways) == ["not-examined"]
    assert _warned(start(), users("a"), end(), *linked, chain("s", "a", "out")) == []
    two = '<userTask id="a" completionQuantity="2"/>' + users("b")
    assert _warned(
        start(),
        gateway("parallel", "g"),
        gateway("parallel", "j"),
        two,
        end(),
        chain("s", "g", "a", "j", "e"),
        chain("g", "b", "j"),
    ) == ["not-examined"]


def test_without_a_join_nothing_can_wait_for_ever() -> None:
    assert "not-examined" not in _warned(*_choices(6, 8, join="exclusive"))


def test_an_edge_leads_out_of_what_is_always_repeated() -> None:
    body = (
        *_task(_standard("<loopCondition>true</loopCondition>"), "scriptTask"),
        edge("x", "a", event("error", errorRef="er")),
        end("e2"),
        chain("x", "e2"),
    )
    assert "endless-loop" not in rules(*body)


def _badly_joined(kind: str = "exclusive") -> tuple[str, ...]:
    """Draw a task behind which a split does not fit its join; nothing leads to the task."""
    return (
        users("a"), gateway(kind, "x", default="d"), users("b", "c"), gateway("parallel", "j"),
        chain("a", "x"), flow("x", "b", "n > 1"), flow("x", "c", flow_id="d"),
        chain("b", "j"), chain("c", "j"), users("z"), chain("j", "z"),
    )  # fmt: skip


def test_a_level_without_a_start_event_is_examined() -> None:
    assert rules(*_badly_joined()) == {"deadlock"}
    assert rules(*_badly_joined("parallel")).isdisjoint({"deadlock"})
    around = start(), end(), chain("s", "u", "e")
    assert rules(*around, f'<subProcess id="u">{"".join(_badly_joined())}</subProcess>') == {
        "deadlock"
    }


def _ad_hoc(more: str, *body: str) -> tuple[str, ...]:
    inside = f'<adHocSubProcess id="u" {more}>{"".join(body)}</adHocSubProcess>'
    return start(), inside, end(), chain("s", "u", "e")


def test_activities_in_any_order_that_a_join_never_lets_go_on() -> None:
    assert rules(*_ad_hoc("", *_badly_joined())) == {"deadlock"}
    joined = users("a", "b"), gateway("parallel", "j"), chain("a", "j"), chain("b", "j")
    assert rules(*_ad_hoc("", *joined, users("c"))) == set()
    assert _warned(*_ad_hoc("", *joined, users("c"))) == []


def test_what_an_ad_hoc_condition_may_end_is_only_warned_of() -> None:
    ends = "<completionCondition>n > 1</completionCondition>"
    for more, inside in (("", ends), ('ordering="Sequential"', "")):
        body = _ad_hoc(more, *_badly_joined(), inside)
        assert rules(*body) == set()
        assert "deadlock" in _warned(*body)


def test_a_gateway_may_begin_a_level_without_a_start_event() -> None:
    """Each token that begins is one: no join of their ways is missing."""
    ways = gateway("parallel", "g"), users("a", "b"), gateway("parallel", "j"), end()
    drawn = chain("g", "a", "j", "e"), chain("g", "b", "j")
    assert rules(*ways, *drawn) == set()
    assert _warned(*ways, *drawn) == []


@pytest.mark.parametrize(("kind", "told"), [("Parallel", set()), ("Exclusive", {"deadlock"})])
def test_events_that_begin_a_process_are_all_awaited_or_one(kind: str, told: set[str]) -> None:
    opened = f'<eventBasedGateway id="g" instantiate="true" eventGatewayType="{kind}"/>'
    events = (
        catch("b", event("message", messageRef="m")),
        catch("c", event("message", messageRef="m2")),
    )
    ways = chain("g", "b", "j", "e"), chain("g", "c", "j")
    assert rules(opened, *events, gateway("parallel", "j"), end(), *ways) == told


def test_a_mesh_of_gateways_is_given_up_soon() -> None:
    """Every inclusive gateway leads to every other: each marking holds hundreds of tokens."""
    names = [f"i{number}" for number in range(24)]
    body = [start(), end(), chain("s", "i0"), chain("i23", "e")]
    body += [gateway("inclusive", name) for name in names]
    body += [flow(a, b, f"{b} = 1") for a in names for b in names if a != b]
    begun = time.process_time()
    assert "not-examined" in _warned(*body)
    assert time.process_time() - begun < 6


def _beside(task: str, *more: str) -> tuple[str, ...]:
    """Draw a task and, beside it, a call of the process itself."""
    gateways = gateway("parallel", "g") + gateway("parallel", "j")
    ways = chain("s", "g", "a", "j", "e") + chain("g", "c", "j")
    return start(), gateways, task, _call("c"), end(), ways, *more


def test_a_call_of_itself_beside_a_wait_never_ends() -> None:
    assert rules(*_beside(user("a"))) == {"endless-calls"}
    other = a_process("q", start("qs"), _call("qc"), end("qe"), chain("qs", "qc", "qe"))
    body = [piece.replace('calledElement="p"', 'calledElement="q"') for piece in _beside(user("a"))]
    found = problems(definitions(a_process("p", *body), other))
    assert [(one.rule, one.element) for one in found] == [
        ("endless-calls", "c"),
        ("endless-calls", "qc"),
    ]


def test_a_call_of_itself_that_something_may_keep_from_coming_is_not_refused() -> None:
    """What ends the case, a choice, an error that leads out, a join behind a wait."""
    stop = end("e2", event("terminate"))
    assert rules(*_beside(user("a"), stop, flow("a", "e2"))) == set()
    chosen = gateway("exclusive", "g", default="d"), _call("c"), user("a"), end()
    ways = chain("s", "g"), flow("g", "c", "n > 1"), flow("g", "a", flow_id="d")
    assert rules(start(), *chosen, *ways, chain("c", "e"), chain("a", "e")) == set()
    joined = gateway("parallel", "g"), users("a"), "<task id='b'/>", gateway("parallel", "j")
    ways = chain("s", "g", "a", "j", "c", "e"), chain("g", "b", "j")
    assert rules(start(), *joined, _call("c"), end(), *ways) == set()
    inside = '<subProcess id="u">' + "".join(_beside(user("a"))) + "</subProcess>"
    out = edge("x", "u", event("error", errorRef="er")) + end("e3") + chain("x", "e3")
    around = inside.replace('"s"', '"s2"').replace('"e"', '"e4"')
    assert rules(start(), around, out, end(), chain("s", "u", "e")) == set()


@pytest.mark.parametrize(("text", "told"), [("PT0S", True), ("P0DT0H", True), ("PT1S", False)])
def test_no_time_is_no_wait_before_a_call_of_itself(text: str, told: bool) -> None:
    rule = {"endless-calls"} if told else set()
    waited = start(), catch("w", timer(text)), _call("c"), end(), chain("s", "w", "c", "e")
    assert rules(*waited) == rule
    edged = edge("b", "a", timer(text), interrupting=False) + end("e2") + chain("b", "c", "e2")
    assert rules(start(), user("a"), edged, _call("c"), end(), chain("s", "a", "e")) == rule


def _round(step: str, condition: str = "1 = 2") -> tuple[str, ...]:
    """Draw a loop through a step ``t``, with one way out."""
    return (
        start(), gateway("exclusive", "w"), step, gateway("exclusive", "x", default="again"), end(),
        chain("s", "w", "t", "x"), flow("x", "w", flow_id="again"), flow("x", "e", condition),
    )  # fmt: skip


@pytest.mark.parametrize(
    "step",
    [
        throw("t"),
        catch("t", timer("PT0S")),
        catch("t", timer('=duration("PT0S")')),
        catch("t", conditional("= true")),
        _call("t", "q"),
    ],
)
def test_what_is_over_at_once_is_no_wait_in_a_loop(step: str) -> None:
    automatic = a_process("q", start("qs"), end("qe"), chain("qs", "qe"))
    found = problems(definitions(a_process("p", *_round(step)), automatic))
    assert [one.rule for one in found if one.severity == "error"] == ["endless-loop"]
    found = problems(definitions(a_process("p", *_round(step, "n > 1")), automatic))
    assert [one.rule for one in found if one.severity == "error"] == []


@pytest.mark.parametrize(
    "step",
    [
        catch("t", timer("PT1S")),
        catch("t", conditional("n > 1")),
        _call("t", "q"),
        '<sendTask id="t" camunda:type="external" camunda:topic="x"/>',
    ],
)
def test_what_waits_lets_a_loop_rest(step: str) -> None:
    waits = a_process("q", start("qs"), user("u"), end("qe"), chain("qs", "u", "qe"))
    found = problems(definitions(a_process("p", *_round(step)), waits))
    assert "endless-loop" not in {one.rule for one in found}


def test_what_a_loop_throws_leads_out_only_where_it_is_caught() -> None:
    """A caller that nobody knows may catch it, too: a warning then."""
    loop = _round(throw("t", event("signal", signalRef="sg")))
    assert rules(*loop) == set()
    assert "endless-loop" in _warned(*loop)
    caught = event_start("q", event("signal", signalRef="sg")) + end("qe") + chain("q", "qe")
    assert "endless-loop" not in _warned(*loop, by_event("h", caught))


def test_subprocesses_and_calls_that_are_always_repeated_never_rest() -> None:
    again = _standard("<loopCondition>=true</loopCondition>")
    inside = start("is") + end("ie") + chain("is", "ie")
    around = start(), end(), chain("s", "u", "e")
    assert rules(*around, f'<subProcess id="u">{again}{inside}</subProcess>') == {"endless-loop"}
    busy = inside.replace(chain("is", "ie"), "") + user("a") + chain("is", "a", "ie")
    assert rules(*around, f'<subProcess id="u">{again}{busy}</subProcess>') == set()
    for body, told in ((inside, ["endless-loop"]), (busy, [])):
        calling = a_process("p", *around, _call("u", "q", again))
        found = problems(definitions(calling, a_process("q", body)))
        assert [one.rule for one in found if one.severity == "error"] == told


def test_a_loop_that_changes_nothing_never_ends_once_it_goes_round() -> None:
    assert rules(*_round("<task id='t'/>", "n > 1")) == set()
    assert "endless-loop" in _warned(*_round("<task id='t'/>", "n > 1"))
    assert "endless-loop" not in _warned(*_round(script("t", "n = n + 1"), "n > 1"))
    assert "endless-loop" not in _warned(*_round(user("t"), "n > 1"))


def test_an_end_of_all_leads_out_of_a_loop() -> None:
    ways = chain("s", "w", "g", "w"), chain("g", "e")
    gateways = gateway("exclusive", "w"), gateway("parallel", "g")
    assert rules(start(), *gateways, end(), *ways) == {"endless-loop"}
    assert rules(start(), *gateways, end("e", event("terminate")), *ways) == set()


def _aside(join: str) -> tuple[str, ...]:
    """Draw a task with an event on its edge that does not interrupt; both lead to a gateway."""
    noticed = edge("b", "a", timer("PT1H"), interrupting=False)
    ways = chain("s", "a", "j", "e"), chain("b", "c", "j")
    return start(), users("a", "c"), noticed, gateway(join, "j"), end(), *ways


def test_a_join_that_waits_for_an_event_on_an_edge_is_warned_of() -> None:
    """It goes on where the event happens."""
    assert rules(*_aside("parallel")) == set()
    assert _warned(*_aside("parallel")) == ["deadlock"]
    steps = [{"advance": "PT2H"}, {"complete": "a"}, {"complete": "c"}]
    assert play(*_aside("parallel"), steps=steps).status == "completed"
    assert _warned(*_aside("exclusive")) == []
    never = [piece.replace(user("a"), "<task id='a'/>") for piece in _aside("parallel")]
    assert rules(*never) == {"deadlock"}


def test_a_second_token_that_is_left_behind_at_a_join_is_warned_of() -> None:
    """What an event on an edge begins beside the task comes to the join by the same way."""
    noticed = edge("b", "a", timer("PT1H"), interrupting=False)
    gateways = gateway("parallel", "g"), gateway("exclusive", "x"), gateway("parallel", "j")
    ways = chain("s", "g", "a", "x", "j", "e"), chain("g", "d", "j"), chain("b", "c", "x")
    body = start(), users("a", "c", "d"), noticed, *gateways, end(), *ways
    assert rules(*body) == set()
    assert _warned(*body) == ["deadlock", "runs-twice"]
    steps = [{"advance": "PT2H"}, {"complete": "a"}, {"complete": "d"}, {"complete": "c"}]
    tried = play(*body, steps=steps)
    assert tried.status == "failed"
    assert tried.error is not None
    assert "stuck" in tried.error.en
