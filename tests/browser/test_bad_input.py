"""What goes wrong gets a clear answer at the right place, and nothing typed is lost."""

from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, expect

from engine import cases, clock, db, definitions
from engine import people as registry
from tests.browser import people
from tests.browser.conftest import Visit
from tests.browser.looking import violations
from tools import samples
from tools.city import ROLES, UNITS, Login
from tools.stories import Story, plausible

pytestmark = pytest.mark.browser

ITEM = "individual-business"
TYPED = "已电话核对经营者本人，材料原件在窗口。"


def as_on_a_good_day(step: str) -> dict[str, Any]:
    """Return plausible answers for the form of a step."""
    return plausible(definitions.newest(ITEM).forms[step], clock.now())


def error_at(page: Page, name: str) -> str:
    """Return the message that stands at a question, and check that the summary leads to it."""
    field = page.locator(f'[name="{name}"]').first
    expect(field).to_have_attribute("aria-invalid", "true")
    described = str(field.get_attribute("aria-describedby")).split()
    summary = page.locator(".govuk-error-summary a").first
    assert summary.get_attribute("href") == f"#{field.get_attribute('id')}"
    return page.locator(f"#{next(i for i in described if i.endswith('-error'))}").inner_text()


# --- people --------------------------------------------------------------------------------------


def test_who_accepted_a_case_is_told_why_they_may_not_decide_it(
    visit: Visit, live_engine: str
) -> None:
    """Separation of posts names the step that this person did; the buttons are not offered."""
    both = Login("both.posts", "双岗同", (("scjg", "clerk"), ("scjg", "registrar")))
    with db.transaction():
        registry.set_up(ROLES, UNITS, [both.row()], now=clock.now())
    story = Story(ITEM).apply().do("both.posts", "accept", "accept")
    official = visit("both.posts")
    official.goto(f"/tasks/{story.task('decide', 'both.posts').id}")
    panel = official.locator(".lb-who")
    expect(panel).to_contain_text("为什么您不能办理")
    expect(panel).to_contain_text("您办理过本办件的“受理与形式审查”")
    expect(panel).to_contain_text("岗位分离")
    expect(official.locator("#outcomes")).to_have_count(0)


def test_a_second_person_on_the_same_task_is_told_who_was_first_and_keeps_what_they_typed(
    visit: Visit, live_engine: str
) -> None:
    """Two clerks open one task; the slower one loses nothing and changes nothing."""
    story = Story(ITEM).apply()
    path = f"/tasks/{story.task('accept', 'wang.clerk').id}"
    fast, slow = visit("wang.clerk"), visit("li.clerk")
    for clerk in (fast, slow):
        clerk.goto(path)
    people.fill(slow.locator("#work-form"), as_on_a_good_day("accept") | {"accept_note": TYPED})
    # What was typed is kept by itself a moment later; after that nothing more is sent.
    expect(slow.locator("#saved")).to_contain_text("已自动保存")
    people.act(fast, "受理", as_on_a_good_day("accept"))
    people.confirm(fast, "受理")
    slow.locator("#outcomes").get_by_role("button", name="受理", exact=True).click()
    expect(slow.get_by_role("alert").first).to_contain_text("王婉清办理完毕")
    expect(slow.locator("main")).to_contain_text(TYPED)
    done = [event for event in cases.file_of(story.case).events if event.type == "task-completed"]
    assert len(done) == 1
    assert story.waiting() == [("decide", "scjg")]


def test_an_application_submitted_twice_becomes_one_case(visit: Visit, live_engine: str) -> None:
    """The last page stands open twice; both submits lead to the same case."""
    first = visit("li.si")
    people.draft_to_check(first, ITEM, samples.individual_business(7))
    second = first.context.new_page()
    second.goto(first.url)
    mine = registry.actor_for_login("li.si")
    before = cases.my_cases(mine).total
    number = people.submit(first)
    second.get_by_label("我已阅读并同意上述声明").check()
    second.get_by_role("button", name="提交申请").click()
    expect(second.locator("main")).to_contain_text(number)
    assert cases.my_cases(mine).total == before + 1


def test_a_double_click_on_submit_becomes_one_case(visit: Visit, live_engine: str) -> None:
    """An impatient applicant clicks twice."""
    page = visit("li.si")
    people.draft_to_check(page, ITEM, samples.individual_business(8))
    mine = registry.actor_for_login("li.si")
    before = cases.my_cases(mine).total
    page.get_by_label("我已阅读并同意上述声明").check()
    page.get_by_role("button", name="提交申请").dblclick()
    page.wait_for_url("**/receipt")
    assert cases.my_cases(mine).total == before + 1


