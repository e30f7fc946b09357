"""Messages and signals between real cases: who receives, once, in order, and never lost."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import clock, db, events, incidents, messages, people, postbox
from engine import tasks as acts
from engine.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from engine.messages import Posting
from engine.models import Message, Subscription
from tests.engine.bpmn.diagrams import chain, end, flow, node, start, user
from tests.engine.wide import case_of, letters, subscriptions, tasks
from tools import samples, worker
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]

DECLARED = (
    '<bpmn:message id="m" name="Paid"><bpmn:extensionElements>'
    '<zeebe:subscription correlationKey="=capital"/></bpmn:extensionElements></bpmn:message>'
    '<bpmn:message id="m2" name="Called"/><bpmn:signal id="sg" name="Stop"/>'
)
PAID = '<bpmn:messageEventDefinition messageRef="m"/>'
CALLED = '<bpmn:messageEventDefinition messageRef="m2"/>'
STOP = '<bpmn:signalEventDefinition signalRef="sg"/>'
ADMIN, OTHER = "admin", "wang.clerk"


def catching(definition: str = CALLED) -> tuple[str, ...]:
    """A case that waits for an event and then goes one of two ways."""
    return (
        start("s"), node("intermediateCatchEvent", "wait", definition),
        node("exclusiveGateway", "g", more='default="f_g_b"'), user("a"), user("b"), end("e"),
        chain("s", "wait", "g", "b", "e"), flow("g", "a", "sum > 5"), flow("a", "e"),
    )  # fmt: skip


def waiting(definition: str = CALLED) -> Story:
    """Deploy it and apply."""
    return case_of(*catching(definition), beside=DECLARED)


def another(**answers: object) -> Story:
    """Apply once more, with other answers."""
    from_before = Story("individual-business")
    return from_before.apply({**_usual(), **answers})


def _usual() -> dict[str, object]:
    return dict(samples.individual_business())


def send(name: str = "Called", **more: object) -> messages.Posted:
    """Send as an administrator."""
    with db.transaction():
        posting = Posting(name, **more)  # type: ignore[arg-type]
        return messages.send(posting, actor=people.actor_for_login(ADMIN), now=clock.now())


def deliver() -> int:
    """Work until nothing is left; give how many looks found something."""
    looks = 0
    while worker.deliver_next_message():
        looks += 1
        assert looks < 50
    return looks


def types(story: Story) -> list[str]:
    """The kinds of events of a case."""
    return [event.type for event in events.history(story.case_id)]


def test_a_case_waits_as_a_row_and_goes_on_with_what_the_message_brings() -> None:
    """The row goes with the wait; the record tells of both ends."""
    story = waiting()
    assert subscriptions(story) == [("wait", "Called", None)]
    posted = send(data={"sum": 9, "unheard": "of"})
    assert (posted.receivers, story.waiting()) == (1, [])
    deliver()
    assert story.waiting() == [("a", "scjg")]
    assert (subscriptions(story), letters()) == ([], [("Called", "delivered")])
    assert "message-received" in types(story)
    assert events.recent("messages")[0].type == "message-sent"
    assert deliver() == 0


def test_only_the_case_with_the_key_is_meant() -> None:
    """By the correlation value, which the diagram computes."""
    one = waiting(PAID)
    two = another(capital=77)
    assert [key for _, _, key in subscriptions(two)] == ["77"]
    assert send("Paid", correlation=77.0, data={"sum": 1}).receivers == 1
    deliver()
    assert (one.waiting(), two.waiting()) == ([], [("b", "scjg")])
    assert send("Paid", correlation="77").receivers == 0


def test_several_cases_that_wait_are_a_conflict_that_names_them() -> None:
    """A message has one receiver; its number says which."""
    one, two = waiting(), another()
    with pytest.raises(ConflictError) as conflict:
        send()
    assert one.case.number in conflict.value.message.en
    assert two.case.number in conflict.value.message.zh
    assert letters() == []
    send(case=two.case.number, data={"sum": 1})
    deliver()
    assert (one.waiting(), two.waiting()) == ([], [("b", "scjg")])


def test_a_message_that_comes_early_is_kept_until_somebody_waits() -> None:
    """And brought in the order of sending."""
    send(data={"sum": 9})
    send(data={"sum": 1})
    assert deliver() == 0
    one = waiting()
    assert deliver() == 1
    assert one.waiting() == [("a", "scjg")]
    two = another()
    deliver()
    assert two.waiting() == [("b", "scjg")]
    assert letters() == [("Called", "delivered")] * 2


def test_a_message_nobody_ever_waits_for_is_listed_as_undelivered() -> None:
    """Never silently lost; an administrator gives it up, or sends it on its way again."""
    posted = send()
    assert posted.message is not None
    admin, late = people.actor_for_login(ADMIN), clock.now() + postbox.KEPT + timedelta(days=1)
    with db.transaction():
        assert postbox.expire(clock.now()) == 0
        assert postbox.expire(late) == 1
    assert [row.id for row in messages.listed("undelivered", admin)] == [posted.message.id]
    with db.transaction():
        messages.resend(posted.message.id, actor=admin, now=late)
    assert letters() == [("Called", "waiting")]
    with db.transaction():
        messages.discard(posted.message.id, actor=admin, now=late)
    with pytest.raises(ConflictError), db.transaction():
        messages.discard(posted.message.id, actor=admin, now=late)
    kinds = [event.type for event in events.recent("messages")]
    assert kinds == ["message-discarded", "message-resent", "message-expired", "message-sent"]


def test_two_messages_sent_while_nobody_waited_for_one_key_conflict_only_at_delivery() -> None:
    """The place that is found when it is delivered counts, not when it was sent."""
    send(data={"sum": 9})
    one, two = waiting(), another()
    deliver()
    assert letters() == [("Called", "conflict")]
    assert (one.waiting(), two.waiting()) == ([], [])
    admin = people.actor_for_login(ADMIN)
    (message,) = messages.listed("undelivered", admin)
    assert two.case.number in message.fault_en
    with db.transaction():
        messages.resend(message.id, one.case.number, actor=admin, now=clock.now())
    deliver()
    assert (one.waiting(), two.waiting()) == ([("a", "scjg")], [])


def test_a_case_writes_to_another_in_the_transaction_of_its_step() -> None:
    """What it hands over and by which key is drawn; a step rolled back sends nothing."""
    extra = (
        "<bpmn:extensionElements><camunda:inputOutput>"
        '<camunda:inputParameter name="sum">${capital}</camunda:inputParameter>'
        "</camunda:inputOutput></bpmn:extensionElements>"
    )
    receiver = waiting(PAID)
    sender = case_of(
        start("s"), user("first"), node("sendTask", "tell", extra, more='messageRef="m"'), end("e"),
        chain("s", "first", "tell", "e"), beside=DECLARED,
    )  # fmt: skip
    task, clerk = sender.task("first", "zhao.examiner"), people.actor_for_login("zhao.examiner")

    def fail() -> None:
        with db.transaction():
            acts.complete(task.id, acts.Doing("done"), actor=clerk, now=sender.now)
            assert letters() == [("Paid", "waiting")]
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert letters() == []
    sender.do("zhao.examiner", "first", "done")
    assert (sender.case.status, letters()) == ("closed", [("Paid", "waiting")])
    assert "message-sent" in types(sender)
    deliver()
    assert receiver.waiting() == [("a", "scjg")]


def test_a_message_inside_a_case_is_received_at_once() -> None:
    """Its own case comes first."""
    throw = node("intermediateThrowEvent", "tell", CALLED)
    story = case_of(
        start("s"), node("parallelGateway", "g"), user("first"), throw,
        node("receiveTask", "wait", more='messageRef="m2"'), user("after"), end("e"), end("e2"),
        chain("s", "g", "first", "tell", "e"), chain("g", "wait", "after", "e2"), beside=DECLARED,
    )  # fmt: skip
    story.do("zhao.examiner", "first", "done")
    assert (story.waiting(), letters(), subscriptions(story)) == ([("after", "scjg")], [], [])


def by_event(inner: str, task: str = "alarm") -> str:
    """Draw an event subprocess with a task that does not interrupt."""
    begin = node("startEvent", f"{task}_s", inner, more='isInterrupting="false"')
    inside = begin + user(task) + end(f"{task}_e") + chain(f"{task}_s", task, f"{task}_e")
    return node("subProcess", f"{task}_ev", inside, more='triggeredByEvent="true"')


def test_a_signal_reaches_every_case_that_waits_now_and_nobody_later() -> None:
    """Each once, each in a transaction of its own; the sender hears it at once."""
    pieces = (start("s"), user("a"), end("e"), chain("s", "a", "e"), by_event(STOP))
    one = case_of(*pieces, beside=DECLARED)
    two = another()
    assert send("Stop", kind="signal").receivers == 2
    three = another()
    deliver()
    assert [sorted(x.waiting()) for x in (one, two, three)] == [
        [("a", "scjg"), ("alarm", "scjg")],
        [("a", "scjg"), ("alarm", "scjg")],
        [("a", "scjg")],
    ]
    loud = case_of(
        start("s"), user("a"), node("endEvent", "e", STOP), chain("s", "a", "e"), beside=DECLARED
    )
    loud.do("zhao.examiner", "a", "done")
    deliver()
    assert len(three.waiting()) == 2
    assert "signal-sent" in types(loud)


def test_a_message_on_an_edge_interrupts_and_an_event_gateway_takes_the_first() -> None:
    """Tasks are cancelled, and so is what else was waited for."""
    edge = node("boundaryEvent", "edge", CALLED, more='attachedToRef="a"')
    story = case_of(
        start("s"), user("a"), edge, node("eventBasedGateway", "g"),
        node("intermediateCatchEvent", "paid", PAID), node("intermediateCatchEvent", "stop", STOP),
        user("b"), end("e"), end("e2"), end("e3"), chain("s", "a", "e"),
        chain("edge", "g", "paid", "b", "e2"), chain("g", "stop", "e3"),
        beside=DECLARED,
    )  # fmt: skip
    assert subscriptions(story) == [("edge", "Called", None)]
    send()
    deliver()
    assert tasks(story, "cancelled") == ["a"]
    key = subscriptions(story)[0][2]
    assert subscriptions(story) == [("paid", "Paid", key), ("stop", "Stop", None)]
    send("Paid", correlation=int(key or 0))
    deliver()
    assert (story.waiting(), subscriptions(story)) == ([("b", "scjg")], [])


def test_a_receiver_that_cannot_go_on_leaves_an_incident_and_the_message_can_be_retried() -> None:
    """The case stands where it stood; once the cause is mended it is received."""
    story = waiting()
    send(data={"sum": "much"})
    deliver()
    assert (letters(), subscriptions(story)) == ([("Called", "failed")], [("wait", "Called", None)])
    admin = people.actor_for_login(ADMIN)
    (incident,) = incidents.waiting(admin)
    assert (incident.element, incident.message_id is not None) == ("wait", True)
    assert "message-received" not in types(story)
    with db.transaction():
        db.session().get_one(Message, incident.message_id).data = {"sum": 9}
        acts.retry(incident.id, actor=admin, now=clock.now())
    deliver()
    assert (story.waiting(), letters()) == ([("a", "scjg")], [("Called", "delivered")])


def test_a_place_the_stored_case_knows_nothing_of_is_an_incident_and_blocks_nobody() -> None:
    """As after a repair by hand: the message is set aside, the next ones are delivered."""
    story = waiting()
    with db.transaction() as session:
        row = session.scalars(select(Subscription)).one()
        session.add(
            Subscription(
                id="nowhere", case_id=row.case_id, element="wait", kind="message", name="Ghost"
            )
        )
    send("Ghost")
    send(data={"sum": 9})
    deliver()
    assert letters() == [("Ghost", "failed"), ("Called", "delivered")]
    assert story.waiting() == [("a", "scjg")]
    assert len(incidents.waiting(people.actor_for_login(ADMIN))) == 1


def test_a_failing_message_blocks_no_other() -> None:
    """The next one of its name is delivered."""
    story = waiting()
    send(data={"sum": "much"})
    send(data={"sum": 9})
    deliver()
    assert letters() == [("Called", "failed"), ("Called", "delivered")]
    assert story.waiting() == [("a", "scjg")]


def test_only_an_admin_sends_and_bad_input_is_told_field_by_field() -> None:
    """Nothing is written."""
    with pytest.raises(ForbiddenError), db.transaction():
        messages.send(Posting("Called"), actor=people.actor_for_login(OTHER), now=clock.now())
    with pytest.raises(ForbiddenError):
        messages.listed("waiting", people.actor_for_login(OTHER))
    bad: list[tuple[dict[str, object], str]] = [
        ({"name": ""}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"kind": "shout"}, "kind"),
        ({"correlation": [1]}, "correlation"),
        ({"kind": "signal", "correlation": 1}, "correlation"),
        ({"data": {"lead": "cgj"}}, "data"),
        ({"data": {"x": "y" * 100_000}}, "data"),
        ({"data": {"": 1}}, "data"),
    ]
    for given, wrong in bad:
        with pytest.raises(InvalidError) as refusal:
            send(**{"name": "Called", **given})  # type: ignore[arg-type]
        assert set(refusal.value.fields) == {wrong}
    with pytest.raises(NotFoundError):
        send(case="0000")
    assert letters() == []


def test_a_case_without_messages_writes_no_rows_about_them() -> None:
    """Nor does it cost a statement: nothing changed."""
    story = case_of(start("s"), user("a"), end("e"), chain("s", "a", "e"))
    story.do("zhao.examiner", "a", "done")
    assert db.session().scalars(select(Subscription)).all() == []
    assert letters() == []


WORKERS = 4


def _work_at_once() -> list[BaseException]:
    """Let several workers deliver until nothing is left; give what went wrong."""
    gate, faults = threading.Barrier(WORKERS), list[BaseException]()

    def work() -> None:
        gate.wait()
        try:
            while worker.deliver_next_message():
                pass
        except BaseException as fault:  # noqa: BLE001 - shown by the test
            faults.append(fault)
        finally:
            db.session().close()

    threads = [threading.Thread(target=work) for _ in range(WORKERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return faults


def test_many_workers_deliver_each_message_once() -> None:
    """Real commits: one receiver once for messages, each receiver once for a signal."""
    pieces = (
        start("s"), user("a"), end("e"), chain("s", "a", "e"),
        by_event(PAID), by_event(STOP, "ring"),
    )  # fmt: skip
    stories = [case_of(*pieces, beside=DECLARED), *(another(capital=n) for n in (91, 92))]
    keys = [key for story in stories for _, name, key in subscriptions(story) if name == "Paid"]
    for key in keys:
        for _ in range(3):
            send("Paid", correlation=int(key or 0))
    send("Stop", kind="signal")
    assert _work_at_once() == []
    deliver()
    assert {state for _, state in letters()} == {"delivered"}
    for story in stories:
        elements = sorted(element for element, _ in story.waiting())
        assert elements == ["a", "alarm", "alarm", "alarm", "ring"]
        assert types(story).count("message-received") == 3
        assert events.verify(f"case:{story.case_id}") == []
