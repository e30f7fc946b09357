"""A history of the demo city: what comes in, who is there, all of it through the engine."""

import os
import re
from collections.abc import Iterator
from datetime import date, datetime, timedelta

import psycopg
import pytest
from sqlalchemy import text

from engine import cases, clocks, db, events, outbox, people
from engine.clock import CIVIL_ZONE, civil_date
from engine.errors import InvalidError
from engine.workdays import Calendar
from forms.checks import check_id_number
from tests import databases
from tests.conftest import bound
from tools import city, demo, history, progress
from tools.errors import ToolsError
from tools.history import demand
from tools.history.crew import Crew, slowness

NOON = datetime(2026, 11, 27, 12, 0, tzinfo=CIVIL_ZONE)
LENGTH = history.Length(days=6)
A_DAY = 5.0
CALENDAR = Calendar.from_days({}, {2026})


def plan(seed: str = "test", a_day: float = A_DAY) -> history.Plan:
    return history.Plan(LENGTH.before(NOON), NOON, seed, a_day)


# --- how long ---


@pytest.mark.parametrize(
    ("words", "begin"),
    [
        ("12m", date(2025, 11, 27)),
        ("1y", date(2025, 11, 27)),
        ("2w", date(2026, 11, 13)),
        (" 30d ", date(2026, 10, 28)),
        ("9m", date(2026, 2, 27)),
    ],
)
def test_a_length_is_read_in_days_weeks_months_and_years(words: str, begin: date) -> None:
    assert civil_date(history.read(words).before(NOON)) == begin


def test_a_month_before_a_day_that_it_lacks_is_its_last_day() -> None:
    end = datetime(2026, 3, 31, 8, 0, tzinfo=CIVIL_ZONE)
    assert civil_date(history.read("1m").before(end)) == date(2026, 2, 28)


@pytest.mark.parametrize(
    "words",
    ["", "0m", "0d", "100y", "25m", "99999d", "-1m", "12", "m", "1.5m", "12 months", "十二月"],
)
def test_a_length_that_is_none_is_refused_in_both_languages(words: str) -> None:
    with pytest.raises(ToolsError) as refused:
        history.read(words)
    assert re.search(r"[一-鿿]", refused.value.message.zh)
    assert "12m" in refused.value.message.en or "24m" in refused.value.message.en


def test_the_demo_says_what_is_wrong_with_a_length(capsys: pytest.CaptureFixture[str]) -> None:
    assert demo.main(["--history", "100y"]) == 1
    assert "1d to 24m" in capsys.readouterr().out


# --- who comes and who is there: pure ---


def test_a_day_brings_the_same_applications_whatever_the_span_around_it() -> None:
    short = history.Plan(NOON - timedelta(days=50), NOON, "s")
    long = history.Plan(NOON - timedelta(days=200), NOON, "s")
    few = demand.arrivals(short, CALENDAR)
    many = [a for a in demand.arrivals(long, CALENDAR) if a.at >= short.begin]
    assert [(a.at, a.item, a.login) for a in few] == [(a.at, a.item, a.login) for a in many]
    other = demand.arrivals(history.Plan(short.begin, NOON, "t"), CALENDAR)
    assert [a.at for a in few] != [a.at for a in other]


def test_a_year_brings_more_than_three_thousand_mostly_on_working_days_some_at_night() -> None:
    year = history.Plan(history.read("12m").before(NOON), NOON, history.SEED)
    found = demand.arrivals(year, CALENDAR)
    assert 3100 < len(found) < 4000
    days = [civil_date(one.at) for one in found]
    weekend = sum(day.weekday() >= 5 for day in days)
    assert 0.04 < weekend / len(found) < 0.2
    hours = [one.at.astimezone(CIVIL_ZONE).hour for one in found]
    assert 0 < sum(hour < 7 for hour in hours) < len(hours) * 0.1
    assert sum(day.month == 2 for day in days) < sum(day.month == 3 for day in days) * 0.75
    assert {one.item for one in found} == set(demand.ITEMS)


def test_made_up_people_have_valid_numbers() -> None:
    people_made = [demand.applicant("s", number) for number in range(300)]
    wrong = [p for p in people_made if check_id_number(p.id_number, today=civil_date(NOON))]
    assert not wrong
    assert len({p.id_number for p in people_made}) > 295


def test_people_are_away_some_days_and_units_are_slow_at_times() -> None:
    crew = Crew("s", CALENDAR)
    days = [NOON + timedelta(days=n) for n in range(-330, 0)]
    there = [len(crew.present(["qian.head"], day)) for day in days]
    assert 5 < there.count(0) < 40
    assert slowness("cgj", 0.99) > slowness("cgj", 0.5) == 1.0


# --- played through the engine ---


@pytest.fixture(scope="module")
def played(pg: databases.Server, city_template: str) -> Iterator[list[str]]:
    """The same history played twice, in two copies of the demo city, with mail configured."""
    names = [f"{pg.prefix}_history_{number}" for number in (1, 2)]
    urls = [pg.create(name, city_template) for name in names]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(outbox.MAIL_URL, "smtp://mail.invalid:25")
        for url in urls:
            for _ in bound(url):
                assert history.play(url, plan()) > 20
            assert os.environ[outbox.MAIL_URL] == "smtp://mail.invalid:25"
    yield urls
    for name in names:
        pg.drop(name)


@pytest.fixture
def city_with_history(played: list[str]) -> Iterator[str]:
    """The engine bound to a city with a history, to be read only."""
    yield from bound(played[0])
    db.dispose()


