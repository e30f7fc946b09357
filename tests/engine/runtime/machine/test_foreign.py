"""What designers bring from other tools runs as those tools say, or is refused with its reason."""

import pytest

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
    definitions,
    edge,
    entered,
    event,
    play,
    play_all,
    problems,
    rules,
    story,
    throw,
    waiting,
)

INNER = '<signal id="sg" name="Stop" flowable:scope="processInstance"/>'


def passed(*mappings: str) -> str:
    """Draw a call of ``q`` with its mappings."""
    inner = f"<extensionElements>{''.join(mappings)}</extensionElements>"
    return f'<callActivity id="c" calledElement="q">{inner}</callActivity>'


def data_object(kind: str, value: str) -> str:
    """Draw a data object with a value to begin with."""
    inner = f"<extensionElements><flowable:value>{value}</flowable:value></extensionElements>"
    return f'<dataObject id="d" name="given" itemSubjectRef="xsd:{kind}">{inner}</dataObject>'


@pytest.mark.parametrize(
    ("kind", "text", "value"),
    [
        ("boolean", "true", True),
        ("int", "7", 7),
        ("double", "2.5", 2.5),
        ("string", "12", "12"),
        ("int", "many", "many"),
    ],
)
def test_a_data_object_begins_with_the_value_that_is_written_on_it(
    kind: str, text: str, value: object
) -> None:
    body = data_object(kind, text), start(), user("a"), end(), chain("s", "a", "e")
    assert play(*body).data == {"given": value}
    assert play(*body, given="mine").data == {"given": "mine"}


def test_a_data_object_in_a_subprocess_cannot_begin_with_a_value() -> None:
    inside = data_object("int", "1") + user("a")
    assert rules(f'<subProcess id="sub">{inside}</subProcess>') == {"not-run"}


def test_a_signal_may_stay_inside_the_process_that_throws_it() -> None:
    signal = '<signalEventDefinition signalRef="sg"/>'
    listens = a_process("q", start("s2"), catch("far", signal), end("e2"), chain("s2", "far", "e2"))
    throws = a_process(
        "p",
        start(),
        gateway("parallel", "g"),
        '<callActivity id="c" calledElement="q"/>',
        catch("near", signal),
        user("u"),
        throw("t", signal),
        end(),
        chain("s", "g", "c"),
        chain("g", "near"),
        chain("g", "u", "t", "e"),
    )
    steps = [{"complete": "u"}]
    inner = play_all(throws, listens, declared=INNER, steps=steps)
    assert "-near" in story(inner)
    assert waiting(inner) == ["far"]
    everybody = play_all(throws, listens, steps=steps)
    assert (everybody.status, "-far" in story(everybody)) == ("completed", True)


def test_a_call_passes_null_for_what_nobody_has_set() -> None:
    out = '<camunda:out source="result" target="mine"/>'
    key = '<camunda:in businessKey="#{execution.processBusinessKey}"/>'
    drawn = (
        a_process("p", start(), passed(key, out), end(), chain("s", "c", "e")),
        a_process("q", start("s2"), user("a"), end("e2"), chain("s2", "a", "e2")),
    )
    assert play_all(*drawn, auto=True).data == {"mine": None}
    done = [{"complete": "a", "answers": {"result": 3}}]
    assert play_all(*drawn, steps=done, businessKey="K1").data == {"businessKey": "K1", "mine": 3}


def test_a_text_with_expressions_among_its_words_is_refused() -> None:
    given = '<camunda:inputParameter name="x">Dear ${name}</camunda:inputParameter>'
    inner = f"<camunda:inputOutput>{given}</camunda:inputOutput>"
    body = user("a", f"<extensionElements>{inner}</extensionElements>")
    assert rules(start(), body, end(), chain("s", "a", "e")) == {"bad-mapping"}


