"""What a suspended case's diagram waits for: timers keep what they had left, signals are heard."""

import pytest
from sqlalchemy import select

from engine import db, messages, postbox
from engine.models import Timer
from tests.engine import clockwork, wide
from tests.engine.bpmn.diagrams import chain, end, node, start, user
from tests.engine.clockwork import at
from tests.engine.test_suspension import TIMED, resume, suspend
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]


@pytest.mark.parametrize(
    ("drawn", "due", "moved"),
    [
        # Two working days after the 2nd, of which none has passed: two after the 13th.
        ("P2WD", "2026-03-05T00:00", "2026-03-18T00:00"),
        # Twelve hours of 9:00 to 12:00 and 13:30 to 17:30: Friday has 2.5, Monday 7, Tuesday 2.5.
        ("PT12WH", "2026-03-03T16:30", "2026-03-17T11:30"),
        ("P5D", "2026-03-07T10:00", "2026-03-18T15:00"),
    ],
)
def test_a_timer_in_working_time_has_left_what_it_had_left(
    drawn: str, due: str, moved: str
) -> None:
    """Suspended at once on Monday the 2nd at 10:00, resumed on Friday the 13th at 15:00."""
    pieces = [one.replace("P5D", drawn) for one in TIMED]
    story = clockwork.case_of(*pieces, at=at("2026-03-02T10:00"))
    query = select(Timer.due_at)
    assert db.session().scalars(query).one() == at(due)
    found = suspend(story)
    story.now = at("2026-03-13T15:00")
    resume(story, found)
    assert db.session().scalars(query).one() == at(moved)


SIGNAL = '<bpmn:signalEventDefinition signalRef="sg"/>'
LISTENING = (
    start(), node("parallelGateway", "split"), user("other", "lead:clerk"), end("done"),
    node("intermediateCatchEvent", "call", SIGNAL), clockwork.ACCEPT, end(),
    chain("start", "split", "call", "accept", "end"), chain("split", "other", "done"),
)  # fmt: skip


def listening() -> tuple[Story, int]:
    """A suspended case that waits for a signal, which is thrown meanwhile."""
    beside = '<bpmn:signal id="sg" name="Go"/>'
    story = wide.case_of(*LISTENING, beside=beside)
    found = suspend(story)
    sent = clockwork.act(
        messages.send, messages.Posting("Go", kind="signal"), login="admin", story=story
    )
    assert sent.receivers == 1
    return story, found


def deliver(story: Story) -> int:
    """Let the worker deliver what can be delivered; says how much that was."""
    count = 0
    while True:
        with db.transaction():
            if messages.deliver_next(now=story.now) is None:
                return count
        count += 1


def test_a_signal_thrown_while_a_case_is_suspended_is_heard_when_it_is_resumed() -> None:
    """However long that takes; it neither is lost nor wakes the case before."""
    story, found = listening()
    assert deliver(story) == 0
    story.later(days=90)
    with db.transaction():
        assert postbox.expire(story.now) == 0
    assert story.waiting() == [("other", "scjg")]
    resume(story, found)
    with db.transaction():
        assert postbox.expire(story.now) == 0
    assert deliver(story) == 1
    assert sorted(story.waiting()) == [("accept", "scjg"), ("other", "scjg")]
