"""An item is changed while 500 cases run: drawn, tried, deployed, the cases moved, and back."""

import re

import pytest
from playwright.sync_api import Page, expect

from engine import clock, db, definitions, drafting, migrating
from engine import people as registry
from forms import plausible
from forms.text import Text
from tests.browser.conftest import Visit
from tests.browser.test_studio import describe_step, insert_step, open_canvas
from tools.bench import copies
from tools.stories import Story

pytestmark = pytest.mark.browser

CODE = "stall-moved"
TITLE = Text("夜市摊位许可", "Night market permit")
CASES = 500
#: Milliseconds in which a worker moves them all, with the other tests at work beside it.
MOVED_WITHIN = 180_000


@pytest.fixture
def running(live_engine: str) -> Story:
    """An item in force, and its cases: all stand at the counter."""
    files = drafting.new_item("promise", code=CODE, title=TITLE, lead="scjg")
    admin = registry.actor_for_login("admin")
    with db.transaction():
        definitions.deploy(files, actor=admin, now=clock.now())
    form = definitions.newest(CODE).application_form
    story = Story(CODE).apply(plausible.answers(form))
    copies.copy(live_engine, story, CASES - 1, now=clock.now())
    return story


def take_up(page: Page) -> int:
    """Begin a draft of the version in force; its number."""
    page.goto("/studio/drafts/new")
    form = page.locator("form").filter(has=page.locator("[name=version]"))
    form.get_by_label("版本").select_option(label=f"{TITLE.zh} · 第1版")
    form.get_by_label("草稿名称").fill("加一道复核")
    form.get_by_role("button", name="建立").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("加一道复核")
    return int(re.findall(r"/drafts/(\d+)", page.url)[0])


def draw(page: Page, draft_id: int) -> str:
    """Put a step in that breaks the promise, see it told, and mend its limit; the step's id."""
    open_canvas(page, draft_id, f"{CODE}.bpmn")
    step = insert_step(page, "f_review_decide")
    describe_step(page, step)
    limit = page.locator("#studio-panel").get_by_label("时限", exact=True)
    problems = page.locator("#studio-problems")
    limit.fill("30wd")
    limit.blur()
    expect(problems).to_contain_text("承诺时限")
    limit.fill("1wd")
    limit.blur()
    expect(problems).not_to_contain_text("承诺时限")
    expect(page.locator("#studio-state")).to_contain_text("已保存")
    return step


def walk_paths(page: Page, draft_id: int, step: str) -> None:
    """Let the tests of the item's ways pass the new step."""
    page.goto(f"/studio/drafts/{draft_id}/text/paths.yaml")
    text = page.get_by_label("内容")
    new = f"- {{complete: {step}, outcome: ok}}\n    - {{complete: decide"
    text.fill(text.input_value().replace("- {complete: decide", new))
    page.get_by_role("button", name="保存", exact=True).click()


def try_it(page: Page, draft_id: int) -> None:
    """Play the draft up to the counter's desk."""
    page.goto(f"/studio/drafts/{draft_id}")
    page.get_by_role("button", name="试办").click()
    page.get_by_role("button", name="填入示例内容").click()
    page.get_by_role("button", name="提交申请，开始试办").click()
    expect(page.locator("#todo")).to_be_visible()
    expect(page.locator("main")).to_contain_text("复核")


def deploy(page: Page, draft_id: int) -> int:
    """Deploy the draft; the number of its version in the database."""
    page.goto(f"/studio/drafts/{draft_id}/problems")
    page.get_by_role("button", name="部署", exact=True).click()
    expect(page.get_by_text("已部署为第2版")).to_be_visible()
    return definitions.newest(CODE).version_id


def move(page: Page, version_id: int) -> None:
    """Look at the impact, move all that can move, and wait for the report."""
    page.goto(f"/admin/definitions/{version_id}/redeploy")
    expect(page.get_by_text("新增：复核")).to_be_visible()
    expect(page.locator("main")).to_contain_text(f"第1版（在办{CASES}件）")
    page.get_by_label("迁移原因").fill("重大摊位须复核")
    page.get_by_role("button", name="开始迁移").click()
    progress = page.locator("#progress")
    expect(progress).to_contain_text("已完成", timeout=MOVED_WITHIN)
    expect(progress).to_contain_text(f"已处理{CASES}件，共{CASES}件")


def test_a_step_is_added_while_500_cases_run_and_the_move_is_undone(
    visit: Visit, running: Story
) -> None:
    """Who was worked on since the move stays; the other 499 are as they were."""
    page = visit("admin")
    draft_id = take_up(page)
    step = draw(page, draft_id)
    walk_paths(page, draft_id, step)
    try_it(page, draft_id)
    old = running.case.version_id
    new = deploy(page, draft_id)
    move(page, new)
    db.session().expire_all()
    assert running.case.version_id == new
    running.do("wang.clerk", "accept", "accept")
    page.reload()
    page.get_by_label("撤销原因").fill("暂缓")
    page.get_by_role("button", name="撤销这次迁移").click()
    progress = page.locator("#progress")
    expect(progress).to_contain_text("已撤销", timeout=MOVED_WITHIN)
    db.session().expire_all()
    assert running.case.version_id == new
    (row,) = migrating.listed(CODE, registry.actor_for_login("admin"))
    counts = migrating.counted(row.id)
    assert (counts["undone"], counts["kept"]) == (CASES - 1, 1)
    assert old != new