def test_a_service_tasks_expression_is_computed_where_it_can_be_read() -> None:
    for attributes, found in (
        ('camunda:expression="${sum * 2}" camunda:resultVariable="r"', {"sum": 4, "r": 8}),
        ('flowable:expression="${sum}" flowable:resultVariableName="r"', {"sum": 4, "r": 4}),
        ('camunda:expression="${sum % 3}" camunda:resultVariable="r"', {"sum": 4, "r": 1}),
        ('camunda:expression="${sum mod 3}" camunda:resultVariable="r"', {"sum": 4, "r": 1}),
        ('camunda:expression="${bean.run(sum)}" camunda:resultVariable="r"', {"sum": 4}),
        ('camunda:delegateExpression="${bean}"', {"sum": 4}),
    ):
        body = start(), f'<serviceTask id="a" {attributes}/>', end(), chain("s", "a", "e")
        assert play(*body, sum=4).data == found


def test_a_script_task_without_a_script_is_a_task_without_a_kind() -> None:
    body = start(), '<scriptTask id="a"/>', end(), chain("s", "a", "e")
    assert entered(play(*body)) == ["s", "a", "e"]
    for elsewhere in ('camunda:resource="x.groovy"', 'scriptFormat="feel"'):
        task = f'<scriptTask id="a" {elsewhere}/>'
        assert rules(start(), task, end(), chain("s", "a", "e")) == {"script-line"}
    empty = "<extensionElements><zeebe:script expression='=1'/></extensionElements>"
    task = f'<scriptTask id="a">{empty}</scriptTask>'
    assert rules(start(), task, end(), chain("s", "a", "e")) == {"script-line"}


@pytest.mark.parametrize("word", ["true", "null", "if", "for", "between", "function"])
def test_a_word_of_the_expression_language_names_no_variable(word: str) -> None:
    """No expression could ever read it."""
    body = start(), script("a", f"{word} = 1"), end(), chain("s", "a", "e")
    assert rules(*body) == {"bad-name"}
    asked = f'<businessRuleTask id="a" camunda:decisionRef="d" camunda:resultVariable="{word}"/>'
    assert "bad-name" in rules(start(), asked, end(), chain("s", "a", "e"))
    assert rules(start(), script("a", f"is_{word} = 1"), end(), chain("s", "a", "e")) == set()


@pytest.mark.parametrize(
    ("language", "text", "wrong"),
    [
        ("http://www.java.com/java", "sum > 5", {"expression-language"}),
        ("groovy", "sum > 5", {"expression-language"}),
        ("groovy", "${sum > 5}", set()),
        ("https://www.omg.org/spec/DMN/20191111/FEEL/", "sum > 5", set()),
        ("juel", "${sum > 5}", set()),
        ("http://www.w3.org/1999/XPath", "${sum > 5}", set()),
        ("", "sum > 5", set()),
    ],
)
def test_an_expression_in_another_language_is_refused_even_if_it_could_be_feel(
    language: str, text: str, wrong: set[str]
) -> None:
    found = rules(
        start(),
        gateway("exclusive", "g", "d"),
        users("x", "y"),
        flow("s", "g"),
        '<sequenceFlow id="f" sourceRef="g" targetRef="x"><conditionExpression '
        f'language="{language}">{text.replace(">", "&gt;")}</conditionExpression></sequenceFlow>',
        flow("g", "y", flow_id="d"),
    )
    assert found == wrong


def test_a_setting_without_a_value_is_no_setting() -> None:
    body = '<userTask id="a" flowable:skipExpression=""/>'
    assert rules(start(), body, end(), chain("s", "a", "e")) == set()


def test_the_end_of_a_cycle_is_refused_for_itself() -> None:
    cycle = '<timeCycle flowable:endDate="2026-12-31T00:00:00">R/PT5M</timeCycle>'
    timed = f"<timerEventDefinition>{cycle}</timerEventDefinition>"
    body = start(), user("a"), edge("b", "a", timed, interrupting=False), users("x")
    drawn = definitions(a_process("p", *body, end(), chain("s", "a", "e"), chain("b", "x", "e")))
    found = [one for one in problems(drawn) if one.severity == "error"]
    assert [(one.rule, one.element) for one in found] == [("not-run", "b")]
    assert "endDate" in found[0].message.en


