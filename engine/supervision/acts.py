"""Acts on cards: the unit answers or appeals, the supervisor verifies, upholds or withdraws.

Each takes the case's lock first, as everything does that adds to a case's record.
"""

from datetime import datetime
from typing import Final

from engine import clocks, events, holding
from engine.errors import ConflictError, ForbiddenError, InvalidError
from engine.models import Card, Case
from engine.permissions import SUPERVISOR, Actor, require_role
from engine.supervision import doubts, hearing, telling
from engine.supervision.finding import answers_for, find
from engine.supervision.kinds import (
    ANSWERED,
    APPEALED,
    CARDS,
    HEARD,
    HEARING,
    ISSUED,
    LIVE,
    PROPOSED,
    VERIFIED,
    WITHDRAWN,
)
from forms.text import Text

#: Working days in which a unit may appeal, and answers again when it was not believed.
APPEAL_DAYS: Final = 3
LONGEST: Final = 2000

_NOT_ISSUED = Text(
    "这张牌现在不在待答复状态，请刷新后查看。",
    "This card does not wait for an answer now. Reload the page.",
)


def answer(card_id: int, text: str, *, actor: Actor, now: datetime) -> Card:
    """Answer a card for the unit: what happened, and what is done about it.

    After the day it is still taken; the record shows that it came late. Raises ForbiddenError for
    another unit, ConflictError unless the card waits for an answer, InvalidError without words.
    """
    card, case = _held(card_id, actor)
    _require_unit(card, actor)
    words = _words(text)
    if card.state != ISSUED:
        raise ConflictError(_NOT_ISSUED)
    late = card.answer_by is not None and now >= card.answer_by
    card.state, card.answered_at = ANSWERED, now
    _record(card, case, "card-answered", actor, now, reason=words, late=late)
    telling.supervisors_of_card(card, case, Text("已答复，待核实", "answered, to be verified"), now)
    return card


def appeal(card_id: int, text: str, *, actor: Actor, now: datetime) -> Card:
    """Appeal against a card with reasons, once, within three working days of its level.

    Raises ForbiddenError for another unit, ConflictError when it is too late, decided or appealed
    before, InvalidError without reasons.
    """
    card, case = _held(card_id, actor)
    _require_unit(card, actor)
    words = _words(text)
    if card.state not in (ISSUED, ANSWERED) or card.level not in CARDS:
        raise ConflictError(_NOT_ISSUED)
    if card.appealed_at is not None:
        raise ConflictError(
            Text("这张牌已经申诉过一次。", "This card was appealed against once already.")
        )
    if now >= appeal_until(card):
        raise ConflictError(
            Text(
                "申诉期限（3个工作日）已过，请改为答复。",
                "The three working days for an appeal have passed; please answer instead.",
            )
        )
    card.state, card.appealed_at = APPEALED, now
    _record(card, case, "card-appealed", actor, now, reason=words)
    telling.supervisors_of_card(card, case, Text("提出申诉", "appealed against"), now)
    return card


def appeal_until(card: Card) -> datetime:
    """Return when the time for an appeal ends."""
    return clocks.due(card.raised_at, f"{APPEAL_DAYS}wd").at


def state_case(card_id: int, text: str, *, actor: Actor, now: datetime) -> Card:
    """State the unit's case on a red card that is proposed, before it counts.

    Raises ForbiddenError for another unit, ConflictError unless the unit is being heard,
    InvalidError without words.
    """
    card, case = _held(card_id, actor)
    _require_unit(card, actor)
    words = _words(text)
    if card.state != HEARING:
        raise ConflictError(
            Text("这张牌现在不在听取意见阶段。", "The unit is not being heard on this card now.")
        )
    card.state, card.answered_at = HEARD, now
    _record(card, case, "card-heard", actor, now, reason=words)
    telling.supervisors_of_card(card, case, Text("已陈述意见，待决定", "heard, to be decided"), now)
    return card


def confirm(card_id: int, text: str, *, actor: Actor, now: datetime) -> Card:
    """Issue a proposed red card after the unit was heard; ``withdraw`` is the other decision.

    Raises ForbiddenError unless the actor is a supervisor of another unit, ConflictError before
    the unit was heard, InvalidError without reasons.
    """
    card, case = _for_supervisor(card_id, actor)
    words = _words(text)
    if card.state != HEARD:
        raise ConflictError(
            Text("单位尚未陈述意见，或已作决定。", "The unit was not heard yet, or it is decided.")
        )
    hearing.stand(case, card, actor=actor, now=now, reason=words)
    return card


