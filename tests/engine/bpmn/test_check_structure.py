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
        ("no-end", (start(), user("a"), flow("start", "a"))),
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


def test_a_subprocess_needs_its_own_start_and_end() -> None:
    """Each scope is looked at."""
    sub = node("subProcess", "sub", user("in"))
    assert {"no-start", "no-end"} <= rules(file(start(), sub, end(), chain("start", "sub", "end")))


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


@pytest.mark.parametrize(
    "tag",
    [
        "sendTask",
        "receiveTask",
        "serviceTask",
        "callActivity",
        "complexGateway",
        "transaction",
        "adHocSubProcess",
    ],
)
def test_a_node_we_do_not_run_is_refused_with_a_remedy(tag: str) -> None:
    """The element, its line and what to draw instead."""
    data = file(start(), node(tag, "x"), end(), chain("start", "x", "end"))
    found = [p for p in check(data) if p.rule == "unsupported"]
    assert [(p.element, p.severity) for p in found] == [("x", "error")]
    assert found[0].line
    assert found[0].hint.zh


@pytest.mark.parametrize("kind", ["message", "signal", "compensate", "link", "cancel"])
@pytest.mark.parametrize("tag", ["intermediateCatchEvent", "boundaryEvent", "endEvent"])
def test_an_event_we_do_not_run_is_refused(tag: str, kind: str) -> None:
    """What needs somebody outside the case, or undoes, does not run."""
    event = node(tag, "x", f"<bpmn:{kind}EventDefinition/>", more='attachedToRef="a"')
    after = "" if tag == "endEvent" else flow("x", "end")
    way = flow("a", "x", identity="way") if tag != "boundaryEvent" else ""
    assert "unsupported" in rules(file(*SIMPLE, event, after, way))


def test_a_start_that_waits_for_something_is_refused() -> None:
    """A case starts with its application."""
    event = node(
        "startEvent", "start", "<bpmn:messageEventDefinition/>", more='camunda:formRef="apply"'
    )
    assert rules(file(event, user("a"), end(), chain("start", "a", "end"))) == {"unsupported"}


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
        ("<bpmn:messageEventDefinition/>", "unsupported"),
    ],
)
def test_event_subprocesses_begin_with_what_needs_nobody_outside(
    definition: str, rule: str | None
) -> None:
    """A message would have to come from outside the case."""
    found = rules(file(*SIMPLE, by_event(definition)))
    assert found == (set() if rule is None else found | {rule})


@pytest.mark.parametrize("tag", ["task", "manualTask", "intermediateThrowEvent"])
def test_what_the_machine_has_no_part_in_is_passed_through(tag: str) -> None:
    """Such a node is for people who look at the picture."""
    assert rules(file(start(), node(tag, "x"), end(), chain("start", "x", "end"))) == set()


def test_an_event_gateway_waits_for_timers() -> None:
    """But not for messages."""
    pieces = [
        start(),
        node("eventBasedGateway", "g"),
        node("intermediateCatchEvent", "x", TIMER.format("Duration", "P1D")),
        end(),
        chain("start", "g", "x", "end"),
    ]
    assert rules(file(*pieces)) == set()
    pieces[2] = node("intermediateCatchEvent", "x", "<bpmn:messageEventDefinition/>")
    assert "unsupported" in rules(file(*pieces))


def test_several_definitions_on_one_event_are_refused() -> None:
    """Only one of them would count."""
    twice = TIMER.format("Duration", "P1D") * 2
    event = node("intermediateCatchEvent", "x", twice)
    data = file(start(), event, end(), chain("start", "x", "end"))
    assert rules(data) == {"several-definitions"}


@pytest.mark.parametrize(
    ("kind", "text", "rule"),
    [
        ("Duration", "P5D", None),
        ("Duration", "P5WD", None),
        ("Duration", "PT4WH", None),
        ("Duration", "P1DT2H30M", None),
        ("Date", "2026-12-31T17:00:00+08:00", None),
        ("Duration", "", "timer-text"),
        ("Duration", "5 days", "timer-text"),
        ("Duration", "P", "timer-text"),
        ("Duration", "PT", "timer-text"),
        ("Duration", "${deadline}", "timer-text"),
        ("Date", "2026-12-31T17:00:00", "timer-text"),
        ("Date", "tomorrow", "timer-text"),
        ("Cycle", "R3/P1D", "timer-cycle"),
    ],
)
def test_timers(kind: str, text: str, rule: str | None) -> None:
    """ISO durations, working time and instants with an offset run; all else does not."""
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
        ('isForCompensation="true"', ""),
        ('startQuantity="2"', ""),
        ("", "<bpmn:potentialOwner/>"),
        (
            "",
            (
                "<bpmn:extensionElements><camunda:taskListener event='create'/>"
                "</bpmn:extensionElements>"
            ),
        ),
        (
            "",
            "<bpmn:extensionElements><camunda:inputOutput/></bpmn:extensionElements>",
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


@pytest.mark.parametrize(
    "loop",
    [
        "<bpmn:standardLoopCharacteristics/>",
        '<bpmn:multiInstanceLoopCharacteristics isSequential="true" camunda:collection="x"/>',
        '<bpmn:multiInstanceLoopCharacteristics camunda:collection="company"/>',
    ],
)
def test_loops_other_than_co_handling_are_refused(loop: str) -> None:
    """Repeat work with a gateway that leads back."""
    task = user("a").replace("</bpmn:userTask>", loop + "</bpmn:userTask>")
    assert "unsupported" in rules(file(start(), task, end(), chain("start", "a", "end")))
