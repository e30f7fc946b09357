"""Metrics of the web processes: behind a key, true of the database, and of every process."""

import os
import re
import signal
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from engine import metrics
from forms.text import Text
from tools import machine, serving
from tools.bench import timers
from webapp import tally

KEY = "nobody-guesses-this-key"
SHOWN = {"Authorization": f"Bearer {KEY}"}
_SAMPLE = re.compile(r'[a-z_]+(\{[a-z]+="[^"]+"(,[a-z]+="[^"]+")*\})? -?[0-9.e+]+')


@pytest.fixture
def keyed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A city that has set a key, counting in no folder of a server."""
    monkeypatch.setenv(metrics.KEY, KEY)
    monkeypatch.delenv(tally.FOLDER, raising=False)


def samples(text: str) -> dict[str, float]:
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert all(_SAMPLE.fullmatch(line) for line in lines)
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


def answers(found: dict[str, float], status: str) -> dict[str, float]:
    """How many answers of a class each process has given."""
    wanted = re.compile(rf'lianban_web_answers_total\{{process="(\d+)",status="{status}"\}}')
    matched = {wanted.fullmatch(name): value for name, value in found.items()}
    return {one[1]: value for one, value in matched.items() if one is not None}


def test_without_a_key_of_the_city_there_is_no_such_page(
    city_app: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even for who shows one."""
    monkeypatch.delenv(metrics.KEY, raising=False)
    assert city_app.test_client().get("/metrics", headers=SHOWN).status_code == 404


@pytest.mark.usefixtures("keyed")
def test_only_who_shows_the_key_reads_them(city_app: Any) -> None:
    """Nothing, another key, and the key in part are refused."""
    client: FlaskClient = city_app.test_client()
    for shown in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Bearer {KEY[:-1]}"}):
        refused = client.get("/metrics", headers=shown)
        assert refused.status_code == 401
        assert "lianban" not in refused.text
    told = client.get("/metrics", headers=SHOWN)
    assert (told.status_code, told.headers["Content-Type"]) == (200, metrics.TYPE)


@pytest.mark.usefixtures("keyed")
def test_they_tell_what_waits_and_what_was_answered(city_app: Any, city_url: str) -> None:
    """By the class of the answer; being asked for metrics does not count."""
    with city_app.app_context():
        timers.seed(city_url, 3)
    client: FlaskClient = city_app.test_client()
    before = samples(client.get("/metrics", headers=SHOWN).text)
    assert client.get("/items").status_code == 200
    assert client.get("/no-such-page").status_code == 404
    after = samples(client.get("/metrics", headers=SHOWN).text)
    assert after["lianban_database_up"] == 1
    assert after["lianban_timers_due"] == 3
    own = str(os.getpid())
    for status in ("2xx", "4xx"):
        assert answers(after, status)[own] == answers(before, status)[own] + 1
    worked = f'lianban_web_answer_seconds_total{{process="{own}"}}'
    assert after[worked] > before[worked]


def test_any_process_of_a_server_tells_the_counts_of_all(city_url: str, tmp_path: Path) -> None:
    """Two processes under gunicorn; one is killed, its successor begins at nought."""
    port = machine.free_port()
    address = f"http://127.0.0.1:{port}"
    environment = {
        "DATABASE_URL": city_url, "LIANBAN_SECRET_KEY": "only for tests", metrics.KEY: KEY,
        "TMPDIR": str(tmp_path),
    }  # fmt: skip
    children = serving.Children(tmp_path / "logs", environment)
    try:
        children.start(Text("网站", "web server"), serving.web_command(port, workers=2))
        serving.wait_until_healthy(address, children)
        told = asked_until(address, lambda found: len(answers(found, "2xx")) == 2)
        begun = sum(answers(told, "2xx").values())
        for _ in range(6):
            assert urllib.request.urlopen(f"{address}/query", timeout=10).status == 200
        told = asked_until(address, lambda found: sum(answers(found, "2xx").values()) >= begun + 6)
        assert sum(answers(told, "2xx").values()) >= begun + 6
        victim = next(iter(answers(told, "2xx")))
        os.kill(int(victim), signal.SIGKILL)
        asked_until(address, lambda found: victim not in answers(found, "2xx"))
    finally:
        children.stop()
    assert not list(tmp_path.glob("lianban-tally-*"))


def asked_until(address: str, enough: Any) -> dict[str, float]:
    """Ask for the metrics, and for a page between, until they say what is waited for."""
    deadline = time.monotonic() + 20
    while True:
        try:
            asked = urllib.request.Request(f"{address}/metrics", headers=SHOWN)
            with urllib.request.urlopen(asked, timeout=10) as answer:
                found = samples(answer.read().decode())
            if enough(found):
                return found
            urllib.request.urlopen(f"{address}/query", timeout=10).close()
        except (urllib.error.URLError, ConnectionError):
            pass
        assert time.monotonic() < deadline, "the metrics never said it"
        time.sleep(0.05)
