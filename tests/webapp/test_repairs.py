"""Repairs on the web: previewed, proposed, approved by another, seen by supervisors."""

import re
from typing import Any

from flask import Flask

from tests.webapp.staff import MEDICAL, carry_out, new_case, open_task, shown


def _seen(page: str) -> str:
    found = re.search(r'name="repair-seen" value="([0-9a-f]{64})"', page)
    assert found is not None
    return found[1]


def _reviewed(app: Flask, visit: Any) -> str:
    number = new_case(app, MEDICAL)
    carry_out(app, visit("wang.clerk"), "wang.clerk", number, "accept")
    carry_out(app, visit("zhao.examiner"), "zhao.examiner", number, "fail")
    return number


def _moving(app: Flask, number: str) -> dict[str, str]:
    task_id = open_task(app, number)
    return {"repair-act": "move", "repair-task": task_id, "repair-move": "review"}


def test_a_case_is_found_previewed_and_proposed(app: Flask, visit: Any) -> None:
    """Nothing changes by a preview; a reason is asked for; what was shown is what is proposed."""
    number, admin = _reviewed(app, visit), visit("admin")
    answer = admin.post("/admin/repairs/find", {"number": "nonsense"})
    assert answer.status_code == 404
    assert "没有找到" in answer.text
    answer = admin.post("/admin/repairs/find", {"number": number.lower()})
    assert answer.location == f"/admin/repairs/cases/{number}"
    desk = admin.get(f"/admin/repairs/cases/{number}").text
    assert "科室审核" in desk
    assert "<svg" in desk

    fields = _moving(app, number)
    preview = admin.post(f"/admin/repairs/cases/{number}/preview", fields)
    assert preview.status_code == 200
    assert "新开待办“书面审查”" in preview.text
    assert open_task(app, number) == fields["repair-task"]

    path = f"/admin/repairs/cases/{number}/propose"
    seen = {**fields, "repair-seen": _seen(preview.text)}
    answer = admin.post(path, {**seen, "repair-reason": ""})
    assert answer.status_code == 422
    assert "请写明理由" in answer.text
    answer = admin.post(path, {**fields, "repair-seen": "0" * 64, "repair-reason": "写错了环节"})
    assert "已有变化" in answer.text
    assert admin.post(path, {**seen, "repair-reason": "书面审查误选不通过"}).status_code == 303


def test_another_administrator_approves_and_the_supervisor_reads_it(app: Flask, visit: Any) -> None:
    """The proposer cannot; a repair is decided once."""
    number, admin = _reviewed(app, visit), visit("admin")
    fields = _moving(app, number)
    preview = admin.post(f"/admin/repairs/cases/{number}/preview", fields).text
    sent = {**fields, "repair-seen": _seen(preview), "repair-reason": "书面审查误选不通过"}
    page = admin.post(f"/admin/repairs/cases/{number}/propose", sent).location
    assert "须由另一名管理员批准" in admin.get(page).text
    assert admin.post(f"{page}/approve", {}).status_code == 403
    assert admin.post(f"{page}/refuse", {"reason": ""}).status_code == 422

    other = visit("admin.gu")
    assert "书面审查误选不通过" in other.get("/admin/repairs", state="open").text
    assert "批准并实施" in other.get(page).text
    assert other.post(f"{page}/approve", {}).status_code == 303
    assert open_task(app, number) != fields["repair-task"]
    assert other.post(f"{page}/refuse", {"reason": "已经批准了"}).status_code == 409
    supervisor = visit("jc.he")
    assert "已实施" in shown(supervisor.get(page).text)
    assert "书面审查误选不通过" in supervisor.get("/admin/repairs").text
    assert "经两名管理员修复" in shown(supervisor.get(f"/cases/{number}").text)
    assert supervisor.get(f"/admin/repairs/cases/{number}").status_code == 403
    assert visit("wang.clerk").get("/admin/repairs").status_code == 403


def test_who_can_see_a_case_is_told_with_the_reason(app: Flask, visit: Any) -> None:
    """By the rules themselves: whoever is listed can open it, whoever is not cannot."""
    number = new_case(app, MEDICAL)
    page = shown(visit("jc.he").get(f"/admin/organisation/cases/{number}").text)
    assert "wang.clerk 牵头部门的人员" in page
    assert "jc.he 监察岗位" in page
    assert "cg.wu" not in page
    assert visit("cg.wu").get(f"/cases/{number}").status_code == 404
    assert "张三" in visit("admin").get(f"/admin/organisation/cases/{number}").text
    assert visit("admin").get("/admin/organisation/cases/NONE").status_code == 404
    assert visit("wang.clerk").get(f"/admin/organisation/cases/{number}").status_code == 403


def test_what_cannot_be_repaired_is_told_where_it_was_asked_for(app: Flask, visit: Any) -> None:
    """A target that is no target, a step of law, a task that is gone."""
    number, admin = _reviewed(app, visit), visit("admin")
    path = f"/admin/repairs/cases/{number}/preview"
    task_id = open_task(app, number)
    for fields, words in (
        ({"repair-act": "move", "repair-move": "decide2"}, "流程图中没有"),
        ({"repair-act": "move", "repair-move": "deliver_licence"}, "尚未决定"),
        ({"repair-act": "repeat", "repair-repeat": ""}, "流程图中没有"),
        ({"repair-act": "skip", "repair-skip": "grant"}, "法律效力"),
        ({"repair-act": "reassign", "repair-person": "x"}, "不能办理"),
        ({"repair-act": "nonsense"}, "请选择一种修复"),
    ):
        answer = admin.post(path, {"repair-task": task_id, **fields})
        assert answer.status_code == 422, fields
        assert words in answer.text, fields
    answer = admin.post(path, {"repair-act": "skip", "repair-task": "gone", "repair-skip": "x"})
    assert "重新选择" in answer.text
    assert open_task(app, number) == task_id


def test_answers_are_changed_by_their_form_and_reading_them_is_recorded(
    app: Flask, visit: Any
) -> None:
    """Without a reason the form does not open; a wrong answer is told at its question."""
    number, admin = _reviewed(app, visit), visit("admin")
    path = f"/admin/repairs/cases/{number}"
    assert admin.post(f"{path}/answers", {"repair-source": "application"}).status_code == 422
    opening = {"repair-source": "application", "repair-reason": "申请人来函更正电话"}
    page = admin.post(f"{path}/answers", opening).text
    fields = {
        name: value
        for name, value in re.findall(r'<input[^>]* name="([^"]+)"[^>]* value="([^"]*)"', page)
        if not name.startswith("_") and name != "csrf_token"
    }
    fields |= dict(
        re.findall(r'<input[^>]* name="([^"]+)" type="radio" value="([^"]*)" checked', page)
    )
    assert fields["repair-act"] == "change"
    answer = admin.post(f"{path}/preview", {**fields, "company": ""})
    assert answer.status_code == 422
    assert 'id="company-error"' in answer.text
