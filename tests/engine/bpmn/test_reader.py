"""The model holds what the file says."""

from engine import bpmn
from forms.text import Text
from tests.engine.bpmn.diagrams import (
    FACTS,
    HEAD,
    SIMPLE,
    chain,
    end,
    file,
    flow,
    node,
    properties,
    read,
    start,
    user,
)

CO = node(
    "subProcess",
    "co",
    '<bpmn:multiInstanceLoopCharacteristics camunda:collection="parts"'
    ' camunda:elementVariable="department"/>'
    + start("cs", form="")
    + user("opinion", "co:examiner", act="co-handle")
    + end("ce")
    + chain("cs", "opinion", "ce"),
    coHandling="true",
    lead="lead",
    limit="3wd",
    answers="opinions",
    noReply="agreed",
)


def test_process_facts_are_read() -> None:
    """All properties of the process."""
    facts = {**FACTS, "nameEn": "A process", "extension": "10wd", "combinedReview": "true"}
    process = read(file(*SIMPLE, facts=facts)).main
    assert process.name == Text("流程", "A process")
    assert (process.item, process.kind, process.lead) == ("test-item", "promise", "scjg")
    assert (process.statutory_limit, process.promised_limit) == ("20wd", "10wd")
    assert (process.clock_start, process.extension) == ("accepted", "10wd")
    assert process.combined_review
    assert process.start_form == "apply"


def test_the_item_code_defaults_to_the_process_id() -> None:
    """With underscores turned into hyphens."""
    data = file(*SIMPLE, facts={}).replace(b'process id="p"', b'process id="road_dig"')
    assert read(data).main.item == "road-dig"


def test_a_user_task_becomes_a_step() -> None:
    """Each fact at its place."""
    task = user(
        "visit",
        "lead:inspector",
        more='camunda:formKey="check.form"',
        act="site-visit",
        limit="4wd",
        outcomes="pass=通过|Pass; fail!=不通过|Fail",
        persons="2",
        notSameAs="a, b",
        opinion="required",
        outcomeAs="visited",
        help="带证件",
        nameEn="Visit",
    )
    step = read(file(start(), task, end(), chain("start", "visit", "end"))).main.steps["visit"]
    assert step.name == Text("任务visit", "Visit")
    assert (step.department, step.role, step.form) == ("lead", "inspector", "check")
    assert (step.persons, step.not_same_as, step.opinion) == (2, ("a", "b"), "required")
    assert step.help == Text("带证件", "带证件")
    assert step.outcome_as == "visited"
    assert [(o.code, o.label.en, o.reasons_required) for o in step.outcomes] == [
        ("pass", "Pass", False),
        ("fail", "Fail", True),
    ]
    assert step.outcome("fail") is not None
    assert step.outcome("nothing") is None


def test_outcomes_default_to_those_of_the_act() -> None:
    """A decision grants or refuses; a refusal needs reasons, written ``!`` or not."""
    plain = read(file(start(), user("a", act="decide"), end(), chain("start", "a", "end")))
    assert [o.code for o in plain.main.steps["a"].outcomes] == ["grant", "refuse"]
    task = user("a", act="decide", outcomes="grant=准|Yes; refuse=不准|No")
    written = read(file(start(), task, end(), chain("start", "a", "end")))
    assert [o.reasons_required for o in written.main.steps["a"].outcomes] == [False, True]
    free = read(file(*SIMPLE)).main.steps["a"].outcomes
    assert [o.code for o in free] == ["done"]


def test_the_applicant_has_no_department() -> None:
    """``applicant`` alone."""
    task = user("a", "applicant", act="rectify", limit="")
    step = read(file(start(), task, end(), chain("start", "a", "end"))).main.steps["a"]
    assert (step.department, step.role, step.limit) == ("", "applicant", None)


def test_a_co_handling_is_read_and_its_steps_know_it() -> None:
    """The subprocess, and who stands in it."""
    process = read(file(start(), CO, end(), chain("start", "co", "end"))).main
    co = process.cohandlings["co"]
    assert (co.collection, co.variable, co.lead) == ("parts", "department", "lead")
    assert (co.limit, co.no_reply, co.answers) == ("3wd", "agreed", "opinions")
    assert process.steps["opinion"].cohandling == "co"
    assert process.nodes["opinion"].parent == "co"
    assert "parts" in process.names


def test_names_are_those_of_all_expressions() -> None:
    """Conditions, scripts and collections, those inside filters too."""
    script = node(
        "scriptTask",
        "s",
        "<bpmn:script>\nbig = area &gt; 200\n\nmany = count(rows[kind = 1])\n</bpmn:script>",
        more='scriptFormat="feel"',
    )
    gate = node("exclusiveGateway", "g", more='default="f_g_end"')
    process = read(
        file(
            start(),
            script,
            gate,
            end(),
            end("e2"),
            chain("start", "s", "g", "end"),
            flow("g", "e2", "= big and company != null"),
        )
    ).main
    assert process.names == {"area", "rows", "kind", "big", "company"}
    assert process.flows["f_g_e2"].condition == "big and company != null"


