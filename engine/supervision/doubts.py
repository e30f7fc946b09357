"""疑牌: cards that the calendar or the rules in force now would not have given.

Nothing is recomputed silently. When a calendar was imported or taken back, or another version of a
rule is in force, the cards are judged again on what was written down when they were issued; those
that would fall are listed, and a supervisor keeps or withdraws each.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from engine import clocks, db, events, holding
from engine.clock import civil_date
from engine.models import CalendarYear, Card, CardDoubt
from engine.permissions import SYSTEM, Actor
from engine.supervision import rules, watching
from engine.supervision.finding import answers_for, sees_all
from engine.supervision.judging import Days, Fact, Rule, meets, standing
from engine.supervision.kinds import CARDS, FOUND, OVER, UNANSWERED, USED, WITHDRAWN
from engine.workdays import Stop
from forms.text import Text, dated

OPEN, KEPT = "open", "kept"
CALENDAR, RULE = "calendar", "rule"
CAUSES: Final[Mapping[str, Text]] = {
    CALENDAR: Text("工作日历变更", "The working calendar changed"),
    RULE: Text("监察规则变更", "The rule changed"),
}
#: Cards judged again in one look; an import moves few, and the others come with the next.
READ: Final = 5000


def recheck(now: datetime) -> list[CardDoubt]:
    """Judge the cards again, in the open transaction, if calendar or rules have changed since.

    Each card is put in doubt once for each change. Returns the new doubts.
    """
    force = {rule.code: rule for rule in rules.in_force(civil_date(now))}
    stamp = _stamp(force)
    before = watching.mark(watching.VERDICTS)
    if before == stamp:
        return []
    watching.set_mark(watching.VERDICTS, stamp)
    if before is None:
        return []
    days = Days(clocks.calendar())
    return [
        _doubt(card, cause, facts, now)
        for card in _cards()
        for cause, facts in _falls(card, force, days, before, stamp)
    ]


def _stamp(force: Mapping[str, Rule]) -> str:
    """Return what tells one state of calendar and rules from another: two halves, by ``|``."""
    years = select(func.count(), func.max(CalendarYear.loaded_at)).where(
        CalendarYear.region == clocks.REGION
    )
    count, latest = db.session().execute(years).one()
    loaded = latest.isoformat() if latest is not None else ""
    versions = ",".join(str(rule.version) for _, rule in sorted(force.items()))
    return f"{count}:{loaded}|{versions}"


def _cards() -> Sequence[Card]:
    known = select(CardDoubt.card_id).where(CardDoubt.state == OPEN)
    query = select(Card).where(
        Card.level.in_(CARDS), Card.state != WITHDRAWN, Card.id.not_in(known)
    )
    found = db.session().scalars(query.order_by(Card.id.desc()).limit(READ))
    # Whoever holds several cases at once takes them in this order.
    return sorted(found, key=lambda card: (card.case_id, card.id))


def _falls(
    card: Card, force: Mapping[str, Rule], days: Days, before: str, stamp: str
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield at most one cause for which a card would not have its level now."""
    evidence = card.evidence[-1]
    old_calendar, _, old_rules = before.partition("|")
    new_calendar, _, new_rules = stamp.partition("|")
    if old_calendar != new_calendar and (found := _by_calendar(card, days)) is not None:
        yield CALENDAR, found
    elif old_rules != new_rules and (found := _by_rule(evidence, force)) is not None:
        yield RULE, found


def _by_calendar(card: Card, days: Days) -> dict[str, Any] | None:
    """Judge what was seen on the calendar of now; None when the card would have come all the same.

    A card that rose because nobody answered stands on the evidence before it.
    """
    judged = [one for one in card.evidence if not one.get("unanswered")]
    if not judged or "found" in judged[-1]:
        return None
    evidence = judged[-1]
    fact = _as_seen(card, evidence)
    due_at = _due_now(evidence)
    if due_at is None:
        return None
    stands = standing(replace(fact, due_at=due_at), datetime.fromisoformat(evidence["at"]), days)
    if meets(stands, _rule_then(card, evidence)):
        return None
    return {"due_at": evidence["due_at"], "due_now": due_at.isoformat(), "at": evidence["at"]}


def _due_now(evidence: Mapping[str, Any]) -> datetime | None:
    """Compute the due time of a piece of evidence again; None where that is not possible."""
    written = evidence.get("due_facts") or {}
    if not written.get("limit") or not written.get("started_at"):
        return None
    stops = [
        Stop(date.fromisoformat(start), date.fromisoformat(end))
        for start, end, *_ in written.get("stops", ())
    ]
    started = datetime.fromisoformat(written["started_at"])
    return clocks.due(started, written["limit"], stops=stops).at


