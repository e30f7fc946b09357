"""Scenes of supervision: cases that are late, and cards in each state."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from engine import cases, clocks, db, people, supervision
from engine.clock import CIVIL_ZONE, civil_date
from engine.models import Card, CardDoubt, Letter
from tests.waiting import until
from tools.stories import Story

#: A Monday morning after a long stretch without holidays.
MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=CIVIL_ZONE)
RESTORED = "恢复"
WORDS = "系统升级期间未能办理，已安排加班补办。"


def rule_as_shipped(now: datetime) -> None:
    """The rule for steps that are over, which another test of this city may have made milder."""
    with db.transaction():
        shipped = supervision.Change(0, 3, True, civil_date(now), RESTORED)
        actor = people.actor_for_login("jc.he")
        supervision.change_rule("step-over", shipped, confirmed=True, actor=actor, now=now)


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


def awaited(story: Story, cause: str, now: datetime) -> Card:
    """The card of a cause in a living city: a look passes over what its worker holds just then."""

    def looked() -> list[Card]:
        supervise(now)
        return [card for card in supervision.of_case(story.case) if card.cause == cause]

    return until(looked)[0]


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


def letter(card: Card, now: datetime) -> Letter:
    """A supervisor advises the unit of a card."""
    day = clocks.due(now, "3wd").on
    advice = supervision.Writing("advice", "scjg", "审查超期", WORDS, WORDS, day, cards=(card.id,))
    with db.transaction():
        actor = people.actor_for_login("jc.he")
        return supervision.issue_letter(advice, actor=actor, now=now)


def _reply(story: Story, card: Card) -> Callable[[], object]:
    found, leader = letter(card, story.now), people.actor_for_login("chen.leader")
    return lambda: supervision.reply(found.id, WORDS, actor=leader, now=story.now)


def _verify_letter(story: Story, card: Card) -> Callable[[], object]:
    found, leader = letter(card, story.now), people.actor_for_login("chen.leader")
    with db.transaction():
        supervision.reply(found.id, WORDS, actor=leader, now=story.now)
    supervisor = people.actor_for_login("jc.he")
    return lambda: supervision.verify_letter(
        found.id, WORDS, sound=True, actor=supervisor, now=story.now
    )


def _issue_letter(story: Story, card: Card) -> Callable[[], object]:
    day, supervisor = clocks.due(story.now, "3wd").on, people.actor_for_login("jc.he")
    urging = supervision.Writing("urging", "scjg", "督办", WORDS, WORDS, day, case_id=story.case_id)
    return lambda: supervision.issue_letter(urging, actor=supervisor, now=story.now)


def proof(story: Story, **more: Any) -> supervision.Proof:
    """A fee that was taken in an item without fees."""
    day = civil_date(story.now)
    found = "窗口另收“加急费”200元，有收据0031号和转账记录。"
    return replace(supervision.Proof("fee", "scjg", day, found), **more)


def _prove(story: Story, card: Card) -> Callable[[], object]:
    supervisor = people.actor_for_login("jc.he")
    return lambda: supervision.prove(story.case_id, proof(story), actor=supervisor, now=story.now)


def _with_state(name: str, state: str, login: str) -> Callable[[Story, Card], Callable[[], object]]:
    def made(story: Story, card: Card) -> Callable[[], object]:
        with db.transaction() as session:
            session.get_one(Card, card.id).state = state
        actor = people.actor_for_login(login)
        done: Callable[..., Card] = getattr(supervision, name)
        return lambda: done(card.id, WORDS, actor=actor, now=story.now)

    return made


def _keep(story: Story, card: Card) -> Callable[[], object]:
    with db.transaction() as session:
        session.add(
            CardDoubt(card_id=card.id, cause="rule", found_at=story.now, facts={}, state="open")
        )
    supervisor = people.actor_for_login("jc.he")
    return lambda: supervision.keep(card.id, WORDS, actor=supervisor, now=story.now)


def _on_case(
    act_: Callable[..., object], login: str
) -> Callable[[Story, Card], Callable[[], object]]:
    def made(story: Story, card: Card) -> Callable[[], object]:
        actor = people.actor_for_login(login)
        return lambda: act_(story.case_id, WORDS, actor=actor, now=story.now + timedelta(days=3))

    return made


#: Acts of those who watch a case, each on a case whose step is over and carded.
WATCHING: dict[str, Callable[[Story, Card], Callable[[], object]]] = {
    "issue_letter": _issue_letter,
    "prove": _prove,
    "reply": _reply,
    "verify_letter": _verify_letter,
    "state_case": _with_state("state_case", "hearing", "chen.leader"),
    "confirm": _with_state("confirm", "heard", "jc.he"),
    "keep": _keep,
    "remind": _on_case(supervision.remind, "zhang.san"),
    "explain_overdue": _on_case(supervision.explain_overdue, "wang.clerk"),
    "unmask": _on_case(cases.privacy.unmask, "jc.he"),
}


def watching(name: str) -> Callable[[], object]:
    """Bring a case to where an act of its watchers can be done, and return the act."""
    return WATCHING[name](*carded())
