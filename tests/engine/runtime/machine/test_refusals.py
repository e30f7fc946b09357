"""What is not run as drawn is refused with line, reason and remedy; what looks odd runs."""

import pytest

from tests.engine.runtime.drawing import chain, end, start, subprocess, timer, user, users
from tests.engine.runtime.machine.playing import (
    a_process,
    catch,
    definitions,
    edge,
    event,
    play,
    problems,
    rules,
    throw,
    waiting,
)

PAID = event("message", messageRef="m")
LINK = event("link", name="L")
CALL = '<callActivity id="c" calledElement="p" camunda:calledElementBinding="version"/>'
MANY = (
    '<multiInstanceLoopCharacteristics behavior="Complex"><loopCardinality>2</loopCardinality>'
    "</multiInstanceLoopCharacteristics>"
)
MAIL = '<zeebe:taskDefinition type="mail"/>'
TWO_TIMES = (
    "<timerEventDefinition><timeDate>2030-01-01T00:00:00Z</timeDate>"
    "<timeDuration>PT1H</timeDuration></timerEventDefinition>"
)
REFUSED = {
    "binding": ([start(), CALL, user("a"), end(), chain("s", "a", "c", "e")], "not-run"),
    "behavior": ([start(), user("a", MANY), end(), chain("s", "a", "e")], "not-run"),
    "quantity": (
        [start(), '<task id="a" completionQuantity="0"/>', end(), chain("s", "a", "e")],
        "bad-quantity",
    ),
    "several definitions": (
        [start(), catch("c", PAID + LINK), end(), chain("s", "c", "e")],
        "several-definitions",
    ),
    "parallel event gateway": (
        [
            start(),
            '<eventBasedGateway id="g" eventGatewayType="Parallel"/>',
            catch("c", PAID),
            end(),
            chain("s", "g", "c", "e"),
        ],
        "not-run",
    ),
    "starting event gateway": (
        [
            '<eventBasedGateway id="g" instantiate="true"/>',
            catch("c", timer("P1D")),
            chain("g", "c"),
        ],
        "unsupported",
    ),
    "error in the flow": (
        [start(), catch("c", event("error", errorRef="er")), end(), chain("s", "c", "e")],
        "unsupported",
    ),
    "error at the start": (
        [
            f'<startEvent id="s">{event("error", errorRef="er")}</startEvent>',
            end(),
            chain("s", "e"),
        ],
        "unsupported",
    ),
    "message start inside": (
        [
            start(),
            subprocess(
                "sub", f'<startEvent id="is">{PAID}</startEvent>', end("ie"), chain("is", "ie")
            ),
            end(),
            chain("s", "sub", "e"),
        ],
        "unsupported",
    ),
    "edge of a gateway": (
        [
            start(),
            '<parallelGateway id="g"/>',
            edge("x", "g", PAID),
            users("a", "b"),
            chain("s", "g", "a"),
            chain("x", "b"),
        ],
        "boundary-host",
    ),
    "javascript": (
        [
            start(),
            '<scriptTask id="a" scriptFormat="javascript"><script>1</script></scriptTask>',
            end(),
            chain("s", "a", "e"),
        ],
        "script-format",
    ),
    "a loop without exit": (
        [start(), '<exclusiveGateway id="g"/>', user("a"), chain("s", "g", "a", "g")],
        "no-way-out",
    ),
    "nothing leads there": (
        [start(), users("a", "b"), end(), chain("s", "a", "e"), chain("b", "e")],
        "unreachable",
    ),
    "unknown element": (
        [start(), '<wizardTask id="w"/>', end(), chain("s", "e")],
        "unknown-element",
    ),
    "misspelt loop": (
        [
            start(),
            user("a", "<multiInstanceLoopCharacteristic/>"),
            end(),
            chain("s", "a", "e"),
        ],
        "unknown-element",
    ),
    "two loops": (
        [
            start(),
            user("a", f"<standardLoopCharacteristics/>{MANY}"),
            end(),
            chain("s", "a", "e"),
        ],
        "said-twice",
    ),
    "two times": (
        [
            start(),
            catch("c", TWO_TIMES),
            end(),
            chain("s", "c", "e"),
        ],
        "said-twice",
    ),
    "no such definition": (
        [
            start(),
            catch("c", "<eventDefinitionRef>nobody</eventDefinitionRef>"),
            end(),
            chain("s", "c", "e"),
        ],
        "dangling-reference",
    ),
    "message without a name": (
        [start(), throw("t", "<messageEventDefinition/>"), end(), chain("s", "t", "e")],
        "missing-name",
    ),
    "cycle that does not go on": (
        [
            start(),
            user("a"),
            edge("x", "a", timer("R3/PT0S", "timeCycle"), interrupting=False),
            users("b"),
            end(),
            chain("s", "a", "e"),
            chain("x", "b"),
        ],
        "timer-text",
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_it_is_refused(case: str) -> None:
    body, rule = REFUSED[case]
    assert rule in rules(*body)
    found = problems(definitions(a_process("p", *body)))
    assert all(one.line and one.element and one.message.en and one.hint.zh for one in found)


def test_a_message_that_a_program_outside_sends_needs_no_name() -> None:
    """As the dialects write it, at the definition or at the event."""
    for inner in (
        '<messageEventDefinition camunda:type="external" camunda:topic="mail"/>',
        f"<extensionElements>{MAIL}</extensionElements><messageEventDefinition/>",
    ):
        tried = play(start(), throw("t", inner), end(), chain("s", "t", "e"))
        assert tried.status == "completed"


def test_two_tokens_on_each_way_into_a_join_are_no_deadlock() -> None:
    """It opens twice; what is not sure is warned of."""
    body = (
        start(), '<parallelGateway id="g"/>', users("a", "b", "c", "d", "left", "right"),
        '<parallelGateway id="j"/>', end(), chain("s", "g", "a", "left", "j", "e"),
        chain("g", "b", "left"), chain("g", "c", "right", "j"), chain("g", "d", "right"),
    )  # fmt: skip
    assert rules(*body) == set()
    steps = [{"complete": name} for name in ("a", "b", "c", "d", "left", "left", "right", "right")]
    assert play(*body, steps=steps).status == "completed"
    lacking = (
        start(), '<exclusiveGateway id="g"/>', users("a", "b"), '<parallelGateway id="j"/>', end(),
        chain("s", "g", "a", "j", "e"), chain("g", "b", "j"),
    )  # fmt: skip
    assert "deadlock" in rules(*lacking)


def test_names_the_library_uses_itself_are_free() -> None:
    tried = play(start("Start"), user("Root"), end("End"), chain("Start", "Root", "End"), auto=True)
    assert tried.status == "completed"


def test_a_flow_needs_no_id() -> None:
    tried = play(
        start(),
        user("a"),
        end(),
        '<sequenceFlow sourceRef="s" targetRef="a"/><sequenceFlow sourceRef="a" targetRef="e"/>',
    )
    assert waiting(tried) == ["a"]


def test_a_definition_may_stand_beside_the_process() -> None:
    drawing = definitions(
        a_process(
            "p",
            start(),
            catch("c", "<eventDefinitionRef>md</eventDefinitionRef>"),
            end(),
            chain("s", "c", "e"),
        ),
        '<messageEventDefinition id="md" messageRef="m"/>',
    )
    assert problems(drawing) == []


def test_a_long_chain_runs() -> None:
    names = [f"t{number}" for number in range(1200)]
    tasks = "".join(f'<task id="{name}"/>' for name in names)
    tried = play(start(), tasks, end(), chain("s", *names, "e"))
    assert tried.status == "completed"


def test_an_automatic_loop_that_never_rests_is_stopped() -> None:
    tried = play(
        start(),
        '<exclusiveGateway id="m0"/><task id="a"/><exclusiveGateway id="g" default="back"/>',
        end(),
        chain("s", "m0", "a", "g"),
        '<sequenceFlow id="back" sourceRef="g" targetRef="m0"/><sequenceFlow id="on" sourceRef="g" '
        'targetRef="e"><conditionExpression>n &gt; 1</conditionExpression></sequenceFlow>',
        n=0,
    )
    assert (tried.status, tried.data) == ("failed", {"n": 0})
