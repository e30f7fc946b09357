"""Service tasks of real cases: programs fetch them, do them, fail at them; each at most once."""

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from engine import db, events, firing, incidents, jobs, people, programs, pulse, repairs, tasks
from engine.cases import withdrawing
from engine.definitions import read_bundle
from engine.errors import (
    ConflictError,
    EngineFault,
    ForbiddenError,
    InvalidError,
    NotFoundError,
)
from engine.models import ExternalTask, Task
from engine.supervision import offences
from tests.engine import wide
from tests.engine.bpmn.diagrams import chain, end, flow, node, start, user
from tests.engine.programs.scenes import ERROR, MINUTE, asked, caught, edge, fetch, program, service
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]
HOUR = (
    "<bpmn:timerEventDefinition><bpmn:timeDuration>PT1H</bpmn:timeDuration>"
    "</bpmn:timerEventDefinition>"
)


def kinds(story: Story) -> list[str]:
    """The types of a case's events."""
    return [event.type for event in events.history(story.case_id)]


def act(do: Callable[..., Any], *given: Any, **more: Any) -> None:
    """Let a program say something, in a transaction of its own."""
    with db.transaction():
        do(*given, **{"now": db.now(), **more})


def rows(story: Story) -> list[ExternalTask]:
    """What programs are asked to do for a case."""
    with db.transaction():
        return list(jobs.of_case(story.case_id))


def test_a_program_gets_the_inputs_of_the_task_alone_and_its_results_go_on() -> None:
    """Nothing else of the case leaves the house; what the diagram does not name stays out."""
    story, tax = asked(), program()
    (task,) = tasks.open_of_case(story.case)
    assert (task.role, task.department_code, task.due_at is not None) == ("machine", "scjg", True)
    (job,) = fetch(tax)
    assert (job.variables, job.row.worker_id) == ({"firm": "individual-business"}, "w1")
    act(programs.complete, job.task.id, "w1", {"clean": True, "secret": 1}, actor=tax)
    assert story.waiting() == [("look", "scjg")]
    fetched, done = (
        next(e for e in events.history(story.case_id) if e.type == one)
        for one in ("task-fetched", "task-completed")
    )
    assert (fetched.actor_name, fetched.data["given"]) == ("税务局系统", ["firm"])
    assert (done.actor_name, done.data["left_out"]) == ("税务局系统", ["secret"])
    assert db.session().get_one(Task, job.task.id).answers == {"clean": True}
    assert list(offences.of_cases([story.case_id])) == []
    assert (fetch(tax), rows(story)) == ([], [])


def test_results_steer_the_diagram_and_outputs_see_what_the_case_does_not_keep() -> None:
    """A gateway asks a result; an output looks at an answer that stays at the task."""
    mapped = service(results="").replace(
        "</camunda:inputOutput>",
        '<camunda:outputParameter name="score">${answer.points + 1}</camunda:outputParameter>'
        "</camunda:inputOutput>",
    )
    ways = flow("g", "good", "score > 5") + flow("g", "bad")
    gate = node("exclusiveGateway", "g", more='default="f_g_bad"')
    story = asked(
        start("s"), mapped, gate, user("good"), user("bad"), end("e"),
        chain("s", "ask", "g"), ways, chain("good", "e"), chain("bad", "e"),
    )  # fmt: skip
    tax = program()
    (job,) = fetch(tax)
    act(programs.complete, job.task.id, "w1", {"answer": {"points": 7}}, actor=tax)
    assert story.waiting() == [("good", "scjg")]


