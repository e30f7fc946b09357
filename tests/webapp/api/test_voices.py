"""Questions, complaints, ratings and notices for programs: the same acts, the same refusals."""

from flask import Flask

from tests.engine.voices import scenes
from tests.webapp.api.program import Program

ITEM = "individual-business"
ASKING = {"title": "材料要几份", "text": "需要原件吗？", "item": ITEM}


def test_a_question_is_asked_answered_and_published(city_app: Flask) -> None:
    applicant, clerk = Program(city_app, "zhang.san"), Program(city_app, "wang.clerk")
    asked = applicant.ok("POST", "/questions", json=ASKING)
    assert applicant.ok("GET", "/questions")["rows"][0]["number"] == asked["number"]
    here = f"/questions/{asked['id']}"
    clerk.refused(403, "POST", "/questions", json=ASKING)
    clerk.refused(422, "PUT", f"{here}/answer", json={"text": " "})
    assert clerk.ok("GET", "/questions")["rows"][0]["id"] == asked["id"]
    assert clerk.ok("PUT", f"{here}/answer", json={"text": "出示原件"})["state"] == "answered"
    clerk.refused(409, "PUT", f"{here}/answer", json={"text": "出示原件"})
    Program(city_app, "cg.wu").refused(404, "PUT", f"{here}/answer", json={"text": "好的"})
    words = {"title": "原件", "text": "要吗？", "answer": "要的"}
    clerk.ok("PUT", f"{here}/publication", json=words)
    (public,) = Program(city_app).ok("GET", f"/questions/published?item={ITEM}&q=原件")["rows"]
    assert (public["title"], public["answer"]) == ("原件", "要的")
    clerk.ok("DELETE", f"{here}/publication")
    assert Program(city_app).ok("GET", "/questions/published")["rows"] == []
    applicant.refused(422, "POST", "/questions", json={**ASKING, "text": "长" * 2001})


def test_a_case_is_rated_once_and_looked_into(city_app: Flask) -> None:
    with city_app.app_context():
        number = scenes.ended().case.number
    applicant, leader = Program(city_app, "zhang.san"), Program(city_app, "chen.leader")
    here = f"/cases/{number}/rating"
    applicant.refused(404, "GET", here)
    applicant.refused(422, "POST", here, json={"level": 6})
    Program(city_app, "wang.clerk").refused(403, "POST", here, json={"level": 5})
    assert applicant.ok("POST", here, json={"level": 1, "text": "等了很久"})["state"] == "open"
    applicant.refused(409, "POST", here, json={"level": 5})
    Program(city_app, "wang.clerk").refused(404, "GET", here)
    (row,) = leader.ok("GET", "/ratings?state=open")["rows"]
    found = {"finding": "true", "remedy": "已改正"}
    leader.ok("PUT", f"/ratings/{row['id']}/finding", json=found)
    back = {"satisfied": True, "note": "接受"}
    assert leader.ok("PUT", f"/ratings/{row['id']}/call-back", json=back)["state"] == "closed"
    figures = Program(city_app).ok("GET", f"/items/{ITEM}/ratings")
    assert figures == {"total": 1, "shown": False, "mean": None, "counts": None}
    Program(city_app).refused(404, "GET", "/items/none/ratings")


def test_a_complaint_by_name_is_dealt_with(city_app: Flask) -> None:
    applicant, boss = Program(city_app, "zhang.san"), Program(city_app, "jc.he")
    given = {"department": "scjg", "text": "窗口人员态度生硬，不给凭证。"}
    filed = applicant.ok("POST", "/complaints", json=given)
    here = f"/complaints/{filed['id']}"
    Program(city_app, "chen.leader").refused(403, "POST", f"{here}/acceptance", json={})
    boss.refused(404, "POST", f"{here}/praise", json={})
    boss.ok("POST", f"{here}/acceptance", json={})
    boss.ok("POST", f"{here}/answer", json={"text": "已责令改正"})
    (mine,) = applicant.ok("GET", "/complaints")["rows"]
    assert (mine["state"], mine["answer"]) == ("answered", "已责令改正")


def test_notices_choices_and_subscribers(city_app: Flask) -> None:
    """One's own; deliveries and subscribers are the administrators'."""
    applicant, admin = Program(city_app, "zhang.san"), Program(city_app, "admin")
    applicant.apply(ITEM)
    assert applicant.ok("GET", "/notices")["rows"][0]["kind"] == "case-received"
    applicant.ok("POST", "/notices/reading")
    assert applicant.ok("GET", "/notices")["rows"][0]["read_at"] is not None
    chosen = applicant.ok("GET", "/notices/choices")
    wanted = {**chosen, "off": ["case:sms"], "quiet_from": "21:30"}
    assert applicant.ok("PUT", "/notices/choices", json=wanted)["quiet_from"] == "21:30"
    refused = applicant.refused(
        422, "PUT", "/notices/choices", json={**chosen, "off": ["case:app"]}
    )
    assert set(refused["fields"]) == {"off"}
    applicant.refused(403, "GET", "/deliveries")
    assert admin.ok("GET", "/deliveries?state=dead")["rows"] == []
    admin.refused(404, "POST", "/deliveries/1/retrying")
    given = {"name": "办公系统", "url": "https://oa.example/hook"}
    made = admin.ok("POST", "/subscribers", json=given)
    assert len(made["secret"]) > 20
    assert "secret" not in admin.ok("GET", "/subscribers")["rows"][0]
    assert not admin.ok("PUT", f"/subscribers/{made['id']}", json={**given, "active": False})[
        "active"
    ]
    admin.refused(422, "POST", "/subscribers", json={**given, "url": "ftp://x"})
    admin.ok("DELETE", f"/subscribers/{made['id']}")
    admin.refused(404, "DELETE", f"/subscribers/{made['id']}")
