"""Repairs from a program: the same two administrators, the same refusals."""

from typing import Any

from flask import Flask

from tests.webapp.api.program import Program


def test_a_program_previews_proposes_and_another_decides(city_app: Flask) -> None:
    """The supervisor reads it, without the values of answers."""
    number = Program(city_app, "zhang.san").apply("individual-business")
    admin, other = Program(city_app, "admin"), Program(city_app, "admin.gu")
    clerk = Program(city_app, "wang.clerk")
    (task,) = clerk.ok("GET", f"/cases/{number}")["tasks"]
    mend: dict[str, Any] = {"act": "change", "answers": {"trade_name": "江城老街面馆二店"}}
    seen = admin.ok("POST", f"/cases/{number}/repair-preview", json=mend)
    assert [line["kind"] for line in seen["lines"]] == ["answer"]
    path = f"/cases/{number}/repairs"
    assert "reason" in admin.refused(422, "POST", path, json=mend)["fields"]
    clerk.refused(403, "POST", path, json={**mend, "reason": "申请人来函更正"})
    wrong = {"act": "move", "task": task["id"], "element": "nowhere", "reason": "退回上一环节"}
    assert "element" in admin.refused(422, "POST", path, json=wrong)["fields"]
    made = admin.ok("POST", path, json={**mend, "reason": "申请人来函更正"})
    one = f"/repairs/{made['id']}"
    admin.refused(403, "POST", one, json={"approve": True})
    done = other.ok("POST", one, json={"approve": True})
    assert (done["state"], done["decider"]) == ("done", "顾承宇")
    assert done["changed"][0]["after"] == "江城老街面馆二店"
    other.refused(409, "POST", one, json={"approve": False, "reason": "太迟了，已经批准"})

    supervisor = Program(city_app, "jc.he")
    (row,) = supervisor.ok("GET", "/repairs?state=done")["rows"]
    assert row["changed"][0]["after"] is None
    supervisor.refused(422, "GET", "/repairs?state=nonsense")
    supervisor.refused(404, "GET", "/repairs/999")
    rules = {one["rule"] for one in supervisor.ok("GET", f"/cases/{number}/access")["rows"]}
    assert rules == {"applicant", "supervisor", "lead"}
    clerk.refused(403, "GET", f"/cases/{number}/access")
