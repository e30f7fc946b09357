"""Opening a restaurant: three departments, one of which disagrees, and a result in parts."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from engine import cases, clock, definitions
from engine import people as registry
from engine.cases import documents
from tests.browser import people
from tests.browser.conftest import Visit
from tools.stories import Story, plausible

pytestmark = pytest.mark.browser

ITEM = "restaurant-opening"
TOO_HIGH = "招牌高度超出街区设置导则0.2米。"
SUMMARY = "市场监管、消防同意，城管不同意，组织联合勘验。"


def as_on_a_good_day(step: str) -> dict[str, Any]:
    """Return plausible answers for the form of a step."""
    return plausible(definitions.newest(ITEM).forms[step], clock.now())


def accepted() -> Story:
    """Play a case up to the opinions of the departments."""
    return Story(ITEM, "li.si").apply().do("wang.clerk", "accept", "accept")


def visited() -> Story:
    """Play a case up to the decisions of the departments."""
    story = accepted().do("cg.wu", "part_opinion", "disagree", opinion=TOO_HIGH)
    for login in ("xf.zheng", "zhao.examiner"):
        story.do(login, "part_opinion", "agree")
    story.do("zhao.examiner", "consolidate", "go-on", opinion=SUMMARY)
    for inspector in ("sun.inspector", "zhou.inspector"):
        story.do(inspector, "joint_visit", "recorded")
    return story


def row_of(lead: Page, department: str) -> Any:
    """Find the row of a department on the co-handling board."""
    return lead.locator("#cohandling tbody tr", has_text=department)


def test_the_lead_sees_who_disagrees_and_urges_who_is_missing(
    visit: Visit, live_engine: str
) -> None:
    """The board tells what was asked, what is due, who answered what, and who is missing."""
    story = accepted()
    number = story.case.number
    signboards = visit("cg.wu")
    people.open_task(signboards, number, "部门审查意见")
    people.act(signboards, "不同意", as_on_a_good_day("part_opinion"), TOO_HIGH)
    expect(signboards.locator(".lb-note--good")).to_be_visible()
    story.do("zhao.examiner", "part_opinion", "agree")

    lead = visit("zhao.examiner")
    lead.goto(f"/cases/{number}#cohandling")
    board = lead.locator("#cohandling")
    expect(board).to_contain_text("已请求3个部门，2个已答复，1个未答复。")
    answered, missing = row_of(lead, "城市管理局"), row_of(lead, "消防救援支队")
    expect(answered).to_contain_text("不同意")
    expect(answered).to_contain_text(TOO_HIGH)
    expect(missing).to_contain_text("未答复")
    expect(missing).to_contain_text("郑卫国")
    expect(missing).to_contain_text(re.compile(r"\d{4}年\d+月\d+日"))
    expect(answered.get_by_role("button", name="催办")).to_have_count(0)
    missing.get_by_role("button", name="催办").click()
    expect(lead.locator(".lb-note--good")).to_contain_text("江城市消防救援支队")
    expect(row_of(lead, "消防救援支队")).to_contain_text("已催1次")

    fire = visit("xf.zheng")
    fire.goto("/notices")
    expect(fire.locator(".lb-notices__item").first).to_contain_text(re.compile("催"))


def test_the_lead_consolidates_what_the_departments_said(visit: Visit, live_engine: str) -> None:
    """With all opinions in, the lead's examiner sums up and sends two people to one visit."""
    story = accepted().do("cg.wu", "part_opinion", "disagree", opinion=TOO_HIGH)
    for login in ("xf.zheng", "zhao.examiner"):
        story.do(login, "part_opinion", "agree")
    number = story.case.number
    lead, first, second = visit("zhao.examiner"), visit("sun.inspector"), visit("zhou.inspector")
    people.open_task(lead, number, "汇总审查意见")
    lead.get_by_role("tab", name="协办").click()
    expect(row_of(lead, "城市管理局")).to_contain_text(TOO_HIGH)
    people.act(lead, "组织联合勘验", as_on_a_good_day("consolidate"), SUMMARY)
    expect(lead.locator(".lb-note--good")).to_be_visible()

    people.open_task(first, number, "联合勘验")
    people.act(first, "提交勘验记录", as_on_a_good_day("joint_visit"))
    people.open_task(second, number, "联合勘验")
    second.get_by_role("button", name="核对无误，我也签名").click()
    expect(second.locator(".lb-note--good")).to_be_visible()
    assert [element for element, _ in story.waiting()] == ["decide_part"] * 3


def test_one_part_is_refused_while_the_others_are_issued(visit: Visit, live_engine: str) -> None:
    """Each head decides on one part; the applicant gets two licences and one refusal."""
    story = visited().do("qian.head", "decide_part", "grant").do("xf.head", "decide_part", "grant")
    number = story.case.number
    head, clerk = visit("cg.head"), visit("li.clerk")
    people.open_task(head, number, "部门许可决定")
    head.get_by_text("常用理由").click()
    head.get_by_label("招牌尺寸超出规定。").check()
    people.act(head, "不予许可", as_on_a_good_day("decide_part"))
    expect(head.get_by_role("article")).to_contain_text("招牌尺寸超出规定。")
    people.confirm(head, "不予许可")
    people.open_task(clerk, number, "一并出件")
    people.act(clerk, "已送达", as_on_a_good_day("deliver"))
    expect(clerk.locator(".lb-note--good")).to_be_visible()

    applicant = visit("li.si")
    applicant.goto(f"/case/{number}")
    expect(applicant.locator(".lb-status")).to_contain_text("部分准予")
    papers = applicant.locator(".lb-papers a")
    for title in ("食品经营许可证", "消防安全检查意见书", "不予"):
        paper = papers.filter(has_text=title).first
        assert people.is_pdf(people.fetch(applicant, paper))
    expect(papers.filter(has_text="户外招牌设施设置许可决定书")).to_have_count(0)

    anybody = visit()
    for code in licences(number):
        anybody.goto(f"/verify/{code}")
        expect(anybody.get_by_text("核验通过")).to_be_visible()
    anybody.goto("/verify/AAAABBBBCCCCDDDD")
    expect(anybody.get_by_role("heading", level=1)).to_have_text("查无此文书")


def licences(number: str) -> list[str]:
    """Return the codes below the QR codes of the licences of a case."""
    case = cases.find(number, registry.actor_for_login("li.si"))
    codes = [d.verify_code for d in documents.of_case(case) if d.kind in ("licence", "result")]
    assert codes
    return [str(code) for code in codes]
