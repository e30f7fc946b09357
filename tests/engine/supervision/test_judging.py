"""What a fact deserves, decided without a database."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from engine.clock import CIVIL_ZONE
from engine.supervision.judging import Days, Fact, Rule, judge, standing
from engine.workdays import Calendar, due_at, facts, parse_limit
from forms.text import Text

CALENDAR = Calendar(years=frozenset({2026}))
DAYS = Days(CALENDAR)
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=CIVIL_ZONE)
RULES = (
    Rule("used", "step", "used", "notice", 70),
    Rule("left", "step", "left", "warning", 1),
    Rule("over", "step", "over", "yellow", 0),
    Rule("far-over", "step", "over", "red", 5),
    Rule("other", "promise", "over", "red", 0),
)


def fact(limit: str, **more: object) -> Fact:
    """A step that began on Monday 2 March 2026 at ten."""
    due = due_at(CALENDAR, MONDAY, parse_limit(limit))
    return Fact(1, "x", "step", "t", Text("审查", "Review"), "a", "b", None, MONDAY, due.at, **more)  # type: ignore[arg-type]


def level(limit: str, now: datetime) -> str:
    """The level a limit has at a moment; empty for none."""
    found = judge(fact(limit), RULES, now, DAYS)
    return found.rule.level if found else ""


def on(day: int, hour: int = 9, month: int = 3) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=CIVIL_ZONE)


@pytest.mark.parametrize(
    ("limit", "now", "expected"),
    [
        ("10wd", on(10), ""),  # 6 of 10
        ("10wd", on(11), "notice"),  # 7 of 10
        ("10wd", on(13), "warning"),  # 9 of 10: one left
        ("10wd", on(16, 23), "warning"),  # the last day, still kept
        ("10wd", on(17, 0), "yellow"),  # 24:00 of the last day has passed
        ("10wd", on(20), "yellow"),  # 4 working days over
        ("10wd", on(23), "red"),  # 5 working days over
        ("2wd", on(2, 11), ""),  # "one day left" says nothing of a limit of two
        ("2wd", on(4), "notice"),
        ("4wh", on(2, 11), ""),  # hours by the clock
        ("4wh", on(2, 14), "notice"),
        ("4wh", on(2, 16), "yellow"),
    ],
)
def test_a_limit_rises_through_its_levels(limit: str, now: datetime, expected: str) -> None:
    """Counted by hand on the calendar of March 2026."""
    assert level(limit, now) == expected


def test_days_on_which_the_clock_stood_still_are_not_used() -> None:
    """Five working days of a stop: of ten, five are used, not ten."""
    stopped = [date(2026, 3, day).isoformat() for day in (4, 5, 6, 9, 10)]
    later = fact("10wd", due_facts={"stopped": stopped})
    found = standing(Fact(**{**vars(later), "due_at": on(24, 0)}), on(13), DAYS)
    assert (found.used, found.total, found.left) == (4, 10, 6)


def test_what_has_ended_is_judged_as_it_stood_then() -> None:
    """Done one day late, looked at a month later."""
    done = fact("10wd", ended_at=on(17, 12))
    found = judge(done, RULES, on(20, month=4), DAYS)
    assert found is not None
    assert (found.rule.level, found.standing.over) == ("yellow", 1)


def test_the_answer_does_not_depend_on_the_zone_of_now() -> None:
    """The same instant, written in UTC."""
    for hours in range(0, 24 * 20, 5):
        moment = MONDAY + timedelta(hours=hours)
        assert level("10wd", moment) == level("10wd", moment.astimezone(UTC))


def test_of_a_stop_in_calendar_days_only_the_working_days_are_taken_out() -> None:
    """20 days from 2 March, stopped 9 to 15 March: until Saturday the 28th, so the 30th.

    Working days to the 30th: 3 to 6 (4), 9 to 13 (5), 16 to 20 (5), 23 to 27 (5) and the 30th,
    without 10 to 13 (4): 16. Used on the 16th: 3 to 6 (4), the 9th and the 16th: 6.
    """
    due = due_at(
        CALENDAR, MONDAY, parse_limit("20d"), stops=[(date(2026, 3, 9), date(2026, 3, 15))]
    )
    assert due.on == date(2026, 3, 30)
    later = replace(fact("20d", due_facts=facts(due)), due_at=due.at)
    found = standing(later, on(16), DAYS)
    assert (found.used, found.total, found.percent) == (6, 16, 37)
