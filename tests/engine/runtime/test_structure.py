"""Ids, missing ids, subprocesses and ends run as drawn."""

import pytest

from engine import bpmn
from engine.bpmn.compile import CompileError, compile_diagram
from engine.runtime import RuntimeFault, TaskGone, complete
from tests.engine.runtime.drawing import (
    boundary,
    catch,
    chain,
    end,
    flow,
    gateway,
    many,
    process,
    start,
    subprocess,
    user,
    users,
)
from tests.engine.runtime.driving import MORNING, Drive, compiled

TERMINATE = "<terminateEventDefinition/>"


def test_flows_without_an_id_are_followed() -> None:
    """The library ignores them silently."""
    drawing = process(
        start(), user("a"), end(), flow("s", "a", flow_id=""), flow("a", "e", flow_id="")
    )
    assert Drive(drawing).do("a").step.completed


@pytest.mark.parametrize(
    "name",
    ["Start", "End", "Root", "p.EndJoin", "b.BoundaryEventSplit", "b [child]", "drawn..1", "受理"],
)
def test_ids_that_the_machinery_uses_are_safe(name: str) -> None:
    """A task with such an id is run, and reported under its drawn id."""
    drawing = process(
        start(),
        users("a", name, "b"),
        boundary("late", "b", "P1D"),
        end(),
        end("e2"),
        chain("s", "a", name, "b", "e"),
        chain("late", "e2"),
    )
    case = Drive(drawing).do("a")
    assert case.open == [name]
    assert case.do(name).do("b").step.completed
    assert name in case.visited


def test_events_named_start_and_end_work() -> None:
    """``End`` finished the case at once in the library, ``Start`` emptied the process."""
    drawing = process(
        start("Start"),
        users("a", "b"),
        gateway("parallel", "g"),
        end("End"),
        end("other"),
        chain("Start", "g", "a", "End"),
        chain("g", "b", "other"),
    )
    case = Drive(drawing).do("a")
    assert not case.step.completed
    assert case.open == ["b"]
    assert case.do("b").step.completed
    assert {"Start", "End", "other"} <= set(case.visited)


def test_nested_subprocesses_run_inside_out() -> None:
    """The outer task opens after the innermost one is done."""
    drawing = process(
        start(),
        subprocess(
            "outer",
            start("os"),
            subprocess("inner", start("is"), user("a"), end("ie"), chain("is", "a", "ie")),
            user("b"),
            end("oe"),
            chain("os", "inner", "b", "oe"),
        ),
        user("c"),
        end(),
        chain("s", "outer", "c", "e"),
    )
    case = Drive(drawing)
    assert case.open == ["a"]
    assert case.task("a").branch is None
    assert case.do("a", "x", noted=1).open == ["b"]
    assert case.do("b").open == ["c"]
    assert case.step.data["noted"] == 1
    assert case.do("c").step.completed


def test_a_terminate_end_cancels_everything_else() -> None:
    """At the top it ends the case; the trace names what was cancelled."""
    drawing = process(
        start(),
        users("a", "b"),
        gateway("parallel", "g"),
        end("e"),
        end("stop", TERMINATE),
        subprocess("sub", start("ss"), user("c"), end("se"), chain("ss", "c", "se")),
        chain("s", "g", "a", "stop"),
        chain("g", "b", "e"),
        chain("g", "sub", "e"),
    )
    case = Drive(drawing)
    assert case.open == ["a", "b", "c"]
    case.do("a", "x")
    assert case.step.completed
    assert case.open == []
    cancelled = {entry.element for entry in case.step.trace if entry.event == "cancelled"}
    assert cancelled == {"b", "c", "sub"}


def test_a_terminate_end_inside_a_subprocess_ends_only_that() -> None:
    """The case goes on behind the subprocess."""
    drawing = process(
        start(),
        subprocess(
            "sub",
            start("ss"),
            gateway("parallel", "g"),
            users("a", "b"),
            end("stop", TERMINATE),
            end("se"),
            chain("ss", "g", "a", "stop"),
            chain("g", "b", "se"),
        ),
        user("c"),
        end(),
        chain("s", "sub", "c", "e"),
    )
    case = Drive(drawing).do("a")
    assert case.open == ["c"]
    assert case.do("c").step.completed


def test_a_task_without_a_way_on_ends_its_path() -> None:
    """BPMN's implicit end: the library never completes such a case."""
    drawing = process(start(), user("a"), chain("s", "a"))
    assert Drive(drawing).do("a").step.completed


def test_a_done_task_is_gone() -> None:
    """Completing it again, or anything in a completed case, is a conflict."""
    drawing = process(start(), users("a", "b"), end(), chain("s", "a", "b", "e"))
    case = Drive(drawing)
    first = case.task("a").id
    case.do("a")
    for task_id in (first, "no-id", "00000000-0000-0000-0000-000000000000"):
        with pytest.raises(TaskGone):
            complete(case.program, case.step.state, task_id, {}, now=MORNING)
    last = case.task("b").id
    case.do("b")
    with pytest.raises(TaskGone):
        complete(case.program, case.step.state, last, {}, now=MORNING)


def test_ids_of_open_tasks_stay_the_same_over_saves() -> None:
    """A task row of ours can be tied to it."""
    drawing = process(
        start(),
        users("a", "b"),
        gateway("parallel", "g"),
        gateway("parallel", "j"),
        end(),
        chain("s", "g", "a", "j", "e"),
        chain("g", "b", "j"),
    )
    case = Drive(drawing)
    before = case.task("b").id
    assert case.do("a").task("b").id == before


