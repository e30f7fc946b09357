"""One notice of corrections, silence and what follows it, and steps with rules of their own."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from engine import cases, clocks, tasks
from engine.errors import ConflictError, ForbiddenError, InvalidError
from tests.engine import clockwork
from tests.engine.bpmn.diagrams import chain, end, start, user
from tests.engine.clockwork import at, case_of, event, kinds, lapse, on, rules, told, types
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]
POINT = {
    "kind": "field", "target": "operator_name", "label_zh": "姓名", "label_en": "Name",
    "reason": "与身份证不一致",
}  # fmt: skip
MONDAY = at("2026-03-02T10:00")


def correcting(lapses: str = "", article: str = "", **facts: str) -> Story:
    """An item whose applicant has ten working days to correct."""
    asked = user(
        "correct", "applicant", act="correct", limit="10wd", lapse=lapses, lapseArticle=article
    )
    pieces = (*clockwork.CORRECTING[:2], asked, *clockwork.CORRECTING[3:])
    return case_of(*pieces, at=MONDAY, **facts)


def ask(story: Story, **more: Any) -> None:
    """Send a notice of corrections."""
    story.do("wang.clerk", "accept", "correct", corrections=[POINT], **more)


def test_a_second_notice_needs_new_facts_and_supervisors_are_told() -> None:
    """许可法 32(1)(4): once; D6: the reason is on record and in the notice."""
    story = correcting()
    ask(story)
    story.do("zhang.san", "correct", "submitted", answers={"operator_name": "陈晓"})
    with pytest.raises(InvalidError) as refusal:
        ask(story)
    assert set(refusal.value.fields) == {"new_facts"}
    assert kinds(story).count("correction") == 1
    ask(story, new_facts="身份证在第一次告知后换发")
    assert event(story, "correction-repeated")["reason"] == "身份证在第一次告知后换发"
    assert told(story, "correction-repeated") == {"jc.he"}
    paper = cases.documents.of_case(story.case)[-1]
    assert "身份证在第一次告知后换发" in str(paper.data["paragraphs"])


def test_the_limit_of_receipt_is_the_items_and_the_unit_is_warned_before_it() -> None:
    """Two days: warned on the last one, counted as accepted from receipt afterwards."""
    story = correcting(receiptLimit="2wd")
    assert on(story.case.receipt_due_at) == date(2026, 3, 4)
    story.now = at("2026-03-04T00:00")
    assert lapse(story) == 1
    assert told(story, "receipt-limit-near") >= {"wang.clerk", "qian.head"}
    story.now = at("2026-03-05T00:00")
    assert lapse(story) == 1
    assert story.case.accepted_at == MONDAY
    assert lapse(story) == 0


def test_the_applicant_is_reminded_and_may_answer_late_where_no_article_says_otherwise() -> None:
    """Ten working days from 2 March: reminded three before, told on the day after."""
    story = correcting()
    ask(story)
    story.now = at("2026-03-12T09:00")
    assert lapse(story) == 1
    assert told(story, "correction-reminded") == {"zhang.san"}
    story.now = at("2026-03-17T09:00")
    assert lapse(story) == 1
    assert event(story, "correction-time-over")["lapse"] == "remind"
    assert story.case.closed_at is None
    assert lapse(story) == 0
    story.do("zhang.san", "correct", "submitted", answers={"operator_name": "陈晓"})
    assert story.waiting() == [("accept", "scjg")]


def test_where_an_article_says_so_the_case_counts_as_withdrawn() -> None:
    """The notice names it; answering in time keeps the worker from acting."""
    story = correcting("withdrawn", "安阳办法24")
    ask(story)
    story.now = at("2026-03-17T09:00")
    assert lapse(story) == 2
    assert (story.case.result, story.waiting()) == ("withdrawn", [])
    paper = cases.documents.of_case(story.case)[-1]
    assert paper.title_zh == "视为撤回申请通知书"
    assert "安阳办法24" in str(paper.data["paragraphs"])
    assert {"zhang.san", "wang.clerk"} <= told(story, "correction-time-over")
    answered = correcting("withdrawn", "安阳办法24")
    ask(answered)
    answered.do("zhang.san", "correct", "submitted", answers={"operator_name": "陈晓"})
    answered.now = at("2026-03-17T09:00")
    lapse(answered)
    assert "correction-time-over" not in types(answered)


def test_what_was_granted_is_to_be_handed_over_in_ten_working_days() -> None:
    """C09: a clock with its explanation, from the decision; shorter where the item says so."""
    other = Story("individual-business", at=MONDAY).apply()
    other.do("wang.clerk", "accept", "accept").do("feng.registrar", "decide", "grant")
    assert on(other.case.delivery_due_at) == date(2026, 3, 16)
    quick = (piece.replace("10wd", "3wd") for piece in clockwork.PLAIN)
    story = case_of(*quick, at=MONDAY, deliveryLimit="3wd")
    story.do("wang.clerk", "accept", "accept").do("zhao.examiner", "examine", "done")
    story.do("qian.head", "decide", "grant")
    assert on(story.case.delivery_due_at) == date(2026, 3, 5)
    assert "3个工作日" in clocks.explanation(story.case.due_facts["delivery"]).zh
    refused = case_of(*clockwork.PLAIN, at=MONDAY).do("wang.clerk", "accept", "accept")
    refused.do("zhao.examiner", "examine", "done").do("qian.head", "decide", "refuse")
    assert refused.case.delivery_due_at is None


RENEWAL = {"grant": "renewal", "tacit": "granted", "tacitArticle": "许可法50"}


def test_silence_renews_where_the_law_says_so_and_the_unit_can_only_pass_it_on() -> None:
    """C16: decided by nobody for 20 working days: granted, with a paper that says by what."""
    story = case_of(*clockwork.PLAIN, at=MONDAY, **RENEWAL)
    story.do("wang.clerk", "accept", "accept")
    story.now = at("2026-03-30T23:59")
    assert lapse(story) == 0
    story.now = at("2026-03-31T00:00")
    assert lapse(story) == 1
    case = story.case
    assert (case.result, case.status) == ("granted", "decided")
    assert kinds(story)[-2:] == ["granted", "licence"]
    paper = cases.documents.of_case(case)[-2]
    assert "依照许可法50，逾期视为准予" in str(paper.data["paragraphs"])
    assert event(story, "case-granted-by-silence")["article"] == "许可法50"
    assert {"zhao.examiner", "qian.head"} <= told(story, "case-granted-by-silence")
    assert case.delivery_due_at is not None
    story.do("zhao.examiner", "examine", "done")
    with pytest.raises(ConflictError):
        story.do("qian.head", "decide", "refuse")
    story.do("qian.head", "decide", "grant")
    assert kinds(story).count("licence") == 1
    assert lapse(story) == 0


def test_a_decision_in_time_a_stop_or_a_first_licence_is_no_silence() -> None:
    """The engine never grants by default (law.md 3)."""
    decided = case_of(*clockwork.PLAIN, at=MONDAY, **RENEWAL)
    decided.do("wang.clerk", "accept", "accept").do("zhao.examiner", "examine", "done")
    decided.do("qian.head", "decide", "refuse")
    decided.now = at("2026-05-30T00:00")
    assert lapse(decided) == 0
    first = case_of(*clockwork.PLAIN, at=MONDAY).do("wang.clerk", "accept", "accept")
    first.now = at("2026-05-30T00:00")
    assert lapse(first) == 0
    assert first.case.result is None


@pytest.mark.parametrize(
    ("facts", "rule"),
    [
        ({"receiptLimit": "6wd"}, "bad-receiptlimit"),
        ({"receiptLimit": "3d"}, "bad-receiptlimit"),
        ({"deliveryLimit": "11wd"}, "bad-deliverylimit"),
        ({"tacit": "granted", "tacitArticle": "许可法50"}, "tacit-first"),
        ({"tacit": "granted", "grant": "renewal"}, "tacit-without-article"),
        ({**RENEWAL, "kind": "joint"}, "tacit-without-article"),
        ({"tacit": "yes", "grant": "renewal", "tacitArticle": "许可法50"}, "bad-tacit"),
        ({"grant": "gift"}, "bad-grant"),
        ({"inspection": "maybe"}, "bad-inspection"),
        ({"extension": "10d"}, "extension-unit"),
        ({"promisedLimit": "25wd"}, "promise-too-long"),
        ({"promisedLimit": "21wd", "statutoryLimit": "20d"}, "promise-too-long"),
    ],
)
def test_an_item_that_breaks_the_law_is_refused_at_deploy(facts: dict[str, str], rule: str) -> None:
    """By its rule, all at once."""
    assert rules(*clockwork.PLAIN, **facts) == {rule}


def test_a_step_drawn_against_the_law_is_refused() -> None:
    """Persons, forms, periods, notices and articles."""

    def drawn(*steps: str, forms: tuple[str, ...] = ()) -> set[str]:
        return rules(
            start(), clockwork.ACCEPT, *steps, clockwork.DECIDE, end(),
            chain("start", "accept", "s", "decide", "end"), forms=forms,
        )  # fmt: skip

    visit = {"act": "site-visit", "more": 'camunda:formRef="site_visit"'}
    assert drawn(user("s", **visit), forms=("site_visit",)) == {"too-few-persons"}
    assert drawn(user("s", act="site-visit", persons="2")) == {"duty-form"}
    notice = {"act": "publicity", "more": 'camunda:formRef="publicity"'}
    assert drawn(user("s", **notice), forms=("publicity",)) == {"duty-property"}
    assert drawn(user("s", **notice, period="7h"), forms=("publicity",)) == {"bad-period"}
    experts = {"act": "expert-review", "more": 'camunda:formRef="expert_review"'}
    assert drawn(user("s", **experts, experts="no"), forms=("expert_review",)) == {"bad-experts"}
    heard = user("s", act="hearing", more='camunda:formRef="hearing"')
    assert drawn(heard, forms=("hearing",)) == {"hearing-without-notice"}
    wrong = {"act": "correct", "limit": "10wd"}
    assert "lapse-without-article" in drawn(user("s", "applicant", **wrong, lapse="withdrawn"))
    assert "bad-lapse" in drawn(user("s", "applicant", **wrong, lapse="never"))


# --- hearings ---

HEARING = (
    start(), clockwork.ACCEPT, user("examine", "lead:inspector"), *clockwork.ASKING,
    user("hear", "lead:inspector", act="hearing", limit="2wd", more='camunda:formRef="hearing"'),
    clockwork.DECIDE, end(),
    chain("start", "accept", "examine", "tell", "ask", "wanted", "decide", "end"),
)  # fmt: skip


def heard(until: str = "announce") -> Story:
    """A case in which a hearing was asked for on 2 March."""
    forms = ("hearing_notice", "hearing")
    story = case_of(*HEARING, forms=forms, at=MONDAY, promisedLimit="20wd")
    story.do("wang.clerk", "accept", "accept").do("sun.inspector", "examine", "done")
    story.do("wang.clerk", "tell", "done")
    if until != "ask":
        story.do("zhang.san", "ask", "request")
    return story


def announce(story: Story, when: str, chair: str = "秦远") -> None:
    """Announce the hearing."""
    given = {"hearing_at": when, "hearing_place": "政务中心301室", "hearing_chair": chair}
    story.do("wang.clerk", "announce", "done", answers=given)


def refused(call: Any, *given: Any, **more: Any) -> dict[str, str]:
    """The English messages by field of what must be refused."""
    with pytest.raises(InvalidError) as refusal:
        call(*given, **more)
    return {key: text.en for key, text in refusal.value.fields.items()}


def test_the_right_to_a_hearing_is_told_and_lasts_five_working_days() -> None:
    """47: in writing, with its last day; after it the request is refused."""
    story = heard("ask")
    paper = cases.documents.of_case(story.case)[-1]
    assert paper.kind == "hearing-right"
    assert "9 Mar 2026" in str(paper.data["facts"])
    story.now = at("2026-03-10T08:00")
    assert "9 Mar 2026" in refused(story.do, "zhang.san", "ask", "request")["outcome"]
    story.do("zhang.san", "ask", "waive")
    assert story.waiting() == [("decide", "scjg")]


def test_a_hearing_is_announced_seven_working_days_before_and_within_twenty_of_the_request() -> (
    None
):
    """48(1) and 47: 11 March to 30 March; the notice goes out with the step."""
    story = heard()
    assert "11 Mar 2026" in refused(announce, story, "2026-03-10T09:00")["hearing_at"]
    assert "30 Mar 2026" in refused(announce, story, "2026-03-31T09:00")["hearing_at"]
    reviewer = people_name("sun.inspector")
    assert set(refused(announce, story, "2026-03-11T09:00", reviewer)) == {"hearing_chair"}
    task = story.task("announce", "wang.clerk")
    assert "最早2026年3月11日，最晚2026年3月30日" in tasks.hints(task, story.now)[0].zh
    announce(story, "2026-03-11T09:00")
    paper = cases.documents.of_case(story.case)[-1]
    assert paper.kind == "hearing-notice"
    assert "2026年3月11日09:00" in str(paper.data["facts"])
    assert "公开举行" in str(paper.data["paragraphs"])
    assert told(story, "hearing-notice") == {"zhang.san"}


def people_name(login: str) -> str:
    """What somebody is called."""
    return str(clockwork.actor(login).name)


def hear(story: Story, login: str, **more: Any) -> None:
    """Hold it."""
    given = {
        "minutes": "听证于上午九时公开举行，双方陈述、申辩并质证，经确认无误。",
        "minutes_signed": True, "held_in_public": True, **more,
    }  # fmt: skip
    story.do(login, "hear", "done", answers=given)


def test_the_chair_reviews_nothing_and_the_minutes_are_signed_in_public() -> None:
    """48: not before the day, not by the reviewer, not without minutes; then the decision rests
    on them.
    """
    story = heard()
    announce(story, "2026-03-11T09:00")
    chair = "zhou.inspector"
    assert "11 Mar 2026" in refused(hear, story, chair)["outcome"]
    story.now = at("2026-03-11T11:00")
    with pytest.raises(ForbiddenError):
        hear(story, "sun.inspector")
    assert set(refused(hear, story, chair, minutes="短", minutes_signed=False)) >= {"minutes"}
    assert (
        "announced for 11 Mar 2026"
        in refused(hear, story, chair, held_at="2026-03-10T09:00")["held_at"]
    )
    assert "future" in refused(hear, story, chair, held_at="2026-03-12T09:00")["held_at"]
    hear(story, chair)
    assert "opinion" in refused(story.do, "qian.head", "decide", "grant")
    story.do("qian.head", "decide", "grant", opinion="各方对布局无异议，见笔录第3页")
    paper = next(d for d in cases.documents.of_case(story.case) if d.kind == "granted")
    assert "根据听证笔录作出决定。各方对布局无异议" in str(paper.data["paragraphs"])


# --- experts, public notice, visits ---


def at_step(step: str, form: str, **facts: str) -> Story:
    """A case that waits at one step after its acceptance."""
    pieces = (
        start(), clockwork.ACCEPT, step, clockwork.DECIDE, end(),
        chain("start", "accept", "s", "decide", "end"),
    )  # fmt: skip
    story = case_of(*pieces, forms=(form,), at=MONDAY, **facts)
    return story.do("wang.clerk", "accept", "accept")


def test_experts_are_named_and_declare_that_they_have_no_interest() -> None:
    """I6: three at least; one with an interest is replaced."""
    step = user("s", act="expert-review", experts="3", more='camunda:formRef="expert_review"')
    story = at_step(step, "expert_review")
    experts = [
        {"expert_name": name, "expert_unit": "大学", "expert_conflict": "no"} for name in "甲乙丙"
    ]

    def review(rows: list[dict[str, str]]) -> None:
        given = {"experts": rows, "review_result": "方案可行"}
        story.do("zhao.examiner", "s", "done", answers=given)

    assert set(refused(review, experts[:2])) == {"experts"}
    assert set(refused(review, [*experts[:2], experts[0]])) == {"experts"}
    biased = [*experts, {**experts[0], "expert_name": "丁", "expert_conflict": "yes"}]
    assert set(refused(review, biased)) == {"experts.3.expert_conflict"}
    review(experts)
    assert story.waiting() == [("decide", "scjg")]


def test_a_public_notice_lasts_its_period_and_ends_before_its_step() -> None:
    """Seven days, not before the step, not completed before its end; objections on record."""
    step = user("s", act="publicity", period="7d", limit="5wd", more='camunda:formRef="publicity"')
    story = at_step(step, "publicity")

    def publish(first: str, last: str, objections: str = "无") -> None:
        given = {"published_from": first, "published_to": last, "objections": objections}
        story.do("zhao.examiner", "s", "done", answers=given)

    assert set(refused(publish, "2026-02-27", "2026-03-10")) == {"published_from", "published_to"}
    assert "9 Mar 2026" in refused(publish, "2026-03-02", "2026-03-08")["published_to"]
    assert "not over" in refused(publish, "2026-03-02", "2026-03-09")["published_to"]
    story.now = at("2026-03-10T09:00")
    publish("2026-03-02", "2026-03-09")
    assert story.waiting() == [("decide", "scjg")]


def test_a_visit_is_signed_by_two_not_in_the_future_and_assigned_in_time() -> None:
    """34(3), 55: late assignment is on record, nobody is stopped."""
    step = user(
        "s", "lead:inspector", act="site-visit", persons="2", more='camunda:formRef="site_visit"'
    )
    story = at_step(step, "site_visit", inspection="true")
    task = story.task("s", "sun.inspector")
    assert "9 Mar 2026" in tasks.hints(task, story.now)[-1].en
    ahead = {"visit_at": (story.now + timedelta(days=1)).strftime("%Y-%m-%dT10:00")}
    assert set(refused(story.do, "sun.inspector", "s", "done", answers=ahead)) == {"visit_at"}
    before = {"visit_at": "2026-03-01T10:00"}
    said = refused(story.do, "sun.inspector", "s", "done", answers=before)["visit_at"]
    assert "accepted on 2 Mar 2026" in said
    story.now = at("2026-03-10T09:00")
    story.do("sun.inspector", "s", "done")
    assert event(story, "inspectors-assigned-late")["by"] == "2026-03-09"
    assert story.waiting() == [("s", "scjg")]
    story.do("zhou.inspector", "s", "done")
    assert types(story).count("inspectors-assigned-late") == 1


def test_a_clock_set_back_completes_nothing() -> None:
    """A step cannot be done before it was opened; the message says what to mend."""
    story = case_of(*clockwork.PLAIN, at=MONDAY)
    story.now = MONDAY - timedelta(hours=1)
    with pytest.raises(ConflictError) as refusal:
        story.do("wang.clerk", "accept", "accept")
    assert "系统时间" in refusal.value.message.zh
    assert "clock" in refusal.value.message.en
    assert isinstance(story.now, datetime)
    assert story.case.accepted_at is None
