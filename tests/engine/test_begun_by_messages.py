"""Cases that a message or a signal begins: an applicant, checked answers, once, or a reason."""

from typing import Any

import pytest
import yaml
from sqlalchemy import select

from engine import cases, clock, db, definitions, events, messages, people
from engine.errors import ConflictError, InvalidError
from engine.licences import bars
from engine.messages import Posting
from engine.models import Case, Message, Notice
from forms.examples import make_id_number
from tests.engine.bpmn import diagrams
from tests.engine.bpmn.diagrams import chain, end, flow, node, start, user
from tests.engine.wide import ITEM, case_of, deploy, files, letters, refusals
from tools import samples, worker
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]
DECLARED = (
    '<bpmn:message id="m" name="Asked"/><bpmn:message id="m2" name="Renewed"/>'
    '<bpmn:signal id="sg" name="Season"/>'
)
ASKED = '<bpmn:messageEventDefinition messageRef="m"/>'
RENEWED = '<bpmn:messageEventDefinition messageRef="m2"/>'
SEASON = '<bpmn:signalEventDefinition signalRef="sg"/>'
TIMER = (
    "<bpmn:timerEventDefinition><bpmn:timeCycle>R/P1D</bpmn:timeCycle></bpmn:timerEventDefinition>"
)
CONDITION = (
    "<bpmn:conditionalEventDefinition><bpmn:condition>true</bpmn:condition>"
    "</bpmn:conditionalEventDefinition>"
)
LOGIN = "zhang.san"


def opened(*definitions: str, plain: bool = True) -> tuple[str, ...]:
    """An item that applications begin, and events; what they bring leads to different steps."""
    form = 'camunda:formRef="apply"'
    events = [node("startEvent", f"by{n}", one, more=form) for n, one in enumerate(definitions)]
    begins = "".join(user(f"a{n}") + chain(f"by{n}", f"a{n}", "e") for n in range(len(events)))
    own = start("s") + user("a") + chain("s", "a", "e") if plain else ""
    return (own, *events, begins, end("e"))


def publish(*definitions: str, plain: bool = True) -> None:
    """Deploy it, without materials that the applicant would have to hand in."""
    bundle = files(*opened(*definitions, plain=plain), beside=DECLARED)
    bundle["item.yaml"] = without_materials(bundle["item.yaml"])
    deploy(bundle)


def without_materials(text: bytes) -> bytes:
    """Let no material of an item be required."""
    item = yaml.safe_load(text)
    for material in item["materials"]:
        material["required"] = False
    return yaml.safe_dump(item, allow_unicode=True).encode()


def answers(**more: object) -> dict[str, Any]:
    """Answers that the application form takes."""
    return {**samples.individual_business(), **more}


def send(name: str = "Asked", kind: str = "message", **more: Any) -> messages.Posted:
    """Send as an administrator."""
    data = {"applicant": LOGIN, "answers": answers(), **more.pop("data", {})}
    with db.transaction():
        posting = Posting(name, kind, data=data, **more)
        return messages.send(posting, actor=people.actor_for_login("admin"), now=clock.now())


def deliver() -> None:
    """Work until nothing is left."""
    for _ in range(50):
        if not worker.deliver_next_message():
            return
    raise AssertionError("messages without end")


def begun() -> list[Story]:
    """The cases that messages began, oldest first."""
    query = select(Case.id).where(Case.channel == "message").order_by(Case.id)
    found = []
    for case_id in db.session().scalars(query):
        story = Story(ITEM)
        story.case_id = case_id
        found.append(story)
    return found


def test_a_message_begins_a_case_of_its_applicant() -> None:
    """With number, receipt and notice like any other; the record tells where it came from."""
    publish(ASKED)
    posted = send()
    assert posted.receivers == 1
    deliver()
    (story,) = begun()
    case = story.case
    assert (story.waiting(), letters()) == ([("a0", "scjg")], [("Asked", "delivered")])
    assert (case.applicant_name, case.item_code, case.status) == ("张三", ITEM, "received")
    assert case.answers["trade_name"] == answers()["trade_name"]
    received = next(one for one in events.history(case.id) if one.type == "case-received")
    assert received.data["channel"] == "message"
    assert received.data["origin"]["message"] == posted.message.id  # type: ignore[union-attr]
    assert "receipt" in {document.kind for document in cases.documents.of_case(case)}
    told = db.session().scalars(select(Notice.kind).where(Notice.case_id == case.id))
    assert "case-received" in set(told)
    story.do("zhao.examiner", "a0", "done")
    assert story.case.status == "closed"


