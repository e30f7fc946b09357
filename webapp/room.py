"""Room for programs that wait for work: they hold a request, but take no thread from anybody.

A poll is held by a thread that sleeps. The pool of the process gets one thread more for each of
them meanwhile, so that pages are answered as if nobody waited. Seats are limited; who finds none is
answered at once, as a program without patience is.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import Final

#: Most polls that one process holds.
SEATS: Final = 40


class Room:
    """The seats of one process."""

    def __init__(self, seats: int = SEATS) -> None:
        self._seats = threading.Semaphore(seats)
        self._lock = threading.Lock()
        self._pool: ThreadPoolExecutor | None = None
        self._is_open: Callable[[], bool] = lambda: True

    def serve(self, pool: ThreadPoolExecutor, is_open: Callable[[], bool]) -> None:
        """Say which threads answer requests, and how to know that the process is leaving."""
        self._pool, self._is_open = pool, is_open

    @property
    def is_open(self) -> bool:
        """Whether the process goes on."""
        return self._is_open()

    @contextmanager
    def seat(self) -> Iterator[bool]:
        """Take a seat for as long as one waits; whether there was one."""
        seated = self._seats.acquire(blocking=False)
        if seated:
            self._widen(1)
        try:
            yield seated
        finally:
            if seated:
                self._widen(-1)
                self._seats.release()

    def _widen(self, by: int) -> None:
        if self._pool is None:
            return
        with self._lock:
            self._pool._max_workers += by  # noqa: SLF001 - the pool has no other way to grow
        if by > 0:
            # The pool makes a thread when it is given something: what queues is taken up at once.
            with suppress(RuntimeError):  # the process is leaving
                self._pool.submit(_nothing)


def _nothing() -> None:
    """Do nothing."""


#: The room of this process.
ROOM: Final = Room()
