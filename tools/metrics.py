"""The door for Prometheus of a worker: what waits in the database, what this worker did."""

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

from typing_extensions import override

from engine import metrics
from engine.metrics import TYPE
from forms.text import Text
from tools.errors import ToolsError

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
        lines += metrics.lines(f"lianban_worker_{name}_total", "counter", said, done.get(name, 0))
    return "\n".join([*lines, *metrics.shared(), ""])


def _refusal(asked: BaseHTTPRequestHandler) -> int | None:
    """Return the status with which to refuse another address, or a caller without the key."""
    if asked.path.partition("?")[0] != "/metrics":
        return 404
    return None if metrics.opened(asked.headers.get("Authorization", "")) else 401


@contextmanager
def served(port: int, done: Mapping[str, int], host: str = "") -> Iterator[int]:
    """Answer ``GET /metrics`` on a port while the block runs; yields the port.

    Who asks must show the key where one is set; without one the port itself is the guard. Raises
    ToolsError when it is taken.
    """

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if (refusal := _refusal(self)) is not None:
                self.send_error(refusal)
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