#: All that is equal for equal seeds: what is random (codes, ids, hashes) is left out.
TOLD = {
    "case": "number, item_code, subject, applicant_name, status, result, answers, received_at,"
    " accepted_at, decided_at, delivered_at, closed_at, statutory_due_at, promised_due_at,"
    ' receipt_due_at, due_facts from "case" order by id',
    "event": "case_id, seq, type, at, actor_name, department_code, data::text from event"
    " where stream <> 'definitions' order by stream, seq",
    "document": "case_id, kind, number, title_zh, issued_at, valid_to from document"
    " order by case_id, kind, number",
    "card": "case_id, cause, level, state, step_zh, department_code, issued_at, raised_at,"
    " closed_at from card order by id",
    "rating": "case_id, level, text, named, rated_at, state, finding, satisfied from rating"
    " order by case_id",
    "question": "number, case_id, title, asked_at, state, answered_at, published_at from question"
    " order by number",
    "complaint": "number, text, department_code, state, answered_at from complaint order by number",
    "letter": "case_id, subject, state, issued_at, replied_at, closed_at from letter order by id",
    "clock_stop": "case_id, kind, ground, state, started_at, ended_at from clock_stop order by id",
    "person": "login, name, id_number, phone from person order by id",
    "notice": "person_id, case_id, kind, title_zh, created_at, read_at, spread_at from notice"
    " order by person_id, case_id, created_at, kind, title_zh",
}
_RANDOM = re.compile(r'"(?:task|content)": "[^"]*"')


def told(url: str) -> dict[str, list[str]]:
    with psycopg.connect(url) as connection:
        return {
            name: [
                _RANDOM.sub("", str(row))
                for row in connection.execute(f"select {query}").fetchall()
            ]
            for name, query in TOLD.items()
        }


def test_the_same_seed_gives_the_same_cases_events_documents_cards_people_and_notices(
    played: list[str],
) -> None:
    first, second = (told(url) for url in played)
    assert len(first["case"]) > 20
    assert len(first["event"]) > 400
    assert first == second


@pytest.mark.usefixtures("city_with_history")
def test_every_case_was_numbered_on_its_day_and_its_record_is_whole() -> None:
    rows = db.session().execute(text('select id, number, received_at from "case" order by id'))
    seen: dict[date, int] = {}
    for case_id, number, received_at in rows.all():
        day = civil_date(received_at)
        seen[day] = seen.get(day, 0) + 1
        assert number == f"LB{day:%Y%m%d}{seen[day]:04d}"
        told_of = events.history(case_id)
        assert told_of[0].type == "case-received"
        assert [event.at for event in told_of] == sorted(event.at for event in told_of)
        assert not events.verify(events.stream_of(case_id))


@pytest.mark.usefixtures("city_with_history")
def test_everything_lies_within_the_span_and_staff_act_in_office_hours_only() -> None:
    rows = db.session().execute(
        text(
            "select at, type from event join person on person.id = actor_id"
            " where kind = 'staff' and case_id is not null"
        )
    )
    crew = Crew("test", clocks.calendar())
    closing = timedelta(minutes=16)  # a second signature, or the last minute of a span
    acts = list(rows.all())
    assert len(acts) > 100
    for at, type_ in acts:
        assert plan().begin <= at <= NOON
        assert crew.is_open(at) or crew.is_open(at - closing), (at, type_)


@pytest.mark.usefixtures("city_with_history")
def test_cases_end_differently_and_some_are_open() -> None:
    count = text("select coalesce(result, 'open'), count(*) from \"case\" group by 1")
    results = dict(tuple(row) for row in db.session().execute(count).all())
    assert results["granted"] > 5
    assert results["open"] > 2
    assert db.session().scalar(text("select count(*) from correction")) > 1


@pytest.mark.usefixtures("city_with_history")
def test_nobody_is_mailed_about_what_is_long_past() -> None:
    assert not outbox.push(NOON)
    assert db.session().scalar(text("select count(*) from delivery")) == 0
    assert db.session().scalar(text("select count(*) from procrastinate_jobs")) == 0
    assert db.session().scalar(text("select count(*) from notice")) > 100


@pytest.mark.usefixtures("city_with_history")
def test_nobody_can_log_in_as_a_made_up_applicant_or_colleague() -> None:
    logins = db.session().scalars(
        text("select login from person where login like 'sq%' or login = 'hu.clerk' limit 3")
    )
    for login in logins.all():
        for password in ("", city.PASSWORD):
            with pytest.raises(InvalidError):
                people.authenticate(login, password, now=NOON)


@pytest.mark.usefixtures("city_with_history")
def test_a_city_with_cases_takes_no_history(played: list[str]) -> None:
    before = told(played[0])
    with pytest.raises(ToolsError) as refused:
        history.play(played[0], plan("other"))
    assert "--reset" in refused.value.message.zh
    assert "--reset" in refused.value.message.en
    assert told(played[0]) == before


def test_a_broken_application_ends_the_history_and_says_so(
    city_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The item is gone: the applicants' process fails, the staff's does not wait for ever."""
    with db.transaction() as session:
        for table in ("version_file", "version"):
            session.execute(text(f"alter table {table} disable trigger all"))
            session.execute(text(f"delete from {table}"))
    with pytest.raises(ToolsError, match="NotFoundError"):
        history.play(city_db, plan())
    assert cases.none_yet()


def test_a_bar_shows_share_and_time_left_line_by_line_in_a_pipe(
    capsys: pytest.CaptureFixture[str],
) -> None:
    bar = progress.Bar("办件", "cases")
    for done in range(101):
        bar.show(done, 100)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 11
    assert " 50% 50/100" in lines[5]
    assert "还需 left" in lines[5]
    assert "100% 100/100" in lines[-1]
