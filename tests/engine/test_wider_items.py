"""Real cases of items that use more of BPMN: every step through the tables, the rows right."""

import pytest
from sqlalchemy import select

from engine import db, firing, incidents
from engine.errors import EngineFault
from engine.models import CoHandling, Task
from tests.engine.bpmn.diagrams import chain, end, flow, node, start, user
from tests.engine.wide import case_of, refusals, tasks, timers
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]
BEGIN = start("s")
UNDO = 'isForCompensation="true"'
HOUR = (
    "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration>"
    "</bpmn:timerEventDefinition>"
)


def loop(kind: str, more: str = "", inside: str = "") -> str:
    """Write how often an activity runs."""
    return f"<bpmn:{kind}LoopCharacteristics {more}>{inside}</bpmn:{kind}LoopCharacteristics>"


def looped(task: str, characteristics: str) -> str:
    """Put a loop on a user task or subprocess."""
    head, _, tail = task.rpartition("</bpmn:")
    return f"{head}{characteristics}</bpmn:{tail}"


def script(name: str, text: str) -> str:
    """Write a script."""
    inside = f"<bpmn:script>{text}</bpmn:script>"
    return node("scriptTask", name, inside, more='scriptFormat="feel"')


def do(story: Story, element: str, outcome: str = "done", login: str = "zhao.examiner") -> Story:
    """Complete a step."""
    return story.do(login, element, outcome)


PARTS = script("set", 'parts = ["cgj", "xfjy"]')
OVER = 'camunda:collection="parts" camunda:elementVariable="part"'


@pytest.mark.parametrize("sequential", ["false", "true"])
def test_a_task_repeated_over_departments_goes_to_each(sequential: str) -> None:
    """``each`` is the item of the collection; one row each, at once or one after another."""
    many = loop("multiInstance", f'{OVER} isSequential="{sequential}"')
    task = looped(user("a", "each:examiner"), many)
    story = case_of(BEGIN, PARTS, task, end("e"), chain("s", "set", "a", "e"))
    if sequential == "true":
        assert story.waiting() == [("a", "cgj")]
        do(story, "a", login="cg.wu")
        assert story.waiting() == [("a", "xfjy")]
    else:
        assert sorted(story.waiting()) == [("a", "cgj"), ("a", "xfjy")]
        do(story, "a", login="cg.wu")
    do(story, "a", login="xf.zheng")
    assert (story.case.status, tasks(story, "completed")) == ("closed", ["a", "a"])


def test_a_completion_condition_cancels_the_rest() -> None:
    """The rows of the others say so."""
    first = "<bpmn:completionCondition>nrOfCompletedInstances &gt;= 1</bpmn:completionCondition>"
    task = looped(user("a", "each:examiner"), loop("multiInstance", OVER, first))
    story = case_of(BEGIN, PARTS, task, end("e"), chain("s", "set", "a", "e"))
    do(story, "a", login="cg.wu")
    assert (tasks(story, "completed"), tasks(story, "cancelled")) == (["a"], ["a"])
    assert story.case.status == "closed"


def test_a_subprocess_repeated_over_departments_keeps_them_apart() -> None:
    """Two steps in each run, both of its department."""
    steps = user("a", "each:examiner") + user("b", "each:inspector")
    inside = start("is", "") + steps + end("ie") + chain("is", "a", "b", "ie")
    many = looped(node("subProcess", "sub", inside), loop("multiInstance", OVER))
    story = case_of(BEGIN, PARTS, many, end("e"), chain("s", "set", "sub", "e"))
    do(story, "a", login="cg.wu")
    assert sorted(story.waiting()) == [("a", "xfjy"), ("b", "cgj")]
    do(story, "b", login="cg.wu")
    do(story, "a", login="xf.zheng").do("xf.zheng", "b", "done")
    assert story.case.status == "closed"


