"""Pages about programs outside: accounts and tokens for admins, who is waited for on a case."""

import html
import re
from typing import Any

from flask import Flask

from engine import db, incidents, people, programs, tasks
from tests.engine.programs.scenes import TOPIC, asked, fetch, program


def test_an_admin_opens_an_account_whose_token_works_renews_and_closes_it(
    app: Flask, visit: Any
) -> None:
    """The token is shown once; wrong names are told and nothing typed is lost."""
    admin = visit("admin")
    assert "还没有外部程序的账号" in admin.get("/admin/programs").text
    wrong = admin.post("/admin/programs", {"name": "税务局系统", "login": "x", "topics": "a b,c!"})
    assert wrong.status_code == 422
    assert "税务局系统" in wrong.text
    assert "不能用" in wrong.text
    given = {"name": "税务局系统", "login": "tax.office", "topics": f"{TOPIC}，other"}
    assert admin.post("/admin/programs", given).status_code == 303
    page = admin.get("/admin/programs").text
    token = token_on(page)
    assert token not in admin.get("/admin/programs").text
    with app.app_context():
        actor = people.actor_for_token(token, now=db.now())
        assert actor is not None
        assert programs.topics_of(actor) == {TOPIC, "other"}
        number = actor.person_id
    assert admin.post(f"/admin/programs/{number}/topics", {"topics": "!"}).status_code == 422
    assert admin.post(f"/admin/programs/{number}/topics", {"topics": TOPIC}).status_code == 303
    assert admin.post(f"/admin/programs/{number}/token", {}).status_code == 303
    again = token_on(admin.get("/admin/programs").text)
    assert admin.post(f"/admin/programs/{number}/close", {}).status_code == 303
    assert "已停用" in admin.get("/admin/programs").text
    assert admin.post(f"/admin/programs/{number}/token", {}).status_code == 409
    assert admin.post("/admin/programs/1/close", {}).status_code == 404
    with app.app_context():
        assert [people.actor_for_token(one, now=db.now()) for one in (token, again)] == [None, None]
    assert visit("wang.clerk").get("/admin/programs").status_code == 403


def token_on(page: str) -> str:
    """Find the token that a page shows."""
    found = re.search(r"请交给对方：([\w-]{30,})", html.unescape(page))
    assert found is not None
    return found[1]


def test_a_case_says_for_which_system_it_waits_and_an_incident_what_it_said(
    app: Flask, visit: Any
) -> None:
    """On the page of the case, its history, the overview of topics and the incident."""
    clerk, admin = visit("wang.clerk"), visit("admin")
    with app.app_context():
        story, tax = asked(), program()
        number = story.case.number
        (task,) = tasks.open_of_case(story.case)
    page = clerk.get(f"/cases/{number}").text
    assert "等待外部程序" in page
    assert "税务局系统 · 尚未领取" in page
    assert clerk.get(f"/tasks/{task.id}").status_code in (200, 403)
    assert TOPIC in admin.get("/admin/programs").text
    with app.app_context():
        fetch(tax)
        with db.transaction():
            report = programs.Report("查询失败：编号不存在", "第一行\n第二行")
            programs.fail(task.id, "w1", report, actor=tax, now=db.now())
        (incident,) = incidents.waiting(people.actor_for_login("admin"))
    page = clerk.get(f"/cases/{number}").text
    assert "待管理员处理" in page
    assert "查询失败：编号不存在" in page
    assert "交给外部程序办理" in page
    page = admin.get(f"/admin/incidents/{incident.id}").text
    assert "第二行" in page
    assert admin.post(f"/admin/incidents/{incident.id}/retry", {}).status_code == 303
    with app.app_context():
        assert len(fetch(tax)) == 1


def test_what_a_program_did_stands_in_the_history_and_in_who_held_it(
    app: Flask, visit: Any
) -> None:
    """As a step done; its time is the lead department's, in the hands of the program."""
    with app.app_context():
        story, tax = asked(), program()
        number = story.case.number
        (task_id,) = [job.task.id for job in fetch(tax)]
    page = visit("wang.clerk").get(f"/cases/{number}").text
    assert "正在办理" in page
    assert "税务局系统</span>" in page[page.index('id="custody"') :]
    with app.app_context(), db.transaction():
        programs.complete(task_id, "w1", {"clean": True}, actor=tax, now=db.now())
    assert "办理“查询ask”：完成" in visit("wang.clerk").get(f"/cases/{number}").text
    assert visit("zhang.san").get(f"/case/{number}").status_code == 200
