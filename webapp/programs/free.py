"""What is free to be fetched, by topic: read once for all polls that one process holds."""

import threading
import time
from collections.abc import Collection
from typing import Final

from engine import db, programs
from engine.beats import Beats

#: The database is asked at least and at most this often, in seconds, while anybody waits.
LOOK_SECONDS, PAUSE_SECONDS = 5.0, 0.5
_NEVER: Final = float("inf")


class Free:
    """When tasks are free, as of the record's latest beat."""

    def __init__(self, pulse: Beats) -> None:
        self.pulse = pulse
        self._lock = threading.Lock()
        self._beat: str | None = None
        self._read_at = -_NEVER
        self._free: dict[str, float] = {}

    def has(self, topics: Collection[str]) -> bool:
        """Say whether something of these topics may be free by now."""
        self._refresh()
        now = time.monotonic()
        return any(self._free.get(topic, _NEVER) <= now for topic in topics)

    def _refresh(self) -> None:
        """Read again when something has happened, or after a while in any case."""
        beat = self.pulse.tag()
        with self._lock:
            age = time.monotonic() - self._read_at
            if age < PAUSE_SECONDS or (beat == self._beat and age < LOOK_SECONDS):
                return
            with db.transaction():
                now, found = db.now(), programs.free_at()
            self._beat, self._read_at = beat, time.monotonic()
            self._free = {
                topic: self._read_at + (0.0 if at is None else (at - now).total_seconds())
                for topic, at in found.items()
            }
