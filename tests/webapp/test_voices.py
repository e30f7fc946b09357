"""What people say, through the pages: asked, complained, rated; answered by the authority."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from flask import Flask

from engine import db, voices
from tests.engine.voices import scenes
from tests.webapp import staff
from tests.webapp.staff import shown

ITEM = "individual-business"
ASKED = {"title": "材料要几份", "text": "营业场所证明需要原件吗？\n谢谢"}
SCRIPT = '<script>alert("x")</script>'
BAD = "窗口人员态度生硬，拒绝出具书面凭证。"


@pytest.fixture
def ended(app: Flask) -> str:
    """The number of a case of zhang.san that was granted and delivered."""
    with app.app_context():
        return str(scenes.ended().case.number)


def ask(person: Any, **more: str) -> str:
    """Ask about the item; return the path of the question."""
    answer = person.post(f"/items/{ITEM}/ask", {**ASKED, **more})
    assert answer.status_code == 303, shown(answer.text)
    return urlsplit(answer.location).path


def in_queue(person: Any, path: str, below: str) -> str:
    """The path of the first thing in a list of staff."""
    found = re.search(rf'href="({below}/\d+)"', person.get(path).text)
    assert found is not None
    return found[1]


def test_a_question_goes_to_the_counter_and_its_answer_to_the_guide(
    visit: Callable[..., Any],
) -> None:
    """Asked by an applicant, answered by the clerk, published in other words, found by words."""
    applicant, clerk = visit("zhang.san"), visit("wang.clerk")
    path = ask(applicant)
    assert "部门最晚在" in shown(applicant.get(path).text)
    desk = in_queue(clerk, "/inbox/questions", "/inbox/questions")
    assert clerk.post(desk, {"act": "answer", "answer": ""}).status_code == 422
    assert clerk.post(desk, {"act": "publish"}).status_code == 409
    assert clerk.post(desk, {"act": "answer", "answer": "出示原件即可。"}).status_code == 303
    assert clerk.post(desk, {"act": "answer", "answer": "再答一次。"}).status_code == 409
    assert "出示原件即可。" in shown(applicant.get(path).text)
    public = {"title": "场所证明", "text": "要原件吗？", "answer": "出示原件。"}
    given = {"act": "publish", **{f"public_{name}": text for name, text in public.items()}}
    refused = clerk.post(desk, {**given, "public_answer": ""})
    assert refused.status_code == 422
    assert 'href="#field-public_answer"' in refused.text
    assert clerk.post(desk, given).status_code == 303
    stranger = visit()
    assert "场所证明" in shown(stranger.get(f"/items/{ITEM}").text)
    assert "场所证明" in shown(stranger.get("/questions", q="原件 场所").text)
    assert "没有找到" in shown(stranger.get(f"/items/{ITEM}/questions", q="别的").text)
    assert "材料要几份" not in stranger.get("/questions").text
    assert clerk.post(desk, {"act": "take-back"}).status_code == 303
    assert "场所证明" not in stranger.get("/questions").text


def test_a_stranger_reads_the_answer_with_number_and_code(visit: Callable[..., Any]) -> None:
    """The session that asked, then any other that knows the code; guessing is stopped."""
    stranger, other = visit(), visit()
    path = ask(stranger)
    number = path.rsplit("/", 1)[1]
    code = re.findall(r"<code>(\w+)</code>", stranger.get(path).text)[1]
    assert other.get(path).status_code == 302
    assert other.post("/voices", {"number": number, "code": "WRONG234"}).status_code == 404
    assert other.post("/voices", {"number": number.lower(), "code": code}).status_code == 303
    assert "谢谢" in other.get(path).text
    assert visit("li.si").get(path).status_code == 404
    guesser = visit()
    answers = [
        guesser.post("/voices", {"number": number, "code": "WRONG"}).status_code for _ in range(6)
    ]
    assert answers[-1] == 429


def test_nothing_typed_is_taken_for_markup_and_wrong_input_stays(visit: Callable[..., Any]) -> None:
    """Script in text is shown as text; what was typed stands there with what is wrong."""
    applicant, clerk = visit("zhang.san"), visit("wang.clerk")
    path = ask(applicant, title=SCRIPT, text=SCRIPT)
    desk = in_queue(clerk, "/inbox/questions", "/inbox/questions")
    for page in (
        applicant.get(path).text,
        clerk.get(desk).text,
        clerk.get("/inbox/questions").text,
    ):
        assert SCRIPT not in page
        assert "&lt;script&gt;" in page
    refused = applicant.post(f"/items/{ITEM}/ask", {"title": "", "text": "长" * 2001})
    assert refused.status_code == 422
    assert "长" * 2001 in refused.text
    assert 'href="#field-title"' in refused.text
    assert applicant.post(f"/items/{ITEM}/ask", ASKED, headers={}).status_code == 303
    token = {"csrf_token": "wrong"}
    assert applicant.post(f"/items/{ITEM}/ask", {**ASKED, **token}).status_code != 303


def test_staff_neither_ask_nor_see_the_way_to_a_rating(
    visit: Callable[..., Any], ended: str
) -> None:
    """They are told so; the case's page of the staff has no link to it."""
    clerk = visit("wang.clerk")
    assert clerk.post(f"/items/{ITEM}/ask", ASKED).status_code == 403
    assert clerk.get(f"/case/{ended}/rating").status_code == 403
    assert clerk.post(f"/case/{ended}/rating", {"level": "5"}).status_code == 403
    assert "rating" not in clerk.get(f"/cases/{ended}").text