def test_each_start_begins_where_it_is_drawn() -> None:
    """An application at the plain one, a message or signal at its own."""
    publish(ASKED, RENEWED + SEASON)
    assert Story(ITEM).apply().waiting() == [("a", "scjg")]
    send()
    send("Renewed")
    send("Season", "signal")
    deliver()
    assert [story.waiting()[0][0] for story in begun()] == ["a0", "a1", "a1"]


def test_a_message_goes_to_who_waits_before_it_begins_anything() -> None:
    """One receiver: the case that waits for it."""
    wait = node("intermediateCatchEvent", "wait", ASKED)
    bundle = files(
        start("s"), wait, user("w"), chain("s", "wait", "w", "e"),
        node("startEvent", "by", ASKED), user("b"), chain("by", "b", "e"), end("e"),
        beside=DECLARED,
    )  # fmt: skip
    bundle["item.yaml"] = without_materials(bundle["item.yaml"])
    deploy(bundle)
    waiting = Story(ITEM).apply()
    send()
    deliver()
    assert (waiting.waiting(), begun()) == ([("w", "scjg")], [])
    send()
    deliver()
    assert [story.waiting() for story in begun()] == [[("b", "scjg")]]


def test_what_else_a_message_brings_is_known_to_the_diagram() -> None:
    """Names that its expressions look at, beside the answers."""
    bundle = files(
        start("s"), chain("s", "g"), node("startEvent", "by", ASKED), chain("by", "g"),
        node("exclusiveGateway", "g", more='default="f_g_b"'), user("a"), user("b"), end("e"),
        chain("g", "b", "e"), flow("g", "a", "is defined(urgent) and urgent = true"),
        flow("a", "e"), beside=DECLARED,
    )  # fmt: skip
    bundle["item.yaml"] = without_materials(bundle["item.yaml"])
    deploy(bundle)
    send(data={"urgent": True, "unheard": "of"})
    deliver()
    assert [story.waiting() for story in begun()] == [[("a", "scjg")]]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"applicant": None}, "applicant"),
        ({"applicant": "nobody"}, "applicant"),
        ({"applicant": "wang.clerk"}, "applicant"),
        ({"applicant": 7}, "applicant"),
        ({"answers": "none"}, "answers"),
        ({"answers": {}}, "trade_name"),
        ({"answers": answers(mobile="12")}, "mobile"),
        ({"answers": answers(unasked=1)}, "unasked"),
    ],
)
def test_what_is_no_proper_application_is_refused_at_the_door(
    data: dict[str, object], field: str
) -> None:
    """Like an application on paper; each point is named, and nothing is kept."""
    publish(ASKED)
    with pytest.raises(InvalidError) as error:
        send(data=data)
    assert field in (error.value.fields or {})
    assert (letters(), begun()) == ([], [])


def test_materials_that_are_lacking_are_named() -> None:
    """A message carries no files."""
    deploy(files(*opened(ASKED), beside=DECLARED))
    with pytest.raises(InvalidError) as error:
        send()
    assert "请上传" in next(iter((error.value.fields or {}).values())).zh


def test_who_is_barred_begins_no_case_by_a_message_either() -> None:
    """许可法 79: undelivered with reason and day; sent again it is refused at once."""
    bundle = files(*opened(ASKED), beside=DECLARED)
    deploy({**bundle, "item.yaml": without_materials(bundle["item.yaml"]) + b"safety: true\n"})
    send()
    deliver()
    (first,) = begun()
    holder = (answers()["operator_id"], "张三")
    send()  # on its way when the bar comes
    with db.transaction():
        item = definitions.bundle_of(first.case).item
        now, head = clock.now(), people.actor_for_login("qian.head")
        bar = bars.impose(first.case, item, "fraud", holder, actor=head, now=now)
    assert bar is not None
    deliver()
    assert len(begun()) == 1
    (message,) = messages.listed("undelivered", people.actor_for_login("admin"))
    assert message.state == "failed"
    day = bar.until_on
    assert f"{day.year}年{day.month}月{day.day}日之前不得再次申请" in str(message.fault_zh)
    assert str(day.year) in str(message.fault_en)
    with pytest.raises(InvalidError) as refused:
        send()
    assert set(refused.value.fields or {}) == {"operator_id"}
    other = send(data={"answers": answers(operator_id=make_id_number(sequence=3))})
    assert other.receivers == 1


