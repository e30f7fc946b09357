"""Cards from the worker's look to the supervisor's decision, on real cases."""

import threading
from datetime import date, datetime, timedelta

import pytest

from engine import clocks, db, events, notices, people, supervision
from engine.cases import lapsing
from engine.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from engine.models import Case
from engine.permissions import SYSTEM
from tests.engine.supervision.scenes import (
    MONDAY,
    accepted,
    act,
    carded,
    of_cause,
    supervise,
)
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]


def seen(story: Story) -> dict[str, tuple[str, str]]:
    """Level and state of each card of a case, by cause."""
    return {card.cause: (card.level, card.state) for card in supervision.of_case(story.case)}


def test_a_limit_that_is_used_up_gives_one_card_whose_level_rises() -> None:
    """Notice, warning and yellow are the same card; what was seen each time stays with it."""
    story = accepted()
    assert supervise(story.now) == []
    levels = []
    for day in range(1, 45):
        supervise(MONDAY + timedelta(days=day))
        found = [c for c in supervision.of_case(story.case) if c.cause == "promise"]
        levels += [c.level for c in found]
    assert list(dict.fromkeys(levels)) == ["notice", "warning", "yellow", "red"]
    card = of_cause(story, "promise")
    assert [e["level"] for e in card.evidence] == ["notice", "warning", "yellow", "red"]
    assert [e["rule"] for e in card.evidence][2:] == ["promise-over", "yellow-unanswered"]
    assert events.verify(f"case:{story.case_id}") == []
    assert card.person_id is None
    assert card.department_code == "scjg"


def test_evidence_stays_as_it_was_whatever_happens_to_the_due_time() -> None:
    """A card that was issued is not recomputed."""
    story, card = carded()
    before = card.evidence
    with db.transaction() as session:
        session.get_one(Case, story.case_id).promised_due_at = story.now + timedelta(days=99)
    supervise(story.now)
    assert of_cause(story, "step").evidence == before
    assert before[0]["due_at"] < story.now.isoformat()


def test_looking_again_gives_nothing_again_and_two_workers_give_each_card_once(
    city_db: str,
) -> None:
    """Both issue the same cases at the same time."""
    stories = [accepted() for _ in range(3)]
    now = MONDAY + timedelta(days=21)
    case_ids = supervision.look(now)
    assert set(case_ids) >= {story.case_id for story in stories}
    ready, given = threading.Barrier(2), []

    def work() -> None:
        try:
            ready.wait()
            for case_id in case_ids:
                with db.transaction():
                    given.extend(c.id for c in supervision.issue(case_id, now=now))
        finally:
            db.session().close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    supervise(now)  # what one passed over because the other held it
    for story in stories:
        cards = supervision.of_case(story.case)
        assert len(cards) == len({(c.cause, c.subject) for c in cards})
        told = [n for n in notices.of_case(story.case) if n.kind.startswith("card-")]
        assert len(told) == len({(n.person_id, n.title_zh, n.body_zh) for n in told})
    assert supervise(now) == []
    assert len(given) == len(set(given))


def test_the_unit_and_the_person_are_told_and_a_signal_settles_when_the_step_is_done() -> None:
    """The leader and whoever holds the task; then the review is finished in time."""
    story = accepted()
    days = next(n for n in range(1, 30) if supervise(MONDAY + timedelta(days=n)))
    story.later(days=days)
    titles = [n.title_zh for n in notices.of_case(story.case) if n.kind == "card-notice"]
    assert titles
    assert all(title.startswith("提示：") for title in titles)
    assert {level for level, _ in seen(story).values()} <= {"notice", "warning"}
    story.do("zhao.examiner", "review", "pass")
    supervise(story.now)
    assert seen(story)["step"][1] == "settled"


