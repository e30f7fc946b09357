"""Items whose diagrams call processes of other items: by the latest version, a number or a tag."""

import pytest
from sqlalchemy import select

from engine import advance, cases, cohandling, db, definitions, incidents, people
from engine.completion import Doing
from engine.errors import EngineFault, InvalidError
from engine.models import Case, Version
from engine.playing import Script, Stage
from engine.problems import Problem
from engine.runtime.trial import BEGINNING
from engine.workdays import Calendar
from tests.engine.bpmn import diagrams
from tests.engine.bpmn.diagrams import chain, end, flow, node, start, user
from tests.engine.wide import ITEM, case_of, deploy, files, tasks
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]
OTHER = "fire-check"
OWNER = {"item": OTHER, "kind": "promise", "lead": "scjg", "promisedLimit": "10wd"}
PASS = (
    "<bpmn:extensionElements>"
    '<camunda:in source="capital" target="sum"/><camunda:out source="verdict" target="checked"/>'
    "{}</bpmn:extensionElements>"
)
OWN = '<camunda:properties><camunda:property name="item" value="{}"/></camunda:properties>'


def process(*pieces: str, name: str = "inspection", more: str = "") -> bytes:
    """Write the file of a process that is called."""
    drawn = diagrams.file(*pieces, facts={}, more=more)
    return drawn.replace(b'id="p"', f'id="{name}"'.encode(), 1)


def inspecting(step: str = "look", after: str = "", more: str = "", **facts: str) -> bytes:
    """The process that is called: one step, whose outcome comes back, and perhaps another."""
    known = {"outcomes": "ok=好|Good; bad=坏|Bad", "outcomeAs": "verdict", **facts}
    first = user(step, more='camunda:formRef="accept"', **known)
    rest = user(after) if after else ""
    names = [one for one in ("cs", step, after, "ce") if one]
    return process(start("cs", ""), first, rest, end("ce"), chain(*names), more=more)


def publish(inner: bytes, item: str = OTHER, inside: str = "", **more: bytes) -> None:
    """Deploy another item that has the process and calls it itself."""
    own = node("callActivity", "own", inside, more='calledElement="inspection"')
    main = diagrams.file(
        start("s"), own, end("e"), chain("s", "own", "e"), facts={**OWNER, "item": item}
    )
    found = {
        name: content
        for name, content in files().items()
        if name.endswith(".form") or name == "item.yaml"
    }
    described = found["item.yaml"].replace(ITEM.encode(), item.encode())
    besides = {name.replace("_", "."): content for name, content in more.items()}
    deploy({**found, "item.yaml": described, "main.bpmn": main, "inner.bpmn": inner, **besides})


def call(binding: str = "latest", more: str = "", item: str = "") -> str:
    """Write a call of the process."""
    attributes = f'calledElement="inspection" camunda:calledElementBinding="{binding}" {more}'
    return node("callActivity", "c", PASS.format(OWN.format(item) if item else ""), more=attributes)


def calling(written: str) -> tuple[str, ...]:
    """An item that calls it, and decides on what comes out."""
    return (
        start("s"), written, node("exclusiveGateway", "g", more='default="f_g_e"'), user("last"),
        end("e"), chain("s", "c", "g", "e"), flow("g", "last", 'checked = "ok"'), flow("last", "e"),
    )  # fmt: skip


def found(*pieces: str, **more: bytes) -> list[Problem]:
    """The errors that a deployment of the calling item would show."""
    return list(definitions.check_bundle(files(*pieces, **more)).errors)


def rules(*pieces: str, **more: bytes) -> set[str]:
    """The rules they belong to."""
    return {problem.rule for problem in found(*pieces, **more)}


def do(story: Story, element: str, outcome: str = "done") -> Story:
    """Complete a step."""
    return story.do("zhao.examiner", element, outcome)


