"""An administrator moves a running case to a new version in the browser, watches, and undoes it."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from engine import clock, db, definitions, people
from tests.browser.conftest import Visit
from tools.stories import Story

pytestmark = pytest.mark.browser
ITEM = "medical-device-iii"
FOLDER = Path(__file__).parents[2] / "processes" / ITEM


def next_version() -> int:
    """Deploy the same item with a remark in its diagram; return the version's id."""
    files = definitions.read_folder(FOLDER)
    remark = f"<!-- {clock.now().isoformat()} -->".encode()
    with db.transaction():
        actor = people.actor_for_login("admin")
        changed = {**files, f"{ITEM}.bpmn": files[f"{ITEM}.bpmn"] + remark}
        return definitions.deploy(changed, actor=actor, now=clock.now()).version.id


def test_a_case_is_moved_watched_and_put_back(visit: Visit, live_engine: str) -> None:
    """The progress turns by itself as the worker goes on."""
    story = Story(ITEM).apply()
    number = story.case.number
    old = definitions.newest(ITEM).version_id
    new = next_version()
    page: Page = visit("admin")
    page.goto(f"/admin/definitions/{new}")
    page.get_by_role("link", name="把它们转到这一版").click()
    page.get_by_label("从哪一版转出").select_option(str(old))
    page.get_by_role("button", name="重新测算影响").click()
    expect(page.get_by_role("heading", name="二、会有什么影响")).to_be_visible()
    page.get_by_label("只迁移下面列出的").check()
    page.get_by_label("办件编号").fill(number)
    page.get_by_label("迁移原因").fill("新版表单")
    page.get_by_role("button", name="开始迁移").click()
    expect(page.locator("#progress")).to_contain_text("已完成", timeout=20_000)
    page.reload()
    expect(page.get_by_role("table", name="办件")).to_contain_text(number)
    page.get_by_label("撤销原因").fill("再等一等")
    page.get_by_role("button", name="撤销这次迁移").click()
    expect(page.locator("#progress")).to_contain_text("已撤销", timeout=20_000)
    db.session().expire_all()
    assert story.case.version_id == old
    clerk = visit("wang.clerk")
    clerk.goto(f"/cases/{story.case.number}")
    expect(clerk.locator("main")).to_contain_text("转回事项第")
