"""How a diagram must hang together, and what it may be made of."""

import pytest

from tests.engine.bpmn.diagrams import (
    SIMPLE,
    chain,
    check,
    end,
    file,
    flow,
    node,
    rules,
    start,
    user,
)

TIMER = "<bpmn:timerEventDefinition><bpmn:time{0}>{1}</bpmn:time{0}></bpmn:timerEventDefinition>"


def gate(kind: str, identity: str, default: str = "") -> str:
    """Write a gateway."""
    return node(f"{kind}Gateway", identity, more=f'default="{default}"' if default else "")


def test_a_plain_process_has_no_problem() -> None:
    """Start, one task, end."""
    assert check(file(*SIMPLE)) == []


def test_all_problems_come_at_once_in_the_order_of_the_file() -> None:
    """Several faults of different kinds, each with a line, both languages and a remedy."""
    data = file(
        user("a", act="", limit="soon"),
        user("lost", "nobody"),
        end(),
        flow("a", "gone"),
    )
    found = check(data)
    assert {"no-start", "no-act", "bad-limit", "no-role", "dangling-flow", "no-start-form"} <= {
        p.rule for p in found
    }
    lines = [p.line for p in found]
    assert lines == sorted(lines, key=lambda line: line or 0)
    assert all(p.message.zh and p.message.en and p.hint.zh and p.hint.en for p in found)
    assert all(p.file == "t.bpmn" and p.line for p in found)


@pytest.mark.parametrize(
    ("rule", "pieces"),
    [
        ("no-start", (user("a"), end(), chain("a", "end"))),
        ("several-starts", (*SIMPLE, start("s2"), flow("s2", "a"))),
        ("no-end", (start(), user("a"), chain("start", "a", "a"))),
        ("dead-end", (start(), user("a"), flow("start", "a"))),
        ("unreachable", (*SIMPLE, user("b"), flow("b", "end"))),
        ("dead-end", (start(), user("a"), user("b"), end(), chain("start", "a", "end"))),
        ("several-ways", (*SIMPLE, end("e2"), flow("a", "e2"))),
        ("flow-into-start", (*SIMPLE, flow("a", "start"))),
        ("flow-out-of-end", (*SIMPLE, flow("end", "a"))),
        ("dangling-flow", (*SIMPLE, flow("a", "nowhere"))),
        ("duplicate-id", (*SIMPLE, user("a"))),
        (
            "dangling-default",
            (start(), gate("exclusive", "g", "other"), end(), chain("start", "g", "end")),
        ),
        (
            "no-way-out",
            (
                start(),
                gate("exclusive", "g", "f_g_end"),
                user("a"),
                end(),
                chain("start", "g", "end"),
                flow("g", "a", "area > 1"),
                flow("a", "a", identity="f_loop"),
            ),
        ),
    ],
)
def test_a_structural_fault_is_reported(rule: str, pieces: tuple[str, ...]) -> None:
    """One fault each."""
    assert rule in rules(file(*pieces))


def test_ids_that_are_missing_are_reported_with_their_line() -> None:
    """A node without an id can be no one's target, and no one's task."""
    found = check(file(*SIMPLE, "\n<bpmn:userTask/>"))
    assert [(p.rule, p.element) for p in found] == [("missing-id", None)]


def test_a_flow_may_not_cross_a_subprocess_border() -> None:
    """From outside to a node inside."""
    sub = node(
        "subProcess",
        "sub",
        start("s", form="") + user("in") + end("e") + chain("s", "in", "e"),
    )
    data = file(start(), sub, end(), chain("start", "sub", "end"), flow("start", "in"))
    assert "flow-across" in rules(data)


def test_a_subprocess_without_events_begins_at_what_nothing_leads_to_but_is_not_empty() -> None:
    """Each scope is looked at; that a way just ends is pointed out."""
    sub = node("subProcess", "sub", user("in"))
    around = (start(), end(), chain("start", "sub", "end"))
    assert rules(file(*around, sub)) == {"dead-end"}
    assert "no-start" in rules(file(*around, node("subProcess", "sub")))


