"""Workers on machines far apart: killed, cut off, with clocks that differ; timers fire once."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import timedelta
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url

from engine import db, definitions, pulse
from engine.permissions import SYSTEM
from tests import far_machines
from tests.far_machines import PORT, Machine
from tests.waiting import seconds_until, until
from tools import cli, serving
from tools.bench import copies, timers
from tools.stories import Story

SECONDS = 60
TIMERS, LATER = 240, 12
METRICS = 9187
#: Why this machine cannot make others; empty where it can.
NO_MACHINES = far_machines.why_not()
#: Shorter than by default, so that the test is: what the address says itself wins.
IMPATIENT = {
    "options": "-cidle_in_transaction_session_timeout=3s",
    "tcp_user_timeout": "3000",
    "connect_timeout": "2",
}


@contextmanager
def started(command: list[str], url: str) -> Iterator[subprocess.Popen[bytes]]:
    """A worker in a process of its own, gone at the end."""
    environment = {**os.environ, "DATABASE_URL": url}
    process = subprocess.Popen(
        command, cwd=serving.ROOT, env=environment, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def fired(url: str) -> dict[int, int]:
    """How often the timer of each case has gone off."""
    with psycopg.connect(url) as connection:
        query = "select case_id, count(*) from event where type = 'timer-fired' group by case_id"
        return dict(connection.execute(query).fetchall())


def workers(url: str, lately: float) -> int:
    """How many workers the database has heard of in so many seconds."""
    with psycopg.connect(url) as connection:
        query = (
            "select count(*) from procrastinate_workers"
            " where last_heartbeat > now() - make_interval(secs => %s)"
        )
        row = connection.execute(query, [lately]).fetchone()
        return int(row[0]) if row else 0


def _address(url: str, machine: Machine) -> str:
    """The database's address as a machine sees it."""
    there = make_url(url).set(host=machine.database, port=PORT, query=IMPATIENT)
    return there.render_as_string(hide_password=False)


def _more(url: str) -> float:
    """Let more timers be due; return how long it took until each had gone off once."""
    early = db.now() - timedelta(hours=2)
    for number in range(LATER):
        Story(timers.ITEM, "li.si", at=early).apply(number=number + 2)
    took = seconds_until(lambda: len(fired(url)) == TIMERS + LATER)
    assert set(fired(url).values()) == {1}
    return took


