"""The beats of the record: whether anything has happened since one last looked, for no query.

A trigger on the record notifies, at most twice a second (migration 0011). One thread a process
listens and remembers the latest beat; whoever shows live figures compares a tag with it. All
processes hear the same beats, so that a tag of one means the same to another.
"""

import logging
import threading
from typing import Final

import psycopg

CHANNEL: Final = "lianban_pulse"
#: The trigger passes over what follows a beat closely: after this long it counts as a beat itself.
TRAIL_SECONDS: Final = 1.0
RETRY_SECONDS: Final = 3.0
_LATEST: Final = "select extract(epoch from at)::text from pulse"

log = logging.getLogger("lianban.beats")


class Beats:
    """Listens to one database from its first question on; ``close`` ends it."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._beat: str | None = None
        self._leaving = threading.Event()
        self._heard = threading.Event()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None

    def tag(self) -> str | None:
        """Return what names the latest beat; None while nobody can say, so that one asks anew."""
        with self._lock:
            if self._thread is None and not self._leaving.is_set():
                self._thread = threading.Thread(target=self._listen, name="beats", daemon=True)
                self._thread.start()
        return self._beat

    def wait(self, seconds: float) -> bool:
        """Wait until the first beat is known, for tests and measurements."""
        return self._heard.wait(seconds)

    def close(self) -> None:
        """Stop listening and end the connection."""
        self._leaving.set()
        if self._thread is not None:
            self._thread.join()

    def _listen(self) -> None:
        told = False
        while not self._leaving.is_set():
            try:
                with psycopg.connect(self._url, autocommit=True) as connection:
                    told = False
                    self._follow(connection)
            except psycopg.Error:  # the database may be away for a while
                if not told:
                    log.warning("beats: not connected, trying again every few seconds")
                told = True
            self._beat = None
            self._leaving.wait(RETRY_SECONDS)

    def _follow(self, connection: "psycopg.Connection[tuple[object, ...]]") -> None:
        connection.execute(f"listen {CHANNEL}")
        row = connection.execute(_LATEST).fetchone()
        self._beat = str(row[0]) if row else None
        self._heard.set()
        trailing = True
        while not self._leaving.is_set():
            heard = False
            for notice in connection.notifies(timeout=TRAIL_SECONDS, stop_after=1):
                self._beat, heard, trailing = notice.payload, True, True
            if not heard and trailing:
                self._beat, trailing = f"{self._beat}+", False
