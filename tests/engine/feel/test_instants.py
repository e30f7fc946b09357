"""Dates of far years and parts of a microsecond: read, written, compared and moved exactly."""

from datetime import date, datetime, time, timedelta

import pytest

from engine.feel import evaluate, write_json
from engine.feel.instants import FarDate, FarDateTime, FineDuration, FineTime

#: An expression and what it is as text.
TEXTS = [
    ('date("-0044-03-15")', "-0044-03-15"),
    ('date("12026-11-23")', "12026-11-23"),
    ('date("0000-02-29")', "0000-02-29"),
    ("date(-44, 3, 15)", "-0044-03-15"),
    ("date(999999999, 1, 1)", "999999999-01-01"),
    ('date("-999999999-01-01")', "-999999999-01-01"),
    ('date("9999-12-31") + @"P1D"', "10000-01-01"),
    ('date("10000-01-01") - @"P1D"', "9999-12-31"),
    ('date("0001-01-01") - @"P1D"', "0000-12-31"),
    ('date("-0004-02-29") + @"P1Y"', "-0003-02-28"),
    ('date("12024-02-29") + @"P1Y"', "12025-02-28"),
    ('date("12025-01-01") - date("12024-01-01")', "P366D"),
    ('date("0001-01-01") - date("-0001-01-01")', "P731D"),
    (
        'date and time("-0500-06-01T08:00:00.000000001+05:30")',
        "-0500-06-01T08:00:00.000000001+05:30",
    ),
    ('@"2026-11-23T10:00:00.999999999" + @"PT0.000000001S"', "2026-11-23T10:00:01"),
    ('@"2026-03-29T01:59:59.9999999@Europe/Berlin" + @"PT0.0000001S"',
     "2026-03-29T03:00:00@Europe/Berlin"),
    ('@"12026-03-29T01:30:00@Europe/Berlin" + @"PT1H"', "12026-03-29T03:30:00@Europe/Berlin"),
    ('@"9999-12-31T23:30:00-01:00" + @"PT1H"', "10000-01-01T00:30:00-01:00"),
    ('@"0001-01-01T00:30:00+08:00" - @"PT1H"', "0000-12-31T23:30:00+08:00"),
    ('@"10:00:00.123456789"', "10:00:00.123456789"),
    ('@"23:59:59.999999999" + @"PT0.000000001S"', "00:00:00"),
    ('@"10:00:00.000000001" - @"10:00:00"', "PT0.000000001S"),
    ("time(10, 0, 1.000000001)", "10:00:01.000000001"),
    ('@"PT0.123456789S" * 2', "PT0.246913578S"),
    ('@"P1D" / 7', "PT3H25M42.857142857S"),
    ('@"P9M" / 9', "P1M"),
    ('-@"PT0.000000001S"', "-PT0.000000001S"),
    ('abs(@"-PT0.000000001S")', "PT0.000000001S"),
    ('@"-P1DT0.5S"', "-P1DT0.5S"),
    ('@"10:00:00z"', "10:00:00Z"),
    ('date and time(@"12026-01-02", @"09:00:00")', "12026-01-02T09:00:00"),
    ('time(@"12026-01-02T09:00:00.5Z")', "09:00:00.5Z"),
    ('date(@"12026-01-02T09:00:00.5Z")', "12026-01-02"),
    ('day of week(@"12026-11-23")', "Monday"),
    ('month of year(@"-0044-03-15")', "March"),
    ('years and months duration(@"-0001-12-31", @"12026-01-01")', "P12026Y"),
    ('years and months duration(@"2024-05-06T23:00:00", @"2026-05-06T01:00:00")', "P2Y"),
    ('string(@"12026-11-23")', "12026-11-23"),
    ('@"2026-07-01T08:00:00@EST5EDT"', "2026-07-01T08:00:00@EST5EDT"),
    ('time("08:00:00@GB-Eire")', "08:00:00@GB-Eire"),
    ('time("08:00:00@GMT0") - time("08:00:00@Etc/GMT+2")', "-PT2H"),
]  # fmt: skip

