"""The leader's figures lead to cases; an administrator is told everything wrong with a bundle."""

import io
import re
import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import FilePayload, Page, expect

from engine import definitions
from tests.browser.conftest import Visit
from tests.browser.looking import violations
from tools.stories import Story

pytestmark = pytest.mark.browser

ITEM = "individual-business"
FOLDER = Path(__file__).resolve().parents[2] / "processes" / ITEM
BPMN = f"{ITEM}.bpmn"


def archive(changed: dict[str, bytes]) -> FilePayload:
    """Pack the item's files, some of them changed, as a ZIP to upload."""
    files = {**definitions.read_folder(FOLDER), **changed}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as opened:
        for name, content in files.items():
            opened.writestr(name, content)
    return {"name": "bundle.zip", "mimeType": "application/zip", "buffer": packed.getvalue()}


def upload(page: Page, bundle: FilePayload, note: str) -> None:
    """Upload a bundle to be checked and deployed."""
    page.goto("/admin/definitions")
    page.get_by_label("事项文件").set_input_files(bundle)
    page.get_by_label("这一版改了什么").fill(note)
    page.get_by_role("button", name="检查并部署").click()


def newest() -> int:
    """Return the number of the newest version of the item."""
    return max(info.version.number for info in definitions.versions(ITEM))


def test_every_figure_of_the_board_leads_to_its_cases(visit: Visit, live_engine: str) -> None:
    """From the number in progress to the list of just as many cases, and on to one case."""
    number = Story(ITEM).apply().case.number
    leader = visit("chen.leader")
    leader.goto("/board")
    figure = leader.locator(".lb-figure", has_text="在办").first
    shown = int(figure.locator(".lb-figure__number").inner_text())
    assert shown >= 1
    figure.get_by_role("link").click()
    expect(leader.get_by_role("heading", level=1)).to_contain_text(f"{shown}件")
    leader.goto("/board")
    steps = leader.get_by_role("table", name="各环节的待办")
    row = steps.get_by_role("row").filter(has_text="受理与形式审查").first
    waiting = int(re.sub(r"\D.*", "", row.get_by_role("link").first.inner_text()))
    row.get_by_role("link").first.click()
    expect(leader.get_by_role("heading", level=1)).to_contain_text(f"{waiting}件")
    leader.goto(f"/cases/{number}")
    expect(leader.locator(".lb-head-facts")).to_contain_text("张三")


def test_a_broken_bundle_is_told_with_element_and_line_and_changes_nothing(
    visit: Visit, live_engine: str
) -> None:
    """Two mistakes in one diagram are both named: a missing form and an evil condition."""
    before = newest()
    diagram = (FOLDER / BPMN).read_text("utf-8")
    broken = diagram.replace('camunda:formRef="decide"', 'camunda:formRef="nowhere"')
    broken = broken.replace(
        'outcome = "refuse"</bpmn:conditionExpression>',
        'os.system("id")</bpmn:conditionExpression>',
    )
    assert broken.count("nowhere") == 1
    line = broken[: broken.index("nowhere")].count("\n") + 1
    admin = visit("admin")
    upload(admin, archive({BPMN: broken.encode()}), "broken")
    expect(admin.get_by_role("alert")).to_contain_text("没有部署，什么也没有改变")
    assert violations(admin) == []
    form = admin.get_by_role("row").filter(has_text="nowhere").first
    expect(form.locator("code").first).to_have_text("decide")
    assert abs(int(form.get_by_role("cell").nth(1).inner_text()) - line) <= 1
    evil = admin.get_by_role("row").filter(has_text="os.system").first
    expect(evil).to_contain_text(re.compile(r"f_gw_\w+"))
    expect(evil.get_by_role("cell").nth(1)).to_have_text(re.compile(r"\d+"))
    assert newest() == before


def test_a_correct_bundle_becomes_a_new_version_and_the_same_again_does_not(
    visit: Visit, live_engine: str
) -> None:
    """A changed bundle gets the next number; uploading it twice changes nothing."""
    before = newest()
    item = (FOLDER / "item.yaml").read_text("utf-8") + f"# version {before + 1}\n"
    bundle = archive({"item.yaml": item.encode()})
    admin = visit("admin")
    upload(admin, bundle, "clearer notes")
    expect(admin.locator(".lb-heading__caption")).to_contain_text(f"第{before + 1}版")
    expect(admin.locator(".lb-note--good")).to_be_visible()
    upload(admin, bundle, "once more")
    expect(admin.locator(".lb-note--info").first).to_be_visible()
    expect(admin.locator(".lb-heading__caption")).to_contain_text(f"第{before + 1}版")
    assert newest() == before + 1
    admin.goto("/admin/definitions")
    expect(admin.get_by_role("row", name=f"第{before + 1}版").first).to_contain_text(
        "clearer notes"
    )


def test_a_file_that_is_no_archive_is_refused_at_its_field(visit: Visit) -> None:
    """A ZIP by name alone is told apart at once."""
    admin = visit("admin")
    fake: FilePayload = {
        "name": "bundle.zip",
        "mimeType": "application/zip",
        "buffer": b"no archive",
    }
    upload(admin, fake, "")
    expect(admin.locator("#field-files-error")).to_be_visible()
