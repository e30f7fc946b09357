"""What will turn yellow or red within the next working days, by department and person."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from engine import clocks, db
from engine.clock import civil_date
from engine.models import Card, Person
from engine.permissions import Actor
from engine.supervision import facts, rules
from engine.supervision.finding import answers_for, sees_all
from engine.supervision.issuing import silent
from engine.supervision.judging import Days, Fact, Rule, judge
from engine.supervision.kinds import CARDS, ISSUED, RANK, RED, UNANSWERED, YELLOW

#: Working days ahead.
HORIZONS: Final = (1, 3, 5)


@dataclass(frozen=True)
class Ahead:
    """One line of a forecast: how many cards a department or person will have by when."""

    department: str
    #: empty for work that nobody has claimed
    person: str
    #: for each horizon (yellow, red)
    counts: tuple[tuple[int, int], ...]


def forecast(actor: Actor, now: datetime) -> list[Ahead]:
    """Forecast the cards of the next 1, 3 and 5 working days if nothing is done meanwhile.

    Supervisors see the city, leaders their own departments; the rules are those in force now.
    """
    moments = [clocks.due(now, f"{days}wd").at for days in HORIZONS]
    seen = {} if sees_all(actor) else dict.fromkeys(answers_for(actor), True)
    coming = [
        *_by_limits(moments, now, seen, city=sees_all(actor)),
        *_by_silence(moments, seen, city=sees_all(actor), now=now),
    ]
    return _added(coming)


_Coming = tuple[str, int | None, tuple[str, ...]]


def _by_limits(
    moments: Sequence[datetime], now: datetime, seen: dict[str, bool], *, city: bool
) -> Iterable[_Coming]:
    """Judge open work as it will stand, and leave out what has its card already."""
    force = rules.in_force(civil_date(now))
    calendar = clocks.calendar()
    days = Days(calendar)
    held = {
        (case, cause, subject): RANK[level]
        for case, cause, subject, level in db.session().execute(
            select(Card.case_id, Card.cause, Card.subject, Card.level)
        )
    }
    running = facts.running(calendar, done_at=rules.tops(force))
    for fact in (found for found in running if city or found.department in seen):
        rank = held.get((fact.case_id, fact.cause, fact.subject), 0)
        levels = tuple(_level(fact, force, moment, days, rank) for moment in moments)
        if any(levels):
            yield fact.department, fact.person_id, levels


def _level(fact: Fact, force: Sequence[Rule], moment: datetime, days: Days, rank: int) -> str:
    finding = judge(fact, force, moment, days)
    if finding is None or finding.rule.level not in CARDS or RANK[finding.rule.level] <= rank:
        return ""
    return finding.rule.level


def _by_silence(
    moments: Sequence[datetime], seen: dict[str, bool], *, city: bool, now: datetime
) -> Iterable[_Coming]:
    """Find yellow cards that turn red because nobody answers them."""
    late = [rule for rule in rules.in_force(civil_date(now)) if rule.cause == UNANSWERED]
    if not late:
        return
    days = Days(clocks.calendar())
    query = select(Card).where(
        Card.state == ISSUED, Card.level == YELLOW, Card.answer_by <= moments[-1]
    )
    for card in db.session().scalars(query):
        if city or card.department_code in seen:
            told = tuple(RED if silent(card, late[0], m, days) else "" for m in moments)
            if any(told):
                yield card.department_code, card.person_id, told


def _added(coming: Iterable[_Coming]) -> list[Ahead]:
    sums: dict[tuple[str, int | None], list[list[int]]] = {}
    for department, person, levels in coming:
        line = sums.setdefault((department, person), [[0, 0] for _ in HORIZONS])
        for number, level in enumerate(levels):
            if level:
                line[number][CARDS.index(level)] += 1
    wanted = {person for _, person in sums if person is not None}
    query = select(Person.id, Person.name).where(Person.id.in_(wanted))
    names = {row.id: row.name for row in db.session().execute(query)} if wanted else {}
    lines = [
        Ahead(department, names.get(person or 0, ""), tuple((y, r) for y, r in line))
        for (department, person), line in sums.items()
    ]
    return sorted(lines, key=lambda one: (one.department, one.person))