def test_the_latest_version_is_called_and_stays_in_the_case() -> None:
    """A later deployment changes nothing in a call that has begun, and all in the next one."""
    publish(inspecting(after="more"))
    story = case_of(*calling(call()))
    assert story.waiting() == [(f"{OTHER}@1.look", "scjg")]
    publish(inspecting("other"))
    do(story, f"{OTHER}@1.look", "ok")
    assert story.waiting() == [(f"{OTHER}@1.more", "scjg")]
    do(story, f"{OTHER}@1.more")
    assert story.waiting() == [("last", "scjg")]
    assert do(story, "last").case.status == "closed"
    assert Story(ITEM).apply().waiting() == [(f"{OTHER}@2.other", "scjg")]


def test_two_calls_of_one_case_may_find_two_versions() -> None:
    """Each is fixed when it is entered; the names tell them apart."""
    publish(inspecting())
    again = call().replace('id="c"', 'id="c2"')
    story = case_of(start("s"), call(), again, end("e"), chain("s", "c", "c2", "e"))
    publish(inspecting())
    publish(inspecting(limit="2wd"))
    do(story, f"{OTHER}@1.look", "ok")
    assert story.waiting() == [(f"{OTHER}@2.look", "scjg")]
    assert do(story, f"{OTHER}@2.look", "ok").case.status == "closed"
    assert [one["number"] for one in story.case.joined] == [1, 2]


def test_form_role_limit_and_outcomes_of_the_called_step_work() -> None:
    """On the task, the page of the case, its progress and its record."""
    publish(inspecting(help="看一看", limit="2wd"))
    story = case_of(*calling(call()))
    element = f"{OTHER}@1.look"
    view = story.task(element, "zhao.examiner")
    of = definitions.bundle_of(story.case)
    step = of.step(element)
    assert (step.form, step.limit, step.help.zh) == (f"{OTHER}@1.accept", "2wd", "看一看")
    assert [one.code for one in step.outcomes] == ["ok", "bad"]
    assert step.form in of.forms
    assert view.due_at is not None
    standing = cases.progress(story.case)
    assert standing.current == {"c", element}
    assert [one.step.element for one in standing.steps] == [element, "last"]
    do(story, element, "ok")
    assert cases.progress(story.case).current == {"last"}
    assert tasks(story, "completed") == [element]


def test_the_guide_tells_the_steps_as_they_are_now() -> None:
    """Of a call that is not to be found it tells nothing."""
    publish(inspecting())
    deploy(files(*calling(call())))
    of = definitions.newest(ITEM)
    assert [step.element for step in of.ordered_steps] == ["last"]
    now = [step.element for step in definitions.as_now(of).ordered_steps]
    assert now == [f"{OTHER}@1.look", "last"]
    withdraw()
    assert definitions.as_now(of) is of


def test_the_time_of_what_is_called_counts_against_the_promise() -> None:
    """Nine days there and three here break ten; with the next version of it eight do not."""
    publish(inspecting(limit="9wd"))
    (refused,) = found(*calling(call()))
    assert (refused.rule, refused.element) == ("budget-promised", "last")
    assert "12个工作日" in refused.message.zh
    publish(inspecting(limit="5wd"))
    assert rules(*calling(call())) == set()
    pinned = call("version", 'camunda:calledElementVersion="1"')
    assert rules(*calling(pinned)) == {"budget-promised"}
    deploy(files(*calling(call())))
    of = definitions.newest(ITEM)
    promised = definitions.budgets(of.running, of.version_id)[0]
    assert promised.way.total == 5 + 3
    assert [(one.of, one.takes) for one in promised.way.shares] == [(f"{OTHER}@2", 5), ("", 3)]


def withdraw(number: int = 1) -> None:
    """Take a version of the other item out of force."""
    with db.transaction() as session:
        query = select(Version).where(Version.item_code == OTHER, Version.number == number)
        session.scalars(query).one().state = "withdrawn"


