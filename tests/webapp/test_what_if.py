"""The page of a simulation: numbers from the past, a bar that moves on by itself, figures."""

from typing import Any

from flask import Flask

from engine import definitions
from tests.webapp.staff import SHOP, carry_out, new_case, shown
from tests.webapp.test_comparing import deploy_changed

FEW = {"arrivals": "4", "days": "20", "replications": "2", "seed": "7"}


def test_without_past_cases_the_page_says_so_and_asks_for_numbers(app: Flask, visit: Any) -> None:
    """The people of each post are known all the same."""
    with app.app_context():
        of = definitions.newest(SHOP).version_id
    words = shown(visit("admin").get(f"/admin/definitions/{of}/what-if").text)
    assert "过去一年没有办件" in words
    assert "窗口人员" in words


def test_a_simulation_goes_on_by_itself_until_its_figures_are_there(app: Flask, visit: Any) -> None:
    """Each answer makes a run of both versions and names the next; the same seed gives the same."""
    old, _ = deploy_changed(app)
    admin = visit("admin")
    path = f"/admin/definitions/{old}/what-if"
    answer = admin.get(path, run="0", **FEW)
    assert 'value="1" max="2"' in answer.text
    following = answer.headers["Refresh"].partition("url=")[2]
    answer = admin.client.get(following)
    assert 'value="2" max="2"' in answer.text
    page = admin.client.get(answer.headers["Refresh"].partition("url=")[2])
    assert "Refresh" not in page.headers
    words = shown(page.text)
    for said in ("承诺兑现率", "各环节的等待", "各岗位的负荷", "第1版", "第2版", "书面审查"):
        assert said in words
    assert page.text.count("lb-heat__number") > 8
    assert shown(admin.get(path, run="2", **FEW).text) == words


def test_past_cases_give_hours_outcomes_and_arrivals(app: Flask, visit: Any) -> None:
    """One case that was accepted: the step's outcome and the case are counted."""
    number = new_case(app, SHOP)
    carry_out(app, visit("wang.clerk"), "wang.clerk", number, "accept")
    with app.app_context():
        of = definitions.newest(SHOP).version_id
    words = shown(visit("admin").get(f"/admin/definitions/{of}/what-if").text)
    assert "依据过去一年的1件办件" in words


def test_absurd_numbers_are_told_at_their_fields(app: Flask, visit: Any) -> None:
    """No numbers, too large ones, nobody at a post; and no way in for others."""
    with app.app_context():
        of = definitions.newest(SHOP).version_id
    admin, path = visit("admin"), f"/admin/definitions/{of}/what-if"
    answer = admin.get(path, run="0", arrivals="many", days="9999")
    assert answer.status_code == 422
    assert 'href="#field-arrivals"' in answer.text
    answer = admin.get(path, run="0", days="9999")
    assert 'href="#field-days"' in answer.text
    answer = admin.get(path, run="0", **{**FEW, "people-scjg:clerk": "0"})
    assert answer.status_code == 422
    assert "至少要有1人" in shown(answer.text) or "人数不够" in shown(answer.text)
    assert visit("wang.clerk").get(path).status_code == 403
