"""The task page: everything for a decision, nothing typed lost, nothing done twice."""

import re
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from engine import db
from engine.models import Person as PersonRow
from engine.models import Post
from tests.webapp import staff

CORRECTION = {
    "outcome": "correct",
    "opinion": "请一并补正",
    "fix": ["field:company", "material:layout"],
    "why:field:company": "与营业执照一致",
    "why:material:layout": "请盖章",
}


@pytest.fixture
def number(app: Flask) -> str:
    """A case that waits for its acceptance."""
    return staff.new_case(app)


def to_site_check(app: Flask, visit: Any, number: str) -> str:
    """Bring a case to the step that two persons must sign; return the task's id."""
    staff.carry_out(app, visit("wang.clerk"), "wang.clerk", number, "accept")
    staff.carry_out(app, visit("zhao.examiner"), "zhao.examiner", number, "pass")
    return staff.open_task(app, number)


def to_decision(app: Flask, visit: Any, number: str) -> str:
    """Bring a case to its decision; return the task's id."""
    to_site_check(app, visit, number)
    for login in ("sun.inspector", "zhou.inspector"):
        staff.carry_out(app, visit(login), login, number, "pass")
    staff.carry_out(app, visit("zhao.examiner"), "zhao.examiner", number, "propose-grant")
    return staff.open_task(app, number)


def test_one_page_holds_everything_for_the_decision(app: Flask, visit: Any, number: str) -> None:
    """Answers, materials, history, diagram, limits, form and the diagram's own buttons."""
    page = visit("wang.clerk").get(f"/tasks/{staff.open_task(app, number)}").text
    for part in ("answers", "materials", "history", "diagram", "documents", "opinions"):
        assert f'id="{part}"' in page
    assert "江城康健医疗器械有限公司" in page
    assert "一次性告知补正" in page
    assert "本环节期限怎样算" in page
    assert "<svg" in page
    assert 'name="material"' in page


def test_what_is_typed_is_kept_and_shown_again(app: Flask, visit: Any, number: str) -> None:
    """A draft is saved without being checked, and leaves the case alone."""
    clerk, task_id = visit("wang.clerk"), staff.open_task(app, number)
    before = staff.case_of(app, number).revision
    given = {"opinion": "写到一半", "fix": "field:company", "why:field:company": "核对名称"}
    answer = clerk.post(f"/tasks/{task_id}/draft", given, headers={"HX-Request": "true"})
    assert answer.text.startswith("已自动保存")
    page = clerk.get(f"/tasks/{task_id}").text
    assert "写到一半" in page
    assert 'value="核对名称"' in page
    assert staff.case_of(app, number).revision == before


def test_wrong_input_comes_back_with_every_fault_named(app: Flask, visit: Any, number: str) -> None:
    """The answer is 422, the typed text is on the page, nothing has changed."""
    task_id = staff.open_task(app, number)
    answer = visit("wang.clerk").post(
        f"/tasks/{task_id}/complete", {"outcome": "correct", "opinion": "写到一半"}
    )
    assert answer.status_code == 422
    assert "至少一处" in answer.text
    assert "写到一半" in answer.text
    assert 'href="#corrections"' in answer.text
    assert staff.case_of(app, number).status == "received"


def test_acceptance_is_shown_before_it_takes_effect(app: Flask, visit: Any, number: str) -> None:
    """The confirm page previews the notice; only the confirmation issues it."""
    clerk, task_id = visit("wang.clerk"), staff.open_task(app, number)
    given = staff.filled(app, task_id, "wang.clerk", outcome="accept")
    page = clerk.post(f"/tasks/{task_id}/complete", given)
    assert page.status_code == 200
    assert "受理通知书" in page.text
    assert staff.case_of(app, number).accepted_at is None
    done = clerk.post(f"/tasks/{task_id}/complete", {**given, "confirmed": "1"})
    assert done.status_code == 303
    said = staff.shown(clerk.get(done.location).text)
    assert "已出具《受理通知书》并通知申请人" in said
    assert "书面审查" in said
    assert staff.case_of(app, number).status == "accepted"


def test_going_back_from_the_confirmation_keeps_everything(
    app: Flask, visit: Any, number: str
) -> None:
    """The way back shows the form as it was filled."""
    task_id = staff.open_task(app, number)
    page = visit("wang.clerk").post(f"/tasks/{task_id}/complete", {**CORRECTION, "_refresh": "1"})
    assert page.status_code == 200
    assert 'value="与营业执照一致"' in page.text


