"""The cases of a fresh demo: something to see in every state, and mostly in time."""

from collections import Counter
from datetime import datetime

import pytest

from engine import cases, people, supervision
from engine.clock import CIVIL_ZONE
from tests.engine.supervision.scenes import supervise
from tools import demo_cases

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]


@pytest.mark.parametrize(("moment", "near"), [("2026-11-29T23:10", 1), ("2026-12-02T16:00", 3)])
def test_a_fresh_demo_shows_a_believable_mixture_on_whatever_day(moment: str, near: int) -> None:
    """One decision and one department are late; some work is near its end; nothing is ahead."""
    now = datetime.fromisoformat(moment).replace(tzinfo=CIVIL_ZONE)
    assert demo_cases.seed(now=now) == len(demo_cases.STORIES)
    supervise(now)
    actor = people.actor_for_login("jc.he")
    cards = supervision.cards(actor, supervision.Wanted()).rows
    levels = Counter(card.level for card in cards)
    assert (levels["yellow"], levels["red"]) == (2, 0)
    assert levels["notice"] + levels["warning"] >= near
    for card in cards:
        for event in cases.file_of(card.case).events:
            assert event.at <= now
    assert demo_cases.seed(now=now) == 0
