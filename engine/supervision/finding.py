"""Finding cards: lists in pages, the figures at the top, one card with its history."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.orm import contains_eager, selectinload

from engine import db, paging
from engine.errors import NotFoundError
from engine.models import Card, Case, Event, Version
from engine.paging import Key, Order, Page
from engine.permissions import LEADER, SUPERVISOR, Actor
from engine.supervision.kinds import (
    ANSWERED,
    APPEALED,
    CARDS,
    HEARD,
    HEARING,
    ISSUED,
    LIVE,
    NOTED,
    PROPOSED,
)
from engine.supervision.telling import HEAD
from forms.text import Text

PER_PAGE: Final = 25
_ORDER: Final = Order(Key(Card.id, lambda card: card.id, paging.number), descending=True)


@dataclass(frozen=True)
class Wanted:
    """Which cards somebody looks for; an empty field asks nothing."""

    level: str = ""
    #: one state, or ``live``: those on which somebody still has something to do
    state: str = ""
    department: str = ""
    item: str = ""
    at: str = ""


@dataclass(frozen=True)
class Figures:
    """How supervision stands at one moment, for whoever asks."""

    red: int
    yellow: int
    warning: int
    notice: int
    #: live cards whose time to answer has passed
    late: int
    #: answers to be verified, and appeals to be decided
    answered: int
    appealed: int
    #: red cards proposed, on which the unit is heard, or was and waits for the decision
    hearing: int
    heard: int


def sees_all(actor: Actor) -> bool:
    """Say whether an actor sees the cards of the whole city."""
    return actor.has(SUPERVISOR)


def answers_for(actor: Actor) -> frozenset[str]:
    """Return the codes of the departments for which an actor answers, as leader or head."""
    return frozenset(code for code, role in actor.posts if role in (LEADER, HEAD))


def _seen_by(actor: Actor) -> ColumnElement[bool] | None:
    """Hold for the cards an actor may see: all, the own department's, or the own ones."""
    if sees_all(actor):
        return None
    own = Card.person_id == actor.person_id if actor.kind == "staff" else false()
    return or_(Card.department_code.in_(sorted(answers_for(actor))), own)


def cards(actor: Actor, wanted: Wanted) -> Page[Card]:
    """Return one page of the cards an actor may see, the latest first.

    Raises InvalidError for a mark that is none of this list's.
    """
    mark = _ORDER.read(wanted.at)
    query = (
        select(Card)
        .join(Card.case)
        .options(contains_eager(Card.case), selectinload(Card.person))
        .where(*_narrowed(actor, wanted), *_ORDER.beyond(mark))
        .order_by(*_ORDER.by(mark))
        .limit(PER_PAGE + 1)
    )
    page = _ORDER.page(list(db.session().scalars(query)), mark, PER_PAGE)
    return page if page.rows or mark is None else cards(actor, replace(wanted, at=""))


def _narrowed(actor: Actor, wanted: Wanted) -> list[ColumnElement[bool]]:
    seen = _seen_by(actor)
    found = [seen] if seen is not None else []
    if wanted.level:
        found.append(Card.level == wanted.level)
    if wanted.state == "live":
        found.append(Card.state.in_(LIVE))
    elif wanted.state:
        found.append(Card.state == wanted.state)
    if wanted.department:
        found.append(Card.department_code == wanted.department)
    if wanted.item:
        found.append(Card.item_code == wanted.item)
    return found


def figures(actor: Actor, now: datetime) -> Figures:
    """Count what an actor may see: live cards, signals given, and what waits for whom."""
    seen = _seen_by(actor)
    live = Card.state.in_(LIVE)
    late = and_(Card.state == ISSUED, Card.answer_by <= now)
    query = select(
        *(func.count().filter(live, Card.level == level) for level in reversed(CARDS)),
        *(func.count().filter(Card.state == NOTED, Card.level == x) for x in ("warning", "notice")),
        func.count().filter(late),
        *(func.count().filter(Card.state == x) for x in (ANSWERED, APPEALED, HEARING, HEARD)),
    ).where(Card.state.in_([*LIVE, *PROPOSED, NOTED]))
    row = db.session().execute(query if seen is None else query.where(seen)).one()
    return Figures(*tuple(row))


def find(card_id: int, actor: Actor, *, lock: bool = False) -> Card:
    """Return a card an actor may see. Raises NotFoundError for any other."""
    query = select(Card).where(Card.id == card_id)
    seen = _seen_by(actor)
    if seen is not None:
        query = query.where(seen)
    if lock:
        query = query.with_for_update(of=Card).execution_options(populate_existing=True)
    card = db.session().scalar(query)
    if card is None:
        raise NotFoundError(
            Text(
                "没有找到这张牌；您只能查看本部门或与自己有关的牌。",
                "No such card was found; you only see those of your department, or your own.",
            )
        )
    return card


def of_case(case: Case) -> list[Card]:
    """Return the signals and cards of a case, oldest first."""
    query = select(Card).where(Card.case_id == case.id).order_by(Card.id)
    return list(db.session().scalars(query))


def history(card: Card) -> Sequence[Event]:
    """Return what happened to a card, oldest first, from the case's record."""
    query = (
        select(Event)
        .where(Event.case_id == card.case_id, Event.data["card"].as_integer() == card.id)
        .order_by(Event.seq)
    )
    return list(db.session().scalars(query))


def items(actor: Actor) -> list[tuple[str, Text]]:
    """Return the items of which there are cards, for a filter."""
    seen = _seen_by(actor)
    codes = select(Card.item_code).distinct()
    newest = (
        select(func.max(Version.id))
        .where(Version.item_code.in_(codes if seen is None else codes.where(seen)))
        .group_by(Version.item_code)
    )
    query = select(Version).where(Version.id.in_(newest)).order_by(Version.item_code)
    return [(v.item_code, Text(v.title_zh, v.title_en)) for v in db.session().scalars(query)]