def test_a_run_for_something_that_is_no_department_is_a_fault_and_changes_nothing() -> None:
    """The element is named, the case stands where it stood."""
    task = looped(user("a", "each:examiner"), loop("multiInstance", OVER))
    wrong = script("set", 'parts = ["nobody"]')
    story = case_of(
        BEGIN, user("first"), wrong, task, end("e"), chain("s", "first", "set", "a", "e")
    )
    with pytest.raises(EngineFault) as fault:
        do(story, "first")
    assert "nobody" in fault.value.message.en
    kept = incidents.keep(fault.value, now=story.now)
    assert kept is not None
    assert story.waiting() == [("first", "scjg")]


def test_a_task_inside_a_co_handling_may_itself_be_repeated() -> None:
    """Its rows belong to the department of the co-handling around."""
    twice = loop("multiInstance", "", "<bpmn:loopCardinality>2</bpmn:loopCardinality>")
    task = looped(user("a", "co:examiner", act="co-handle"), twice)
    inside = start("is", "") + task + end("ie") + chain("is", "a", "ie")
    facts = {"coHandling": "true", "lead": "lead", "limit": "3wd", "answers": "opinions"}
    co = looped(node("subProcess", "co", inside, **facts), loop("multiInstance", OVER))
    story = case_of(BEGIN, PARTS, co, end("e"), chain("s", "set", "co", "e"))
    assert sorted(story.waiting()) == [("a", "cgj")] * 2 + [("a", "xfjy")] * 2
    rows = db.session().scalars(select(Task).where(Task.case_id == story.case_id))
    assert all(row.cohandling_id is not None for row in rows)
    for login in ("cg.wu", "cg.wu", "xf.zheng", "xf.zheng"):
        do(story, "a", "agree", login=login)
    states = db.session().scalars(select(CoHandling.state))
    assert (story.case.status, set(states)) == ("closed", {"answered"})


def test_departments_may_be_asked_one_after_another_until_enough_agree() -> None:
    """A co-handling in sequence with a completion condition."""
    enough = "<bpmn:completionCondition>nrOfCompletedInstances = 1</bpmn:completionCondition>"
    step = user("a", "co:examiner", act="co-handle")
    inside = start("is", "") + step + end("ie") + chain("is", "a", "ie")
    facts = {"coHandling": "true", "lead": "lead", "limit": "3wd", "answers": "opinions"}
    many = loop("multiInstance", f'{OVER} isSequential="true"', enough)
    co = looped(node("subProcess", "co", inside, **facts), many)
    story = case_of(BEGIN, PARTS, co, end("e"), chain("s", "set", "co", "e"))
    assert story.waiting() == [("a", "cgj")]
    do(story, "a", "agree", login="cg.wu")
    assert story.case.status == "closed"


def test_a_standard_loop_asks_again_until_its_condition_is_met() -> None:
    """A step is repeated while its outcome asks for it; each time is a row of its own."""
    again = loop(
        "standard", 'loopMaximum="3"', '<bpmn:loopCondition>outcome = "again"</bpmn:loopCondition>'
    )
    task = looped(user("a", outcomes="ok=好|Good; again=再来|Again"), again)
    story = case_of(BEGIN, task, end("e"), chain("s", "a", "e"))
    do(story, "a", "again")
    assert story.waiting() == [("a", "scjg")]
    do(story, "a", "ok")
    assert (story.case.status, tasks(story, "completed")) == ("closed", ["a", "a"])


def test_conditions_on_the_flows_out_of_a_step_choose() -> None:
    """With a default for none of them."""
    task = user("a", more='default="f_a_c"', outcomes="ok=好|Good; no=不|No")
    pieces = (
        BEGIN, task, user("b"), user("c"), end("e"),
        chain("s", "a", "c", "e"), flow("a", "b", 'outcome = "ok"'), flow("b", "e"),
    )  # fmt: skip
    assert do(case_of(*pieces), "a", "ok").waiting() == [("b", "scjg")]
    assert do(Story("individual-business").apply(), "a", "no").waiting() == [("c", "scjg")]