def test_a_fixed_version_is_called_whatever_comes_later() -> None:
    """By its number."""
    publish(inspecting())
    publish(inspecting("other"))
    story = case_of(*calling(call("version", 'camunda:calledElementVersion="1"')))
    assert story.waiting() == [(f"{OTHER}@1.look", "scjg")]


def test_a_version_may_be_named_by_its_tag() -> None:
    """The latest that carries it."""
    tag = 'camunda:versionTag="spring"'
    publish(inspecting(more=tag))
    publish(inspecting("other"))
    story = case_of(*calling(call("versionTag", 'camunda:calledElementVersionTag="spring"')))
    assert story.waiting() == [(f"{OTHER}@1.look", "scjg")]
    publish(inspecting("third", more=tag))
    assert Story(ITEM).apply().waiting() == [(f"{OTHER}@3.third", "scjg")]


def test_zeebe_writes_the_same() -> None:
    """With its own elements; the outputs named one by one."""
    publish(inspecting())
    written = node(
        "callActivity", "c",
        '<bpmn:extensionElements><zeebe:calledElement processId="inspection" bindingType="latest"'
        ' propagateAllChildVariables="false"/><zeebe:ioMapping>'
        '<zeebe:output source="=verdict" target="checked"/></zeebe:ioMapping>'
        "</bpmn:extensionElements>",
    )  # fmt: skip
    story = case_of(*calling(written))
    do(story, f"{OTHER}@1.look", "ok")
    assert story.waiting() == [("last", "scjg")]


def test_of_several_items_with_the_process_one_must_be_named() -> None:
    """Its own bundle comes before all others."""
    publish(inspecting())
    publish(inspecting("other"), "water-check")
    (problem,) = found(*calling(call()))
    assert problem.rule == "unknown-process"
    assert OTHER in problem.message.en
    story = case_of(*calling(call(item="water-check")))
    assert story.waiting() == [("water-check@1.other", "scjg")]
    story = case_of(*calling(call()), inner_bpmn=inspecting("mine"))
    assert story.waiting() == [("mine", "scjg")]


def test_the_latest_of_the_own_item_is_called_too() -> None:
    """A case on an older version calls the process of the newest one, under its name."""
    first = (start("s"), user("wait"), call(), end("e"), chain("s", "wait", "c", "e"))
    story = case_of(*first, inner_bpmn=inspecting())
    deploy(files(*first, inner_bpmn=inspecting("newer")))
    do(story, "wait")
    assert story.waiting() == [(f"{ITEM}@3.newer", "scjg")]
    assert do(story, f"{ITEM}@3.newer", "ok").case.status == "closed"


def test_a_called_process_may_call_in_its_own_bundle_and_in_others() -> None:
    """What is inside a bundle stays inside it, also when it runs in another case."""
    deeper = process(
        start("ds", ""), user("deep"), end("de"), chain("ds", "deep", "de"), name="deeper"
    )
    inner = process(
        start("cs", ""), node("callActivity", "down", more='calledElement="deeper"'), end("ce"),
        '<bpmn:dataObject id="dv" name="verdict"/>', chain("cs", "down", "ce"),
    )  # fmt: skip
    both = inner.replace(b"</bpmn:definitions>", b"") + deeper[deeper.index(b"<bpmn:process") :]
    publish(both)
    story = case_of(*calling(call()))
    assert story.waiting() == [(f"{OTHER}@1.deep", "scjg")]
    assert do(story, f"{OTHER}@1.deep").case.status == "closed"