def test_a_case_is_rated_once_and_a_bad_one_is_called_back_about(
    visit: Callable[..., Any], ended: str, app: Flask
) -> None:
    """Not by another, not before the end, not twice; the leader looks into it, then calls."""
    applicant, leader = visit("zhang.san"), visit("chen.leader")
    early = staff.new_case(app, ITEM, number=2)
    assert applicant.post(f"/case/{early}/rating", {"level": "5"}).status_code == 409
    assert "评价这次办理" not in applicant.get(f"/case/{early}").text
    assert visit("li.si").post(f"/case/{ended}/rating", {"level": "1"}).status_code == 404
    assert applicant.post(f"/case/{ended}/rating", {"level": "9"}).status_code == 422
    assert ended in applicant.get("/my/voices").text
    given = {"level": "1", "text": SCRIPT, "named": "1"}
    assert applicant.post(f"/case/{ended}/rating", given).status_code == 303
    assert applicant.post(f"/case/{ended}/rating", given).status_code == 409
    desk = in_queue(leader, "/inbox/ratings", "/inbox/ratings")
    page = leader.get(desk).text
    assert SCRIPT not in page
    assert "张三" in page
    assert visit("feng.registrar").get(desk).status_code == 404
    assert leader.post(desk, {"act": "call-back", "note": "满意"}).status_code == 409
    assert leader.post(desk, {"act": "contact", "finding": "x"}).status_code == 422
    found = {"act": "contact", "finding": "true", "remedy": "已致歉，增开窗口。"}
    assert leader.post(desk, found).status_code == 303
    back = {"act": "call-back", "satisfied": "1", "note": "申请人接受。"}
    assert leader.post(desk, back).status_code == 303
    assert "已致歉" in shown(applicant.get(f"/case/{ended}/rating").text)
    figures = shown(visit("jc.he").get("/oversight/voices").text)
    assert "江城市市场监督管理局 1 0% 1 0 0 1" in figures


def test_ratings_are_published_from_five_on(visit: Callable[..., Any], app: Flask) -> None:
    """Fewer would point at people."""
    stranger = visit()
    assert "满5份后公布" in shown(stranger.get(f"/items/{ITEM}").text)
    with app.app_context():
        case_ids = [scenes.ended().case for _ in range(5)]
        with db.transaction() as session:
            for level, case in enumerate(case_ids, 1):
                session.add(rating(case, level))
    page = shown(stranger.get(f"/items/{ITEM}").text)
    assert "5份评价，平均3.0分" in page


def rating(case: Any, level: int) -> Any:
    """A rating as it is stored."""
    return voices.ratings.Rating(
        case_id=case.id, item_code=case.item_code, department_code=case.lead_code, level=level,
        text="", named=False, rated_at=case.closed_at, seconds=100, origin="", signs=[],
        state="none",
    )  # fmt: skip


