"""A designer draws a step, sees what the check says of it appear and go, and deploys it."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from engine import clock, db, definitions, drafting
from engine import people as registry
from engine.permissions import Actor
from forms.fields import KINDS
from forms.text import Text
from tests.browser.conftest import Visit
from tests.browser.looking import violations
from tests.browser.words import left_in_english

pytestmark = pytest.mark.browser

PROCESSES = Path(__file__).resolve().parents[2] / "processes"
TITLE = Text("临时摊位许可", "Street stall permit")
MARKS = re.compile(r"检查：\d+个错误")


def begun(code: str) -> int:
    """A draft of a new item; its number."""
    files = drafting.new_item("promise", code=code, title=TITLE, lead="scjg")
    admin = registry.actor_for_login("admin")
    with db.transaction():
        origin = drafting.Origin("template")
        return drafting.create(
            code, "First draft", files, actor=admin, now=clock.now(), origin=origin
        ).id


def open_canvas(page: Page, draft_id: int, name: str) -> None:
    """Open a file and wait until it is drawn and checked."""
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"/studio/drafts/{draft_id}/edit/{name}")
    expect(page.locator("#studio[data-ready]")).to_be_visible()
    expect(page.locator("#studio[data-checked]")).to_be_visible()


def insert_step(page: Page, flow: str) -> str:
    """Take a step from the palette and drop it on a line of the diagram; its id."""
    page.locator('.djs-palette [data-action="create.task"]').click()
    box = page.locator(f'[data-element-id="{flow}"] .djs-hit').first.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x - 60, y - 60)
    page.mouse.move(x, y, steps=8)
    page.mouse.click(x, y)
    studio = page.locator("#studio")
    expect(studio).to_have_attribute("data-selected", re.compile("^Activity_"))
    return studio.get_attribute("data-selected") or ""


def describe_step(page: Page, step: str) -> None:
    """Fill the plain fields of the step: its name, who does it, its limit and its button."""
    panel = page.locator("#studio-panel")
    panel.get_by_label("名称", exact=True).fill("复核")
    expect(page.locator(f'[data-element-id="{step}"]').first).to_contain_text("复核")
    panel.get_by_label("英文名称", exact=True).fill("Second look")
    panel.get_by_label("承办岗位", exact=True).select_option("lead:head")
    panel.get_by_label("行为", exact=True).select_option("approve")
    panel.get_by_label("结果按钮", exact=True).fill("ok=同意|Agree")
    panel.get_by_label("表单", exact=True).select_option("review")
    panel.get_by_label("时限", exact=True).fill("1wd")
    panel.get_by_label("时限", exact=True).blur()


def test_a_step_is_drawn_checked_saved_and_deployed(visit: Visit, live_engine: str) -> None:
    """The marks come with the step and go with its fields; a reload shows what was saved."""
    draft_id = begun("stall-drawn")
    page = visit("admin")
    open_canvas(page, draft_id, "stall-drawn.bpmn")
    expect(page.get_by_role("button", name="检查：没有发现问题")).to_be_visible()
    assert violations(page) == []
    step = insert_step(page, "f_review_decide")
    mark = page.locator(f'[data-container-id="{step}"] .lb-mark')
    expect(mark).to_have_text("3")
    expect(mark).to_have_attribute("aria-label", re.compile("没有写时限"))
    describe_step(page, step)
    expect(mark).to_have_count(0)
    # What the bundle says of its paths has to follow the diagram; the problem leads there.
    page.get_by_role("button", name=MARKS).click()
    expect(page.locator("#studio-state")).to_contain_text("已保存")
    page.locator("#studio-problems a").first.click()
    text = page.get_by_label("内容")
    walked = text.input_value().replace(
        "- {complete: decide", f"- {{complete: {step}, outcome: ok}}\n    - {{complete: decide"
    )
    text.fill(walked)
    page.get_by_role("button", name="保存", exact=True).click()
    open_canvas(page, draft_id, "stall-drawn.bpmn")
    expect(page.locator(f'[data-element-id="{step}"]').first).to_be_visible()
    expect(page.locator("#studio-problems-head")).not_to_contain_text("1个错误")
    page.get_by_role("link", name="检查和部署").click()
    page.get_by_role("button", name="部署", exact=True).click()
    expect(page.get_by_text("已部署为第1版")).to_be_visible()
    drawn = definitions.newest("stall-drawn").steps[step]
    assert (drawn.name, drawn.limit, drawn.form) == (Text("复核", "Second look"), "1wd", "review")


def test_two_designers_on_one_file_lose_nothing(visit: Visit, live_engine: str) -> None:
    """The second is told who else is there and what was saved, and keeps a draft of their own."""
    draft_id = begun("stall-shared")
    page = visit("admin")
    found = registry.actor_for_login("wang.clerk")
    other = Actor("staff", found.person_id, found.name, frozenset({("scjg", "designer")}))
    name = "stall-shared.bpmn"
    with db.transaction():
        drafting.touch(draft_id, name, actor=other, now=clock.now())
    open_canvas(page, draft_id, name)
    expect(page.locator("#studio-others")).to_contain_text(f"{other.name}（同一文件）")
    with db.transaction():
        theirs = drafting.content_of(draft_id, name).replace(
            b'name="\xe5\xae\xa1\xe6\x9f\xa5"', b'name="X"'
        )
        drafting.save(draft_id, {name: theirs}, base=1, actor=other, now=clock.now())
    with page.expect_response(re.compile("/save$")) as refused:
        insert_step(page, "f_review_decide")
    assert refused.value.status == 409
    expect(page.get_by_role("alert").filter(has_text=other.name)).to_be_visible()
    page.get_by_role("button", name="另存为新草稿").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("First draft · ")
    mine = int(page.url.rsplit("/", 1)[1])
    assert b"Activity_" in drafting.content_of(mine, name)
    assert drafting.content_of(draft_id, name) == theirs


def test_forms_and_decisions_have_canvases_too(visit: Visit, live_engine: str) -> None:
    """A form shows what people will see; both save themselves."""
    draft_id = begun("stall-forms")
    page = visit("admin", language="en")
    open_canvas(page, draft_id, "apply.form")
    preview = page.locator("#studio-preview")
    expect(preview.get_by_label("Name")).to_be_visible()
    page.locator(".fjs-form-field", has_text="申请的内容和理由").last.click()
    page.locator(".fjs-editor-selected .fjs-context-pad-item").last.click()
    expect(preview.get_by_label("What you apply for, and why")).to_have_count(0)
    expect(page.locator("#studio-state")).to_contain_text("Saved · revision 2")
    page.goto(f"/studio/drafts/{draft_id}")
    page.get_by_label("Or name an empty one").fill("fee.dmn")
    page.get_by_role("button", name="Put in").click()
    open_canvas(page, draft_id, "fee.dmn")
    page.locator(".add-rule-add, .add-rule").first.click()
    expect(page.locator("#studio-state")).to_contain_text("Saved · revision 4")
    assert b"<rule " in drafting.content_of(draft_id, "fee.dmn")


#: Where something was looked for, and what was found.
Found = Iterator[tuple[str, list[str]]]
#: Kinds of elements whose fields and menus differ most.
DRAWN = (
    "StartEvent:Timer", "IntermediateThrowEvent:Compensate", "EndEvent:Error", "UserTask:",
    "ServiceTask:", "BusinessRuleTask:", "CallActivity:", "AdHocSubProcess:",
)  # fmt: skip
_DRAW = """(kind) => {
  const [type, event] = kind.split(':'), of = window.lianbanStudio
  const more = event ? { eventDefinitionType: `bpmn:${event}EventDefinition` } : {}
  const shape = of.get('elementFactory').createShape({ type: `bpmn:${type}`, ...more })
  of.get('modeling').createShape(shape, { x: 400, y: 900 }, of.get('canvas').getRootElement())
  of.get('selection').select(shape)
  of.get('popupMenu').open(shape, 'bpmn-replace', { x: 300, y: 200 })
}"""
_SHOW = """async (type) => {
  const of = window.lianbanStudio
  const more = { group: { path: 'g', components: [] }, dynamiclist: { path: 'l', components: [] },
    datetime: { key: 'k', subtype: 'datetime' } }[type] || { key: 'k' }
  const values = [{ label: '一', value: 'a' }]
  await of.importSchema({ type: 'default', components: [{ type, label: '名称', values, ...more }] })
  of.get('selection').set(of.get('formFieldRegistry').getAll().find((one) => one.type === type))
}"""


def words_of_diagrams(page: Page) -> Found:
    """What is left in English of the fields and menus of elements, and of the token simulation."""
    page.get_by_role("button", name="全部属性").click()
    for kind in DRAWN:
        page.evaluate(_DRAW, kind)
        yield kind, left_in_english(page)
    page.keyboard.press("Escape")
    page.locator(".bts-toggle-mode").click()
    page.locator(".bts-palette .bts-entry").last.click()
    page.evaluate("document.querySelector('.bts-context-pad').click()")
    expect(page.locator(".bts-log .bts-entry").first).to_be_visible()
    yield "tokens", left_in_english(page)


def words_of_forms(page: Page) -> Found:
    """What is left in English of the palette and of the fields of questions."""
    for kind in ("textfield", "number", "datetime", "select", "filepicker", "dynamiclist", "html"):
        page.evaluate(_SHOW, kind)
        yield kind, left_in_english(page)


def words_of_tables(page: Page) -> Found:
    """What is left in English of a table, its menus, and the picture of requirements."""
    yield "table", left_in_english(page)
    page.locator("td.input-cell").first.click(button="right")
    yield "menu", left_in_english(page)
    page.keyboard.press("Escape")
    page.locator("th.input-cell").first.dblclick()
    yield "input", left_in_english(page)
    page.locator("#studio-views button").first.click()
    expect(page.locator(".dmn-drd-container")).to_be_visible()
    yield "requirements", left_in_english(page)


def test_the_editors_say_nothing_in_english_on_a_chinese_page(
    visit: Visit, live_engine: str
) -> None:
    """Palettes, menus, every group of the panels; and only what we can ask is offered."""
    draft_id = begun("stall-words")
    table = (PROCESSES / "restaurant-opening" / "parts.dmn").read_bytes()
    with db.transaction():
        admin = registry.actor_for_login("admin")
        drafting.save(draft_id, {"parts.dmn": table}, base=1, actor=admin, now=clock.now())
    page = visit("admin")
    open_canvas(page, draft_id, "stall-words.bpmn")
    found = list(words_of_diagrams(page))
    open_canvas(page, draft_id, "apply.form")
    offered = page.locator(".fjs-palette-field:visible")
    kinds = offered.evaluate_all("all => all.map((one) => one.dataset.fieldType)")
    assert set(kinds) == set(KINDS)
    found += words_of_forms(page)
    open_canvas(page, draft_id, "parts.dmn")
    found += words_of_tables(page)
    assert {where: said for where, said in found if said} == {}
