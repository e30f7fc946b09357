"""Yearly calendars: read with care, tried beforehand, applied with a record, and undone."""

from datetime import date, datetime

import pytest

from engine import calendars, cases, clocks, db, events, people
from engine.errors import ConflictError, ForbiddenError, InvalidError
from tools.stories import Story

NOTICE = (
    b"date,workday,note\n2027-01-01,off,\xe5\x85\x83\xe6\x97\xa6\n2027-01-04,off,x\n"
    b"2027-01-09,work,make-up\n2027-01-02,off,Saturday\n"
)
HOL = b"""{"year": 2027, "days": [
 {"date": "2027-01-01", "name": "x", "isOffDay": true},
 {"date": "2027-01-09", "name": "x", "isOffDay": false}]}"""


def at(text: str) -> datetime:
    """Read an instant in the city's own time."""
    return datetime.fromisoformat(f"{text}+08:00")


def running() -> Story:
    """A case of I2 accepted on 14 December 2026: its 20 working days end in 2027."""
    story = Story("medical-device-iii", at=at("2026-12-14T10:00")).apply()
    return story.do("wang.clerk", "accept", "accept")


def statutory(story: Story) -> tuple[date | None, bool]:
    """The statutory day, and whether it is provisional."""
    case = story.case
    day = clocks.last_day(case.statutory_due_at) if case.statutory_due_at else None
    return day, clocks.is_provisional(case.due_facts["statutory"])


def put(story: Story, data: bytes = NOTICE) -> int:
    """Apply a notice."""
    with db.transaction():
        admin = people.actor_for_login("admin")
        return calendars.apply(
            calendars.read_notice(data, "2027.csv"), actor=admin, now=story.now
        ).id


def test_a_notice_is_read_from_csv_and_json_and_keeps_only_what_differs() -> None:
    """A Saturday that is off is no news."""
    read = calendars.read_notice(NOTICE, "2027.csv")
    assert read.year == 2027
    assert {day.day: works for day, (works, _) in read.days.items()} == {
        1: False,
        4: False,
        9: True,
    }
    assert len(calendars.read_notice(HOL, "2027.json").days) == 2


def test_the_package_gives_a_published_year_and_refuses_one_that_is_not() -> None:
    """2026: 248 working days need 39 days that differ or fewer."""
    assert calendars.from_package(2026).year == 2026
    with pytest.raises(InvalidError):
        calendars.from_package(2050)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"x" * 200_000,
        b"\xff\xfe\x00",
        b"day,works\n2027-01-01,off\n",
        b"date,workday\n2027-01-01,maybe\n",
        b"date,workday\n2027-13-01,off\n",
        b"date,workday\n2027-01-01,off\n2028-01-03,off\n",
        b"date,workday\n2027-01-01,off\n2027-01-01,work\n",
        b"date,workday\n2027-01-02,off\n",
        b"date,workday\n",
        b"date,workday\n2027-01-01\n",
        b'{"days": 7}',
        b'{"days": ["2027-01-01"]}',
        b'{"days": [{"date": "2027-01-01", "isOffDay": "yes"}]}',
        b"{",
        b"date,workday\n1999-01-01,off\n",
        b"date,workday\n" + b"".join(b"2027-%02d-%02d,off\n" % (m, d)
                                     for m in range(1, 13) for d in range(1, 29)),
    ],
)  # fmt: skip
def test_a_bad_file_is_refused_with_the_field_named(data: bytes) -> None:
    """Empty, too large, not text, wrong columns, no dates, doubles, two years, a whole year off."""
    with pytest.raises(InvalidError) as refusal:
        calendars.read_notice(data, "bad")
    assert set(refusal.value.fields) == {"file"}


@pytest.mark.db
@pytest.mark.usefixtures("city_db")
def test_the_preview_says_what_moves_and_changes_nothing() -> None:
    """14 December + 20 working days: 11 January without a notice; then 1 and 4 are off, 9 works."""
    story = running()
    assert statutory(story) == (date(2027, 1, 11), True)
    found = calendars.preview(calendars.read_notice(NOTICE, "2027.csv"), now=story.now)
    assert not found.replaces
    moved = {(one.number, one.which): one for one in found.moved}
    one = moved[story.case.number, "statutory"]
    assert clocks.last_day(datetime.fromisoformat(one.new or "")) == date(2027, 1, 12)
    assert statutory(story) == (date(2027, 1, 11), True)


@pytest.mark.db
@pytest.mark.usefixtures("city_db")
def test_applying_moves_due_times_with_a_record_and_undoing_brings_them_back() -> None:
    """Old and new stand in the case's record and in the calendar's."""
    story = running()
    import_id = put(story)
    assert statutory(story) == (date(2027, 1, 12), False)
    last = events.history(story.case_id)[-1]
    assert (last.type, last.data["cause"]) == ("due-times-changed", "calendar-imported")
    recorded = events.recent("calendar")[0]
    assert recorded.type == "calendar-imported"
    assert any(row[0] == story.case.number for row in recorded.data["moved"])
    with db.transaction():
        calendars.undo(import_id, actor=people.actor_for_login("admin"), now=story.now)
    assert statutory(story) == (date(2027, 1, 11), True)
    assert 2027 not in {row.year for row in calendars.years()}
    with pytest.raises(ConflictError), db.transaction():
        calendars.undo(import_id, actor=people.actor_for_login("admin"), now=story.now)


@pytest.mark.db
@pytest.mark.usefixtures("city_db")
def test_a_corrected_notice_replaces_the_first_and_the_first_comes_back() -> None:
    """Undo goes back one import at a time."""
    story = running()
    first = put(story)
    second = put(story, HOL)
    assert statutory(story) == (date(2027, 1, 11), False)
    admin = people.actor_for_login("admin")
    with pytest.raises(ConflictError), db.transaction():
        calendars.undo(first, actor=admin, now=story.now)
    with db.transaction():
        calendars.undo(second, actor=admin, now=story.now)
    assert statutory(story) == (date(2027, 1, 12), False)
    with pytest.raises(ConflictError):
        put(story)


@pytest.mark.db
@pytest.mark.usefixtures("city_db")
def test_days_that_have_passed_stay_and_only_admins_import() -> None:
    """A calendar in force is not changed for the past."""
    story = running()
    changed = b"date,workday\n2026-03-03,off\n"
    with pytest.raises(ConflictError):
        put(story, changed)
    with pytest.raises(ForbiddenError), db.transaction():
        calendars.apply(
            calendars.read_notice(NOTICE, "x"),
            actor=people.actor_for_login("wang.clerk"),
            now=story.now,
        )


@pytest.mark.db
@pytest.mark.usefixtures("city_db")
def test_open_steps_and_the_limit_of_receipt_move_too() -> None:
    """An application handed in on 31 December must be answered by the seventh; then the ninth."""
    story = Story("medical-device-iii", at=at("2026-12-31T10:00")).apply()
    number = story.case.number
    before = story.case.receipt_due_at
    put(story)
    after = cases.find(number, people.actor_for_login("wang.clerk")).receipt_due_at
    assert before is not None
    assert after is not None
    assert clocks.last_day(before) == date(2027, 1, 7)
    assert clocks.last_day(after) == date(2027, 1, 9)