def test_a_task_done_by_another_changes_nothing_and_loses_nothing(
    app: Flask, visit: Any, number: str
) -> None:
    """A stale page gets 409, who did it, and its own text back."""
    clerk, other = visit("wang.clerk"), visit("li.clerk")
    task_id = staff.open_task(app, number)
    point = "material:quality-rules"
    own = {
        "opinion": "我的意见",
        "accept_note": "原件在窗口",
        "fix": point,
        f"why:{point}": "请盖章",
    }
    given = staff.filled(app, task_id, "wang.clerk", outcome="accept", **own)
    staff.carry_out(app, other, "li.clerk", number, "accept")
    after = staff.case_of(app, number).revision
    answer = clerk.post(f"/tasks/{task_id}/complete", {**given, "confirmed": "1"})
    assert answer.status_code == 409
    assert "李志远" in answer.text
    for typed in ("我的意见", "原件在窗口", "请盖章"):
        assert typed in answer.text
    assert staff.case_of(app, number).revision == after


def test_a_second_click_on_the_same_button_is_a_conflict_not_a_second_act(
    app: Flask, visit: Any, number: str
) -> None:
    """The second post of the same form answers 409."""
    clerk, task_id = visit("wang.clerk"), staff.open_task(app, number)
    given = staff.filled(app, task_id, "wang.clerk", outcome="accept", confirmed="1")
    assert clerk.post(f"/tasks/{task_id}/complete", given).status_code == 303
    assert clerk.post(f"/tasks/{task_id}/complete", given).status_code == 409


def test_a_correction_notice_names_everything_at_once(app: Flask, visit: Any, number: str) -> None:
    """Ticked fields and materials go into one notice, each with what is asked."""
    clerk, task_id = visit("wang.clerk"), staff.open_task(app, number)
    given = staff.filled(app, task_id, "wang.clerk", **CORRECTION)
    page = clerk.post(f"/tasks/{task_id}/complete", given)
    assert "补正材料一次性告知书" in page.text, staff.shown(page.text)
    assert "企业名称：与营业执照一致" in page.text
    done = clerk.post(f"/tasks/{task_id}/complete", {**given, "confirmed": "1"})
    assert done.status_code == 303
    assert staff.case_of(app, number).status == "correcting"
    assert "等待申请人补正" in clerk.get(f"/cases/{number}").text


def test_a_ticked_point_needs_what_is_asked(app: Flask, visit: Any, number: str) -> None:
    """The message stands at the point that lacks it."""
    task_id = staff.open_task(app, number)
    given = staff.filled(app, task_id, "wang.clerk", **CORRECTION) | {"why:field:company": ""}
    answer = visit("wang.clerk").post(f"/tasks/{task_id}/complete", given)
    assert answer.status_code == 422
    assert "请写明要求" in answer.text


def test_not_competent_names_the_right_agency(app: Flask, visit: Any, number: str) -> None:
    """Without the agency it is refused; with it the decision names it."""
    clerk, task_id = visit("wang.clerk"), staff.open_task(app, number)
    given = staff.filled(
        app, task_id, "wang.clerk", outcome="not-competent", opinion="不属本机关职权"
    )
    answer = clerk.post(f"/tasks/{task_id}/complete", given)
    assert answer.status_code == 422
    assert 'href="#agency"' in answer.text
    page = clerk.post(f"/tasks/{task_id}/complete", {**given, "agency": "省药品监督管理局"})
    assert "不予受理决定书" in page.text
    assert "省药品监督管理局" in page.text


def test_two_persons_sign_the_same_content(app: Flask, visit: Any, number: str) -> None:
    """The first signs; the second sees the content and signs it; then the case goes on."""
    task_id = to_site_check(app, visit, number)
    first, second = visit("sun.inspector"), visit("zhou.inspector")
    given = staff.filled(app, task_id, "sun.inspector", outcome="pass", opinion="现场符合要求")
    answer = first.post(f"/tasks/{task_id}/complete", given, follow_redirects=True)
    assert "还需要另一人核对并签名" in answer.text
    assert "您已签名" in first.get(f"/tasks/{task_id}").text
    page = second.get(f"/tasks/{task_id}").text
    assert "孙晓岚" in page
    assert "现场符合要求" in page
    content = re.search(r'name="content" value="(\w+)"', page)
    assert content is not None
    signed = second.post(f"/tasks/{task_id}/sign", {"content": content[1]})
    assert signed.status_code == 303
    assert staff.open_task(app, number) != task_id


