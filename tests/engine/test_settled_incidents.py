"""An incident ends by itself when nothing is left to be done about it; a worker looks for them."""

import threading

import pytest

from engine import clock, db, events, holding, incidents, people
from engine.cases import withdrawing
from engine.incidents import Attempt
from tests.engine.failing import failed, keep

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]


def settled() -> list[tuple[str, str]]:
    """Let a worker look once; say which steps' incidents were closed by that, and how."""
    open_before = incidents.waiting(people.actor_for_login("admin"))
    was = {row.id: row.element for row in open_before}
    with db.transaction():
        number = incidents.settle(now=clock.now())
    db.session().expire_all()
    admin = people.actor_for_login("admin")
    rows = [incidents.find(identity, admin) for identity in sorted(was)]
    closed = [(row.element, row.closed_how) for row in rows if row.closed_at is not None]
    assert number == len(closed)
    return closed


def test_an_incident_ends_when_its_step_was_done_another_way() -> None:
    """The clerk tried again by hand, and it went through: there is nothing left to be mended."""
    stories = failed(2)
    assert settled() == []
    stories[0].do("wang.clerk", "accept", "accept")
    [(element, how)] = settled()
    assert (element, how.split()[1:]) == (
        "accept",
        ["its", "step", "was", "done", "another", "way"],
    )
    history = events.history(stories[0].case_id)
    assert [event.type for event in history][-1] == "incident-closed"
    assert not events.verify(events.stream_of(stories[0].case_id))
    (left,) = incidents.waiting(people.actor_for_login("admin"))
    assert left.case_id == stories[1].case_id
    assert settled() == []


def test_an_incident_ends_with_its_case() -> None:
    """The applicant withdrew: the step is no longer to be done, its timer waits no more."""
    (story,) = failed(1)
    keep(Attempt(story.case_id, "soon", timer_id="gone"))
    keep(Attempt(story.case_id, "paid", message_id=2**30))
    applicant = people.actor_for_login("zhang.san")
    signed = withdrawing.Signed(query_code=story.case.query_code)
    proof = withdrawing.prove(story.case_id, signed, actor=applicant, now=clock.now())
    with db.transaction():
        withdrawing.withdraw(proof, actor=applicant, now=clock.now())
    assert [how.partition(" ")[2] for _, how in settled()] == [
        "its step is no longer to be done",
        "its timer waits no more",
        "its message was settled",
    ]


def test_who_is_at_a_case_is_not_waited_for() -> None:
    """The next look closes what this one left."""
    (story,) = failed(1)
    story.do("wang.clerk", "accept", "accept")
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with db.transaction():
            holding.of_case(story.case_id)
            held.set()
            release.wait(30)

    other = threading.Thread(target=hold)
    other.start()
    try:
        assert held.wait(30)
        assert settled() == []
    finally:
        release.set()
        other.join(30)
    assert len(settled()) == 1
