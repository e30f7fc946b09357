"""The clock on the web: stops, an extension, the calendar imported and undone."""

import html
import io
import re
from datetime import date, timedelta
from typing import Any

from flask import Flask
from sqlalchemy import select

from engine import calendars, db
from engine.errors import InvalidError
from engine.models import CalendarImport, ClockStop
from tests.webapp import staff


def accepted(app: Flask, visit: Any) -> str:
    """The number of a case of I2 whose clock runs."""
    number = staff.new_case(app, staff.MEDICAL, age=timedelta(minutes=5))
    staff.carry_out(app, visit("wang.clerk"), "wang.clerk", number, "accept")
    return number


def workday(day: date) -> bool:
    """Monday to Friday."""
    return day.weekday() < 5


def stop_id(app: Flask) -> int:
    """The only stop there is."""
    with app.app_context():
        return db.session().scalars(select(ClockStop.id)).one()


def test_a_stop_is_asked_for_approved_and_ended_on_the_page(app: Flask, visit: Any) -> None:
    """What is wrong stays typed; the head sees two buttons, others none."""
    number = accepted(app, visit)
    path, examiner = f"/cases/{number}", visit("zhao.examiner")
    assert "申请停止计时" in examiner.get(path).text
    wrong = examiner.post(
        f"{path}/stops", {"ground": "", "planned_days": "x", "reason": "评审方案"}
    )
    assert wrong.status_code == 422
    assert "请选择法定事由" in wrong.text
    assert "评审方案" in wrong.text
    given = {"ground": "expert-review", "planned_days": "7", "reason": "组织专家评审"}
    assert examiner.post(f"{path}/stops", given).status_code == 303
    page = examiner.get(path).text
    assert "待负责人批准" in page
    assert "/approve" not in page
    head, number_of_stop = visit("qian.head"), stop_id(app)
    assert "/approve" in head.get(path).text
    refused = examiner.post(f"{path}/stops/{number_of_stop}/approve", {})
    assert refused.status_code == 403
    assert head.post(f"{path}/stops/{number_of_stop}/approve", {}).status_code == 303
    page = head.get(path).text
    assert "正在停止计时" in page
    assert "停止计时告知书" in page
    assert "7个工作日不计" in page
    again = head.post(f"{path}/stops/{number_of_stop}/approve", {})
    assert again.status_code == 303
    assert examiner.post(f"{path}/stops/{number_of_stop}/end", {}).status_code == 303
    assert "已恢复计时" in examiner.get(path).text
    applicant = visit("zhang.san").get(f"/case/{number}").text
    assert "停止计时告知书" in applicant


def test_the_items_own_article_must_be_named(app: Flask, visit: Any) -> None:
    """An own ground without article is none."""
    number = accepted(app, visit)
    path, examiner = f"/cases/{number}/stops", visit("zhao.examiner")
    given = {"ground": "own", "article": " ", "planned_days": "7", "reason": "整改"}
    assert examiner.post(path, given).status_code == 422
    assert examiner.post(path, {**given, "article": "器械办法13"}).status_code == 303
    assert "器械办法13" in examiner.get(f"/cases/{number}").text


def test_only_the_head_is_offered_the_extension_and_only_once(app: Flask, visit: Any) -> None:
    """Reasons are asked for; the applicant finds the notice."""
    number = accepted(app, visit)
    path, head = f"/cases/{number}", visit("qian.head")
    assert "批准延期" not in visit("zhao.examiner").get(path).text
    assert "批准延期" in head.get(path).text
    assert head.post(f"{path}/extension", {"days": "5", "reason": ""}).status_code == 422
    assert head.post(f"{path}/extension", {"days": "99", "reason": "复杂"}).status_code == 422
    given = {"days": "5", "reason": "需补充检验"}
    assert head.post(f"{path}/extension", given).status_code == 303
    page = head.get(path).text
    assert "已延期" in page
    assert "批准延期" not in page
    assert (
        "只能延长一次"
        in visit("qian.head").post(f"{path}/extension", given, follow_redirects=True).text
    )
    assert "延长审查期限告知书" in visit("zhang.san").get(f"/case/{number}").text


def test_a_case_is_suspended_and_resumed_on_its_page(app: Flask, visit: Any) -> None:
    """What is wrong stays typed; suspended, the task page offers nothing; both sides see why."""
    number = accepted(app, visit)
    path, examiner, head = f"/cases/{number}", visit("zhao.examiner"), visit("qian.head")
    assert "怎样算出来的" in examiner.get(path).text
    wrong = examiner.post(f"{path}/suspensions", {"cause": "", "article": "", "reason": "有争议"})
    assert wrong.status_code == 422
    assert "请选择争议或诉讼" in wrong.text
    assert "有争议" in wrong.text
    given = {"cause": "dispute", "article": "取水条例18", "reason": "相邻权人提出争议"}
    assert examiner.post(f"{path}/suspensions", given).status_code == 303
    found = stop_id(app)
    assert head.post(f"{path}/suspensions/{found}/approve", {}).status_code == 303
    page = examiner.get(path).text
    assert "已中止" in page
    assert "停止计算" in page
    assert "中止办理通知书" in page
    task = examiner.get(f"/tasks/{staff.open_task(app, number)}").text
    assert "这个办件已中止" in task
    assert "work-form" not in task
    applicant = visit("zhang.san").get(f"/case/{number}").text
    assert "已中止" in applicant
    assert "取水条例18" in applicant
    again = examiner.post(f"{path}/suspensions/{found}/resume", {"reason": " "})
    assert again.status_code == 422
    assert (
        examiner.post(f"{path}/suspensions/{found}/resume", {"reason": "已调解"}).status_code == 303
    )
    assert "恢复办理通知书" in examiner.get(path).text


