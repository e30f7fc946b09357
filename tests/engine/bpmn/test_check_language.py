"""The facts of the process language: process, steps, outcomes, co-handlings."""

import pytest

from tests.engine.bpmn.diagrams import (
    FACTS,
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
from tests.engine.bpmn.test_check_structure import gate

LOOP = (
    '<bpmn:multiInstanceLoopCharacteristics camunda:collection="parts"'
    ' camunda:elementVariable="department"/>'
)
ALL = {
    "coHandling": "true",
    "lead": "lead",
    "limit": "3wd",
    "answers": "opinions",
    "noReply": "wait",
}


def with_task(task: str) -> bytes:
    """Write a process with one task named ``a``."""
    return file(start(), task, end(), chain("start", "a", "end"))


def with_co(body: str = "", loop: str = LOOP, **facts: str) -> bytes:
    """Write a process with one co-handling whose collection the application answers."""
    known = {name: value for name, value in {**ALL, **facts}.items() if value}
    body = body or user("op", "co:examiner", act="co-handle")
    sub = node(
        "subProcess",
        "co",
        loop + start("s", form="") + body + end("e") + chain("s", "op", "e"),
        **known,
    )
    return file(start(), sub, end(), chain("start", "co", "end"))


FORMS = {"apply": frozenset({"parts", "area"})}


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ({"kind": "slow"}, "bad-kind"),
        ({"kind": ""}, "bad-kind"),
        ({"clockStart": "someday"}, "bad-clockstart"),
        ({"promisedLimit": "two weeks"}, "bad-limit"),
        ({"statutoryLimit": "0wd"}, "bad-limit"),
        ({"statutoryLimit": "9999d"}, "bad-limit"),
        ({"extension": "10"}, "bad-limit"),
        ({"promisedLimit": "21wd"}, "promise-too-long"),
        ({"promisedLimit": "", "statutoryLimit": ""}, "no-limit"),
        ({"lead": ""}, "no-lead"),
        ({"itme": "x"}, "unknown-property"),
    ],
)
def test_a_fault_of_the_process_is_reported(facts: dict[str, str], rule: str) -> None:
    """One fault each."""
    assert rules(file(*SIMPLE, facts={**FACTS, **facts})) == {rule}


def test_limits_in_different_units_are_not_compared() -> None:
    """Four hours may well be shorter than one day."""
    facts = {**FACTS, "promisedLimit": "40wh", "statutoryLimit": "5wd"}
    assert rules(file(*SIMPLE, facts=facts)) == set()


def test_the_start_event_names_the_application_form() -> None:
    """And the bundle holds it."""
    bare = file(start(form=""), user("a"), end(), chain("start", "a", "end"))
    assert rules(bare) == {"no-start-form"}
    assert rules(file(*SIMPLE), forms={}) == {"unknown-form"}


@pytest.mark.parametrize(
    ("task", "rule"),
    [
        (user("a", act=""), "no-act"),
        (user("a", act="ponder"), "unknown-act"),
        (user("a", ""), "no-role"),
        (user("a", "clerk"), "no-role"),
        (user("a", "a:b,c:d"), "no-role"),
        (user("a", "co:examiner"), "co-outside"),
        (user("a", act="co-handle"), "act-outside"),
        (user("a", act="decide-part"), "act-outside"),
        (user("a", act="correct"), "act-by-whom"),
        (user("a", "applicant"), "act-by-whom"),
        (user("a", limit=""), "no-step-limit"),
        (user("a", limit="soon"), "bad-limit"),
        (user("a", limit="3661wd"), "bad-limit"),
        (user("a", persons="two"), "bad-persons"),
        (user("a", persons="0"), "bad-persons"),
        (user("a", persons="²"), "bad-persons"),
        (user("a", opinion="maybe"), "bad-opinion"),
        (user("a", notSameAs="start"), "bad-not-same-as"),
        (user("a", notSameAs="nobody"), "bad-not-same-as"),
        (user("a", notSameAs="a"), "bad-not-same-as"),
        (user("a", outcomeAs="my result"), "bad-name"),
        (user("a", outcomeAs="item"), "bad-name"),
        (user("a", more='camunda:formRef="nowhere"'), "unknown-form"),
        (user("a", limits="3wd"), "unknown-property"),
        (user("a", clock="stop"), "bad-clock"),
        (user("a", clock="stop", ground="C10"), "unlawful-ground"),
        (user("a", clock="stop", ground="own:"), "unlawful-ground"),
        (user("a", clock="stop", ground="expert-review", limit=""), "stop-without-limit"),
        (user("a", outcomes="Ja=是|Yes"), "bad-outcomes"),
        (user("a", outcomes="ok=好|Good; ok=行|Fine"), "bad-outcomes"),
        (user("a", outcomes="ok=好"), "bad-outcomes"),
        (user("a", act="decide", outcomes="yes=是|Yes; refuse!=否|No"), "illegal-outcome"),
        (user("a", act="decide", outcomes="grant=是|Yes"), "missing-outcome"),
        (user("a", act="accept", outcomes="correct!=补|Fix"), "missing-outcome"),
        (user("a", act="accept", outcomes="accept=收|Take; wait=等|Wait"), "illegal-outcome"),
    ],
)
def test_a_fault_of_a_user_task_is_reported(task: str, rule: str) -> None:
    """One fault each, at the task."""
    found = check(with_task(task))
    assert rule in {p.rule for p in found}
    assert {p.element for p in found} == {"a"}


