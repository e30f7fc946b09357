"""Administrators in the browser: a case repaired by two of them, people taken in from a file."""

import pytest
from playwright.sync_api import FilePayload, Page, expect

from engine import people
from tests.browser.conftest import Visit
from tools.stories import Story

pytestmark = pytest.mark.browser

WHY = "书面审查误选不通过，退回重审"
NAME = "马小青"


@pytest.mark.usefixtures("live_engine")
def test_a_repair_is_previewed_proposed_and_approved(visit: Visit) -> None:
    """By two people; without a reason nothing is proposed and the preview stays."""
    story = Story("medical-device-iii").apply().do("wang.clerk", "accept", "accept")
    story.do("zhao.examiner", "review", "fail")
    admin, other, supervisor = visit("admin"), visit("admin.gu"), visit("jc.he")
    admin.goto("/admin/repairs")
    admin.get_by_label("要修复的办件编号").fill(story.case.number)
    admin.get_by_role("button", name="打开", exact=True).click()
    admin.get_by_label("移动到另一环节").select_option(label="书面审查")
    admin.get_by_role("button", name="预览 移动到另一环节 科室审核").click()
    expect(admin.locator("main")).to_contain_text("新开待办“书面审查”")
    admin.get_by_role("button", name="提出，请另一名管理员批准").click()
    expect(admin.get_by_role("alert")).to_contain_text("请写明理由")
    admin.get_by_label("理由").fill(WHY)
    admin.get_by_role("button", name="提出，请另一名管理员批准").click()
    expect(admin.get_by_role("button", name="批准并实施")).to_have_count(0)
    assert story.waiting() == [("section_opinion", "scjg")]

    other.goto("/admin/repairs?state=open")
    other.get_by_role("link", name=story.case.number).first.click()
    other.get_by_role("button", name="批准并实施").click()
    expect(other.get_by_role("status")).to_contain_text("已实施修复")
    assert story.waiting() == [("review", "scjg")]
    supervisor.goto(f"/cases/{story.case.number}")
    expect(supervisor.locator("main")).to_contain_text("办件经两名管理员修复")


def upload(page: Page, text: str) -> None:
    """Send a file of people."""
    page.goto("/admin/organisation/files")
    file: FilePayload = {"name": "people.csv", "mimeType": "text/csv", "buffer": text.encode()}
    page.get_by_label("文件（CSV 或 XLSX，最大2 MB）").set_input_files(file)
    page.get_by_role("button", name="查看会改什么").click()


@pytest.mark.usefixtures("live_engine")
def test_people_come_in_from_a_file_once_its_error_is_mended(visit: Visit) -> None:
    """The error is told by row and column; nothing is written before."""
    admin = visit("admin")
    upload(admin, f"login,name,posts\nma.guide,{NAME},scjg:nobody\n")
    expect(admin.locator("main")).to_contain_text("没有岗位“nobody”")
    expect(admin.get_by_role("button", name="确认，全部导入")).to_have_count(0)
    upload(admin, f"login,name,posts\nma.guide,{NAME},scjg:clerk\n")
    admin.get_by_role("button", name="确认，全部导入").click()
    expect(admin.get_by_role("status")).to_contain_text("已全部导入")
    assert people.actor_for_login("ma.guide").holds("scjg", "clerk")
