"""Metrics for Prometheus: well-formed text, true figures, and an answer without a database."""

import re
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy import text

from engine import db, notices, outbox, people
from engine import metrics as keys
from forms.text import Text
from tools import metrics
from tools.bench import timers

_SAMPLE = re.compile(r"[a-z_]+ -?[0-9.e+]+")


def asked(done: Mapping[str, int]) -> dict[str, float]:
    with (
        metrics.served(0, done, host="127.0.0.1") as port,
        urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer,
    ):
        assert answer.headers["Content-Type"] == metrics.TYPE
        lines = answer.read().decode().splitlines()
    samples = [line for line in lines if not line.startswith("#")]
    assert all(_SAMPLE.fullmatch(line) for line in samples)
    for sample in samples:
        name = sample.split()[0]
        kind = "counter" if name.endswith("_total") else "gauge"
        assert f"# TYPE {name} {kind}" in lines
        assert any(line.startswith(f"# HELP {name} ") for line in lines)
    return {name: float(value) for name, value in map(str.split, samples)}


@pytest.mark.usefixtures("city_db")
def test_an_idle_city_has_nothing_due() -> None:
    found = asked({})
    assert found["lianban_database_up"] == 1
    assert found["lianban_timers_due"] == found["lianban_timer_oldest_due_seconds"] == 0
    assert found["lianban_jobs_waiting"] == found["lianban_workers_alive"] == 0
    assert found["lianban_worker_heartbeat_age_seconds"] == -1


def test_what_waits_and_what_was_done_is_counted(
    city_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIANBAN_MAIL_URL", "file:///nowhere")
    timers.seed(city_db, 3)
    with db.transaction() as session:
        person = people.actor_for_login("zhang.san").person_id or 0
        words = Text("通知", "Notice")
        notices.tell(person, notices.Message("test", words, words), now=db.now())
        session.execute(text("insert into procrastinate_workers (last_heartbeat) values (now())"))
        old = {"at": db.now() - timedelta(minutes=10)}
        session.execute(
            text("insert into procrastinate_workers (last_heartbeat) values (:at)"), old
        )
    outbox.push(db.now())
    found = asked(Counter(timers=7, cards=2))
    assert found["lianban_worker_timers_total"] == 7
    assert found["lianban_worker_cards_total"] == 2
    assert found["lianban_timers_due"] == 3
    assert 3500 < found["lianban_timer_oldest_due_seconds"] < 3800
    assert found["lianban_jobs_waiting"] >= 1
    assert 0 <= found["lianban_job_oldest_seconds"] < 60
    assert found["lianban_workers_alive"] == 1


def test_without_a_database_it_says_so() -> None:
    db.configure("postgresql://nobody@127.0.0.1:9/none")
    try:
        found = asked({"timers": 1})
    finally:
        db.dispose()
    assert found["lianban_database_up"] == 0
    assert found["lianban_worker_timers_total"] == 1
    assert "lianban_timers_due" not in found


@pytest.mark.usefixtures("city_db")
def test_only_metrics_are_there() -> None:
    with (
        metrics.served(0, {}, host="127.0.0.1") as port,
        pytest.raises(urllib.error.HTTPError, match="404"),
    ):
        urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=10)


@pytest.mark.usefixtures("city_db")
def test_where_a_key_is_set_a_worker_asks_for_it_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(keys.KEY, "nobody-guesses-this-key")
    with metrics.served(0, {}, host="127.0.0.1") as port:
        address = f"http://127.0.0.1:{port}/metrics"
        with pytest.raises(urllib.error.HTTPError, match="401"):
            urllib.request.urlopen(address, timeout=10)
        shown = {"Authorization": "Bearer nobody-guesses-this-key"}
        asked = urllib.request.Request(address, headers=shown)
        with urllib.request.urlopen(asked, timeout=10) as answer:
            assert answer.status == 200
