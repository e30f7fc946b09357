"""Working days: the vectors of law.md section 4, brute force over published years, the words."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import islice

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import InvalidError
from engine.workdays import (
    Calendar,
    DayEnd,
    Limit,
    OfficeHours,
    Rules,
    Stop,
    Unit,
    add_days,
    add_workdays,
    due_at,
    explain,
    facts,
    from_facts,
    parse_limit,
    workdays_before,
    workdays_between,
    working_end,
)
from forms.text import Text

FIRST, LAST = date(2018, 1, 1), date(2026, 12, 31)
PUBLISHED = {
    FIRST + timedelta(days=i): chinese_calendar.is_workday(FIRST + timedelta(days=i))
    for i in range((LAST - FIRST).days + 1)
}
CALENDAR = Calendar.from_days(PUBLISHED, range(2018, 2027))
REVIEW = Stop(date(2026, 3, 10), date(2026, 3, 30), Text("专家评审", "expert review"))


def day(text: str) -> date:
    """Read a day."""
    return date.fromisoformat(text)


def local(text: str) -> datetime:
    """Read an instant written in the city's own time."""
    return datetime.fromisoformat(f"{text}+08:00")


@pytest.mark.parametrize(
    ("start", "n", "due"),
    [
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
    ],
)
def test_the_fourteen_vectors_of_the_law_come_out(start: str, n: int, due: str) -> None:
    counted = add_workdays(CALENDAR, day(start), n)
    assert counted.due == day(due)
    assert not counted.provisional


def test_2026_has_248_working_days_six_of_them_make_up_days() -> None:
    assert workdays_between(CALENDAR, day("2025-12-31"), day("2026-12-31")) == 248
    assert sum(makeup.year == 2026 for makeup in CALENDAR.makeup_days) == 6


def test_a_weekday_only_calendar_gives_the_wrong_answer_the_law_warns_of() -> None:
    counted = add_workdays(Calendar(), day("2026-02-12"), 20)
    assert counted.due == day("2026-03-12")
    assert counted.provisional


def test_the_first_day_of_a_stop_counts_as_used_by_default() -> None:
    counted = add_workdays(CALENDAR, day("2026-03-02"), 20, stops=[REVIEW])
    assert counted.due == day("2026-04-20")
    assert len(counted.stopped) == 14


def test_the_other_reading_of_stops_takes_the_first_day_out_too() -> None:
    counted = add_workdays(
        CALENDAR, day("2026-03-02"), 20, stops=[REVIEW], stop_first_day_counts=False
    )
    assert counted.due == day("2026-04-21")


def test_an_applicant_told_nothing_is_accepted_as_of_the_day_of_receipt() -> None:
    received = day("2026-03-02")
    notice = add_workdays(CALENDAR, received, 5).due
    assert notice == day("2026-03-09")
    assert add_workdays(CALENDAR, received, 20).due == day("2026-03-30")
    assert add_workdays(CALENDAR, notice, 20).due == day("2026-04-07")


def test_overlapping_stops_take_a_day_out_only_once() -> None:
    stops = [(day("2026-03-10"), day("2026-03-20")), (day("2026-03-16"), day("2026-03-30"))]
    assert add_workdays(CALENDAR, day("2026-03-02"), 20, stops=stops).due == day("2026-04-20")


def test_a_stop_after_the_due_day_changes_nothing() -> None:
    late = [(day("2026-06-01"), day("2026-06-30"))]
    assert add_workdays(CALENDAR, day("2026-03-02"), 20, stops=late).due == day("2026-03-30")


def test_no_days_are_due_at_once() -> None:
    assert add_workdays(CALENDAR, day("2026-03-02"), 0).due == day("2026-03-02")


def test_a_due_day_in_an_unpublished_year_is_provisional() -> None:
    counted = add_workdays(CALENDAR, day("2026-12-30"), 3)
    assert counted.due == day("2027-01-04")
    assert counted.provisional
    assert not add_workdays(CALENDAR, day("2026-12-30"), 1).provisional


@settings(max_examples=300, deadline=None)
@given(
    start=st.dates(day("2018-01-01"), day("2026-06-30")),
    n=st.integers(1, 90),
)
def test_counting_agrees_with_the_published_table_read_day_by_day(start: date, n: int) -> None:
    """Over eight and a half years: the nth working day of the table after the start."""
    days = (d for d, works in PUBLISHED.items() if works and d > start)
    expected = next(islice(days, n - 1, None))
    counted = add_workdays(CALENDAR, start, n)
    assert counted.due == expected
    assert workdays_between(CALENDAR, start, counted.due) == n
    assert workdays_between(CALENDAR, counted.due, start) <= 0