def test_an_event_that_says_nothing_is_told_so() -> None:
    drawn = definitions(a_process("p", start(), catch("c", ""), end(), chain("s", "c", "e")))
    (found,) = (one for one in problems(drawn) if one.severity == "error")
    assert (
        found.message.en
        == "The intermediate catch event 'c' does not say what kind of event it is."
    )


def test_a_receive_task_with_a_computed_message_is_refused() -> None:
    message = '<message id="m" name="order-${id}"/>'
    body = start(), '<receiveTask id="r" messageRef="m"/>', end(), chain("s", "r", "e")
    found = problems(definitions(a_process("p", *body), declared=message))
    assert [(one.rule, one.element) for one in found] == [("computed-name", "r")]
    lost = start(), '<sendTask id="r" messageRef="lost"/>', end(), chain("s", "r", "e")
    assert rules(*lost) == {"dangling-reference"}


@pytest.mark.parametrize("kind", ["error", "cancel"])
def test_what_always_interrupts_cannot_be_drawn_otherwise(kind: str) -> None:
    thrown = f'<endEvent id="x">{event("cancel")}</endEvent>'
    inside = f'<transaction id="t">{start("s2")}{user("u")}{thrown}{chain("s2", "u", "x")}'
    reference = {"errorRef": "er"} if kind == "error" else {}
    caught = edge("b", "t", event(kind, **reference), interrupting=False)
    if kind == "error":
        inside = inside.replace("<cancelEventDefinition />", "")
    body = start(), f"{inside}</transaction>", caught, end(), end("f"), chain("s", "t", "e")
    assert rules(*body, chain("b", "f")) == {"unsupported"}


def test_an_edge_of_an_event_subprocess_is_told_as_such() -> None:
    inner = f'<startEvent id="m">{event("message", messageRef="m")}</startEvent>'
    handler = by_event("h", inner, user("a"), chain("m", "a"))
    body = start(), user("u"), handler, edge("b", "h", timer("PT1H")), end(), chain("s", "u", "e")
    assert "boundary-host" in rules(*body, user("x"), chain("b", "x", "e"))


def test_a_listener_is_told_at_the_element_it_listens_to() -> None:
    for inner in (
        (
            '<zeebe:taskListeners><zeebe:taskListener eventType="creating" type="x"/>'
            "</zeebe:taskListeners>"
        ),
        '<camunda:taskListener event="create" class="x"/>',
    ):
        task = user("a", f"<extensionElements>{inner}</extensionElements>")
        found = problems(definitions(a_process("p", start(), task, end(), chain("s", "a", "e"))))
        assert [(one.rule, one.element) for one in found] == [("not-run", "a")]


def test_an_inclusive_join_in_a_loop_beside_a_parallel_one_is_no_deadlock() -> None:
    conditions = {"c": "again", "d": "not(again)"}
    ways = "".join(
        f'<sequenceFlow id="f{to}" sourceRef="i" targetRef="{to}"><conditionExpression>'
        f"{text}</conditionExpression></sequenceFlow>"
        for to, text in conditions.items()
    )
    body = (
        start(),
        '<manualTask id="n"/>',
        gateway("parallel", "split"),
        gateway("inclusive", "i"),
        gateway("inclusive", "j"),
        gateway("parallel", "k"),
        gateway("exclusive", "x", "last"),
        users("a", "b", "c", "d", "z"),
        end(),
        chain("s", "n", "split", "a", "i"),
        chain("split", "b", "k"),
        ways,
        chain("c", "j"),
        chain("d", "j"),
        chain("j", "k", "z", "x"),
        flow("x", "e", flow_id="last"),
        (
            '<sequenceFlow id="again" sourceRef="x" targetRef="n"><conditionExpression>again'
            "</conditionExpression></sequenceFlow>"
        ),
    )
    assert problems(definitions(a_process("p", *body))) == []
    steps = [{"complete": name} for name in "acbz"]
    tried = play(*body, steps=steps, again=True)
    assert waiting(tried) == ["a", "b"]
    assert story(tried, "j", "k") == ["+j", "-j", "+k", "-k"]
