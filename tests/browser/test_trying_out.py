"""A designer tries a draft, keeps the walk as a path, sees the difference and simulates it."""

import pytest
from playwright.sync_api import Page, expect

from engine import clock, db, definitions, drafting
from engine.permissions import SYSTEM
from tests.browser.conftest import Visit
from tests.browser.looking import too_wide, violations

pytestmark = pytest.mark.browser

SHOP = "individual-business"
#: A name of its own: the tests of this city share its drafts.
NAME = "核对走法用的草稿"


@pytest.fixture
def draft(live_engine: str) -> int:
    """A draft in which receipt has ten minutes less."""
    files = definitions.files_of(definitions.newest(SHOP).version_id)
    diagram = f"{SHOP}.bpmn"
    files[diagram] = files[diagram].replace(b"30min", b"20min", 1)
    with db.transaction():
        row = drafting.create(SHOP, NAME, files, actor=SYSTEM, now=clock.now())
        return row.id


def press(page: Page, name: str) -> None:
    """Press the first button of a name and wait for the page that follows."""
    page.get_by_role("button", name=name, exact=True).first.click()
    page.wait_for_load_state()


def accept_in_vain(page: Page) -> None:
    """Accept without having answered what the step's form asks."""
    press(page, "Accept")
    expect(page.get_by_role("alert").filter(has_text="Please correct")).to_be_visible()


def test_a_draft_is_tried_kept_as_a_path_compared_and_simulated(visit: Visit, draft: int) -> None:
    """From the draft's page to the figures, with nothing but buttons."""
    page = visit("admin", language="en")
    page.goto(f"/studio/drafts/{draft}")
    page.get_by_role("button", name="Try it").click()
    press(page, "Fill in sample answers")
    press(page, "Hand in and begin")
    expect(page.locator(".lb-panel").get_by_text("20 working minutes").first).to_be_visible()
    assert (violations(page), too_wide(page)) == ([], [])
    accept_in_vain(page)
    press(page, "Fill in sample answers")
    press(page, "Accept")
    expect(page.locator(".lb-play__list").get_by_text("Accepted").first).to_be_visible()
    expect(page.locator(".lb-node.lb-current")).not_to_have_count(0)
    press(page, "One working day")
    expect(page.locator(".lb-tag").get_by_text("overdue").first).to_be_visible()
    press(page, "One step back")
    page.get_by_label("Name (Chinese)").fill("受理后等待决定")
    press(page, "Write into the draft")
    expect(page.get_by_text("revision 2")).to_be_visible()
    page.goto(f"/admin/definitions/compare?new=d{draft}")
    expect(page.get_by_role("link", name="Acceptance and form check", exact=True)).to_be_visible()
    expect(page.locator("#mark-new-accept")).to_be_visible()
    expect(page.get_by_text("Path: 受理后等待决定")).to_be_visible()
    _simulate(page, draft)


def _simulate(page: Page, draft: int) -> None:
    page.goto(f"/admin/definitions/d{draft}/what-if")
    page.get_by_label("Applications a working day").fill("4")
    page.get_by_label("Working days to simulate").fill("30")
    page.get_by_label("Runs", exact=True).fill("2")
    press(page, "Simulate")
    expect(page.get_by_text("Promises kept").first).to_be_visible()
    expect(page.locator(".lb-heat__number").first).to_be_visible()
