"""Cards for what people said about a case and nobody saw to: questions, ratings, complaints."""

from datetime import date, datetime, timedelta

import pytest

from engine import clocks, db, events, notices, supervision, voices
from engine.errors import NotFoundError
from engine.models import Card, Complaint, Question
from tests.engine.supervision.scenes import MONDAY, accepted, of_cause, supervise
from tests.engine.voices.scenes import COMPLAINT, actor, ended, rated
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]


def causes(story: Story) -> list[str]:
    """What its cards are about, signals left out."""
    return [one.cause for one in supervision.of_case(story.case) if one.level == "yellow"]


def ask(case: str = "", item: str = "") -> Question:
    """The applicant asks on the Monday about an own case, or about an item."""
    asking = voices.questions.Asking("还要多久", "我的申请还要多久能办好？", item=item, case=case)
    with db.transaction():
        return voices.questions.ask(asking, origin="", actor=actor("zhang.san"), now=MONDAY)


def complain(case: str = "") -> Complaint:
    """The applicant complains on the Monday, by name."""
    filing = voices.complaints.Filing(
        COMPLAINT, named=True, department="" if case else "scjg", case=case
    )
    with db.transaction():
        return voices.complaints.file(filing, origin="", actor=actor("zhang.san"), now=MONDAY)


def take_up(complaint: Complaint, assigned: datetime = MONDAY) -> Complaint:
    """The supervisor takes it up on the Monday and lets the unit know of it."""
    with db.transaction():
        voices.complaints.accept(complaint.id, actor=actor("jc.he"), now=MONDAY)
    with db.transaction():
        return voices.complaints.assign(complaint.id, actor=actor("jc.he"), now=assigned)


def by(card: Card) -> date:
    """The last day of the limit that its card is about."""
    return clocks.last_day(datetime.fromisoformat(card.evidence[0]["due_at"]))


def card_event(story: Story) -> dict[str, object]:
    """What the record of the case says of its latest card."""
    found = [one for one in events.history(story.case_id) if one.type == "card-issued"]
    return found[-1].data


def test_a_question_about_a_case_that_nobody_answers_gets_the_unit_a_yellow_card() -> None:
    """Asked on Monday 2 March: 3, 4, 5, 6 and Monday the 9th; on the 10th the card, once."""
    story = accepted()
    ask(story.case.number)
    supervise(MONDAY + timedelta(days=7))
    assert "question" not in causes(story)
    supervise(MONDAY + timedelta(days=8))
    card = of_cause(story, "question")
    assert (card.level, card.state, card.department_code) == ("yellow", "issued", "scjg")
    assert by(card) == date(2026, 3, 9)
    words = clocks.explanation(card.evidence[0]["due_facts"])
    assert words.zh == "3月2日起算，5个工作日，至3月9日"
    assert words.en == "Counted from 2 Mar: 5 working days, until 9 Mar"
    assert card_event(story)["cause"] == "question"
    supervise(MONDAY + timedelta(days=9))
    assert causes(story).count("question") == 1


def test_a_question_answered_late_between_two_looks_is_carded_all_the_same() -> None:
    """Late is late, whether or not somebody looked meanwhile; in time is in time."""
    late, prompt = accepted(), accepted()
    for story, days in ((late, 8), (prompt, 7)):
        question, now = ask(story.case.number), MONDAY + timedelta(days=days)
        with db.transaction():
            voices.questions.answer(question.id, "三日内办结。", actor=actor("wang.clerk"), now=now)
        with db.transaction():
            supervision.issue(story.case_id, now=MONDAY + timedelta(days=9))
    assert causes(late).count("question") == 1
    assert "question" not in causes(prompt)


def test_a_bad_rating_that_no_head_looks_into_gets_a_card_and_the_record_keeps_silent() -> None:
    """Rated on Monday 2 March: one working day, the 3rd. Who handled the case reads its record."""
    story = ended(at=MONDAY)
    rated(story)
    supervise(MONDAY + timedelta(days=1))
    assert causes(story) == []
    supervise(MONDAY + timedelta(days=2))
    card = of_cause(story, "rating")
    assert (card.level, card.state, card.department_code) == ("yellow", "issued", "scjg")
    assert by(card) == date(2026, 3, 3)
    told = card_event(story)
    assert told["cause"] == "withheld"
    assert not {"rule", "version"} & set(told)
    assert supervise(MONDAY + timedelta(days=3)) == []
    assert events.verify(f"case:{story.case_id}") == []


def test_a_good_rating_and_one_that_was_looked_into_get_no_card() -> None:
    """Only a bad one with a name waits for somebody."""
    good, seen = ended(at=MONDAY), ended(at=MONDAY)
    rated(good, level=5)
    rating = rated(seen)
    with db.transaction():
        voices.ratings.contact(
            rating.id, "true", "已致歉并改进。", actor=actor("chen.leader"), now=seen.now
        )
    supervise(MONDAY + timedelta(days=5))
    assert causes(good) == causes(seen) == []


def test_a_unit_that_does_not_report_on_a_complaint_gets_a_card_its_clerks_do_not_see() -> None:
    """Taken up on Monday 2 March, 15 working days: until the 23rd; on the 24th the card."""
    story = ended(at=MONDAY)
    take_up(complain(story.case.number))
    supervise(MONDAY + timedelta(days=21))
    assert causes(story) == []
    supervise(MONDAY + timedelta(days=22))
    card = of_cause(story, "complaint")
    assert (card.level, card.department_code, card.person_id) == ("yellow", "scjg", None)
    assert by(card) == date(2026, 3, 23)
    assert card_event(story)["cause"] == "withheld"
    clerk = actor("wang.clerk")
    with pytest.raises(NotFoundError):
        supervision.find(card.id, clerk)
    kinds = {one.kind for one in notices.list_for(clerk.person_id or 0).rows}
    assert not kinds & {"card", "card-yellow", "complaint"}
    assert supervision.find(card.id, actor("chen.leader")).id == card.id


def test_what_the_supervisors_owe_or_concerns_no_case_stays_in_the_list_without_a_card() -> None:
    """Not taken up yet, let known too late, about a department, about an item: listed as late."""
    cases = [ended(at=MONDAY) for _ in range(2)]
    filed = complain(cases[0].case.number)
    too_late = take_up(complain(cases[1].case.number), MONDAY + timedelta(days=30))
    about_unit, about_item = take_up(complain()), ask(item="individual-business")
    now = MONDAY + timedelta(days=60)
    supervise(now)
    assert [causes(story) for story in cases] == [[], []]
    listed = {one.number for one in voices.overdue(now)}
    assert listed == {one.number for one in (filed, too_late, about_unit, about_item)}


def test_a_rule_about_voices_is_tried_like_any_other() -> None:
    """One open question is over its time now; with three days of grace it is not."""
    story = accepted()
    ask(story.case.number)
    now = MONDAY + timedelta(days=8)
    change = supervision.Change(3, 3, active=True, effective_on=now.date(), reason="宽限三日")
    tried = supervision.trial(supervision.newest("question-over"), change, now=now)
    assert (tried.of_open, tried.open, tried.open_before) == (1, 0, 1)