def test_a_unit_answers_and_the_supervisor_verifies_or_sends_it_back() -> None:
    """Each act is in the record and told to the other side."""
    story, card = carded()
    assert (card.level, card.state) == ("yellow", "issued")
    act("chen.leader", "answer", card, story.now)
    with pytest.raises(ConflictError):
        act("chen.leader", "answer", card, story.now)
    act("jc.he", "verify", card, story.now, sound=False)
    assert of_cause(story, "step").state == "issued"
    act("chen.leader", "answer", card, story.now)
    act("jc.he", "verify", card, story.now, sound=True)
    assert of_cause(story, "step").state == "verified"
    types = [event.type for event in supervision.history(card)]
    assert types[-4:] == ["card-answered", "card-returned", "card-answered", "card-verified"]
    told = [n.title_zh for n in notices.of_case(story.case) if n.kind == "card"]
    assert any("已答复，待核实" in title for title in told)
    assert any("已办结" in title for title in told)


def test_an_appeal_stops_the_escalation_and_is_decided_once() -> None:
    """Upheld: it must be answered; withdrawn: it stays visible and never comes back."""
    story, card = carded()
    act("chen.leader", "appeal", card, story.now)
    supervise(story.now + timedelta(days=14))
    assert of_cause(story, "step").state == "appealed"
    act("jc.he", "uphold", card, story.now)
    with pytest.raises(ConflictError):
        act("chen.leader", "appeal", card, story.now)
    act("jc.he", "withdraw", card, story.now)
    with pytest.raises(ConflictError):
        act("jc.he", "withdraw", card, story.now)
    supervise(story.now + timedelta(days=60))
    assert seen(story)["step"] == ("yellow", "withdrawn")
    actor = people.actor_for_login("jc.he")
    page = supervision.cards(actor, supervision.Wanted(state="withdrawn"))
    assert [row.id for row in page.rows] == [card.id]


def test_a_yellow_card_that_nobody_answers_turns_red_and_is_answered_later() -> None:
    """Three working days; the card of the same cause, not a second one."""
    story, card = carded()
    assert card.answer_by is not None
    supervise(card.answer_by - timedelta(minutes=1))
    assert of_cause(story, "step").level == "yellow"
    supervise(card.answer_by)
    red = of_cause(story, "step")
    assert (red.id, red.level, red.state) == (card.id, "red", "issued")
    assert red.evidence[-1]["unanswered"] is True
    act("chen.leader", "answer", red, card.answer_by)


def test_a_clock_that_is_set_back_takes_nothing_back_and_gives_nothing_twice() -> None:
    """A worker whose clock is weeks behind looks at cases that have their cards."""
    story, _ = carded()
    before = [(c.id, c.level, c.state, c.evidence) for c in supervision.of_case(story.case)]
    assert supervise(story.now - timedelta(days=19)) == []
    assert [(c.id, c.level, c.state, c.evidence) for c in supervision.of_case(story.case)] == before


def test_an_appeal_after_its_days_is_refused() -> None:
    """Answering is still possible."""
    story, card = carded()
    with pytest.raises(ConflictError):
        act("chen.leader", "appeal", card, supervision.appeal_until(card))
    act("chen.leader", "answer", card, story.now + timedelta(days=9))


def test_others_cannot_touch_a_card() -> None:
    """Another unit, another clerk, the supervisor as the unit, the unit as supervisor."""
    story, card = carded()
    for login in ("cg.head", "wang.clerk", "zhang.san"):
        with pytest.raises(NotFoundError):
            act(login, "answer", card, story.now)
    with pytest.raises(ForbiddenError):
        act("jc.he", "answer", card, story.now)
    with pytest.raises(ForbiddenError):
        act("chen.leader", "withdraw", card, story.now)
    with pytest.raises(ConflictError):
        act("jc.he", "verify", card, story.now, sound=True)
    with pytest.raises(ConflictError):
        act("jc.he", "uphold", card, story.now)