def test_a_process_must_be_executable() -> None:
    """And only one of them runs."""
    data = file(*SIMPLE).replace(b'isExecutable="true"', b'isExecutable="false"')
    assert "not-executable" in rules(data)
    second = '<bpmn:process id="q" isExecutable="true"/>'
    twice = file(*SIMPLE).replace(b"</bpmn:definitions>", second.encode() + b"</bpmn:definitions>")
    assert "several-processes" in rules(twice)


def test_too_many_nodes_are_refused() -> None:
    """The engine walks diagrams recursively."""
    names = [f"t{place}" for place in range(301)]
    data = file(start(), *map(user, names), end(), chain("start", *names, "end"))
    assert rules(data) == {"too-many-nodes"}


@pytest.mark.parametrize("tag", ["sendTask", "serviceTask"])
def test_a_program_outside_is_refused_with_a_remedy(tag: str) -> None:
    """The element, its line and what to draw instead."""
    data = file(start(), node(tag, "x"), end(), chain("start", "x", "end"))
    found = [p for p in check(data) if p.rule == "unsupported"]
    assert [(p.element, p.severity) for p in found] == [("x", "error")]
    assert found[0].line
    assert found[0].hint.zh


@pytest.mark.parametrize(
    ("piece", "rule"),
    [
        (node("receiveTask", "x"), "missing-name"),
        (node("callActivity", "x"), "unknown-process"),
        (node("transaction", "x"), "no-start"),
        (node("intermediateCatchEvent", "x", "<bpmn:messageEventDefinition/>"), "missing-name"),
        (node("intermediateThrowEvent", "x", "<bpmn:linkEventDefinition/>"), "missing-name"),
        (node("intermediateCatchEvent", "x", "<bpmn:errorEventDefinition/>"), "unsupported"),
        (node("intermediateCatchEvent", "x", "<bpmn:cancelEventDefinition/>"), "unsupported"),
        (node("subProcess", "x", user("in"), more='isForCompensation="true"'), "compensation-flow"),
    ],
)
def test_what_runs_must_be_drawn_completely(piece: str, rule: str) -> None:
    """A message has a name, a call a process, a transaction an inside."""
    assert rule in rules(file(start(), piece, end(), chain("start", "x", "end")))


@pytest.mark.parametrize(
    ("definition", "rule"),
    [
        ("<bpmn:messageEventDefinition/>", "missing-name"),
        (TIMER.format("Cycle", "R/P1D"), "unsupported"),
    ],
)
def test_a_start_must_bring_an_applicant(definition: str, rule: str) -> None:
    """A case starts with an application, or with a message that brings one."""
    event = node("startEvent", "start", definition, more='camunda:formRef="apply"')
    assert rule in rules(file(event, user("a"), end(), chain("start", "a", "end")))


CONDITION = (
    "<bpmn:conditionalEventDefinition><bpmn:condition>area &gt; 9</bpmn:condition>"
    "</bpmn:conditionalEventDefinition>"
)


def by_event(definition: str) -> str:
    """Write an event subprocess with a step."""
    first = node("startEvent", "es", definition)
    inside = first + user("alarm") + end("ee") + chain("es", "alarm", "ee")
    return node("subProcess", "ev", inside, more='triggeredByEvent="true"')


@pytest.mark.parametrize(
    ("definition", "rule"),
    [
        (TIMER.format("Duration", "P9WD"), None),
        ("<bpmn:errorEventDefinition/>", None),
        ("<bpmn:escalationEventDefinition/>", None),
        (CONDITION, None),
        ("", "unsupported"),
        ('<bpmn:signalEventDefinition signalRef="s"/>', "dangling-reference"),
        ("<bpmn:messageEventDefinition/>", "missing-name"),
    ],
)
def test_event_subprocesses_begin_with_an_event(definition: str, rule: str | None) -> None:
    """And the event must be there."""
    found = rules(file(*SIMPLE, by_event(definition)))
    assert found == (set() if rule is None else found | {rule})


@pytest.mark.parametrize("tag", ["task", "manualTask", "intermediateThrowEvent"])
def test_what_the_machine_has_no_part_in_is_passed_through(tag: str) -> None:
    """Such a node is for people who look at the picture."""
    assert rules(file(start(), node(tag, "x"), end(), chain("start", "x", "end"))) == set()


