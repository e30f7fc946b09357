"""The canary: what the code at hand could not go on with is named before it serves."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from datetime import timedelta
from multiprocessing import get_context
from pathlib import Path

import pytest
from sqlalchemy import text, update

from engine import canary, clock, db
from engine.models import Case, CoHandling, Task, Timer, Version
from tests.engine import wide
from tests.engine.bpmn.diagrams import chain, end, node, start, user
from tools import cli, demo, machine, serving
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]
WAITING = (
    start(), user("a", "lead:examiner"), end(), chain("start", "a", "end"),
    node(
        "boundaryEvent", "late",
        "<bpmn:timerEventDefinition><bpmn:timeDuration>P3D</bpmn:timeDuration>"
        "</bpmn:timerEventDefinition>", more='attachedToRef="a" cancelActivity="false"',
    ),
    end("told"), chain("late", "told"),
)  # fmt: skip


def found() -> dict[tuple[str, str], str]:
    """What the canary says, by case and kind."""
    return {(one.number, one.kind): one.reason.en for one in canary.examine(now=clock.now())}


def break_it(statement: object) -> None:
    """Change rows behind the engine's back."""
    with db.transaction() as session:
        session.execute(statement)  # type: ignore[call-overload]


def test_cases_of_every_kind_can_go_on() -> None:
    """Both machines, a co-handling, a timer that is held later: no trouble."""
    Story("medical-device-iii").apply()
    joint = Story("restaurant-opening").apply().do("wang.clerk", "accept", "accept")
    assert len(joint.waiting()) > 1
    wide.deploy(wide.files(*WAITING))
    timed = Story(wide.ITEM).apply()
    with db.transaction() as session:
        (timer,) = session.query(Timer).filter_by(case_id=timed.case_id)
        timer.due_at, timer.held_seconds = timer.due_at + timedelta(hours=2), 7200
    heard: list[int] = []
    assert canary.examine(now=clock.now(), told=heard.append) == []
    assert heard == [3]
    with db.transaction():
        assert canary.count() == 3


def test_each_case_that_cannot_go_on_is_named_with_its_reason() -> None:
    """A torn state, one of another version, rows that are gone or too many; the others are well."""
    torn, foreign, lost, extra, joint, well = (
        Story(item).apply()
        for item in (*["medical-device-iii"] * 4, "restaurant-opening", "individual-business")
    )
    joint.do("wang.clerk", "accept", "accept")
    numbers = [one.case.number for one in (torn, foreign, lost, extra, joint)]
    break_it(update(Case).where(Case.id == torn.case_id).values(state=b"LBT1nonsense"))
    break_it(update(Case).where(Case.id == foreign.case_id).values(state=well.case.state))
    break_it(update(Task).where(Task.case_id == lost.case_id).values(state="cancelled"))
    break_it(update(CoHandling).where(CoHandling.case_id == joint.case_id).values(state="answered"))
    break_it(
        text(
            "insert into timer (id, case_id, element, due_at, failure) "
            f"values ('nowhere', {extra.case_id}, 'review', now(), '')"
        )
    )
    troubles = found()
    assert {number for number, _ in troubles} == set(numbers)
    assert "cannot be read" in troubles[numbers[0], "state"]
    assert "another version" in troubles[numbers[1], "state"]
    assert "only the state has the tasks" in troubles[numbers[2], "tasks"]
    assert "only the tables has the timers" in troubles[numbers[3], "timers"]
    assert "co-handling branches" in troubles[numbers[4], "branches"]


def command(url: str, *words: str) -> "subprocess.CompletedProcess[str]":
    """Run the command in a process of its own, as at a start: nothing is in memory yet."""
    environment = {**os.environ, "DATABASE_URL": url}
    return subprocess.run(
        [sys.executable, "-m", *words],
        capture_output=True, text=True, env=environment, check=False, timeout=120,
    )  # fmt: skip


def test_a_version_that_can_no_longer_be_read_takes_its_cases_along(city_db: str) -> None:
    """The command names them and says 1."""
    story, _ = Story("medical-device-iii").apply(), Story("individual-business").apply()
    version = story.case.version_id
    break_it(update(Version).where(Version.id == version).values(compiled=b"from the future"))
    told = command(city_db, "tools.cli", "doctor", "--all-cases", "--json")
    report = json.loads(told.stdout)
    assert (told.returncode, report["looked"], report["failed"]) == (1, 2, 1)
    assert [one["number"] for one in report["cases"]] == [story.case.number]


def _run(url: str, kept: Path, main: Callable[[list[str]], int], words: list[str]) -> None:
    os.environ["DATABASE_URL"] = url
    with kept.open("w") as out, redirect_stdout(out), redirect_stderr(out):
        code = main(words)
    os._exit(code)


def test_a_server_and_a_demo_that_look_first_start_only_when_every_case_can_go_on(
    city_db: str, tmp_path: Path
) -> None:
    """Each says 1 and names the case; mended, the same command serves."""
    story, _ = Story("medical-device-iii").apply(), Story("individual-business").apply()
    number, sound, port = story.case.number, story.case.state, str(machine.free_port())
    break_it(update(Case).where(Case.id == story.case_id).values(state=b"LBT1nonsense"))
    db.session().close()
    told = tmp_path / "told"
    for main, words in (
        (cli.main, ["serve", "--canary", "--port", port]),
        (demo.main, ["--canary", "--port", port, "--data-dir", str(tmp_path / "data")]),
    ):
        process = get_context("fork").Process(target=_run, args=(city_db, told, main, words))
        process.start()
        process.join(120)
        assert process.exitcode == 1
        assert number in told.read_text()
        assert "nothing was started" in told.read_text()
    break_it(update(Case).where(Case.id == story.case_id).values(state=sound))
    assert serves(city_db, port)


def serves(url: str, port: str) -> bool:
    """Whether a server that looks first answers in the end."""
    environment = {**os.environ, "DATABASE_URL": url, "LIANBAN_SECRET_KEY": "k" * 64}
    process = subprocess.Popen(
        [sys.executable, "-m", "tools.cli", "serve", "--canary", "--port", port, "--workers", "1"],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        end_at = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < end_at:
            if serving.is_healthy(f"http://127.0.0.1:{port}"):
                return True
            time.sleep(0.05)
    finally:
        process.terminate()
        process.wait(30)
    return False
