"""Breaches the record shows, late work that is done before anybody looks, and hearing first."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from sqlalchemy import select, text

from engine import cases, db, events, people, supervision
from engine.clock import civil_date
from engine.definitions import bundle
from engine.errors import ConflictError, ForbiddenError, InvalidError
from engine.models import Card, ClockStop, Event, Task
from engine.supervision import facts, offences, watching
from engine.supervision.judging import Fact
from forms.text import Text
from tests.engine.supervision.scenes import MONDAY, accepted, act, of_cause, supervise
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]


def levels(story: Story) -> dict[str, str]:
    """Level of each card of a case, by cause."""
    return {card.cause: card.level for card in supervision.of_case(story.case)}


def registered() -> Story:
    """A case of I1 decided and delivered in one morning."""
    story = Story("individual-business", at=MONDAY).apply()
    story.do("wang.clerk", "accept", "accept").do("feng.registrar", "decide", "grant")
    return story.do("wang.clerk", "deliver_licence", "delivered")


def tampered(sql: str, **values: object) -> None:
    """Somebody with a hand in the database gets around what protects a record."""
    with db.transaction() as session:
        session.execute(text("set local session_replication_role = replica"))
        session.execute(text(sql), values)


def test_what_the_engine_does_rightly_has_no_offence() -> None:
    """A case from end to end, and one refused with reasons and remedies."""
    done = registered()
    refused = Story("individual-business", at=MONDAY).apply()
    refused.do("wang.clerk", "accept", "accept").do("feng.registrar", "decide", "refuse")
    supervise(MONDAY + timedelta(hours=1))
    assert levels(done) == {}
    assert (
        not {"skipped", "conflict", "unreasoned", "baseless", "tampered"} & levels(refused).keys()
    )


def test_the_steps_that_no_way_to_a_decision_avoids_are_known() -> None:
    """Acceptance always comes before the decision; a second look only on one way."""
    of = bundle(accepted().case.version_id)
    needed = offences.required_before(of.process, "decide")
    assert "accept" in needed
    assert "decide" not in needed
    assert set(needed) <= set(of.steps)
    assert "recheck" not in needed


def test_a_decision_without_a_step_before_it_is_a_red_card() -> None:
    """The acceptance is gone from the record of work."""
    story = registered()
    tampered("delete from task where case_id = :case and element = 'accept'", case=story.case_id)
    supervise(story.now)
    card = of_cause(story, "skipped")
    assert (card.level, card.state) == ("red", "issued")
    assert card.evidence[-1]["found"][0].startswith("缺少环节")
    assert card.person_id == people.actor_for_login("feng.registrar").person_id


def test_posts_that_are_kept_apart_and_done_by_one_person_are_a_red_card() -> None:
    """The examiner's step is put under the name of who decided."""
    story = accepted()
    of = bundle(story.case.version_id)
    step = next(s for s in of.steps.values() if s.not_same_as)
    other = step.not_same_as[0]
    actor = people.actor_for_login("zhao.examiner")
    with db.transaction() as session:
        like = session.scalars(select(Task).where(Task.case_id == story.case_id)).first()
        assert like is not None
        for number, element in enumerate((other, step.element)):
            session.add(
                Task(
                    id=f"t{number}",
                    case_id=story.case_id,
                    item_code=like.item_code,
                    element=element,
                    name_zh="x",
                    name_en="x",
                    act="",
                    state="completed",
                    department_code="scjg",
                    role="examiner",
                    created_at=story.now,
                    due_facts={},
                    completed_at=story.now + timedelta(minutes=number),
                    completed_by=actor.person_id,
                    answers={},
                    draft={},
                )
            )
    found = [f for f in offences.of_cases([story.case_id]) if f.cause == "conflict"]
    assert any("同一人" in fact.step.zh for fact in found)
    supervise(story.now)
    assert levels(story)["conflict"] == "red"


def test_a_refusal_without_remedies_and_a_stop_without_notice_are_red_cards() -> None:
    """Both rows are changed behind the engine's back."""
    refused = Story("individual-business", at=MONDAY).apply()
    refused.do("wang.clerk", "accept", "accept").do("feng.registrar", "decide", "refuse")
    tampered(
        "update document set data = jsonb_set(data, '{remedies}', 'null')"
        " where case_id = :case and kind = 'refused'",
        case=refused.case_id,
    )
    stopped = accepted()
    with db.transaction() as session:
        session.add(
            ClockStop(
                case_id=stopped.case_id,
                ground="because",
                department_code="scjg",
                state="running",
                asked_at=stopped.now,
                started_at=stopped.now,
                reason="",
            )
        )
    with db.transaction() as session:
        events.of_case(
            cases.get(stopped.case_id),
            "clock-stopped",
            people.actor_for_login("wang.clerk"),
            stopped.now,
        )
    supervise(stopped.now)
    assert "救济途径" in of_cause(refused, "unreasoned").evidence[-1]["found"][0]
    assert "书面告知" in of_cause(stopped, "baseless").evidence[-1]["found"][0]
    assert of_cause(refused, "unreasoned").level == of_cause(stopped, "baseless").level == "red"


