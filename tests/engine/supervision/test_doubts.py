"""Nothing is recomputed silently: cards that calendar or rules would not give now are listed."""

from datetime import timedelta
from typing import Any

import pytest

from engine import calendars, db, people, supervision
from engine.clock import civil_date
from engine.errors import ConflictError, ForbiddenError
from tests.engine.supervision.scenes import MONDAY, WORDS, accepted, act, of_cause, supervise
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]


def change(code: str, threshold: int, now: object = MONDAY, **more: object) -> None:
    """A supervisor makes the next version of a rule."""
    values = {"answer_days": 3, "active": True, "effective_on": civil_date(MONDAY), **more}
    wanted = supervision.Change(threshold, reason="从宽", **values)  # type: ignore[arg-type]
    with db.transaction():
        actor = people.actor_for_login("jc.he")
        supervision.change_rule(code, wanted, actor=actor, now=MONDAY)


def doubted() -> list[Any]:
    """The cards a supervisor finds in doubt."""
    return supervision.doubted(people.actor_for_login("jc.he"))


def late() -> Story:
    """A case whose step is two working days over, with its yellow card."""
    story = accepted()
    due = story.task("review", "zhao.examiner").due_at
    assert due is not None
    story.now = due + timedelta(hours=2)
    supervise(story.now)
    assert of_cause(story, "step").level == "yellow"
    return story


def test_a_milder_rule_puts_its_cards_in_doubt_and_takes_none_back() -> None:
    """A supervisor keeps one and withdraws the other; each once, with reasons."""
    first, second = late(), late()
    assert supervision.would_fall("step-over", 5, active=True) == 2
    assert supervision.would_fall("step-over", 0, active=True) == 0
    assert supervision.would_fall("step-over", 0, active=False) == 2
    change("step-over", 5)
    supervise(first.now)
    found = doubted()
    assert {d.card.case_id for d in found} == {first.case_id, second.case_id}
    assert "界限为0" in supervision.explained(found[0]).zh
    assert of_cause(first, "step").state == "issued"
    with pytest.raises(ForbiddenError):
        act("chen.leader", "keep", of_cause(first, "step"), first.now)
    act("jc.he", "keep", of_cause(first, "step"), first.now)
    act("jc.he", "withdraw", of_cause(second, "step"), first.now)
    assert doubted() == []
    assert [d.state for d in supervision.doubts_of(of_cause(first, "step"))] == ["kept"]
    assert [d.state for d in supervision.doubts_of(of_cause(second, "step"))] == ["withdrawn"]
    with pytest.raises(ConflictError):
        act("jc.he", "keep", of_cause(first, "step"), first.now)
    supervise(first.now)
    assert doubted() == []


def test_a_stricter_rule_puts_nothing_in_doubt() -> None:
    """What was issued would be issued all the same."""
    change("step-over", 1)
    story = accepted()
    due = story.task("review", "zhao.examiner").due_at
    assert due is not None
    supervise(due + timedelta(days=3))
    assert of_cause(story, "step").level == "yellow"
    change("step-over", 0)
    supervise(due + timedelta(days=3))
    assert doubted() == []


def test_a_card_that_was_verified_can_still_be_withdrawn_when_its_rule_is_off() -> None:
    """Without a doubt it is closed for good."""
    story = late()
    card = of_cause(story, "step")
    act("chen.leader", "answer", card, story.now)
    act("jc.he", "verify", card, story.now, sound=True)
    with pytest.raises(ConflictError):
        act("jc.he", "withdraw", card, story.now)
    change("step-over", 0, active=False)
    supervise(story.now)
    (doubt,) = doubted()
    assert doubt.card_id == card.id
    assert "停用" in supervision.explained(doubt).zh
    act("jc.he", "withdraw", card, story.now)
    assert of_cause(story, "step").state == "withdrawn"


def test_a_calendar_that_moves_a_due_time_back_lists_the_cards_it_had_made() -> None:
    """A holiday is announced late, for a year whose notice was not known; undoing it adds none."""
    start = MONDAY.replace(year=2027, month=3, day=1)
    story = accepted(start)
    due = story.task("review", "zhao.examiner").due_at
    assert due is not None
    supervise(due + timedelta(hours=2))
    card = of_cause(story, "step")
    assert card.level == "yellow"
    off = [due - timedelta(days=n) for n in range(1, 8)]
    rows = [f"{civil_date(day).isoformat()},off,x" for day in off if day.weekday() < 4]
    notice = calendars.read_notice(("date,workday,note\n" + "\n".join(rows)).encode(), "2027.csv")
    admin = people.actor_for_login("admin")
    with db.transaction():
        row = calendars.apply(notice, actor=admin, now=start)
    supervise(due + timedelta(hours=3))
    doubts = [d for d in doubted() if d.card_id == card.id]
    assert [d.cause for d in doubts] == ["calendar"]
    assert of_cause(story, "step").evidence == card.evidence
    assert "按现行日历为" in supervision.explained(doubts[0]).zh
    act("jc.he", "keep", card, due + timedelta(hours=4))
    with db.transaction():
        calendars.undo(row.id, actor=admin, now=due)
    supervise(due + timedelta(hours=5))
    assert doubted() == []
    assert WORDS in {e.data.get("reason") for e in supervision.history(card)}
