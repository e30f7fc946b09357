"""What each web process has answered, counted where every process of its server can read it.

Prometheus asks whichever process takes the connection, so one process tells the counts of all,
each under its own label. A process writes a small file in a folder of its server; without a
server, as in tests, it counts for itself.
"""

import mmap
import os
import struct
import threading
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

#: The variable by which a server names its processes the folder of their counts.
FOLDER: Final = "LIANBAN_TALLY"
#: What is counted, in its order: when the process began, seconds of work, answers by their class.
NAMES: Final = ("begun_at", "seconds", "1xx", "2xx", "3xx", "4xx", "5xx")
_FORM: Final = struct.Struct(f"={len(NAMES)}d")


class _Tally:
    """The counts of this process; a process that was forked begins its own."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner = 0
        self._cells: Any = memoryview(bytearray(_FORM.size)).cast("d")

    def answered(self, status: int, seconds: float) -> None:
        """Count one answer, and how long it took."""
        with self._lock:
            if self._owner != os.getpid():
                self._begin()
            self._cells[1] += seconds
            self._cells[1 + status // 100] += 1

    def _begin(self) -> None:
        self._owner = os.getpid()
        room: mmap.mmap | bytearray = bytearray(_FORM.size)
        if folder := os.environ.get(FOLDER):
            path = Path(folder) / str(self._owner)
            path.write_bytes(bytes(_FORM.size))
            with path.open("r+b") as file:
                room = mmap.mmap(file.fileno(), _FORM.size)
        self._cells = memoryview(room).cast("d")
        self._cells[0] = time.time()

    def own(self) -> dict[str, float]:
        """Return the counts of this process."""
        with self._lock:
            if self._owner != os.getpid():
                self._begin()
            return dict(zip(NAMES, self._cells, strict=True))


_tally = _Tally()
answered = _tally.answered


def of_all() -> Mapping[str, Mapping[str, float]]:
    """Return the counts of every process of this server, by its number."""
    found = {str(os.getpid()): _tally.own()}
    if folder := os.environ.get(FOLDER):
        found |= dict(_stored(Path(folder)))
    return found


def _stored(folder: Path) -> Iterator[tuple[str, dict[str, float]]]:
    for path in sorted(folder.iterdir()):
        held = path.read_bytes()
        if len(held) == _FORM.size:
            yield path.name, dict(zip(NAMES, _FORM.unpack(held), strict=True))


def forget(process: int) -> None:
    """Take away the counts of a process that has ended."""
    if folder := os.environ.get(FOLDER):
        (Path(folder) / str(process)).unlink(missing_ok=True)