def test_departments_are_asked_by_a_called_process_and_answer() -> None:
    """A co-handling of another bundle has its rows, its limit and its answers."""
    step = user("a", "co:examiner", act="co-handle")
    inside = start("is", "") + step + end("ie") + chain("is", "a", "ie")
    loop = (
        '<bpmn:multiInstanceLoopCharacteristics camunda:collection="parts"'
        ' camunda:elementVariable="part"/>'
    )
    facts = {"coHandling": "true", "lead": "lead", "limit": "3wd", "answers": "verdict"}
    co = node("subProcess", "co", inside + loop, **facts)
    script = '<bpmn:script>parts = ["cgj", "xfjy"]</bpmn:script>'
    first = node("scriptTask", "set", script, more='scriptFormat="feel"')
    publish(process(start("cs", ""), first, co, end("ce"), chain("cs", "set", "co", "ce")))
    out = flow("g", "last", "count(checked) = 2")
    pieces = [out if one.startswith("<bpmn:sequenceFlow id=\"f_g_last") else one
              for one in calling(call())]  # fmt: skip
    story = case_of(*pieces)
    element = f"{OTHER}@1.a"
    assert sorted(story.waiting()) == [(element, "cgj"), (element, "xfjy")]
    chen = people.actor_for_login("zhao.examiner")
    asked = cohandling.board(story.case_id, chen, now=story.now)
    assert {one.drawn.limit for one in asked} == {"3wd"}
    story.do("cg.wu", element, "agree").do("xf.zheng", element, "agree")
    assert story.waiting() == [("last", "scjg")]


@pytest.mark.parametrize(
    ("written", "rule"),
    [
        (call("version"), "call-binding"),
        (call("version", 'camunda:calledElementVersion="9"'), "unknown-process"),
        (call("versionTag"), "call-binding"),
        (call("versionTag", 'camunda:calledElementVersionTag="x"'), "unknown-process"),
        (call("newest"), "call-binding"),
        (call().replace('"inspection"', '"nothing"'), "unknown-process"),
        (call().replace('"inspection"', '"=lead"'), "call-binding"),
        (call(item="nobody"), "unknown-process"),
        (call("deployment"), "unknown-process"),
        (call().replace('<camunda:out source="verdict" target="checked"/>',
                        '<camunda:out variables="all"/>'), "call-binding"),
    ],
)  # fmt: skip
def test_a_call_that_finds_nothing_is_refused_at_deployment(written: str, rule: str) -> None:
    """With the reason, and what to do."""
    publish(inspecting())
    problems = [one for one in found(*calling(written)) if one.rule == rule]
    assert [one.element for one in problems] == ["c"]
    assert problems[0].hint.en


def test_what_the_called_process_looks_at_must_be_handed_over() -> None:
    """Else it would stop there."""
    asks = process(
        start("cs", ""), node("exclusiveGateway", "big", more='default="f_big_ce"'),
        user("look", outcomeAs="verdict"), end("ce"), chain("cs", "big", "ce"),
        flow("big", "look", "amount > 9"), flow("look", "ce"),
    )  # fmt: skip
    given = '<camunda:in source="item" target="amount"/>'
    publish(asks, inside=f"<bpmn:extensionElements>{given}</bpmn:extensionElements>")
    (problem,) = [one for one in found(*calling(call())) if one.rule == "call-input"]
    assert "amount" in problem.message.en
    handed = call().replace('target="sum"', 'target="amount"')
    assert rules(*calling(handed)) == set()


def test_a_call_whose_process_has_gone_is_an_incident_and_changes_nothing() -> None:
    """The process is gone from the version in force, or its version was withdrawn."""
    publish(inspecting())
    first = (start("s"), user("wait"), call(), end("e"), chain("s", "wait", "c", "e"))
    story = case_of(*first)
    withdraw()
    with pytest.raises(EngineFault) as fault:
        do(story, "wait")
    assert (fault.value.element, OTHER in fault.value.message.en) == ("c", True)  # type: ignore[attr-defined]
    kept = incidents.keep(fault.value, now=story.now)
    assert kept is not None
    assert story.waiting() == [("wait", "scjg")]
    publish(inspecting(limit="4wd"))
    do(story, "wait")
    assert story.waiting() == [(f"{OTHER}@2.look", "scjg")]


def test_a_fixed_version_that_was_withdrawn_is_refused() -> None:
    """At deployment and when it is called."""
    publish(inspecting())
    withdraw()
    written = call("version", 'camunda:calledElementVersion="1"')
    assert "unknown-process" in rules(*calling(written))


