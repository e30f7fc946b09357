"""How each web process serves; gunicorn reads it as its settings."""

# ruff: noqa: SLF001 - how many wait is known to the pool alone

import contextlib
import gc
import os
import select
import shutil
import socket
import tempfile
import time
from collections.abc import Sequence
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker
from typing_extensions import override

from webapp import tally
from webapp.room import ROOM
from webapp.seats import NOBODY, Seats

#: Objects that are made between two looks for garbage. A request makes thousands that all die with
#: it; Python's own 700 would have the collector walk through the whole app again and again.
YOUNG, MIDDLE, OLD = 50_000, 20, 20
#: How long a thread stays with a connection for its next request, in milliseconds.
LINGER = 2
#: How long a process leaves a new connection to one that has fewer of them, and how often it looks
#: whether that has taken it, in seconds. The other's threads may be busy, and the machine's cores
#: with something else, so it is not at once.
STEP_BACK, LOOK = 0.25, 0.0005
#: The connections of all processes; made here, before they are forked.
SEATS = Seats()


class Together:
    """A connection as an answer sees it: its headers go out in one piece with what follows them.

    Two pieces would wake whoever reads them twice. Headers that announce no length are not held
    back: what follows may be long in coming.
    """

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._held = b""

    def __getattr__(self, name: str) -> Any:
        return getattr(self._connection, name)

    def sendall(self, data: bytes) -> None:
        """Send, or hold back until there is more."""
        if not self._held and data.startswith(b"HTTP/") and b"\r\nContent-Length: " in data:
            self._held = data
            return
        held, self._held = self._held, b""
        self._connection.sendall(held + data)

    def sendfile(self, *asked: Any, **places: Any) -> int:
        """Send a file, after what is held back."""
        self.flush()
        return self._connection.sendfile(*asked, **places)

    def flush(self) -> None:
        """Send what is held back."""
        if self._held:
            held, self._held = self._held, b""
            self._connection.sendall(held)


class LingeringWorker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's threads, which stay a moment with a connection that may bring the next request.

    A proxy or a program that sends one request after the other is served by the same thread, not
    by way of the process's main thread, which costs as much as a small request. When another
    connection waits for a thread, nobody lingers.

    Connections stay with the process that took them. So the process that has fewer comes first:
    else one could have all four of a proxy while the next one idles.
    """

    seat: int | None = None
    #: The core of the machine that it keeps to, if to any.
    core: int | None = None
    #: The connection left to another process waits there, and until when (monotonic seconds).
    left_at: socket.socket | None = None
    left_until = 0.0

    @override
    def accept(self, listener: socket.socket) -> None:
        """Take a new connection, unless another process has fewer of them and may take it yet."""
        if not self._leaves_to_another(listener):
            self.left_at = None
            super().accept(listener)
            SEATS.tell(self.seat, self.nr_conns)

    def _leaves_to_another(self, listener: socket.socket) -> bool:
        """Say whether to step back once more; what else has come up is done in between."""
        if not SEATS.any_below(self.nr_conns):
            return False
        now = time.monotonic()
        if self.left_at is None:
            self.left_at, self.left_until = listener, now + STEP_BACK
        if now >= self.left_until:
            return False
        time.sleep(LOOK)
        return True

    @override
    def wait_for_and_dispatch_events(self, timeout: float) -> None:
        """Do what has come up, and tell how many connections there are then."""
        if self.left_at is not None and not _is_readable(self.left_at, 0):
            self.left_at = None  # another has taken it; the next one is waited for anew
        super().wait_for_and_dispatch_events(timeout)
        SEATS.tell(self.seat, self.nr_conns if self._accepting else NOBODY)

    @override
    def set_accept_enabled(self, enabled: bool) -> None:
        """Take connections, or no more of them."""
        super().set_accept_enabled(enabled)
        SEATS.tell(self.seat, self.nr_conns if enabled else NOBODY)

    @override
    def handle(self, conn: TConn) -> Any:
        """Serve a connection's request, and those that follow at once."""
        kept = super().handle(conn)
        while kept is True and self._may_linger() and _readable(conn):
            kept = super().handle(conn)
        return kept

    @override
    def handle_request(self, req: Any, conn: TConn) -> Any:
        """Answer a request, its headers and its body in one piece."""
        itself = conn.sock
        conn.sock = together = Together(itself)
        try:
            kept = super().handle_request(req, conn)
            together.flush()
        finally:
            conn.sock = itself
        return kept

    def _may_linger(self) -> bool:
        """Say whether no other connection waits for a thread, and the process goes on."""
        return bool(self.alive) and self.tpool._work_queue.qsize() == 0


def _readable(conn: TConn) -> bool:
    """Wait for the next request of a connection, for a moment."""
    if conn.is_http2 or conn.parser.unreader.buf.getvalue():
        return False  # what was read ahead is gunicorn's to deal with
    return _is_readable(conn.sock, LINGER)


def _is_readable(waiting: socket.socket, wait: int) -> bool:
    """Say whether something can be read, or taken, within so many milliseconds."""
    looked = select.poll()
    looked.register(waiting, select.POLLIN)
    return bool(looked.poll(wait))


worker_class = LingeringWorker


def on_starting(_server: Any) -> None:
    """Make the folder in which the processes of this server count what they answer."""
    os.environ[tally.FOLDER] = tempfile.mkdtemp(prefix="lianban-tally-")


def pre_fork(server: Any, worker: LingeringWorker) -> None:
    """Give a process about to be forked its place among the others, and its core."""
    worker.seat = SEATS.give()
    taken = [getattr(other, "core", None) for other in server.WORKERS.values()]
    worker.core = core_for_next(taken, server.num_workers)


def child_exit(_server: Any, worker: LingeringWorker) -> None:
    """Take away the counts and the place of a process that has ended."""
    tally.forget(worker.pid)
    SEATS.free(worker.seat)


def on_exit(_server: Any) -> None:
    """Take the folder away with the server."""
    shutil.rmtree(os.environ.pop(tally.FOLDER, ""), ignore_errors=True)


def core_for_next(taken: Sequence[int | None], processes: int) -> int | None:
    """Return the core on which the next process works; None: on any.

    Where ``processes`` come out even on all cores, each keeps to one: moved about, it would find
    another's code and data in the core's own memory each time. ``taken`` are those of the processes
    that run. Cores are those that this process may use, so what was set from outside holds.
    """
    cores = sorted(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else []
    return min(cores, key=taken.count) if cores and processes % len(cores) == 0 else None


def post_worker_init(worker: Any) -> None:
    """Keep to a core; keep the app's own objects, made by now and here to stay, out of the
    collector's way; tell programs that wait which threads are the process's.
    """
    if worker.core is not None:
        with contextlib.suppress(OSError):  # the machine's owner has just taken that core away
            os.sched_setaffinity(0, {worker.core})
    ROOM.serve(worker.tpool, lambda: bool(worker.alive))
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