def test_what_the_diagram_cannot_go_on_with_changes_nothing_and_leaves_an_incident() -> None:
    """The task stays with its worker; an administrator's retry gives it out again."""
    broken = service(results="").replace(
        "</camunda:inputOutput>",
        '<camunda:outputParameter name="score">${answer + 1}</camunda:outputParameter>'
        "</camunda:inputOutput>",
    )
    ways = flow("g", "look", "score > 5") + flow("g", "e")
    gate = node("exclusiveGateway", "g", more='default="f_g_e"')
    story = asked(
        start("s"), broken, gate, user("look"), end("e"),
        chain("s", "ask", "g"), ways, chain("look", "e"),
    )  # fmt: skip
    tax, admin = program(), people.actor_for_login("admin")
    (job,) = fetch(tax)
    with pytest.raises(EngineFault) as fault:
        act(programs.complete, job.task.id, "w1", {"answer": "much"}, actor=tax)
    incidents.keep(fault.value, now=db.now())
    assert (story.waiting(), kinds(story).count("task-completed")) == ([("ask", "scjg")], 0)
    (incident,) = incidents.waiting(admin)
    act(tasks.retry, incident.id, actor=admin)
    (again,) = fetch(tax, "w2")
    act(programs.complete, again.task.id, "w2", {"answer": 9}, actor=tax)
    assert story.waiting() == [("look", "scjg")]


def test_an_expired_lock_goes_to_the_next_worker_and_the_late_one_is_refused() -> None:
    """A worker that was killed says nothing; until another has it, a late one may still end it."""
    story, tax = asked(), program()
    (job,) = fetch(tax)
    later = db.now() + 2 * MINUTE
    assert fetch(tax, "w2") == []
    (again,) = fetch(tax, "w2", now=later)
    assert again.task.id == job.task.id
    with pytest.raises(programs.LostError, match="It is locked by worker 'w2'"):
        act(programs.complete, job.task.id, "w1", {}, actor=tax)
    act(programs.complete, job.task.id, "w2", {}, actor=tax, now=later + 2 * MINUTE)
    assert kinds(story).count("task-completed") == 1
    with pytest.raises(NotFoundError):
        act(programs.complete, job.task.id, "w2", {}, actor=tax)


def test_two_workers_at_once_get_each_task_once(city_url: str) -> None:
    """Both fetch at the same time, again and again, from a database that does not lie."""
    tax = program()
    stories = [asked()] + [Story("individual-business").apply(number=n) for n in range(2, 6)]
    got: list[list[str]] = [[], []]
    ready = threading.Barrier(2)

    def work(number: int) -> None:
        ready.wait()
        for _ in range(10):
            got[number] += [job.task.id for job in fetch(tax, f"w{number}", most=2)]

    lines = [threading.Thread(target=work, args=(number,)) for number in range(2)]
    for line in lines:
        line.start()
    for line in lines:
        line.join()
    db.configure(city_url)
    assert len(set(got[0] + got[1])) == len(got[0] + got[1]) == len(stories)


def test_a_failure_waits_for_its_next_attempt_and_without_any_left_for_an_administrator() -> None:
    """Then there is an incident that says what the program said."""
    story, tax, admin = asked(), program(), people.actor_for_login("admin")
    (job,) = fetch(tax)
    report = programs.Report("查询超时", "stack", retries=1, wait=10 * MINUTE)
    act(programs.fail, job.task.id, "w1", report, actor=tax)
    assert (fetch(tax), incidents.waiting(admin)) == ([], [])
    (job,) = fetch(tax, now=db.now() + 11 * MINUTE)
    act(programs.fail, job.task.id, "w1", programs.Report("还是超时"), actor=tax)
    assert fetch(tax, now=db.now() + timedelta(days=3)) == []
    (incident,) = incidents.waiting(admin)
    assert "还是超时" in incident.message_zh
    assert kinds(story)[-2:] == ["task-attempt-failed", "step-failed"]
    act(tasks.retry, incident.id, actor=admin)
    (job,) = fetch(tax, "w2")
    assert (job.row.retries, incidents.waiting(admin)) == (1, [])
    with pytest.raises(InvalidError):
        act(programs.fail, job.task.id, "w2", programs.Report(retries=-1), actor=tax)


def test_an_error_of_the_business_is_caught_on_the_edge_or_changes_nothing() -> None:
    """By its code; one that nothing catches is a fault of the diagram."""
    story, tax = caught(), program()
    (job,) = fetch(tax)
    with pytest.raises(EngineFault):
        act(programs.throw, job.task.id, "w1", programs.Thrown("OTHER"), actor=tax)
    assert story.waiting() == [("ask", "scjg")]
    thrown = programs.Thrown("REJECTED", "欠税", {"clean": False, "x": 1})
    act(programs.throw, job.task.id, "w1", thrown, actor=tax)
    assert (story.waiting(), rows(story)) == ([("refuse", "scjg")], [])
    assert "task-error-thrown" in kinds(story)
    with pytest.raises(NotFoundError):
        act(programs.throw, job.task.id, "w1", thrown, actor=tax)


