"""Limits: the lengths of time written ``3wd``, ``4wh``, ``20d`` or ``30min``."""

import re
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import lru_cache

from typing_extensions import override

from engine.errors import InvalidError
from forms.text import Text

LARGEST_AMOUNT = 3660
_SHORT = re.compile(r"\s*(\d{1,4})\s*(wd|wh|d|h|min)\s*")
_ISO = re.compile(r"\s*(?:P(\d{1,4})(WD|D)|PT(\d{1,4})(WH))\s*")


class Unit(StrEnum):
    """What a limit counts: working days, calendar days, or time inside office hours."""

    WORKDAY = "wd"
    DAY = "d"
    WORKHOUR = "wh"
    HOUR = "h"
    MINUTE = "min"

    @property
    def counts_days(self) -> bool:
        """Tell whether the limit counts whole days; the others count office time."""
        return self in (Unit.WORKDAY, Unit.DAY)


UNIT_NAMES = {
    Unit.WORKDAY: (Text("个工作日", "working day"), timedelta()),
    Unit.DAY: (Text("日", "calendar day"), timedelta()),
    Unit.WORKHOUR: (Text("个工作小时", "working hour"), timedelta(hours=1)),
    Unit.HOUR: (Text("个工作小时", "working hour"), timedelta(hours=1)),
    Unit.MINUTE: (Text("个工作分钟", "working minute"), timedelta(minutes=1)),
}


@dataclass(frozen=True, slots=True)
class Limit:
    """A length of time a step, an item or an act may take, such as ``20wd``.

    ``h`` means the same as ``wh`` and ``min`` is its sixtieth: time inside office hours. A night or
    a holiday therefore never uses up a limit of half an hour.
    """

    amount: int
    unit: Unit

    def __post_init__(self) -> None:
        if not 0 <= self.amount <= LARGEST_AMOUNT:
            raise InvalidError(_BAD_LIMIT.format(limit=f"{self.amount}{self.unit}"))

    @override
    def __str__(self) -> str:
        return f"{self.amount}{self.unit}"

    @property
    def office_time(self) -> timedelta:
        """Return the office time of a limit in hours or minutes; zero for one in days."""
        return self.amount * UNIT_NAMES[self.unit][1]

    def text(self) -> Text:
        """Say the limit in words."""
        name = UNIT_NAMES[self.unit][0]
        return Text(f"{self.amount}{name.zh}", plural(self.amount, name.en))


_BAD_LIMIT = Text(
    "时限“{limit}”无法识别：请写成整数加单位，例如 3wd（工作日）、4wh（工作小时）、"
    "20d（日）、30min、1h、P5WD、PT4WH。",
    'Cannot read the limit "{limit}": write a whole number and a unit, such as 3wd (working days), '
    "4wh (working hours), 20d (calendar days), 30min, 1h, P5WD or PT4WH.",
)


@lru_cache(maxsize=1024)
def parse_limit(text: str) -> Limit:
    """Read ``3wd``, ``4wh``, ``20d``, ``30min``, ``1h``, ``P5WD``, ``P20D`` or ``PT4WH``.

    ``PT1H`` is refused on purpose: in a timer it means an hour by the clock on the wall.

    Raises InvalidError for anything else.
    """
    if match := _SHORT.fullmatch(text):
        return Limit(int(match[1]), Unit(match[2]))
    if match := _ISO.fullmatch(text):
        return Limit(int(match[1] or match[3]), Unit((match[2] or match[4]).lower()))
    raise InvalidError(_BAD_LIMIT.format(limit=text))


def plural(amount: int, noun: str) -> str:
    """Count things in English."""
    return f"{amount} {noun}" if amount == 1 else f"{amount} {noun}s"
