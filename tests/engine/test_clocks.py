"""Due times on the loaded calendar, and the words for them."""

from datetime import UTC, date, datetime, timedelta

import pytest

from engine import clocks
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]

#: law.md section 4.2: accepted on, working days, due on
VECTORS = [
    ("2026-02-12", 5, "2026-02-26"),
    ("2026-02-12", 20, "2026-03-18"),
    ("2026-02-13", 1, "2026-02-14"),
    ("2026-02-14", 1, "2026-02-24"),
    ("2026-02-28", 5, "2026-03-06"),
    ("2026-04-03", 20, "2026-05-07"),
    ("2026-04-30", 7, "2026-05-13"),
    ("2026-06-18", 20, "2026-07-17"),
    ("2026-09-18", 10, "2026-10-09"),
    ("2026-09-24", 20, "2026-10-29"),
    ("2026-09-30", 45, "2026-12-08"),
    ("2026-09-30", 60, "2026-12-29"),
    ("2025-12-31", 3, "2026-01-06"),
    ("2025-09-26", 20, "2025-10-30"),
]


@pytest.mark.parametrize(("start", "days", "due"), VECTORS)
def test_the_calendar_in_the_database_gives_the_laws_due_days(
    start: str, days: int, due: str
) -> None:
    """The fourteen vectors, on the calendar as loaded, from a morning in the city."""
    begun = datetime.fromisoformat(f"{start}T10:00:00+08:00")
    found = clocks.due(begun, f"{days}wd")
    assert found.on == date.fromisoformat(due)
    assert not found.provisional


def test_a_due_day_in_a_year_without_a_calendar_is_provisional() -> None:
    """2027 was not published yet; the explanation says so."""
    found = clocks.due(datetime(2026, 12, 28, 2, tzinfo=UTC), "10wd")
    assert found.provisional
    assert "暂定" in clocks.explanation(clocks.facts_of(found)).zh


@pytest.mark.parametrize(
    ("hours", "zh", "state"),
    [
        (-24 * 4, "还剩3个工作日", "ok"),
        (-2, "今天到期", "near"),
        (1, "已超期", "overdue"),
        (24 * 4, "已超期3个工作日", "overdue"),
    ],
)
def test_time_left_is_said_in_working_days(hours: int, zh: str, state: str) -> None:
    """Around a Friday midnight; the weekend does not count."""
    due = datetime(2026, 11, 20, 16, tzinfo=UTC)  # the end of Friday 20 November in the city
    now = due + timedelta(hours=hours)
    assert clocks.left(due, now).zh == zh
    assert clocks.state_of(due, now) == state


def test_both_clocks_of_a_case_start_at_acceptance_and_explain_themselves() -> None:
    """Promise and statute, from the same day, each with its reasons."""
    at = datetime(2026, 9, 18, 2, tzinfo=UTC)
    story = Story("medical-device-iii", at=at).apply().do("wang.clerk", "accept", "accept")
    case = story.case
    assert case.promised_due_at is not None
    assert case.statutory_due_at is not None
    assert clocks.last_day(case.promised_due_at) == date(2026, 10, 14)
    assert clocks.last_day(case.statutory_due_at) == date(2026, 10, 22)
    said = clocks.explanation(case.due_facts["statutory"])
    assert "20个工作日" in said.zh
    assert "20 working days" in said.en