def test_content_changed_after_it_was_read_is_not_signed(
    app: Flask, visit: Any, number: str
) -> None:
    """The second person signs what was on the page, or nothing."""
    task_id = to_site_check(app, visit, number)
    given = staff.filled(app, task_id, "sun.inspector", outcome="pass", opinion="现场符合要求")
    visit("sun.inspector").post(f"/tasks/{task_id}/complete", given)
    answer = visit("zhou.inspector").post(f"/tasks/{task_id}/sign", {"content": "0" * 64})
    assert answer.status_code == 409
    assert "刚刚被修改" in answer.text


def test_a_draft_never_writes_over_what_was_signed(app: Flask, visit: Any, number: str) -> None:
    """The second person's typing does not touch the signed content."""
    task_id = to_site_check(app, visit, number)
    given = staff.filled(app, task_id, "sun.inspector", outcome="pass", opinion="现场符合要求")
    visit("sun.inspector").post(f"/tasks/{task_id}/complete", given)
    second = visit("zhou.inspector")
    second.post(f"/tasks/{task_id}/draft", {"opinion": "别的内容"})
    assert "现场符合要求" in second.get(f"/tasks/{task_id}").text


def test_the_page_says_why_somebody_may_not_do_the_task(
    app: Flask, visit: Any, number: str
) -> None:
    """Separation of posts: who examined may not decide, even with both posts."""
    task_id = to_decision(app, visit, number)
    with app.app_context(), db.transaction() as session:
        person = session.scalar(select(PersonRow).where(PersonRow.login == "sun.inspector"))
        assert person is not None
        session.add(Post(person_id=person.id, department_code="scjg", role_code="head"))
    page = staff.shown(visit("sun.inspector").get(f"/tasks/{task_id}").text)
    assert "为什么您不能办理" in page
    assert "岗位分离" in page


def test_somebody_elses_post_may_look_but_not_act(app: Flask, visit: Any, number: str) -> None:
    """A colleague of another post sees the reason, no buttons, and a post is refused."""
    task_id, head = staff.open_task(app, number), visit("qian.head")
    page = head.get(f"/tasks/{task_id}").text
    assert "不属于您的岗位" in page
    assert 'name="outcome"' not in page
    answer = head.post(f"/tasks/{task_id}/complete", {"outcome": "accept", "confirmed": "1"})
    assert answer.status_code == 403


def test_a_refusal_writes_out_the_ticked_reasons_and_the_remedies(
    app: Flask, visit: Any, number: str
) -> None:
    """The preview shows reasons with their articles, free text, and the remedies."""
    task_id, head = to_decision(app, visit, number), visit("qian.head")
    page = head.get(f"/tasks/{task_id}").text
    code = re.findall(r'name="reason" value="([^"]+)"', page)[0]
    given = staff.filled(
        app, task_id, "qian.head", outcome="refuse", opinion="详见核查表", reason=code
    )
    preview = staff.shown(head.post(f"/tasks/{task_id}/complete", given).text)
    assert "不予行政许可决定书" in preview
    assert "详见核查表" in preview
    assert "行政复议" in preview
    head.post(f"/tasks/{task_id}/complete", {**given, "confirmed": "1"})
    assert staff.case_of(app, number).result == "refused"


def test_a_login_that_expired_while_writing_loses_nothing(
    app: Flask, visit: Any, number: str
) -> None:
    """After the login the task's page shows what had been typed."""
    task_id, clerk = staff.open_task(app, number), visit("wang.clerk")
    token = clerk.token()
    clerk.client.delete_cookie("lianban")
    typed = {"opinion": "写了很久的意见", "_page": f"/tasks/{task_id}", "csrf_token": token}
    kept = clerk.post(f"/tasks/{task_id}/complete", typed)
    assert kept.status_code in (200, 303)
    if kept.status_code == 303:
        kept = clerk.post("/login", {"login": "wang.clerk", "password": "lianban-demo"})
    assert "写了很久的意见" in kept.text


def test_an_unknown_task_is_not_found(visit: Any) -> None:
    """A made-up address gets a clear answer."""
    assert visit("wang.clerk").get("/tasks/no-such-task").status_code == 404
