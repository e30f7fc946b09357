"""Times of past cases: what a person held at once shares the time, in office hours."""

from datetime import datetime

import pytest

from engine.clock import CIVIL_ZONE
from engine.workdays import Calendar
from reports import past
from reports.past import Held, Past


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Return a moment of March 2026, of which the 2nd is a Monday."""
    return datetime(2026, 3, day, hour, minute, tzinfo=CIVIL_ZONE)


def test_tasks_that_one_person_held_at_once_share_the_time() -> None:
    """By hand: an hour alone, an hour for both, an hour alone; another person is not in the way."""
    held = [
        Held("review", 1, at(2, 9), at(2, 11)),
        Held("check", 1, at(2, 10), at(2, 12)),
        Held("decide", 2, at(2, 9), at(2, 12)),
    ]
    found = dict(past.shared(held, Calendar()))
    assert found == pytest.approx({"review": 1.5, "check": 1.5, "decide": 3.0})


def test_nights_weekends_and_the_noon_break_are_no_work() -> None:
    """From Friday 17:00 to Monday 9:30: one hour."""
    (one,) = past.shared([Held("review", 1, at(6, 17), at(9, 9, 30))], Calendar())
    assert one == ("review", pytest.approx(1.0))
    assert list(past.shared([], Calendar())) == []


def test_a_step_with_another_id_takes_its_past_along() -> None:
    """What is known under its own id stays; what is unknown stays unknown."""
    known = Past(1, 1.0, {"review": (1.0,), "own": (2.0,)}, outcomes={"review": {"pass": 3.0}})
    found = past.renamed(known, {"audit": "review", "own": "review", "new": "never"})
    assert found.work == {"review": (1.0,), "audit": (1.0,), "own": (2.0,)}
    assert found.outcomes["audit"] == {"pass": 3.0}
    assert "new" not in found.work
