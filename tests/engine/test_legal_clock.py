"""The legal clock of a case: stops, extension, deemed acceptance, as law.md asks for them."""

from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from engine import cases, clocks, db, duetimes, events, notices, people
from engine.cases import extending, lapsing, stopping
from engine.cases.stopping import Asking
from engine.errors import ConflictError, ForbiddenError, InvalidError
from engine.models import Case, ClockStop, Extension, Task
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]
REVIEW = Asking("expert-review", 14, "需组织专家评审库房温控方案")


def at(text: str) -> datetime:
    """Read an instant in the city's own time."""
    return datetime.fromisoformat(f"{text}+08:00")


def accepted(when: str = "2026-03-02T10:00") -> Story:
    """A case of I2 (20 working days) accepted then."""
    story = Story("medical-device-iii", at=at(when)).apply()
    return story.do("wang.clerk", "accept", "accept")


def on(moment: datetime | None) -> date | None:
    """The civil day of a due time."""
    return clocks.last_day(moment) if moment else None


def ask(story: Story, asking: Asking = REVIEW, login: str = "zhao.examiner") -> int:
    """Ask for a stop; return its number."""
    with db.transaction():
        actor = people.actor_for_login(login)
        return stopping.ask_stop(story.case_id, asking, actor=actor, now=story.now).id


def approve(story: Story, stop_id: int, login: str = "qian.head") -> None:
    """Let the head approve it."""
    with db.transaction():
        stopping.approve_stop(stop_id, actor=people.actor_for_login(login), now=story.now)


def end(story: Story, stop_id: int) -> None:
    """End it before its time."""
    with db.transaction():
        actor = people.actor_for_login("zhao.examiner")
        stopping.end_stop(stop_id, actor=actor, now=story.now)


def lapse(story: Story) -> int:
    """Let the worker look."""
    with db.transaction():
        return lapsing.lapse(story.now)


def extend(story: Story, days: int = 10, login: str = "qian.head", why: str = "案情复杂") -> None:
    """Extend the limit."""
    with db.transaction():
        actor = people.actor_for_login(login)
        extending.extend(story.case_id, days, why, actor=actor, now=story.now)


def types(story: Story) -> list[str]:
    """What happened, by kind."""
    return [event.type for event in events.history(story.case_id)]


def stopped() -> tuple[Story, int]:
    """The stop of law.md 4.3, approved on 10 March."""
    story = accepted()
    story.now = at("2026-03-10T09:00")
    stop_id = ask(story)
    approve(story, stop_id)
    return story, stop_id


def test_the_stop_of_the_law_moves_the_statutory_day_to_20_april() -> None:
    """law.md 4.3: 2 March + 20 working days, stopped 10 to 30 March: 20 April."""
    story, _ = stopped()
    assert on(story.case.statutory_due_at) == date(2026, 4, 20)
    words = clocks.explanation(story.case.due_facts["statutory"])
    assert "20个工作日" in words.zh
    assert "专家评审，许可法第45条" in words.zh
    assert "14个工作日不计" in words.zh
    assert "4月20日" in words.zh
    assert "14 working days not counted" in words.en


def test_nothing_stands_still_before_the_head_has_approved() -> None:
    """Asking alone moves no day; refusing neither."""
    story = accepted()
    before = story.case.statutory_due_at
    stop_id = ask(story)
    assert story.case.statutory_due_at == before
    with db.transaction():
        head = people.actor_for_login("qian.head")
        stopping.refuse_stop(stop_id, actor=head, now=story.now)
    assert story.case.statutory_due_at == before
    assert "clock-stop-refused" in types(story)


def test_the_applicant_gets_the_written_notice_in_the_same_act() -> None:
    """C10: the time needed, in writing; document, notice and event of one transaction."""
    story, stop_id = stopped()
    document = cases.documents.of_case(story.case)[-1]
    assert document.kind == "clock-stop"
    assert "14个工作日，预计至2026年3月30日" in str(document.data["facts"])
    row = db.session().get_one(ClockStop, stop_id)
    assert row.notice_number == document.number
    told = [notice.kind for notice in notices.of_case(story.case)]
    assert "clock-stopped" in told
    assert {"clock-stop-asked", "clock-stopped", "due-times-changed"} <= set(types(story))


