"""Facts that the dialects of other engines spell in their own ways."""

import pytest

from tests.engine.runtime.drawing import chain, end, flow, gateway, start, user, users
from tests.engine.runtime.machine.playing import entered, play, rules, waiting

LOOPS = {
    "camunda": '<multiInstanceLoopCharacteristics camunda:collection="items" '
    'camunda:elementVariable="one" isSequential="true">{}</multiInstanceLoopCharacteristics>',
    "flowable": '<multiInstanceLoopCharacteristics flowable:collection="${{items}}" '
    'flowable:elementVariable="one" isSequential="true">{}</multiInstanceLoopCharacteristics>',
    "zeebe": '<multiInstanceLoopCharacteristics isSequential="true"><extensionElements>'
    '<zeebe:loopCharacteristics inputCollection="=items" inputElement="one"/>'
    "</extensionElements>{}</multiInstanceLoopCharacteristics>",
    "standard": '<multiInstanceLoopCharacteristics isSequential="true"><loopDataInputRef>items'
    '</loopDataInputRef><inputDataItem name="one"/>{}</multiInstanceLoopCharacteristics>',
}


@pytest.mark.parametrize("dialect", LOOPS)
def test_a_loop_over_a_collection_is_read_in_every_dialect(dialect: str) -> None:
    body = start(), user("a", LOOPS[dialect].format("")), end(), chain("s", "a", "e")
    tried = play(*body, items=["x", "y"], auto=True)
    assert (tried.status, entered(tried).count("a")) == ("completed", 2)


@pytest.mark.parametrize("dialect", LOOPS)
def test_a_completion_condition_may_be_written_in_either_language(dialect: str) -> None:
    for text in ("${nrOfCompletedInstances == 1}", "= nrOfCompletedInstances = 1"):
        asked = f"<completionCondition>{text}</completionCondition>"
        body = start(), user("a", LOOPS[dialect].format(asked)), end(), chain("s", "a", "e")
        tried = play(*body, items=["x", "y"], auto=True)
        assert (tried.status, entered(tried).count("a")) == ("completed", 1)


def test_the_camunda_family_counts_runs_from_0_and_others_from_1() -> None:
    for dialect, first in (("camunda", 0), ("flowable", 0), ("zeebe", 1), ("standard", 1)):
        asked = f"<completionCondition>loopCounter = {first}</completionCondition>"
        body = start(), user("a", LOOPS[dialect].format(asked)), end(), chain("s", "a", "e")
        tried = play(*body, items=["x", "y"], auto=True)
        assert entered(tried).count("a") == 1


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("${approved}", "x"),
        ("#{approved}", "x"),
        ("${!approved}", "y"),
        ("${approved == true}", "x"),
        ("${amount &gt; 100 &amp;&amp; approved}", "x"),
        ("${amount gt 300 or approved}", "x"),
        ("${order.kind == 'a'}", "x"),
        ("${missing == null}", None),
        ("= approved", "x"),
        ("approved", "x"),
    ],
)
def test_conditions_of_other_engines_are_understood(text: str, left: str | None) -> None:
    tried = play(
        start(),
        gateway("exclusive", "g", "d"),
        users("x", "y"),
        flow("s", "g"),
        '<sequenceFlow id="f" sourceRef="g" targetRef="x"><conditionExpression>'
        f"{text}</conditionExpression></sequenceFlow>",
        flow("g", "y", flow_id="d"),
        approved=True,
        amount=200,
        order={"kind": "a"},
    )
    assert waiting(tried) == ([left] if left else [])


@pytest.mark.parametrize("text", ["${bean.run()}", "${a + b}", "${a =~ b}"])
def test_what_cannot_be_translated_is_refused(text: str) -> None:
    found = rules(
        start(),
        gateway("exclusive", "g", "d"),
        users("x", "y"),
        flow("s", "g"),
        flow("g", "x", text),
        flow("g", "y", flow_id="d"),
    )
    assert found == {"not-feel"}