THROW = (
    "<bpmn:extensionElements><zeebe:ioMapping>"
    '<zeebe:input source="={}" target="answers"/></zeebe:ioMapping></bpmn:extensionElements>'
)


def throwing(given: str, item: str = "follow-up") -> Story:
    """An item of which a message begins the cases, and a case of another that throws it."""
    bundle = files(*opened(ASKED, plain=False), beside=DECLARED)
    described = without_materials(bundle["item.yaml"]).replace(ITEM.encode(), item.encode())
    drawn = bundle["main.bpmn"].replace(ITEM.encode(), item.encode())
    deploy({**bundle, "item.yaml": described, "main.bpmn": drawn})
    throw = node("intermediateThrowEvent", "t", THROW.format(given) + ASKED)
    return case_of(
        start("s"), user("w"), throw, end("e"), chain("s", "w", "t", "e"), beside=DECLARED
    )


def test_a_case_may_begin_another_of_the_same_applicant() -> None:
    """Answers are checked like those of a person; the applicant is that of the case."""
    given = ", ".join(f"{name}: {name}" for name in answers())
    story = throwing("{" + given + "}")
    story.do("zhao.examiner", "w", "done")
    deliver()
    (other,) = begun()
    assert (other.case.item_code, other.case.applicant_id) == ("follow-up", story.case.applicant_id)
    received = next(one for one in events.history(other.case_id) if one.type == "case-received")
    assert received.data["origin"]["sender"] == story.case.number
    assert other.waiting() == [("a0", "scjg")]


def test_a_thrown_application_that_is_faulty_is_undelivered_with_the_reason() -> None:
    """The step that threw it stands; an administrator sees each point."""
    story = throwing("{trade_name: trade_name}")
    story.do("zhao.examiner", "w", "done")
    deliver()
    assert (story.case.status, begun()) == ("closed", [])
    (message,) = messages.listed("undelivered", people.actor_for_login("admin"))
    assert message.state == "failed"
    assert "operator" in message.fault_en
    assert events.recent("messages")[0].type == "message-refused"


def test_files_of_the_sending_case_go_along() -> None:
    """Where the item asks for the same materials of the same applicant."""
    given = ", ".join(f"{name}: {name}" for name in answers())
    throw = node("intermediateThrowEvent", "t", THROW.format("{" + given + "}") + ASKED)
    story = case_of(
        start("s"), user("w"), throw, end("e"), chain("s", "w", "t", "e"),
        node("startEvent", "by", ASKED), user("b"), chain("by", "b", "e"), beside=DECLARED,
    )  # fmt: skip
    story.do("zhao.examiner", "w", "done")
    deliver()
    (other,) = begun()
    files_of = [
        [(one.code, one.sha256) for one in cases.materials.of_case(case)]
        for case in (story.case, other.case)
    ]
    assert files_of[0] == files_of[1] != []


def test_cases_that_begin_each_other_without_end_are_stopped() -> None:
    """After twenty in a row."""
    given = ", ".join(f"{name}: {name}" for name in answers())
    throw = node("intermediateThrowEvent", "t", THROW.format("{" + given + "}") + ASKED)
    bundle = files(
        start("s"), chain("s", "t"), node("startEvent", "by", ASKED), chain("by", "t"), throw,
        end("e"), chain("t", "e"), beside=DECLARED,
    )  # fmt: skip
    bundle["item.yaml"] = without_materials(bundle["item.yaml"])
    deploy(bundle)
    Story(ITEM).apply()
    deliver()
    assert len(begun()) == messages.MAX_CHAIN
    assert letters()[-1] == ("Asked", "failed")


def test_several_items_that_a_message_could_begin_are_a_conflict() -> None:
    """It names them; the code of one says which."""
    throwing("{}")  # deploys another item of which it begins cases
    publish(ASKED)
    with pytest.raises(ConflictError) as conflict:
        send()
    assert "follow-up" in conflict.value.message.en
    send(item=ITEM)
    deliver()
    assert [story.case.item_code for story in begun()] == [ITEM]
    with pytest.raises(InvalidError) as error:
        send(item="restaurant-opening")
    assert set(error.value.fields or {}) == {"item"}


