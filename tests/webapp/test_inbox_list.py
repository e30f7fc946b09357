"""The inbox: what is to be done, the most urgent first; claimed and released in place."""

import html
import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask

from tests.webapp import staff

HTMX = {"HX-Request": "true"}
TASK = re.compile(r'lb-task-row--\w+" id="(task-[^"]+)"')


def rows(page: str) -> int:
    return len(TASK.findall(page))


def link(page: str, way: str) -> dict[str, str]:
    """Return the query of a page's link to its neighbour."""
    found = re.search(rf'href="([^"]+)" rel="{way}"', page)
    assert found is not None
    return dict(parse_qsl(urlsplit(html.unescape(found[1])).query))


def test_the_most_urgent_task_stands_first_with_its_time_in_words(app: Flask, visit: Any) -> None:
    """Overdue before due, with a sign and words beside the colour."""
    calm, late = staff.new_case(app), staff.new_case(app, number=2)
    staff.overdue_by(app, late, 9)
    page = visit("wang.clerk").get("/inbox").text
    assert page.index(late) < page.index(calm)
    assert "已超期" in page
    assert "▲" in page


def test_an_empty_tab_says_where_there_is_work(app: Flask, visit: Any) -> None:
    """Nothing is held yet, but the department has a task."""
    staff.new_case(app)
    page = visit("wang.clerk").get("/inbox", tab="mine").text
    assert "您手上没有待办" in page
    assert "本部门有1个待办可以认领" in page


def test_a_claim_without_a_script_comes_back_to_the_list(app: Flask, visit: Any) -> None:
    """The post answers with a redirect, and the task is held."""
    number = staff.new_case(app)
    clerk, task_id = visit("wang.clerk"), staff.open_task(app, number)
    answer = clerk.post(f"/tasks/{task_id}/claim", {"back": "/inbox?tab=department"})
    assert (answer.status_code, answer.location) == (303, "/inbox?tab=department")
    assert number in clerk.get("/inbox", tab="mine").text


def test_a_claim_by_htmx_answers_with_the_row_and_the_counts(app: Flask, visit: Any) -> None:
    """The page is not loaded again."""
    task_id = staff.open_task(app, staff.new_case(app))
    answer = visit("wang.clerk").post(f"/tasks/{task_id}/claim", headers=HTMX)
    assert answer.status_code == 200
    assert "<html" not in answer.text
    assert f'id="task-{task_id}"' in answer.text
    assert '<span class="lb-tab-count" id="count-mine" hx-swap-oob="true">1</span>' in answer.text


def test_a_claim_that_comes_too_late_says_who_was_first(app: Flask, visit: Any) -> None:
    """By htmx the row says so; without a script a message does."""
    task_id = staff.open_task(app, staff.new_case(app))
    first, second = visit("wang.clerk"), visit("li.clerk")
    first.post(f"/tasks/{task_id}/claim")
    answer = second.post(f"/tasks/{task_id}/claim", headers=HTMX)
    assert answer.status_code == 409
    assert "领取" in answer.text
    answer = second.post(f"/tasks/{task_id}/claim", {"back": "/inbox"}, follow_redirects=True)
    assert "领取" in answer.text


def test_a_released_task_can_be_claimed_by_others(app: Flask, visit: Any) -> None:
    """Releasing gives it back to the post."""
    task_id = staff.open_task(app, staff.new_case(app))
    first, second = visit("wang.clerk"), visit("li.clerk")
    first.post(f"/tasks/{task_id}/claim")
    assert first.post(f"/tasks/{task_id}/release").status_code == 303
    assert second.post(f"/tasks/{task_id}/claim", headers=HTMX).status_code == 200


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"q": "康健"}, True),
        ({"q": "没有这家"}, False),
        ({"item": staff.MEDICAL}, True),
        ({"item": staff.SHOP}, False),
        ({"step": "accept"}, True),
        ({"step": "review"}, False),
        ({"sort": "nonsense", "at": "99"}, True),
    ],
)
def test_search_and_filters_narrow_the_list(
    app: Flask, visit: Any, query: dict[str, str], found: bool
) -> None:
    """Words, item and step; what is not understood is passed over."""
    number = staff.new_case(app)
    page = visit("wang.clerk").get("/inbox", tab="department", **query).text
    assert (number in page) is found


def test_the_list_can_be_narrowed_to_one_step_of_an_item(app: Flask, visit: Any) -> None:
    """The steps offered are those of the roles one holds."""
    number, clerk = staff.new_case(app), visit("wang.clerk")
    page = clerk.get("/inbox", tab="department").text
    assert 'value="medical-device-iii/accept"' in page
    assert 'value="medical-device-iii/decide"' not in page
    item = "medical-device-iii"
    assert number in clerk.get("/inbox", tab="department", item=f"{item}/accept").text
    refusals = clerk.get("/inbox", tab="department", item=f"{item}/deliver_refusal").text
    assert number not in refusals


def test_the_list_turns_its_pages_forth_and_back(app: Flask, visit: Any) -> None:
    """Twenty-six tasks make two pages; a mark leads to the second, another back."""
    for number in range(1, 27):
        staff.new_case(app, staff.SHOP, number=number)
    clerk = visit("wang.clerk")
    first = clerk.get("/inbox", tab="department").text
    assert rows(first) == 25
    assert "上一页" not in first
    second = clerk.get("/inbox", **link(first, "next")).text
    assert rows(second) == 1
    assert "下一页" not in second
    again = clerk.get("/inbox", **link(second, "prev")).text
    assert TASK.findall(again) == TASK.findall(first)


@pytest.mark.parametrize("at", ["99", "a", "aW10=", "axxx", "b[1]", "\u0000", "a" + "W10=" * 200])
def test_a_mark_that_is_none_leads_to_the_first_page(app: Flask, visit: Any, at: str) -> None:
    """An address that somebody cut or made up shows the list all the same."""
    number = staff.new_case(app)
    assert number in visit("wang.clerk").get("/inbox", tab="department", at=at).text


def test_what_one_has_done_is_kept_in_its_tab(app: Flask, visit: Any) -> None:
    """The completed task moves to the third tab."""
    number, clerk = staff.new_case(app), visit("wang.clerk")
    staff.carry_out(app, clerk, "wang.clerk", number, "accept")
    assert number in clerk.get("/inbox", tab="done").text
    assert number not in clerk.get("/inbox", tab="department").text


def test_the_inbox_is_closed_to_applicants_and_strangers(visit: Any) -> None:
    """Applicants are refused; strangers are asked for their login."""
    assert visit("zhang.san").get("/inbox").status_code == 403
    answer = visit().get("/inbox")
    assert answer.status_code == 303
    assert answer.location.startswith("/login")