def test_an_error_is_caught_by_an_event_subprocess_too() -> None:
    """The nearest that fits."""
    catch = node("startEvent", "es", '<bpmn:errorEventDefinition errorRef="E"/>')
    handler = node(
        "subProcess", "ev", catch + user("mend") + end("ee") + chain("es", "mend", "ee"),
        more='triggeredByEvent="true"',
    )  # fmt: skip
    story = asked(
        start("s"), service(), handler, user("look"), end("e"), chain("s", "ask", "look", "e"),
        beside=ERROR,
    )  # fmt: skip
    tax = program()
    (job,) = fetch(tax)
    act(programs.throw, job.task.id, "w1", programs.Thrown("REJECTED"), actor=tax)
    assert story.waiting() == [("mend", "scjg")]


def test_a_timer_on_its_edge_takes_the_task_away_from_its_worker() -> None:
    """In the same step; the worker hears that the task does not exist."""
    late = edge("late", "ask", HOUR)
    story = asked(
        start("s"), service(), late, user("look"), user("by_hand"), end("e"), end("e2"),
        chain("s", "ask", "look", "e"), chain("late", "by_hand", "e2"),
    )  # fmt: skip
    tax = program()
    (job,) = fetch(tax)
    with db.transaction():
        assert firing.fire_due(story.now + timedelta(hours=2)) == 1
    assert (story.waiting(), rows(story)) == ([("by_hand", "scjg")], [])
    with pytest.raises(NotFoundError):
        act(programs.complete, job.task.id, "w1", {}, actor=tax)


def test_a_withdrawn_application_takes_it_away_and_a_suspended_case_keeps_it() -> None:
    """What is suspended is not given out, and what was given out is not taken back."""
    story, tax = asked(), program()
    with db.transaction():
        story.case.suspended_at = story.now
    assert fetch(tax) == []
    with db.transaction():
        story.case.suspended_at = None
    (job,) = fetch(tax)
    with db.transaction():
        story.case.suspended_at = story.now
    with pytest.raises(ConflictError):
        act(programs.complete, job.task.id, "w1", {}, actor=tax)
    with db.transaction():
        story.case.suspended_at = None
    applicant = people.actor_for_login(story.applicant)
    with db.transaction():
        proof = withdrawing.Proof(story.case_id, applicant.person_id, "test", "不再办理")
        withdrawing.withdraw(proof, actor=applicant, now=story.now)
    assert rows(story) == []
    with pytest.raises(NotFoundError):
        act(programs.complete, job.task.id, "w1", {}, actor=tax)


def test_locks_are_extended_taken_and_given_back() -> None:
    """As the contract says: extending counts from now, an ended lock is not extended."""
    story, tax = asked(), program()
    (job,) = fetch(tax)
    now = db.now()
    act(programs.extend, job.task.id, "w1", 5 * MINUTE, actor=tax, now=now)
    assert rows(story)[0].locked_until == now + 5 * MINUTE
    with pytest.raises(programs.LostError):
        act(programs.extend, job.task.id, "w2", MINUTE, actor=tax)
    with pytest.raises(programs.LostError, match="expired"):
        act(programs.extend, job.task.id, "w1", MINUTE, actor=tax, now=now + 6 * MINUTE)
    with pytest.raises(InvalidError):
        act(programs.lock, job.task.id, "w1", timedelta(), actor=tax)
    with pytest.raises(programs.LostError):
        act(programs.lock, job.task.id, "w2", MINUTE, actor=tax)
    act(programs.unlock, job.task.id, actor=tax)
    (again,) = fetch(tax, "w2")
    assert again.task.id == job.task.id