def test_flows_without_id_get_one_that_no_other_element_has() -> None:
    """Ids are optional in BPMN; the tree carries the new one, too."""
    bare = '<bpmn:sequenceFlow sourceRef="start" targetRef="a"/>'
    diagram = read(
        file(start(), user("a"), end("Flow_start_a"), bare, bare, flow("a", "Flow_start_a"))
    )
    flows = diagram.main.flows
    assert {"Flow_start_a_2", "Flow_start_a_3"} <= set(flows)
    assert diagram.main.nodes["a"].incoming == ("Flow_start_a_2", "Flow_start_a_3")
    assert diagram.tree.xpath("//*[@id='Flow_start_a_3']")


def test_timers_boundaries_and_decisions_are_read() -> None:
    """Where they sit, what they say."""
    rule = node(
        "businessRuleTask",
        "r",
        more='camunda:decisionRef="parts" camunda:resultVariable="parts"'
        ' camunda:mapDecisionResult="collectEntries"',
    )
    timer = node(
        "boundaryEvent",
        "t",
        "<bpmn:timerEventDefinition><bpmn:timeDuration>P5WD</bpmn:timeDuration>"
        "</bpmn:timerEventDefinition>",
        more='attachedToRef="a" cancelActivity="false"',
    )
    process = read(
        file(start(), rule, user("a"), timer, end(), end("e2"), chain("start", "r", "a", "end"))
    ).main
    boundary = process.nodes["t"]
    assert (boundary.attached_to, boundary.interrupting) == ("a", False)
    assert (boundary.events[0].kind, boundary.events[0].timer) == ("timer", "duration")
    assert boundary.events[0].expression == "P5WD"
    assert process.boundaries("a") == (boundary,)
    decision = process.decisions["r"]
    assert (decision.ref, decision.result_variable) == ("parts", "parts")
    assert decision.mapping == "collectEntries"


def test_the_zeebe_spelling_says_the_same() -> None:
    """Camunda 8 writes elements where Camunda 7 writes attributes."""
    task = (
        '<bpmn:userTask id="a" name="审查"><bpmn:extensionElements>'
        '<zeebe:assignmentDefinition candidateGroups="lead:examiner"/>'
        '<zeebe:formDefinition formId="check"/>'
        '<zeebe:properties><zeebe:property name="act" value="examine"/></zeebe:properties>'
        "</bpmn:extensionElements></bpmn:userTask>"
    )
    step = read(file(start(), task, end(), chain("start", "a", "end"))).main.steps["a"]
    assert (step.department, step.role, step.form, step.act) == (
        "lead",
        "examiner",
        "check",
        "examine",
    )


def test_the_executable_process_is_the_main_one() -> None:
    """Other pools may stand in the file."""
    other = f'<bpmn:process id="other">{properties(item="x")}</bpmn:process>'
    diagram = read(file(*SIMPLE, beside=other))
    assert diagram.main.id == "p"
    assert [process.id for process in diagram.processes] == ["other", "p"]


def test_steps_come_in_flow_order_whatever_their_order_in_the_file() -> None:
    """A loop back does not confuse it; a subprocess's steps stand at its place."""
    gate = node("exclusiveGateway", "g", more='default="f_g_co"')
    data = file(
        user("last"),
        user("fix", "applicant", act="correct", limit=""),
        CO,
        user("first"),
        start(),
        gate,
        end(),
        chain("start", "first", "g", "co", "last", "end"),
        flow("g", "fix", 'outcome = "done"'),
        flow("fix", "first"),
    )
    assert [step.element for step in bpmn.ordered_steps(read(data).main)] == [
        "first",
        "fix",
        "opinion",
        "last",
    ]


def test_a_step_that_nothing_leads_to_comes_last() -> None:
    """It is still listed: the checker complains, the order does not."""
    data = file(user("lost"), *SIMPLE)
    assert [step.element for step in bpmn.ordered_steps(read(data).main)] == ["a", "lost"]


def test_nothing_but_a_root_and_a_process_is_readable() -> None:
    """An empty process has no steps."""
    diagram = read(f'{HEAD}<bpmn:process id="p"/></bpmn:definitions>'.encode())
    assert diagram.main.steps == {}
    assert bpmn.ordered_steps(diagram.main) == ()


def test_zeebe_decisions_scripts_and_collections_say_the_same() -> None:
    """The other facts that Camunda 8 writes as elements."""
    decision = (
        '<bpmn:businessRuleTask id="r"><bpmn:extensionElements>'
        '<zeebe:calledDecision decisionId="fee" resultVariable="fee"/>'
        "</bpmn:extensionElements></bpmn:businessRuleTask>"
    )
    script = (
        '<bpmn:scriptTask id="s"><bpmn:extensionElements>'
        '<zeebe:script expression="=area + 1" resultVariable="more"/>'
        "</bpmn:extensionElements></bpmn:scriptTask>"
    )
    loop = (
        "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>"
        '<zeebe:loopCharacteristics inputCollection="=parts" inputElement="part"/>'
        "</bpmn:extensionElements></bpmn:multiInstanceLoopCharacteristics>"
    )
    process = read(file(decision, script, node("subProcess", "co", loop, coHandling="true"))).main
    assert (process.decisions["r"].ref, process.decisions["r"].mapping) == ("fee", "asDecided")
    assert process.nodes["s"].script == "more = area + 1"
    assert process.nodes["s"].attributes["scriptFormat"] == "feel"
    co = process.cohandlings["co"]
    assert (co.collection, co.variable) == ("=parts", "part")
    assert process.names == {"area", "parts"}