def test_a_task_without_a_name_is_refused() -> None:
    """People could not tell what to do."""
    task = user("a").replace('name="任务a"', "")
    assert rules(with_task(task)) == {"no-name"}


def test_departments_and_roles_are_checked_when_they_are_known() -> None:
    """The process's lead, a task's department and role."""
    task = user("a", "fire:wizard")
    known = {"departments": frozenset({"xfjy"}), "roles": frozenset({"clerk"})}
    assert rules(with_task(task), **known) == {"unknown-department", "unknown-role"}
    facts = {"departments": frozenset({"scjg", "fire"}), "roles": frozenset({"wizard"})}
    assert rules(with_task(task), **facts) == set()


def test_an_immediate_item_separates_posts_unless_it_says_otherwise() -> None:
    """审核合一, or notSameAs."""
    take, judge = user("a", act="accept"), user("b", act="decide")
    pieces = (start(), take, judge, end(), chain("start", "a", "b", "end"))
    immediate = {**FACTS, "kind": "immediate"}
    assert rules(file(*pieces, facts=immediate)) == {"posts-not-separated"}
    assert rules(file(*pieces, facts={**immediate, "combinedReview": "true"})) == set()
    apart = (start(), take, user("b", act="decide", notSameAs="a"), *pieces[3:])
    assert rules(file(*apart, facts=immediate)) == set()


def test_a_right_co_handling_has_no_problem() -> None:
    """All facts there."""
    assert rules(with_co(), forms=FORMS) == set()


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ({"lead": ""}, "no-lead"),
        ({"answers": ""}, "no-answers"),
        ({"answers": "my answers"}, "bad-name"),
        ({"limit": ""}, "no-step-limit"),
        ({"limit": "3 days"}, "bad-limit"),
        ({"noReply": "ignore"}, "bad-no-reply"),
    ],
)
def test_a_fault_of_a_co_handling_is_reported(facts: dict[str, str], rule: str) -> None:
    """One fault each."""
    assert rules(with_co(**facts), forms=FORMS) == {rule}


def test_a_co_handling_needs_a_collection_and_a_variable() -> None:
    """Which departments, and under which name."""
    bare = "<bpmn:multiInstanceLoopCharacteristics/>"
    assert rules(with_co(loop=bare), forms=FORMS) == {
        "loop-bound", "no-collection", "no-element-variable",
    }  # fmt: skip
    assert rules(with_co(loop=""), forms=FORMS) == {"no-collection"}


def test_co_handling_is_true_or_not_there() -> None:
    """Any other word is a slip of the pen."""
    assert "bad-co-handling" in rules(with_co(coHandling="yes"), forms=FORMS)


def test_silence_never_decides() -> None:
    """noReply=agreed with a decision inside is refused, with an opinion it is allowed."""
    decision = user("op", "co:head", act="decide-part")
    assert rules(with_co(decision, noReply="agreed"), forms=FORMS) == {"silent-decision"}
    assert rules(with_co(noReply="agreed"), forms=FORMS) == set()


def test_a_co_handling_gives_work_to_the_departments() -> None:
    """A task of the lead alone is none."""
    inside = user("op", "lead:examiner")
    assert rules(with_co(inside), forms=FORMS) == {"no-co-task"}


def test_the_applicant_has_no_task_inside_a_co_handling() -> None:
    """He would be asked once by each department."""
    inside = user("op", "applicant", act="rectify", limit="")
    assert "applicant-inside" in rules(with_co(inside), forms=FORMS)


def test_a_co_handling_inside_another_is_refused() -> None:
    """Draw them one after the other."""
    inner = node(
        "subProcess",
        "op",
        LOOP
        + start("is", form="")
        + user("deep", "co:examiner", act="co-handle")
        + end("ie")
        + chain("is", "deep", "ie"),
        **ALL,
    )
    assert "unsupported" in rules(with_co(inner), forms=FORMS)


def test_an_outcome_that_no_task_offers_is_pointed_out() -> None:
    """Only a warning: the flow is never taken."""
    data = file(
        start(),
        user("a", outcomes="pass=过|Pass; fail=不过|Fail"),
        gate("exclusive", "g", "f_g_end"),
        end(),
        end("e2"),
        chain("start", "a", "g", "end"),
        flow("g", "e2", 'outcome = "failed"'),
    )
    found = check(data)
    assert [(p.rule, p.severity, p.element) for p in found] == [
        ("unknown-outcome", "warning", "f_g_e2")
    ]
    assert "fail, pass" in found[0].hint.en


def test_a_gateway_without_default_must_take_every_outcome() -> None:
    """Covered outcomes need no default; a gap is named."""
    pieces = (
        start(),
        user("a", outcomes="x=一|One; y=二|Two; z=三|Three"),
        gate("exclusive", "g"),
        end(),
        end("e2"),
        chain("start", "a", "g"),
        flow("g", "e2", 'outcome = "x"'),
    )
    whole = file(*pieces, flow("g", "end", 'outcome = "y" or outcome = "z"'))
    assert rules(whole) == set()
    among = file(*pieces, flow("g", "end", 'outcome in ("y", "z")'))
    assert rules(among) == set()
    gap = check(file(*pieces, flow("g", "end", 'outcome = "y"')))
    assert [p.rule for p in gap] == ["no-default"]
    assert "missing: z" in gap[0].message.en
    open_ended = check(file(*pieces, flow("g", "end", "area > 5")))
    assert [p.rule for p in open_ended] == ["no-default"]
