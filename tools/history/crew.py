"""The staff of a history: who they are, when they work, when they are away, when a unit is slow."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Final

from engine.clock import CIVIL_ZONE, civil_date
from engine.workdays import Calendar, Limit, Unit, due_at
from engine.workdays.calendar import OfficeHours
from engine.workdays.limits import LARGEST_AMOUNT
from tools import city
from tools.city import Login
from tools.history.demand import drawn

#: Colleagues of the people whom everybody may play, so that a year's work can be done.
COLLEAGUES: Final = (
    Login("hu.clerk", "胡晓梅", (("scjg", "clerk"),)),
    Login("gao.clerk", "高志鹏", (("scjg", "clerk"),)),
    Login("lin.examiner", "林书瑶", (("scjg", "examiner"),)),
    Login("xie.examiner", "谢宏宇", (("scjg", "examiner"),)),
    Login("tang.inspector", "唐立群", (("scjg", "inspector"),)),
    Login("deng.inspector", "邓少华", (("scjg", "inspector"),)),
    Login("peng.registrar", "彭思远", (("scjg", "registrar"),)),
    Login("yuan.head", "袁正平", (("scjg", "head"),)),
    Login("cg.pan", "潘晓东", (("cgj", "examiner"),)),
    Login("xf.yu", "余海峰", (("xfjy", "examiner"),)),
)
#: Working days that people are away in a year: two stretches of leave, and single days.
LEAVE_DAYS, SINGLE_DAYS = 6, 4


@dataclass(frozen=True)
class Spell:
    """A time, as parts of the whole span, in which a unit needs several times as long."""

    department: str
    since: float
    until: float
    times: float


#: Late units come and go; the last spells last until today, so that there is something to see.
SPELLS: Final = (
    Spell("scjg", 0.19, 0.22, 1.9),
    Spell("xfjy", 0.31, 0.40, 3.2),
    Spell("cgj", 0.60, 0.67, 2.8),
    Spell("scjg", 0.80, 0.82, 1.7),
    Spell("cgj", 0.95, 1.0, 3.2),
    Spell("xfjy", 0.98, 1.0, 2.2),
)


def rows() -> Iterator[dict[str, Any]]:
    """Return the colleagues as ``people.set_up`` takes them; nobody logs in as one of them."""
    for login in COLLEAGUES:
        yield {**login.row(), "password": "", "email": ""}


class Crew:
    """Everybody who works on cases, with their days."""

    def __init__(self, seed: str, calendar: Calendar) -> None:
        self.seed = seed
        self.calendar = calendar
        self._posts: dict[tuple[str, str], list[str]] = {}
        for login in (*city.LOGINS, *COLLEAGUES):
            for post in login.posts:
                self._posts.setdefault(post, []).append(login.login)
        self._away = cache(self._days_away)

    @property
    def everybody(self) -> list[str]:
        """The login names of all staff."""
        return sorted({login for held in self._posts.values() for login in held})

    def holders(self, department: str, role: str) -> list[str]:
        """Return the login names of who holds a post."""
        return self._posts.get((department, role), [])

    def present(self, logins: Iterable[str], at: datetime) -> list[str]:
        """Return those who are at work on the day of an instant."""
        day = civil_date(at)
        return [login for login in logins if day not in self._away(login, day.year)]

    def _days_away(self, login: str, year: int) -> frozenset[date]:
        chance = drawn(self.seed, "leave", login, year)
        first = date(year, 1, 1)
        found = {first + timedelta(days=chance.randrange(365)) for _ in range(SINGLE_DAYS)}
        for _ in range(2):
            day = first + timedelta(days=chance.randrange(355))
            for _ in range(LEAVE_DAYS):
                day = self.calendar.next_workday(day)
                found.add(day)
        return frozenset(found)

    def is_open(self, at: datetime) -> bool:
        """Say whether the offices are open."""
        local = at.astimezone(CIVIL_ZONE)
        spans = OfficeHours().spans
        within = any(start <= local.time() < end for start, end in spans)
        return within and self.calendar.is_workday(local.date())

    def after(self, at: datetime, minutes: float) -> datetime:
        """Return the instant after so much office time."""
        left = max(1, round(minutes))
        while left > LARGEST_AMOUNT:
            at = due_at(self.calendar, at, Limit(LARGEST_AMOUNT, Unit.MINUTE)).at
            left -= LARGEST_AMOUNT
        return due_at(self.calendar, at, Limit(left, Unit.MINUTE)).at

    def next_morning(self, at: datetime, minutes: int = 5) -> datetime:
        """Return a moment after opening on the next working day."""
        day = self.calendar.next_workday(civil_date(at))
        return datetime(day.year, day.month, day.day, 9, minutes % 60, tzinfo=CIVIL_ZONE)


def slowness(department: str, share: float) -> float:
    """Say how many times as long a unit needs at a point of the span (0 to 1)."""
    found = [s.times for s in SPELLS if s.department == department and s.since <= share <= s.until]
    return max(found, default=1.0)
