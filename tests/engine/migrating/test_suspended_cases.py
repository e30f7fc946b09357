"""Suspended cases (中止) are moved as they stand: nothing begins, and nothing kept is lost."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import clock, db, messages, migrating, tasks
from engine.models import Message, Subscription, Timer
from tests.engine import clockwork, wide
from tests.engine.clockwork import at
from tests.engine.migrating.scenes import (
    ACCEPT,
    DECIDE,
    chain,
    deployed,
    end,
    fared,
    moved,
    node,
    start,
    straight,
    undone,
    user,
    version_of,
    work_of,
)
from tests.engine.test_suspended_diagrams import deliver
from tests.engine.test_suspension import resume, suspend
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]
EXAMINER = "zhao.examiner"
GO = '<bpmn:signal id="sg" name="Go"/>'
HEARS = '<bpmn:signalEventDefinition signalRef="sg"/>'


def published(*pieces: str) -> int:
    """Deploy a version with room for every limit of these tests."""
    return deployed(*pieces, beside=GO, promisedLimit="60wd", statutoryLimit="60wd")


def paused(at_: str = "2026-03-02T10:00", *pieces: str) -> tuple[int, Story, int]:
    """A version, a case on it that was accepted, and the suspension that holds it."""
    old = published(*(pieces or straight("examine")))
    story = Story(wide.ITEM, at=at(at_)).apply().do("wang.clerk", "accept", "accept")
    return old, story, suspend(story)


def due_of(story: Story) -> object:
    """When the one open step has to be done."""
    [task] = tasks.open_of_case(story.case)
    return task.due_at


def test_its_clocks_stand_still_as_before_and_count_by_the_new_limits_when_resumed() -> None:
    """Of Monday the 2nd's three days none is used; five from the 13th, when they were chosen."""
    old, story, found = paused()
    before = work_of(story)
    new = published(*straight("check", "review", check="5wd"))
    row = moved(old, new, {"examine": "check"}, choice=migrating.Choice(steps_anew=True))
    assert [(state, why.split(":")[0]) for state, _, why in fared(row)] == [
        ("moved", "It is still suspended")
    ]
    assert version_of(story) == new
    assert (due_of(story), work_of(story)["due"]) == (None, before["due"])
    assert story.case.suspended_at == at("2026-03-02T10:00")
    story.now = at("2026-03-13T15:00")
    resume(story, found)
    # What began on the 2nd and stood still at once: the 16th to the 20th.
    assert due_of(story) == at("2026-03-21T00:00")
    story.do(EXAMINER, "check", "done")
    assert [name for name, _ in story.waiting()] == ["review"]


def test_kept_limits_count_on_as_if_it_had_not_been_moved() -> None:
    """Three working days from the 13th: those of the version on which the step began."""
    old, story, found = paused()
    moved(old, published(*straight("examine", examine="9wd")))
    story.now = at("2026-03-13T15:00")
    resume(story, found)
    assert due_of(story) == at("2026-03-19T00:00")


def test_put_back_it_is_suspended_as_it_was_and_once_resumed_it_stays() -> None:
    """Undo knows that the resumption was an act of somebody."""
    old, story, found = paused()
    before = work_of(story)
    new = published(*straight("check"))
    row = moved(old, new, {"examine": "check"})
    assert undone(row)["undone"] == 1
    assert (work_of(story), version_of(story)) == (before, old)
    row = moved(old, new, {"examine": "check"})
    story.now = at("2026-03-13T15:00")
    resume(story, found)
    assert (undone(row)["kept"], version_of(story)) == (1, new)


def listening(name: str = "call", more: str = "") -> tuple[str, ...]:
    """A step beside a place that waits for a signal; ``more``: another one on the step."""
    edge = (
        node("boundaryEvent", "edge", more, more='attachedToRef="examine" cancelActivity="false"')
        + end("told") + chain("edge", "told")
    )  # fmt: skip
    return (
        start(), ACCEPT, node("parallelGateway", "split"), user("examine"), DECIDE, end(),
        chain("start", "accept", "split", "examine", "decide", "end"),
        node("intermediateCatchEvent", name, HEARS), user("heard"), end("late"),
        chain("split", name, "heard", "late"), edge if more else "",
    )  # fmt: skip


