"""The figures of supervision change by themselves while somebody looks at them."""

from datetime import timedelta

import pytest
from playwright.sync_api import expect

from engine import clock
from tests.browser.conftest import Visit
from tests.engine.supervision.scenes import accepted, act, awaited
from tools.stories import Story

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("rules_as_shipped")]


def test_an_answer_shows_in_the_figures_within_seconds_and_without_a_reload(
    visit: Visit, live_engine: str
) -> None:
    """The supervisor's page stays open; the leader answers elsewhere."""
    now = clock.now()
    story = accepted(now - timedelta(days=25))
    card = awaited(story, "step", now)
    page = visit("jc.he")
    page.goto("/oversight")
    page.evaluate("window.stayed = true")
    figure = page.get_by_role("link", name="答复待核实")
    before = int(figure.inner_text().split()[0])
    figure.focus()
    act("chen.leader", "answer", card, now)
    expect(figure).to_contain_text(f"{before + 1}")
    assert page.evaluate("window.stayed") is True
    expect(figure).to_be_focused()  # who works with the keyboard stays where they were


def test_the_city_board_follows_what_happens_without_a_reload(
    visit: Visit, live_engine: str
) -> None:
    """An application arrives while a supervisor looks."""
    page = visit("jc.he")
    page.goto("/board/city")
    page.evaluate("window.stayed = true")
    figure = page.get_by_role("link", name="在办").first
    before = int(figure.inner_text().split()[0]) if figure.count() else 0
    Story("individual-business").apply()
    expect(page.get_by_role("link", name="在办").first).to_contain_text(f"{before + 1}")
    assert page.evaluate("window.stayed") is True


def test_the_unit_answers_and_the_supervisor_verifies_in_the_browser(
    visit: Visit, live_engine: str
) -> None:
    """Both on the card's own page."""
    now = clock.now()
    story = accepted(now - timedelta(days=25))
    path = f"/oversight/cards/{awaited(story, 'step', now).id}"
    leader = visit("chen.leader")
    leader.goto(path)
    leader.get_by_label("答复：说明情况和整改措施").check()
    leader.get_by_label("说明", exact=True).fill("已安排补办。")
    leader.get_by_role("button", name="提交").click()
    expect(leader.get_by_text("已答复，待核实").first).to_be_visible()
    supervisor = visit("jc.he")
    supervisor.goto(path)
    supervisor.get_by_label("核实通过，办结").check()
    supervisor.get_by_label("说明", exact=True).fill("已核实。")
    supervisor.get_by_role("button", name="提交").click()
    expect(supervisor.get_by_text("已核实办结")).to_be_visible()