def test_an_applicant_whose_login_expired_while_writing_finds_everything_back(
    visit: Visit,
) -> None:
    """What was typed comes back after the login, in its place, and can be sent."""
    page = visit("zhang.san")
    people.begin(page, ITEM)
    here = page.url
    answers = samples.individual_business()
    people.fill(page.locator("#questions"), answers)
    people.lose_login(page)
    people.save_and_continue(page)
    expect(page.locator("main")).to_contain_text("刚才填写的内容已经保留")
    people.log_in(page, "zhang.san")
    expect(page.get_by_role("alert")).to_contain_text("刚才填写的内容已恢复")
    expect(page.locator("[name=operator_name]")).to_have_value(answers["operator_name"])
    expect(page.locator("[name=operator_id]")).to_have_value(answers["operator_id"])
    expect(page.locator("[name=operator_sex][value=male]")).to_be_checked()
    assert page.url == here
    people.save_and_continue(page)
    expect(page.locator("[name=trade_name]")).to_be_visible()


def test_an_official_whose_login_expired_while_writing_finds_everything_back(
    visit: Visit, live_engine: str
) -> None:
    """The page says that it could not save; after the login the task is as it was typed."""
    story = Story(ITEM).apply()
    path = f"/tasks/{story.task('accept', 'li.clerk').id}"
    clerk = visit("li.clerk")
    clerk.goto(path)
    people.lose_login(clerk)
    answers = as_on_a_good_day("accept") | {"accept_note": TYPED}
    people.fill(clerk.locator("#work-form"), answers)
    expect(clerk.locator("#saved")).to_have_text("没有保存上：请检查网络或重新登录")
    clerk.locator("#outcomes").get_by_role("button", name="受理", exact=True).click()
    people.log_in(clerk, "li.clerk")
    expect(clerk.get_by_role("alert").first).to_contain_text("刚才填写的内容已恢复")
    expect(clerk.locator("[name=accept_note]")).to_have_value(TYPED)
    people.act(clerk, "受理")
    people.confirm(clerk, "受理")


def test_the_number_of_somebody_elses_case_is_not_found(visit: Visit, live_engine: str) -> None:
    """The page does not even say that the case exists."""
    number = Story(ITEM, "li.si").apply().case.number
    page = visit("zhang.san")
    answer = page.goto(f"/case/{number}")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", level=1)).to_have_text("没有找到")
    expect(page.locator("main")).to_contain_text("请检查网址或编号是否完整、正确")
    expect(page.locator("main")).not_to_contain_text("李四")


# --- answers and files ---------------------------------------------------------------------------


def test_a_wrong_identity_number_is_named_at_its_question(visit: Visit) -> None:
    """The check digit of GB 11643 is wrong; the reason stands at the question."""
    page = visit("zhang.san")
    people.begin(page, ITEM)
    right = samples.individual_business()["operator_id"]
    wrong = right[:-1] + ("1" if right[-1] != "1" else "2")
    people.fill(page.locator("#questions"), samples.individual_business() | {"operator_id": wrong})
    people.save_and_continue(page)
    assert "校验" in error_at(page, "operator_id")
    expect(page.locator("[name=operator_id]")).to_have_value(wrong)


def test_a_wrong_credit_code_is_named_at_its_question(visit: Visit) -> None:
    """The check digit of GB 32100 is wrong; the reason stands at the question."""
    page = visit("zhang.san")
    people.begin(page, "medical-device-iii")
    right = samples.medical_device()["credit_code"]
    wrong = right[:-1] + ("1" if right[-1] != "1" else "2")
    people.fill(page.locator("#questions"), samples.medical_device() | {"credit_code": wrong})
    people.save_and_continue(page)
    assert "校验" in error_at(page, "credit_code")
    assert violations(page) == []
    expect(page.locator("[name=company]")).to_have_value(samples.medical_device()["company"])


def test_a_web_page_named_pdf_is_refused_at_its_material(visit: Visit) -> None:
    """A file is what its content says, not its name; the files given before stay."""
    page = visit("zhang.san")
    people.begin(page, ITEM)
    people.answer_pages(page, samples.individual_business())
    forged: FilePayload = {
        "name": "房屋证明.pdf",
        "mimeType": "application/pdf",
        "buffer": b"<!doctype html><html><script>alert(1)</script></html>",
    }
    section = page.locator("#material-premises-document")
    people.upload(section, people.pdf("real.pdf"))
    expect(section.locator(".lb-given__one")).to_have_count(1)
    section.locator("input[type=file]").set_input_files(forged)
    section.get_by_role("button", name="再传一个").click()
    expect(section.locator(".govuk-error-message")).to_contain_text("PDF")
    expect(section.locator(".lb-given__one")).to_have_count(1)
    expect(page.locator(".govuk-error-summary a")).to_have_attribute(
        "href", "#material-premises-document"
    )


def test_typing_on_is_not_lost_when_an_answer_calls_for_more_questions(visit: Visit) -> None:
    """Whoever types faster than the server answers keeps every letter."""
    page = visit("zhang.san")
    people.begin(page, ITEM)
    page.goto(page.url.rsplit("/", 1)[0] + "/form")
    page.locator("[name=operation_form][value=family]").check()
    people.settle(page.locator("#questions"))
    page.locator("[name=employees]").click()
    page.keyboard.type("12")
    page.keyboard.press("Tab")
    page.keyboard.type("345678", delay=40)
    people.settle(page.locator("#questions"))
    expect(page.locator("[name=employees]")).to_have_value("12")
    expect(page.locator("[name=capital]")).to_have_value("345678")