def test_a_program_sees_only_its_topics_and_people_do_not_do_its_tasks() -> None:
    """A foreign topic is refused, a foreign task does not exist; no post completes it."""
    story, other = asked(), program("other.office", "something-else")
    with pytest.raises(ForbiddenError):
        fetch(other)
    (task,) = tasks.open_of_case(story.case)
    with pytest.raises(NotFoundError):
        act(programs.lock, task.id, "w1", MINUTE, actor=other)
    for login in ("zhao.examiner", "admin"):
        actor = people.actor_for_login(login)
        with pytest.raises(ForbiddenError):
            act(tasks.complete, task.id, tasks.Doing("done"), actor=actor, now=story.now)
        with pytest.raises(ForbiddenError), db.transaction():
            programs.fetch([programs.Wanted("tax-record", MINUTE)], "w", 1, actor=actor,
                           now=db.now())  # fmt: skip


def test_the_more_urgent_comes_first_and_filters_hold() -> None:
    """Priority before age; one case by its number, an item by its code."""
    urgent = service("b").replace("camunda:topic=", 'camunda:taskPriority="50" camunda:topic=')
    fork = node("parallelGateway", "f")
    story = asked(
        start("s"), fork, service("a"), urgent, end("e"), end("e2"),
        chain("s", "f", "a", "e"), chain("f", "b", "e2"),
    )  # fmt: skip
    tax = program()
    with db.transaction():
        numbers = frozenset({"no-such-number"})
        wanted = [programs.Wanted("tax-record", MINUTE, cases=numbers)]
        assert programs.fetch(wanted, "w", 5, actor=tax, now=db.now()) == []
        wanted = [programs.Wanted("tax-record", MINUTE, frozenset(), items=frozenset({story.item}))]
        (first,) = programs.fetch(wanted, "w", 1, actor=tax, now=db.now())
    assert (first.task.element, first.variables) == ("b", {})


def test_the_check_names_what_is_wrong_with_such_a_task() -> None:
    """Topic, results, priority, limit, another engine's settings; each with its rule."""
    ends = (start("s"), end("e"), chain("s", "ask", "e"))
    wrong = {
        "bad-topic": service(topic="${x}"),
        "bad-name": service(results="outcome"),
        "bad-limit": service(limit="soon"),
        "bad-priority": service().replace(
            'camunda:type', 'camunda:taskPriority="high" camunda:type'
        ),
        "unsupported": service().replace('camunda:topic="tax-record"', ""),
        "no-name": service().replace('name="查询ask"', ""),
        "unknown-property": service(persons="2"),
        "not-run": service().replace('"external"', '"mail"'),
    }  # fmt: skip
    for rule, drawn in wrong.items():
        assert rule in wide.refusals(ends[0], drawn, *ends[1:]), rule
    assert wide.refusals(ends[0], service(), *ends[1:]) == set()


def test_walks_answer_for_the_program_and_let_it_end_with_an_error() -> None:
    """paths.yaml: ``complete`` with answers, or with ``error``; a person's step has none."""
    catch = edge("no", "ask", '<bpmn:errorEventDefinition errorRef="E"/>')
    drawn = (
        start("s"), service(), node("exclusiveGateway", "g", more='default="f_g_e"'), catch,
        user("look"), end("e"), end("e2"), chain("s", "ask", "g"), flow("g", "look", "clean"),
        flow("g", "e"), chain("look", "e"), chain("no", "e2"),
    )  # fmt: skip
    walk = """
- name: {zh: 走, en: walk}
  steps: [%s]
  expect: {status: completed, visited: [%s]}
"""
    good = "{complete: ask, answers: {clean: true}}, {complete: look}", "look"
    bad = "{complete: ask, error: REJECTED}", "e2"
    for steps in (good, bad):
        found = read_bundle(wide.files(*drawn, beside=ERROR, paths=walk % steps))
        assert found.errors == ()
    wrong = "{complete: ask, answers: {clean: true}}, {complete: look, error: X}", "look"
    found = read_bundle(wide.files(*drawn, beside=ERROR, paths=walk % wrong))
    assert [p.rule for p in found.errors] == ["path-failed"]


