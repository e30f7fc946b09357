"""The organisation from a program."""

from datetime import timedelta

from flask import Flask

from engine import clock
from engine.clock import civil_date
from tests.webapp.api.program import Program

PATH = "/organisation"


def test_units_and_staff_are_kept_up_by_a_program(city_app: Flask) -> None:
    """A wrong field is named; a clerk may read the tree and no more."""
    admin, clerk = Program(city_app, "admin"), Program(city_app, "wang.clerk")
    unit = {"name_zh": "登记科", "name_en": "Registration", "parent": "scjg", "kind": "section"}
    clerk.refused(403, "PUT", f"{PATH}/units/scjg-dj", json=unit)
    fault = admin.refused(422, "PUT", f"{PATH}/units/scjg-dj", json={**unit, "parent": "none"})
    assert "parent" in fault["fields"]
    assert admin.ok("PUT", f"{PATH}/units/scjg-dj", json=unit)["parent"] == "scjg"
    assert "scjg-dj" in {row["code"] for row in clerk.ok("GET", f"{PATH}/units")["rows"]}
    ma = {"name": "马小青", "posts": [{"unit": "scjg-dj", "role": "clerk"}]}
    assert admin.ok("PUT", f"{PATH}/staff/ma.clerk", json=ma)["active"]
    assert admin.ok("PUT", f"{PATH}/staff/ma.clerk", json={"name": "马青"})["posts"] == []
    assert [row["login"] for row in admin.ok("GET", f"{PATH}/staff?q=ma.c")["rows"]] == ["ma.clerk"]
    clerk.refused(403, "GET", f"{PATH}/staff")
    left = admin.ok("POST", f"{PATH}/staff/ma.clerk/leaving", json={"reason": "调离本单位"})
    assert not left["active"]
    admin.refused(409, "POST", f"{PATH}/staff/ma.clerk/leaving", json={"reason": "调离本单位"})


def test_a_leader_arranges_a_substitute_for_the_own_staff(city_app: Flask) -> None:
    """Not for those of another department."""
    leader, today = Program(city_app, "chen.leader"), civil_date(clock.now())
    sent = {"login": "li.clerk", "reason": "年假", "from_on": today.isoformat()}
    sent["until_on"] = (today + timedelta(days=2)).isoformat()
    made = leader.ok("POST", f"{PATH}/staff/wang.clerk/substitutes", json=sent)
    assert (made["person"], made["substitute"]) == ("wang.clerk", "li.clerk")
    assert made["posts"] is None
    only = {**sent, "login": "cg.wu", "posts": [{"unit": "scjg", "role": "clerk"}]}
    one = leader.ok("POST", f"{PATH}/staff/wang.clerk/substitutes", json=only)
    assert one["posts"] == only["posts"]
    none = leader.refused(
        422, "POST", f"{PATH}/staff/wang.clerk/substitutes", json={**only, "posts": []}
    )
    assert "posts" in str(none)
    leader.refused(403, "POST", f"{PATH}/staff/cg.wu/substitutes", json=sent)
    assert leader.ask("DELETE", f"{PATH}/substitutes/{made['id']}").status_code == 204
    leader.refused(409, "DELETE", f"{PATH}/substitutes/{made['id']}")


def test_a_table_is_tried_and_taken_in(city_app: Flask) -> None:
    """What is wrong is named by row and column, and nothing of it is written."""
    admin = Program(city_app, "admin")
    wrong = admin.ok("POST", f"{PATH}/imports", json={"csv": "login,name\nma.clerk,\n"})
    assert [(one["row"], one["column"]) for one in wrong["faults"]] == [(2, "name")]
    admin.refused(422, "POST", f"{PATH}/imports/{wrong['id']}/application")
    right = admin.ok("POST", f"{PATH}/imports", json={"csv": "login,name\nma.clerk,马小青\n"})
    assert [one["how"] for one in right["changes"]] == ["added"]
    assert admin.ok("POST", f"{PATH}/imports/{right['id']}/application")["applied_at"]
    admin.refused(422, "POST", f"{PATH}/imports", json={"csv": "colour\nred\n"})
    assert admin.ask("GET", f"{PATH}/export.xlsx").data[:2] == b"PK"
