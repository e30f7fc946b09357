"""Ratings (好差评): five levels, once a case, only by its applicant, after the decision.

A bad one with a name must be looked into within a working day, put right, and called back about;
staff neither see the way to the form nor can they rate (supervision.md, sections 6 and 13, D13).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import ColumnElement, Integer, cast, exists, func, or_, select
from sqlalchemy.orm import joinedload

from engine import cases, db, events, notices, people
from engine.errors import ConflictError, ForbiddenError
from engine.models import Case, Rating, Task
from engine.paging import Key, Order, Page, number
from engine.permissions import LEADER, SUPERVISOR, Actor
from engine.voices import limits, speaking
from forms.text import Text

LEVELS: Final[Mapping[int, Text]] = {
    5: Text("非常满意", "Very satisfied"),
    4: Text("满意", "Satisfied"),
    3: Text("基本满意", "Fairly satisfied"),
    2: Text("不满意", "Dissatisfied"),
    1: Text("非常不满意", "Very dissatisfied"),
}
BAD: Final = 2
#: Figures of an item are published from this many ratings on: fewer would point at people.
LEAST_SHOWN: Final = 5
STATES: Final[Mapping[str, Text]] = {
    "open": Text("待联系核实", "To be looked into"),
    "contacted": Text("已核实，待回访", "Looked into, to be called back"),
    "closed": Text("已回访办结", "Called back, closed"),
}
FINDINGS: Final[Mapping[str, Text]] = {
    "true": Text("情况属实", "True"),
    "partly": Text("部分属实", "Partly true"),
    "untrue": Text("情况不属实", "Not true"),
    "unreachable": Text("联系不上评价人", "The applicant could not be reached"),
}
SIGNS: Final[Mapping[str, Text]] = {
    "fast": Text("办结后30秒内评价", "Rated within 30 seconds of the end"),
    "same-origin": Text("同一来源一天内多次评价", "Several ratings from one address in a day"),
    "burst": Text("一分钟内集中评价", "Many ratings within a minute"),
}
FAST_SECONDS: Final = 30
SAME_ORIGIN, BURST = 3, 5  # ratings, this one included
_HEADS: Final = (LEADER, "head")
_ORDER: Final = Order(Key(Rating.id, lambda row: row.id, number), descending=True)


@dataclass(frozen=True)
class Given:
    """What an applicant says of a case."""

    level: int
    text: str = ""
    named: bool = True


@dataclass(frozen=True)
class Summary:
    """The ratings of an item: how many on each level."""

    counts: Mapping[int, int]

    @property
    def total(self) -> int:
        """Count all ratings."""
        return sum(self.counts.values())

    @property
    def shown(self) -> bool:
        """Say whether there are enough to publish."""
        return self.total >= LEAST_SHOWN

    @property
    def mean(self) -> float:
        """Return the mean level, 0 for none."""
        points = sum(level * count for level, count in self.counts.items())
        return points / self.total if self.total else 0.0


@dataclass(frozen=True)
class Standing:
    """How one department's ratings stand, for supervision."""

    department: str
    total: int
    satisfied: int  # levels 3 to 5
    bad: int
    waiting: int  # bad ones not looked into yet
    late: int
    closed: int
    signs: int  # ratings with a sign of fraud
    wordless_top: int  # level 5 without a word


def why_not(case: Case, actor: Actor) -> Text | None:
    """Say why an actor may not rate a case now; None when they may."""
    if actor.kind != "applicant" or actor.person_id != case.applicant_id:
        return Text("只有本办件的申请人可以评价。", "Only the applicant of this case may rate it.")
    if _ended_at(case) is None:
        return Text("作出决定后才能评价。", "A case can be rated once it is decided.")
    if of_case(case) is not None:
        return Text(
            "这个办件已经评价过，每件只能评价一次。", "This case has been rated; once only."
        )
    return None


def _ended_at(case: Case) -> datetime | None:
    return case.closed_at or case.decided_at


def of_case(case: Case) -> Rating | None:
    """Return the rating of a case."""
    return db.session().scalar(select(Rating).where(Rating.case_id == case.id))


def own(number: str, actor: Actor) -> Rating:
    """Return the rating an applicant has given. Raises NotFoundError for none, and for others."""
    case = cases.find(number, actor)
    row = of_case(case)
    if row is None or actor.kind != "applicant":
        raise speaking.no_such_voice()
    return row


