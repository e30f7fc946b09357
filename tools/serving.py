"""The running parts: web processes and workers as child processes that end with us."""

import contextlib
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from forms.text import Text
from tools.errors import ToolsError
from tools.postgres import die_with_parent

ROOT = Path(__file__).resolve().parent.parent
HEALTH_SECONDS = 60.0
STOP_SECONDS = 10.0


def web_command(
    port: int, *, workers: int = 2, threads: int = 4, host: str = "127.0.0.1"
) -> list[str]:
    """Return the command that serves the web app; by default for this machine alone."""
    return [
        *(sys.executable, "-m", "gunicorn", "webapp:create_app()"),
        *("--bind", f"{host}:{port}", "--workers", str(workers), "--threads", str(threads)),
        *("--worker-tmp-dir", "/dev/shm" if Path("/dev/shm").is_dir() else "/tmp"),  # noqa: S108
        *("--config", "python:webapp.serving"),
        *("--graceful-timeout", "5", "--no-control-socket"),
    ]


def worker_command() -> list[str]:
    """Return the command of one worker: timers, mail and other jobs."""
    return [sys.executable, "-m", "tools.cli", "worker"]


@dataclass
class Child:
    """One started process with its log."""

    name: Text
    process: subprocess.Popen[bytes]
    log: Path

    def finish(self) -> None:
        """Wait for its end. Raises ToolsError with the end of its log when it went wrong."""
        code = self.process.wait()
        if code != 0:
            raise ToolsError(
                Text(
                    f"{self.name.zh}失败（{code}）。日志：{self.log}\n{_tail(self.log)}",
                    f"{self.name.en} failed ({code}). Log: {self.log}",
                )
            )


@dataclass
class Children:
    """Processes that are started together and stopped together, the last one first."""

    logs: Path
    environment: Mapping[str, str]
    running: list[Child] = field(default_factory=list)

    def start(self, name: Text, command: Sequence[str]) -> Child:
        """Start a process; its output goes to a log file named after its English name."""
        self.logs.mkdir(parents=True, exist_ok=True)
        path = self.logs / f"{name.en.replace(' ', '-')}.log"
        with path.open("wb") as log:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=ROOT,
                env={**os.environ, **self.environment, "PYTHONUNBUFFERED": "1"},
                start_new_session=True,  # Ctrl-C at the terminal is for us; we stop them in order
                preexec_fn=die_with_parent(signal.SIGTERM),  # noqa: PLW1509 - only a prctl
            )
        child = Child(name, process, path)
        self.running.append(child)
        return child

    def check(self) -> None:
        """Raise ToolsError, naming the log, when a process has ended by itself."""
        for child in self.running:
            code = child.process.poll()
            if code is not None:
                raise ToolsError(
                    Text(
                        f"{child.name.zh}意外退出（{code}）。请看日志：{child.log}\n"
                        f"{_tail(child.log)}",
                        f"The {child.name.en} ended unexpectedly ({code}). "
                        f"Read the log: {child.log}",
                    )
                )

    def stop(self) -> None:
        """End all of them: politely, then for certain, with whatever they started."""
        for child in reversed(self.running):
            child.process.terminate()
        deadline = time.monotonic() + STOP_SECONDS
        for child in reversed(self.running):
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.1, deadline - time.monotonic()))
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(child.process.pid, signal.SIGKILL)
            child.process.wait()
        self.running.clear()


def wait_until_healthy(address: str, children: Children) -> None:
    """Wait until ``/healthz`` answers; raise ToolsError when a child dies or it takes too long."""
    deadline = time.monotonic() + HEALTH_SECONDS
    while not is_healthy(address):
        children.check()
        if time.monotonic() > deadline:
            log = children.running[0].log
            raise ToolsError(
                Text(
                    f"网站在 {HEALTH_SECONDS:.0f} 秒内没有应答。请看日志：{log}",
                    f"The web server did not answer within {HEALTH_SECONDS:.0f} s. Read the log: "
                    f"{log}",
                )
            )
        time.sleep(0.05)


def is_healthy(address: str) -> bool:
    """Say whether the web app at this address answers that it is well."""
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=5) as answer:  # noqa: S310
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False


def _tail(log: Path, lines: int = 15) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])
