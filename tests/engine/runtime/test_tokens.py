"""Cases whose diagrams the library cannot run: stored after every step, like all others."""

import pytest

from engine.runtime import RuntimeFault, TaskGone, TimerNotDue, complete, fire, load_program, skip
from engine.runtime.program import TokenProgram
from tests.engine.runtime.drawing import (
    boundary,
    catch,
    chain,
    cohandling,
    end,
    gateway,
    start,
    subprocess,
    timer,
    user,
    users,
)
from tests.engine.runtime.drawing import process as drawn
from tests.engine.runtime.driving import Drive, compiled

ESCALATION = '<escalationEventDefinition escalationRef="x"/>'


def by_event(definition: str, *, interrupting: bool = True) -> str:
    """Draw an event subprocess with a task."""
    flag = str(interrupting).lower()
    return (
        f'<subProcess id="ev" triggeredByEvent="true"><startEvent id="es" isInterrupting="{flag}">'
        f"{definition}</startEvent>{user('alarm')}{end('ee')}{chain('es', 'alarm', 'ee')}"
        "</subProcess>"
    )


def test_a_timer_begins_an_event_subprocess_and_interrupts_the_case() -> None:
    case = Drive(drawn(start(), user("a"), end(), chain("s", "a", "e"), by_event(timer("P5D"))))
    assert isinstance(case.program, TokenProgram)
    assert (case.open, case.waiting) == (["a"], ["es"])
    with pytest.raises(TimerNotDue):
        case.fire("es")
    case.later(days=6).fire("es")
    assert case.open == ["alarm"]
    assert case.do("alarm").step.completed
    assert case.visited == ["s", "a", "ev", "es", "alarm", "ee"]


def test_a_case_that_ends_in_time_never_sees_it() -> None:
    case = Drive(drawn(start(), user("a"), end(), chain("s", "a", "e"), by_event(timer("P5D"))))
    assert case.do("a", "done").step.completed
    assert case.step.data == {"outcome": "done"}


def test_an_escalation_out_of_a_subprocess_keeps_it_running() -> None:
    escalate = f'<intermediateThrowEvent id="t">{ESCALATION}</intermediateThrowEvent>'
    edge = (
        '<boundaryEvent id="b" attachedToRef="sub" cancelActivity="false">'
        f"{ESCALATION}</boundaryEvent>"
    )
    body = (
        start(),
        subprocess("sub", start("is"), escalate, user("a"), end("ie"), chain("is", "t", "a", "ie")),
        edge,
        user("head"),
        end(),
        end("e2"),
        chain("s", "sub", "e"),
        chain("b", "head", "e2"),
    )
    declared = drawn(*body).replace(b"<process", b'<escalation id="x" escalationCode="X"/><process')
    case = Drive(declared)
    assert sorted(case.open) == ["a", "head"]
    assert case.all("a", "head").step.completed


def test_an_event_gateway_takes_the_first_timer() -> None:
    case = Drive(
        drawn(
            start(),
            '<eventBasedGateway id="g"/>',
            catch("one", "P1D"),
            catch("five", "P5D"),
            users("a", "b"),
            end(),
            chain("s", "g", "one", "a", "e"),
            chain("g", "five", "b", "e"),
        )
    )
    assert sorted(case.waiting) == ["five", "one"]
    assert case.later(days=2).fire("one").open == ["a"]
    assert case.waiting == []


def test_a_cycle_on_an_edge_comes_again_and_missed_rounds_count_once() -> None:
    remind = boundary("t", "a", "P1D", interrupting=False)
    remind = remind.replace("<timeDuration>P1D</timeDuration>", "<timeCycle>R/P1D</timeCycle>")
    case = Drive(
        drawn(start(), user("a"), remind, '<task id="note"/>', end(), end("e2"),
              chain("s", "a", "e"), chain("t", "note", "e2"))
    )  # fmt: skip
    case.later(days=5, hours=1).fire("t")
    (waiting,) = case.step.timers
    assert waiting.due_at > case.now
    assert case.visited.count("note") == 1
    assert case.do("a").step.completed


CO = (
    start(),
    cohandling("co", start("is"), user("op"), end("ie"), chain("is", "op", "ie")),
    '<task id="note"/>',
    end(),
    chain("s", "co", "note", "e"),
)


def test_a_co_handling_has_branches_and_answers_in_order() -> None:
    case = Drive(drawn(*CO), {"parts": ["a", "b", "c"]})
    assert case.open == ["op@a", "op@b", "op@c"]
    assert [branch.item for branch in case.step.branches] == ["a", "b", "c"]
    ids = {branch.item: branch.id for branch in case.step.branches}
    case.do("op@c", "agree")
    assert {branch.item: branch.id for branch in case.step.branches}.items() < ids.items()
    step = skip(case.program, case.step.state, ids["a"], "silent", now=case.now)
    case.step = step
    case.do("op@b", "disagree")
    assert case.step.completed
    assert case.step.data["opinions"] == [
        {"department": "a", "outcome": "silent"},
        {"department": "b", "outcome": "disagree"},
        {"department": "c", "outcome": "agree"},
    ]


def test_what_is_gone_cannot_be_done_again() -> None:
    case = Drive(drawn(*CO), {"parts": ["a", "b"]})
    task = case.task("op@a")
    case.do("op@a", "agree")
    for wanted in (task.id, "nonsense"):
        with pytest.raises(TaskGone):
            complete(case.program, case.step.state, wanted, {}, now=case.now)
        with pytest.raises(TaskGone):
            fire(case.program, case.step.state, wanted, now=case.now)


def test_ids_are_unique_over_cases() -> None:
    one, two = Drive(drawn(*CO), {"parts": ["a"]}), Drive(drawn(*CO), {"parts": ["a"]})
    assert one.task("op@a").id != two.task("op@a").id


def test_a_state_of_another_version_is_refused() -> None:
    case = Drive(drawn(*CO), {"parts": ["a"]})
    other = load_program(compiled(drawn(*CO)), "another-hash")
    for state in (case.step.state, b"LBT1", b"", case.step.state[:-9]):
        with pytest.raises(RuntimeFault):
            complete(other, state, case.task("op@a").id, {}, now=case.now)


def test_a_case_that_cannot_go_on_is_a_fault_with_its_element() -> None:
    one = '<sequenceFlow id="f" sourceRef="g" targetRef="a"><conditionExpression>n &gt; 1'
    with pytest.raises(RuntimeFault) as caught:
        Drive(
            drawn(
                start(),
                '<task id="x"/>',
                gateway("exclusive", "g"),
                user("a"),
                end(),
                chain("s", "x", "g"),
                chain("a", "e"),
                f"{one}</conditionExpression></sequenceFlow>",
            ),
            {"n": 1},
        )
    assert caught.value.element == "g"