@settings(max_examples=200, deadline=None)
@given(
    start=st.dates(day("2019-01-01"), day("2025-06-30")),
    n=st.integers(1, 60),
    gap=st.integers(0, 40),
    length=st.integers(0, 40),
)
def test_a_stop_moves_the_due_day_as_a_table_without_those_days_would(
    start: date, n: int, gap: int, length: int
) -> None:
    first = start + timedelta(days=gap)
    stop = (first, first + timedelta(days=length))
    days = (d for d, works in PUBLISHED.items() if works and d > start)
    left = (d for d in days if not first < d <= stop[1])
    expected = next(islice(left, n - 1, None))
    assert add_workdays(CALENDAR, start, n, stops=[stop]).due == expected


def test_every_day_of_nine_years_is_the_same_as_in_the_published_table() -> None:
    assert all(CALENDAR.is_workday(d) == works for d, works in PUBLISHED.items())


def test_days_before_an_expiry_are_counted_backwards() -> None:
    expiry = day("2026-10-12")
    found = workdays_before(CALENDAR, expiry, 3)
    assert found.due == day("2026-10-08")
    assert workdays_between(CALENDAR, found.due, expiry) == 3
    assert workdays_between(CALENDAR, expiry, found.due) == -3


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("3wd", Limit(3, Unit.WORKDAY)),
        (" 4 wh ", Limit(4, Unit.WORKHOUR)),
        ("20d", Limit(20, Unit.DAY)),
        ("30min", Limit(30, Unit.MINUTE)),
        ("1h", Limit(1, Unit.HOUR)),
        ("P5WD", Limit(5, Unit.WORKDAY)),
        ("PT4WH", Limit(4, Unit.WORKHOUR)),
        ("P20D", Limit(20, Unit.DAY)),
    ],
)
def test_limits_are_read_in_both_spellings(text: str, limit: Limit) -> None:
    assert parse_limit(text) == limit
    assert parse_limit(str(limit)) == limit


@pytest.mark.parametrize(
    "text", ["", "3", "wd", "-1wd", "0.5wd", "3 weeks", "PT1H", "9999wd", "3WD "]
)
def test_other_spellings_are_refused_with_the_right_ones(text: str) -> None:
    with pytest.raises(InvalidError) as refused:
        parse_limit(text)
    assert "3wd" in refused.value.message.en
    assert "3wd" in refused.value.message.zh


def test_working_days_end_at_midnight_of_the_last_day() -> None:
    due = due_at(CALENDAR, local("2026-03-02T16:00"), parse_limit("5wd"))
    assert due.on == day("2026-03-09")
    assert due.at == datetime(2026, 3, 9, 16, tzinfo=UTC)
    assert due.at.tzinfo is UTC


def test_working_days_may_end_with_the_office() -> None:
    rules = Rules(day_end=DayEnd.OFFICE)
    due = due_at(CALENDAR, local("2026-03-02T16:00"), parse_limit("5wd"), rules=rules)
    assert due.at == local("2026-03-09T17:30")


def test_the_day_of_an_instant_is_the_citys_day_not_that_of_utc() -> None:
    """17:00 UTC on Sunday is Monday 1:00 in the city, so Monday is day 0."""
    due = due_at(CALENDAR, datetime(2026, 3, 1, 17, tzinfo=UTC), parse_limit("1wd"))
    assert due.on == day("2026-03-03")


@pytest.mark.parametrize(
    ("start", "limit", "end"),
    [
        ("2026-03-02T09:00", "3wh", "2026-03-02T12:00"),
        ("2026-03-02T09:00", "4wh", "2026-03-02T14:30"),
        ("2026-03-02T16:00", "2wh", "2026-03-03T09:30"),
        ("2026-03-02T12:30", "30min", "2026-03-02T14:00"),
        ("2026-03-02T20:00", "30min", "2026-03-03T09:30"),
        ("2026-03-02T13:30", "4h", "2026-03-02T17:30"),
        ("2026-02-13T17:00", "1h", "2026-02-14T09:30"),
        ("2026-02-14T17:00", "1h", "2026-02-24T09:30"),
        ("2026-03-07T10:00", "1wh", "2026-03-09T10:00"),
        ("2026-03-02T10:15", "0h", "2026-03-02T10:15"),
    ],
)
def test_hours_and_minutes_count_only_in_office_hours(start: str, limit: str, end: str) -> None:
    due = due_at(CALENDAR, local(start), parse_limit(limit))
    assert due.at == local(end)
    assert due.on == local(end).date()


