"""Hearing first: a red card that is proposed, the unit's statement, and the decision on it.

A switch of the rule. While the unit is heard the card does not count; if it says nothing in its
time the card stands by itself, and otherwise a supervisor decides (supervision.md 13, fairness).
"""

from collections.abc import Iterable
from datetime import datetime
from typing import Final

from engine import clocks, events
from engine.models import Card, Case
from engine.permissions import SYSTEM, Actor
from engine.supervision import telling
from engine.supervision.kinds import HEARING, ISSUED, told
from forms.text import Text

#: Working days to answer a card that stands after the unit was heard.
ANSWER_DAYS: Final = 3
STANDS: Final = Text("经听取意见后发出，请答复", "issued after the hearing; please answer")


def let_stand(case: Case, cards: Iterable[Card], now: datetime) -> list[Card]:
    """Let the proposed cards of a held case stand on which the unit has said nothing in time."""
    silent = [
        card
        for card in cards
        if card.state == HEARING and card.answer_by is not None and card.answer_by <= now
    ]
    for card in silent:
        stand(case, card, actor=SYSTEM, now=now, unheard=True)
    return silent


def stand(case: Case, card: Card, *, actor: Actor, now: datetime, **data: object) -> None:
    """Issue a proposed card of a held case: from now on it counts and must be answered."""
    card.state, card.raised_at, card.answered_at = ISSUED, now, None
    card.answer_by = clocks.due(now, f"{ANSWER_DAYS}wd").at
    events.of_case(
        case, "card-issued", actor, now, department=card.department_code, card=card.id,
        level=card.level, answer_by=card.answer_by, **told(card.cause), **data,
    )  # fmt: skip
    telling.unit_of_card(card, case, STANDS, now)
