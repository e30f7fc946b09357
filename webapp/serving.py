"""How each web process serves; gunicorn reads it as its settings."""

# ruff: noqa: SLF001 - how many wait is known to the pool alone

import gc
import os
import select
import shutil
import socket
import tempfile
import time
from typing import Any

from gunicorn.workers.gthread import TConn, ThreadWorker
from typing_extensions import override

from webapp import tally
from webapp.room import ROOM

#: Objects that are made between two looks for garbage. A request makes thousands that all die with
#: it; Python's own 700 would have the collector walk through the whole app again and again.
YOUNG, MIDDLE, OLD = 50_000, 20, 20
#: How long a thread stays with a connection for its next request, in milliseconds.
LINGER = 2
#: How much longer a process waits before it takes a new connection for each one it has, and at
#: most, in seconds.
STEP_BACK, STEP_BACK_AT_MOST = 0.0005, 0.004


class LingeringWorker(ThreadWorker):  # type: ignore[misc]
    """gunicorn's threads, which stay a moment with a connection that may bring the next request.

    A proxy or a program that sends one request after the other is served by the same thread, not
    by way of the process's main thread, which costs as much as a small request. When another
    connection waits for a thread, nobody lingers.

    Connections stay with the process that took them. So the process that has fewer comes first:
    else one could have all four of a proxy while the next one idles.
    """

    @override
    def accept(self, listener: socket.socket) -> None:
        """Take a new connection, unless another process with fewer of them has by then."""
        if self.cfg.workers > 1 and self.nr_conns:
            time.sleep(min(self.nr_conns * STEP_BACK, STEP_BACK_AT_MOST))
        super().accept(listener)

    @override
    def handle(self, conn: TConn) -> Any:
        """Serve a connection's request, and those that follow at once."""
        kept = super().handle(conn)
        while kept is True and self._may_linger() and _readable(conn):
            kept = super().handle(conn)
        return kept

    def _may_linger(self) -> bool:
        """Say whether no other connection waits for a thread, and the process goes on."""
        return bool(self.alive) and self.tpool._work_queue.qsize() == 0


def _readable(conn: TConn) -> bool:
    """Wait for the next request of a connection, for a moment."""
    if conn.is_http2 or conn.parser.unreader.buf.getvalue():
        return False  # what was read ahead is gunicorn's to deal with
    waiting = select.poll()
    waiting.register(conn.sock, select.POLLIN)
    return bool(waiting.poll(LINGER))


worker_class = LingeringWorker


def on_starting(_server: Any) -> None:
    """Make the folder in which the processes of this server count what they answer."""
    os.environ[tally.FOLDER] = tempfile.mkdtemp(prefix="lianban-tally-")


def child_exit(_server: Any, worker: Any) -> None:
    """Take away the counts of a process that has ended."""
    tally.forget(worker.pid)


def on_exit(_server: Any) -> None:
    """Take the folder away with the server."""
    shutil.rmtree(os.environ.pop(tally.FOLDER, ""), ignore_errors=True)


def post_worker_init(worker: Any) -> None:
    """Keep the app's own objects, made by now and here to stay, out of the collector's way; tell
    programs that wait which threads are the process's.
    """
    ROOM.serve(worker.tpool, lambda: bool(worker.alive))
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG, MIDDLE, OLD)
