"""Data of tasks that run several times, and of subprocesses (BPMN 2.0, 10.3.8, 10.4)."""

import pytest

from engine import bpmn
from engine.bpmn.joining import renamed
from tests.engine.runtime.drawing import (
    chain,
    end,
    flow,
    gateway,
    script,
    start,
    subprocess,
    user,
)
from tests.engine.runtime.machine.carrying import (
    DATA,
    ITEMS,
    PAID,
    UNDO,
    computed,
    done,
    into,
    out_of,
)
from tests.engine.runtime.machine.playing import (
    a_process,
    catch,
    definitions,
    edge,
    play,
    play_all,
    problems,
    rules,
    waiting,
)


# --- tasks that run several times ---
def many(*, sequential: bool = False, more: str = "") -> str:
    """Write a loop over the input ``coll`` that gives the output ``all``."""
    flag = str(sequential).lower()
    return (
        '<ioSpecification><dataInput id="di_all" name="coll"/><dataInput id="di_one" name="one"/>'
        '<dataOutput id="do_one" name="res"/><dataOutput id="do_all" name="all"/><inputSet/>'
        f"<outputSet/></ioSpecification>{into('r_in', 'di_all')}"
        f"{out_of('do_all', 'r_out', more)}"
        f'<multiInstanceLoopCharacteristics isSequential="{flag}">'
        "<loopDataInputRef>di_all</loopDataInputRef><loopDataOutputRef>do_all"
        '</loopDataOutputRef><inputDataItem id="x1" name="one"/>'
        '<outputDataItem id="x2" name="res"/></multiInstanceLoopCharacteristics>'
    )


def looping(text: str, inner: str) -> str:
    return script("a", text).replace("<script>", inner + "<script>", 1)


@pytest.mark.parametrize("sequential", [True, False])
def test_a_task_runs_over_an_input_of_its_own(*, sequential: bool) -> None:
    task = looping("res = one * 10", many(sequential=sequential))
    tried = play(ITEMS, start(), task, end(), chain("s", "a", "e"), items=[3, 1, 2])
    assert (tried.status, tried.data) == (
        "completed",
        {"items": [3, 1, 2], "results": [30, 10, 20]},
    )


def test_nothing_to_run_over_gives_an_empty_list() -> None:
    task = looping("res = one * 10", many())
    tried = play(ITEMS, start(), task, end(), chain("s", "a", "e"), items=[])
    assert tried.data == {"items": [], "results": []}


def test_people_answer_in_any_order() -> None:
    body = ITEMS, start(), user("a", many()), end(), chain("s", "a", "e")
    steps = [{**done("a", res=one * 10), "for": one} for one in (3, 2, 1)]
    tried = play(*body, steps=steps, items=[3, 1, 2])
    assert tried.data == {"items": [3, 1, 2], "results": [30, 10, 20]}


def test_the_list_of_results_may_be_computed_with() -> None:
    task = looping("res = one * 10", many(more=computed("sum(all)")))
    tried = play(ITEMS, start(), task, end(), chain("s", "a", "e"), items=[3, 1])
    assert tried.data["results"] == 40


def test_a_number_of_runs_may_come_from_an_input() -> None:
    inner = (
        '<ioSpecification><dataInput id="di" name="n"/></ioSpecification>'
        f"{into('r_in', 'di', computed('count(items)'))}<multiInstanceLoopCharacteristics>"
        "<loopCardinality>=n</loopCardinality></multiInstanceLoopCharacteristics>"
    )
    body = ITEMS, start(), user("a", inner), end(), chain("s", "a", "e")
    assert waiting(play(*body, items=[7, 7, 7])) == ["a", "a", "a"]


def test_an_input_that_speaks_of_a_run_is_filled_for_each() -> None:
    inner = (
        '<ioSpecification><dataInput id="di" name="n"/></ioSpecification>'
        f"{into('r_in', 'di', computed('items[loopCounter]'))}<multiInstanceLoopCharacteristics "
        'isSequential="true"><loopCardinality>2</loopCardinality></multiInstanceLoopCharacteristics>'
    )
    task = looping("results = append(results, n)", inner)
    tried = play(ITEMS, start(), task, end(), chain("s", "a", "e"), items=[8, 9], results=[])
    assert tried.data["results"] == [8, 9]


