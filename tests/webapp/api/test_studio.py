"""A designer's own tools: a draft begun, written, checked and deployed over the interface."""

from flask import Flask

from tests.webapp.api.program import Program

NEW = {
    "template": "immediate", "item": "street-stall", "name": "初稿",
    "title_zh": "临时摊位许可", "title_en": "Street stall permit", "lead": "scjg",
}  # fmt: skip


def test_a_draft_is_written_checked_and_deployed(city_app: Flask) -> None:
    """Over a newer revision nothing is written; only what was looked at is deployed."""
    admin = Program(city_app, "admin")
    draft = admin.ok("POST", "/studio/drafts", json=NEW)
    address = f"/studio/drafts/{draft['id']}"
    files = admin.ok("GET", address)["files"]
    changed = {"decide.form": None, "item.yaml": files["item.yaml"] + "# x\n"}
    saved = admin.ok("PATCH", address, json={"base": 1, "files": changed})
    assert saved == {"revision": 2, "created": True, "merged": []}
    late = {"base": 1, "files": {"item.yaml": "code: x\n"}}
    assert admin.refused(409, "PATCH", address, json=late)["code"] == "stale-save"
    found = admin.ok("GET", f"{address}/problems")
    assert {one["rule"] for one in found["problems"]} == {"unknown-form"}
    refused = admin.refused(422, "POST", f"{address}/deployment", json={"base": 2})
    assert refused["code"] == "definition-problems"
    back = {"base": 2, "files": {"decide.form": files["decide.form"]}}
    admin.ok("PATCH", address, json=back)
    done = admin.ok("POST", f"{address}/deployment", json={"base": 3, "note": "x"})
    assert (done["number"], done["created"]) == (1, True)
    assert [row["number"] for row in admin.ok("GET", f"{address}/revisions")["rows"]] == [3, 2, 1]
    again = admin.ok("POST", "/studio/drafts", json={"name": "再改", "version": done["version_id"]})
    assert again["item"] == "street-stall"
    admin.ok("DELETE", f"/studio/drafts/{again['id']}")
    assert [row["id"] for row in admin.ok("GET", "/studio/drafts")["rows"]] == [draft["id"]]
    nothing = admin.refused(422, "POST", "/studio/drafts", json={"name": "空"})
    assert "files" in nothing["fields"]


def test_who_does_not_design_sees_no_draft(city_app: Flask) -> None:
    """Whether it is there or not."""
    clerk = Program(city_app, "wang.clerk")
    for method, path in (("GET", ""), ("GET", "/1"), ("GET", "/1/problems"), ("DELETE", "/1")):
        clerk.refused(403, method, f"/studio/drafts{path}")
    clerk.refused(403, "POST", "/studio/drafts", json=NEW)
