"""Incidents on the web: the clerk is told that nothing changed; the admin retries or closes."""

from typing import Any

from flask import Flask

from engine import incidents, people
from tests.engine.test_incidents import failing


def test_a_failed_click_is_told_and_the_admin_finds_retries_and_closes_it(
    app: Flask, visit: Any
) -> None:
    """From the click at the counter to the closed incident."""
    with app.app_context():
        story = failing()
        number, task_id = story.case.number, story.task("accept", "wang.clerk").id
        fields = {**story.filled("accept"), "outcome": "accept", "confirmed": "yes"}
    answer = visit("wang.clerk").post(f"/tasks/{task_id}/complete", fields)
    assert answer.status_code == 500
    assert "没有生效" in answer.text

    admin = visit("admin")
    with app.app_context():
        (incident,) = incidents.waiting(people.actor_for_login("admin"))
        assert story.waiting() == [("accept", "scjg")]
    assert number in admin.get("/admin/incidents").text
    page = admin.get(f"/admin/incidents/{incident.id}").text
    assert "经核对" in page
    assert "受理" in page
    assert "<svg" in page
    assert admin.post(f"/admin/incidents/{incident.id}/retry", {}).status_code == 500
    assert admin.post(f"/admin/incidents/{incident.id}/close", {"how": ""}).status_code == 422
    answer = admin.post(f"/admin/incidents/{incident.id}/close", {"how": "改用新版本"})
    assert answer.status_code == 303
    assert "没有异常" in admin.get("/admin/incidents").text


def test_a_clerk_may_not_open_the_incidents(visit: Any) -> None:
    """They are the administrator's."""
    assert visit("wang.clerk").get("/admin/incidents").status_code == 403