def test_each_call_of_a_loop_gets_the_inputs_of_the_loop() -> None:
    inner = (
        '<ioSpecification><dataInput id="di" name="given"/></ioSpecification>'
        f"{into('r_in', 'di')}<multiInstanceLoopCharacteristics><loopCardinality>2"
        "</loopCardinality></multiInstanceLoopCharacteristics>"
    )
    call = f'<callActivity id="c" calledElement="q">{inner}</callActivity>'
    outer = a_process("p", ITEMS, start(), call, end(), chain("s", "c", "e"))
    inner = a_process("q", start("qs"), user("work"), end("qe"), chain("qs", "work", "qe"))
    tried = play_all(outer, inner, items=[1])
    assert waiting(tried) == ["work", "work"]
    seen = a_process("q", start("qs"), gateway("exclusive", "x", "no"), users_of("x"))
    assert waiting(play_all(outer, seen, items=[1])) == ["yes", "yes"]


def users_of(split: str) -> str:
    """Draw a task for those that were given the list, and one for the others."""
    ways = flow(split, "yes", "given = [1]") + flow(split, "other", flow_id="no")
    return chain("qs", split) + ways + user("yes") + user("other")


# --- data of subprocesses and activities ---
OWN = '<dataObject id="own" name="loc"/><dataObjectReference id="own_r" dataObjectRef="own"/>'
TWICE = "<standardLoopCharacteristics loopMaximum='2'/>"
TWO = (
    '<multiInstanceLoopCharacteristics isSequential="true"><loopCardinality>2</loopCardinality>'
    "</multiInstanceLoopCharacteristics>"
)
NOTED = (
    start("is") + script("b", "log = append(log, loc)") + script("c", "loc = 7") + end("ie")
    + chain("is", "b", "c", "ie")
)  # fmt: skip


def test_data_of_a_subprocess_hide_those_around_of_the_same_name() -> None:
    inner = start("is") + script("b", "v = 2") + end("ie") + chain("is", "b", "ie")
    sub = subprocess("sub", '<dataObject id="d2" name="v"/>', inner)
    tasks = script("a", "v = 1"), sub, script("c", "w = v")
    body = '<dataObject id="d1" name="v"/>', start(), *tasks, end(), chain("s", "a", "sub", "c")
    assert play(*body, chain("c", "e")).data == {"v": 1, "w": 1}


@pytest.mark.parametrize("loop", [TWO, TWICE])
def test_data_of_a_subprocess_begin_with_each_run_and_end_with_it(loop: str) -> None:
    sub = subprocess("sub", OWN, loop, NOTED)
    body = start(), sub, script("z", "after = loc"), end(), chain("s", "sub", "z", "e")
    tried = play(*body, log=[])
    assert (tried.status, tried.data) == ("completed", {"log": [None, None], "after": None})


def test_data_of_a_subprocess_begin_again_each_time_it_is_entered() -> None:
    body = (
        start(), gateway("exclusive", "x"), subprocess("sub", OWN, NOTED), end(),
        gateway("exclusive", "y", "no"), chain("s", "x", "sub", "y"),
        flow("y", "x", "count(log) < 2"), flow("y", "e", flow_id="no"),
    )  # fmt: skip
    assert play(*body, log=[]).data == {"log": [None, None]}


def test_data_of_a_subprocess_are_kept_while_somebody_works() -> None:
    inner = start("is") + script("b", "loc = 3") + user("u") + script("c", "x = loc") + end("ie")
    sub = subprocess("sub", OWN, inner, chain("is", "b", "u", "c", "ie"))
    body = start(), sub, end(), chain("s", "sub", "e")
    assert play(*body, steps=[done("u")]).data == {"x": 3}
    assert play(*body, steps=[done("u", loc=4)]).data == {"x": 4}