def test_a_signal_kept_for_it_is_heard_after_the_move_when_it_is_resumed() -> None:
    """Under its new name, and not before; a place that the new version adds is held as well."""
    old, story, found = paused("2026-03-02T10:00", *listening())
    clockwork.act(messages.send, messages.Posting("Go", kind="signal"), login="admin", story=story)
    new = published(*listening("told_so", HEARS))
    moved(old, new, {"call": "told_so"})
    rows = db.session().scalars(select(Subscription).order_by(Subscription.element)).all()
    assert [(row.element, row.kind) for row in rows] == [
        ("edge", "held-signal"), ("told_so", "held-signal"),
    ]  # fmt: skip
    assert deliver(story) == 0
    story.now = at("2026-03-13T15:00")
    resume(story, found)
    assert deliver(story) == 1
    assert sorted(name for name, _ in story.waiting()) == ["examine", "heard"]
    assert db.session().scalars(select(Message.state)).all() == ["delivered"]


TIMED = (
    "<bpmn:timerEventDefinition><bpmn:timeDuration>P{}</bpmn:timeDuration>"
    "</bpmn:timerEventDefinition>"
)


@pytest.mark.parametrize(
    ("drawn", "due"), [("5D", "2026-03-18T15:00"), ("2WD", "2026-03-18T00:00")]
)
def test_a_timer_that_the_move_adds_has_all_its_time_left_when_resumed(
    drawn: str, due: str
) -> None:
    """Moved in the middle of the suspension, it counts from the 13th, as a waiting one would."""
    old, story, found = paused()
    story.now = at("2026-03-09T11:00")
    edge = node("boundaryEvent", "edge", TIMED.format(drawn), more='attachedToRef="examine"')
    new = published(*straight("examine"), edge, end("late"), chain("edge", "late"))
    row = moved(old, new)
    assert [state for state, _, _ in fared(row)] == ["moved"]
    story.now = at("2026-03-13T15:00")
    resume(story, found)
    assert db.session().scalars(select(Timer.due_at)).one() == at(due)


def test_a_timer_that_waits_keeps_its_time_and_the_preview_says_which() -> None:
    """Five days of which none had passed: the new version's two are for cases to come."""

    def edged(text: str) -> int:
        edge = node("boundaryEvent", "edge", TIMED.format(text), more='attachedToRef="examine"')
        return published(*straight("examine"), edge, end("late"), chain("edge", "late"))

    old = edged("5D")
    story = Story(wide.ITEM, at=at("2026-03-02T10:00")).apply().do("wang.clerk", "accept", "accept")
    found, new = suspend(story), edged("2D")
    with db.transaction():
        way = migrating.plan(old, new, {})
        [group] = migrating.impact(way, migrating.Choice(), now=clock.now()).groups
    assert (group.suspended, group.faults) == (True, ())
    assert group.kept == (("edge", at("2026-03-07T10:00")),)
    moved(old, new)
    story.now = at("2026-03-13T15:00")
    resume(story, found)
    assert db.session().scalars(select(Timer.due_at)).one() == at("2026-03-18T15:00")


def test_one_that_the_new_version_would_let_go_on_waits_for_its_resumption() -> None:
    """A branch that waits at a join of two, of which the new version has one."""
    gate = (node("parallelGateway", "split"), node("parallelGateway", "join"))
    both = (
        start(), ACCEPT, *gate, user("one"), user("two"), DECIDE, end(),
        chain("start", "accept", "split", "one", "join", "decide", "end"),
        chain("split", "two", "join"),
    )  # fmt: skip
    old = published(*both)
    story = Story(wide.ITEM, at=at("2026-03-02T10:00")).apply()
    story.do("wang.clerk", "accept", "accept").do(EXAMINER, "one", "done")
    found, before = suspend(story), work_of(story)
    apart = (
        start(), ACCEPT, *gate, user("one"), user("two"), DECIDE, end(), end("aside"),
        chain("start", "accept", "split", "one", "join", "decide", "end"),
        chain("split", "two", "aside"),
    )  # fmt: skip
    new = published(*apart)
    way = migrating.plan(old, new, {})
    with db.transaction():
        [group] = migrating.impact(way, migrating.Choice(), now=clock.now()).groups
    assert (group.suspended, [fault.element for fault in group.faults]) == (True, ["decide"])
    row = moved(old, new)
    [(state, _, why)] = fared(row)
    assert state == "refused"
    assert why.endswith("move it after it is resumed.")
    assert (work_of(story), version_of(story)) == (before, old)
    story.now += timedelta(days=3)
    resume(story, found)
    assert [state for state, _, _ in fared(moved(old, new))] == ["moved"]
    assert sorted(name for name, _ in story.waiting()) == ["decide", "two"]