def unrated(actor: Actor) -> Sequence[Case]:
    """Return the latest of an applicant's cases that have ended and wait for a rating."""
    ended = or_(Case.closed_at.is_not(None), Case.decided_at.is_not(None))
    query = (
        select(Case)
        .where(Case.applicant_id == actor.person_id, ended)
        .where(~exists().where(Rating.case_id == Case.id))
        .order_by(Case.id.desc())
        .limit(speaking.PER_PAGE)
    )
    return list(db.session().scalars(query))


def rate(number: str, given: Given, *, origin: str, actor: Actor, now: datetime) -> Rating:
    """Rate an own case that has ended; ``origin`` is a keyed hash of where the rating came from.

    Raises NotFoundError for the case of somebody else, ForbiddenError for staff, ConflictError
    before the end or the second time, InvalidError.
    """
    speaking.require_applicant(actor)
    case = cases.find(number, actor)
    db.session().scalar(select(Case.id).where(Case.id == case.id).with_for_update(key_share=True))
    if (refusal := why_not(case, actor)) is not None:
        raise ConflictError(refusal)
    if given.level not in LEVELS:
        raise speaking.invalid(level=Text("请选择一个等级。", "Choose one of the levels."))
    words = speaking.checked({"text": (given.text, 0, speaking.LONGEST)})["text"]
    looked_into = given.level <= BAD and given.named
    ended_at = _ended_at(case) or now
    row = Rating(
        case_id=case.id,
        item_code=case.item_code,
        department_code=case.lead_code,
        level=given.level,
        text=words,
        named=given.named,
        rated_at=now,
        seconds=max(0, int((now - ended_at).total_seconds())),
        origin=origin,
        state="open" if looked_into else "none",
        due_at=limits.due(limits.RATING, now) if looked_into else None,
    )
    row.signs = _signs(row)
    db.session().add(row)
    db.session().flush()
    _record(row, "case-rated", actor, now, level=row.level, named=row.named, signs=row.signs)
    if looked_into:
        _tell_heads(row, case, now)
    return row


def _signs(row: Rating) -> list[str]:
    """Tell what makes a rating look as if it were not the applicant's own; leads, no verdicts."""
    day, minute = row.rated_at - timedelta(days=1), row.rated_at - timedelta(minutes=1)
    same = _count(Rating.origin == row.origin, Rating.rated_at > day) if row.origin else 0
    burst = _count(Rating.department_code == row.department_code, Rating.rated_at > minute)
    found = {
        "fast": row.seconds < FAST_SECONDS,
        "same-origin": same + 1 >= SAME_ORIGIN,
        "burst": burst + 1 >= BURST,
    }
    return [sign for sign, seen in found.items() if seen]


def _count(*conditions: ColumnElement[bool]) -> int:
    return db.session().scalar(select(func.count(Rating.id)).where(*conditions)) or 0


def _tell_heads(row: Rating, case: Case, now: datetime) -> None:
    heads = [person for role in _HEADS for person in people.holders(row.department_code, role)]
    level = LEVELS[row.level]
    title = Text(f"差评待核实：{case.subject}", f"A bad rating to look into: {case.subject}")
    body = Text(
        f"办件{case.number}被评为“{level.zh}”。请在1个工作日内联系申请人核实。",
        f"Case {case.number} was rated “{level.en}”. Contact the applicant within the limit.",
    )
    message = notices.Message("rating-bad", title, body, f"/inbox/ratings/{row.id}")
    notices.tell_all(heads, message, now=now)


def contact(rating_id: int, finding: str, remedy: str, *, actor: Actor, now: datetime) -> Rating:
    """Note that the applicant was contacted: what was found, and what is put right until when.

    Raises ForbiddenError for who handled the case, ConflictError when it was done, InvalidError.
    """
    row = _held(rating_id, actor)
    if row.state != "open":
        raise ConflictError(Text("这条差评已经核实。", "This rating was looked into already."))
    if finding not in FINDINGS:
        raise speaking.invalid(finding=Text("请选择核实结果。", "Choose what was found."))
    words = speaking.checked({"remedy": (remedy, 2, speaking.LONGEST)})["remedy"]
    row.state, row.finding, row.remedy = "contacted", finding, words
    row.contacted_at, row.contacted_by = now, actor.person_id
    late = row.due_at is not None and now >= row.due_at
    _record(row, "rating-looked-into", actor, now, finding=finding, remedy=words, late=late)
    title = Text("您的评价已核实", "Your rating was looked into")
    body = Text(
        f"办件{row.case.number}：{FINDINGS[finding].zh}。{words}",
        f"Case {row.case.number}: {FINDINGS[finding].en}. {words}",
    )
    message = notices.Message("rating-answered", title, body, f"/case/{row.case.number}")
    notices.tell(row.case.applicant_id, message, case=row.case, now=now)
    return row