def test_what_is_set_further_inside_goes_to_the_nearest_that_has_it() -> None:
    deep = start("ds") + script("d", "loc = 5") + end("de") + chain("ds", "d", "de")
    inner = start("is") + subprocess("deep", TWO, deep) + script("c", "x = loc") + end("ie")
    sub = subprocess("sub", OWN, inner, chain("is", "deep", "c", "ie"))
    assert play(start(), sub, end(), chain("s", "sub", "e")).data == {"x": 5}


def test_results_of_a_loop_may_be_data_of_its_runs() -> None:
    loop = (
        "<multiInstanceLoopCharacteristics><loopDataInputRef>r_in</loopDataInputRef>"
        '<loopDataOutputRef>r_out</loopDataOutputRef><inputDataItem id="x1" name="one"/>'
        '<outputDataItem id="x2" name="res"/></multiInstanceLoopCharacteristics>'
    )
    own = '<dataObject id="o1" name="one"/><dataObject id="o2" name="res"/>'
    inner = start("is") + script("b", "res = one * 10") + end("ie") + chain("is", "b", "ie")
    body = ITEMS, start(), subprocess("sub", own, loop, inner), end(), chain("s", "sub", "e")
    assert play(*body, items=[3, 1]).data == {"items": [3, 1], "results": [30, 10]}


def test_outputs_of_a_subprocess_see_its_own_data() -> None:
    given = (
        "<extensionElements><camunda:inputOutput><camunda:outputParameter "
        'name="x">${loc}</camunda:outputParameter></camunda:inputOutput></extensionElements>'
    )
    inner = start("is") + script("b", "loc = 3") + end("ie") + chain("is", "b", "ie")
    body = start(), subprocess("sub", given, OWN, inner), end(), chain("s", "sub", "e")
    assert play(*body).data == {"x": 3}


def undoing(text: str) -> str:
    """Draw a script that undoes what the edge ``b`` stands on."""
    task = script("undo", text).replace("<scriptTask ", '<scriptTask isForCompensation="true" ')
    return task + '<association id="as" sourceRef="b" targetRef="undo"/>'


@pytest.mark.parametrize("inside", [True, False])
def test_what_undoes_sees_the_data_as_they_were_at_the_end(*, inside: bool) -> None:
    """Both what undoes a task inside, and what undoes the subprocess."""
    tied = undoing("x = loc")
    task = script("w", "loc = 3"), script("w2", "loc = 4")
    inner = start("is"), *task, end("ie"), chain("is", "w", "w2", "ie")
    if inside:
        inner = *inner, edge("b", "w", UNDO), tied
    sub = subprocess("sub", OWN, *inner)
    outer = () if inside else (edge("b", "sub", UNDO), tied)
    tried = play(start(), sub, *outer, end("e", UNDO), chain("s", "sub", "e"))
    assert (tried.status, tried.data) == ("completed", {"x": 3 if inside else 4})


def test_what_is_set_in_a_subprocess_only_is_not_kept_for_those_around() -> None:
    tied = undoing("x = v"), edge("b", "out", UNDO)
    inner = start("is") + script("w", "v = 3") + end("ie") + chain("is", "w", "ie")
    sub = subprocess("sub", '<dataObject id="d" name="v"/>', inner)
    out = subprocess("out", start("os"), sub, end("oe"), chain("os", "sub", "oe"))
    tail = script("z", "v = 9"), end("e", UNDO), chain("s", "out", "z", "e")
    assert play(start(), out, *tied, *tail, v=1).data == {"v": 9, "x": 9}


def test_a_property_belongs_to_its_activity() -> None:
    task = looping("tmp = 5\ny = tmp", '<property id="pr" name="tmp"/>')
    body = start(), task, script("z", "x = tmp"), end(), chain("s", "a", "z", "e")
    assert play(*body).data == {"x": None, "y": 5}
    assert play(*body, tmp=1).data == {"tmp": 1, "x": 1, "y": 5}


def test_a_property_of_a_task_that_sends_is_not_sent() -> None:
    sends = '<sendTask id="a" messageRef="m"><property id="pr" name="tmp"/></sendTask>'
    body = start(), sends, catch("c", PAID), end(), chain("s", "a", "c", "e")
    assert play(*body).data == {}