@pytest.mark.parametrize("words", ["", " ", "字" * 2001])
def test_an_answer_without_words_or_with_too_many_is_refused(words: str) -> None:
    """At the field."""
    story, card = carded()
    actor = people.actor_for_login("chen.leader")
    with pytest.raises(InvalidError) as refusal, db.transaction():
        supervision.answer(card.id, words, actor=actor, now=story.now)
    assert "text" in refusal.value.fields


def test_the_five_days_after_the_corrections_are_watched_like_the_first() -> None:
    """Corrected on 13 April: 14, 15, 16, 17 and Monday 20 April; on the 21st the law accepts."""
    story = Story("medical-device-iii", at=MONDAY).apply()
    fault = {
        "kind": "field", "target": "head", "label_zh": "负责人", "label_en": "Head",
        "reason": "与身份证件不一致",
    }  # fmt: skip
    story.do("wang.clerk", "accept", "correct", corrections=[fault]).later(days=42)
    supervise(story.now)
    assert seen(story) == {}
    story.do("zhang.san", "correct_application", "submitted", answers={"head": "何敏敏"})
    supervise(story.later(days=3).now)
    assert "receipt" not in seen(story)
    supervise(story.later(days=1).now)
    assert seen(story)["receipt"] == ("warning", "noted")
    assert supervise(story.now) == []
    story.later(days=4)
    with db.transaction():
        lapsing.lapse(story.now)
    supervise(story.now)
    assert seen(story)["receipt"] == ("yellow", "issued")
    due = of_cause(story, "receipt").evidence[-1]["due_at"]
    assert clocks.last_day(datetime.fromisoformat(due)) == date(2026, 4, 20)


def test_receipt_and_delivery_have_the_limits_of_the_law() -> None:
    """Five working days to accept or ask once; ten to hand over what was decided."""
    story = Story("individual-business", at=MONDAY).apply()
    supervise(MONDAY + timedelta(days=7))
    assert "receipt" not in seen(story) or seen(story)["receipt"][0] == "warning"
    supervise(MONDAY + timedelta(days=8))
    assert seen(story)["receipt"][0] == "yellow"
    story.do("wang.clerk", "accept", "accept").do("feng.registrar", "decide", "grant")
    decided = story.now
    supervise(decided + timedelta(days=14))
    assert "delivery" not in seen(story)
    supervise(decided + timedelta(days=15))
    assert seen(story)["delivery"] == ("yellow", "issued")


def test_figures_and_lists_show_each_actor_their_own() -> None:
    """The supervisor the city, the leader the department, a clerk the own cards."""
    story, _ = carded()
    city = supervision.figures(people.actor_for_login("jc.he"), story.now)
    assert city.yellow >= 1
    assert supervision.figures(people.actor_for_login("chen.leader"), story.now) == city
    nobody = people.actor_for_login("cg.head")
    assert supervision.figures(nobody, story.now).yellow == 0
    assert supervision.cards(nobody, supervision.Wanted()).rows == []
    assert supervision.cards(SYSTEM, supervision.Wanted()).rows == []
    narrowed = supervision.Wanted(level="yellow", state="live", department="scjg", item="x")
    assert supervision.cards(people.actor_for_login("jc.he"), narrowed).rows == []


def test_the_forecast_says_who_will_have_cards_and_by_when() -> None:
    """Nothing is done meanwhile: what is forecast for five days is there after five days."""
    story = accepted()
    supervisor = people.actor_for_login("jc.he")
    step = story.task("review", "zhao.examiner")
    assert step.due_at is not None
    eve = step.due_at - timedelta(hours=30)
    (line,) = supervision.forecast(supervisor, eve)
    assert line.department == "scjg"
    assert line.counts[0][0] >= 1
    assert supervision.forecast(people.actor_for_login("cg.head"), eve) == []
    supervise(step.due_at)
    after = supervision.forecast(supervisor, step.due_at)
    assert sum(r for one in after for _, r in one.counts) >= 1