def test_departments_that_are_asked_have_programs_too() -> None:
    """Inside a co-handling the time counts for the department; its answer is its own still."""
    opinion = user("say", "co:examiner", act="co-handle", limit="2wd")
    inside = start("is", "") + service() + opinion + end("ie") + chain("is", "ask", "say", "ie")
    over = 'camunda:collection="parts" camunda:elementVariable="part"'
    loop = f"<bpmn:multiInstanceLoopCharacteristics {over}/>"
    facts = {"coHandling": "true", "lead": "lead", "limit": "3wd", "answers": "opinions"}
    set_ = node("scriptTask", "set", '<bpmn:script>parts = ["cgj"]</bpmn:script>',
                more='scriptFormat="feel"')  # fmt: skip
    co = node("subProcess", "co", inside, **facts).replace(
        "</bpmn:subProcess>", f"{loop}</bpmn:subProcess>"
    )
    story = asked(start("s"), set_, co, end("e"), chain("s", "set", "co", "e"))
    tax = program()
    assert story.waiting() == [("ask", "cgj")]
    (job,) = fetch(tax)
    act(programs.complete, job.task.id, "w1", {}, actor=tax)
    assert story.waiting() == [("say", "cgj")]
    story.do("cg.wu", "say", "agree")
    assert story.case.closed_at is not None


def test_accounts_are_an_administrators_and_wrong_names_are_told_by_field() -> None:
    """A login name is nobody else's; a program opens no account."""
    tax, admin = program(), people.actor_for_login("admin")
    for login, name, topics, field in (
        ("x", "税务局系统", ["a"], "login"), ("tax.two", "", ["a"], "name"),
        ("tax.two", "税务局系统", [], "topics"), ("tax.two", "税务局系统", ["a b"], "topics"),
    ):  # fmt: skip
        with pytest.raises(InvalidError) as error:
            act(programs.add, login, name, topics, actor=admin)
        assert field in error.value.fields
    with pytest.raises(ConflictError):
        act(programs.add, "tax.office", "税务局系统", ["a"], actor=admin)
    with pytest.raises(ForbiddenError):
        act(programs.add, "b.office", "别的系统", ["a"], actor=tax)
    act(programs.allow, tax.person_id, ["b"], actor=admin)
    assert programs.topics_of(tax) == {"b"}


def test_closing_an_account_frees_what_it_held_and_a_token_ends_with_the_next_one() -> None:
    """The next program gets the task at once; the people's record tells all of it."""
    asked()
    tax, admin = program(), people.actor_for_login("admin")
    assert tax.person_id is not None
    with db.transaction():
        first = programs.issue_token(tax.person_id, actor=admin, now=db.now())
        second = programs.issue_token(tax.person_id, actor=admin, now=db.now())
    found = [people.actor_for_token(one, now=db.now()) for one in (first, second)]
    assert found == [None, tax]
    (job,) = fetch(tax)
    (state,) = programs.topics(admin, now=db.now())
    (account,) = programs.accounts(admin, now=db.now())
    assert (state.working, state.programs, account.working) == (1, ("税务局系统",), 1)
    act(programs.close, tax.person_id, actor=admin)
    assert people.actor_for_token(second, now=db.now()) is None
    (again,) = fetch(program("other.office"))
    assert again.task.id == job.task.id
    with pytest.raises(ConflictError):
        act(programs.issue_token, tax.person_id, actor=admin)
    told = {event.type for event in events.recent(people.STREAM)}
    assert {"program-added", "program-closed", "program-token-issued"} <= told


@pytest.mark.parametrize("tag", ["sendTask", "businessRuleTask"])
def test_a_send_or_rule_task_without_message_or_decision_is_a_programs_too(tag: str) -> None:
    """With a topic; without one it is refused."""
    drawn = service().replace("serviceTask", tag)
    ends = (start("s"), end("e"), chain("s", "ask", "e"))
    story, tax = asked(ends[0], drawn, *ends[1:]), program()
    (job,) = fetch(tax)
    act(programs.complete, job.task.id, "w1", {}, actor=tax)
    assert story.case.closed_at is not None
    plain = drawn.replace('camunda:topic="tax-record"', "")
    assert wide.refusals(ends[0], plain, *ends[1:]) != set()


