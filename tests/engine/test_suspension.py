"""中止, withdrawal and emergencies: what stops a case, ends it, or begins it before its time."""

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from engine import cases, clocks, cohandling, db, firing
from engine.cases import emergencies, extending, stopping, suspending, withdrawing
from engine.cases.suspending import Asking
from engine.cases.withdrawing import Signed
from engine.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from engine.models import CoHandling, Subscription, Task, Timer
from tests.engine import clockwork, wide
from tests.engine.bpmn.diagrams import chain, end, node, start, user
from tests.engine.clockwork import act, actor, at, event, kinds, lapse, on, told, types
from tools import city
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]
DISPUTE = Asking("dispute", "取水条例18", "相邻权人就取水点提出争议")


def accepted(when: str = "2026-03-02T10:00") -> Story:
    """A case of I2 (20 working days, promise 14) accepted then."""
    story = Story("medical-device-iii", at=at(when)).apply()
    return story.do("wang.clerk", "accept", "accept")


def suspend(story: Story) -> int:
    """Ask for a suspension and let the head approve it."""
    found: int = act(suspending.ask, story.case_id, DISPUTE, login="zhao.examiner", story=story).id
    act(suspending.approve, found, login="qian.head", story=story)
    return found


def resume(story: Story, found: int, why: str = "争议已经调解解决") -> None:
    """Let it go on."""
    act(suspending.resume, found, why, login="zhao.examiner", story=story)


def open_task(story: Story) -> Task:
    """The open task of a case, as it stands now."""
    query = select(Task).where(Task.case_id == story.case_id, Task.state == "open")
    return db.session().scalars(query.execution_options(populate_existing=True)).one()


def suspended() -> tuple[Story, int]:
    """A case suspended on 10 March."""
    story = accepted()
    story.now = at("2026-03-10T09:00")
    return story, suspend(story)


def test_everything_stands_still_and_the_applicant_is_told_in_the_same_act() -> None:
    """No due time runs: not the case's, not the step's; document, notice and events are there."""
    story, _ = suspended()
    case = story.case
    assert (case.statutory_due_at, case.promised_due_at) == (None, None)
    assert case.suspended_at == story.now
    assert open_task(story).due_at is None
    assert cases.status_text(case).zh == "已中止"
    paper = cases.documents.of_case(case)[-1]
    assert paper.kind == "suspension"
    assert "取水条例18" in str(paper.data["facts"])
    assert "相邻权人" in str(paper.data["facts"])
    assert {"zhang.san", "zhao.examiner"} <= told(story, "case-suspended")
    assert {"suspension-asked", "case-suspended", "due-times-changed"} <= set(types(story))


def test_no_task_can_be_done_while_it_is_suspended() -> None:
    """Neither by the staff nor by a shortcut; the refusal says why, and nothing is written."""
    story, found = suspended()
    with pytest.raises(ConflictError) as refusal:
        story.do("zhao.examiner", "review", "pass")
    assert "已中止" in refusal.value.message.zh
    assert "suspended" in refusal.value.message.en
    for forbidden in (extend, ask_stop):
        with pytest.raises(ConflictError):
            forbidden(story)
    resume(story, found)
    story.do("zhao.examiner", "review", "pass")


def extend(story: Story) -> None:
    """An extension of what does not run."""
    act(extending.extend, story.case_id, 5, "案情复杂", login="qian.head", story=story)


def ask_stop(story: Story) -> None:
    """A stop of what stands still."""
    asking = stopping.Asking("hearing", 5, "依法听证")
    act(stopping.ask_stop, story.case_id, asking, login="zhao.examiner", story=story)


def test_resumed_all_due_times_move_by_the_days_it_stood_still() -> None:
    """law.md 4.3 with a suspension in place of the stop: 10 to 30 March, due on 20 April."""
    story, found = suspended()
    story.now = at("2026-03-30T09:00")
    resume(story, found)
    case = story.case
    assert on(case.statutory_due_at) == date(2026, 4, 20)
    assert case.promised_due_at is not None
    assert case.promised_due_at <= case.statutory_due_at
    words = clocks.explanation(case.due_facts["statutory"])
    assert "中止：与申请有关的争议，取水条例18" in words.zh
    assert "14个工作日不计" in words.zh
    assert "suspended for a dispute about the application, 取水条例18" in words.en
    assert on(open_task(story).due_at) == date(2026, 3, 5)  # what was late before stays late
    assert kinds(story)[-1] == "resumption"
    assert "争议已经调解解决" in str(cases.documents.of_case(case)[-1].data["facts"])
    assert event(story, "case-resumed")["reason"] == "争议已经调解解决"


