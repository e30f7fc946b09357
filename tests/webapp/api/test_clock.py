"""The clock over the interface: stops, a suspension, the extension, a withdrawal, calendars."""

from datetime import date
from typing import Any

from flask import Flask

from tests.webapp.api.program import Program
from tools import city

DEVICE = "medical-device-iii"


def accepted(app: Flask) -> str:
    """The number of a case of I2 whose clock runs."""
    number = Program(app, "zhang.san").apply(DEVICE)
    Program(app, "wang.clerk").do(number, "accept", "accept")
    return number


def limits(program: Program, number: str) -> dict[str, Any]:
    """The limits that run, by their code."""
    return {row["code"]: row for row in program.ok("GET", f"/cases/{number}/clock")["limits"]}


def test_a_stop_an_extension_and_a_suspension_are_asked_for_and_carried_out(
    city_app: Flask,
) -> None:
    """Each with its refusal: not the head, no ground, a second time, no reason."""
    number = accepted(city_app)
    examiner, head = Program(city_app, "zhao.examiner"), Program(city_app, "qian.head")
    before = limits(examiner, number)
    assert {"promised", "statutory", "step"} == set(before)
    assert "20个工作日" in before["statutory"]["explanation"]["zh"]
    asked = {"ground": "expert-review", "planned_days": 7, "reason": "组织专家评审"}
    wrong = examiner.refused(422, "POST", f"/cases/{number}/stops", json={**asked, "ground": "no"})
    assert set(wrong["fields"]) == {"ground"}
    stop = examiner.ok("POST", f"/cases/{number}/stops", json=asked)
    examiner.refused(403, "POST", f"/stops/{stop['id']}/approval")
    assert head.ok("POST", f"/stops/{stop['id']}/approval")["state"] == "running"
    assert limits(examiner, number)["statutory"]["due_at"] > before["statutory"]["due_at"]
    assert examiner.ok("POST", f"/stops/{stop['id']}/end")["state"] == "ended"
    head.refused(409, "POST", f"/stops/{stop['id']}/refusal")
    longer = {"days": 5, "reason": "案情复杂"}
    examiner.refused(403, "POST", f"/cases/{number}/extension", json=longer)
    shown = head.ok("POST", f"/cases/{number}/extension", json=longer)
    assert shown["extension"]["limit"] == "5wd"
    head.refused(409, "POST", f"/cases/{number}/extension", json=longer)
    suspending(examiner, head, number)


def suspending(examiner: Program, head: Program, number: str) -> None:
    """Suspended, nothing can be done; resumed with a reason, it goes on."""
    asked = {"cause": "suit", "article": "取水条例18", "reason": "已提起行政诉讼"}
    row = examiner.ok("POST", f"/cases/{number}/suspensions", json=asked)
    assert head.ok("POST", f"/suspensions/{row['id']}/approval")["kind"] == "suspension"
    clock = examiner.ok("GET", f"/cases/{number}/clock")
    assert clock["suspended_at"] is not None
    assert {one["due_at"] for one in clock["limits"]} == {None}
    assert "中止" in clock["limits"][0]["explanation"]["zh"]
    task = next(t for t in examiner.ok("GET", f"/cases/{number}")["tasks"])
    body = {"outcome": "pass"}
    refused = examiner.refused(409, "POST", f"/tasks/{task['id']}/completion", json=body)
    assert "中止" in refused["message"]
    path = f"/suspensions/{row['id']}/resumption"
    examiner.refused(422, "POST", path, json={"reason": ""})
    assert examiner.ok("POST", path, json={"reason": "诉讼已终结"})["end_reason"] == "诉讼已终结"
    assert limits(examiner, number)["statutory"]["due_at"] is not None
    applicant = Program(examiner.app, "zhang.san")
    assert {"suspension", "resumption"} <= {
        d["kind"] for d in applicant.ok("GET", f"/cases/{number}")["documents"]
    }


def test_an_application_is_withdrawn_by_its_applicant_alone(city_app: Flask) -> None:
    """Signed with the query code or the password; refused for others and afterwards."""
    number = accepted(city_app)
    applicant, clerk = Program(city_app, "zhang.san"), Program(city_app, "wang.clerk")
    code = {"query_code": applicant.ok("GET", f"/cases/{number}")["query_code"]}
    path = f"/cases/{number}/withdrawal"
    clerk.refused(403, "POST", path, json=code)
    Program(city_app, "li.si").refused(404, "POST", path, json=code)
    assert set(applicant.refused(422, "POST", path, json={})["fields"]) == {"signature"}
    assert applicant.ok("GET", f"/cases/{number}/clock")["may_withdraw"]
    done = applicant.ok("POST", path, json={**code, "reason": "不再需要"})
    assert (done["status"], done["result"], done["tasks"]) == ("closed", "withdrawn", [])
    applicant.refused(409, "POST", path, json={"password": city.PASSWORD})
    assert not applicant.ok("GET", f"/cases/{number}/clock")["may_withdraw"]


def off(year: int) -> dict[str, Any]:
    """A weekday of early January that is off."""
    days = (date(year, 1, number) for number in range(4, 11))
    day = next(day for day in days if day.weekday() < 5)
    return {"date": day.isoformat(), "workday": False, "note": "放假"}


def test_a_calendar_is_tried_applied_and_undone(city_app: Flask) -> None:
    """With what moves; gaps, doubles and the past are refused."""
    admin = Program(city_app, "admin")
    known = [row["year"] for row in admin.ok("GET", "/calendars")["years"]]
    year = max(known) + 1
    notice = {"year": year, "source": "通知", "days": [off(year)]}
    tried = admin.ok("POST", "/calendars/preview", json=notice)
    assert (tried["year"], tried["replaces"], tried["days"]) == (year, False, 1)
    made = admin.ok("POST", "/calendars", json=notice)
    assert made["days"] == 1
    admin.refused(409, "POST", "/calendars", json=notice)
    gap = {"year": year + 3, "days": [off(year + 3)]}
    assert str(year + 1) in admin.refused(409, "POST", "/calendars", json=gap)["message"]
    twice = {**notice, "days": [off(year)] * 2}
    admin.refused(422, "POST", "/calendars/preview", json=twice)
    other = {**notice, "year": year + 1}
    admin.refused(422, "POST", "/calendars/preview", json=other)
    Program(city_app, "wang.clerk").refused(403, "POST", "/calendars", json=notice)
    Program(city_app, "wang.clerk").refused(403, "POST", "/calendars/preview", json=notice)
    undone = admin.ok("POST", f"/calendars/{made['id']}/undoing")
    assert undone["undone_at"] is not None
    admin.refused(409, "POST", f"/calendars/{made['id']}/undoing")
    admin.refused(404, "POST", "/calendars/999999/undoing")
