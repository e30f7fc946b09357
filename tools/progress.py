"""What the person at the terminal sees: numbered stages with the seconds they took.

Standard library only: it also runs before anything is installed.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

STARTED = "LIANBAN_STARTED"  # when the whole command began, handed to the processes it becomes
STAGE = "LIANBAN_STAGE"  # the number of the last stage shown
STAGES = "LIANBAN_STAGES"  # how many there will be


def begin(stages: int) -> None:
    """Start counting; a later process of the same command goes on where this one stopped."""
    os.environ.setdefault(STARTED, str(time.time()))
    os.environ.setdefault(STAGE, "0")
    os.environ.setdefault(STAGES, str(stages))


def elapsed() -> float:
    """Return the seconds since the command began."""
    return time.time() - float(os.environ.get(STARTED, str(time.time())))


def announce(zh: str, en: str) -> None:
    """Show that the next stage begins."""
    number = int(os.environ.get(STAGE, "0")) + 1
    os.environ[STAGE] = str(number)
    total = max(number, int(os.environ.get(STAGES, "0")))
    say(f"[{number}/{total}] {zh} · {en} … ({elapsed():.1f} s)")


@contextmanager
def stage(zh: str, en: str) -> Iterator[None]:
    """Show one stage: what is being done, and afterwards how long it took."""
    announce(zh, en)
    began = time.time()
    yield
    say(f"        完成 done: {time.time() - began:.1f} s")


def say(line: str) -> None:
    """Print a line at once, also into a pipe."""
    print(line, flush=True)


class Bar:
    """How far a long piece of work is, and how long the rest will take.

    At a terminal it is one line that is written over; into a pipe a line for every tenth.
    """

    WIDTH = 30

    def __init__(self, zh: str, en: str) -> None:
        self._name = f"{zh} {en}"
        self._began = time.time()
        self._shown = -1

    def show(self, done: int, total: int) -> None:
        """Show that so many of all are done; as often as one likes."""
        parts = 200 if sys.stdout.isatty() else 10
        reached = parts * done // total if total else parts
        if reached == self._shown:
            return
        self._shown = reached
        line = f"        {self._line(done, total)}"
        if not sys.stdout.isatty():
            say(line)
            return
        print(f"\r{line}\033[K", end="" if done < total else "\n", flush=True)

    def _line(self, done: int, total: int) -> str:
        share = done / total if total else 1.0
        filled = round(self.WIDTH * share)
        took = time.time() - self._began
        bar = "█" * filled + "░" * (self.WIDTH - filled)
        rest = f" 还需 left {_clock(took / share - took)}" if 0 < share < 1 else ""
        return f"{self._name} {bar} {share:4.0%} {done}/{total} {_clock(took)}{rest}"


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02d}"