def test_a_property_of_a_subprocess_may_be_filled() -> None:
    own = '<property id="pr" name="tmp"/>' + into("r1", "pr")
    inner = start("is") + script("b", "got = tmp") + end("ie") + chain("is", "b", "ie")
    body = DATA, start(), subprocess("sub", own, inner), end(), chain("s", "sub", "e")
    assert play(*body, order=2).data == {"order": 2, "got": 2}


# --- what check says ---
def _sub(inner: str, own: str = OWN) -> str:
    return subprocess("sub", own, inner)


def test_data_used_outside_are_refused_with_their_line() -> None:
    spec = '<ioSpecification><dataInput id="di" name="x"/></ioSpecification>'
    body = start(), _sub(user("u")), user("a", spec + into("own_r", "di")), chain("s", "sub", "a")
    (found,) = (o for o in problems(definitions(a_process("p", *body))) if o.severity == "error")
    assert (found.rule, found.element, bool(found.line)) == ("data-outside", "a", True)
    drawn = user("a", into("own_r", "nowhere"))
    assert rules(start(), _sub(user("u")), drawn, end(), chain("s", "sub", "a", "e")) == set()


def test_a_loop_over_data_inside_it_is_refused() -> None:
    loop = (
        "<multiInstanceLoopCharacteristics><loopDataInputRef>own_r</loopDataInputRef>"
        '<inputDataItem id="x1" name="one"/></multiInstanceLoopCharacteristics>'
    )
    assert rules(start(), _sub(loop + user("u")), end(), chain("s", "sub", "e")) == {"data-outside"}


def test_data_that_others_of_their_name_hide_are_refused() -> None:
    spec = '<ioSpecification><dataInput id="di" name="x"/></ioSpecification>'
    inner = user("u", spec + into("r1", "di"))
    hidden = '<dataObject id="d9" name="order"/>'
    body = start(), end(), chain("s", "sub", "e")
    assert rules(DATA, *body, _sub(inner, hidden)) == {"data-hidden"}
    assert rules(DATA, *body, _sub(inner)) == set()


@pytest.mark.parametrize("kind", ["startEvent", "callActivity"])
def test_an_event_or_a_call_with_data_of_its_own_is_refused(kind: str) -> None:
    """Not what drawing tools put there for an end that is missing, which nobody means."""
    call = '<callActivity id="c" calledElement="q">{}</callActivity>'
    called = a_process("q", start("qs"), user("qu"), end("qe"), chain("qs", "qu", "qe"))

    def found(inner: str) -> set[str]:
        into_start = inner if kind == "startEvent" else ""
        body = (
            f'<startEvent id="s">{into_start}</startEvent>',
            call.format("" if into_start else inner),
            end(),
            chain("s", "c", "e"),
        )
        drawing = definitions(a_process("p", *body), called)
        return {one.rule for one in problems(drawing) if one.severity == "error"}

    assert found('<property id="pr" name="mine"/>') == {"data-of-event"}
    assert found('<property id="pr" name="__targetRef_placeholder"/>') == set()


def test_a_name_outside_of_the_data_it_means_is_pointed_out() -> None:
    body = start(), _sub(NOTED), script("z", "x = loc"), end(), chain("s", "sub", "z", "e")
    found = [
        (one.rule, one.element, one.severity)
        for one in problems(definitions(a_process("p", *body)))
    ]
    assert found == [("data-ended", "z", "warning")]
    sets = start(), script("y", "loc = 1"), *body[1:], chain("s", "y", "sub")
    assert "data-ended" not in {one.rule for one in problems(definitions(a_process("p", *sets)))}


def test_data_of_a_joined_process_stay_with_their_subprocess() -> None:
    diagram, _ = bpmn.read(definitions(a_process("p", start(), _sub(user("u")))), "t.bpmn")
    assert diagram is not None
    joined = renamed(diagram.main, "other@1.")
    assert joined.data_inside == {"other@1.sub": frozenset({"loc"})}
