"""Licences in the browser: renewed by their holder, revoked and deregistered by staff."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from engine import clock, db, licences
from engine.clock import civil_date
from tests.browser import people
from tests.browser.conftest import Visit
from tests.engine.licences import scenes
from tools.stories import Story

pytestmark = pytest.mark.browser

REASON = "经查，发证时质量负责人不具备规定的学历。"


def granted(number: int, **changed: object) -> licences.Licence:
    """A licence of zhang.san to trade medical devices, with parts of its term moved."""
    story = scenes.through(Story(scenes.MEDICAL).apply(number=number))
    with db.transaction():
        found = licences.of_case(story.case)[0]
        for name, value in changed.items():
            setattr(found, name, value)
    return scenes.of(story)


def test_a_holder_renews_a_licence_and_reports_that_works_have_begun(
    visit: Visit, live_engine: str
) -> None:
    """From the list of own licences to the receipt; what is not answered is asked for."""
    today = civil_date(clock.now())
    licence = granted(21, valid_to=today + timedelta(days=80), begin_by=today + timedelta(days=60))
    holder = visit("zhang.san")
    holder.goto("/my/licences")
    row = holder.get_by_role("row").filter(has_text=licence.number)
    row.get_by_role("link", name="延续").click()
    works = people.form_at(holder, "/begun")
    works.get_by_role("button", name="登记开工").click()
    people.refused(holder, "请填写开工日期", {})
    people.send(holder, "登记开工", {"begun_on": today.isoformat()}, at="/begun")
    expect(holder.get_by_role("status")).to_contain_text("已登记开工日期")

    holder.get_by_role("button", name="申请延续").click()
    holder.wait_for_url("**/apply/**")
    expect(holder.locator("[name=company]")).to_have_value(licence.holder_name)
    holder.locator("[name=company]").fill("")
    people.save_and_continue(holder)
    expect(holder.locator(".govuk-error-summary")).to_be_visible()
    holder.locator("[name=company]").fill(licence.holder_name)
    people.answer_pages(holder, {"declared": True})
    people.upload_required(holder)
    holder.get_by_role("button", name="继续：核对并提交").click()
    number = people.submit(holder)
    clerk = visit("wang.clerk")
    clerk.goto(f"/licences/{licence.id}")
    expect(clerk.locator("main")).to_contain_text(number)


def test_a_licence_is_revoked_and_deregistered_and_its_paper_says_so(
    visit: Visit, live_engine: str
) -> None:
    """The head decides after filling in all that is asked; the registrar deregisters after."""
    licence = granted(22)
    told = civil_date(clock.now()) - timedelta(days=30)
    scenes.forewarn(licence, "revoke", "unqualified", told, reason=REASON)
    head, registrar, anybody = visit("qian.head"), visit("feng.registrar"), visit()
    head.goto("/licences")
    head.get_by_label("证照编号、持证人证件号或名称").fill(licence.number)
    head.get_by_role("button", name="查询").click()
    head.get_by_role("row").filter(has_text=licence.number).get_by_role("link").first.click()
    head.get_by_role("button", name="作出决定：撤销许可").click()
    people.send(head, "撤销许可", {})
    people.refused(head, "请确认已经核对", {"reason": REASON})
    expect(head.locator(".govuk-error-summary")).to_contain_text("请确认已经核对")
    people.send(head, "撤销许可", {"confirmed": True})
    expect(head.get_by_role("status")).to_contain_text("已作出决定，并已告知持证人")

    registrar.goto(f"/licences/{licence.id}")
    registrar.get_by_role("button", name="办理注销").click()
    decided = {"ground": "after-end", "reason": "撤销后办理注销登记。", "confirmed": True}
    people.send(registrar, "办理注销", decided)
    expect(registrar.locator(".lb-status")).to_contain_text("已注销")
    anybody.goto(f"/verify/{licence.paper}")
    expect(anybody.locator("main")).to_contain_text("证照现在的状态：已注销")
    holder = visit("zhang.san")
    holder.goto(f"/my/licences/{licence.id}")
    expect(holder.locator(".lb-papers")).not_to_contain_text("现用")