@pytest.mark.skipif(bool(NO_MACHINES), reason=NO_MACHINES)
@pytest.mark.acceptance
def test_three_machines_of_which_one_is_killed_and_one_cut_off_and_back_fire_each_timer_once(
    city_db: str, record_property: Callable[[str, object], None]
) -> None:
    worker = [*serving.worker_command(), "--metrics-port", str(METRICS)]
    with ExitStack() as stack:
        _, cut, _ = made = stack.enter_context(far_machines.machines(3, city_db))
        running = [
            stack.enter_context(started(one.command(*worker), _address(city_db, one)))
            for one in made
        ]
        until(lambda: all(one.metrics(METRICS).get("lianban_workers_alive") == 3 for one in made))
        timers.seed(city_db, TIMERS)
        until(lambda: len(fired(city_db)) > TIMERS // 5)
        cut.pull_cable()
        running[0].send_signal(signal.SIGKILL)
        when_cut = len(fired(city_db))
        took = seconds_until(lambda: len(fired(city_db)) == TIMERS)
        until(lambda: cut.metrics(METRICS).get("lianban_database_up") == 0)
        by = {
            one.name[-2:]: one.metrics(METRICS)["lianban_worker_timers_total"] for one in made[1:]
        }
        assert set(fired(city_db).values()) == {1}
        assert when_cut < TIMERS

        cut.plug_in()
        running[2].send_signal(signal.SIGTERM)
        assert running[2].wait(SECONDS) == 0
        back = _more(city_db)
        assert cut.metrics(METRICS)["lianban_worker_timers_total"] == by["w1"] + LATER
        until(lambda: workers(city_db, lately=5.0) == 1)  # its job queue is heard of again
        figures = {"fired when cut": when_cut, "by": by, "rest took": took, "back after": back}
        record_property("figures", figures)
    left = subprocess.run(["ip", "netns"], capture_output=True, text=True, check=True).stdout
    assert f"lb{os.getpid()}" not in left


#: A worker whose machine's clock is off by so many hours.
_SHIFTED = """
import sys, datetime, time_machine
from tools import cli
hours = datetime.timedelta(hours=float(sys.argv[1]))
with time_machine.travel(datetime.datetime.now(datetime.UTC) + hours, tick=True):
    sys.exit(cli.main(["worker"]))
"""


@pytest.mark.acceptance
def test_workers_with_clocks_hours_apart_fire_timers_neither_early_nor_twice(city_db: str) -> None:
    number, ahead = 20, 6.0
    with ExitStack() as stack:
        for hours in ("5", "-7"):
            command = [sys.executable, "-c", _SHIFTED, hours]
            stack.enter_context(started(command, city_db))
        until(lambda: workers(city_db, lately=30.0) == 2)
        with db.transaction():
            definitions.deploy(timers.reminding_files(), actor=SYSTEM, now=db.now())
        story = Story(timers.ITEM, at=db.now()).apply()  # its own timer is not due in this test
        begun = db.now() - timedelta(hours=1, seconds=-ahead)
        copies.copy(city_db, story, number, now=begun)
        due_at = begun + timedelta(hours=1)
        assert db.now() < due_at, "too slow to see anything"
        assert not fired(city_db)
        until(lambda: len(fired(city_db)) == number)
        time.sleep(2.5)  # for a second look of both
        assert set(fired(city_db).values()) == {1}
        with psycopg.connect(city_db) as connection:
            row = connection.execute(
                "select min(at), max(at) from event where type = 'timer-fired'"
            ).fetchone()
        assert row is not None
        assert due_at <= row[0] <= row[1] < due_at + timedelta(seconds=30)


# --- after an outage ---


def _reminding(cycle: str) -> dict[str, bytes]:
    files = timers.reminding_files()
    name = f"{timers.ITEM}.bpmn"
    drawn = files[name].decode()
    drawn = drawn.replace("bpmn:timeDuration", "bpmn:timeCycle").replace(">PT1H<", f">{cycle}<")
    return {**files, name: drawn.encode()}


def _worked(url: str, *words: str, code: int = 0, **settings: str) -> str:
    """Let a worker, a process of its own, do once what is due; return what it said."""
    done = subprocess.run(
        [*serving.worker_command(), "--once", *words],
        cwd=serving.ROOT,
        env={**os.environ, "DATABASE_URL": url, **settings},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == code, done.stderr
    return done.stdout


def _once(url: str, lines: int = 2) -> dict:
    found: dict = json.loads(_worked(url, "--json", "--concurrency", str(lines)))
    return found


def test_a_cycle_that_missed_a_hundred_rounds_goes_off_once_and_waits_for_its_next(
    city_db: str,
) -> None:
    with db.transaction():
        definitions.deploy(_reminding("R/PT1H"), actor=SYSTEM, now=db.now())
    story = Story(timers.ITEM, at=db.now() - timedelta(hours=100, minutes=30)).apply()
    assert _once(city_db)["timers"] == 1
    assert fired(city_db) == {story.case_id: 1}
    assert _once(city_db)["timers"] == 0
    with psycopg.connect(city_db) as connection:
        (left,) = connection.execute("select due_at - now() from timer").fetchall()
    assert timedelta(minutes=25) < left[0] < timedelta(minutes=31)


def test_what_an_outage_of_days_left_is_caught_up_in_the_order_in_which_it_fell_due(
    city_db: str,
) -> None:
    with db.transaction():
        definitions.deploy(timers.reminding_files(), actor=SYSTEM, now=db.now())
    days = {
        Story(timers.ITEM, at=db.now() - timedelta(days=ago)).apply(number=n).case_id: ago
        for n, ago in enumerate((3, 9, 1, 7), 1)
    }
    with db.transaction():
        assert pulse.take().oldest_timer > timedelta(days=8).total_seconds()
    done = _once(city_db, lines=1)  # what several lines do at once has no order between them
    assert done["timers"] == 4
    assert done["lapsed"] >= 1  # received nine days ago, told nothing: deemed accepted
    assert done["failures"] == 0
    with psycopg.connect(city_db) as connection:
        rows = connection.execute("select case_id from event where type='timer-fired' order by id")
        assert [days[row[0]] for row in rows] == [9, 7, 3, 1]
    again = _once(city_db)
    assert sum(again.values()) == 0


def _reminding_twice() -> dict[str, bytes]:
    """The item whose steps are reminded of after an hour and, drawn later, after half an hour."""
    files = timers.reminding_files()
    name = f"{timers.ITEM}.bpmn"
    drawn = files[name].decode()
    for shown in (timers.REMINDER, timers.PICTURE):
        end = shown.rsplit("\n", 1)[1]
        sooner = shown.replace("remind", "nudge").replace("PT1H", "PT30M")
        drawn = drawn.replace(end, sooner.replace(end, "").lstrip("\n") + end)
    return {**files, name: drawn.encode()}


def test_several_lines_fire_the_timers_of_a_case_in_their_order_and_each_once(
    city_db: str,
) -> None:
    with db.transaction():
        definitions.deploy(_reminding_twice(), actor=SYSTEM, now=db.now())
    story = Story(timers.ITEM, at=db.now() - timedelta(hours=2)).apply()
    copies.copy(city_db, story, TIMERS - 1, now=db.now() - timedelta(hours=2))
    assert _once(city_db, lines=3)["timers"] == 2 * TIMERS
    with psycopg.connect(city_db) as connection:
        rows = connection.execute(
            "select array_agg(data->>'element' order by id) from event where type = 'timer-fired'"
            " group by case_id"
        ).fetchall()
    assert [row[0] for row in rows] == [["nudge", "remind"]] * TIMERS


def test_doing_everything_once_does_the_jobs_too_and_says_what_was_done(
    city_db: str, tmp_path: Path
) -> None:
    Story("individual-business", at=db.now()).apply()
    told = _worked(city_db, LIANBAN_MAIL_URL=(tmp_path / "mail").as_uri())
    assert "排队的任务 jobs done: 1" in told
    assert len(list((tmp_path / "mail").glob("*.eml"))) == 1


def test_a_timer_set_aside_ends_with_an_error(city_db: str) -> None:
    timers.seed(city_db, 2)
    db.session().rollback()
    with psycopg.connect(city_db) as connection:
        connection.execute('update "case" set state = %s where id = 2', [b"not a state"])
    told = _worked(city_db, code=1)
    assert "触发的定时 timers fired: 1" in told
    assert "搁置待查 set aside: 1" in told


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--concurrency", "0"], "1 to 32"),
        (["--concurrency", "33"], "1 to 32"),
        (["--metrics-port", "99999999"], "99999999"),
    ],
)
def test_wrong_settings_of_a_worker_are_refused(
    city_db: str,
    words: list[str],
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DATABASE_URL", city_db)
    assert cli.main(["worker", *words]) == 1
    told = capsys.readouterr().err
    assert said in told
    assert "✗" in told
