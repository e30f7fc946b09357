"""What people say, in the browser: questions, complaints, ratings; and how they are told."""

import re

import pytest
from playwright.sync_api import Page, expect

from engine import clock, db, voices
from engine.models import Delivery, Notice
from tests.browser import people
from tests.browser.conftest import Visit
from tests.browser.looking import violations
from tests.engine.voices import scenes

pytestmark = pytest.mark.browser

ITEM = "individual-business"
LONG = "营业场所是租来的，房东在外地，\n证明需要他本人签字吗？"
PUBLIC = {"public_title": "租来的场所要谁签字", "public_text": "房东在外地怎么办？"}


def in_list(page: Page, path: str, name: str) -> None:
    """Open a list and what is named in it."""
    page.goto(path)
    page.get_by_role("link", name=name).first.click()


def test_a_question_is_asked_answered_published_and_found(visit: Visit, live_engine: str) -> None:
    """From the guide to the counter and back to the guide; an empty line is asked for again."""
    asker, clerk, anybody = visit("li.si"), visit("wang.clerk"), visit()
    asker.goto(f"/items/{ITEM}")
    asker.get_by_role("link", name="提问").click()
    people.send(asker, "提交", {"text": LONG})
    people.refused(asker, "2至100字", {"text": LONG})
    people.send(asker, "提交", {"title": "租房证明谁来签"})
    expect(asker.locator("main")).to_contain_text("部门最晚在")

    in_list(clerk, "/inbox/questions", "租房证明谁来签")
    answering = clerk.locator("form:has([name=answer])")
    answering.get_by_role("button", name="答复").click()
    people.refused(clerk, "", {})
    answering.get_by_label("答复").fill("房东可以邮寄签字的证明。")
    answering.get_by_role("button", name="答复").click()
    publishing = clerk.locator("form:has([name=public_title])")
    people.fill(publishing, {**PUBLIC, "public_answer": ""})
    publishing.get_by_role("button", name="公开", exact=True).click()
    people.refused(clerk, "", PUBLIC)
    assert violations(clerk) == []
    people.fill(publishing, {"public_answer": "可以邮寄。"})
    publishing.get_by_role("button", name="公开", exact=True).click()
    expect(clerk.get_by_role("button", name="撤下公开内容")).to_be_visible()

    asker.reload()
    expect(asker.locator("main")).to_contain_text("房东可以邮寄签字的证明。")
    anybody.goto(f"/items/{ITEM}")
    expect(anybody.locator("main")).to_contain_text(PUBLIC["public_title"])
    expect(anybody.locator("main")).not_to_contain_text("租房证明谁来签")


def test_a_question_is_passed_on_to_the_department_it_concerns(
    visit: Visit, live_engine: str
) -> None:
    """Nowhere is no place; the other department finds it, with the day it was promised."""
    asking = voices.questions.Asking("门头招牌归谁管", LONG, ITEM)
    question = scenes.asked("li.si", asking)
    clerk = visit("wang.clerk")
    in_list(clerk, "/inbox/questions", "门头招牌归谁管")
    clerk.get_by_text("不是本部门的事？转给别的部门").click()
    form = clerk.locator("form:has([name=department])")
    form.get_by_role("button", name="转办").click()
    people.refused(clerk, "", {})
    form.get_by_label("转给").select_option("cgj")
    form.get_by_role("button", name="转办").click()
    expect(clerk.get_by_role("status")).to_contain_text("已记录")
    expect(clerk.get_by_role("link", name="门头招牌归谁管")).to_have_count(0)
    other = visit("cg.wu")
    in_list(other, "/inbox/questions", "门头招牌归谁管")
    expect(other.get_by_label("答复", exact=True)).to_be_visible()
    assert voices.questions.find(question.id, scenes.actor("cg.wu")).due_at == question.due_at


def judge(page: Page, choice: str, words: str = "") -> None:
    """Choose an act on a complaint, with words."""
    people.arrived(page)
    chosen = page.get_by_role("radio", name=choice)
    if chosen.count():
        chosen.check()
    page.locator("[name=words]").fill(words)
    page.get_by_role("button", name="提交", exact=True).click()


def test_a_complaint_is_taken_up_looked_into_and_answered(visit: Visit, live_engine: str) -> None:
    """By name, about a case; an act that was not chosen is asked for and the words stay."""
    number = scenes.ended().case.number
    citizen, boss, leader = visit("zhang.san"), visit("jc.he"), visit("chen.leader")
    citizen.goto(f"/case/{number}")
    citizen.get_by_role("link", name="投诉", exact=True).click()
    expect(citizen.locator("main")).to_contain_text(number)
    people.send(citizen, "提交投诉", {"text": "太慢"})
    people.refused(citizen, "", {"text": "太慢"})
    expect(citizen.locator("main")).to_contain_text(number)
    people.send(citizen, "提交投诉", {"text": scenes.COMPLAINT})
    reference = citizen.locator("main code").first.inner_text()

    in_list(boss, "/oversight/complaints", reference)
    boss.locator("[name=words]").fill("属于本办受理范围")
    boss.get_by_role("button", name="提交", exact=True).click()
    people.refused(boss, "请选择要做什么", {"words": "属于本办受理范围"})
    judge(boss, "受理（不用填写说明）")
    judge(boss, "交被投诉单位负责人核查")
    in_list(leader, "/oversight/complaints", reference)
    expect(leader.locator("main")).not_to_contain_text("张三")
    judge(leader, "报告核查情况", "情况属实，已约谈当事人。")
    expect(leader.get_by_role("status")).to_be_visible()
    boss.reload()
    judge(boss, "书面答复投诉人", "反映属实，已责令改正。")
    expect(boss.locator("main")).to_contain_text("文号")

    citizen.reload()
    expect(citizen.locator("main")).to_contain_text("反映属实，已责令改正。")
    paper = citizen.get_by_role("link", name=re.compile("下载答复书"))
    assert people.is_pdf(people.fetch(citizen, paper))