PATHS = """
- name: {zh: 好, en: Good}
  steps:
    - expect: {waiting: [look]}
    - {complete: look, outcome: ok}
    - {complete: last}
  expect: {status: completed, visited: [c, look, last], not_visited: [more], data: {checked: ok}}
"""


def test_paths_go_through_what_is_called() -> None:
    """At a deployment; where nothing is known of other items they are walked as far as they go."""
    publish(inspecting())
    assert rules(*calling(call()), paths_yaml=PATHS.encode()) == set()
    wrong = PATHS.replace("checked: ok", "checked: bad").encode()
    assert rules(*calling(call()), paths_yaml=wrong) == {"path-failed"}
    alone = definitions.read_bundle(files(*calling(call()), paths_yaml=PATHS.encode()))
    assert [one.rule for one in alone.problems if one.file == "paths.yaml"] == ["path-elsewhere"]
    assert alone.errors == ()


def test_a_case_without_what_it_called_says_so() -> None:
    """Its state is never run by another plan."""
    publish(inspecting())
    story = case_of(*calling(call()))
    with db.transaction() as session:
        case = session.get_one(Case, story.case_id)
        task = story.task(f"{OTHER}@1.look", "zhao.examiner")
        case.joined = []
        with pytest.raises(EngineFault) as fault:
            advance.complete(case, task, {}, actor=people.actor_for_login("admin"), now=story.now)
        assert "missing" in fault.value.message.en
        session.rollback()


DMN = (
    '<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/" id="r" name="r"'
    ' namespace="urn:r"><decision id="rate" name="rate"><variable name="rate"/>'
    "<literalExpression><text>{}</text></literalExpression></decision></definitions>"
)


def test_decisions_of_another_bundle_are_its_own() -> None:
    """Two bundles may have a decision of one name; each asks its own."""
    ask = 'camunda:decisionRef="rate" camunda:mapDecisionResult="singleEntry"'
    rule = node("businessRuleTask", "rule", more=f'{ask} camunda:resultVariable="verdict"')
    inner = process(start("cs", ""), rule, user("x"), end("ce"), chain("cs", "rule", "x", "ce"))
    publish(inner, rate_dmn=DMN.format(7).encode())
    mine = node("businessRuleTask", "mine", more=f'{ask} camunda:resultVariable="own"')
    story = case_of(
        start("s"), call(), mine, node("exclusiveGateway", "g", more='default="f_g_e"'),
        user("last"), end("e"), chain("s", "c", "mine", "g", "e"),
        flow("g", "last", "checked = 7 and own = 1"), flow("last", "e"),
        rate_dmn=DMN.format(1).encode(),
    )  # fmt: skip
    do(story, f"{OTHER}@1.x")
    assert story.waiting() == [("last", "scjg")]


def test_a_play_shows_the_steps_of_the_other_item() -> None:
    """A draft that calls what is deployed elsewhere is played through both."""
    publish(inspecting())
    bundle = files(*calling(call(item=OTHER)))
    stage = Stage(
        definitions.read_bundle({**bundle, "paths.yaml": b"[]"}),
        definitions.bundle_hash(bundle),
        Calendar(),
        abroad=lambda wanted: definitions.calls.find(ITEM, None, wanted),
        beside=lambda part: (definitions.bundle(part.version).forms, frozenset()),
    )
    script = Script(BEGINNING, {"capital": 5})
    scene = stage.play(script)
    (todo,) = scene.todos
    assert scene.record.reading.forms[todo.step.form or ""].keys >= {"name_check"}
    with pytest.raises(InvalidError):
        scene.record.take(todo, Doing("ok"), BEGINNING)
    assert (todo.element, todo.step.outcomes[0].code) == ("look", "ok")
    scene = stage.play(script.then({"complete": "look", "outcome": "ok"}))
    assert [one.element for one in scene.todos] == ["last"]
    assert scene.record.done[0].label.en == "Good"