def test_two_administrators_skip_or_repeat_what_a_program_does() -> None:
    """Skipped, its results are null; repeated, it is another task for the program."""
    story, tax = asked(), program()
    (job,) = fetch(tax)
    mend = repairs.Mend(repairs.REPEAT, task=job.task.id, element="ask")
    repaired(story, mend)
    (again,) = fetch(tax, "w2")
    assert again.task.id != job.task.id
    with pytest.raises(NotFoundError):
        act(programs.complete, job.task.id, "w1", {}, actor=tax)
    repaired(story, repairs.Mend(repairs.SKIP, task=again.task.id, outcome="done"))
    assert (story.waiting(), rows(story)) == ([("look", "scjg")], [])


def repaired(story: Story, mend: repairs.Mend) -> None:
    """Let one administrator propose a repair and another approve it."""
    one, two = (people.actor_for_login(login) for login in ("admin", "admin.gu"))
    found = repairs.preview(story.case_id, mend, actor=one, now=story.now)
    with db.transaction():
        why = "外部系统停用，改由人工核对"
        row = repairs.propose(found, story.case_id, why, actor=one, now=story.now).id
    with db.transaction():
        repairs.approve(row, actor=two, now=story.now)


def test_the_doctor_counts_what_waits_what_was_given_up_and_what_nobody_may_fetch() -> None:
    """By the database's clock."""
    asked()
    assert pulse.take().programs_unserved == 1
    tax = program()
    found = pulse.take()
    assert (found.programs_waiting, found.programs_failed, found.programs_unserved) == (1, 0, 0)
    (job,) = fetch(tax)
    assert pulse.take().programs_waiting == 0
    act(programs.fail, job.task.id, "w1", programs.Report("x"), actor=tax)
    assert (pulse.take().programs_waiting, pulse.take().programs_failed) == (0, 1)


def test_a_repeated_task_is_given_out_once_for_each_run_with_the_item_of_its_own() -> None:
    """The inputs of each run see what it runs for; the case goes on after the last."""
    over = 'camunda:collection="parts" camunda:elementVariable="part"'
    loop = f"<bpmn:multiInstanceLoopCharacteristics {over}/>"
    many = service(inside=loop).replace("${item}", "${part}")
    set_ = node(
        "scriptTask", "set", '<bpmn:script>parts = ["cgj", "xfjy"]</bpmn:script>',
        more='scriptFormat="feel"',
    )  # fmt: skip
    story = asked(
        start("s"), set_, many, user("look"), end("e"), chain("s", "set", "ask", "look", "e")
    )
    tax = program()
    found = fetch(tax)
    assert sorted(job.variables["firm"] for job in found) == ["cgj", "xfjy"]
    for job in found:
        assert story.waiting()[0][0] == "ask"
        act(programs.complete, job.task.id, "w1", {}, actor=tax)
    assert story.waiting() == [("look", "scjg")]


def test_a_job_of_camunda_eight_is_the_same_task() -> None:
    """Its type is the topic, its mappings what goes in and out."""
    job = (
        '<bpmn:serviceTask id="ask" name="查询"><bpmn:extensionElements>'
        '<zeebe:taskDefinition type="tax-record"/><zeebe:ioMapping>'
        '<zeebe:input source="=item" target="firm"/>'
        '<zeebe:output source="=points &gt; 5" target="good"/>'
        "</zeebe:ioMapping></bpmn:extensionElements></bpmn:serviceTask>"
    )
    gate = node("exclusiveGateway", "g", more='default="f_g_e"')
    story = asked(
        start("s"), job, gate, user("look"), end("e"),
        chain("s", "ask", "g"), flow("g", "look", "good"), flow("g", "e"), chain("look", "e"),
    )  # fmt: skip
    tax = program()
    (found,) = fetch(tax)
    assert found.variables == {"firm": "individual-business"}
    act(programs.complete, found.task.id, "w1", {"points": 7}, actor=tax)
    assert story.waiting() == [("look", "scjg")]