def test_a_link_jumps() -> None:
    """From the throwing to the catching one of its name."""
    link = '<bpmn:linkEventDefinition name="L"/>'
    story = case_of(
        BEGIN, user("a"), node("intermediateThrowEvent", "out", link),
        node("intermediateCatchEvent", "in", link), user("b"), end("e"),
        chain("s", "a", "out"), chain("in", "b", "e"),
    )  # fmt: skip
    assert do(do(story, "a"), "b").case.status == "closed"


def test_a_complex_gateway_goes_on_when_enough_have_come() -> None:
    """Two of three; the third is done without a second go."""
    meet = "<bpmn:activationCondition>activationCount = 2</bpmn:activationCondition>"
    story = case_of(
        BEGIN, node("parallelGateway", "g"), user("a"), user("b"), user("c"),
        node("complexGateway", "meet", meet), user("last"), end("e"),
        chain("s", "g", "a", "meet", "last", "e"), chain("g", "b", "meet"), chain("g", "c", "meet"),
    )  # fmt: skip
    do(do(story, "a"), "c")
    assert sorted(story.waiting()) == [("b", "scjg"), ("last", "scjg")]
    assert do(do(story, "b"), "last").case.status == "closed"
    assert tasks(story, "completed") == ["a", "b", "c", "last"]


def test_what_was_done_is_undone_by_a_task() -> None:
    """A compensation thrown later opens the handler of the step that was done."""
    edge = node(
        "boundaryEvent", "edge", "<bpmn:compensateEventDefinition/>", more='attachedToRef="a"'
    )
    tie = '<bpmn:association id="tie" sourceRef="edge" targetRef="undo"/>'
    throw = node("intermediateThrowEvent", "back", "<bpmn:compensateEventDefinition/>")
    story = case_of(
        BEGIN, user("a"), edge, tie, user("undo", more=UNDO), user("b"), throw, end("e"),
        chain("s", "a", "b", "back", "e"),
    )  # fmt: skip
    do(do(story, "a"), "b")
    assert story.waiting() == [("undo", "scjg")]
    assert do(story, "undo").case.status == "closed"


def test_a_cancelled_transaction_is_undone_and_left_by_its_edge() -> None:
    """Its open tasks are cancelled, what was done in it is undone first."""
    edge = node(
        "boundaryEvent", "edge", "<bpmn:compensateEventDefinition/>", more='attachedToRef="a"'
    )
    inside = (
        start("is", "") + node("parallelGateway", "g") + user("a") + edge + user("x")
        + '<bpmn:association id="tie" sourceRef="edge" targetRef="undo"/>' + user("undo", more=UNDO)
        + user("b") + node("endEvent", "stop", "<bpmn:cancelEventDefinition/>") + end("ie")
        + chain("is", "g", "a", "b", "stop") + chain("g", "x", "ie")
    )  # fmt: skip
    gone = node("boundaryEvent", "gone", "<bpmn:cancelEventDefinition/>", more='attachedToRef="t"')
    story = case_of(
        BEGIN, node("transaction", "t", inside), gone, user("after"), end("e"), end("e2"),
        chain("s", "t", "e"), chain("gone", "after", "e2"),
    )  # fmt: skip
    do(do(story, "a"), "b")
    assert story.waiting() == [("undo", "scjg")]
    assert tasks(story, "cancelled") == ["x"]
    do(story, "undo")
    assert do(story, "after").case.status == "closed"


