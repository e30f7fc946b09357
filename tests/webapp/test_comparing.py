"""The page that shows what differs between two versions, and the same for programs."""

from typing import Any

from flask import Flask

from engine import clock, db, definitions, drafting, playing
from engine.permissions import SYSTEM
from tests.webapp.api.program import Program
from tests.webapp.staff import MEDICAL, SHOP, shown
from tests.webapp.test_admin import DIAGRAM, bundle


def deploy_changed(app: Flask) -> tuple[int, int]:
    """Deploy a version whose review takes longer; return the ids of the old and the new one."""
    files = bundle()
    text = files[DIAGRAM].replace(b'name="limit" value="3wd"', b'name="limit" value="2wd"', 1)
    with app.app_context(), db.transaction():
        old = definitions.newest(MEDICAL).version_id
        done = definitions.deploy({**files, DIAGRAM: text}, actor=SYSTEM, now=clock.now())
        return old, done.version.id


def test_two_versions_are_shown_with_marks_and_in_words(app: Flask, visit: Any) -> None:
    """Both pictures, a legend, the changed limit before and after, and the way to it."""
    old, new = deploy_changed(app)
    admin = visit("admin")
    page = admin.get(f"/admin/definitions/{new}").text
    assert f"/admin/definitions/{old}/compare/{new}" in page
    page = admin.get(f"/admin/definitions/{old}/compare/{new}").text
    assert page.count("<svg xmlns") == 2
    for mark in ('id="mark-old-review"', 'id="mark-new-review"', 'href="#mark-new-review"'):
        assert mark in page
    words = shown(page)
    assert "时限 ： 3个工作日" in words.replace("</span>", "")
    assert "2个工作日" in words
    english = admin.get(f"/admin/definitions/{old}/compare/{new}", lang="en").text
    assert "2 working days" in english
    chosen = admin.get("/admin/definitions/compare", old=str(old), new=str(new))
    assert chosen.location.endswith(f"/admin/definitions/{old}/compare/{new}")


def test_nothing_to_tell_other_items_and_unknown_versions(app: Flask, visit: Any) -> None:
    """Each has a clear answer."""
    with app.app_context():
        one, other = (definitions.newest(code).version_id for code in (MEDICAL, SHOP))
    admin = visit("admin")
    assert "没有任何差别" in admin.get(f"/admin/definitions/{one}/compare/{one}").text
    refused = admin.get(f"/admin/definitions/{one}/compare/{other}")
    assert refused.status_code == 422
    assert "不是同一个事项" in refused.text
    assert admin.get(f"/admin/definitions/{one}/compare/99999").status_code == 404
    assert admin.get(f"/admin/definitions/{one}/compare/nonsense").status_code == 404
    assert visit("wang.clerk").get(f"/admin/definitions/{one}/compare/{one}").status_code == 403


def test_programs_get_the_same_comparison(app: Flask) -> None:
    """By kind, with each fact before and after; for those who design alone."""
    old, new = deploy_changed(app)
    path = f"/definitions/{old}/compare/{new}"
    answer = Program(app, "admin").ok("GET", path)
    (change,) = answer["changes"]
    assert (change["kind"], change["id"]) == ("changed", "review")
    assert change["facts"][0]["after"]["en"] == "2 working days"
    Program(app, "wang.clerk").refused(403, "GET", path)


def test_a_draft_is_compared_tried_and_gets_the_path_that_was_walked(
    app: Flask, visit: Any
) -> None:
    """Compared with the running version by itself; the path becomes its next revision."""
    files = bundle()
    text = files[DIAGRAM].replace(b'name="limit" value="3wd"', b'name="limit" value="2wd"', 1)
    with app.app_context(), db.transaction():
        of = definitions.newest(MEDICAL)
        draft = drafting.create(
            MEDICAL, "加快审查", {**files, DIAGRAM: text}, actor=SYSTEM, now=clock.now()
        ).id
    admin = visit("admin")
    assert f"/admin/definitions/d{draft}/try" in admin.get(f"/studio/drafts/{draft}").text
    chosen = admin.get("/admin/definitions/compare", new=f"d{draft}")
    assert chosen.location.endswith(f"/admin/definitions/{of.version_id}/compare/d{draft}")
    words = shown(admin.get(chosen.location).text)
    assert "草稿“加快审查”" in words
    assert "2个工作日" in words
    script = playing.write(playing.Script(clock.now()))
    path = f"/admin/definitions/d{draft}/try/path"
    answer = admin.post(path, {"script": script, "name_zh": "等待受理", "draft": "1"})
    assert "第2稿" in answer.text
    with app.app_context():
        assert "等待受理" in drafting.content_of(draft, "paths.yaml").decode()
    assert admin.get(f"/admin/definitions/d{draft}r1/compare/d{draft}").status_code == 200
    assert admin.get(f"/admin/definitions/d{draft}r9/compare/d{draft}").status_code == 404