def test_only_the_version_in_force_is_begun() -> None:
    """A message that came early begins a case as soon as there is a start for it."""
    send()
    deliver()
    assert letters() == [("Asked", "waiting")]
    publish(ASKED)
    deliver()
    assert len(begun()) == 1
    publish(RENEWED)
    send()
    deliver()
    assert (len(begun()), letters()[-1]) == (1, ("Asked", "waiting"))


def test_a_case_that_cannot_begin_leaves_nothing_and_may_be_tried_again() -> None:
    """Its diagram fails: the message is set aside with the reason, the number is not used up."""
    bundle = files(
        start("s"), chain("s", "e"), node("startEvent", "by", ASKED),
        node("scriptTask", "x", "<bpmn:script>y = urgent + 1</bpmn:script>",
             more='scriptFormat="feel"'),
        user("a"), end("e"), chain("by", "x", "a", "e"), beside=DECLARED,
    )  # fmt: skip
    bundle["item.yaml"] = without_materials(bundle["item.yaml"])
    deploy(bundle)
    send()
    deliver()
    assert (begun(), letters()) == ([], [("Asked", "failed")])
    message = db.session().scalars(select(Message)).one()
    assert "urgent" in message.fault_en


def test_an_item_that_only_messages_begin_takes_no_application() -> None:
    """The applicant is told so."""
    publish(ASKED, plain=False)
    assert not definitions.newest(ITEM).applied_for
    with pytest.raises(ConflictError), db.transaction():
        cases.start_draft(ITEM, actor=people.actor_for_login(LOGIN), now=clock.now())
    send()
    deliver()
    assert len(begun()) == 1


PATHS = """
- name: {zh: 由消息开始, en: Begun by a message}
  start: by0
  steps: [{complete: a0}]
  expect: {status: completed, visited: [by0, a0], not_visited: [a]}
- name: {zh: 申请, en: Applied for}
  steps: [{complete: a}]
  expect: {status: completed, not_visited: [a0]}
"""


def test_paths_say_where_they_begin() -> None:
    """By the start event; without one at the plain start."""
    drawn = opened(ASKED)
    assert refusals(*drawn, beside=DECLARED, paths_yaml=PATHS.encode()) == set()
    wrong = PATHS.replace("start: by0", "start: nowhere").encode()
    assert refusals(*drawn, beside=DECLARED, paths_yaml=wrong) == {"path-failed"}


@pytest.mark.parametrize(
    ("pieces", "rule"),
    [
        ((opened(TIMER)), "unsupported"),
        (opened(CONDITION), "unsupported"),
        (opened(ASKED, ASKED), "several-starts"),
        ((start("s"), start("s2"), end("e"), chain("s", "e"), chain("s2", "e")), "several-starts"),
        ((start("s"), end("e"), chain("s", "e"), node("startEvent", "both", ASKED + RENEWED,
          more='parallelMultiple="true"'), chain("both", "e")), "unsupported"),
    ],
)  # fmt: skip
def test_a_start_that_could_begin_no_lawful_case_is_refused(
    pieces: tuple[str, ...], rule: str
) -> None:
    """A time and a condition bring no applicant; two starts for one thing say nothing."""
    reading = definitions.read_bundle(files(*pieces, beside=DECLARED))
    problems = [problem for problem in reading.errors if problem.rule == rule]
    assert problems
    assert all(problem.hint.en for problem in problems)


def test_a_called_process_begins_by_its_call_alone() -> None:
    """A start with a trigger in it would never be taken."""
    inner = diagrams.file(
        start("cs", ""), node("startEvent", "by", ASKED), user("look"), end("ce"),
        chain("cs", "look", "ce"), chain("by", "look"), facts={}, beside=DECLARED,
    ).replace(b'id="p"', b'id="inner"', 1)  # fmt: skip
    call = node("callActivity", "c", more='calledElement="inner"')
    assert "unsupported" in refusals(
        start("s"), call, end("e"), chain("s", "c", "e"), inner_bpmn=inner
    )
