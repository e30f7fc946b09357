"""Running cases moved between versions over the interface, and versions in and out of service."""

from flask import Flask

from tests.webapp.api.program import Program
from tests.webapp.test_redeploying import RENAMED, deployed, work

SHOP = "individual-business"


def test_a_move_is_tried_begun_followed_and_undone(city_app: Flask) -> None:
    """With the refusals: no mapping, a circle, no reason, a second one, somebody else."""
    number = Program(city_app, "zhang.san").apply(SHOP)
    new, admin = deployed(city_app, *RENAMED), Program(city_app, "admin", language="en")
    old = next(row["id"] for row in admin.ok("GET", f"/versions?item={SHOP}") if row["running"])
    way = {"old": old, "new": new}
    tried = admin.ok("POST", "/redeployments/impact", json=way)
    assert (tried["total"], tried["movable"], tried["at"]) == (1, 0, {"accept": 1})
    assert [fault["element"] for fault in tried["groups"][0]["faults"]] == ["accept"]
    way["mapping"] = {"accept": "receive"}
    assert admin.ok("POST", "/redeployments/impact", json=way)["movable"] == 1
    circle = {**way, "mapping": {"accept": "decide", "decide": "accept"}}
    said = admin.refused(422, "POST", "/redeployments/impact", json=circle)
    assert "map.accept" in said["fields"]
    admin.refused(422, "POST", "/redeployments", json=way)
    begun = admin.ok("POST", "/redeployments", json={**way, "reason": "new form"})
    path = f"/redeployments/{begun['id']}"
    assert (begun["state"], begun["counts"]["waiting"]) == ("running", 1)
    admin.refused(409, "POST", "/redeployments", json={**way, "reason": "again"})
    assert admin.ok("POST", f"{path}/steering", json={"act": "pause"})["state"] == "paused"
    admin.ok("POST", f"{path}/steering", json={"act": "resume"})
    work(city_app)
    assert admin.ok("GET", path)["counts"]["moved"] == 1
    [case] = admin.ok("GET", f"{path}/cases?state=moved")["rows"]
    assert case["case"] == number
    assert admin.ok("POST", f"{path}/undoing", json={"why": "wait"})["state"] == "undoing"
    work(city_app)
    assert [row["state"] for row in admin.ok("GET", "/redeployments")] == ["undone"]
    clerk = Program(city_app, "wang.clerk")
    clerk.refused(403, "GET", "/redeployments")
    clerk.refused(403, "POST", "/redeployments/impact", json=way)


def test_a_move_that_is_none_is_not_found(city_app: Flask) -> None:
    """Also its cases and its acts."""
    admin = Program(city_app, "admin")
    for method, path, sent in (
        ("GET", "", None), ("GET", "/cases", None), ("POST", "/undoing", {"why": "x"}),
    ):  # fmt: skip
        admin.refused(404, method, f"/redeployments/999999{path}", json=sent)


def test_a_version_is_retired_taken_back_and_removed(city_app: Flask) -> None:
    """Each with a reason, and not twice."""
    new, admin = deployed(city_app, *RENAMED), Program(city_app, "admin")
    path = f"/versions/{new}"
    admin.refused(409, "DELETE", path)
    admin.refused(422, "POST", f"{path}/retirement", json={})
    retired = admin.ok("POST", f"{path}/retirement", json={"why": "表单有误"})
    assert (retired["state"], retired["current"], retired["state_why"]) == (
        "retired", False, "表单有误",
    )  # fmt: skip
    assert admin.ok("POST", f"{path}/reactivation", json={"why": "改好"})["current"]
    admin.ok("POST", f"{path}/retirement", json={"why": "不用"})
    admin.ok("DELETE", path)
    admin.refused(404, "DELETE", path)
    Program(city_app, "wang.clerk").refused(403, "GET", "/versions")