@pytest.mark.parametrize(
    "task",
    [
        '<userTask id="a" camunda:dueDate="2026-03-05T09:00:00+08:00"/>',
        '<userTask id="a" flowable:dueDate="${due}"/>',
        (
            '<userTask id="a"><extensionElements><zeebe:taskSchedule dueDate="=due"/>'
            "</extensionElements></userTask>"
        ),
    ],
)
def test_a_due_date_is_told_but_ends_nothing(task: str) -> None:
    body = start(), task, end(), chain("s", "a", "e")
    tried = play(*body, due="2026-03-05T09:00:00+08:00", steps=[{"advance": "P9D"}])
    ((element, _, due),) = tried.waiting
    assert (element, due.isoformat() if due else None) == ("a", "2026-03-05T01:00:00+00:00")


def test_a_script_with_a_result_variable_is_one_expression() -> None:
    one = (
        '<scriptTask id="f" scriptFormat="feel" camunda:resultVariable="total"><script>\n'
        "price *\n 2</script></scriptTask>"
    )
    assert play(start(), one, end(), chain("s", "f", "e"), price=3).data == {"price": 3, "total": 6}


def test_mapped_inputs_are_seen_inside_only_and_outputs_outside() -> None:
    mapping = (
        '<extensionElements><zeebe:ioMapping><zeebe:input source="=n + 1" target="mine"/>'
        '<zeebe:output source="=mine + given" target="total"/></zeebe:ioMapping>'
        "</extensionElements>"
    )
    tried = play(
        start(),
        user("a", mapping),
        end(),
        chain("s", "a", "e"),
        n=1,
        steps=[{"complete": "a", "answers": {"given": 5}}],
    )
    assert tried.data == {"n": 1, "total": 7}


def test_parameters_of_camunda_are_text_or_expressions() -> None:
    mapping = (
        '<extensionElements><camunda:inputOutput><camunda:inputParameter name="mine">${n}'
        '</camunda:inputParameter><camunda:outputParameter name="kept">plain text'
        "</camunda:outputParameter></camunda:inputOutput></extensionElements>"
    )
    tried = play(start(), user("a", mapping), end(), chain("s", "a", "e"), n=1, auto=True)
    assert tried.data == {"n": 1, "kept": "plain text"}


@pytest.mark.parametrize("kind", ["executionListener", "taskListener", "connector"])
def test_programs_of_other_engines_are_refused(kind: str) -> None:
    inner = f'<extensionElements><camunda:{kind} class="x.Y"/></extensionElements>'
    assert rules(start(), user("a", inner), end(), chain("s", "a", "e")) == {"not-run"}


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("0532", "0532"),
        ("1.50", "1.50"),
        ("110101199003078515", "110101199003078515"),
        ("true", "true"),
        (" x ", "x"),
        ("", None),
        ("=0532 + 1", 533),
        ("${n + 1}", 6),
    ],
)
@pytest.mark.parametrize("kind", ["inputParameter", "outputParameter"])
def test_a_literal_parameter_of_camunda_is_a_text_whatever_it_looks_like(
    kind: str, written: str, value: object
) -> None:
    given = f'<camunda:{kind} name="x">{written}</camunda:{kind}>'
    if kind == "inputParameter":
        given += '<camunda:outputParameter name="x">${x}</camunda:outputParameter>'
    mapping = f"<camunda:inputOutput>{given}</camunda:inputOutput>"
    task = user("a", f"<extensionElements>{mapping}</extensionElements>")
    tried = play(start(), task, end(), chain("s", "a", "e"), n=5, auto=True)
    assert tried.data == {"n": 5, "x": value}


def test_a_literal_parameter_is_compared_as_a_number_with_numbers() -> None:
    given = '<camunda:outputParameter name="n">5</camunda:outputParameter>'
    mapping = f"<camunda:inputOutput>{given}</camunda:inputOutput>"
    tried = play(
        start(),
        user("a", f"<extensionElements>{mapping}</extensionElements>"),
        gateway("exclusive", "g", "d"),
        users("x", "y"),
        chain("s", "a", "g"),
        flow("g", "x", "${n > 3}"),
        flow("g", "y", flow_id="d"),
        steps=[{"complete": "a"}],
    )
    assert waiting(tried) == ["x"]
