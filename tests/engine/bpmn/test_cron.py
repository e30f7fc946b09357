"""Cron expressions of five to seven fields: exactly one meaning, or refused."""

from datetime import datetime

import pytest

from engine.bpmn import cron

#: A Monday.
NOW = datetime.fromisoformat("2026-03-02T09:00:00+08:00")


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("* * * * *", "2026-03-02T09:01:00"),
        ("30 8 1 * *", "2026-04-01T08:30:00"),
        ("0 9 * * 1", "2026-03-09T09:00:00"),
        ("0 9 * * 0", "2026-03-08T09:00:00"),
        ("0 9 * * 7", "2026-03-08T09:00:00"),
        ("0 9 13 * 5", "2026-03-06T09:00:00"),
        ("0/15 * * * * *", "2026-03-02T09:00:15"),
        ("0 0 9-17/4 * * MON-FRI", "2026-03-02T13:00:00"),
        ("0 0 12 ? * WED", "2026-03-04T12:00:00"),
        ("0 0 12 L * ?", "2026-03-31T12:00:00"),
        ("0 0 12 L-3 * ?", "2026-03-28T12:00:00"),
        ("0 0 12 15W 8 ?", "2026-08-14T12:00:00"),
        ("0 0 12 1W 8 ?", "2026-08-03T12:00:00"),
        ("0 0 12 LW * ?", "2026-03-31T12:00:00"),
        ("0 0 12 ? * FRI#2", "2026-03-13T12:00:00"),
        ("0 0 12 ? * FRIL", "2026-03-27T12:00:00"),
        ("0 0 0 29 2 ?", "2028-02-29T00:00:00"),
        ("0 0 0 1 1 ? 2030", "2030-01-01T00:00:00"),
        ("0 0 0 1 JAN,JUL ?", "2026-07-01T00:00:00"),
        ("0 0 9 ? * MON-SUN", "2026-03-03T09:00:00"),
        ("@daily", "2026-03-03T00:00:00"),
        ("@hourly", "2026-03-02T10:00:00"),
        ("@weekly", "2026-03-08T00:00:00"),
        ("@yearly", "2027-01-01T00:00:00"),
    ],
)
def test_the_next_time(text: str, due: str) -> None:
    found = cron.following(cron.read(text), NOW)
    assert found == datetime.fromisoformat(f"{due}+08:00")


@pytest.mark.parametrize(
    "text",
    [
        "", "*", "* * * *", "* * * * * * * *", "60 * * * *", "* 24 * * *", "* * 32 * *",
        "* * * 13 *", "* * * * 8", "*-5 * * * *", "5-1 * * * *", "*/0 * * * *", "a * * * *",
        "0 0 9 ? * 2", "0 0 9 1 * MON", "0 0 9 ? * FRI#6", "0 0 9 1,L-x * ?", "@often",
        "0 0 0 30 2 ?", "0 0 0 1 1 ? 1980", "-1 * * * *", "1..2 * * * *",
    ],
)  # fmt: skip
def test_what_has_not_exactly_one_meaning_is_refused(text: str) -> None:
    """Numbers for days of the week behind seconds, and what never comes, are refused too."""
    with pytest.raises(ValueError, match=r"[\s\S]*") as caught:
        cron.following(cron.read(text), NOW)
    assert type(caught.value) is ValueError


@pytest.mark.parametrize(
    ("text", "dialect", "written"),
    [
        ("0 0 9 ? * 2-6", "camunda", "0 0 9 ? * MON-FRI"),
        ("0 0 9 ? * 1,7", "camunda", "0 0 9 ? * SUN,SAT"),
        ("0 0 9 ? * 6#3", "camunda", "0 0 9 ? * FRI#3"),
        ("0 0 9 ? * 6L", "camunda", "0 0 9 ? * FRIL"),
        ("0 0 9 * * 1-5", "zeebe", "0 0 9 * * MON-FRI"),
        ("0 0 9 * * 0,7", "zeebe", "0 0 9 * * SUN,SUN"),
        ("0 0 9 * * */2", "zeebe", "0 0 9 * * */2"),
        ("0 0 9 ? * 8", "camunda", "0 0 9 ? * 8"),
        ("0 0 9 ? * 2", "", "0 0 9 ? * 2"),
        ("0 9 * * 1", "camunda", "0 9 * * 1"),
    ],
)
def test_days_of_the_week_are_numbered_as_each_dialect_does(
    text: str, dialect: str, written: str
) -> None:
    assert cron.with_names(text, dialect) == written