def test_a_complaint_goes_from_the_portal_to_its_written_answer(
    visit: Callable[..., Any], ended: str
) -> None:
    """About a case, by name; unseen by the unit until the supervisor gives it to its head."""
    applicant, leader, boss = visit("zhang.san"), visit("chen.leader"), visit("jc.he")
    given = {"case": ended, "named": "1", "text": BAD}
    assert applicant.post("/complain", {**given, "text": "短"}).status_code == 422
    assert applicant.post("/complain", {**given, "case": "LB1"}).status_code == 409
    answer = applicant.post("/complain", given)
    assert answer.status_code == 303
    path = urlsplit(answer.location).path
    desk = in_queue(boss, "/oversight/complaints", "/oversight/complaints")
    for login in ("wang.clerk", "chen.leader"):
        assert visit(login).get(desk).status_code == 404
    assert boss.post(desk, {"words": "x"}).status_code == 422
    assert boss.post(desk, {"act": "assign"}).status_code == 409
    for act in ("accept", "assign"):
        assert boss.post(desk, {"act": act}).status_code == 303
    page = shown(leader.get(desk).text)
    assert BAD in page
    assert "张三" not in page
    assert leader.post(desk, {"act": "report", "words": "情况属实。"}).status_code == 303
    assert boss.post(desk, {"act": "answer", "words": "已责令改正。"}).status_code == 303
    page = applicant.get(path).text
    assert "已责令改正。" in page
    paper = applicant.get(f"{path}/answer.pdf")
    assert paper.data.startswith(b"%PDF")
    assert visit().get(f"{path}/answer.pdf").status_code == 302
    assert visit("wang.clerk").get(desk).status_code == 404


def test_a_complaint_without_a_name_is_found_with_its_code_alone(
    visit: Callable[..., Any],
) -> None:
    """By somebody signed in too: nothing leads back to the person."""
    applicant = visit("zhang.san")
    given = {"department": "scjg", "named": "0", "text": BAD}
    assert applicant.post("/complain", {**given, "department": ""}).status_code == 422
    answer = applicant.post("/complain", given)
    path = urlsplit(answer.location).path
    assert applicant.get(path).status_code == 200
    assert "没有实名投诉" in shown(applicant.get("/my/voices").text)
    assert visit("zhang.san").get(path).status_code == 404


def test_people_choose_their_ways_on_a_page_and_see_what_was_sent(
    visit: Callable[..., Any], app: Flask
) -> None:
    """Wrong hours stay in the form; what the law asks for has no tick to take away."""
    applicant = visit("zhang.san")
    page = applicant.get("/notices/choices").text
    assert 'id="voices-sms"' in page
    assert 'id="case-app"' not in page
    given = {"voices-app": "1", "quiet_from": "23:00", "quiet_to": "7:30", "zone": "Asia/Shanghai"}
    refused = applicant.post("/notices/choices", {**given, "quiet_to": "late"})
    assert refused.status_code == 422
    assert 'value="late"' in refused.text
    assert applicant.post("/notices/choices", given).status_code == 303
    page = applicant.get("/notices/choices").text
    assert 'value="07:30"' in page
    assert re.search(r'id="voices-app"[^>]*checked', page)
    assert not re.search(r'id="voices-sms"[^>]*checked', page)


def test_an_administrator_sees_deliveries_and_looks_after_subscribers(
    visit: Callable[..., Any],
) -> None:
    """The secret is shown once; wrong input stays; nobody else gets in."""
    admin = visit("admin")
    assert "没有这样的投递" in shown(admin.get("/admin/deliveries").text)
    given = {
        "name": "办公系统",
        "url": "https://oa.example/hook",
        "audience": "staff",
        "active": "1",
    }
    refused = admin.post("/admin/subscribers", {**given, "url": "ftp://x"})
    assert refused.status_code == 422
    assert 'value="ftp://x"' in refused.text
    added = admin.post("/admin/subscribers", given)
    path = urlsplit(added.location).path
    assert "签名密钥只显示这一次" in admin.get(path).text
    assert "签名密钥只显示这一次" not in admin.get(path).text
    assert admin.post(path, {**given, "active": "0", "kinds": "card-red"}).status_code == 303
    assert "停用" in shown(admin.get("/admin/subscribers").text)
    assert admin.post(f"{path}/remove").status_code == 303
    assert admin.get(path).status_code == 404
    for page in ("/admin/deliveries", "/admin/subscribers"):
        assert visit("wang.clerk").get(page).status_code == 403
