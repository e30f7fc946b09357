"""Supervision in the browser: cards appealed against, letters, rules, and personal data shown."""

from datetime import timedelta

import pytest
from playwright.sync_api import Page, expect

from engine import clock, clocks, db, supervision
from engine import people as registry
from engine.clock import civil_date
from tests.browser import people
from tests.browser.conftest import Visit
from tests.engine.supervision.scenes import accepted, awaited, of_cause, supervise
from tools.stories import Story

pytestmark = pytest.mark.browser

TRIED = "试行"
LETTER = {
    "subject": "加快办理",
    "findings": "审查环节已经超期。",
    "demands": "三日内办结\n报送整改情况",
}


@pytest.fixture
def late(rules_as_shipped: None) -> Story:
    """A case whose examiner is long over the limit of the step, with its cards."""
    now = clock.now()
    story = accepted(now - timedelta(days=25))
    awaited(story, "step", now)
    return story


def decide(page: Page, choice: str, words: str) -> None:
    """Choose what to do on a card or a letter, and say why."""
    page.get_by_role("radio", name=choice).check()
    page.locator("[name=text]").fill(words)
    page.get_by_role("button", name="提交", exact=True).click()
    expect(page.get_by_role("status")).to_contain_text("已记录")


def test_a_unit_appeals_against_a_card_and_it_is_withdrawn(visit: Visit, late: Story) -> None:
    """Who chooses nothing is asked, and what was typed stays."""
    path = f"/oversight/cards/{of_cause(late, 'step').id}"
    leader, supervisor = visit("chen.leader"), visit("jc.he")
    leader.goto(path)
    leader.locator("[name=text]").fill("当日系统停机，附说明。")
    leader.get_by_role("button", name="提交", exact=True).click()
    people.refused(leader, "请选择要做什么", {"text": "当日系统停机，附说明。"})
    decide(leader, "申诉：说明理由，请求撤牌", "当日系统停机，附说明。")
    supervisor.goto(path)
    decide(supervisor, "撤牌", "情况属实，撤牌。")
    assert of_cause(late, "step").state == "withdrawn"
    leader.reload()
    expect(leader.locator("main")).to_contain_text("情况属实，撤牌。")
    expect(leader.locator("main form")).to_have_count(0)


def test_a_letter_is_written_from_a_card_replied_to_returned_and_closed(
    visit: Visit, late: Story
) -> None:
    """A past day is refused at its field; everything else that was typed is still there."""
    leader, supervisor = visit("chen.leader"), visit("jc.he")
    supervisor.goto(f"/oversight/cards/{of_cause(late, 'step').id}")
    supervisor.get_by_role("link", name="就这张牌发监察建议书").click()
    people.send(supervisor, "发出", {**LETTER, "reply_on": "2020-01-02"})
    people.refused(supervisor, "答复期限", LETTER)
    day = clocks.due(clock.now(), "3wd").on.isoformat()
    people.send(supervisor, "发出", {"reply_on": day})
    expect(supervisor.get_by_role("heading", level=1)).to_have_text("加快办理")
    paper = supervisor.get_by_role("button", name="打印（PDF）")
    assert people.is_pdf(people.fetch(supervisor, paper))

    leader.goto("/oversight/letters")
    leader.get_by_role("row").filter(has_text=late.case.number).get_by_role("link").click()
    leader.get_by_role("button", name="提交", exact=True).click()
    people.refused(leader, "", {})
    people.send(leader, "提交", {"text": "已安排。"})
    supervisor.reload()
    decide(supervisor, "核实未通过，退回重新答复", "请写明完成日期。")
    leader.reload()
    people.send(leader, "提交", {"text": "已于今日办结，附清单。"})
    supervisor.reload()
    decide(supervisor, "核实通过，办结", "属实。")
    expect(supervisor.locator("main form")).to_have_count(0)
    expect(supervisor.locator("main")).to_contain_text("请写明完成日期。")


