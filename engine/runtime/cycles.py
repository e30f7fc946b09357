"""Timers that go off again and again: ISO 8601 repeating intervals such as ``R3/PT1H``, or cron."""

import re
from datetime import UTC, datetime
from typing import Final

from engine.bpmn import cron
from engine.clock import CIVIL_ZONE
from engine.runtime import timers
from engine.runtime.errors import RuntimeFault
from forms.text import Text

_CYCLE: Final = re.compile(r"R(?P<times>\d{0,6}|-1)/(?:(?P<start>[^/P][^/]*)/)?(?P<every>P[^/]+)")
#: Most rounds that are looked for behind a missed one.
_MOST: Final = 100_000


def computed(value: object, dialect: str) -> object:
    """Give a cycle that was computed as it would be read from the diagram: cron numbers days of the
    week as the dialect does.
    """
    if isinstance(value, str) and cron.is_like(value.strip()):
        return cron.with_names(value.strip(), dialect)
    return value


def first(
    value: object, now: datetime, workdays: timers.Workdays | None
) -> tuple[int | None, datetime]:
    """Give how often a cycle goes off, None without an end, and when first; raises RuntimeFault."""
    if isinstance(value, str) and cron.is_like(value.strip()):
        return None, _by_cron(value, now)
    found = _read(value)
    times = int(found["times"]) if found["times"] not in {"", "-1"} else None
    if times == 0:
        raise _wrong(value)
    if not found["start"]:
        return times, timers.after(now, found["every"], workdays)
    return times, timers.moment(found["start"])


def following(
    cycle: str, due: datetime, now: datetime, workdays: timers.Workdays | None
) -> datetime:
    """Give the next round behind ``due`` that is not over yet: missed rounds count as one."""
    if cron.is_like(cycle.strip()):
        return _by_cron(cycle, max(due, now))
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


def _by_cron(text: str, after: datetime) -> datetime:
    try:
        found = cron.following(cron.read(text.strip()), after.astimezone(CIVIL_ZONE))
    except ValueError as error:
        raise _wrong(text) from error
    return found.astimezone(UTC)


def _read(value: object) -> dict[str, str]:
    found = _CYCLE.fullmatch(value.strip()) if isinstance(value, str) else None
    if found is None:
        raise _wrong(value)
    return found.groupdict()


def _wrong(value: object) -> RuntimeFault:
    shown = str(value)[:60]
    return RuntimeFault(
        Text(
            f"无法识别的周期“{shown}”。",
            f"'{shown}' is not a cycle such as R3/PT1H or a cron expression.",
        )
    )
