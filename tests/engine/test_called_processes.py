"""Items whose diagrams call other processes of their bundle."""

import pytest

from engine import cases, definitions
from tests.engine.bpmn import diagrams
from tests.engine.bpmn.diagrams import chain, end, flow, node, start, user
from tests.engine.wide import case_of, deploy, files, refusals, tasks
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]
PASS = (
    "<bpmn:extensionElements>"
    '<camunda:in source="capital" target="sum"/><camunda:out source="verdict" target="checked"/>'
    "</bpmn:extensionElements>"
)


def called(*pieces: str, name: str = "check") -> bytes:
    """Write the file of a called process."""
    return diagrams.file(*pieces, facts={}).replace(b'id="p"', f'id="{name}"'.encode(), 1)


def call(identity: str = "c", more: str = "", inside: str = PASS) -> str:
    """Write a call of the process ``check``."""
    return node("callActivity", identity, inside, more=f'calledElement="check" {more}')


CHECK = (
    start("cs", ""),
    user("look", more='camunda:formRef="accept"', outcomeAs="verdict", outcomes="ok=好|Good"),
    node("exclusiveGateway", "big", more='default="f_big_ce"'),
    user("more"), end("ce"), chain("cs", "look", "big", "ce"), flow("big", "more", "sum > 9"),
    flow("more", "ce"),
)  # fmt: skip
MAIN = (
    start("s"), call(), node("exclusiveGateway", "g", more='default="f_g_e"'), user("last"),
    end("e"), chain("s", "c", "g", "e"), flow("g", "last", 'checked = "ok"'), flow("last", "e"),
)  # fmt: skip


def do(story: Story, element: str, outcome: str = "done") -> Story:
    """Complete a step."""
    return story.do("zhao.examiner", element, outcome)


def test_tasks_of_a_called_process_are_tasks_of_the_case() -> None:
    """With their own form and outcomes; values go in and come out as the call says."""
    story = case_of(*MAIN, check_bpmn=called(*CHECK))
    assert story.waiting() == [("look", "scjg")]
    do(do(story, "look", "ok"), "more")
    assert story.waiting() == [("last", "scjg")]
    assert do(story, "last").case.status == "closed"
    assert tasks(story, "completed") == ["last", "look", "more"]


def test_its_steps_stand_at_the_place_of_the_call() -> None:
    """In the guide, and where a case stands."""
    story = case_of(*MAIN, check_bpmn=called(*CHECK))
    of = definitions.bundle(story.case.version_id)
    assert [step.element for step in of.ordered_steps] == ["look", "more", "last"]
    do(story, "look", "ok")
    assert cases.progress(story.case).current == {"c", "more"}
    states = {one.step.element: one.state for one in cases.progress(story.case).steps}
    assert states == {"look": "done", "more": "current", "last": "todo"}


def test_a_process_may_be_called_for_each_of_several_departments() -> None:
    """``each`` is the department the call is made for."""
    task = user("look", "each:examiner")
    check = called(start("cs", ""), task, end("ce"), chain("cs", "look", "ce"))
    over = '<bpmn:multiInstanceLoopCharacteristics camunda:collection="parts"/>'
    text = "<bpmn:script>parts = [&quot;cgj&quot;, &quot;xfjy&quot;]</bpmn:script>"
    story = case_of(
        start("s"), node("scriptTask", "set", text, more='scriptFormat="feel"'),
        call(inside=over), end("e"), chain("s", "set", "c", "e"), check_bpmn=check,
    )  # fmt: skip
    assert sorted(story.waiting()) == [("look", "cgj"), ("look", "xfjy")]
    story.do("cg.wu", "look", "done").do("xf.zheng", "look", "done")
    assert story.case.status == "closed"


def test_a_running_case_keeps_the_called_process_it_began_with() -> None:
    """A deployment is a bundle: its calls stay inside it."""
    story = case_of(*MAIN, check_bpmn=called(*CHECK))
    other = called(start("cs", ""), user("other"), end("ce"), chain("cs", "other", "ce"))
    main = (start("s"), call(inside=""), end("e"), chain("s", "c", "e"))
    deploy(files(*main, check_bpmn=other))
    do(story, "look", "ok")
    assert story.waiting() == [("more", "scjg")]
    assert Story("individual-business").apply().waiting() == [("other", "scjg")]


PATHS = """
- name: {zh: 大额, en: A large sum}
  vars: {capital: 10}
  steps:
    - {complete: look, outcome: ok}
    - expect: {waiting: [more]}
    - {complete: more}
    - {complete: last}
  expect: {status: completed, visited: [c, look, more, last], data: {checked: ok}}
"""


def test_paths_go_through_called_processes() -> None:
    """Their steps are named like all others."""
    assert refusals(*MAIN, check_bpmn=called(*CHECK), paths_yaml=PATHS.encode()) == set()
    wrong = PATHS.replace("capital: 10", "capital: 1").encode()
    assert refusals(*MAIN, check_bpmn=called(*CHECK), paths_yaml=wrong) == {"path-failed"}


@pytest.mark.parametrize(
    ("main", "check", "rule"),
    [
        (MAIN, None, "unknown-process"),
        (MAIN, (start("cs", ""), end("ce")), "unreachable"),
        (MAIN, (start("cs"), *CHECK[1:]), "called-form"),
        (MAIN, (start("s", ""), user("look"), end("ce"), chain("s", "look", "ce")), "duplicate-id"),
        (MAIN, (start("cs", ""), user("look", "nobody"), end("ce")), "no-role"),
        ((start("s"), user("a"), end("e"), chain("s", "a", "e")), CHECK, "never-called"),
        (
            (start("s"), call(more='camunda:calledElementBinding="newest"'), end("e"),
             chain("s", "c", "e")),
            CHECK, "call-binding",
        ),
        (
            (start("s"), call(more='camunda:calledElementBinding="version"'), end("e"),
             chain("s", "c", "e")),
            CHECK, "call-binding",
        ),
        (MAIN, (start("cs", ""), call("again"), end("ce"), chain("cs", "again", "ce")),
         "endless-calls"),
    ],
)  # fmt: skip
def test_a_call_that_cannot_be_carried_out_is_refused(
    main: tuple[str, ...], check: tuple[str, ...] | None, rule: str
) -> None:
    """At deployment, with the reason."""
    more = {} if check is None else {"check_bpmn": called(*check)}
    assert rule in refusals(*main, **more)


def test_two_diagrams_that_both_claim_the_item_are_refused() -> None:
    """One is the item's own, the others are called."""
    second = diagrams.file(*CHECK, facts={"item": "individual-business"})
    assert "one-diagram" in refusals(*MAIN, check_bpmn=second)
