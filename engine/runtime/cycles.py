"""Timers that go off again and again: ISO 8601 repeating intervals such as ``R3/PT1H``."""

import re
from datetime import datetime
from typing import Final

from engine.runtime import timers
from engine.runtime.errors import RuntimeFault
from forms.text import Text

_CYCLE: Final = re.compile(r"R(?P<times>\d{0,6})/(?:(?P<start>[^/P][^/]*)/)?(?P<every>P[^/]+)")
#: Most rounds that are looked for behind a missed one.
_MOST: Final = 100_000


def first(
    value: object, now: datetime, workdays: timers.Workdays | None
) -> tuple[int | None, datetime]:
    """Give how often a cycle goes off, None without an end, and when first; raises RuntimeFault."""
    found = _read(value)
    times = int(found["times"]) if found["times"] else None
    if times == 0:
        raise _wrong(value)
    if not found["start"]:
        return times, timers.after(now, found["every"], workdays)
    return times, timers.moment(found["start"])


def following(
    cycle: str, due: datetime, now: datetime, workdays: timers.Workdays | None
) -> datetime:
    """Give the next round behind ``due`` that is not over yet: missed rounds count as one."""
    every = _read(cycle)["every"]
    upcoming = due
    for _ in range(_MOST):
        later = timers.after(upcoming, every, workdays)
        if later <= upcoming:
            raise _wrong(cycle)
        upcoming = later
        if upcoming > now:
            return upcoming
    raise _wrong(cycle)


def _read(value: object) -> dict[str, str]:
    found = _CYCLE.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise _wrong(value)
    return found.groupdict()


def _wrong(value: object) -> RuntimeFault:
    shown = str(value)[:60]
    return RuntimeFault(
        Text(f"无法识别的周期“{shown}”。", f"'{shown}' is not a cycle such as R3/PT1H.")
    )
