"""Letters of supervision, reminders, and reasons of an overrun made public."""

from datetime import date, timedelta
from typing import Any

import pytest

from engine import clocks, db, documents, events, notices, people, supervision
from engine.clock import civil_date
from engine.errors import (
    ConflictError,
    ForbiddenError,
    InvalidError,
    NotFoundError,
)
from engine.models import Case, Letter
from tests.engine.supervision.scenes import MONDAY, accepted, act, carded, of_cause, supervise
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]
WORDS = "现场核查排期过长，已增派人员，本周内完成。"


def writing(story: Story, **more: Any) -> supervision.Writing:
    """An urging about a case, to its lead department."""
    values = {
        "kind": "urging", "department": "scjg", "subject": "关于加快办理的督办",
        "findings": "该办件审查环节已经超期。", "demands": "三日内办结审查\n书面说明超期原因",
        "reply_on": clocks.due(story.now, "3wd").on, "case_id": story.case_id, **more,
    }  # fmt: skip
    return supervision.Writing(**values)


def send(story: Story, login: str = "jc.he", **more: Any) -> Letter:
    """A supervisor sends a letter."""
    with db.transaction():
        actor = people.actor_for_login(login)
        return supervision.issue_letter(writing(story, **more), actor=actor, now=story.now)


def answered(letter: Letter, story: Story, login: str = "chen.leader", text: str = WORDS) -> Letter:
    """Somebody replies to a letter."""
    with db.transaction():
        actor = people.actor_for_login(login)
        return supervision.reply(letter.id, text, actor=actor, now=story.now)


def verified(letter: Letter, story: Story, *, sound: bool, login: str = "jc.he") -> Letter:
    """A supervisor verifies a reply."""
    with db.transaction():
        actor = people.actor_for_login(login)
        return supervision.verify_letter(letter.id, WORDS, sound=sound, actor=actor, now=story.now)


def test_a_letter_is_numbered_told_replied_to_verified_and_closed() -> None:
    """Two letters have numbers in a row; the record tells each turn."""
    story = accepted()
    first, second = send(story), send(story, role="examiner")
    numbers = [letter.document.number for letter in (first, second)]
    assert numbers == ["江监察督字〔2026〕1号", "江监察督字〔2026〕2号"]
    told = {n.person_id for n in notices.of_case(story.case) if n.kind == "letter"}
    assert people.actor_for_login("zhao.examiner").person_id in told
    assert people.actor_for_login("chen.leader").person_id in told
    answered(second, story, "zhao.examiner")
    verified(second, story, sound=False)
    answered(second, story)
    assert verified(second, story, sound=True).state == "closed"
    types = [e.type for e in supervision.letter_history(second)]
    assert types == [
        *("letter-issued", "letter-replied", "letter-returned", "letter-replied"),
        "letter-closed",
    ]
    with pytest.raises(ConflictError):
        answered(second, story)
    assert events.verify(f"case:{story.case_id}") == []


def test_an_advice_is_about_cards_of_its_unit_and_is_a_document_that_never_changes() -> None:
    """Findings, demands and the cards stand in it; the applicant does not get it."""
    story, card = carded()
    letter = send(story, kind="advice", case_id=None, cards=(card.id,))
    paper = letter.document
    assert paper.public is False
    assert paper.title_zh == "监察建议书"
    assert paper.data["to"] == "江城市市场监督管理局"
    assert [point[0] for point in paper.data["points"]] == ["三日内办结审查", "书面说明超期原因"]
    assert [c.id for c in supervision.cards_of(letter)] == [card.id]
    with pytest.raises(Exception, match="never changed"), db.transaction() as session:
        session.get_one(documents.Document, paper.id).data = {}
    for wrong in ({"cards": ()}, {"department": "cgj", "cards": (card.id,)}):
        with pytest.raises(InvalidError) as refusal:
            send(story, kind="advice", case_id=None, **wrong)
        assert "cards" in refusal.value.fields
    with pytest.raises(NotFoundError):
        send(story, kind="advice", case_id=None, cards=(card.id, 999))


def test_a_reply_that_does_not_come_is_a_yellow_card_and_then_a_red_one() -> None:
    """The card of the letter's unit; a reply that comes before the look is late all the same."""
    story = accepted()
    letter = send(story)
    supervise(letter.reply_by - timedelta(minutes=1))
    assert [c.level for c in supervision.of_case(story.case) if c.cause == "letter"] == ["warning"]
    supervise(letter.reply_by)
    card = of_cause(story, "letter")
    assert (card.level, card.state, card.department_code) == ("yellow", "issued", "scjg")
    assert card.answer_by is not None
    supervise(card.answer_by)
    assert of_cause(story, "letter").level == "red"
    later = send(story)
    story.now = later.reply_by + timedelta(hours=1)
    assert answered(later, story).replied_at == story.now
    assert supervision.letter_history(later)[-1].data["late"] is True
    supervise(story.now)
    found = [c for c in supervision.of_case(story.case) if c.subject == str(later.id)]
    assert [c.level for c in found] == ["yellow"]


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"reply_on": civil_date(MONDAY)}, "reply_on"),
        ({"reply_on": civil_date(MONDAY) - timedelta(days=3)}, "reply_on"),
        ({"reply_on": date(2026, 3, 7)}, "reply_on"),
        ({"reply_on": date(2027, 3, 1)}, "reply_on"),
        ({"reply_on": None}, "reply_on"),
        ({"subject": " "}, "subject"),
        ({"findings": "字" * 4001}, "findings"),
        ({"demands": ""}, "demands"),
        ({"kind": "praise"}, "kind"),
        ({"department": "nowhere"}, "department"),
        ({"department": "cgj"}, "department"),
        ({"role": "registrars"}, "role"),
        ({"case_id": None}, "cards"),
    ],
)
def test_a_letter_that_cannot_be_is_refused_at_its_field(wrong: dict[str, Any], field: str) -> None:
    """A past day, a Saturday, a day too far, a unit without a part in the case."""
    story = accepted()
    with pytest.raises(InvalidError) as refusal:
        send(story, **wrong)
    assert field in refusal.value.fields
    assert supervision.letters_of_case(story.case, people.actor_for_login("jc.he")) == []