def test_a_rule_is_tried_and_then_changed_from_a_later_day(visit: Visit, live_engine: str) -> None:
    """A number out of bounds is refused; a trial saves nothing; the version in force stays."""
    page, code = visit("jc.he"), "promise-over"
    before = [row.threshold for row in supervision.versions(code)]
    later = civil_date(clock.now()) + timedelta(days=40)
    page.goto("/oversight/rules")
    page.locator(f'a[href$="/rules/{code}"]').click()
    wanted = {"threshold": "999", "effective_on": later.isoformat(), "reason": "试行一个季度"}
    people.send(page, "试算", wanted)
    people.refused(page, "", wanted)
    people.send(page, "试算", {"threshold": "2"})
    expect(page.locator(".lb-note--info")).to_contain_text("试算结果（没有保存，也没有发牌）")
    assert [row.threshold for row in supervision.versions(code)] == before
    page.get_by_role("button", name="保存为新版本").click()
    people.arrived(page)
    sure = page.get_by_label("我确认要这样修改")
    if sure.count():
        sure.check()
        page.get_by_role("button", name="保存为新版本").click()
    expect(page.get_by_role("status")).to_contain_text("新版本已保存")
    expect(page.get_by_role("row").filter(has_text="试行一个季度")).to_be_visible()


def test_a_supervisor_sees_personal_data_after_giving_a_reason(visit: Visit, late: Story) -> None:
    """Masked at first; a reason of one character is none; then everything, for half an hour."""
    page, secret = visit("jc.he"), str(late.case.answers["legal_person_id"])
    page.goto(f"/cases/{late.case.number}")
    expect(page.locator("main")).not_to_contain_text(secret)
    page.get_by_text("查看个人信息").click()
    people.send(page, "记录并查看", {"unmask_reason": "看"}, at="/personal-data")
    people.refused(page, "", {"unmask_reason": "看"})
    expect(page.locator("main")).not_to_contain_text(secret)
    people.send(page, "记录并查看", {"unmask_reason": "核查信访投诉"}, at="/personal-data")
    expect(page.locator("main")).to_contain_text(secret)
    expect(page.locator("#watch")).to_contain_text("个人信息可见至")


def change(code: str, threshold: int, *, hearing_first: bool = False) -> None:
    """The supervisor makes another version of a rule, in force from today."""
    now, actor = clock.now(), registry.actor_for_login("jc.he")
    wanted = supervision.Change(
        threshold, 3, True, civil_date(now), TRIED, hearing_first=hearing_first
    )
    with db.transaction():
        supervision.change_rule(code, wanted, confirmed=True, actor=actor, now=now)


def test_a_card_in_doubt_is_kept_with_a_reason(visit: Visit, late: Story) -> None:
    """A milder rule would not have given it: it is listed, nothing falls by itself."""
    card = of_cause(late, "step")
    change("step-over", 60)
    supervise(clock.now())
    page = visit("jc.he")
    page.goto("/oversight/doubts")
    page.get_by_role("row").filter(has_text=late.case.number).get_by_role("link").first.click()
    expect(page.locator(".lb-note--warn")).to_contain_text("待监察员决定")
    page.get_by_role("radio", name="复核维持：这张牌不变").check()
    page.get_by_role("button", name="提交", exact=True).click()
    people.refused(page, "", {"text": ""})
    decide(page, "复核维持：这张牌不变", "按当时的规则发出，确属超期。")
    assert of_cause(late, "step").state == card.state == "issued"
    page.goto("/oversight/doubts")
    expect(page.get_by_role("row").filter(has_text=late.case.number)).to_have_count(0)


def test_a_unit_is_heard_before_a_red_card_counts(visit: Visit, rules_as_shipped: None) -> None:
    """The rule says so; the unit states its case, the supervisor decides, then it is answered."""
    change("statutory-over", 0, hearing_first=True)
    story = accepted(clock.now() - timedelta(days=60))
    path = f"/oversight/cards/{awaited(story, 'statutory', clock.now()).id}"
    change("statutory-over", 0)
    leader, supervisor = visit("chen.leader"), visit("jc.he")
    leader.goto(path)
    expect(leader.locator("main")).to_contain_text("听取意见")
    decide(leader, "陈述意见：说明情况，请求不发牌", "申请人多次更换方案，附来往函件。")
    supervisor.goto(path)
    expect(supervisor.locator("main")).to_contain_text("附来往函件")
    decide(supervisor, "意见不成立，发出红牌", "期限已过二十日，理由不足。")
    card = of_cause(story, "statutory")
    assert (card.level, card.state) == ("red", "issued")
    leader.reload()
    expect(leader.get_by_role("radio", name="答复：说明情况和整改措施")).to_be_visible()
