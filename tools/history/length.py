"""How long a history is: ``12m``, ``1y``, ``8w`` or ``30d``, read and checked."""

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from engine.clock import CIVIL_ZONE
from forms.text import Text
from tools.errors import ToolsError

LONGEST: Final = timedelta(days=732)  # two years
_WORDS: Final = re.compile(r"\s*(\d{1,4})\s*([dwmy])\s*")
_DAYS: Final = {"d": 1, "w": 7}
_MONTHS: Final = {"m": 1, "y": 12}


@dataclass(frozen=True)
class Length:
    """A span of calendar time that ends now."""

    months: int = 0
    days: int = 0

    def before(self, end: datetime) -> datetime:
        """Return when a history of this length begins that ends at ``end``: a civil midnight."""
        local = end.astimezone(CIVIL_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)
        months = local.year * 12 + local.month - 1 - self.months
        first = local.replace(day=1, year=months // 12, month=months % 12 + 1)
        following = (first + timedelta(days=32)).replace(day=1)
        last_of_month = (following - timedelta(days=1)).day
        return first.replace(day=min(local.day, last_of_month)) - timedelta(days=self.days)


def read(words: str) -> Length:
    """Read a length. Raises ToolsError for what is none, for nothing, and for over two years."""
    found = _WORDS.fullmatch(words)
    if found is None:
        raise ToolsError(
            Text(
                f"无法识别的时长“{words[:20]}”：请写 12m（月）、1y（年）、8w（周）或 30d（天）。",
                f"Cannot read the length '{words[:20]}': write 12m (months), 1y (years), 8w (weeks)"
                " or 30d (days).",
            )
        )
    amount, unit = int(found[1]), found[2]
    days, months = amount * _DAYS.get(unit, 0), amount * _MONTHS.get(unit, 0)
    if not timedelta() < timedelta(days=days + months * 30.5) <= LONGEST:
        raise ToolsError(
            Text(
                f"时长“{words[:20]}”超出范围：应在 1d 至 24m 之间。",
                f"A history of '{words[:20]}' is out of range: 1d to 24m.",
            )
        )
    return Length(months, days)
