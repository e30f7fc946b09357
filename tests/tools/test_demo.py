"""The demo as a person starts it: it runs, says where, refuses clearly, and stops cleanly."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tools import data, demo, machine, postgres
from tools.errors import ToolsError

ROOT = Path(__file__).resolve().parent.parent.parent
SECONDS = 90


class Demo:
    """A demo in a process of its own, and what it has printed."""

    def __init__(self, folder: Path, *more: str) -> None:
        self.port = machine.free_port()
        environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
        environment.pop("DATABASE_URL", None)
        command = [sys.executable, "-m", "tools.demo", "--port", str(self.port)]
        self.process = subprocess.Popen(
            [*command, "--data-dir", str(folder), *more],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.lines: list[str] = []
        self.reader = threading.Thread(target=self._read)
        self.reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        with self.process.stdout as output:
            for line in output:
                self.lines.append(line)

    @property
    def output(self) -> str:
        """Everything printed so far."""
        return "".join(self.lines)

    def wait_for(self, words: str) -> None:
        """Wait until the demo has printed some words; fail when it ends without them."""
        deadline = time.monotonic() + SECONDS
        while words not in self.output:
            assert self.process.poll() is None, self.output
            assert time.monotonic() < deadline, self.output
            time.sleep(0.05)

    def stop(self, how: signal.Signals = signal.SIGINT) -> int:
        """Stop it as a person or the system would, and wait for its end."""
        if self.process.poll() is None:
            self.process.send_signal(how)
        code = self.process.wait(SECONDS)
        self.reader.join()
        return code


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A data folder that is gone after the test."""
    yield tmp_path / "数据 data"
    data.DataFolder(tmp_path / "数据 data").reset()


@pytest.mark.acceptance
@pytest.mark.slow
def test_the_demo_starts_serves_and_leaves_nothing_behind(folder: Path) -> None:
    first = Demo(folder)
    try:
        first.wait_for("Press Ctrl-C to stop")
        with urllib.request.urlopen(f"http://127.0.0.1:{first.port}/healthz") as answer:
            assert answer.status == 200
        second = Demo(folder)
        assert second.stop(signal.SIGCONT) == 1
        assert "Another demo is using" in second.output
    finally:
        code = first.stop()
    assert code == 0
    assert f"http://localhost:{first.port}/" in first.output
    assert machine.port_is_free(first.port)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(postgres.EmbeddedPostgres(folder / "postgres").url())


@pytest.mark.acceptance
@pytest.mark.slow
def test_a_child_that_dies_ends_the_demo_and_its_log_is_named(folder: Path) -> None:
    running = Demo(folder)
    try:
        running.wait_for("Press Ctrl-C to stop")
        worker = _child(running.process.pid, "worker")
        os.kill(worker, signal.SIGKILL)
        running.reader.join(SECONDS)
    finally:
        code = running.stop(signal.SIGTERM)
    assert code == 1
    assert "worker.log" in running.output
    assert machine.port_is_free(running.port)


def _child(parent: int, word: str) -> int:
    """Find the child process that has a word on its command line."""
    children = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
    lines = {pid: Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0") for pid in children}
    (found,) = [pid for pid, line in lines.items() if word.encode() in line]
    return int(found)


def test_a_taken_port_is_said_with_a_free_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert demo.main(["--port", str(port), "--data-dir", str(tmp_path / "data")]) == 1
    told = capsys.readouterr().out
    assert f"端口 {port} 已被占用" in told
    assert "--port" in told
    assert not (tmp_path / "data").exists()


def test_reset_leaves_a_given_database_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://somewhere/else")
    port = str(machine.free_port())
    assert demo.main(["--port", port, "--data-dir", str(tmp_path), "--reset"]) == 1
    assert "--reset" in capsys.readouterr().out


def test_reset_deletes_nothing_that_is_not_a_data_folder(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ToolsError):
        data.DataFolder(tmp_path).reset()
    assert (tmp_path / "thesis.txt").exists()


def test_the_cookie_key_is_kept_and_private(tmp_path: Path) -> None:
    folder = data.DataFolder(tmp_path)
    key = folder.secret_key()
    assert len(key) == 64
    assert data.DataFolder(tmp_path).secret_key() == key
    assert (tmp_path / "secret-key").stat().st_mode & 0o077 == 0