def test_an_ad_hoc_subprocess_opens_all_and_ends_by_its_condition() -> None:
    """What is left open then is cancelled."""
    enough = '<bpmn:completionCondition>outcome = "enough"</bpmn:completionCondition>'
    outcomes = "ok=好|Good; enough=够了|Enough"
    inside = user("a", outcomes=outcomes) + user("b", outcomes=outcomes) + enough
    story = case_of(
        BEGIN, node("adHocSubProcess", "free", inside), end("e"), chain("s", "free", "e")
    )
    assert sorted(story.waiting()) == [("a", "scjg"), ("b", "scjg")]
    do(story, "b", "enough")
    assert (story.case.status, tasks(story, "cancelled")) == ("closed", ["a"])


def test_terminate_inside_a_subprocess_ends_only_that() -> None:
    """Its open tasks and timers go, the case goes on."""
    late = node("boundaryEvent", "late", HOUR, more='attachedToRef="x"')
    inside = (
        start("is", "") + node("parallelGateway", "g") + user("a") + user("x") + late
        + node("endEvent", "stop", "<bpmn:terminateEventDefinition/>") + end("ie") + end("le")
        + chain("is", "g", "a", "stop") + chain("g", "x", "ie") + chain("late", "le")
    )  # fmt: skip
    story = case_of(
        BEGIN, node("subProcess", "sub", inside), user("after"), end("e"),
        chain("s", "sub", "after", "e"),
    )  # fmt: skip
    assert timers(story) == ["late"]
    do(story, "a")
    assert (tasks(story, "cancelled"), timers(story)) == (["x"], [])
    assert story.waiting() == [("after", "scjg")]


def test_a_subprocess_without_events_begins_and_ends_by_itself() -> None:
    """All that nothing leads to begins; what leads nowhere ends."""
    sub = node("subProcess", "sub", user("a") + user("b"))
    story = case_of(BEGIN, sub, end("e"), chain("s", "sub", "e"))
    assert do(do(story, "b"), "a").case.status == "closed"


def test_mappings_and_data_objects_carry_values() -> None:
    """What goes into a script task and comes out; a data object is null until it is set."""
    extra = (
        "<bpmn:extensionElements><camunda:inputOutput>"
        '<camunda:inputParameter name="x">${capital}</camunda:inputParameter>'
        '<camunda:outputParameter name="y">${x > 0}</camunda:outputParameter>'
        "</camunda:inputOutput></bpmn:extensionElements>"
    )
    story = case_of(
        BEGIN, '<bpmn:dataObject id="d1" name="verdict"/>',
        script("calc", "unused = x").replace("<bpmn:script>", extra + "<bpmn:script>", 1),
        node("exclusiveGateway", "g", more='default="f_g_no"'), user("yes"), user("no"), end("e"),
        chain("s", "calc", "g", "no", "e"), flow("g", "yes", "y and verdict = null"),
        flow("yes", "e"),
    )  # fmt: skip
    assert story.waiting() == [("yes", "scjg")]


DECLARED = (
    '<bpmn:error id="er" errorCode="E1"/><bpmn:escalation id="esc" escalationCode="X1"/>'
    '<bpmn:timerEventDefinition id="hour"><bpmn:timeDuration>PT1H</bpmn:timeDuration>'
    "</bpmn:timerEventDefinition>"
)
ERROR = '<bpmn:errorEventDefinition errorRef="er"/>'
ESCALATION = '<bpmn:escalationEventDefinition escalationRef="esc"/>'
COMPENSATE = "<bpmn:compensateEventDefinition/>"
FULL = (
    "<bpmn:conditionalEventDefinition><bpmn:condition>outcome = &quot;full&quot;</bpmn:condition>"
    "</bpmn:conditionalEventDefinition>"
)
CYCLE = HOUR.replace("timeDuration", "timeCycle").replace("PT1H", "R3/PT1H")


def edge(inner: str, host: str = "sub", *, cancel: bool = True) -> str:
    """An event on an edge, with a step behind it."""
    more = f'attachedToRef="{host}" cancelActivity="{str(cancel).lower()}"'
    tail = user("after") + end("after_e") + chain("edge", "after", "after_e")
    return node("boundaryEvent", "edge", inner, more=more) + tail


