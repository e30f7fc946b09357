"""Metrics for Prometheus, in its plain text: what waits in the database, what this worker did."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from typing_extensions import override

from engine import db, pulse
from forms.text import Text
from tools.errors import ToolsError

TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
#: name, help, how to read it from the pulse
_SHARED: Final[tuple[tuple[str, str, Callable[[pulse.Pulse], float]], ...]] = (
    ("timers_due", "Timers that are due and have not fired.", lambda p: p.timers_due),
    ("timer_oldest_due_seconds", "How long the oldest of them is due.", lambda p: p.oldest_timer),
    ("timers_set_aside", "Timers that could not fire.", lambda p: p.timers_failed),
    ("lapse_oldest_due_seconds", "Longest overdue end of a receipt limit.",
     lambda p: p.oldest_lapse),
    ("messages_waiting", "Messages between cases on their way.", lambda p: p.messages_waiting),
    ("jobs_waiting", "Queued jobs that may begin.", lambda p: p.jobs_waiting),
    ("job_oldest_seconds", "How long the oldest of them waits.", lambda p: p.oldest_job),
    ("jobs_failed", "Jobs that are not tried again.", lambda p: p.jobs_failed),
    ("workers_alive", "Workers heard of in the last 30 seconds.", lambda p: p.alive),
    ("worker_heartbeat_age_seconds", "Since any worker was heard of.",
     lambda p: min(p.workers, default=-1.0)),
)  # fmt: skip
#: what a worker counts: name and help
_OWN: Final = {
    "timers": "Timers fired by this worker.",
    "messages": "Messages delivered by this worker.",
    "lapsed": "Receipt limits and stops that this worker let end.",
    "cards": "Signals and cards given by this worker.",
    "licences": "Licences that this worker has seen to.",
    "jobs": "Jobs done by this worker.",
    "failures": "Timers and messages set aside by this worker.",
    "errors": "Rounds of this worker that broke off, to be tried again.",
}


def as_text(done: Mapping[str, int]) -> str:
    """Write all metrics; those of the database are left out while it cannot be reached."""
    lines: list[str] = []
    for name, said in _OWN.items():
        lines += _lines(f"lianban_worker_{name}_total", "counter", said, done.get(name, 0))
    try:
        taken = pulse.take()
    except Exception:  # noqa: BLE001 - whatever it is, it is what is to be told
        return "\n".join([*lines, *_up(0), ""])
    finally:
        db.session().close()
    for name, said, read in _SHARED:
        lines += _lines(f"lianban_{name}", "gauge", said, read(taken))
    return "\n".join([*lines, *_up(1), ""])


def _up(value: int) -> list[str]:
    return _lines("lianban_database_up", "gauge", "Whether the database answers.", value)


def _lines(name: str, kind: str, said: str, value: float) -> list[str]:
    return [f"# HELP {name} {said}", f"# TYPE {name} {kind}", f"{name} {value:g}"]


@contextmanager
def served(port: int, done: Mapping[str, int], host: str = "") -> Iterator[int]:
    """Answer ``GET /metrics`` on a port while the block runs; yields the port.

    Raises ToolsError when it is taken.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.partition("?")[0] != "/metrics":
                self.send_error(404)
                return
            body = as_text(done).encode()
            self.send_response(200)
            self.send_header("Content-Type", TYPE)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        @override
        def log_message(self, *_words: Any) -> None:
            """Say nothing: being asked every few seconds is no news."""

    try:
        server = ThreadingHTTPServer((host, port), Handler)
    except (OSError, OverflowError) as error:
        raise ToolsError(
            Text(
                f"指标端口 {port} 不能使用：{error}",
                f"The port {port} for metrics cannot be used: {error}",
            )
        ) from error
    thread = threading.Thread(target=server.serve_forever, args=(0.2,), daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