def test_others_neither_write_nor_reply_nor_verify() -> None:
    """A leader writes none; another unit does not even see it; the unit does not verify itself."""
    story = accepted()
    with pytest.raises(ForbiddenError):
        send(story, "chen.leader")
    letter = send(story)
    with pytest.raises(NotFoundError):
        answered(letter, story, "cg.head")
    with pytest.raises(ForbiddenError):
        answered(letter, story, "wang.clerk")
    with pytest.raises(ForbiddenError):
        answered(letter, story, "jc.he")
    with pytest.raises(ConflictError):
        verified(letter, story, sound=True)
    answered(letter, story)
    with pytest.raises(ConflictError):
        answered(letter, story)
    with pytest.raises(ForbiddenError):
        verified(letter, story, sound=True, login="chen.leader")
    with pytest.raises(InvalidError):
        answered(send(story), story, text=" ")


def test_the_lists_show_each_unit_its_own_letters() -> None:
    """Staff of the unit read them; others find none."""
    story = accepted()
    letter = send(story)
    wanted = supervision.LettersWanted(kind="urging", state="issued", department="scjg")
    for login in ("jc.he", "wang.clerk"):
        page = supervision.letters(people.actor_for_login(login), wanted)
        assert [one.id for one in page.rows] == [letter.id]
    assert supervision.letters(people.actor_for_login("cg.wu"), wanted).rows == []


def remind(story: Story, login: str, text: str = "") -> Case:
    """Somebody reminds."""
    with db.transaction():
        actor = people.actor_for_login(login)
        return supervision.remind(story.case_id, text, actor=actor, now=story.now)


def test_whoever_is_on_a_case_reminds_those_whose_turn_it_is() -> None:
    """A colleague and the applicant, each with a pause; when it is late the leader hears of it."""
    story = accepted()
    remind(story, "wang.clerk", "企业急等开业")
    told = [n for n in notices.of_case(story.case) if n.kind == "case-urged"]
    assert {n.person_id for n in told} == {people.actor_for_login("zhao.examiner").person_id}
    assert "企业急等开业" in told[0].body_zh
    assert told[0].path.startswith("/tasks/")
    with pytest.raises(ConflictError):
        remind(story, "chen.leader")
    remind(story, "zhang.san")
    story.later(days=21)
    remind(story, "zhang.san")
    leader = people.actor_for_login("chen.leader").person_id
    assert leader in {n.person_id for n in notices.of_case(story.case) if n.kind == "case-urged"}
    with pytest.raises(NotFoundError):
        remind(story, "li.si")
    with pytest.raises(InvalidError):
        remind(story, "wang.clerk", "字" * 201)


def test_nobody_is_reminded_when_it_is_the_applicants_turn_or_all_is_done() -> None:
    """The reasons are told."""
    story = Story("individual-business", at=MONDAY).apply()
    correction = {"kind": "other", "target": "", "label_zh": "x", "label_en": "x", "reason": "y"}
    story.do("wang.clerk", "accept", "correct", corrections=[correction])
    with pytest.raises(ConflictError, match=r"[Nn]othing waits|没有等待"):
        remind(story, "wang.clerk")


def explain(story: Story, login: str = "zhao.examiner", text: str = "现场核查因暴雨推迟。") -> Case:
    """The unit tells why it is late."""
    with db.transaction():
        actor = people.actor_for_login(login)
        return supervision.explain_overdue(story.case_id, text, actor=actor, now=story.now)


def test_an_overrun_that_nobody_explains_in_public_has_a_card_and_an_explained_one_has_not() -> (
    None
):
    """One working day after the promise; the applicant is told the reason."""
    silent, told = accepted(), accepted()
    with pytest.raises(ConflictError):
        explain(told)
    due = told.case.promised_due_at
    assert due is not None
    silent.now = told.now = due + timedelta(hours=10)
    with pytest.raises(ForbiddenError):
        explain(told, "cg.wu")
    with pytest.raises(InvalidError):
        explain(told, text="忙")
    explain(told)
    assert [e.data["reason"] for e in supervision.explanations(told.case)] == [
        "现场核查因暴雨推迟。"
    ]
    kinds = [n.kind for n in notices.of_case(told.case) if n.person_id == told.case.applicant_id]
    assert "overdue-explained" in kinds
    supervise(due + timedelta(days=4))
    assert of_cause(silent, "explanation").level == "yellow"
    assert [c for c in supervision.of_case(told.case) if c.cause == "explanation"] == []


def test_a_letter_may_rest_on_a_card_that_was_answered_but_not_on_one_withdrawn() -> None:
    """What was withdrawn is no basis for anything."""
    story, card = carded()
    act("jc.he", "withdraw", card, story.now)
    with pytest.raises(InvalidError) as refusal:
        send(story, kind="advice", case_id=None, cards=(card.id,))
    assert "cards" in refusal.value.fields