def verify(card_id: int, text: str, *, sound: bool, actor: Actor, now: datetime) -> Card:
    """Verify an answer: it closes the card, or the unit must answer again.

    Raises ForbiddenError unless the actor is a supervisor of another unit, ConflictError when
    there is no answer to verify, InvalidError without words.
    """
    card, case = _for_supervisor(card_id, actor)
    words = _words(text)
    if card.state != ANSWERED:
        raise ConflictError(
            Text("这张牌没有待核实的答复。", "There is no answer to verify on this card.")
        )
    if sound:
        card.state, card.closed_at = VERIFIED, now
        _record(card, case, "card-verified", actor, now, reason=words)
        telling.unit_of_card(
            card, case, Text("答复经核实，已办结", "the answer was verified; closed"), now
        )
    else:
        _ask_again(card, now)
        _record(card, case, "card-returned", actor, now, reason=words)
        telling.unit_of_card(
            card, case, Text("答复未通过核实，请重新答复", "please answer again"), now
        )
    return card


def uphold(card_id: int, text: str, *, actor: Actor, now: datetime) -> Card:
    """Decide against an appeal: the card stands and must be answered.

    Raises ForbiddenError unless the actor is a supervisor of another unit, ConflictError without
    an appeal, InvalidError without reasons.
    """
    card, case = _for_supervisor(card_id, actor)
    words = _words(text)
    if card.state != APPEALED:
        raise ConflictError(
            Text("这张牌没有待决定的申诉。", "There is no appeal to decide on this card.")
        )
    _ask_again(card, now)
    _record(card, case, "card-upheld", actor, now, reason=words)
    telling.unit_of_card(
        card, case, Text("申诉未获支持，请答复", "the appeal failed; please answer"), now
    )
    return card


def withdraw(card_id: int, text: str, *, actor: Actor, now: datetime) -> Card:
    """Withdraw a card, on appeal or because it was wrong; it stays visible as withdrawn.

    Raises ForbiddenError unless the actor is a supervisor of another unit, ConflictError for one
    that is closed already, InvalidError without reasons.
    """
    card, case = _for_supervisor(card_id, actor)
    words = _words(text)
    doubted = doubts.close(card, actor, now, state=WITHDRAWN)
    if card.state not in (*LIVE, *PROPOSED) and not (doubted and card.state == VERIFIED):
        raise ConflictError(
            Text("这张牌已经办结，不能再撤。", "This card is closed and cannot be withdrawn.")
        )
    card.state, card.closed_at = WITHDRAWN, now
    _record(card, case, "card-withdrawn", actor, now, reason=words)
    telling.unit_of_card(card, case, Text("已撤牌", "withdrawn"), now)
    return card


def keep(card_id: int, text: str, *, actor: Actor, now: datetime) -> Card:
    """Keep a card that is in doubt, as it was issued; the reasons go on the record.

    Raises ForbiddenError unless the actor is a supervisor of another unit, ConflictError when it
    is not in doubt, InvalidError without reasons.
    """
    card, case = _for_supervisor(card_id, actor)
    words = _words(text)
    if not doubts.close(card, actor, now, state=doubts.KEPT):
        raise ConflictError(
            Text("这张牌没有待处理的疑义。", "Nothing about this card is in doubt.")
        )
    _record(card, case, "card-kept", actor, now, reason=words)
    telling.unit_of_card(card, case, Text("经复核维持", "kept after a review"), now)
    return card


def may_answer(card: Card, actor: Actor) -> bool:
    """Say whether an actor answers for the unit of a card, or is the person concerned."""
    concerned = actor.kind == "staff" and card.person_id == actor.person_id
    return concerned or card.department_code in answers_for(actor)


def may_judge(card: Card, actor: Actor) -> bool:
    """Say whether an actor may decide on a card: a supervisor, but not of the same unit."""
    return actor.has(SUPERVISOR) and card.department_code not in actor.departments


def _held(card_id: int, actor: Actor) -> tuple[Card, Case]:
    case = holding.of_case(find(card_id, actor).case_id)
    return find(card_id, actor, lock=True), case


def _require_unit(card: Card, actor: Actor) -> None:
    if not may_answer(card, actor):
        raise ForbiddenError(
            Text(
                "只有被发牌单位的负责人或当事人可以答复、申诉。",
                "Only who answers for the unit, or the person concerned, may answer or appeal.",
            )
        )


def _for_supervisor(card_id: int, actor: Actor) -> tuple[Card, Case]:
    require_role(actor, SUPERVISOR)
    card, case = _held(card_id, actor)
    if not may_judge(card, actor):
        raise ForbiddenError(
            Text(
                "不能由同一单位的人员核实或决定。",
                "Nobody of the same unit may verify or decide.",
            )
        )
    return card, case


def _words(text: str) -> str:
    words = text.strip()
    if not 2 <= len(words) <= LONGEST:
        wrong = Text(f"请填写2至{LONGEST}字。", f"Write 2 to {LONGEST} characters.")
        raise InvalidError(
            Text("请更正下列各项。", "Please correct these points."), fields={"text": wrong}
        )
    return words


def _ask_again(card: Card, now: datetime) -> None:
    card.state, card.answered_at = ISSUED, None
    card.answer_by = clocks.due(now, f"{APPEAL_DAYS}wd").at


def _record(
    card: Card, case: Case, type_: str, actor: Actor, now: datetime, **data: object
) -> None:
    where = card.department_code
    events.of_case(
        case, type_, actor, now, department=where, card=card.id, level=card.level, **data
    )
