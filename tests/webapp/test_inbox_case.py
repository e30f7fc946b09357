"""The case file for staff: search, materials shown safely, documents, co-handling."""

from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from engine import clock, db, definitions
from engine.models import Case, CoHandling, Document, Material
from engine.permissions import SYSTEM
from tests.webapp import staff
from webapp.inbox import history


def ids(app: Flask, model: Any, number: str) -> list[int]:
    """Return the ids of a case's rows of one kind."""
    with app.app_context():
        query = select(model.id).join(Case, Case.id == model.case_id).where(Case.number == number)
        return list(db.session().scalars(query.order_by(model.id)))


def test_the_file_shows_application_documents_history_and_people(app: Flask, visit: Any) -> None:
    """One page for whoever of the department wants to know."""
    number = staff.new_case(app)
    staff.carry_out(app, visit("wang.clerk"), "wang.clerk", number, "accept")
    page = staff.shown(visit("chen.leader").get(f"/cases/{number}").text)
    for words in ("受理通知书", "王婉清", "承诺期限", "期限是怎样算出来的", "书面审查"):
        assert words in page


def test_the_system_is_named_in_the_language_of_the_page(app: Flask) -> None:
    """What a timer did has nobody's name."""
    told = SimpleNamespace(
        type="timer-fired",
        at=clock.now(),
        actor_id=None,
        actor_name=SYSTEM.name,
        department_code=None,
        data={"element": "review"},
    )
    for language, name in (("zh", "系统"), ("en", "System")):
        with app.test_request_context(f"/?lang={language}"):
            (entry,) = history.entries([told], definitions.newest(staff.MEDICAL))
        assert entry["by"] == name


def test_a_foreign_case_is_not_there(app: Flask, visit: Any) -> None:
    """A department without work in it gets the same answer as for a made-up number."""
    number = staff.new_case(app)
    stranger = visit("cg.wu")
    assert stranger.get(f"/cases/{number}").status_code == 404
    assert stranger.get("/cases/LB000").status_code == 404
    material = ids(app, Material, number)[0]
    assert stranger.get(f"/cases/{number}/materials/{material}").status_code == 404


def test_a_material_is_shown_in_place_under_a_policy_of_its_own(app: Flask, visit: Any) -> None:
    """Its type is not guessed, it runs nothing, and only our pages may frame it."""
    number = staff.new_case(app)
    material = ids(app, Material, number)[0]
    answer = visit("wang.clerk").get(f"/cases/{number}/materials/{material}")
    assert answer.status_code == 200
    assert answer.mimetype == "application/pdf"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
    assert "frame-ancestors 'self'" in answer.headers["Content-Security-Policy"]
    assert answer.headers["Content-Disposition"].startswith("inline")


def test_a_material_can_be_downloaded(app: Flask, visit: Any) -> None:
    """The same content, as an attachment."""
    number = staff.new_case(app)
    material = ids(app, Material, number)[0]
    answer = visit("wang.clerk").get(f"/cases/{number}/materials/{material}", download="1")
    assert answer.headers["Content-Disposition"].startswith("attachment")


def test_a_document_is_shown_as_pdf(app: Flask, visit: Any) -> None:
    """The receipt of the application, printed."""
    number = staff.new_case(app)
    document = ids(app, Document, number)[0]
    clerk = visit("wang.clerk")
    answer = clerk.get(f"/cases/{number}/documents/{document}")
    assert answer.mimetype == "application/pdf"
    assert answer.data.startswith(b"%PDF")
    assert clerk.get(f"/cases/{number}/documents/99999").status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [({}, True), ({"q": "康健"}, True), ({"status": "closed"}, False), ({"due": "overdue"}, False)],
)
def test_the_search_finds_cases_of_the_department(
    app: Flask, visit: Any, query: dict[str, str], found: bool
) -> None:
    """Words, status and limit narrow it."""
    number = staff.new_case(app)
    assert (number in visit("wang.clerk").get("/cases", **query).text) is found


def test_the_search_says_when_there_is_nothing(visit: Any) -> None:
    """An empty answer explains what may be found at all."""
    assert "没有找到办件" in visit("wang.clerk").get("/cases").text


def test_the_lead_sees_who_is_missing_and_urges_once_in_four_hours(app: Flask, visit: Any) -> None:
    """Asked, due, missing; a second urging at once is refused in words."""
    number = staff.new_case(app, staff.RESTAURANT)
    clerk = visit("wang.clerk")
    staff.carry_out(app, clerk, "wang.clerk", number, "accept")
    page = staff.shown(clerk.get(f"/cases/{number}").text)
    assert "已请求3个部门，0个已答复，3个未答复" in page
    row = ids(app, CoHandling, number)[0]
    path = f"/cases/{number}/cohandlings/{row}/urge"
    assert "发出催办" in clerk.post(path, follow_redirects=True).text
    assert "四小时内已经催办过" in clerk.post(path, follow_redirects=True).text


def test_a_co_handling_department_sees_the_board_but_cannot_urge(app: Flask, visit: Any) -> None:
    """Urging is the lead's."""
    number = staff.new_case(app, staff.RESTAURANT)
    staff.carry_out(app, visit("wang.clerk"), "wang.clerk", number, "accept")
    asked = visit("cg.wu")
    page = asked.get(f"/cases/{number}").text
    assert "未答复" in page
    assert "/urge" not in page
    row = ids(app, CoHandling, number)[0]
    assert asked.post(f"/cases/{number}/cohandlings/{row}/urge").status_code == 403


def test_going_on_before_the_limit_is_refused_in_words(app: Flask, visit: Any) -> None:
    """Whatever the diagram says, nobody is skipped while there is time."""
    number = staff.new_case(app, staff.RESTAURANT)
    clerk = visit("wang.clerk")
    staff.carry_out(app, clerk, "wang.clerk", number, "accept")
    with app.app_context():
        element = db.session().scalar(select(CoHandling.element).limit(1))
    answer = clerk.post(f"/cases/{number}/proceed/{element}", follow_redirects=True)
    assert answer.status_code in (200, 403)
    assert "到期后才能继续" in answer.text or "不能跳过" in answer.text
