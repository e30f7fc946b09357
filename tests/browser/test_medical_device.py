"""A licence for medical devices, refused: two inspectors sign, the head decides with reasons."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from engine import clock, definitions
from tests.browser import people
from tests.browser.conftest import Visit
from tests.browser.looking import violations
from tools.stories import Story, plausible

pytestmark = pytest.mark.browser

ITEM = "medical-device-iii"
ON_SITE = "库房没有温湿度监测记录，质量负责人不在岗。"
REASON = "经营企业的贮存条件不符合要求，经现场核查属实。"


def as_on_a_good_day(step: str) -> dict[str, Any]:
    """Return plausible answers for the form of a step."""
    return plausible(definitions.newest(ITEM).forms[step], clock.now())


def before_the_site_check() -> Story:
    """Play a case up to its site check."""
    story = Story(ITEM, "li.si").apply()
    story.do("wang.clerk", "accept", "accept")
    return story.do("zhao.examiner", "review", "pass")


def before_the_decision() -> Story:
    """Play a case up to its decision, with a proposal to refuse."""
    story = before_the_site_check()
    for inspector in ("sun.inspector", "zhou.inspector"):
        story.do(inspector, "site_check", "fail", opinion=ON_SITE)
    return story.do("zhao.examiner", "section_opinion", "propose-refuse")


def refuse(head: Page, number: str) -> None:
    """Refuse with a common reason and one's own words, after a look at the decision."""
    people.open_task(head, number, "许可决定")
    head.get_by_text("常用理由").click()
    head.get_by_label("库房或者贮存条件不符合要求。").check()
    people.act(head, "不予许可", as_on_a_good_day("decide"), REASON)
    preview = head.get_by_role("article")
    expect(preview).to_contain_text("库房或者贮存条件不符合要求。")
    expect(preview).to_contain_text(REASON)
    expect(preview).to_contain_text("救济途径")
    expect(preview).to_contain_text("行政复议")
    expect(preview).to_contain_text("行政诉讼")
    assert violations(head) == []
    people.confirm(head, "不予许可")


def test_two_inspectors_sign_the_same_record_of_a_site_check(
    visit: Visit, live_engine: str
) -> None:
    """The first signature waits; the second person sees what is signed and signs that."""
    case = before_the_site_check().case
    first, second = visit("sun.inspector"), visit("zhou.inspector")
    people.open_task(first, case.number, "现场核查")
    people.act(first, "核查不通过", as_on_a_good_day("site_check"), ON_SITE)
    expect(first.locator(".lb-note--good")).to_contain_text("签名")
    people.open_task(first, case.number, "现场核查")
    expect(first.get_by_text("您已签名，等待另一人核对并签名。")).to_be_visible()
    expect(first.get_by_role("button", name="核对无误，我也签名")).to_have_count(0)

    people.open_task(second, case.number, "现场核查")
    expect(second.locator(".lb-signatures")).to_contain_text("孙晓岚")
    expect(second.locator(".lb-work__form")).to_contain_text(ON_SITE)
    second.get_by_role("button", name="核对无误，我也签名").click()
    expect(second.locator(".lb-note--good")).to_be_visible()
    second.goto(f"/cases/{case.number}#opinions")
    expect(second.locator("#opinions")).to_contain_text("核查不通过")
    expect(second.locator(".lb-open-tasks")).to_contain_text("科室审核")


def test_a_refusal_reaches_the_applicant_with_its_reasons_and_remedies(
    visit: Visit, live_engine: str
) -> None:
    """The head sees the decision before it is made; the applicant gets it as a document."""
    case = before_the_decision().case
    refuse(visit("qian.head"), case.number)

    applicant = visit("li.si")
    applicant.goto(f"/case/{case.number}")
    expect(applicant.locator(".lb-status")).to_contain_text("不予许可")
    decision = applicant.locator(".lb-papers a", has_text="不予")
    assert people.is_pdf(people.fetch(applicant, decision))
    applicant.goto("/notices")
    expect(applicant.locator(".lb-notices__item", has_text=case.subject).first).to_be_visible()