def test_a_stop_of_the_staff_ends_by_itself_when_planned() -> None:
    """The worker comes late, the day does not move: it is computed from what was told."""
    story, stop_id = stopped()
    story.now = at("2026-04-03T09:00")
    assert lapse(story) == 1
    row = db.session().get_one(ClockStop, stop_id)
    assert row.state == "ended"
    assert on(row.ended_at) == date(2026, 3, 30)
    assert on(story.case.statutory_due_at) == date(2026, 4, 20)
    assert lapse(story) == 0


def test_a_stop_ended_early_gives_back_the_days_it_did_not_need() -> None:
    """10 to 16 March: four working days are not counted."""
    story, stop_id = stopped()
    story.now = at("2026-03-16T15:00")
    end(story, stop_id)
    assert on(story.case.statutory_due_at) == date(2026, 4, 3)


def test_the_open_step_of_a_stopped_case_stands_still_too() -> None:
    """The reviewer's three days do not pass while the experts sit."""
    story = accepted("2026-03-09T10:00")
    story.now = at("2026-03-10T09:00")
    approve(story, ask(story))
    task = (
        db.session()
        .scalars(select(Task).where(Task.case_id == story.case_id, Task.state == "open"))
        .one()
    )
    assert on(task.due_at) == date(2026, 4, 1)


def test_publicity_stops_the_promise_but_not_the_statute() -> None:
    """law.md, note: each clock has its own list of stops."""
    story = accepted()
    statutory, promised = story.case.statutory_due_at, story.case.promised_due_at
    approve(story, ask(story, Asking("publicity", 7, "依法公示")))
    assert story.case.statutory_due_at == statutory
    assert promised is not None
    assert story.case.promised_due_at is not None
    assert story.case.promised_due_at > promised


def test_no_stop_of_the_promise_carries_it_beyond_the_statute() -> None:
    """Rule 9: the promise is never later than the law."""
    story = accepted()
    approve(story, ask(story, Asking("publicity", 60, "依法公示")))
    assert story.case.promised_due_at == story.case.statutory_due_at


@pytest.mark.parametrize(
    ("asking", "field"),
    [
        (Asking("busy", 5, "工作太忙了"), "ground"),
        (Asking("own:", 5, "没有写条款"), "ground"),
        (Asking("", 5, "没有依据"), "ground"),
        (Asking("hearing", 0, "听证"), "planned_days"),
        (Asking("hearing", 9999, "听证"), "planned_days"),
        (Asking("hearing", 5, " "), "reason"),
    ],
)
def test_a_stop_without_ground_time_or_reason_is_refused(asking: Asking, field: str) -> None:
    """The list is closed."""
    with pytest.raises(InvalidError) as refusal:
        ask(accepted(), asking)
    assert set(refusal.value.fields) == {field}


def test_only_the_lead_asks_only_its_head_approves_and_never_the_one_who_asked() -> None:
    """Others are refused before anything is written."""
    story = accepted()
    with pytest.raises(ForbiddenError):
        ask(story, login="cg.wu")
    stop_id = ask(story, login="qian.head")
    for login in ("zhao.examiner", "cg.head", "qian.head"):
        with pytest.raises(ForbiddenError):
            approve(story, stop_id, login)
    with pytest.raises(ConflictError):
        ask(story)
    approve(story, stop_id, "chen.leader")
    with pytest.raises(ConflictError):
        approve(story, stop_id, "chen.leader")


def test_before_acceptance_and_after_the_decision_there_is_nothing_to_stop() -> None:
    """No clock runs then."""
    early = Story("medical-device-iii", at=at("2026-03-02T10:00")).apply()
    with pytest.raises(ConflictError):
        ask(early)
    late = Story("individual-business", at=at("2026-03-02T10:00")).apply()
    late.do("wang.clerk", "accept", "accept").do("feng.registrar", "decide", "grant")
    with pytest.raises(ConflictError):
        ask(late)


def rectifying() -> Story:
    """A case of I2 whose applicant must rectify, which its rule does not count."""
    story = accepted().do("zhao.examiner", "review", "pass")
    story.now = at("2026-03-10T09:00")
    for inspector in ("sun.inspector", "zhou.inspector"):
        story.do(inspector, "site_check", "rectify", opinion="库房温湿度记录不全")
    return story