def test_an_event_gateway_waits_for_events() -> None:
    """And for nothing else."""
    pieces = [
        start(),
        node("eventBasedGateway", "g"),
        node("intermediateCatchEvent", "x", TIMER.format("Duration", "P1D")),
        end(),
        chain("start", "g", "x", "end"),
    ]
    assert rules(file(*pieces)) == set()
    pieces[2] = user("x")
    assert "event-gateway" in rules(file(*pieces))


@pytest.mark.parametrize(
    ("more", "wrong"), [("", False), ("<bpmn:linkEventDefinition name='l'/>", True)]
)
def test_several_definitions_on_one_event_must_have_a_meaning_together(
    more: str, wrong: bool
) -> None:
    """Two timers do; a link beside them does not."""
    twice = TIMER.format("Duration", "P1D") * 2 + more
    event = node("intermediateCatchEvent", "x", twice)
    data = file(start(), event, end(), chain("start", "x", "end"))
    assert ("several-definitions" in rules(data)) is wrong


@pytest.mark.parametrize(
    ("kind", "text", "rule"),
    [
        ("Duration", "P5D", None),
        ("Duration", "P5WD", None),
        ("Duration", "PT4WH", None),
        ("Duration", "P1DT2H30M", None),
        ("Duration", "P1WDT2WH", None),
        ("Duration", "P3661WD", "timer-text"),
        ("Duration", "P1WDT9999WH", "timer-text"),
        ("Cycle", "R/P9999WD", "timer-text"),
        ("Date", "2026-12-31T17:00:00+08:00", None),
        ("Duration", "", "timer-text"),
        ("Duration", "5 days", "timer-text"),
        ("Duration", "P", "timer-text"),
        ("Duration", "PT", "timer-text"),
        ("Duration", "${area > 9}", None),
        ("Duration", "= deadline", "unknown-name"),
        ("Date", "2026-12-31T17:00:00", None),
        ("Date", "tomorrow", "timer-text"),
        ("Cycle", "R3/P1D", None),
        ("Cycle", "0 0 * * *", None),
        ("Cycle", "0 0 31 2 *", "timer-text"),
    ],
)
def test_timers(kind: str, text: str, rule: str | None) -> None:
    """ISO durations, working time, dates, cycles and FEEL run; all else does not."""
    event = node("intermediateCatchEvent", "x", TIMER.format(kind, text))
    data = file(start(), event, end(), chain("start", "x", "end"))
    assert rules(data) == ({rule} if rule else set())


def test_a_timer_sits_on_what_takes_time() -> None:
    """On a script it never fires; on nothing it does not exist."""
    script = node("scriptTask", "s", "<bpmn:script>x = 1</bpmn:script>", more='scriptFormat="feel"')
    on = node(
        "boundaryEvent", "t", TIMER.format("Duration", "P1D"), more='attachedToRef="s"'
    ) + flow("t", "end")
    data = file(start(), script, end(), chain("start", "s", "end"), on)
    assert rules(data) == {"boundary-host"}
    lost = data.replace(b'attachedToRef="s"', b'attachedToRef="nothing"')
    assert "dangling-boundary" in rules(lost)


@pytest.mark.parametrize(
    ("more", "inside"),
    [
        ('camunda:assignee="wang"', ""),
        ('camunda:candidateUsers="wang,li"', ""),
        ('camunda:dueDate="2026-01-01"', ""),
        ("", "<bpmn:potentialOwner/>"),
        (
            "",
            (
                "<bpmn:extensionElements><camunda:taskListener event='create'/>"
                "</bpmn:extensionElements>"
            ),
        ),
        ("", "<bpmn:extensionElements><camunda:formData/></bpmn:extensionElements>"),
    ],
)
def test_facts_of_other_tools_are_refused_not_dropped(more: str, inside: str) -> None:
    """What would silently be lost is an error."""
    task = user("a", more=more).replace("</bpmn:userTask>", inside + "</bpmn:userTask>")
    assert rules(file(start(), task, end(), chain("start", "a", "end"))) == {"not-run"}