@pytest.mark.parametrize(
    ("element", "word"),
    [
        ('<serviceTask id="x"/>', "serviceTask"),
        ('<userTask id="x"><standardLoopCharacteristics/></userTask>', "loops"),
        ('<subProcess id="x" triggeredByEvent="true"><startEvent id="y"/></subProcess>', "Event"),
        ('<endEvent id="x"><signalEventDefinition/></endEvent>', "end event"),
        ('<intermediateCatchEvent id="x"><linkEventDefinition/></intermediateCatchEvent>', "timer"),
        ('<scriptTask id="x" scriptFormat="python"><script>a = 1</script></scriptTask>', "FEEL"),
        ('<scriptTask id="x" scriptFormat="feel"><script>1 + 1</script></scriptTask>', "line"),
        ('<businessRuleTask id="x"/>', "decisionRef"),
        (
            (
                '<businessRuleTask id="x" camunda:decisionRef="d" camunda:resultVariable="r" '
                'camunda:mapDecisionResult="other"/>'
            ),
            "mapDecisionResult",
        ),
        (f'<scriptTask id="x">{many("parts")}<script>a = 1</script></scriptTask>', "loop"),
        ('<userTask id="x"><timerEventDefinition/></userTask>', "event"),
        ('<endEvent id="x"/><sequenceFlow id="n" sourceRef="x" targetRef="e"/>', "lead on"),
        ('<subProcess id="x"/>', "exactly one start"),
        (
            '<userTask id="x"><multiInstanceLoopCharacteristics/></userTask>',
            "collection or a cardinality",
        ),
        (
            (
                '<userTask id="x"><multiInstanceLoopCharacteristics camunda:collection="parts">'
                "<completionCondition>true</completionCondition>"
                "</multiInstanceLoopCharacteristics></userTask>"
            ),
            "completion conditions",
        ),
        (
            (
                '<userTask id="x"><multiInstanceLoopCharacteristics camunda:collection="parts">'
                "<loopDataOutputRef>out</loopDataOutputRef>"
                "</multiInstanceLoopCharacteristics></userTask>"
            ),
            "output is not complete",
        ),
        (catch("x", "soon"), "not a time"),
        (catch("x", "R3/PT1H", "timeCycle"), "no cycle"),
        (catch("x", "2026-99-99", "timeDate"), "not a time"),
    ],
)
def test_what_we_cannot_run_is_refused_not_run_otherwise(element: str, word: str) -> None:
    """The refusal names the element and its line."""
    drawing = process(start(), element, end(), chain("s", "x"))
    diagram, _ = bpmn.read(drawing, "test.bpmn")
    assert diagram is not None
    with pytest.raises(CompileError, match=word) as caught:
        compile_diagram(diagram)
    assert caught.value.element == "x"
    assert caught.value.line == 1


def test_a_gateways_flow_without_condition_is_refused() -> None:
    """Only one flow, the default, may have none."""
    drawing = process(
        start(), gateway("exclusive", "g"), end(), end("e2"), chain("s", "g", "e"),
        flow("g", "e2", flow_id="bare"),
    )  # fmt: skip
    with pytest.raises(CompileError, match="no condition"):
        compiled(drawing)


def test_a_flow_into_a_subprocess_is_refused() -> None:
    """Flows stay on their level."""
    inside = subprocess("sub", start("ss"), user("a"), end("se"), chain("ss", "a", "se"))
    drawing = process(start(), inside, end(), chain("s", "sub", "e"), flow("s", "a", flow_id="in"))
    with pytest.raises(CompileError, match="cannot cross") as caught:
        compiled(drawing)
    assert caught.value.element == "in"


def test_the_compiled_xml_holds_no_foreign_facts() -> None:
    """Nothing of the dialect is left for the library to read."""
    diagram, _ = bpmn.read(
        process(start(), user("a", many("parts")), end(), chain("s", "a", "e")), "test.bpmn"
    )
    assert diagram is not None
    xml = bpmn.compile_process(diagram)
    assert b"camunda" not in xml
    assert b"extensionElements" not in xml


def test_a_condition_on_a_flow_out_of_a_task_is_refused() -> None:
    """The library ignores it and goes on."""
    drawing = process(start(), user("a"), end(), chain("s", "a"), flow("a", "e", "false", "f"))
    diagram, _ = bpmn.read(drawing, "test.bpmn")
    assert diagram is not None
    with pytest.raises(CompileError, match="Only flows of"):
        compile_diagram(diagram)


@pytest.mark.parametrize(
    ("extra", "element"),
    [
        (user("lost"), "lost"),
        (users("one", "two") + chain("one", "two", "one"), "one"),
        (boundary("b", "s", "P1D"), "b"),
        (boundary("b", "nowhere", "P1D"), "b"),
        (flow("a", "s", flow_id="back"), "back"),
        (flow("a", "nowhere", flow_id="off"), "off"),
        (gateway("exclusive", "g", "elsewhere") + chain("g", "e"), "g"),
        (start("second") + chain("second", "a"), None),
    ],
)
def test_what_the_parser_would_leave_out_or_misread_is_refused(
    extra: str, element: str | None
) -> None:
    """Nothing that was drawn may silently not run."""
    drawing = process(start(), user("a"), end(), chain("s", "a", "e"), extra)
    with pytest.raises((CompileError, RuntimeFault)) as caught:
        compiled(drawing)
    assert element is None or caught.value.element == element