def test_a_closed_record_that_was_changed_is_a_red_card_whenever_its_turn_comes() -> None:
    """Nothing has happened in the case since; the chains of closed cases are checked in turn."""
    story = registered()
    supervise(story.now + timedelta(days=1))
    assert levels(story) == {}
    tampered(
        "update event set data = '{}' where case_id = :case and type = 'case-decided'",
        case=story.case_id,
    )
    supervise(story.now + timedelta(days=2))
    assert levels(story) == {"tampered": "red"}
    assert supervise(story.now + timedelta(days=3)) == []


def test_a_touched_chain_is_checked_at_once_and_all_others_once_a_day() -> None:
    """However few have their turn in a look, a case that was just closed has its chain checked."""
    story = registered()
    supervise(story.now + timedelta(minutes=5))
    assert watching.unseen(story.now).chains == ()
    assert watching.unseen(story.now + timedelta(days=1)).chains == (story.case_id,)
    other = registered()
    tampered(
        "update event set data = '{}' where case_id = :case and type = 'case-decided'",
        case=other.case_id,
    )
    seen = watching.unseen(other.now, 0)
    assert (other.case_id in seen.case_ids, seen.chains) == (True, ())
    assert supervision.look(other.now, seen=seen) == [other.case_id]


def test_a_receipt_missed_is_carded_though_the_law_accepts_the_case_before_anybody_looks() -> None:
    """Deemed acceptance is set back to the day of receipt; the unit has missed it still."""
    story = Story("individual-business", at=MONDAY).apply()
    due = story.case.receipt_due_at
    assert due is not None
    with db.transaction():
        cases.lapsing.lapse(due)
    assert story.case.accepted_at == story.case.received_at
    supervise(due + timedelta(minutes=1))
    assert of_cause(story, "receipt").level == "yellow"
    assert of_cause(story, "receipt").evidence[-1]["due_at"] == due.isoformat()


def test_late_work_done_while_no_worker_ran_has_its_card() -> None:
    """Days late and done: the worker sees it afterwards; work in time has no card."""
    late, prompt = accepted(), accepted()
    prompt.do("zhao.examiner", "review", "pass")
    late.later(days=21).do("zhao.examiner", "review", "pass")
    supervise(late.now)
    assert levels(late)["step"] == "yellow"
    assert [c for c in supervision.of_case(prompt.case) if c.subject.startswith("review")] == []
    review = next(
        t.id
        for t in db.session().scalars(select(Task).where(Task.case_id == prompt.case_id))
        if t.element == "review"
    )
    assert review not in {c.subject for c in supervision.of_case(prompt.case)}


def test_the_mark_moves_behind_what_is_still_being_written() -> None:
    """Young events are looked at again; old ones are not."""
    story = accepted()
    last = db.session().scalar(select(Event.id).order_by(Event.id.desc()).limit(1))
    assert story.case_id in watching.unseen(story.now).case_ids
    with db.transaction():
        supervision.note_seen(watching.unseen(story.now + timedelta(minutes=1)))
    assert story.case_id in watching.unseen(story.now).case_ids
    with db.transaction():
        supervision.note_seen(watching.unseen(story.now + timedelta(minutes=3)))
    assert watching.unseen(story.now).case_ids == ()
    assert watching.mark(watching.EVENTS) == str(last)


def test_a_stop_warns_near_its_planned_end_and_is_carded_when_the_diagram_overruns_it() -> None:
    """One that staff asked for ends by itself, so it is never over."""
    story = accepted()
    planned = MONDAY + timedelta(days=14)
    with db.transaction() as session:
        for element in ("expert_review", None):
            session.add(
                ClockStop(
                    case_id=story.case_id,
                    ground="expert-review",
                    department_code="scjg",
                    state="running",
                    planned="10wd",
                    planned_end_at=planned,
                    reason="",
                    asked_at=MONDAY,
                    started_at=MONDAY,
                    notice_number="1",
                    element=element,
                )
            )
    supervise(planned - timedelta(hours=1))
    found = [c.level for c in supervision.of_case(story.case) if c.cause == "stop"]
    assert found == ["warning", "warning"]
    supervise(planned + timedelta(hours=1))
    found = [c.level for c in supervision.of_case(story.case) if c.cause == "stop"]
    assert sorted(found) == ["warning", "yellow"]


