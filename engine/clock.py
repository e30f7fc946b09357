"""The only wall clock of the product; everything else is told what time it is."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

CIVIL_ZONE = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    """Return the present instant, aware, in UTC."""
    return datetime.now(UTC)


def civil_date(instant: datetime) -> date:
    """Return the calendar day on which an instant falls where the city is."""
    return instant.astimezone(CIVIL_ZONE).date()
