"""Waiting for what other threads and processes do."""

import time
from collections.abc import Callable
from typing import TypeVar

_Found = TypeVar("_Found")

#: Seconds: two cores may be busy with other tests.
PATIENCE = 60.0


def until(asked: Callable[[], _Found], seconds: float = PATIENCE) -> _Found:
    """Ask again until there is an answer that holds, and return it."""
    began = time.monotonic()
    while not (found := asked()):
        assert time.monotonic() - began < seconds, "waited in vain"
        time.sleep(0.02)
    return found


def seconds_until(asked: Callable[[], object], seconds: float = PATIENCE) -> float:
    """Wait until something holds; return how long it took."""
    began = time.monotonic()
    until(asked, seconds)
    return time.monotonic() - began
