"""Cases moved between versions of a real item: nothing open is lost, nothing jumps, all undone."""

import pytest

from engine import db, events, migrating
from tests.engine import clockwork
from tests.engine.migrating.scenes import (
    begun, chain, deployed, drafted, end, fared, flow, moved, node, start, straight, undone, user,
    version_of, work_of,
)  # fmt: skip
from tests.engine.migrating.scenes import ACCEPT, DECIDE
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]


def at_examination(*pieces: str) -> tuple[int, Story]:
    old = deployed(*(pieces or straight("examine")))
    story = Story("individual-business").apply().do("wang.clerk", "accept", "accept")
    drafted(story, story_examiner(), "examine", {"opinion": "写了一半"})
    return old, story


def story_examiner() -> str:
    return "zhao.examiner"


def test_an_inserted_step_leaves_open_work_as_it_is_and_is_met_later() -> None:
    old, story = at_examination()
    before = work_of(story)
    new = deployed(*straight("examine", "review"))
    moved(old, new)
    assert work_of(story) == before
    assert version_of(story) == new
    story.do(story_examiner(), "examine", "done")
    assert [name for name, _ in story.waiting()] == ["review"]
    assert events.verify(events.stream_of(story.case_id)) == []