def test_a_case_is_suspended_before_acceptance_too_and_does_not_lapse_meanwhile() -> None:
    """The five days of receipt stand still; afterwards they go on."""
    story = Story("medical-device-iii", at=at("2026-03-02T10:00")).apply()
    found = suspend(story)
    story.now = at("2026-03-20T09:00")
    assert lapse(story) == 0
    assert story.case.accepted_at is None
    resume(story, found)
    assert on(story.case.receipt_due_at) == date(2026, 3, 27)
    assert "中止" in clocks.explanation(story.case.due_facts["receipt"]).zh


def test_co_handlers_and_the_applicant_stand_still() -> None:
    """Their limits are nobody's while the case is suspended, and move with it."""
    story = Story("restaurant-opening", "li.si", at=at("2026-03-02T10:00")).apply()
    story.do("wang.clerk", "accept", "accept")
    query = select(CoHandling).where(CoHandling.case_id == story.case_id)
    before = {row.id: row.due_at for row in db.session().scalars(query)}
    found = suspend(story)
    fresh = query.execution_options(populate_existing=True)
    assert {row.due_at for row in db.session().scalars(fresh)} == {None}
    story.now = at("2026-03-20T09:00")
    with pytest.raises(ConflictError):
        act(cohandling.proceed, story.case_id, "joint_review", login="zhao.examiner", story=story)
    resume(story, found)
    after = {row.id: row.due_at for row in db.session().scalars(fresh)}
    assert all(after[key] > due for key, due in before.items() if due is not None)


def test_the_applicants_own_time_stands_still_and_so_does_its_end() -> None:
    """A correction asked for: ten working days, counted without the suspension."""
    story = clockwork.case_of(*clockwork.CORRECTING, at=at("2026-03-02T10:00"))
    ask_correction(story)
    before = open_task(story).due_at
    found = suspend(story)
    story.now = at("2026-04-20T09:00")
    assert lapse(story) == 0
    resume(story, found)
    after = open_task(story).due_at
    assert before is not None
    assert after is not None
    assert after > story.now
    correction = cases.life.open_correction(story.case)
    assert correction is not None
    assert correction.lapse_at == after


def ask_correction(story: Story, **more: Any) -> None:
    """The one-time notice."""
    point = {
        "kind": "field", "target": "operator_name", "label_zh": "姓名", "label_en": "Name",
        "reason": "与身份证不一致",
    }  # fmt: skip
    story.do("wang.clerk", "accept", "correct", corrections=[point], **more)


def test_timers_do_not_go_off_and_are_due_as_much_later() -> None:
    """What the diagram wants to do by itself waits; then it has its whole time left."""
    story = clockwork.case_of(*TIMED, at=at("2026-03-02T10:00"))
    found = suspend(story)
    timer = db.session().scalars(select(Timer)).one()
    due = timer.due_at
    story.now = due + timedelta(days=3)
    with db.transaction():
        assert firing.fire_due(story.now) == 0
    resume(story, found)
    timer = db.session().scalars(select(Timer).execution_options(populate_existing=True)).one()
    assert timer.due_at == due + (story.now - at("2026-03-02T10:00"))
    story.do("wang.clerk", "other", "done")  # a step of another branch leaves it so
    timer = db.session().scalars(select(Timer).execution_options(populate_existing=True)).one()
    assert timer.due_at == due + (story.now - at("2026-03-02T10:00"))
    story.now = timer.due_at
    with db.transaction():
        assert firing.fire_due(story.now) == 1


TIMED = (
    start(), node("parallelGateway", "split"), user("other", "lead:clerk"), end("done"),
    node(
        "intermediateCatchEvent", "pause",
        "<bpmn:timerEventDefinition><bpmn:timeDuration>P5D</bpmn:timeDuration>"
        "</bpmn:timerEventDefinition>",
    ),
    clockwork.ACCEPT, end(),
    chain("start", "split", "pause", "accept", "end"), chain("split", "other", "done"),
)  # fmt: skip


def test_places_that_wait_for_a_message_do_not_hear_it_meanwhile() -> None:
    """The message is kept, and found when the case goes on."""
    story = clockwork.case_of(*TIMED, at=at("2026-03-02T10:00"))
    with db.transaction() as session:
        session.add(
            Subscription(
                id="s1",
                case_id=story.case_id,
                element="pause",
                kind="message",
                name="Paid",
                key=None,
            )
        )
    found = suspend(story)
    assert db.session().scalars(select(Subscription.kind)).one() == "held-message"
    resume(story, found)
    assert db.session().scalars(select(Subscription.kind)).one() == "message"


