"""Deciding what a fact deserves: pure, over recorded facts, the rules in force and ``now``."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from engine.clock import civil_date
from engine.supervision.kinds import FOUND, LEFT, OVER, RANK, USED
from engine.workdays import Calendar, workdays_between
from forms.text import Text

#: A limit that ends at 24:00 belongs to the day it ends.
INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Rule:
    """One rule as it is in force: from which point on a cause has which level."""

    code: str
    cause: str
    measure: str
    level: str
    threshold: int
    answer_days: int = 3
    #: whether the unit is heard before a red card under it counts
    hearing_first: bool = False
    #: number of the version, for the evidence
    version: int = 0


@dataclass(frozen=True)
class Fact:
    """Something with a limit, as the record has it: whose, since when, until when."""

    case_id: int
    item_code: str
    cause: str
    subject: str
    step: Text
    department: str
    role: str
    person_id: int | None
    started_at: datetime
    due_at: datetime
    #: what the due time was computed from, to be told as evidence
    due_facts: dict[str, Any] = field(default_factory=dict)
    #: when it was done; None while it runs
    ended_at: datetime | None = None
    #: a breach that was found, in words; None for a limit
    found: Text | None = None
    #: ends by itself when its time is up: it can be near its end, never beyond
    ends_itself: bool = False


@dataclass(frozen=True)
class Standing:
    """How much of a limit is used at one moment, in working days and per cent."""

    used: int
    total: int
    percent: int
    left: int
    #: working days over the limit; None while it is kept
    over: int | None


@dataclass(frozen=True)
class Finding:
    """What a fact deserves at one moment, and by which rule."""

    fact: Fact
    rule: Rule
    standing: Standing


class Days:
    """Working days between days of a calendar, each pair counted once."""

    def __init__(self, calendar: Calendar) -> None:
        self._calendar = calendar
        self._known: dict[tuple[date, date], int] = {}

    def between(self, start: datetime, end: datetime) -> int:
        """Count the working days after the day of ``start`` up to that of ``end``."""
        pair = civil_date(start), civil_date(end)
        if pair not in self._known:
            self._known[pair] = workdays_between(self._calendar, *pair)
        return self._known[pair]

    def works(self, day: date) -> bool:
        """Say whether a day is worked."""
        return self._calendar.is_workday(day)


def standing(fact: Fact, now: datetime, days: Days) -> Standing:
    """Say how a fact stands at a moment (or stood when it ended, if that was before).

    Limits shorter than a working day are measured by the clock on the wall.
    """
    if fact.found is not None:
        return Standing(0, 0, 100, 0, 0)
    at = min(now, fact.ended_at) if fact.ended_at else now
    last = fact.due_at - INSTANT
    stopped = [date.fromisoformat(day) for day in fact.due_facts.get("stopped", ())]
    # A limit in calendar days is stopped on free days too; here only working days are measured.
    stopped = [day for day in stopped if days.works(day)]
    total = days.between(fact.started_at, last) - len(stopped)
    used = days.between(fact.started_at, at) - sum(day <= civil_date(at) for day in stopped)
    if total > 0:
        percent = 100 * used // total
    else:
        span = max(fact.due_at - fact.started_at, INSTANT)
        percent = int(100 * (at - fact.started_at) / span)
    over = max(0, days.between(last, at)) if at >= fact.due_at else None
    return Standing(used, total, percent, total - used, over)


def judge(fact: Fact, rules: Iterable[Rule], now: datetime, days: Days) -> Finding | None:
    """Return the gravest finding of the rules on a fact, None when all is well."""
    stands = standing(fact, now, days)
    met = [r for r in rules if r.cause == fact.cause and _applies(fact, r) and meets(stands, r)]
    if not met:
        return None
    return Finding(fact, max(met, key=lambda rule: (RANK[rule.level], rule.threshold)), stands)


def _applies(fact: Fact, rule: Rule) -> bool:
    """Say whether a rule's measure fits what a fact is: a breach, or a limit of this sort."""
    if fact.found is not None or rule.measure == FOUND:
        return fact.found is not None and rule.measure == FOUND
    return not (fact.ends_itself and rule.measure == OVER)


def meets(stands: Standing, rule: Rule) -> bool:
    """Say whether a rule's threshold is reached."""
    if rule.measure == FOUND:
        return True
    if rule.measure == OVER:
        return stands.over is not None and stands.over >= rule.threshold
    if rule.measure == USED:
        return stands.percent >= rule.threshold
    # On a limit of one or two days "one day left" would be true from the first minute.
    return rule.measure == LEFT and stands.total > 2 * rule.threshold >= 2 * stands.left