def test_an_applicant_withdraws_on_the_page_with_a_signature(app: Flask, visit: Any) -> None:
    """Explained, signed, done; afterwards the page says why it cannot be done again."""
    number = accepted(app, visit)
    path, applicant = f"/case/{number}/withdrawal", visit("zhang.san")
    assert path in applicant.get(f"/case/{number}").text
    assert "签名并撤回申请" in applicant.get(path).text
    wrong = applicant.post(path, {"password": "nothing", "reason": "计划有变"})
    assert wrong.status_code == 422
    assert "签名不符" in wrong.text
    assert "计划有变" in wrong.text
    code = staff.case_of(app, number).query_code
    done = applicant.post(path, {"query_code": code, "reason": "计划有变"}, follow_redirects=True)
    assert "已撤回申请" in done.text
    assert "撤回申请确认书" in done.text
    assert "现在不能撤回" in applicant.get(path).text
    assert visit("zhao.examiner").get(path).status_code == 403
    assert "已撤回" in visit("zhao.examiner").get(f"/cases/{number}").text


def test_a_second_notice_asks_on_the_page_for_new_facts(app: Flask, visit: Any) -> None:
    """The first needs none."""
    number, clerk = staff.new_case(app, staff.SHOP), visit("wang.clerk")
    point = {"fix": "other:", "why:other:": "补充说明"}
    task = staff.open_task(app, number)
    assert "new_facts" not in clerk.get(f"/tasks/{task}").text
    staff.carry_out(app, clerk, "wang.clerk", number, "correct", **point)
    applicant = visit("zhang.san")
    mine = staff.open_task(app, number)
    sent = applicant.post(f"/case/{number}/tasks/{mine}", {"outcome": "submitted"})
    assert sent.status_code == 303, staff.shown(sent.text)
    task = staff.open_task(app, number)
    assert "new_facts" in clerk.get(f"/tasks/{task}").text
    given = staff.filled(app, task, "wang.clerk", outcome="correct", opinion="x情况", **point)
    refused = clerk.post(f"/tasks/{task}/complete", given)
    assert refused.status_code == 422
    assert "新情况" in refused.text
    staff.carry_out(app, clerk, "wang.clerk", number, "correct", **point, new_facts="证件已换发")
    assert "证件已换发" in clerk.get(f"/cases/{number}").text


def test_the_admin_sees_what_a_notice_moves_applies_and_undoes_it(app: Flask, visit: Any) -> None:
    """Upload, preview, apply, undo."""
    number, admin = accepted(app, visit), visit("admin")
    with app.app_context():
        due = staff.case_of(app, number).statutory_due_at
        assert due is not None
    day = next(d for n in range(2, 9) if workday(d := due.date() - timedelta(days=n)))
    rows = [(known, works) for known, (works, _) in published(day.year).items()]
    notice = "date,workday\n" + "".join(
        f"{when},{'work' if works else 'off'}\n" for when, works in [*rows, (day, False)]
    )
    file = (io.BytesIO(notice.encode()), "notice.csv")
    preview = admin.post("/admin/calendar", {"file": file})
    assert preview.status_code == 200
    assert number in preview.text
    found = re.search(r'name="notice" value="([^"]+)"', preview.text)
    assert found is not None
    given = {"notice": html.unescape(found[1]), "source": "notice.csv"}
    assert admin.post("/admin/calendar/apply", given).status_code == 303
    assert staff.case_of(app, number).statutory_due_at != due
    with app.app_context():
        import_id = db.session().scalars(select(CalendarImport.id)).one()
    assert "notice.csv" in admin.get("/admin/calendar").text
    assert admin.post(f"/admin/calendar/{import_id}/undo", {}).status_code == 303
    assert staff.case_of(app, number).statutory_due_at == due
    assert "已撤销" in admin.get("/admin/calendar").text


def published(year: int) -> dict[date, tuple[bool, str]]:
    """What is known of a year: nothing before its notice has come."""
    try:
        return dict(calendars.from_package(year).days)
    except InvalidError:
        return {}


def test_a_calendar_that_cannot_be_taken_is_refused_with_the_reason(app: Flask, visit: Any) -> None:
    """Not an admin, a bad file, an unknown year, days that have passed."""
    admin = visit("admin")
    assert visit("wang.clerk").get("/admin/calendar").status_code == 403
    assert "工作日历" in admin.get("/admin/calendar").text
    bad = admin.post("/admin/calendar", {"file": (io.BytesIO(b"day\n"), "x.csv")})
    assert bad.status_code == 422
    assert admin.post("/admin/calendar", {"year": "2050"}).status_code == 422
    assert admin.post("/admin/calendar", {"year": ""}).status_code == 422
    day = "2026-12-31"
    short = (io.BytesIO(f"date,workday\n{day},off\n".encode()), "short.csv")
    assert "不能更改已经过去的日子" in admin.post("/admin/calendar", {"file": short}).text
