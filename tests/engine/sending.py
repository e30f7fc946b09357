"""The worker's part of sending notices, and a server that takes what is sent over HTTP."""

import asyncio
import base64
import hashlib
import hmac
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from typing_extensions import override

from engine import clock, outbox


def work(url: str) -> None:
    """Make the deliveries that are due, and run a real worker until its queue is empty."""
    while outbox.push(clock.now()):
        pass

    async def run() -> None:
        app = outbox.worker_app(url)
        async with app.open_async():
            await app.run_worker_async(queues=[outbox.QUEUE], wait=False)

    # In a thread of its own: a browser test in the same process leaves a loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        thread.submit(asyncio.run, run()).result()


class Receiver(ThreadingHTTPServer):
    """Takes requests on this machine and keeps them; answers with the statuses it was given."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.taken: list[tuple[str, dict[str, str], bytes]] = []
        self.statuses: list[int] = []  # of the next answers; then 204
        self.location = ""
        self.held: threading.Event | None = None  # answers wait for it

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    server: Receiver

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.taken.append((self.path, dict(self.headers), body))
        if self.server.held is not None:
            self.server.held.wait(20)
        self.send_response(self.server.statuses.pop(0) if self.server.statuses else 204)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def do_GET(self) -> None:
        self.do_POST()

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@contextmanager
def receiving() -> Iterator[Receiver]:
    """Run a receiver for the time of a test."""
    server = Receiver()
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class ReplayRefusedError(Exception):
    """The request is not from whom it says, too old, or was here before."""


class Careful:
    """A subscriber as the documentation asks for: checks the signature, the time and the id."""

    def __init__(self, secret: str) -> None:
        self.secret = secret.encode()
        self.seen: set[str] = set()

    def take(self, headers: dict[str, str], body: bytes, now: float) -> None:
        """Take a request. Raises ReplayRefusedError."""
        id_, at = headers["Webhook-Id"], headers["Webhook-Timestamp"]
        signed = hmac.new(self.secret, f"{id_}.{at}.".encode() + body, hashlib.sha256).digest()
        expected = f"v1,{base64.b64encode(signed).decode()}"
        if not hmac.compare_digest(expected, headers["Webhook-Signature"]):
            raise ReplayRefusedError("signature")
        if abs(now - int(at)) > 300:
            raise ReplayRefusedError("too old")
        if id_ in self.seen:
            raise ReplayRefusedError("seen")
        self.seen.add(id_)
