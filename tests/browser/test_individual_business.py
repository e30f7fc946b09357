"""An individually-owned business: from the home page to a licence that anybody can verify."""

import re
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from engine import cases, clock, definitions
from engine import people as registry
from engine.cases import documents
from tests.browser import people
from tests.browser.conftest import Visit
from tools import samples
from tools.stories import plausible

pytestmark = pytest.mark.browser

ITEM = "individual-business"
POINTS = {
    "经营场所地址": "与房屋证明记载的门牌号不一致，请更正。",
    "联系电话": "电话无法接通，请填写有效号码。",
}
CORRECTED = {"premises_address": "江城市江岸区一元路9号", "contact_phone": "13800000009"}


def as_on_a_good_day(step: str, now: datetime | None = None) -> dict[str, Any]:
    """Return plausible answers for the form of a step."""
    return plausible(definitions.newest(ITEM).forms[step], now or clock.now())


def verify_code(number: str, kind: str) -> str:
    """Return the code printed below the QR code of a document."""
    case = cases.find(number, registry.actor_for_login("zhang.san"))
    (found,) = [d.verify_code for d in documents.of_case(case) if d.kind == kind]
    return str(found)


def apply(trader: Page) -> str:
    """Apply from the home page on; returns the case number."""
    trader.goto("/")
    trader.get_by_role("link", name="个体工商户设立登记").click()
    expect(trader.get_by_role("heading", level=1)).to_have_text("个体工商户设立登记")
    expect(trader.locator("figure svg")).to_be_visible()
    trader.get_by_role("button", name="开始申请").click()
    trader.get_by_role("button", name=re.compile("^(开始填写|开始一份新的申请)$")).click()
    assert people.answer_pages(trader, samples.individual_business()) > 3
    assert people.upload_required(trader) == ["material-premises-document"]
    trader.get_by_role("button", name="继续：核对并提交").click()
    expect(trader.get_by_text("江城市江岸区三哥面馆").first).to_be_visible()
    return people.submit(trader)


def ask_for_corrections(clerk: Page, number: str) -> None:
    """Claim the task and ask for two corrections at once."""
    people.open_task(clerk, number, "受理与形式审查")
    clerk.get_by_role("button", name="认领").click()
    expect(clerk.get_by_text("由您办理", exact=True)).to_be_visible()
    people.ask_to_correct(clerk, POINTS)
    people.act(clerk, "一次性告知补正", as_on_a_good_day("accept"), "材料需要补正。")
    for sentence in POINTS.values():
        expect(clerk.locator("article")).to_contain_text(sentence)
    people.confirm(clerk, "一次性告知补正")


def correct(trader: Page, number: str) -> None:
    """See all that is asked at once, and answer it in place."""
    trader.goto(f"/case/{number}")
    for label, sentence in POINTS.items():
        expect(trader.locator(".lb-asked li", has_text=label)).to_contain_text(sentence)
    trader.get_by_role("button", name="现在办理").click()
    people.fill(trader.locator("#answer"), {**CORRECTED, "correction_note": "已更正。"})
    trader.get_by_role("button", name="提交补正").click()
    expect(trader.get_by_text("已提交，办理机关将继续办理。")).to_be_visible()


def test_a_trader_applies_corrects_once_and_gets_a_licence_that_verifies(
    visit: Visit, live_engine: str
) -> None:
    """Guide, questions, uploads, receipt, corrections, acceptance, registration, delivery."""
    trader, clerk, registrar = visit("zhang.san"), visit("wang.clerk"), visit("feng.registrar")
    number = apply(trader)
    assert re.fullmatch(r"LB\d{12}", number)
    assert re.fullmatch(r"\w{8}", trader.locator(".lb-receipt__codes dd").last.inner_text())
    receipt = people.fetch(trader, trader.get_by_role("button", name="下载收件凭证"))
    assert people.is_pdf(receipt)

    ask_for_corrections(clerk, number)
    correct(trader, number)

    people.open_task(clerk, number, "受理与形式审查")
    expect(clerk.locator(".lb-answers__row--changed")).to_have_count(2)
    people.act(clerk, "受理", as_on_a_good_day("accept"))
    people.confirm(clerk, "受理")
    people.open_task(registrar, number, "核准登记")
    people.act(registrar, "准予登记", as_on_a_good_day("decide"))
    people.confirm(registrar, "准予登记")
    people.open_task(clerk, number, "制发营业执照")
    people.act(clerk, "已送达", as_on_a_good_day("deliver"))
    expect(clerk.locator(".lb-note--good")).to_be_visible()

    trader.goto(f"/case/{number}")
    expect(trader.locator(".lb-status")).to_contain_text("准予许可")
    licence = trader.locator(".lb-papers a", has_text="营业执照")
    assert people.is_pdf(people.fetch(trader, licence))

    anybody = visit()
    anybody.goto(f"/verify/{verify_code(number, 'licence')}")
    expect(anybody.get_by_text("核验通过")).to_be_visible()
    expect(anybody.locator("main")).to_contain_text("江城市江岸区三哥面馆")
    expect(anybody.locator("main")).to_contain_text(number)


def test_everything_an_applicant_needs_works_without_a_script(visit: Visit) -> None:
    """Apply, see the receipt, the case and its diagram, track it with the query code."""
    trader = visit("zhang.san", java_script_enabled=False)
    number = apply(trader)
    code = trader.locator(".lb-receipt__codes dd").last.inner_text()
    trader.get_by_role("button", name="查看办理进度").click()
    expect(trader.locator(".lb-turn")).to_contain_text("江城市市场监督管理局")
    expect(trader.locator("figure svg")).to_be_visible()
    trader.goto("/my")
    expect(trader.get_by_text(number)).to_be_visible()

    anybody = visit(java_script_enabled=False)
    anybody.goto("/query")
    anybody.get_by_label("办件编号").fill(number)
    anybody.get_by_label("查询码").fill(code)
    anybody.get_by_role("button", name="查询", exact=True).click()
    expect(anybody.get_by_role("heading", level=1)).to_have_text(number)
