"""Quiet hours: what is not urgent waits until the morning, in the reader's own civil time."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from engine.clock import CIVIL_ZONE

DEFAULT_ZONE: Final = CIVIL_ZONE.key


@dataclass(frozen=True)
class Quiet:
    """Hours of the day in a zone; the same hour twice means none."""

    start: time
    end: time
    zone: str = DEFAULT_ZONE

    def not_before(self, now: datetime) -> datetime:
        """Return when something may go out: now, or the end of the quiet hours."""
        local = now.astimezone(ZoneInfo(self.zone))
        if not self._holds(local.time()):
            return now
        day = local.date()
        if local.time() >= self.end:  # they end after midnight, and it is still the evening
            day += timedelta(days=1)
        return datetime.combine(day, self.end, tzinfo=local.tzinfo)

    def _holds(self, at: time) -> bool:
        if self.start <= self.end:
            return self.start <= at < self.end
        return at >= self.start or at < self.end


def read_time(text: str) -> time:
    """Read an hour of the day, ``22:00``. Raises ValueError."""
    hour, _, minute = text.strip().partition(":")
    if not (hour.isdecimal() and hour.isascii() and minute.isdecimal() and len(minute) == 2):
        raise ValueError(text)
    return time(int(hour), int(minute))


#: For SMS, of who has chosen nothing.
DEFAULT_QUIET: Final = Quiet(time(22), time(7))