def test_the_diagram_stops_the_clock_while_a_token_is_inside() -> None:
    """器械办法13: ten days planned; the applicant needs fourteen: all of them are not counted."""
    story = rectifying()
    row = stopping.of_case(story.case)[0]
    assert (row.element, row.state, row.planned) == ("rectify", "running", "10wd")
    assert on(story.case.statutory_due_at) == date(2026, 4, 14)
    kinds = [document.kind for document in cases.documents.of_case(story.case)]
    assert "clock-stop" in kinds
    story.now = at("2026-03-30T09:00")
    assert lapse(story) == 1
    db.session().expire_all()
    overrun = stopping.of_case(story.case)[0]
    assert overrun.overrun_at == story.now
    assert overrun.state == "running"
    assert story.case.statutory_due_at is None
    assert lapse(story) == 0
    rectified: dict[str, Any] = {
        "rectified": [
            {
                "rectified_fault": "记录不全",
                "rectified_measure": "已补齐",
                "rectified_on": "2026-03-30",
            }
        ],
        "rectify_summary": "已全部整改",
    }
    story.do("zhang.san", "rectify", "submitted", answers=rectified)
    ended = stopping.of_case(story.case)[0]
    assert (ended.state, ended.ended_at) == ("ended", story.now)
    assert on(story.case.statutory_due_at) == date(2026, 4, 20)
    assert "own" not in clocks.explanation(story.case.due_facts["statutory"]).zh
    assert {"clock-stopped", "clock-stop-overrun", "clock-resumed"} <= set(types(story))


def test_an_extension_moves_the_statute_once_and_tells_the_reasons() -> None:
    """C06: 20 + 10 working days from 2 March: 14 April; the promise stays."""
    story = accepted()
    promised = story.case.promised_due_at
    extend(story)
    assert on(story.case.statutory_due_at) == date(2026, 4, 14)
    assert story.case.promised_due_at == promised
    words = clocks.explanation(story.case.due_facts["statutory"])
    assert "含依法延长的10个工作日" in words.zh
    assert "10 working days of lawful extension" in words.en
    document = cases.documents.of_case(story.case)[-1]
    assert document.kind == "extension"
    assert "案情复杂" in str(document.data["facts"])
    assert "limit-extended" in types(story)
    with pytest.raises(ConflictError):
        extend(story)


def test_with_a_clock_set_back_no_limit_is_moved() -> None:
    """Neither a stop approved or ended before it was asked for, nor an earlier extension."""
    story = accepted()
    stop_id, asked_at = ask(story), story.now
    story.now = asked_at - timedelta(hours=2)
    for move in (lambda: approve(story, stop_id), lambda: extend(story)):
        with pytest.raises(ConflictError) as refusal:
            move()
        assert "系统时间" in refusal.value.message.zh
    story.now = asked_at
    approve(story, stop_id)
    story.now = asked_at - timedelta(days=1)
    with pytest.raises(ConflictError):
        end(story, stop_id)
    assert not {"limit-extended", "clock-resumed"} & set(types(story))


def test_an_extension_holds_through_a_later_stop() -> None:
    """Both facts count, whichever came first."""
    story = accepted()
    extend(story, 5)
    story.now = at("2026-03-10T09:00")
    approve(story, ask(story))
    assert on(story.case.statutory_due_at) == date(2026, 4, 27)


def test_after_the_deadline_by_others_or_too_long_it_is_refused() -> None:
    """Rule 8: before the deadline only."""
    story = accepted()
    for login in ("zhao.examiner", "cg.head"):
        with pytest.raises(ForbiddenError):
            extend(story, login=login)
    for days in (0, 11):
        with pytest.raises(InvalidError):
            extend(story, days)
    with pytest.raises(InvalidError):
        extend(story, why=" ")
    due = story.case.statutory_due_at
    assert due is not None
    story.now = due
    with pytest.raises(ConflictError):
        extend(story)
    assert "limit-extended" not in types(story)


def test_a_joint_case_is_extended_by_the_government_not_by_the_lead() -> None:
    """许可法 42(2)."""
    story = Story("restaurant-opening", "li.si", at=at("2026-03-02T10:00")).apply()
    story.do("wang.clerk", "accept", "accept")
    with pytest.raises(ForbiddenError):
        extend(story)


