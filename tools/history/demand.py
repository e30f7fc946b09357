"""Who applies when, and for what: pure, from a seed and the days.

What comes in on a day depends on the seed and that day only, whatever the span around it is.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from math import exp
from typing import Final

from engine.clock import CIVIL_ZONE, civil_date
from engine.workdays import Calendar
from forms.examples import make_id_number

#: Applications on an average day: somewhat over three thousand a year.
A_DAY: Final = 8.7
#: How much of the average comes in on a working day, and on any other (online only).
WORKDAY, DAY_OFF = 1.3, 0.34
#: By month: little around the Spring Festival, much after it and in early autumn.
SEASON: Final = (0.86, 0.66, 1.28, 1.16, 1.04, 1.0, 0.9, 0.94, 1.2, 0.92, 1.06, 0.98)
#: By hour of the day, city time: office hours, the evening, and some at night.
HOURS: Final = (
    *(2, 1, 1, 0.5, 0.5, 1, 3, 8, 22, 46, 50, 36),
    *(20, 26, 42, 44, 38, 26, 14, 14, 18, 20, 13, 6),
)
#: How often each item is applied for.
ITEMS: Final[Mapping[str, float]] = {
    "individual-business": 0.62,
    "medical-device-iii": 0.19,
    "restaurant-opening": 0.19,
}
#: Applicants of the city, of whom some come again.
POOL: Final = 1500
#: The applicants whom everybody may play have cases of the last weeks.
PLAYED, PLAYED_DAYS, PLAYED_SHARE = ("zhang.san", "li.si"), 45, 0.05
#: Drafts that are never submitted.
GIVEN_UP: Final = 0.02
_SURNAMES: Final = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩冯邓曹彭曾肖田董潘"
_GIVEN: Final = "伟芳娜敏静强磊洋艳勇军杰娟涛明超霞平刚桂英华玉兰建国文辉力鹏飞宇佳怡子涵"


@dataclass(frozen=True)
class Applicant:
    """A made-up inhabitant of the city; the identity number is valid and nobody's on purpose."""

    login: str
    name: str
    id_number: str
    phone: str


@dataclass(frozen=True)
class Arrival:
    """An application that comes in."""

    #: its place among all of the span
    number: int
    at: datetime
    item: str
    login: str
    #: what everything random about it is drawn from
    key: str
    #: None of a draft's pages is ever submitted where it is given up.
    given_up: bool


@dataclass(frozen=True)
class Plan:
    """A history to be played: from when to when, from which seed, how much on an average day."""

    begin: datetime
    end: datetime
    seed: str
    a_day: float = A_DAY

    def share_of(self, at: datetime) -> float:
        """Say how much of the span lies before an instant, from 0 to 1."""
        return (at - self.begin) / (self.end - self.begin)


def applicant(seed: str, number: int) -> Applicant:
    """Make the inhabitant with this number."""
    chance = drawn(seed, "applicant", number)
    name = chance.choice(_SURNAMES) + "".join(chance.sample(_GIVEN, chance.choice((1, 2, 2))))
    born = date(1960, 1, 1) + timedelta(days=chance.randrange(45 * 365))
    return Applicant(
        login=f"sq{number:05d}",
        name=name,
        id_number=make_id_number(born, sequence=chance.randrange(1, 1000)),
        phone=f"1{chance.choice('35789')}{chance.randrange(10**9):09d}",
    )


def drawn(*key: object) -> random.Random:
    """Return chance that is always the same for the same key."""
    return random.Random("/".join(str(part) for part in key))  # noqa: S311 - no secret


def arrivals(plan: Plan, calendar: Calendar) -> list[Arrival]:
    """Return all applications of a span, the earliest first."""
    first, last = civil_date(plan.begin), civil_date(plan.end)
    days = (first + timedelta(days=n) for n in range((last - first).days + 1))
    found = [one for day in days for one in _of_day(plan, day, calendar)]
    kept = sorted((one for one in found if plan.begin <= one[0] < plan.end), key=lambda x: x[:2])
    return [_arrival(plan, number, at, key) for number, (at, key) in enumerate(kept)]


def _of_day(plan: Plan, day: date, calendar: Calendar) -> Iterator[tuple[datetime, str]]:
    chance = drawn(plan.seed, day)
    share = WORKDAY if calendar.is_workday(day) else DAY_OFF
    for number in range(_poisson(chance, plan.a_day * share * SEASON[day.month - 1])):
        hour = chance.choices(range(24), HOURS)[0]
        at = datetime(day.year, day.month, day.day, hour, tzinfo=CIVIL_ZONE)
        yield at + timedelta(seconds=chance.randrange(3600)), f"{plan.seed}/{day}/{number}"


def _poisson(chance: random.Random, mean: float) -> int:
    """Draw how often something rare happens that happens ``mean`` times on average."""
    limit, product, number = exp(-mean), chance.random(), 0
    while product > limit:
        product *= chance.random()
        number += 1
    return number


def _arrival(plan: Plan, number: int, at: datetime, key: str) -> Arrival:
    chance = drawn(key, "who")
    item = chance.choices(list(ITEMS), list(ITEMS.values()))[0]
    login = f"sq{chance.randrange(POOL):05d}"
    given_up = chance.random() < GIVEN_UP
    if plan.end - at < timedelta(days=PLAYED_DAYS) and chance.random() < PLAYED_SHARE:
        login, given_up = chance.choice(PLAYED), False
    return Arrival(number, at, item, login, key, given_up)
