"""Following a case: status, corrections, tracking without a login, verification."""

from io import BytesIO

import pytest

from engine import cases, clock, db, people, tasks
from tests.webapp.applications import begin, ready, submit
from tests.webapp.filling import PDF

ENTRIES = [
    ("field", "company_address", "住所", "Registered address", "请按营业执照填写。"),
    ("material", "premises-papers", "平面图", "Floor plan", "看不清，请重新扫描。"),
]


@pytest.fixture
def submitted(app, visit):
    """An applicant and the number of a case just submitted."""
    person = visit("zhang.san")
    return person, submit(person, ready(app, person))


@pytest.fixture
def correcting(app, submitted):
    """The same with a one-time correction notice; and the path to answer it."""
    person, number = submitted
    with app.app_context():
        task_id = _ask_for_corrections(number)
    return person, number, f"/case/{number}/tasks/{task_id}"


def test_the_steps_to_come_are_those_of_the_ordinary_way(submitted):
    """Nobody is alarmed by a refusal, corrections or a rectification that may never come."""
    person, number = submitted
    steps = person.get(f"/case/{number}").text.partition('class="lb-timeline"')[2]
    steps = steps.partition("</ol>")[0]
    for step in ("收件与受理", "书面审查", "现场核查", "许可决定", "制证送达"):
        assert step in steps
    for step in ("补正材料", "限期整改", "整改复查", "送达不予决定书"):
        assert step not in steps


def test_a_draft_is_listed_with_what_it_is_about(app, visit):
    """As soon as that has been written."""
    person = visit("zhang.san")
    draft = begin(person)
    assert "江城康健" not in person.get("/my").text
    person.post(f"/apply/{draft}/page/company", {"company": "江城康健", "_later": "1"})
    assert "江城康健" in person.get("/my").text


def test_the_status_page_says_whose_turn_it_is_and_shows_the_diagram(submitted):
    """Position, steps, receipt; the picture carries no styles that the policy would refuse."""
    person, number = submitted
    page = person.get(f"/case/{number}").text
    assert "江城市市场监督管理局" in page
    assert 'data-element="accept"' in page
    assert "收件凭证" in page
    assert " style=" not in page


def test_somebody_elses_case_does_not_exist(submitted, visit):
    """404, not 403: a number tells nothing."""
    _, number = submitted
    other = visit("li.si")
    for path in (f"/case/{number}", f"/case/{number}/receipt", f"/case/{number}/documents/1.pdf"):
        assert other.get(path).status_code == 404
    assert other.get("/materials/1").status_code == 404


def test_the_receipt_can_be_downloaded(submitted):
    """As PDF, from the receipt page."""
    person, number = submitted
    page = person.get(f"/case/{number}/receipt").text
    path = next(part for part in page.split('href="') if "/documents/" in part).split('"')[0]
    answer = person.get(path)
    assert answer.content_type == "application/pdf"
    assert answer.data.startswith(b"%PDF")


def test_a_case_is_tracked_without_a_login_by_number_and_query_code(app, submitted, visit):
    """Nobody's data are shown, and a wrong code finds nothing."""
    _, number = submitted
    code = _case(app, number).query_code
    stranger = visit()
    assert stranger.post("/query", {"number": number, "code": "WRONG123"}).status_code == 404
    assert stranger.get(f"/query/{number}").status_code == 302
    answer = stranger.post("/query", {"number": number.lower(), "code": code.lower()})
    page = stranger.get(answer.location).text
    assert "办理进度" in page
    assert "x.pdf" not in page
    assert "42010619900101001X" not in page


def test_a_document_is_verified_by_its_code(app, submitted, visit):
    """The page says genuine, with key facts; an unknown code says so clearly."""
    _, number = submitted
    with app.app_context():
        document = cases.file_of(_find(number)).documents[0]
    stranger = visit()
    page = stranger.get(f"/verify/{document.verify_code}").text
    assert "核验通过" in page
    assert document.number in page
    assert stranger.get("/verify", code=document.verify_code).status_code == 302
    unknown = stranger.get("/verify/NOSUCHCODE123456")
    assert unknown.status_code == 404
    assert "查无此文书" in unknown.text


def test_the_answer_page_lists_everything_that_is_asked_at_once(correcting):
    """With the questions and materials named, to be answered in place."""
    person, number, path = correcting
    assert "需要您办理" in person.get(f"/case/{number}").text
    page = person.get(path).text
    assert "请按营业执照填写。" in page
    assert 'name="company_address"' in page
    assert 'name="file-premises-papers"' in page
    assert 'name="company"' not in page


def test_uploading_a_file_keeps_what_was_typed(correcting):
    """The page comes back with the file and the text; nothing is handed in yet."""
    person, number, path = correcting
    data = {"company_address": "新地址1号", "_upload": "premises-papers"}
    data["file-premises-papers"] = (BytesIO(PDF), "clear.pdf")
    assert person.post(path, data).location == f"{path}#material-premises-papers"
    page = person.get(path).text
    assert "clear.pdf" in page
    assert 'value="新地址1号"' in page
    assert "待您补正" in person.get(f"/case/{number}").text


def test_a_refused_file_is_named_and_nothing_typed_is_lost(correcting):
    """A program is no floor plan."""
    person, _, path = correcting
    data = {"company_address": "新地址2号", "_upload": "premises-papers"}
    data["file-premises-papers"] = (BytesIO(b"MZ" + b"\0" * 99), "plan.pdf")
    answer = person.post(path, data)
    assert answer.status_code == 422
    assert 'href="#material-premises-papers"' in answer.text
    assert 'value="新地址2号"' in answer.text


def test_corrections_are_handed_in_once(app, correcting):
    """The case goes back to the counter; a page left open says that it is done already."""
    person, number, path = correcting
    data = {"company_address": "江城市滨江路9号", "correction_note": "已改", "outcome": "submitted"}
    assert person.post(path, data).location == f"/case/{number}"
    assert _case(app, number).answers["company_address"] == "江城市滨江路9号"
    again = person.post(path, data)
    assert again.status_code == 409
    assert "江城市滨江路9号" in again.text
    assert person.get(path).location == f"/case/{number}"


def _ask_for_corrections(number: str) -> str:
    """Let the counter ask for corrections; return the id of the applicant's task."""
    clerk = people.actor_for_login("wang.clerk")
    names = ("kind", "target", "label_zh", "label_en", "reason")
    doing = tasks.Doing(
        "correct",
        answers={"materials_complete": "no", "licence_shared_ok": "match"},
        opinion="请补正。",
        corrections=[dict(zip(names, entry, strict=True)) for entry in ENTRIES],
    )
    with db.transaction():
        accept = next(t for t in cases.file_of(cases.find(number, clerk)).tasks)
        tasks.claim(accept.id, actor=clerk, now=clock.now())
        tasks.complete(accept.id, doing, actor=clerk, now=clock.now())
    found = cases.file_of(cases.find(number, clerk)).tasks
    return next(t.id for t in found if t.state == "open")


def _find(number: str):
    """Return a case as its applicant finds it."""
    return cases.find(number, people.actor_for_login("zhang.san"))


def _case(app, number: str):
    """Return a case's row, read fresh."""
    with app.app_context():
        return _find(number)