def test_told_nothing_for_five_working_days_a_case_counts_as_accepted_from_receipt() -> None:
    """law.md 4.4: received 2 March; on 10 March accepted as of 2 March; due 30 March."""
    story = Story("medical-device-iii", at=at("2026-03-02T10:00")).apply()
    received = story.now
    story.now = at("2026-03-06T23:59")
    assert lapse(story) == 0
    story.now = at("2026-03-09T23:59")
    assert lapse(story) == 1  # the warning of the last day
    assert "receipt-limit-near" in types(story)
    assert story.case.accepted_at is None
    story.now = at("2026-03-10T00:00")
    assert lapse(story) == 1
    assert story.case.accepted_at == received
    assert story.case.status == "accepted"
    assert on(story.case.statutory_due_at) == date(2026, 3, 30)
    assert "case-deemed-accepted" in types(story)
    assert cases.documents.of_case(story.case)[-1].kind == "acceptance"
    told = {n.person_id for n in notices.of_case(story.case) if n.kind == "case-deemed-accepted"}
    assert len(told) > 1
    assert lapse(story) == 0


def test_a_case_deemed_accepted_can_only_be_passed_on() -> None:
    """The unit may neither ask for corrections nor refuse acceptance any more."""
    story = Story("medical-device-iii", at=at("2026-03-02T10:00")).apply()
    received = story.now
    story.now = at("2026-03-10T09:00")
    lapse(story)
    with pytest.raises(ConflictError):
        story.do("wang.clerk", "accept", "not-required")
    story.do("wang.clerk", "accept", "accept")
    assert story.case.accepted_at == received
    kinds = [document.kind for document in cases.documents.of_case(story.case)]
    assert kinds.count("acceptance") == 1
    assert story.waiting() == [("review", "scjg")]


def test_an_act_within_the_limit_keeps_the_law_from_acting() -> None:
    """Accepted or asked to correct in time: nothing lapses."""
    done = accepted()
    asked = Story("medical-device-iii", at=at("2026-03-02T10:00")).apply()
    point = {
        "kind": "field", "target": "head", "label_zh": "负责人", "label_en": "Head",
        "reason": "不一致",
    }  # fmt: skip
    asked.do("wang.clerk", "accept", "correct", corrections=[point])
    done.now = at("2026-04-30T09:00")
    assert lapse(done) == 0
    assert asked.case.status == "correcting"


SPANS = st.lists(
    st.tuples(
        st.sampled_from(["hearing", "publicity", "own:器械办法13", "dispute:取水条例18"]),
        st.integers(0, 40),
        st.integers(0, 30),
    ),
    max_size=4,
)


@given(
    promised=st.integers(1, 20),
    more=st.integers(0, 10),
    extra=st.integers(0, 10),
    start=st.integers(0, 300),
    spans=SPANS,
)
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
def test_the_promise_is_never_later_than_the_statute_whatever_happens(
    promised: int, more: int, extra: int, start: int, spans: list[tuple[str, int, int]]
) -> None:
    """Rules 8 to 10: after any stops, suspensions and extension, of any length and order."""
    first = at("2026-01-05T10:00") + timedelta(days=start)
    case = Case(id=1, received_at=first, accepted_at=first, due_facts={})
    process = SimpleNamespace(
        clock_start="accepted",
        statutory_limit=f"{promised + more}wd",
        promised_limit=f"{promised}wd",
    )
    stops = [
        ClockStop(
            ground=ground,
            state="ended",
            started_at=first + timedelta(days=begun),
            ended_at=first + timedelta(days=begun + lasted),
        )
        for ground, begun, lasted in spans
    ]
    longer = Extension(limit=f"{extra}wd") if extra else None
    of: Any = SimpleNamespace(process=process)
    timed = duetimes.compute(case, of, duetimes.Facts(stops, longer))
    due, promise = timed.dues["statutory"], timed.dues["promised"]
    assert due is not None
    assert promise is not None
    assert promise.at <= due.at
    kept = duetimes.compute(case, of, duetimes.Facts(stops))
    unextended = kept.dues["statutory"]
    assert unextended is not None
    assert due.at >= unextended.at