def test_harmless_facts_of_other_tools_are_left_alone() -> None:
    """Settings that change nothing in what runs."""
    task = user("a", more='camunda:asyncBefore="true" camunda:formRefBinding="deployment"')
    note = '<bpmn:textAnnotation id="n"><bpmn:text>说明</bpmn:text></bpmn:textAnnotation>'
    data = file(start(), task, end(), chain("start", "a", "end"), note)
    assert rules(data) == set()


def test_an_unknown_element_is_refused() -> None:
    """Even when other tools would skip it."""
    assert "unknown-element" in rules(file(*SIMPLE, '<bpmn:wormhole id="w"/>'))


LOOPS = "<bpmn:{kind}LoopCharacteristics {more}>{inside}</bpmn:{kind}LoopCharacteristics>"


@pytest.mark.parametrize(
    ("kind", "more", "inside", "rule"),
    [
        ("standard", "", "", "loop-bound"),
        ("standard", 'loopMaximum="3"', "", None),
        ("standard", "", "<bpmn:loopCondition>area &gt; loopCounter</bpmn:loopCondition>", None),
        ("multiInstance", 'isSequential="true" camunda:collection="x"', "", "unknown-name"),
        ("multiInstance", 'camunda:collection="company"', "", None),
        ("multiInstance", "", "<bpmn:loopCardinality>3</bpmn:loopCardinality>", None),
        ("multiInstance", "", "", "loop-bound"),
        ("multiInstance", 'camunda:collection="company" behavior="None"', "", "not-run"),
    ],
)
def test_a_loop_says_how_often(kind: str, more: str, inside: str, rule: str | None) -> None:
    """By a condition, a number or a collection."""
    loop = LOOPS.format(kind=kind, more=more, inside=inside)
    task = user("a").replace("</bpmn:userTask>", loop + "</bpmn:userTask>")
    found = rules(file(start(), task, end(), chain("start", "a", "end")))
    assert found == ({rule} if rule else set())


def test_the_department_of_a_run_needs_a_loop_over_departments() -> None:
    """``each`` is the item of the loop around."""
    assert rules(file(start(), user("a", "each:examiner"), end(), chain("start", "a", "end"))) == {
        "each-outside"
    }
    loop = LOOPS.format(kind="multiInstance", more='camunda:collection="company"', inside="")
    task = user("a", "each:examiner").replace("</bpmn:userTask>", loop + "</bpmn:userTask>")
    assert rules(file(start(), task, end(), chain("start", "a", "end"))) == set()


def test_several_flows_out_of_a_task_may_choose() -> None:
    """By conditions, with a default; without any all are taken, which is pointed out."""
    base = (start(), end(), end("e2"), flow("start", "a"), flow("a", "end"))
    assert rules(file(*base, user("a"), flow("a", "e2"))) == {"several-ways"}
    chosen = user("a", more='default="f_a_end"')
    assert rules(file(*base, chosen, flow("a", "e2", "area > 9"))) == set()


def test_what_other_tools_write_into_texts_is_refused_in_items_too() -> None:
    """A value of an inner data object, which nobody reads, and a condition in another language."""
    value = '<f:value xmlns:f="http://flowable.org/bpmn">1</f:value>'
    inside = f"<bpmn:extensionElements>{value}</bpmn:extensionElements>"
    data = f'<bpmn:dataObject id="dd">{inside}</bpmn:dataObject>'
    assert rules(file(*SIMPLE, data)) == set()
    steps = (start("is", ""), user("x"), end("ie"), chain("is", "x", "ie"), data)
    inner = node("subProcess", "sub", "".join(steps))
    assert rules(file(start(), inner, end(), chain("start", "sub", "end"))) == {"not-run"}
    way = flow("g", "a", 'outcome = "x"')
    drawn = file(
        start(),
        gate("exclusive", "g", "d"),
        user("a"),
        end(),
        flow("start", "g"),
        way.replace("<bpmn:conditionExpression", '<bpmn:conditionExpression language="groovy"'),
        flow("g", "end", identity="d"),
        flow("a", "end"),
    )
    assert "expression-language" in rules(drawn)
