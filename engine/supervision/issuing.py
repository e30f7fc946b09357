"""Issuing: the worker looks for what deserves a signal or card and gives it, each once.

The look is one streamed read a cause over open work. Whatever it finds is judged again under the
lock of its case before anything is written, so any number of workers may look at the same time.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, time, timedelta
from itertools import chain, islice
from typing import Any, Final

from sqlalchemy import Integer, and_, cast, or_, select
from sqlalchemy import case as case_when

from engine import clocks, db, events, holding, people
from engine.clock import CIVIL_ZONE, civil_date
from engine.models import Card, Case, ClockStop, CoHandling, Letter, Task
from engine.permissions import SYSTEM
from engine.supervision import facts, hearing, offences, rules, telling, watching
from engine.supervision.judging import INSTANT, Days, Fact, Finding, Rule, judge
from engine.supervision.kinds import (
    CARDS,
    COHANDLING,
    DELIVERY,
    EXPLANATION,
    HEARING,
    ISSUED,
    LETTER,
    NOTED,
    PROMISE,
    RANK,
    RECEIPT,
    RED,
    SETTLED,
    STATUTORY,
    STEP,
    STOP,
    UNANSWERED,
    YELLOW,
    told,
)
from engine.workdays import Calendar

#: Cases looked after in one pass; the others have their turn in the next.
LOOKED: Final = 5000
#: Cases read with one look at what happened, and how far back late work is still carded.
CHUNK: Final = 500
LATELY: Final = timedelta(days=30)
#: States in which a card may still rise; one that is being heard or withdrawn goes its own way.
RISING: Final = (NOTED, SETTLED, ISSUED)


def look(
    now: datetime,
    limit: int = LOOKED,
    *,
    whole: bool = True,
    seen: watching.Unseen | None = None,
) -> list[int]:
    """Return the cases in which a signal or card is due, or a signal has become empty.

    Within a day only what is due before its end can rise, because days are counted whole: unless
    ``whole``, nothing else is read of open work. A new day, new rules and moved due times need a
    whole look. Besides, what has happened since the last look (``seen``, read here where it is not
    given) is judged: work that was late and is done by now, and breaches that the record shows.
    """
    seen = seen or watching.unseen(now)
    force = rules.in_force(civil_date(now))
    calendar = clocks.calendar()
    days = Days(calendar)
    late = any(rule.cause == UNANSWERED for rule in force)
    found = dict.fromkeys((_unanswered(now, limit) if late else []) + _emptied(limit))
    open_facts = facts.running(
        calendar, done_at=rules.tops(force), until=None if whole else _day_end(now)
    )
    met = (
        _worth(fact, force, now, days) for fact in chain(_happened(seen, calendar, now), open_facts)
    )
    findings = (finding for finding in met if finding is not None)
    while len(found) < limit and (some := list(islice(findings, facts.BATCH))):
        levels = _levels({finding.fact.case_id for finding in some})
        for finding in some:
            if RANK[finding.rule.level] > levels.get(_key(finding), 0):
                found[finding.fact.case_id] = None
    return list(found)[:limit]


def _happened(seen: watching.Unseen, calendar: Calendar, now: datetime) -> Iterator[Fact]:
    for start in range(0, len(seen.case_ids), CHUNK):
        part = seen.case_ids[start : start + CHUNK]
        yield from facts.of_cases(part, calendar, now - LATELY)
        yield from offences.of_cases(part)
        yield from offences.broken(offences.closed(part))
    if seen.chains:
        yield from offences.broken(seen.chains)


def _worth(fact: Fact, force: Sequence[Rule], now: datetime, days: Days) -> Finding | None:
    """Judge a fact; what is over and done is worth a card, but no mere signal any more."""
    finding = judge(fact, force, now, days)
    if finding is None or (fact.ended_at is not None and finding.rule.level not in CARDS):
        return None
    return finding


def _day_end(now: datetime) -> datetime:
    """Return the end of the civil day, with what is due at 24:00."""
    following = civil_date(now) + timedelta(days=1)
    return datetime.combine(following, time(), CIVIL_ZONE) + INSTANT


def _levels(case_ids: Collection[int]) -> dict[tuple[int, str, str], int]:
    """Return how high the cards of cases stand; what can rise no more stands above all."""
    query = select(Card.case_id, Card.cause, Card.subject, Card.level, Card.state).where(
        Card.case_id.in_(case_ids)
    )
    return {
        (case, cause, subject): RANK[level] if state in RISING else len(RANK) + 1
        for case, cause, subject, level, state in db.session().execute(query)
    }


def _unanswered(now: datetime, limit: int) -> list[int]:
    query = select(Card.case_id).where(_overdue(now)).order_by(Card.answer_by).limit(limit)
    return list(db.session().scalars(query))


def _overdue(now: datetime) -> Any:
    yellow = and_(Card.state == ISSUED, Card.level == YELLOW)
    return and_(or_(yellow, Card.state == HEARING), Card.answer_by <= now)


def _emptied(limit: int) -> list[int]:
    """Return cases with signals about something that is done by now."""
    over = or_(
        and_(Card.cause == STEP, Task.state != "open"),
        and_(Card.cause == COHANDLING, CoHandling.state != "open"),
        and_(Card.cause.in_([PROMISE, STATUTORY]), Case.decided_at.is_not(None)),
        and_(Card.cause == RECEIPT, or_(Case.accepted_at.is_not(None), facts.CORRECTING)),
        and_(Card.cause == DELIVERY, Case.delivered_at.is_not(None)),
        and_(Card.cause == STOP, ClockStop.state != "running"),
        and_(Card.cause == EXPLANATION, facts.EXPLAINED),
        and_(Card.cause == LETTER, Letter.state != "issued"),
        and_(Card.cause != LETTER, Case.closed_at.is_not(None)),
    )
    task = and_(Card.cause == STEP, Task.id == Card.subject)
    # Only these subjects are numbers; the others must not be read as ones.
    counted = Card.cause.in_([COHANDLING, STOP, LETTER])
    number = case_when((counted, cast(Card.subject, Integer)))
    branch = and_(Card.cause == COHANDLING, CoHandling.id == number)
    stop = and_(Card.cause == STOP, ClockStop.id == number)
    letter = and_(Card.cause == LETTER, Letter.id == number)
    query = (
        select(Card.case_id)
        .join(Case, Case.id == Card.case_id)
        .outerjoin(Task, task)
        .outerjoin(CoHandling, branch)
        .outerjoin(ClockStop, stop)
        .outerjoin(Letter, letter)
        .where(Card.state == NOTED, over)
        .order_by(Card.id)
        .limit(limit)
    )
    return list(db.session().scalars(query))


def issue(case_id: int, *, now: datetime) -> list[Card]:
    """Give a case the signals and cards it deserves now, in the open transaction.

    A case that somebody else holds is passed over: the next look finds it again. A card that was
    withdrawn never comes back.
    """
    return issue_all([case_id], now=now)


def issue_all(case_ids: Collection[int], *, now: datetime) -> list[Card]:
    """Give several cases what they deserve, in the open transaction, reading all of them at once.

    They are locked together without waiting for anybody, and stay so until the transaction ends.
    """
    free = select(Case.id, Case.closed_at).where(Case.id.in_(case_ids)).order_by(Case.id)
    rows = db.session().execute(free.with_for_update(skip_locked=True, key_share=True)).all()
    mine = [row.id for row in rows]
    if not mine:
        return []
    calendar = clocks.calendar()
    judge_all = _Judge(rules.in_force(civil_date(now)), Days(calendar), now)
    known = _by_case(_in_order(facts.of_cases(mine, calendar, now - LATELY)))
    closed = [row.id for row in rows if row.closed_at is not None]
    broken = _by_case([*offences.of_cases(mine), *offences.broken(closed)])
    query = select(Card).where(Card.case_id.in_(mine)).order_by(Card.id).with_for_update(of=Card)
    cards: dict[int, list[Card]] = {}
    for card in db.session().scalars(query):
        cards.setdefault(card.case_id, []).append(card)
    given = []
    for number in mine:
        known_here = known.get(number, [])
        met = [*known_here, *broken.get(number, [])]
        given += judge_all.treat(number, met, known_here, cards.get(number, []))
    return given


@dataclass(frozen=True)
class _Judge:
    """What the cases of one transaction are judged by."""

    force: Sequence[Rule]
    days: Days
    now: datetime

    def treat(
        self, number: int, met: Iterable[Fact], limits: Iterable[Fact], cards: Sequence[Card]
    ) -> list[Card]:
        """Give one locked case what it deserves; one that deserves nothing is not even read."""
        found = [one for fact in met if (one := _worth(fact, self.force, self.now, self.days))]
        running = {(fact.cause, fact.subject) for fact in limits if fact.ended_at is None}
        known = {(card.cause, card.subject): card for card in cards}
        done = [card for key, card in known.items() if card.state == NOTED and key not in running]
        rising = [one for one in found if _rises(one, known.get(_key(one)[1:]))]
        late = [rule for rule in self.force if rule.cause == UNANSWERED]
        over = any(card.answer_by is not None and card.answer_by <= self.now for card in cards)
        if not (done or rising or over):
            return []
        case, now = holding.of_case(number), self.now
        _settle(case, done, now)
        touched = [_give(case, one, known.get(_key(one)[1:]), now) for one in rising]
        touched += _escalate(case, cards, late, self.days, now)
        return touched + hearing.let_stand(case, cards, now)


def _by_case(found: Iterable[Fact]) -> dict[int, list[Fact]]:
    sorted_out: dict[int, list[Fact]] = {}
    for fact in found:
        sorted_out.setdefault(fact.case_id, []).append(fact)
    return sorted_out


def _in_order(found: Iterable[Fact]) -> list[Fact]:
    """Put the facts of a case in an order that does not depend on where rows happen to lie."""
    return sorted(found, key=lambda one: (one.cause, one.started_at, one.step, one.department))


def _key(finding: Finding) -> tuple[int, str, str]:
    return finding.fact.case_id, finding.fact.cause, finding.fact.subject


def _settle(case: Case, done: Iterable[Card], now: datetime) -> None:
    """Close the signals about what is done; cards stay until they are answered."""
    for card in done:
        card.state, card.closed_at = SETTLED, now
        events.of_case(
            case, "signal-settled", SYSTEM, now, department=card.department_code, card=card.id
        )


def _rises(finding: Finding, card: Card | None) -> bool:
    """Say whether a finding is worth more than the card there is, which may still rise."""
    if card is None:
        return True
    # A signal that is being settled in the same look may rise again.
    return RANK[finding.rule.level] > RANK[card.level] and card.state in RISING


def _give(case: Case, finding: Finding, card: Card | None, now: datetime) -> Card:
    """Issue a card, or raise the one there is."""
    card = card or _new(case, finding, now)
    card.person_id = finding.fact.person_id or card.person_id
    _raise(case, card, finding.rule, _evidence(finding, now), now)
    return card


def _new(case: Case, finding: Finding, now: datetime) -> Card:
    fact = finding.fact
    card = Card(
        case_id=case.id, item_code=fact.item_code, cause=fact.cause, subject=fact.subject,
        level=finding.rule.level, state=NOTED, step_zh=fact.step.zh, step_en=fact.step.en,
        department_code=fact.department, role=fact.role, person_id=fact.person_id, evidence=[],
        issued_at=now, raised_at=now,
    )  # fmt: skip
    db.session().add(card)
    db.session().flush()
    return card


def _evidence(finding: Finding, now: datetime) -> dict[str, Any]:
    """Write down what was seen, so that it can be judged later whatever has changed since."""
    fact, rule = finding.fact, finding.rule
    person = people.get(fact.person_id) if fact.person_id else None
    return {
        "at": now.isoformat(), "level": rule.level, "rule": rule.code, "version": rule.version,
        "measure": rule.measure, "threshold": rule.threshold,
        "started_at": fact.started_at.isoformat(), "due_at": fact.due_at.isoformat(),
        "due_facts": fact.due_facts, "standing": asdict(finding.standing),
        "person": person.name if person else "",
        **({"found": list(fact.found)} if fact.found is not None else {}),
    }  # fmt: skip


def _raise(case: Case, card: Card, rule: Rule, evidence: dict[str, Any], now: datetime) -> None:
    card.level, card.raised_at, card.closed_at = rule.level, now, None
    card.evidence = [*card.evidence, evidence]
    is_card, heard = rule.level in CARDS, rule.level == RED and rule.hearing_first
    card.state = HEARING if heard else ISSUED if is_card else NOTED
    card.answer_by = clocks.due(now, f"{rule.answer_days}wd").at if is_card else None
    what = "card-proposed" if heard else "card-issued" if is_card else "signal-given"
    events.of_case(
        case, what, SYSTEM, now,
        department=card.department_code, card=card.id, level=card.level, answer_by=card.answer_by,
        **told(card.cause, rule=rule.code, version=rule.version),
    )  # fmt: skip
    telling.unit_of_new(card, case, now)


def _escalate(
    case: Case, cards: Iterable[Card], late: list[Rule], days: Days, now: datetime
) -> list[Card]:
    """Turn yellow cards that nobody answered in time red; the rule can be switched off."""
    found = [card for card in cards if any(silent(card, rule, now, days) for rule in late)]
    for card in found:
        due = card.answer_by.isoformat() if card.answer_by else ""
        seen = {
            "at": now.isoformat(), "level": RED, "rule": late[0].code, "version": late[0].version,
            "measure": late[0].measure, "threshold": late[0].threshold, "due_at": due,
            "unanswered": True,
        }  # fmt: skip
        _raise(case, card, late[0], seen, now)
    return found


def silent(card: Card, rule: Rule, now: datetime, days: Days) -> bool:
    """Say whether a yellow card will have gone unanswered, by a rule, at a moment."""
    if card.state != ISSUED or card.level != YELLOW or card.answer_by is None:
        return False
    over = days.between(card.answer_by - INSTANT, now)
    return now >= card.answer_by and over >= rule.threshold
