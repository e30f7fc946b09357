"""Scenes of supervision: cases that are late, and cards in each state."""

from collections.abc import Callable
from datetime import datetime, timedelta

from engine import db, people, supervision
from engine.clock import CIVIL_ZONE
from engine.models import Card
from tools.stories import Story

#: A Monday morning after a long stretch without holidays.
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=CIVIL_ZONE)
WORDS = "系统升级期间未能办理，已安排加班补办。"


def supervise(now: datetime) -> list[Card]:
    """One pass of the worker at a moment."""
    given: list[Card] = []
    seen = supervision.unseen(now)
    for case_id in supervision.look(now):
        with db.transaction():
            given += supervision.issue(case_id, now=now)
    with db.transaction():
        supervision.note_seen(seen)
        supervision.recheck(now)
    return given


def accepted(at: datetime = MONDAY) -> Story:
    """A case of I2 accepted on a Monday and waiting for its examiner ever since."""
    return Story("medical-device-iii", at=at).apply().do("wang.clerk", "accept", "accept")


def of_cause(story: Story, cause: str) -> Card:
    """The card of a cause of a case."""
    (found,) = [card for card in supervision.of_case(story.case) if card.cause == cause]
    return found


def carded() -> tuple[Story, Card]:
    """A case whose examiner is over the limit of the step: a yellow card waits for an answer."""
    story = accepted()
    story.later(days=21)
    supervise(story.now)
    return story, of_cause(story, "step")


def act(login: str, name: str, card: Card, now: datetime, **more: object) -> Card:
    """Somebody does something on a card."""
    with db.transaction():
        actor = people.actor_for_login(login)
        done: Callable[..., Card] = getattr(supervision, name)
        return done(card.id, WORDS, actor=actor, now=now, **more)


def prepared(name: str) -> Callable[[], object]:
    """Bring a card to where an act can be done, and return the act, in the caller's transaction."""
    story, card = carded()
    if name == "verify":
        act("chen.leader", "answer", card, story.now)
    if name == "uphold":
        act("chen.leader", "appeal", card, story.now)
    unit = name in ("answer", "appeal")
    actor = people.actor_for_login("chen.leader" if unit else "jc.he")
    more = {"sound": True} if name == "verify" else {}
    done: Callable[..., Card] = getattr(supervision, name)
    return lambda: done(card.id, WORDS, actor=actor, now=story.now + timedelta(hours=1), **more)