def _as_seen(card: Card, evidence: Mapping[str, Any]) -> Fact:
    return Fact(
        card.case_id, card.item_code, card.cause, card.subject,
        Text(card.step_zh, card.step_en), card.department_code, card.role, card.person_id,
        datetime.fromisoformat(evidence["started_at"]),
        datetime.fromisoformat(evidence["due_at"]), evidence.get("due_facts") or {},
    )  # fmt: skip


def _rule_then(card: Card, evidence: Mapping[str, Any]) -> Rule:
    return Rule(
        evidence["rule"], card.cause, evidence["measure"], evidence["level"], evidence["threshold"]
    )


def _by_rule(evidence: Mapping[str, Any], force: Mapping[str, Rule]) -> dict[str, Any] | None:
    """Judge what was seen by the version of its rule in force now."""
    rule = force.get(evidence["rule"])
    told = {"rule": evidence["rule"], "threshold": evidence["threshold"], "at": evidence["at"]}
    if rule is None:
        return {**told, "threshold_now": None}
    if rule.version == evidence["version"] or rule.threshold == evidence["threshold"]:
        return None
    stands = evidence.get("standing")
    if stands is None:  # nobody had answered: the card waited for its full time at least
        fell = rule.cause == UNANSWERED and rule.threshold > evidence["threshold"]
    elif rule.measure == OVER:
        fell = stands["over"] is None or stands["over"] < rule.threshold
    else:
        fell = rule.measure != FOUND and not _still(stands, rule)
    return {**told, "threshold_now": rule.threshold} if fell else None


def _still(stands: Mapping[str, Any], rule: Rule) -> bool:
    if rule.measure == USED:
        return bool(stands["percent"] >= rule.threshold)
    return bool(stands["total"] > 2 * rule.threshold >= 2 * stands["left"])


def _doubt(card: Card, cause: str, facts: dict[str, Any], now: datetime) -> CardDoubt:
    case = holding.of_case(card.case_id)
    doubt = CardDoubt(card_id=card.id, cause=cause, found_at=now, facts=facts, state=OPEN)
    db.session().add(doubt)
    events.of_case(
        case, "card-doubted", SYSTEM, now, department=card.department_code, card=card.id,
        level=card.level, doubt=cause, **facts,
    )  # fmt: skip
    return doubt


def close(card: Card, actor: Actor, now: datetime, *, state: str) -> bool:
    """Close the doubts about a held card, in the open transaction; say whether there were any."""
    query = select(CardDoubt).where(CardDoubt.card_id == card.id, CardDoubt.state == OPEN)
    found = list(db.session().scalars(query.with_for_update()))
    for doubt in found:
        doubt.state, doubt.decided_at, doubt.decided_by = state, now, actor.person_id
    return bool(found)


def doubted(actor: Actor, limit: int = 200) -> list[CardDoubt]:
    """Return the cards in doubt that an actor may see, oldest first."""
    query = (
        select(CardDoubt)
        .join(Card, Card.id == CardDoubt.card_id)
        .options(joinedload(CardDoubt.card).joinedload(Card.case))
        .where(CardDoubt.state == OPEN)
        .order_by(CardDoubt.id)
        .limit(limit)
    )
    if not sees_all(actor):
        query = query.where(Card.department_code.in_(sorted(answers_for(actor))))
    return list(db.session().scalars(query))


def of_card(card: Card) -> list[CardDoubt]:
    """Return the doubts about a card, oldest first."""
    query = select(CardDoubt).where(CardDoubt.card_id == card.id).order_by(CardDoubt.id)
    return list(db.session().scalars(query))


def explained(doubt: CardDoubt) -> Text:
    """Say in words what has changed under a card."""
    facts = doubt.facts
    if doubt.cause == CALENDAR:
        old, new = (
            clocks.last_day(datetime.fromisoformat(facts[name])) for name in ("due_at", "due_now")
        )
        return Text(
            f"发牌时期限为{dated(old).zh}，按现行日历为{dated(new).zh}",
            f"it was due on {dated(old).en}; by the calendar of now on {dated(new).en}",
        )
    if facts["threshold_now"] is None:
        return Text("所依据的规则已停用", "its rule is switched off")
    return Text(
        f"发牌时规则的界限为{facts['threshold']}，现为{facts['threshold_now']}",
        f"the threshold was {facts['threshold']} then and is {facts['threshold_now']} now",
    )


def would_fall(change_code: str, threshold: int, *, active: bool) -> int:
    """Count the cards that a change of a rule would put in doubt."""
    found = 0
    for card in _cards():
        evidence = card.evidence[-1]
        if evidence["rule"] == change_code:
            rule = Rule(change_code, card.cause, evidence["measure"], card.level, threshold)
            force = {change_code: rule} if active else {}
            found += _by_rule(evidence, force) is not None
    return found