@pytest.mark.parametrize(
    ("duration", "end"),
    [
        ("P1WD", "2026-03-04T00:00"),
        ("PT2WH", "2026-03-02T12:00"),
        ("P1WDT2WH", "2026-03-04T11:00"),
    ],
)
def test_a_timer_counts_working_days_and_then_working_hours(duration: str, end: str) -> None:
    assert working_end(CALENDAR, local("2026-03-02T10:00"), duration) == local(end)


@pytest.mark.parametrize("duration", ["P9999WD", "P1WDT9999WH", "P1DT2H", "PT1H", "PT", "P"])
def test_what_is_no_working_time_or_too_much_is_refused(duration: str) -> None:
    with pytest.raises(InvalidError):
        working_end(CALENDAR, local("2026-03-02T10:00"), duration)


def test_a_stop_takes_whole_days_out_of_hours() -> None:
    stop = (day("2026-03-02"), day("2026-03-04"))
    due = due_at(CALENDAR, local("2026-03-02T16:30"), parse_limit("2wh"), stops=[stop])
    assert due.at == local("2026-03-05T10:00")


def test_other_office_hours_can_be_set() -> None:
    rules = Rules(office_hours=OfficeHours(((time(8, 30), time(12)), (time(14), time(18)))))
    due = due_at(CALENDAR, local("2026-03-02T11:00"), parse_limit("2wh"), rules=rules)
    assert due.at == local("2026-03-02T15:00")


@pytest.mark.parametrize(
    "spans", [(), ((time(12), time(9)),), ((time(9), time(12)), (time(11), time(17)))]
)
def test_office_hours_that_overlap_or_end_before_they_begin_are_refused(
    spans: tuple[tuple[time, time], ...],
) -> None:
    with pytest.raises(InvalidError):
        OfficeHours(spans)


def test_calendar_days_that_end_on_a_day_off_end_on_the_next_working_day() -> None:
    """Civil code article 203; and the setting for places that read it otherwise."""
    limit = parse_limit("10d")
    assert add_days(CALENDAR, day("2026-02-07"), limit).due == day("2026-02-24")
    plain = Rules(roll_to_workday=False)
    assert add_days(CALENDAR, day("2026-02-07"), limit, rules=plain).due == day("2026-02-17")


def test_a_limit_in_hours_has_no_days_to_count() -> None:
    with pytest.raises(InvalidError):
        add_days(CALENDAR, day("2026-02-07"), parse_limit("4wh"))


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(InvalidError):
        due_at(CALENDAR, datetime(2026, 3, 2), parse_limit("1wd"))  # noqa: DTZ001


def test_a_deadline_explains_itself_in_both_languages() -> None:
    due = due_at(CALENDAR, local("2026-02-12T10:00"), parse_limit("20wd"))
    assert explain(due) == Text(
        "2月12日起算，20个工作日（已跳过周末和6天节假日，含2个调休上班日），至3月18日",
        "Counted from 12 Feb: 20 working days (weekends and 6 public holidays skipped, "
        "2 make-up working days counted), until 18 Mar",
    )


def test_an_explanation_names_the_stop_and_its_reason() -> None:
    text = explain(add_workdays(CALENDAR, day("2026-03-02"), 20, stops=[REVIEW]))
    assert "其间3月10日至3月30日（专家评审）停止计时，14个工作日不计，至4月20日" in text.zh
    assert "14 working days not counted while the clock was stopped 10 Mar to 30 Mar" in text.en
    assert "(expert review)" in text.en


def test_an_explanation_over_new_year_names_the_years_and_says_what_is_provisional() -> None:
    text = explain(add_workdays(CALENDAR, day("2026-12-30"), 3))
    assert text.zh.startswith("2026年12月30日起算，3个工作日，至2027年1月4日（暂定")
    assert text.en.startswith("Counted from 30 Dec 2026: 3 working days, until 4 Jan 2027 (prov")


def test_an_explanation_of_hours_names_clock_times() -> None:
    text = explain(due_at(CALENDAR, local("2026-03-02T16:00"), parse_limit("2wh")))
    assert text.zh == "3月2日16:00起算，2个工作小时，至3月3日09:30"
    assert text.en == "Counted from 16:00 on 2 Mar: 2 working hours, until 09:30 on 3 Mar"


def test_a_stored_deadline_reads_back_the_same() -> None:
    due = due_at(CALENDAR, local("2026-03-02T16:00"), parse_limit("20wd"), stops=[REVIEW])
    assert from_facts(facts(due)) == due
    hours = due_at(CALENDAR, local("2026-02-13T16:00"), parse_limit("4wh"))
    assert explain(from_facts(facts(hours))) == explain(hours)


def test_limits_are_said_in_words() -> None:
    assert parse_limit("1wd").text() == Text("1个工作日", "1 working day")
    assert parse_limit("30min").text() == Text("30个工作分钟", "30 working minutes")