VALUES = [
    ('@"12026-11-23" > @"2026-11-23"', True),
    ('@"-0044-03-15" < @"0001-01-01"', True),
    ('@"12026-11-23" = @"12026-11-23"', True),
    ('@"12026-11-23" = @"2026-11-23"', False),
    # Order looks no closer than "=": two moments of one second are equal, so neither is greater.
    ('@"2026-11-23T10:00:00.000000001" > @"2026-11-23T10:00:00"', False),
    ('@"2026-11-23T10:00:00.000000001" >= @"2026-11-23T10:00:00"', True),
    ('@"2026-11-23T10:00:01.000000001" > @"2026-11-23T10:00:00"', True),
    ('@"2026-11-23T10:00:00.000000001Z" = @"2026-11-23T18:00:00.000000001+08:00"', True),
    ('@"10:00:00.000000001" between @"10:00:00" and @"10:00:01"', True),
    ('@"12026-01-01" in [@"2026-01-01"..@"13000-01-01"]', True),
    ('@"PT0.000000001S" < @"PT1S"', True),
    ('max(@"PT0.000000001S", @"PT1S") = @"PT1S"', True),
    ('@"12026-01-01" instance of date', True),
    ('@"10:00:00.000000001" instance of time', True),
    ('@"12026-01-01T00:00:00" instance of date and time', True),
    ('@"PT0.000000001S" instance of days and time duration', True),
    ('count(distinct values([@"12026-01-01", @"12026-01-01"]))', 1),
    ('count(for d in @"9999-12-30"..@"10000-01-02" return d)', 4),
    ('@"12026-11-23".year', 12026),
    ('@"-0044-03-15".month', 3),
    ('@"12026-11-23".weekday', 1),
    ('@"12026-11-23T10:11:12.000000001".minute', 11),
    ('day of year(@"12024-12-31")', 366),
    ('week of year(@"2027-01-01")', 53),
    ('week of year(@"2025-12-29")', 1),
    ('@"10:30:00@Europe/Berlin" = @"10:30:00+01:00"', True),
    ('@"10:30:00@Europe/Berlin" = @"10:30:00@Asia/Shanghai"', False),
    ('is(@"10:30:00@Etc/UTC", @"10:30:00Z")', False),
    ('is(@"10:30:00+01:00", @"09:30:00Z")', False),
    ('is(@"10:30:00", @"10:30:00Z")', False),
    ("is([1, {a: 2}], [1, {a: 2}])", True),
    ('is(@"2026-11-23", @"2026-11-23T00:00:00")', False),
]  # fmt: skip

NULLS = [
    'date("01211-12-31")', 'date("998-12-31")', 'date("+2026-01-01")', 'date("1000000000-01-01")',
    'date("12025-02-29")', "date(1000000000, 1, 1)", 'date("999999999-12-31") + @"P1D"',
    'time("24:00:00")', 'time("10:00:00.")', 'time("10:00:00+19:00")',
    'time("10:00:00.1234567891")',
    'duration("PT.5S")', 'duration("P1Y1D")', 'time(10, 0, 0, @"PT19H")', "time(10, 0, 60)",
    'date and time("2026-02-30T10:00:00")', 'date and time("12025-02-29T10:00:00")',
]  # fmt: skip


@pytest.mark.parametrize(("text", "wanted"), TEXTS)
def test_far_and_fine_moments_are_written_exactly(text: str, wanted: str) -> None:
    """No digit is lost and no calendar ends at the year 9999."""
    assert write_json(evaluate(text)) == f'"{wanted}"'


@pytest.mark.parametrize(("text", "wanted"), VALUES)
def test_far_and_fine_moments_compare_with_plain_ones(text: str, wanted: object) -> None:
    """A value of either type takes part in order, membership and properties."""
    assert evaluate(text) == wanted


@pytest.mark.parametrize("text", NULLS)
def test_what_is_no_moment_is_null(text: str) -> None:
    """Wrong spellings and days that do not exist are null, not errors."""
    assert evaluate(text) is None


@pytest.mark.parametrize(
    ("value", "wanted"),
    [
        (FarDate(12026, 1, 1), "12026-01-01"),
        (FineTime(1, None), "00:00:00.000000001"),
        (FarDateTime(date(2026, 1, 1), 1, None), "2026-01-01T00:00:00.000000001"),
        (FineDuration(1), "PT0.000000001S"),
    ],
)
def test_the_host_may_give_far_and_fine_moments(value: object, wanted: str) -> None:
    """They come in and go out as they are."""
    assert evaluate("string(x)", {"x": value}) == wanted


def test_what_python_can_hold_comes_back_as_pythons_own() -> None:
    """Each value has one spelling, so that equal values have equal types."""
    assert evaluate('@"12026-11-23" - @"P10000Y"') == date(2026, 11, 23)
    assert evaluate('@"10:00:00.000000001" - @"PT0.000000001S"') == time(10)
    assert evaluate('@"PT0.0000005S" * 2') == timedelta(microseconds=1)
    moment = evaluate('@"2026-11-23T10:00:00.0000001" - @"PT0.0000001S"')
    assert type(moment) is datetime
