"""The rules of supervision: versioned data, changed by supervisors, effective from a day."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from sqlalchemy import select

from engine import clocks, db, events
from engine.clock import civil_date
from engine.errors import ConflictError, InvalidError, NotFoundError
from engine.models import SupervisionRule
from engine.permissions import SUPERVISOR, Actor, require_role
from engine.supervision import facts
from engine.supervision.judging import Days, Fact, Rule, judge
from engine.supervision.kinds import CARDS, FOUND, LEFT, OVER, RANK, RED, UNANSWERED, USED
from forms.text import Text

STREAM = "supervision"
_WRONG = Text("请更正下列各项。", "Please correct these points.")
#: Bounds of a threshold, by measure.
BOUNDS = {USED: (10, 100), LEFT: (1, 20), OVER: (0, 60), FOUND: (0, 0)}
#: A rule under which more than this share of all open work has a card is asked about again.
MANY_PER_CENT, FEW = 50, 10
#: How far back a rule is tried, and on how many facts of one cause.
TRIED_DAYS, TRIED = 90, 2000


@dataclass(frozen=True)
class Change:
    """What a supervisor wants of a rule, from a day on."""

    threshold: int
    answer_days: int
    active: bool
    effective_on: date
    reason: str
    #: whether the unit is heard before a red card counts; only of rules of that level
    hearing_first: bool = False


@dataclass(frozen=True)
class Trial:
    """What rules find among open and past work: how many of each, and of how many."""

    level: str
    #: open work that has this level now
    open: int
    open_before: int
    of_open: int
    #: work done in the days looked at that had reached this level
    past: int
    past_before: int
    of_past: int


def in_force(on: date) -> list[Rule]:
    """Return the rules in force on a civil day, the gravest last; switched-off ones are left out.

    Of each rule it is the version with the latest day, of two of the same day the later one.
    """
    query = (
        select(SupervisionRule)
        .where(SupervisionRule.effective_on <= on)
        .order_by(SupervisionRule.effective_on, SupervisionRule.id)
    )
    latest = {row.code: row for row in db.session().scalars(query)}
    found = [as_rule(row) for row in latest.values() if row.active]
    return sorted(found, key=lambda rule: (rule.cause, RANK[rule.level], rule.code))


def as_rule(row: SupervisionRule) -> Rule:
    """Return what a stored version decides by."""
    return Rule(
        row.code, row.cause, row.measure, row.level, row.threshold, row.answer_days,
        row.hearing_first, row.id,
    )  # fmt: skip


def tops(rules: Iterable[Rule]) -> dict[str, str]:
    """Return by cause the level beyond which no rule goes."""
    found: dict[str, str] = {}
    for rule in rules:
        if RANK[rule.level] > RANK.get(found.get(rule.cause, ""), 0):
            found[rule.cause] = rule.level
    return found


def versions(code: str = "") -> list[SupervisionRule]:
    """Return all versions of one rule, or of all: by rule, the newest first."""
    query = select(SupervisionRule).order_by(
        SupervisionRule.cause,
        SupervisionRule.code,
        SupervisionRule.effective_on.desc(),
        SupervisionRule.id.desc(),
    )
    if code:
        query = query.where(SupervisionRule.code == code)
    return list(db.session().scalars(query))


def newest(code: str) -> SupervisionRule:
    """Return the version of a rule made last. Raises NotFoundError."""
    query = select(SupervisionRule).where(SupervisionRule.code == code)
    row = db.session().scalar(query.order_by(SupervisionRule.id.desc()).limit(1))
    if row is None:
        raise NotFoundError(Text("没有这条监察规则。", "There is no such rule of supervision."))
    return row


def change_rule(
    code: str, change: Change, *, confirmed: bool = False, actor: Actor, now: datetime
) -> SupervisionRule:
    """Make the next version of a rule; those before it stay as they were.

    Cards issued before are not touched. Raises ForbiddenError unless the actor is a supervisor,
    InvalidError naming wrong fields, ConflictError when most of the open work would have a card
    under it and nobody has confirmed that.
    """
    require_role(actor, SUPERVISOR)
    before = newest(code)
    _refuse_wrong(before, change, now)
    if not confirmed and change.active and _cards_most(trial(before, change, now=now)):
        raise ConflictError(
            Text(
                "按此规则，超过一半的在办事务会被发牌。请先试算，确有必要时勾选确认后再保存。",
                "Under this rule more than half of all open work would have a card. Try it first; "
                "confirm it if you mean it.",
            )
        )
    row = SupervisionRule(
        code=code, cause=before.cause, measure=before.measure, level=before.level,
        threshold=change.threshold, answer_days=change.answer_days, active=change.active,
        effective_on=change.effective_on, made_at=now, made_by=actor.person_id,
        reason=change.reason.strip(), hearing_first=change.hearing_first,
    )  # fmt: skip
    db.session().add(row)
    events.record(
        STREAM, "rule-changed", actor, now, rule=code, threshold=change.threshold,
        answer_days=change.answer_days, active=change.active, reason=row.reason,
        hearing_first=change.hearing_first,
        effective_on=change.effective_on.isoformat(),
    )  # fmt: skip
    db.session().flush()
    return row


def _refuse_wrong(before: SupervisionRule, change: Change, now: datetime) -> None:
    wrong = _outside(before, change)
    if change.hearing_first and before.level != RED:
        wrong["hearing_first"] = Text(
            "只有红牌规则可以设为先听取意见。", "Only rules of red cards can hear the unit first."
        )
    if not 1 <= change.answer_days <= 30:
        wrong["answer_days"] = Text(
            "答复期限应为1至30个工作日。", "The time to answer must be 1 to 30 working days."
        )
    if change.effective_on < civil_date(now):
        wrong["effective_on"] = Text(
            "规则不能对过去生效，请选择今天或以后的日期。",
            "A rule cannot take effect in the past; choose today or later.",
        )
    if not 2 <= len(change.reason.strip()) <= 500:
        wrong["reason"] = Text(
            "请写明修改理由（2至500字）。", "Give the reason (2 to 500 characters)."
        )
    if wrong:
        raise InvalidError(_WRONG, fields=wrong)


def _outside(before: SupervisionRule, change: Change) -> dict[str, Text]:
    """Say where a threshold is outside of what its measure allows."""
    least, most = BOUNDS[before.measure]
    if least <= change.threshold <= most:
        return {}
    said = Text(f"界限应在{least}至{most}之间。", f"The threshold must be {least} to {most}.")
    return {"threshold": said}


def trial(before: SupervisionRule, change: Change, *, now: datetime) -> Trial:
    """Try a change on all open work and on what was done in the last 90 days; writes nothing.

    Past work is judged as it stood when it ended. Raises InvalidError for a threshold that the rule
    could not be given.
    """
    if wrong := _outside(before, change):
        raise InvalidError(_WRONG, fields=wrong)
    days, calendar = Days(clocks.calendar()), clocks.calendar()
    old = as_rule(before)
    new = replace(old, threshold=change.threshold)
    since = now - timedelta(days=TRIED_DAYS)
    here = list(facts.running(calendar, cause=old.cause))
    past = []
    if old.cause != UNANSWERED:
        past = facts.ended(calendar, old.cause, since, TRIED)

    def met(found: list[Fact], rule: Rule, wanted: bool) -> int:  # noqa: FBT001
        return sum(judge(fact, [rule], now, days) is not None for fact in found) if wanted else 0

    return Trial(
        old.level,
        met(here, new, change.active), met(here, old, before.active), len(here),
        met(past, new, change.active), met(past, old, before.active), len(past),
    )  # fmt: skip


def _cards_most(tried: Trial) -> bool:
    many = tried.of_open >= FEW and tried.open * 100 > MANY_PER_CENT * tried.of_open
    return tried.level in CARDS and many and tried.open > tried.open_before
