"""The city at a glance: how cases stand by department and item, counted by the database.

Each case counts once, for the department that leads it; cards count for the unit they were issued
to. Supervisors see all departments, leaders their own.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields
from datetime import date, datetime, time
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, func, or_, select

from engine import clock, db, people
from engine.errors import ForbiddenError
from engine.models import Card, Case, Version
from engine.permissions import Actor
from engine.supervision import LIVE
from forms.text import Text
from reports.board import led_by
from reports.lists import Urgency, has_card, promised_due

#: From when on closed cases are counted.
PERIODS: Final = ("month", "quarter", "year")
#: Cases that are counted, when not all.
LEVELS: Final = ("near", "overdue", "yellow", "red")
CARD_LEVELS: Final = ("yellow", "red")
_NOT_YOURS: Final = Text(
    "只有监察员和部门领导可以查看看板。", "Only supervisors and leaders see the board."
)


@dataclass(frozen=True)
class Asked:
    """How the board is narrowed; an empty field asks nothing."""

    department: str = ""
    item: str = ""
    period: str = PERIODS[0]
    level: str = ""


@dataclass(frozen=True)
class Standing:
    """How the cases of one group stand."""

    in_progress: int = 0
    near: int = 0
    overdue: int = 0
    closed: int = 0
    closed_on_time: int = 0
    yellow: int = 0
    red: int = 0

    def __add__(self, other: "Standing") -> "Standing":
        """Add two groups up."""
        return Standing(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(Standing)))

    @property
    def calm(self) -> int:
        """Return how many are in time with time left."""
        return self.in_progress - self.near - self.overdue


@dataclass(frozen=True)
class Row:
    """One line of the board: a department or an item."""

    key: str
    label: Text
    standing: Standing


@dataclass(frozen=True)
class City:
    """The whole board at one moment."""

    total: Standing
    departments: tuple[Row, ...]
    items: tuple[Row, ...]
    since: datetime
    #: what the filters may ask for
    choices: dict[str, list[tuple[str, Text]]] = field(default_factory=dict)


def city(actor: Actor, asked: Asked, now: datetime) -> City:
    """Count how cases stand, narrowed as asked.

    Raises ForbiddenError for who is neither supervisor nor leader, and for a leader who asks for
    another department.
    """
    own = led_by(actor)
    if not own or (asked.department and asked.department not in own):
        raise ForbiddenError(_NOT_YOURS)
    wanted = (asked.department,) if asked.department else own
    since = period_start(asked.period, now)
    sums = _cases(wanted, asked, since, now)
    for key, standing in _cards(wanted, asked).items():
        sums[key] = sums.get(key, Standing()) + standing
    names, titles = _department_names(own), _titles()
    total = sum((one for one in sums.values()), Standing())
    return City(
        total,
        _rows(sums, 0, names),
        _rows(sums, 1, titles),
        since,
        {
            "department": [(code, names[code]) for code in own],
            "item": sorted(titles.items()),
        },
    )


def period_start(period: str, now: datetime) -> datetime:
    """Return when the present month, quarter or year began where the city is."""
    today = clock.civil_date(now)
    month = {"quarter": (today.month - 1) // 3 * 3 + 1, "year": 1}.get(period, today.month)
    return datetime.combine(date(today.year, month, 1), time(), clock.CIVIL_ZONE)


_Sums = dict[tuple[str, str], Standing]


def _cases(departments: Sequence[str], asked: Asked, since: datetime, now: datetime) -> _Sums:
    urgency, due = Urgency.at(now), promised_due()
    running = Case.closed_at.is_(None)
    done = Case.closed_at >= since
    ended = func.coalesce(Case.decided_at, Case.closed_at)
    kept = or_(Case.promised_due_at.is_(None), ended <= Case.promised_due_at)
    near, overdue = and_(due > now, due <= urgency.near_until), due <= now
    conditions = [Case.lead_code.in_(departments), or_(running, done)]
    if asked.item:
        conditions.append(Case.item_code == asked.item)
    conditions += _of_level(asked.level, running, near, overdue)
    query = (
        select(
            Case.lead_code,
            Case.item_code,
            func.count().filter(running),
            func.count().filter(running, near),
            func.count().filter(running, overdue),
            func.count().filter(done),
            func.count().filter(done, kept),
        )
        .where(*conditions)
        .group_by(Case.lead_code, Case.item_code)
    )
    found: list[tuple[Any, ...]] = [tuple(row) for row in db.session().execute(query)]
    return {(str(row[0]), str(row[1])): Standing(*row[2:]) for row in found}


def _of_level(
    level: str,
    running: ColumnElement[bool],
    near: ColumnElement[bool],
    overdue: ColumnElement[bool],
) -> list[ColumnElement[bool]]:
    if level in CARD_LEVELS:
        return [has_card(level)]
    return {"near": [running, near], "overdue": [running, overdue]}.get(level, [])


def _cards(departments: Sequence[str], asked: Asked) -> _Sums:
    query = (
        select(
            Card.department_code,
            Card.item_code,
            *(func.count().filter(Card.level == level) for level in CARD_LEVELS),
        )
        .where(Card.state.in_(LIVE), Card.department_code.in_(departments))
        .group_by(Card.department_code, Card.item_code)
    )
    if asked.item:
        query = query.where(Card.item_code == asked.item)
    if asked.level in CARD_LEVELS:
        query = query.where(Card.level == asked.level)
    found: list[tuple[Any, ...]] = [tuple(row) for row in db.session().execute(query)]
    return {(row[0], row[1]): Standing(yellow=row[2], red=row[3]) for row in found}


def _rows(sums: _Sums, part: int, names: dict[str, Text]) -> tuple[Row, ...]:
    grouped: dict[str, Standing] = {}
    for key, standing in sums.items():
        grouped[key[part]] = grouped.get(key[part], Standing()) + standing
    rows = [Row(key, names.get(key, Text(key, key)), one) for key, one in grouped.items()]
    return tuple(sorted(rows, key=_worst_first))


def _worst_first(row: Row) -> tuple[Any, ...]:
    one = row.standing
    return (-one.red, -one.overdue, -one.yellow, -one.near, -one.in_progress, row.key)


def _department_names(codes: Iterable[str]) -> dict[str, Text]:
    from_codes = {code: Text(code, code) for code in codes}
    return from_codes | {
        unit.code: Text(unit.name_zh, unit.name_en)
        for unit in people.departments()
        if unit.code in from_codes
    }


def _titles() -> dict[str, Text]:
    newest = select(func.max(Version.id)).group_by(Version.item_code)
    query = select(Version.item_code, Version.title_zh, Version.title_en).where(
        Version.id.in_(newest)
    )
    return {row.item_code: Text(row.title_zh, row.title_en) for row in db.session().execute(query)}
