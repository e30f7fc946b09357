from tests.conftest import LiveServer
from playwright.sync_api import Page
import pytest
@pytest.mark.parametrize("w,l", [(1280,"zh"),(390,"en")])
def test_shot(live_server: LiveServer, page: Page, w, l):
    page.set_viewport_size({"width":w,"height":900})
    page.goto(f"{live_server.address}/api/docs?lang={l}")
    page.wait_for_selector(".opblock")
    page.screenshot(path=f"/tmp/lb/apidocs-{w}.png")
    page.locator(".opblock-summary").first.click()
    page.wait_for_timeout(800)
    page.screenshot(path=f"/tmp/lb/apidocs-{w}-open.png")
