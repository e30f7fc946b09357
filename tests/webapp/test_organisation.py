"""The organisation on the web: units, people, substitutes, leaving, files."""

import io
from datetime import timedelta
from typing import Any

from flask import Flask

from engine import clock
from engine.clock import civil_date
from tests.webapp.staff import MEDICAL, new_case, open_task, shown

PATH = "/admin/organisation"


def test_a_unit_is_added_below_another_and_a_wrong_one_is_told(app: Flask, visit: Any) -> None:
    """The tree shows it; the typed words stay."""
    del app
    admin = visit("admin")
    fields = {"new": "1", "code": "scjg-dj", "name_zh": "登记科", "name_en": "Registration"}
    fields |= {"parent": "scjg", "kind": "section", "position": "1"}
    answer = admin.post(f"{PATH}/units", {**fields, "name_en": "", "position": "x"})
    assert answer.status_code == 422
    assert 'value="登记科"' in answer.text
    assert "field-position" in answer.text
    assert admin.post(f"{PATH}/units", fields).status_code == 303
    page = shown(admin.get(PATH).text)
    assert page.index("市场监督管理局") < page.index("登记科") < page.index("消防救援支队")
    assert "登记科" in admin.get(f"{PATH}/units/scjg-dj").text
    assert admin.get(f"{PATH}/units/none").status_code == 404
    assert "上级" in admin.get(f"{PATH}/units/new", parent="scjg").text
    role = {"code": "guide", "name_zh": "导办员", "name_en": ""}
    assert admin.post(f"{PATH}/roles", role).status_code == 422
    assert admin.post(f"{PATH}/roles", {**role, "name_en": "Guide"}).status_code == 303
    assert "导办员" in admin.get(f"{PATH}/roles").text
    clerk = visit("wang.clerk")
    for path in ("", "/people", "/roles", "/files", "/people/admin"):
        assert clerk.get(PATH + path).status_code == 403


def test_a_person_is_added_given_a_password_and_stood_in_for(app: Flask, visit: Any) -> None:
    """The substitute finds the tasks in the inbox."""
    admin, number = visit("admin"), new_case(app, MEDICAL)
    fields = {"login": "ma.clerk", "name": "马小青", "unit": "cgj", "role": "clerk"}
    assert admin.post(f"{PATH}/people", {**fields, "name": ""}).status_code == 422
    assert admin.post(f"{PATH}/people", fields).status_code == 303
    page = f"{PATH}/people/ma.clerk"
    assert "只显示这一次" in admin.post(f"{page}/password", {}).text
    assert "马小青" in admin.get(f"{PATH}/people", q="马小").text
    assert "没有找到人员" in admin.get(f"{PATH}/people", q="nobody").text
    assert admin.post(page, {"name": "马青", "unit": "none", "role": "clerk"}).status_code == 422

    today = civil_date(clock.now())
    other = admin.get(f"{PATH}/people/wang.clerk").text
    ma = other.partition("马小青 · ma.clerk")[0].rpartition('value="')[2].partition('"')[0]
    days = {"from_on": today.isoformat(), "until_on": (today + timedelta(days=3)).isoformat()}
    sent = {"substitute": ma, "reason": "年假", "posts": "scjg:clerk", **days}
    path = f"{PATH}/people/wang.clerk/substitutes"
    assert admin.post(path, {**sent, "until_on": ""}).status_code == 422
    unticked = admin.post(path, {**sent, "posts": []})
    assert (unticked.status_code, "请至少选择一个岗位" in unticked.text) == (422, True)
    assert admin.post(path, sent).status_code == 303
    assert admin.post(path, sent).status_code == 409
    assert "由马小青代理" in admin.get(f"{PATH}/people/wang.clerk").text
    assert "代王婉清" in shown(admin.get(f"{PATH}/cases/{number}").text)
    assert admin.post(f"{path}/1/end", {}).status_code == 303
    assert admin.post(f"{path}/1/end", {}).status_code == 303


def test_who_leaves_hands_over_on_one_page(app: Flask, visit: Any) -> None:
    """A successor without the post is refused, with the reason at the field."""
    admin, number = visit("admin"), new_case(app, MEDICAL)
    task_id = open_task(app, number)
    assert visit("wang.clerk").post(f"/tasks/{task_id}/claim", {}).status_code == 303
    page = admin.get(f"{PATH}/people/wang.clerk").text
    assert number in page
    assert admin.post(f"{PATH}/people/wang.clerk/leave", {"successor": "0"}).status_code == 422
    sent = {"successor": "0", "leave_reason": "调离本单位"}
    assert admin.post(f"{PATH}/people/wang.clerk/leave", sent).status_code == 303
    assert "离职" in admin.get(f"{PATH}/people/wang.clerk").text
    assert admin.post(f"{PATH}/people/wang.clerk/leave", sent).status_code == 409
    assert number in visit("li.clerk").get("/inbox", scope="department").text


def test_a_file_is_previewed_mended_and_applied(app: Flask, visit: Any) -> None:
    """Nothing is written while a cell is wrong; what was exported comes in again."""
    del app
    admin = visit("admin")

    def upload(text: str, name: str = "people.csv") -> Any:
        return admin.post(f"{PATH}/imports", {"file": (io.BytesIO(text.encode()), name)})

    assert upload("", "").status_code == 422
    assert "不认识的列" in upload("login,shoe\na,b\n").text
    wrong = upload("login,name,posts\nma.clerk,马小青,scjg:none\n")
    page = admin.get(wrong.location).text
    assert "没有岗位“none”" in page
    assert "全部导入" not in page
    assert admin.post(f"{wrong.location}/apply", {}).status_code == 303
    assert admin.get(f"{PATH}/people/ma.clerk").status_code == 404
    right = upload("login,name,posts\nma.clerk,马小青,scjg:clerk\n").location
    assert "全部导入" in admin.get(right).text
    assert admin.post(f"{right}/apply", {}).status_code == 303
    assert "马小青" in admin.get(f"{PATH}/people/ma.clerk").text
    assert "已于" in admin.get(right).text
    assert admin.get(f"{PATH}/imports/999").status_code == 404
    exported = admin.get(f"{PATH}/export/people.csv").data.decode("utf-8-sig")
    assert "ma.clerk,马小青" in exported
    assert "没有变化" in admin.get(upload(exported).location).text
    assert admin.get(f"{PATH}/export/organisation.xlsx").data[:2] == b"PK"
    assert admin.get(f"{PATH}/export/secrets.csv").status_code == 404
