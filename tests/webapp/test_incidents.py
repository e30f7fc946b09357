"""Incidents on the web: the clerk is told that nothing changed; the admin retries or closes."""

from typing import Any

from flask import Flask

from engine import cases, clock, db, incidents, messages, people, tasks
from tests.engine.bpmn.diagrams import chain, end, node, start, user
from tests.engine.test_incidents import fail, failing
from tests.engine.test_stuck_applications import FAULTY, SOUND
from tests.engine.wide import ITEM, case_of, deploy, files
from tests.webapp.api.program import Program
from tools import samples, worker
from tools.stories import Story


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


def test_all_of_one_cause_are_retried_from_the_list(app: Flask, visit: Any) -> None:
    """The page tells how far it is; a second click is told that it is under way."""
    with app.app_context():
        story = failing()
        number, admin = story.case.number, visit("admin")
        fail(story)
        (incident,) = incidents.waiting(people.actor_for_login("admin"))
    assert number in admin.get("/admin/incidents", like=incident.id, at="nonsense").text
    assert number not in admin.get("/admin/incidents", item="nothing").text
    path = f"/admin/incidents/{incident.id}/retry-all"
    assert admin.post(path, {}).status_code == 303
    assert "共1条" in admin.get("/admin/incidents").text
    assert admin.post(path, {}).status_code == 303
    assert "正在批量重试" in admin.get("/admin/incidents").text
    with app.app_context():
        assert tasks.retrying.retry_next(now=clock.now())
    assert "仍失败1" in admin.get("/admin/incidents").text


def test_a_message_for_several_cases_is_sent_to_the_one_the_admin_chooses(
    app: Flask, visit: Any
) -> None:
    """Or given up; each undelivered message is listed with the reason."""
    catch = node("intermediateCatchEvent", "w", '<bpmn:messageEventDefinition messageRef="m"/>')
    pieces = (start("s"), catch, user("a"), end("e"), chain("s", "w", "a", "e"))
    with app.app_context():
        for _ in range(2):
            with db.transaction():
                by = people.actor_for_login("admin")
                messages.send(messages.Posting("Called"), actor=by, now=clock.now())
        one = case_of(*pieces, beside='<bpmn:message id="m" name="Called"/>')
        number, other = one.case.number, one.apply()
        worker.deliver_next_message()
        worker.deliver_next_message()
        first, second = (row.id for row in messages.listed("undelivered", by)[::-1])
    admin = visit("admin")
    page = admin.get("/admin/incidents").text
    assert page.count(f"发给 {number}") == 2
    answer = admin.post(f"/admin/messages/{first}/resend", {"case": number})
    assert answer.status_code == 303
    assert admin.post(f"/admin/messages/{second}/discard", {}).status_code == 303
    assert admin.post(f"/admin/messages/{second}/discard", {}).status_code == 409
    assert "没有异常" in admin.get("/admin/incidents").text
    with app.app_context():
        worker.deliver_next_message()
        assert other.waiting() == []
    assert visit("wang.clerk").post(f"/admin/messages/{first}/discard", {}).status_code == 403


def test_a_clerk_may_not_open_the_incidents(visit: Any) -> None:
    """They are the administrator's."""
    assert visit("wang.clerk").get("/admin/incidents").status_code == 403


def submitted(app: Flask, visit: Any) -> tuple[Any, str]:
    """Hand in an application whose diagram cannot begin; return the applicant and the draft."""
    with app.app_context():
        story = Story(ITEM)
        draft = story.write()  # begun on a version that was right
        deploy(files(*FAULTY))
    applicant = visit(story.applicant)
    answer = applicant.post(f"/apply/{draft}/submit", {"declared": "true"})
    assert (answer.status_code, answer.location) == (303, f"/apply/{draft}/check")
    return applicant, draft


def the_incident(app: Flask) -> int:
    """The one that is open."""
    with app.app_context():
        (incident,) = incidents.waiting(people.actor_for_login("admin"))
        return int(incident.id)


def test_an_application_that_cannot_begin_is_told_to_applicant_and_admin(
    app: Flask, visit: Any
) -> None:
    """The applicant reads that it is being mended; the admin reads no more of them than needed."""
    applicant, draft = submitted(app, visit)
    assert "还没有提交成功" in applicant.get(f"/apply/{draft}/check").text
    assert "正在处理" in applicant.get("/my").text
    admin, number = visit("admin"), samples.individual_business()["operator_id"]
    listed = admin.get("/admin/incidents").text
    assert "未能提交的申请" in listed
    assert "个体工商户" in listed
    page = admin.get(f"/admin/incidents/{the_incident(app)}").text
    assert "递交 · s" in page  # as the version names it that failed
    assert "三哥面馆" in page
    assert number not in page
    assert f"{number[:3]}*" in page
    (row,) = Program(app, "admin").ok("GET", "/incidents")["rows"]
    assert (row["case"], row["item"]) == (None, ITEM)


def test_an_application_is_handed_in_by_the_admin_once_the_diagram_is_mended(
    app: Flask, visit: Any
) -> None:
    """The applicant has nothing more to do."""
    applicant, draft = submitted(app, visit)
    admin, path = visit("admin"), f"/admin/incidents/{the_incident(app)}"
    assert admin.post(f"{path}/retry", {}).status_code == 500
    with app.app_context():
        deploy(files(*SOUND))
        mended_at = clock.now()
    assert admin.post(f"{path}/retry", {}).status_code == 303
    assert admin.post(f"{path}/retry", {}).status_code == 409
    mine = applicant.get("/my").text
    assert "三哥面馆" in mine
    assert "正在处理" not in mine
    assert applicant.get(f"/apply/{draft}/check").status_code == 302
    assert "见办件的申请内容" in admin.get(path).text
    with app.app_context():
        (case,) = cases.my_cases(people.actor_for_login("zhang.san")).rows
        assert case.received_at < mended_at