def call_back(rating_id: int, note: str, *, satisfied: bool, actor: Actor, now: datetime) -> Rating:
    """Close a bad rating with a call back: whether the applicant is satisfied now.

    Raises ForbiddenError for who handled the case, ConflictError unless it was looked into.
    """
    row = _held(rating_id, actor)
    if row.state != "contacted":
        raise ConflictError(
            Text("核实之后才能回访，且只能一次。", "Call back once, after it was looked into.")
        )
    words = speaking.checked({"note": (note, 2, speaking.LONGEST)})["note"]
    row.state, row.satisfied, row.call_note = "closed", satisfied, words
    row.called_at, row.called_by = now, actor.person_id
    _record(row, "rating-called-back", actor, now, satisfied=satisfied, note=words)
    return row


def _record(row: Rating, type_: str, actor: Actor, now: datetime, **data: Any) -> None:
    """Record in a stream of its own: a case's record is read by those who were rated."""
    events.record(
        f"rating:{row.id}", type_, actor, now, department=row.department_code, case_id=row.case_id,
        **data,
    )  # fmt: skip


def _held(rating_id: int, actor: Actor) -> Rating:
    row = find(rating_id, actor, lock=True)
    if not may_look_into(row, actor):
        raise ForbiddenError(
            Text(
                "由本部门未经办此件的负责人核实、回访。",
                "Heads of the department who did not handle the case look into it.",
            )
        )
    return row


def may_look_into(row: Rating, actor: Actor) -> bool:
    """Say whether an actor may look into a bad rating: a head who had no hand in the case."""
    if not any(actor.holds(row.department_code, role) for role in _HEADS):
        return False
    done = select(func.count(Task.id)).where(
        Task.case_id == row.case_id, Task.completed_by == actor.person_id
    )
    return not db.session().scalar(done)


def find(rating_id: int, actor: Actor, *, lock: bool = False) -> Rating:
    """Return a rating that is looked into, for who may see it. Raises NotFoundError."""
    wanted = (Rating.id == rating_id, Rating.state != "none", _seen(actor))
    row: Rating = speaking.the_one(select(Rating).where(*wanted), lock=lock)
    return row


def _seen(actor: Actor) -> ColumnElement[bool]:
    if actor.has(SUPERVISOR):
        return Rating.id.is_not(None)
    heading = [code for code, role in actor.posts if role in _HEADS]
    return Rating.department_code.in_(sorted(heading))


def bad(actor: Actor, *, state: str = "", at: str = "") -> Page[Rating]:
    """Return one page of the bad named ratings an actor may see, the latest first."""
    wanted = Rating.state == state if state in STATES else Rating.state.in_(list(STATES))
    query = select(Rating).where(wanted, _seen(actor)).options(joinedload(Rating.case))
    return speaking.page_of(query, _ORDER, at)


def summary(item_code: str) -> Summary:
    """Count the ratings of an item by level."""
    query = (
        select(Rating.level, func.count())
        .where(Rating.item_code == item_code)
        .group_by(Rating.level)
    )
    found = {row[0]: row[1] for row in db.session().execute(query)}
    return Summary({level: found.get(level, 0) for level in LEVELS})


def standings(actor: Actor, now: datetime) -> Sequence[Standing]:
    """Count the ratings of each department an actor may see."""
    late = (Rating.state == "open") & (Rating.due_at <= now)
    counted = (
        func.count(),
        func.count().filter(Rating.level > BAD),
        func.count().filter(Rating.level <= BAD),
        func.count().filter(Rating.state == "open"),
        func.count().filter(late),
        func.count().filter(Rating.state == "closed"),
        func.coalesce(func.sum(cast(func.jsonb_array_length(Rating.signs) > 0, Integer)), 0),
        func.count().filter((Rating.level == max(LEVELS)) & (Rating.text == "")),
    )
    query = (
        select(Rating.department_code, *counted)
        .where(_seen(actor))
        .group_by(Rating.department_code)
        .order_by(Rating.department_code)
    )
    return [Standing(*row) for row in db.session().execute(query)]