def sub(*pieces: str) -> tuple[str, ...]:
    """A case that is one subprocess."""
    return (
        BEGIN, node("subProcess", "sub", "".join((start("is", ""), *pieces))), end("e"),
        chain("s", "sub", "e"),
    )  # fmt: skip


def by_event(inner: str) -> str:
    """An event subprocess with a step."""
    inside = node("startEvent", "es", inner) + user("after") + end("ee")
    body = inside + chain("es", "after", "ee")
    return node("subProcess", "ev", body, more='triggeredByEvent="true"')


def step(*more: str) -> str:
    """A step, and what follows it."""
    return user("a", outcomes="ok=好|Good; full=满|Full") + "".join(more)


@pytest.mark.parametrize(
    ("pieces", "left"),
    [
        ((*sub(step(node("endEvent", "ie", ERROR)), chain("is", "a", "ie")),
          edge(ERROR)), ["after"]),
        ((*sub(step(node("endEvent", "ie", ESCALATION)), chain("is", "a", "ie")),
          edge(ESCALATION)), ["after"]),
        ((*sub(step(user("b"), end("ie")), chain("is", "a", "b", "ie")), edge(FULL)), ["after"]),
        ((*sub(step(user("b"), end("ie")), chain("is", "a", "b", "ie")),
          edge(FULL, cancel=False)), ["after", "b"]),
        (sub(step(node("intermediateThrowEvent", "t", ESCALATION), end("ie")),
             by_event(ESCALATION), chain("is", "a", "t", "ie")), ["after"]),
        (sub(step(node("endEvent", "ie", ERROR)), by_event(ERROR), chain("is", "a", "ie")),
         ["after"]),
        ((*sub(step(end("ie")), by_event(COMPENSATE), chain("is", "a", "ie"))[:2], end("e"),
          node("intermediateThrowEvent", "back", COMPENSATE), chain("s", "sub", "back", "e")),
         ["after"]),
    ],
)  # fmt: skip
def test_events_inside_a_case_take_their_way(pieces: tuple[str, ...], left: list[str]) -> None:
    """Errors, escalations, conditions and compensations, on edges and in event subprocesses."""
    story = case_of(*pieces, beside=DECLARED)
    do(story, "a", "full")
    assert sorted(element for element, _ in story.waiting()) == left


@pytest.mark.parametrize(
    "definition",
    [HOUR, CYCLE, HOUR.replace("PT1H", '= &quot;PT1H&quot;'),
     "<bpmn:eventDefinitionRef>hour</bpmn:eventDefinitionRef>"],
)  # fmt: skip
def test_timers_of_every_writing_go_off(definition: str) -> None:
    """A duration, a cycle, FEEL, and one declared beside the process."""
    task = (BEGIN, user("a"), end("e"), chain("s", "a", "e"), edge(definition, "a"))
    story = case_of(*task, beside=DECLARED)
    assert timers(story) == ["edge"]
    story.later(hours=2)
    with db.transaction():
        assert firing.fire_due(story.now, 1) == 1
    assert (story.waiting(), timers(story)) == ([("after", "scjg")], [])


def test_an_error_nobody_catches_is_a_fault_that_changes_nothing() -> None:
    """It leaves an incident at the element."""
    story = case_of(
        BEGIN, user("a"), node("endEvent", "e", ERROR), chain("s", "a", "e"), beside=DECLARED
    )
    with pytest.raises(EngineFault) as fault:
        do(story, "a")
    assert "E1" in fault.value.message.en
    assert story.waiting() == [("a", "scjg")]


def test_what_needs_a_program_outside_is_refused() -> None:
    """Service tasks, and send tasks without a message."""
    for tag in ("serviceTask", "sendTask"):
        pieces = (BEGIN, node(tag, "x"), end("e"), chain("s", "x", "e"))
        assert refusals(*pieces) == {"unsupported"}
