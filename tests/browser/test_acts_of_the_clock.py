"""The legal clock in the browser: stops, extension, suspension, withdrawal, calendar."""

from collections.abc import Mapping
from datetime import timedelta

import pytest
from playwright.sync_api import FilePayload, Page, expect

from engine import calendars
from tests.browser import people
from tests.browser.conftest import Visit
from tools.stories import Story

pytestmark = pytest.mark.browser

ITEM = "medical-device-iii"


@pytest.fixture
def case(live_engine: str) -> Story:
    """A case of zhang.san whose clock runs; the examiner has it."""
    return Story(ITEM).apply().do("wang.clerk", "accept", "accept")


def opened(page: Page, case: Story, form: str) -> None:
    """Open a case, and on it the form behind a line to click."""
    page.goto(f"/cases/{case.case.number}")
    page.locator("#clock summary", has_text=form).click()


def ask(examiner: Page, at: str, asked: Mapping[str, str], said: str, ground: str) -> None:
    """Ask the head without a ground, see that the rest stays, and give the ground."""
    people.send(examiner, "提交负责人批准", asked, at=at)
    people.refused(examiner, said, asked)
    name, value = ground.split("=")
    people.send(examiner, "提交负责人批准", {name: value}, at=at)
    expect(examiner.get_by_role("status")).to_contain_text("待负责人批准")


def decide(head: Page, case: Story, button: str) -> None:
    """Press the head's button on the case's page."""
    head.goto(f"/cases/{case.case.number}")
    head.locator("#clock").get_by_role("button", name=button, exact=True).click()


def test_the_clock_is_stopped_and_goes_on_and_the_limit_is_extended_once(
    visit: Visit, case: Story
) -> None:
    """The examiner asks, the head approves and extends; without a ground or reason nobody does."""
    examiner, head = visit("zhao.examiner"), visit("qian.head")
    opened(examiner, case, "申请停止计时")
    asked = {"planned_days": "7", "reason": "组织专家评审库房温控方案"}
    ask(examiner, "/stops", asked, "请选择法定事由", "ground=expert-review")
    decide(head, case, "批准")
    expect(head.get_by_role("status")).to_contain_text("已停止计时，并已书面告知申请人")
    expect(head.locator("#clock")).to_contain_text("正在停止计时")
    examiner.reload()
    examiner.get_by_role("button", name="恢复计时").click()
    expect(examiner.locator("#clock")).to_contain_text("已恢复计时")

    opened(head, case, "批准延期")
    people.send(head, "批准延期", {"days": "5"}, at="/extension")
    people.refused(head, "理由", {"days": "5"})
    people.send(head, "批准延期", {"reason": "需要补充检验"}, at="/extension")
    expect(head.locator("#clock")).to_contain_text("已延期")
    expect(head.locator("#clock summary", has_text="批准延期")).to_have_count(0)

    holder = visit("zhang.san")
    holder.goto(f"/case/{case.case.number}")
    for paper in ("停止计时告知书", "延长审查期限告知书"):
        expect(holder.locator(".lb-papers").first).to_contain_text(paper)


def test_a_case_is_suspended_for_a_dispute_and_resumed(visit: Visit, case: Story) -> None:
    """Meanwhile nobody can work on it; who forgets the cause or the reason is told and types on."""
    examiner, head = visit("zhao.examiner"), visit("qian.head")
    opened(examiner, case, "申请中止办理")
    asked = {"article": "取水条例18", "reason": "相邻权人就经营场所提出争议"}
    ask(examiner, "/suspensions", asked, "请选择争议或诉讼", "cause=dispute")
    decide(head, case, "批准")
    expect(head.locator(".lb-note--warn", has_text="已中止")).to_be_visible()
    examiner.goto(f"/tasks/{case.task('review', 'zhao.examiner').id}")
    expect(examiner.locator("main")).to_contain_text("这个办件已中止")
    expect(examiner.locator("#work-form")).to_have_count(0)

    opened(examiner, case, "恢复办理")
    people.send(examiner, "恢复办理", {"reason": " "}, at="/resume")
    people.refused(examiner, "理由", {})
    people.send(examiner, "恢复办理", {"reason": "已调解，申请人提交了协议。"}, at="/resume")
    expect(examiner.locator("#clock")).to_contain_text("已恢复办理")
    examiner.goto(f"/tasks/{case.task('review', 'zhao.examiner').id}")
    expect(examiner.locator("#work-form")).to_be_visible()


def test_an_applicant_withdraws_and_signs(visit: Visit, case: Story) -> None:
    """From the case's page; a wrong password changes nothing; the paper follows."""
    applicant, reason = visit("zhang.san"), {"reason": "经营计划有变"}
    applicant.goto(f"/case/{case.case.number}")
    applicant.get_by_role("link", name="撤回申请").click()
    people.send(applicant, "签名并撤回申请", {"password": "not-mine", **reason})
    people.refused(applicant, "签名不符", reason)
    assert case.case.closed_at is None
    people.send(applicant, "签名并撤回申请", {"query_code": case.case.query_code})
    expect(applicant.locator(".lb-status")).to_contain_text("已撤回")
    expect(applicant.locator(".lb-papers").first).to_contain_text("撤回申请确认书")
    expect(applicant.get_by_role("link", name="撤回申请", exact=True)).to_have_count(0)


def notice_with_a_day_off(case: Story) -> FilePayload:
    """The notice of a year with one more day off, some days before the case is due."""
    due = case.case.statutory_due_at
    assert due is not None
    known = {day: works for day, (works, _) in calendars.from_package(due.year).days.items()}
    days = (due.date() - timedelta(days=n) for n in range(2, 9))
    known[next(day for day in days if day.weekday() < 5 and day not in known)] = False
    rows = "".join(f"{day},{'work' if works else 'off'}\n" for day, works in sorted(known.items()))
    return {
        "name": "one-more-day.csv",
        "mimeType": "text/csv",
        "buffer": f"date,workday\n{rows}".encode(),
    }


def test_a_calendar_is_looked_at_imported_and_undone(visit: Visit, case: Story) -> None:
    """A file that is no calendar is refused; the preview names the case and changes nothing."""
    admin, due = visit("admin"), case.case.statutory_due_at
    admin.goto("/admin/calendar")
    broken: FilePayload = {"name": "x.csv", "mimeType": "text/csv", "buffer": b"day\n"}
    admin.get_by_label("文件（CSV 或 JSON）").set_input_files(broken)
    admin.get_by_role("button", name="先看影响").click()
    people.refused(admin, "", {})
    admin.get_by_label("文件（CSV 或 JSON）").set_input_files(notice_with_a_day_off(case))
    admin.get_by_role("button", name="先看影响").click()
    expect(admin.get_by_role("row").filter(has_text=case.case.number).first).to_be_visible()
    assert case.case.statutory_due_at == due
    admin.get_by_role("button", name="启用这个日历").click()
    expect(admin.get_by_role("status")).to_contain_text("日历已启用")
    assert case.case.statutory_due_at != due
    row = admin.get_by_role("row").filter(has_text="one-more-day.csv").filter(has_text="现行")
    row.get_by_role("button", name="撤销").click()
    expect(admin.get_by_role("status")).to_contain_text("已撤销导入")
    assert case.case.statutory_due_at == due
