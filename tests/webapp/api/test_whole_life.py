"""Applications from the first draft to the verified result, over the interface alone."""

from flask import Flask

from tests.webapp.api.program import Program
from tools import samples

DEVICE, SHOP, RESTAURANT = "medical-device-iii", "individual-business", "restaurant-opening"


def test_a_shop_is_registered_from_draft_to_verified_licence(city_app: Flask) -> None:
    """The whole life of an immediate item, each act by the program of the right person."""
    applicant, clerk = Program(city_app, "zhang.san"), Program(city_app, "wang.clerk")
    number = applicant.apply(SHOP)
    assert applicant.ok("GET", f"/cases/{number}")["status"] == "received"
    clerk.do(number, "accept", "accept")
    done = Program(city_app, "feng.registrar").do(number, "decide", "grant")
    assert done["case"]["result"] == "granted"
    clerk.do(number, "deliver_licence", "delivered")
    case = applicant.ok("GET", f"/cases/{number}")
    assert (case["status"], case["result"]) == ("closed", "granted")
    licence = next(d for d in case["documents"] if d["kind"] == "licence")
    pdf = applicant.ask("GET", f"/cases/{number}/documents/{licence['id']}.pdf")
    assert pdf.data.startswith(b"%PDF-")
    verified = Program(city_app).ok("GET", f"/verify/{licence['verify_code']}")
    assert verified["number"] == licence["number"]
    assert verified["issuer"]["code"] == "scjg"


def test_a_correction_round_asks_once_and_takes_only_what_was_asked(city_app: Flask) -> None:
    applicant, clerk = Program(city_app, "zhang.san"), Program(city_app, "wang.clerk")
    number = applicant.apply(DEVICE)
    points = [
        {"kind": "field", "target": "premises_address", "reason": "与证明不一致"},
        {"kind": "material", "target": "premises-papers", "reason": "看不清"},
    ]
    opinion = {"corrections": points, "opinion": "请补正。"}
    clerk.do(number, "accept", "correct", **opinion)
    case = applicant.ok("GET", f"/cases/{number}")
    assert case["applicants_turn"]
    assert [p["label"]["en"] for p in case["corrections"][0]["points"]] != ["", ""]
    sent = applicant.upload(
        f"/cases/{number}/materials", "premises-papers", "new.pdf", samples.pdf_file("new")
    )
    assert sent.status_code == 201
    answers = {"premises_address": "江城市高新区科技路90号", "company": "别的公司"}
    task = applicant.task(number, "correct_application")
    body = {"outcome": "submitted", "answers": answers}
    applicant.ok("POST", f"/tasks/{task['id']}/completion", json=body)
    case = applicant.ok("GET", f"/cases/{number}")
    assert case["answers"]["premises_address"] == "江城市高新区科技路90号"
    assert case["answers"]["company"] != "别的公司"


def test_two_inspectors_sign_the_same_content(city_app: Flask) -> None:
    number = Program(city_app, "zhang.san").apply(DEVICE)
    Program(city_app, "wang.clerk").do(number, "accept", "accept")
    Program(city_app, "zhao.examiner").do(number, "review", "pass")
    first, second = Program(city_app, "sun.inspector"), Program(city_app, "zhou.inspector")
    assert first.do(number, "site_check", "pass")["signatures_missing"] == 1
    waiting = second.task(number, "site_check")
    assert [s["name"] for s in waiting["signatures"]] == ["孙晓岚"]
    second.refused(409, "PUT", f"/tasks/{waiting['id']}/draft", json={"outcome": "fail"})
    sent = {key: waiting["draft"][key] for key in ("outcome", "answers", "opinion")}
    done = second.ok("POST", f"/tasks/{waiting['id']}/completion", json=sent)
    assert done["signatures_missing"] == 0
    assert done["task"]["state"] == "completed"


def test_a_lead_sees_the_board_and_urges_once(city_app: Flask) -> None:
    number = Program(city_app, "li.si").apply(RESTAURANT)
    lead = Program(city_app, "wang.clerk")
    lead.do(number, "accept", "accept")
    Program(city_app, "cg.wu").do(number, "part_opinion", "agree", opinion="同意。")
    board = lead.ok("GET", f"/cases/{number}")["cohandling"]
    assert {row["department"]["code"]: row["state"] for row in board}["cgj"] == "answered"
    silent = next(row for row in board if row["state"] == "open")
    assert lead.ok("POST", f"/cohandling/{silent['id']}/urging")["urged_count"] == 1
    lead.refused(409, "POST", f"/cohandling/{silent['id']}/urging")
    early = f"/cases/{number}/cohandling/{silent['element']}/proceeding"
    assert (
        "limit"
        in Program(city_app, "wang.clerk", language="en").refused(409, "POST", early)["message"]
    )
    Program(city_app, "cg.wu").refused(403, "POST", f"/cohandling/{silent['id']}/urging")


def test_the_history_tells_staff_all_and_the_applicant_what_concerns_them(
    city_app: Flask,
) -> None:
    applicant, clerk = Program(city_app, "zhang.san"), Program(city_app, "wang.clerk")
    number = applicant.apply(SHOP)
    clerk.do(number, "accept", "accept")
    told = applicant.ok("GET", f"/cases/{number}/history")["rows"]
    known = clerk.ok("GET", f"/cases/{number}/history")["rows"]
    assert {e["actor"] for e in told} == {None}
    assert "task-completed" in {e["type"] for e in known} - {e["type"] for e in told}


def test_a_task_is_claimed_kept_and_released(city_app: Flask) -> None:
    """What was typed stays with the task for whoever goes on with it."""
    number = Program(city_app, "zhang.san").apply(SHOP)
    clerk, other = Program(city_app, "wang.clerk"), Program(city_app, "li.clerk")
    rows = clerk.ok("GET", "/tasks?scope=department&q=" + number)["rows"]
    task = f"/tasks/{rows[0]['id']}"
    assert clerk.ok("POST", f"{task}/claim")["assignee"] == "王婉清"
    assert "王婉清" in other.refused(409, "POST", f"{task}/claim")["message"]
    typed = {
        "outcome": "correct",
        "opinion": "待核",
        "corrections": [{"kind": "other", "target": "", "reason": "缺页"}],
    }
    kept = clerk.ok("PUT", f"{task}/draft", json=typed)["draft"]
    assert kept["corrections"] == typed["corrections"]
    assert clerk.ok("GET", "/tasks")["total"] == 1
    clerk.ok("POST", f"{task}/release")
    assert other.ok("GET", task)["draft"]["opinion"] == "待核"
