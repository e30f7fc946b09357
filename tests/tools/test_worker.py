"""The worker process: mail leaves, a killed worker loses nothing, a signal ends it politely."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from engine import clock, db, licences, notices, outbox, people, supervision
from engine.errors import NotFoundError
from forms.text import Text
from tests.engine.licences import scenes
from tests.engine.supervision.scenes import MONDAY, accepted
from tools import city, worker

ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS = 30
MESSAGE = notices.Message("test", Text("受理通知", "Accepted"), Text("已受理。", "Accepted."))


@pytest.fixture
def mail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder into which mail is written."""
    monkeypatch.setenv("LIANBAN_MAIL_URL", (tmp_path / "mail").as_uri())
    return tmp_path / "mail"


@pytest.fixture
def people_db(engine_db: str) -> str:
    """A database with the people of the demo city."""
    city.seed(now=clock.now())
    return engine_db


@pytest.fixture
def work(people_db: str, mail: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A worker on a fresh database."""
    process = start(people_db)
    yield process
    process.kill()
    process.wait()


def start(url: str) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "tools.cli", "worker"]
    return subprocess.Popen(command, cwd=ROOT, env={**os.environ, "DATABASE_URL": url})


def tell(then: type[Exception] | None = None) -> None:
    with db.transaction():
        person = people.actor_for_login("zhang.san").person_id
        assert person is not None
        notices.tell(person, MESSAGE, now=clock.now())
        if then is not None:
            raise then


def sent(mail: Path, count: int) -> list[Path]:
    deadline = time.monotonic() + SECONDS
    while len(found := sorted(mail.glob("*.eml"))) < count and time.monotonic() < deadline:
        time.sleep(0.05)
    return found


@pytest.mark.acceptance
def test_queued_mail_is_sent_once_and_the_worker_leaves_when_asked(
    work: subprocess.Popen[bytes], mail: Path
) -> None:
    tell()
    (message,) = sent(mail, 1)
    assert "zhang.san@example.com" in message.read_text()
    work.send_signal(signal.SIGTERM)
    assert work.wait(SECONDS) == 0
    assert len(sent(mail, 1)) == 1


@pytest.mark.acceptance
def test_what_was_rolled_back_is_never_sent(work: subprocess.Popen[bytes], mail: Path) -> None:
    with pytest.raises(LookupError):
        tell(then=LookupError)
    tell()
    assert len(sent(mail, 1)) == 1


@pytest.mark.acceptance
def test_a_job_whose_worker_was_killed_is_done_by_another(people_db: str, mail: Path) -> None:
    """The job stands as `doing`, its worker is gone: the next worker finds and does it."""
    tell()
    outbox.push(clock.now())
    with db.transaction() as session:
        session.execute(
            text(
                "WITH dead AS (INSERT INTO procrastinate_workers (last_heartbeat)"
                " VALUES (now() - interval '10 minutes') RETURNING id)"
                " UPDATE procrastinate_jobs SET status = 'doing', worker_id = dead.id FROM dead"
            )
        )
    process = start(people_db)
    try:
        assert len(sent(mail, 1)) == 1
    finally:
        process.kill()
        process.wait()


def test_without_a_due_timer_there_is_nothing_to_fire(engine_db: str) -> None:
    assert not worker.fire_next_timer()


@pytest.mark.usefixtures("city_db")
def test_the_worker_issues_cards_and_looking_again_issues_none() -> None:
    story, now = accepted(), MONDAY + timedelta(days=21)
    assert worker.supervise(now=now) > 0
    assert worker.supervise(now=now) == 0
    assert {card.level for card in supervision.of_case(story.case)} >= {"yellow"}


def test_the_worker_sees_to_licences_and_looking_again_finds_nothing(
    city_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that has run out expires; one that cannot be seen to does not keep the others waiting."""
    licences_of = [scenes.shop(date(2026, 3, day))[1] for day in (2, 3)]
    with db.transaction() as session:
        for found in licences_of:
            row = session.get_one(licences.Licence, found.id)
            row.valid_to, row.look_on = date(2026, 4, 1), date(2026, 4, 2)
    attend = licences.attend

    def refusing(licence_id: int, **more: Any) -> None:
        if licence_id == licences_of[0].id:
            raise NotFoundError(Text("坏", "broken"))
        attend(licence_id, **more)

    monkeypatch.setattr(licences, "attend", refusing)
    assert worker.see_to_licences() == 1
    assert [scenes.fresh(one).state for one in licences_of] == ["valid", "expired"]
    monkeypatch.undo()
    assert worker.see_to_licences() == 1
    assert worker.see_to_licences() == 0


def test_the_watch_over_limits_ends_when_it_is_told_to_leave(city_db: str) -> None:
    leaving = threading.Event()
    watch = threading.Thread(target=worker.watch_limits, args=(leaving,))
    watch.start()
    leaving.set()
    watch.join(SECONDS)
    assert not watch.is_alive()
