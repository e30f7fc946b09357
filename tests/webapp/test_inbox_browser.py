"""The inbox with a script: claimed in place, saved while typing, nothing for axe to find."""

from collections.abc import Iterator

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect

from engine import db
from tests.conftest import LiveServer
from tests.webapp import staff
from tools import city


@pytest.fixture
def number(live_server: LiveServer) -> Iterator[str]:
    """A new case in the running system."""
    db.configure(live_server.database_url)
    yield staff.hand_in(staff.MEDICAL, number=7)
    db.dispose()


def sign_in(browser: Browser, address: str, login: str, width: int = 1280) -> Page:
    """Open a browser window of somebody who is signed in."""
    page = browser.new_context(
        base_url=address, viewport={"width": width, "height": 900}
    ).new_page()
    page.goto("/login?lang=zh")
    page.fill("[name=login]", login)
    page.fill("[name=password]", city.PASSWORD)
    page.click("main button[type=submit]")
    return page


def test_a_claim_changes_the_row_without_loading_the_page(
    browser: Browser, live_server: LiveServer, number: str
) -> None:
    """The focus stays on the button, which now releases; the count follows."""
    page = sign_in(browser, live_server.address, "wang.clerk")
    page.goto(f"/inbox?tab=department&q={number}")
    page.evaluate("window.stayed = true")
    page.get_by_role("button", name="认领").click()
    expect(page.get_by_role("button", name="退回")).to_be_focused()
    expect(page.locator("#count-mine")).not_to_have_text("0")
    assert page.evaluate("window.stayed")
    page.get_by_role("button", name="退回").click()
    expect(page.get_by_role("button", name="认领")).to_be_visible()
    page.context.close()


def test_what_is_typed_is_saved_by_itself_and_on_leaving(
    browser: Browser, live_server: LiveServer, number: str
) -> None:
    """After a moment it says so; the last words before leaving are kept too."""
    page = sign_in(browser, live_server.address, "wang.clerk")
    page.goto(f"/inbox?tab=department&q={number}")
    page.locator(".lb-task-row__open").click()
    page.fill("#opinion", "写到一半")
    expect(page.locator("#saved")).to_contain_text("已自动保存")
    last, task = "写到一半，离开前又写了几个字", page.url
    page.fill("#opinion", last)
    page.goto("/inbox")
    for _ in range(20):  # what is sent on leaving arrives in its own time
        page.goto(task)
        if page.input_value("#opinion") == last:
            break
        page.wait_for_timeout(250)
    expect(page.locator("#opinion")).to_have_value(last)
    page.context.close()


def test_an_expired_login_is_told_beside_the_form_and_keeps_the_text(
    browser: Browser, live_server: LiveServer, number: str
) -> None:
    """Saving by itself fails in words; the page with what was typed stays."""
    page = sign_in(browser, live_server.address, "wang.clerk")
    page.goto(f"/inbox?tab=department&q={number}")
    page.locator(".lb-task-row__open").click()
    # The page's own answer may renew the session: it must be here before the cookies go.
    page.locator("#opinion").wait_for()
    page.wait_for_load_state("networkidle")
    page.context.clear_cookies()
    page.fill("#opinion", "写了很久的意见")
    expect(page.locator("#saved")).to_contain_text("没有保存上")
    expect(page.locator("#opinion")).to_have_value("写了很久的意见")
    page.context.close()


def test_the_enter_key_never_carries_out_an_outcome(
    browser: Browser, live_server: LiveServer, number: str
) -> None:
    """Enter in a line of the form saves what was typed."""
    page = sign_in(browser, live_server.address, "wang.clerk")
    page.goto(f"/inbox?tab=department&q={number}")
    page.locator(".lb-task-row__open").click()
    page.get_by_text("不予受理：写明应向哪个机关申请").click()
    page.fill("#agency", "省药品监督管理局")
    page.press("#agency", "Enter")
    expect(page.get_by_text("已保存，可以以后继续。")).to_be_visible()
    expect(page.locator("#agency")).to_have_value("省药品监督管理局")
    page.context.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_the_pages_of_the_staff_have_no_violations_and_fit_the_screen(
    browser: Browser, live_server: LiveServer, number: str, width: int
) -> None:
    """Inbox, task, case, search, board and administration, on a desk and on a phone."""
    pages = {
        "wang.clerk": ["/inbox?tab=department", "/inbox?tab=done", "/cases", f"/cases/{number}"],
        "chen.leader": ["/board", "/board/cases?department=scjg&figure=open"],
        "admin": ["/admin/definitions", "/admin/definitions/1"],
    }
    for login, addresses in pages.items():
        page = sign_in(browser, live_server.address, login, width)
        for address in addresses:
            page.goto(address)
            found = Axe().run(page).response["violations"]
            assert not found, (address, [v["id"] for v in found])
            wider = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wider <= 0, f"{address} is {wider} px too wide at {width}"
        page.context.close()