def hear_first(code: str = "yellow-unanswered") -> None:
    """Switch a rule of red cards to hearing first."""
    change = supervision.Change(0, 3, True, civil_date(MONDAY), "先听取意见", hearing_first=True)
    with db.transaction():
        actor = people.actor_for_login("jc.he")
        supervision.change_rule(code, change, actor=actor, now=MONDAY)


def proposed() -> tuple[Story, Card]:
    """A red card for the statutory limit, on which the unit is heard."""
    hear_first("statutory-over")
    story = accepted()
    due = story.case.statutory_due_at
    assert due is not None
    supervise(due)
    story.now = due
    return story, of_cause(story, "statutory")


def test_a_red_card_that_is_heard_first_does_not_count_until_it_is_decided() -> None:
    """The unit states its case, the supervisor confirms; then it must be answered."""
    story, card = proposed()
    assert (card.level, card.state) == ("red", "hearing")
    city = supervision.figures(people.actor_for_login("jc.he"), story.now)
    assert (city.red, city.hearing) == (0, 1)
    with pytest.raises(ConflictError):
        act("jc.he", "confirm", card, story.now)
    with pytest.raises(ConflictError):
        act("chen.leader", "answer", card, story.now)
    with pytest.raises(ForbiddenError):
        act("jc.he", "state_case", card, story.now)
    act("chen.leader", "state_case", card, story.now)
    assert supervision.figures(people.actor_for_login("jc.he"), story.now).heard == 1
    act("jc.he", "confirm", card, story.now)
    assert of_cause(story, "statutory").state == "issued"
    act("chen.leader", "answer", card, story.now)
    types = [event.type for event in supervision.history(card)]
    assert types[-4:] == ["card-proposed", "card-heard", "card-issued", "card-answered"]


def test_a_unit_that_says_nothing_is_not_asked_twice_and_a_good_reason_ends_it() -> None:
    """Silence lets the card stand; a proposed card can be withdrawn."""
    story, card = proposed()
    asked_by = card.answer_by
    assert asked_by is not None
    supervise(asked_by)
    standing = of_cause(story, "statutory")
    assert (standing.level, standing.state) == ("red", "issued")
    assert standing.answer_by is not None
    assert standing.answer_by > asked_by
    story, card = proposed()
    act("jc.he", "withdraw", card, story.now)
    supervise(story.now + timedelta(days=30))
    assert of_cause(story, "statutory").state == "withdrawn"


def test_only_rules_of_red_cards_can_hear_first() -> None:
    """At its field."""
    with pytest.raises(InvalidError) as refusal:
        hear_first("step-over")
    assert set(refusal.value.fields) == {"hearing_first"}


def complaint(story: Story) -> Callable[..., list[Fact]]:
    """Another part of the system that knows of a complaint waiting for its answer."""

    def tell(case_ids: object, since: object) -> list[Fact]:
        return [
            Fact(
                story.case_id,
                "x",
                "complaint",
                "7",
                Text("投诉", "A complaint"),
                "scjg",
                "",
                None,
                MONDAY,
                MONDAY + timedelta(days=3),
            )
        ]

    return tell


def test_another_module_feeds_a_cause_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """A complaint that nobody answers is judged by the rule of its cause."""
    story = accepted()
    monkeypatch.setattr(facts, "_FED", {})
    supervision.feed("complaint", complaint(story))  # type: ignore[arg-type]
    supervise(MONDAY + timedelta(days=2))
    assert "complaint" not in levels(story)
    supervise(MONDAY + timedelta(days=3))
    assert levels(story)["complaint"] == "yellow"
    with pytest.raises(LookupError):
        supervision.feed("weather", complaint(story))  # type: ignore[arg-type]


def test_a_suspension_has_its_basis_and_its_notice() -> None:
    """What the law of another item allows is no stop without a ground."""
    story = accepted()
    with db.transaction() as session:
        session.add(
            ClockStop(
                case_id=story.case_id,
                kind="suspension",
                ground="dispute:取水条例18",
                department_code="scjg",
                state="running",
                asked_at=story.now,
                started_at=story.now,
                notice_number="1",
            )
        )
    assert [f.cause for f in offences.of_cases([story.case_id])] == []