@pytest.mark.parametrize(
    ("asking", "field"),
    [
        (Asking("quarrel", "取水条例18", "有人反对"), "cause"),
        (Asking("suit", " ", "行政诉讼"), "article"),
        (Asking("suit", "取水条例18", "x"), "reason"),
    ],
)
def test_a_suspension_without_cause_article_or_reason_is_refused(
    asking: Asking, field: str
) -> None:
    """Nothing is written then."""
    story = accepted()
    with pytest.raises(InvalidError) as refusal:
        act(suspending.ask, story.case_id, asking, login="zhao.examiner", story=story)
    assert set(refusal.value.fields) == {field}
    assert "suspension-asked" not in types(story)


def test_who_may_suspend_and_resume() -> None:
    """The lead asks, its head approves but not what they asked for, and the reason is a must."""
    story = accepted()
    with pytest.raises(ForbiddenError):
        act(suspending.ask, story.case_id, DISPUTE, login="cg.wu", story=story)
    found = act(suspending.ask, story.case_id, DISPUTE, login="qian.head", story=story).id
    for login in ("zhao.examiner", "qian.head", "cg.head"):
        with pytest.raises(ForbiddenError):
            act(suspending.approve, found, login=login, story=story)
    with pytest.raises(ConflictError):
        act(suspending.ask, story.case_id, DISPUTE, login="zhao.examiner", story=story)
    with pytest.raises(ConflictError):
        resume(story, found)
    act(suspending.approve, found, login="chen.leader", story=story)
    with pytest.raises(InvalidError):
        resume(story, found, " ")
    with pytest.raises(ForbiddenError):
        act(suspending.resume, found, "已解决", login="cg.wu", story=story)
    with pytest.raises(NotFoundError):
        act(suspending.resume, 999_999, "已解决", login="zhao.examiner", story=story)
    assert "suspension" not in [row.kind for row in stopping.of_case(accepted().case)]


def test_a_refused_suspension_leaves_everything_running() -> None:
    """The head says no."""
    story = accepted()
    found = act(suspending.ask, story.case_id, DISPUTE, login="zhao.examiner", story=story).id
    due = story.case.statutory_due_at
    act(suspending.refuse, found, login="qian.head", story=story)
    assert story.case.statutory_due_at == due
    assert "suspension-refused" in types(story)


# --- withdrawal ---


def withdraw(story: Story, signed: Signed | None = None, login: str = "zhang.san") -> None:
    """Sign and withdraw."""
    signed = signed or Signed(password=city.PASSWORD, reason="计划有变")
    who = actor(login)
    proof = withdrawing.prove(story.case_id, signed, actor=who, now=story.now)
    with db.transaction():
        withdrawing.withdraw(proof, actor=who, now=story.now)


def test_a_withdrawn_case_is_closed_with_nothing_left_to_do() -> None:
    """Tasks are cancelled, staff are told, the materials and the record stay (law.md 6)."""
    story = accepted()
    files = len(cases.materials.of_case(story.case))
    withdraw(story)
    case = story.case
    assert (case.status, case.result, case.closed_at) == ("closed", "withdrawn", story.now)
    assert cases.status_text(case).zh == "已办结：申请人已撤回"
    assert story.waiting() == []
    assert len(cases.materials.of_case(case)) == files
    assert kinds(story)[-1] == "withdrawal"
    assert {"zhao.examiner", "qian.head"} <= told(story, "case-withdrawn")
    noted = event(story, "case-withdrawn")
    assert (noted["signed"], noted["reason"], noted["days_left"]) == ("password", "计划有变", 14)
    assert len(noted["content"]) == 64
    assert {"task-cancelled", "case-closed"} <= set(types(story))
    with pytest.raises(LookupError):
        story.do("zhao.examiner", "review", "pass")


def test_the_query_code_signs_too_and_co_handling_ends() -> None:
    """A joint case, at its departments."""
    story = Story("restaurant-opening", "li.si", at=at("2026-03-02T10:00")).apply()
    story.do("wang.clerk", "accept", "accept")
    withdraw(story, Signed(query_code=story.case.query_code.lower()), "li.si")
    states = db.session().scalars(
        select(CoHandling.state).where(CoHandling.case_id == story.case_id)
    )
    assert set(states) == {"cancelled"}
    assert event(story, "case-withdrawn")["signed"] == "query-code"
    assert db.session().scalars(select(Timer).where(Timer.case_id == story.case_id)).all() == []


def test_without_a_right_signature_nothing_happens_and_guessing_ends() -> None:
    """Wrong signatures are counted like wrong logins."""
    story = accepted()
    for signed in (Signed(), Signed(password="wrong"), Signed(query_code="AAAA")):
        with pytest.raises(InvalidError) as refusal:
            withdraw(story, signed)
        assert set(refusal.value.fields) == {"signature"}
    with pytest.raises(InvalidError):
        withdraw(story, Signed(password=city.PASSWORD, reason="x" * 1001))
    for _ in range(20):
        with pytest.raises((InvalidError, ForbiddenError)) as last:
            withdraw(story, Signed(password="wrong"))
    assert last.type is ForbiddenError
    assert story.case.closed_at is None


