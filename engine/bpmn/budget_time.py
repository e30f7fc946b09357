"""The clocks a time budget looks at, and how far a limit or a timer carries on a plain calendar.

Plain weeks, without holidays: a budget must not depend on the year. Every limit is used up to its
end, as the engine itself counts it (engine.workdays).
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

from engine.bpmn import language
from engine.bpmn.grounds import ground_of
from engine.bpmn.model import Node, Process
from engine.feel.temporal import read_duration
from engine.feel.values import YearsMonths
from engine.workdays import Calendar, due_at, office_between, parse_limit, workdays_between
from forms.text import Text

#: 许可法 32(1)(4), 44: used where an item does not bind itself to less.
RECEIPT_LIMIT, DELIVERY_LIMIT = "5wd", "10wd"
PROMISED, STATUTORY, RECEIPT, DELIVERY = "promised", "statutory", "receipt", "delivery"
NAMES: Final = {
    PROMISED: Text("承诺时限", "promised limit"),
    STATUTORY: Text("法定时限", "statutory limit"),
    RECEIPT: Text("受理期限", "limit of receipt"),
    DELIVERY: Text("送达期限", "limit of delivery"),
}
_ZONE: Final = ZoneInfo("Asia/Shanghai")
_CALENDAR: Final = Calendar()
_MOMENT: Final = timedelta(microseconds=1)
#: A Monday; the week behind it has no meaning of its own.
_MONDAY: Final = date(2024, 1, 1)
#: A case may begin on any working day, in the first and in the last moment of the office.
_STARTS: Final = tuple(
    datetime.combine(_MONDAY + timedelta(days=day), at, _ZONE).astimezone(UTC)
    for day in range(5)
    for at in (time(9), time(17, 29, 59))
)
_WORKING: Final = re.compile(r"P(?:(\d{1,4})WD)?(?:T(\d{1,4})WH)?")
_LONGEST_MONTH: Final = 31
_LONGEST: Final = timedelta(days=3660)


@dataclass(frozen=True)
class Clock:
    """One limit of an item: where it begins, where it ends, and which stops it knows."""

    name: str
    #: ``3wd``, ``4wh``, ``20d``, ``30min``.
    limit: str
    #: ``start``, ``accept`` or ``decide``: the act that sets it going.
    begins: str
    #: Acts whose end it waits for; none: the end of the process.
    ends: frozenset[str]

    def stopped(self, node: Node) -> bool:
        """Whether this clock stands still while a case is inside an activity."""
        if node.properties.get("clock") != "stop" or self.name not in (PROMISED, STATUTORY):
            return False
        ground = ground_of(node.properties.get("ground", ""))
        return ground is not None and (
            ground.promised if self.name == PROMISED else ground.statutory
        )


def clocks(process: Process, acts: frozenset[str]) -> Iterator[Clock]:
    """List the limits of an item that can be read; ``acts`` are those of all its steps."""
    begins = "start" if process.clock_start == "received" or "accept" not in acts else "accept"
    ends = frozenset({"decide"}) & acts
    if not ends and "decide-part" in acts:
        # A joint case is decided when its parts are handed over together.
        ends = frozenset({"deliver"}) & acts
    for name, limit in ((PROMISED, process.promised_limit), (STATUTORY, process.statutory_limit)):
        if limit and language.parse_limit(limit):
            yield Clock(name, limit.strip(), begins, ends)
    said = process.properties
    if "accept" in acts:
        own = said.get("receiptLimit") or RECEIPT_LIMIT
        if language.parse_limit(own):
            yield Clock(RECEIPT, own, "start", frozenset({"accept"}))
    if {"decide", "deliver"} <= acts:
        own = said.get("deliveryLimit") or DELIVERY_LIMIT
        if language.parse_limit(own):
            yield Clock(DELIVERY, own, "decide", frozenset({"deliver"}))


def starts(clock: Clock, processes: Iterable[Process]) -> tuple[datetime, ...]:
    """Give the instants from which a clock is tried: one day's, where all days are alike."""
    nodes = [node for process in processes for node in process.nodes.values()]
    limits = [clock.limit, *(n.properties.get(k, "") for n in nodes for k in ("limit", "period"))]
    calendar_days = any(
        limit.strip().rstrip("d")[-1:].isdigit() for limit in limits if "d" in limit
    )
    timers = any(event.kind == "timer" for node in nodes for event in node.events)
    return _STARTS if calendar_days or timers else _STARTS[:2]


@lru_cache(maxsize=8192)
def end_of(start: datetime, limit: str) -> datetime:
    """Return the last moment of a limit that is used up from an instant on."""
    return due_at(_CALENDAR, start, parse_limit(limit)).at - _MOMENT


def after_timer(start: datetime, text: str) -> datetime | None:
    """Return when a timer's duration ends; None for what is computed when it runs."""
    text = text.strip().removeprefix("=").strip().strip('"')
    working = _WORKING.fullmatch(text)
    if working is not None and language.is_working_duration(text):
        days, hours = working.groups()
        for amount, unit in ((days, "wd"), (hours, "wh")):
            start = end_of(start, f"{int(amount)}{unit}") if amount else start
        return start
    if (weeks := re.fullmatch(r"P(\d{1,3})W", text)) is not None:
        return start + timedelta(weeks=int(weeks[1]))
    found = read_duration(text)
    if isinstance(found, YearsMonths):
        return start + min(timedelta(days=found.months * _LONGEST_MONTH), _LONGEST)
    if not isinstance(found, timedelta):
        return None
    return start + min(max(found, timedelta()), _LONGEST)


def used(clock: Clock, start: datetime, end: datetime) -> float:
    """Return how much of a clock is used between two instants, in the unit of its limit."""
    unit = clock.limit.lstrip("0123456789 ")
    first, last = start.astimezone(_ZONE), end.astimezone(_ZONE)
    if unit == "wd":
        return float(workdays_between(_CALENDAR, first.date(), last.date()))
    if unit == "d":
        return float((last.date() - first.date()).days)
    minutes = office_between(_CALENDAR, first, last).total_seconds() / 60
    return round(minutes if unit == "min" else minutes / 60, 2)
