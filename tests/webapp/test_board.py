"""The leader's board: figures that lead down to the case."""

import re
from typing import Any

from flask import Flask
from lxml import etree

from reports.board import Share
from tests.webapp import staff
from webapp.board.heat import laid_over, tone

NO_SHAPES = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 10 10"/>'


def test_the_figures_lead_to_their_cases(app: Flask, visit: Any) -> None:
    """Overdue and in progress are counted, and each number is a link to the list."""
    calm, late = staff.new_case(app), staff.new_case(app, number=2)
    staff.overdue_by(app, late, 9)
    leader = visit("chen.leader")
    board = leader.get("/board").text
    assert re.search(r">1</span>\s*<span class=\"lb-figure__text\">已超期", board)
    assert "lb-heat--overdue" in board
    listed = leader.get("/board/cases", department="scjg", figure="overdue").text
    assert late in listed
    assert calm not in listed
    assert late in leader.get("/board/cases", department="scjg", figure="open", step="accept").text


def test_an_empty_board_says_so(visit: Any) -> None:
    """No case yet: no empty charts."""
    page = visit("chen.leader").get("/board").text
    assert "目前没有在办件" in page
    assert "<table" not in page


def test_an_empty_figure_says_so(visit: Any) -> None:
    """The list behind a zero explains itself."""
    page = visit("chen.leader").get("/board/cases", department="scjg", figure="near").text
    assert "没有这样的办件" in page


def test_the_list_says_how_it_was_narrowed(app: Flask, visit: Any) -> None:
    """Item, step and person stand above the list, with the way back to all."""
    staff.new_case(app)
    page = visit("chen.leader").get(
        "/board/cases", department="scjg", item=staff.MEDICAL, person="nobody"
    )
    assert "第三类医疗器械经营许可" in page.text
    assert "尚未认领" in page.text
    assert "查看全部" in page.text


def test_other_departments_and_other_posts_are_refused(visit: Any) -> None:
    """A leader sees the own department only, a clerk no board at all, a supervisor every one."""
    leader = visit("chen.leader")
    assert leader.get("/board", department="cgj").status_code == 403
    assert leader.get("/board/cases", department="cgj").status_code == 403
    assert visit("wang.clerk").get("/board").status_code == 403
    assert visit("jc.he").get("/board", department="cgj").status_code == 200


def test_heat_puts_the_number_on_the_step_and_passes_over_what_is_not_drawn() -> None:
    """A step without a shape has no mark; the colour follows the most urgent task."""
    share = Share("gone", staff.samples_label(), 3, 1, 0)
    assert tone(share) == "near"
    assert tone(Share("calm", staff.samples_label(), 3, 0, 0)) == "calm"
    assert len(etree.fromstring(laid_over(NO_SHAPES, {}, {"gone": share}))) == 0