def test_a_bad_rating_is_looked_into_and_called_back_about(visit: Visit, live_engine: str) -> None:
    """The applicant says one word at the end of a case; the leader has to act on it."""
    number = scenes.ended().case.number
    applicant, leader = visit("zhang.san"), visit("chen.leader")
    applicant.goto(f"/case/{number}")
    applicant.get_by_role("link", name="评价这次办理").click()
    people.send(applicant, "提交评价", {"text": "跑了三趟"})
    people.refused(applicant, "", {"text": "跑了三趟"})
    applicant.get_by_role("radio", name="非常不满意").check()
    applicant.get_by_role("button", name="提交评价").click()
    expect(applicant.get_by_role("status")).to_be_visible()
    applicant.get_by_role("link", name="评价这次办理").click()
    expect(applicant.locator("main")).to_contain_text("跑了三趟")
    expect(applicant.get_by_role("button", name="提交评价")).to_have_count(0)

    in_list(leader, "/inbox/ratings", number)
    leader.get_by_label("如何整改、何时完成").fill("已增开窗口")
    leader.get_by_role("button", name="记录核实结果").click()
    people.refused(leader, "", {"remedy": "已增开窗口"})
    leader.locator("[name=finding]").first.check()
    leader.get_by_role("button", name="记录核实结果").click()
    leader.get_by_label("回访情况").fill("申请人接受。")
    leader.get_by_role("button", name="记录回访，办结").click()
    expect(leader.locator("main")).to_contain_text("申请人接受。")
    expect(leader.locator("main form")).to_have_count(0)
    applicant.reload()
    expect(applicant.locator("main")).to_contain_text("已增开窗口")


def test_people_choose_how_and_when_they_are_told(visit: Visit, live_engine: str) -> None:
    """A time that is none stays in its field; what was unticked stays so."""
    page = visit("xf.head")
    page.goto("/notices")
    page.get_by_role("link", name="通知方式和免打扰").click()
    mail = page.get_by_role("checkbox", name="电子邮件").last
    mail.uncheck()
    people.send(page, "保存", {"quiet_from": "late", "quiet_to": "7:30"})
    people.refused(page, "", {"quiet_from": "late", "quiet_to": "7:30"})
    expect(mail).not_to_be_checked()
    people.send(page, "保存", {"quiet_from": "21:30"})
    expect(page.get_by_role("status")).to_contain_text("已保存")
    page.reload()
    expect(page.get_by_label("到", exact=True)).to_have_value("07:30")
    expect(mail).not_to_be_checked()


def given_up() -> int:
    """A letter to the unit's head that could not be sent; return its notice."""
    now = clock.now()
    with db.transaction() as session:
        reader = scenes.actor("cg.head").person_id
        notice = Notice(
            person_id=reader, kind="case-received", title_zh="退回的信", title_en="Returned",
            body_zh="地址有误。", body_en="A wrong address.", created_at=now,
        )  # fmt: skip
        session.add(notice)
        session.flush()
        dead = Delivery(
            notice_id=notice.id, channel="email", state="dead", due_at=now, attempts=5,
            tried_at=now, error="550 no such mailbox",
        )  # fmt: skip
        session.add(dead)
        session.flush()
        return dead.id


def test_an_administrator_sends_a_letter_again_and_subscribes_a_system(
    visit: Visit, live_engine: str
) -> None:
    """The worker takes it up and sends it; a wrong address of a system is refused at its field."""
    dead, admin = given_up(), visit("admin")
    admin.goto("/admin/deliveries?state=dead")
    expect(admin.get_by_role("row").filter(has_text="550 no such mailbox")).to_be_visible()
    people.form_at(admin, f"/{dead}/retry").get_by_role("button", name="重发").click()
    expect(admin.get_by_role("row").filter(has_text="550 no such mailbox")).to_have_count(0)

    admin.get_by_role("button", name="系统推送订阅").click()
    wanted = {"name": "办公系统", "url": "ftp://oa.example"}
    people.send(admin, "添加", wanted)
    people.refused(admin, "", wanted)
    people.send(admin, "添加", {"url": "https://oa.example/hook", "active": "0"})
    expect(admin.locator("main")).to_contain_text("签名密钥只显示这一次")
    admin.get_by_role("button", name="删除这个订阅").click()
    expect(admin.get_by_role("link", name="办公系统")).to_have_count(0)
