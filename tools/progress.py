"""What the person at the terminal sees: numbered stages with the seconds they took.

Standard library only: it also runs before anything is installed.
"""

import os
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