def test_nobody_else_withdraws_and_nothing_is_withdrawn_after_the_decision() -> None:
    """Not the clerk with the code, not another applicant, not twice, not when it is decided."""
    story = accepted()
    code = Signed(query_code=story.case.query_code)
    for login in ("wang.clerk", "li.si"):
        with pytest.raises(ForbiddenError):
            withdraw(story, code, login)
    decided = Story("individual-business", at=at("2026-03-02T10:00")).apply()
    decided.do("wang.clerk", "accept", "accept").do("feng.registrar", "decide", "grant")
    with pytest.raises(ConflictError):
        withdraw(decided)
    withdraw(story)
    with pytest.raises(ConflictError):
        withdraw(story)


def test_a_suspended_case_can_be_withdrawn_and_is_suspended_no_more() -> None:
    """Its applicant need not wait for the dispute."""
    story, found = suspended()
    withdraw(story)
    assert story.case.suspended_at is None
    with pytest.raises(ConflictError):
        resume(story, found)


def test_the_same_application_again_soon_after_is_noted() -> None:
    """D7: a return that sets the clock back shows in the record."""
    story = accepted()
    withdraw(story)
    again = Story("medical-device-iii", at=at("2026-03-05T10:00")).apply()
    noted = event(again, "applied-after-withdrawal")
    assert (noted["earlier"], noted["working_days"]) == (story.case.number, 3)
    later = Story("medical-device-iii", at=at("2026-05-05T10:00")).apply()
    assert "applied-after-withdrawal" not in types(later)


# --- emergencies ---

DIG = (*clockwork.PLAIN,)
LAW = "城市道路管理条例34"


def dug(hours: float | None, flag: str = "yes") -> Story:
    """An application for what was dug some hours before."""
    asked = clockwork.bundle(*DIG, emergency=LAW)
    asked["apply.form"] = with_emergency(asked["apply.form"])
    clockwork.deploy(asked)
    story = Story(wide.ITEM, at=at("2026-03-09T08:00"))
    when = (story.now - timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M") if hours else None
    more = {"emergency": flag} | ({"emergency_at": when} if when else {})
    return story.apply(clockwork.answers(**more))


def with_emergency(form: bytes) -> bytes:
    """The application form with both questions."""
    questions = """{"type": "radio", "id": "e1", "key": "emergency", "label": "是否",
      "properties": {"labelEn": "Emergency"},
      "values": [{"value": "yes", "label": "是", "labelEn": "Yes"},
                 {"value": "no", "label": "否", "labelEn": "No"}]},
      {"type": "datetime", "subtype": "datetime", "id": "e2", "key": "emergency_at",
       "label": "时间", "properties": {"labelEn": "When"}},""".encode()
    return form.replace(b'"components": [', b'"components": [' + GROUP + questions + REST, 1)


GROUP = (
    '{"type": "group", "id": "g_e", "label": "紧急", "properties": '
    '{"page": "emergency", "labelEn": "Emergency"}, "components": ['
).encode()
REST = b'{"type": "text", "id": "e3", "text": "-", "properties": {"textEn": "-"}}]},'


def test_an_emergency_applied_for_within_24_hours_is_lawful() -> None:
    """I9: a Sunday night counts like any other time; it is timed, not suspected."""
    story = dug(23)
    case = story.case
    assert emergencies.is_lawful(case)
    noted = event(story, "emergency-reported")
    assert (noted["hours"], noted["late"], noted["article"]) == (23.0, False, LAW)
    assert "按时" in emergencies.words(case).zh
    assert case.accepted_at is None


def test_a_late_one_is_flagged_but_not_refused() -> None:
    """25 hours: the case runs, the record says late."""
    story = dug(25)
    assert emergencies.is_late(story.case)
    assert not emergencies.is_lawful(story.case)
    assert event(story, "emergency-reported")["late"] is True
    assert "later than 24 hours" in emergencies.words(story.case).en


def test_an_emergency_without_its_time_or_in_the_future_is_refused() -> None:
    """At the question; without the flag nothing is asked."""
    for hours in (None, -1):
        with pytest.raises(InvalidError) as refusal:
            dug(hours)
        assert set(refusal.value.fields) == {"emergency_at"}
    assert dug(None, "no").case.emergency_at is None
    assert clockwork.rules(*DIG, emergency=LAW) == {"bad-emergency"}
