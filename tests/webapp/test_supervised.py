"""Whoever watches a case: masking and its reasons, letters, reminders, boards and their pulse."""

import re
import threading
import time
from datetime import timedelta
from typing import Any
from urllib.parse import unquote

import pytest
from flask import Flask
from sqlalchemy import event

from engine import clock, clocks, people, supervision
from engine.beats import Beats
from engine.cases import privacy
from tests.engine.supervision.scenes import accepted, act, of_cause, supervise
from tests.waiting import until
from tests.webapp import staff
from tests.webapp.api.program import Program
from tests.webapp.staff import shown
from tools.stories import Story
from webapp import live
from webapp.extensions import db

LETTER = {
    "kind": "urging",
    "department": "scjg",
    "subject": "加快办理",
    "findings": "审查环节已经超期。",
    "demands": "三日内办结",
}


@pytest.fixture
def late(app: Flask) -> Story:
    """A case whose step is long over its limit, with its cards."""
    with app.app_context():
        story = accepted(clock.now() - timedelta(days=25))
        supervise(clock.now())
        return story


def number_of(app: Flask, story: Story) -> str:
    with app.app_context():
        return str(story.case.number)


def personal(app: Flask, story: Story) -> list[str]:
    """The personal answers of a case, as they were given."""
    with app.app_context():
        answers = story.case.answers
        return [str(answers[key]) for key in ("legal_person", "legal_person_id", "contact_phone")]


def test_a_supervisor_reads_no_personal_data_anywhere_until_giving_a_reason(
    app: Flask, visit: Any, late: Story
) -> None:
    """Page, list, task, files, paper and interface; then for half an hour, with an event."""
    number, secrets = number_of(app, late), ["张三", *personal(app, late)]
    supervisor, program = visit("jc.he"), Program(app, "jc.he")
    pages = [
        supervisor.get(f"/cases/{number}").text,
        supervisor.get("/board/cases", department="scjg").text,
        supervisor.get("/cases").text,
        supervisor.get(f"/tasks/{staff.open_task(app, number)}").text,
        program.ask("GET", f"/cases/{number}").text,
        program.ask("GET", f"/cases/{number}/history").text,
        program.ask("GET", "/cases").text,
    ]
    for page in pages:
        assert [secret for secret in secrets if secret in page] == []
    files = re.findall(r"/cases/\w+/materials/\d+", pages[0])
    assert supervisor.get(files[0]).status_code == 403
    assert visit("zhao.examiner").get(files[0]).status_code == 200
    material = files[0].rpartition("/")[2]
    assert program.ask("GET", f"/materials/{material}/content").status_code == 403

    refused = supervisor.post(f"/cases/{number}/personal-data", {"unmask_reason": "看"})
    assert refused.status_code == 422
    given = supervisor.post(f"/cases/{number}/personal-data", {"unmask_reason": "核查信访投诉"})
    assert given.status_code == 303
    open_page = supervisor.get(f"/cases/{number}").text
    assert [secret for secret in secrets if secret not in open_page] == []
    assert supervisor.get(files[0]).status_code == 200
    assert "核查信访投诉" in open_page
    with app.app_context():
        case, actor = late.case, people.actor_for_login("jc.he")
        from_now = clock.now() + timedelta(minutes=31)
        assert privacy.is_masked(case, actor, from_now)
    again = supervisor.post(f"/cases/{number}/personal-data", {"unmask_reason": "再看一次核对"})
    assert again.status_code == 303
    assert "可以查看个人信息" in shown(supervisor.get(f"/cases/{number}").text)


def test_those_on_the_case_read_everything(app: Flask, visit: Any, late: Story) -> None:
    """The veil is for outsiders; strangers do not see the case at all."""
    number = number_of(app, late)
    assert "张三" in visit("zhao.examiner").get(f"/cases/{number}").text
    assert visit("cg.wu").get(f"/cases/{number}").status_code == 404


def test_a_letter_is_written_replied_to_and_closed_on_the_pages(
    app: Flask, visit: Any, late: Story
) -> None:
    """A past day is refused at its field and nothing is lost; the paper is a PDF without names."""
    number = number_of(app, late)
    supervisor, leader = visit("jc.he"), visit("chen.leader")
    wrong = supervisor.post(
        "/oversight/letters", {**LETTER, "case": number, "reply_on": "2020-01-02"}
    )
    assert wrong.status_code == 422
    assert "答复期限须在今天以后" in wrong.text
    assert "审查环节已经超期。" in wrong.text
    with app.app_context():
        day = clocks.due(clock.now(), "3wd").on.isoformat()
    unknown = supervisor.post("/oversight/letters", {**LETTER, "case": "LB0", "reply_on": day})
    assert "没有找到这个办件编号" in unknown.text
    sent = supervisor.post("/oversight/letters", {**LETTER, "case": number, "reply_on": day})
    assert sent.status_code == 303
    path = sent.location
    assert "加快办理" in leader.get("/oversight/letters").text
    assert "加快办理" in leader.get(f"/cases/{number}").text
    assert visit("cg.head").get(path).status_code == 404
    assert supervisor.get(f"{path}.pdf").data.startswith(b"%PDF")
    assert leader.post(path, {"act": "reply", "text": "已安排"}).status_code == 303
    assert leader.post(path, {"act": "reply", "text": "再说"}).status_code == 409
    assert supervisor.post(path, {"act": "", "text": "x"}).status_code == 422
    assert supervisor.post(path, {"act": "close", "text": "属实"}).status_code == 303
    assert "已核实办结" in shown(leader.get(path).text)
    assert leader.post(path, {"act": "reply", "text": "办结后再说"}).status_code == 409


def test_a_letter_to_a_unit_about_no_single_case_goes_the_same_way(app: Flask, visit: Any) -> None:
    """Written on its own form, printed, replied to by the unit, closed."""
    supervisor, leader = visit("jc.he"), visit("chen.leader")
    with app.app_context():
        day = clocks.due(clock.now(), "3wd").on.isoformat()
    form = supervisor.get("/oversight/letters/new", kind="advice", source="figures").text
    assert 'name="case"' not in form
    written = {**LETTER, "kind": "advice", "source": "figures", "reply_on": day}
    wrong = supervisor.post("/oversight/letters", {**written, "demands": "", "source": "rumour"})
    assert wrong.status_code == 422
    assert "请选择问题的来源" in wrong.text
    assert "审查环节已经超期。" in wrong.text
    sent = supervisor.post("/oversight/letters", written)
    assert sent.status_code == 303
    path = sent.location
    assert "不针对单个办件" in leader.get("/oversight/letters").text
    assert "统计数据" in shown(leader.get(path).text)
    assert supervisor.get(f"{path}.pdf").data.startswith(b"%PDF")
    assert visit("cg.head").get(path).status_code == 404
    assert leader.post(path, {"act": "reply", "text": "已安排整改"}).status_code == 303
    assert supervisor.post(path, {"act": "close", "text": "属实"}).status_code == 303
    page = shown(leader.get(path).text)
    for word in ("已核实办结", "已安排整改"):
        assert word in page


def test_programs_write_to_a_unit_about_no_single_case(app: Flask, visit: Any) -> None:
    """Whoever has the paper may check it; it names no case."""
    with app.app_context():
        day = clocks.due(clock.now(), "3wd").on.isoformat()
    written = {**LETTER, "kind": "advice", "source": "figures", "reply_on": day}
    program, unit = Program(app, "jc.he"), Program(app, "chen.leader")
    letter = program.ok("POST", "/letters", json=written)
    assert (letter["case"], letter["source"]) == (None, "figures")
    program.refused(422, "POST", "/letters", json={**written, "source": "rumour"})
    unit.ok("POST", f"/letters/{letter['id']}", json={"act": "reply", "text": "已安排整改"})
    with app.app_context():
        found = supervision.find_letter(letter["id"], people.actor_for_login("jc.he"))
        code = found.document.verify_code
    assert program.ok("GET", f"/verify/{code}")["case"] is None
    assert "核验通过" in visit().get(f"/verify/{code}").text


def test_reminders_and_reasons_are_sent_from_the_case_and_read_by_the_applicant(
    app: Flask, visit: Any, late: Story
) -> None:
    """The applicant reminds, the department explains in public."""
    number = number_of(app, late)
    applicant, clerk = visit("zhang.san"), visit("wang.clerk")
    assert applicant.post(f"/case/{number}/urging").status_code == 303
    assert "您已于" in applicant.get(f"/case/{number}").text
    assert clerk.post(f"/cases/{number}/urging", {"text": "请尽快"}).status_code == 303
    assert "催办" in shown(clerk.get(f"/cases/{number}").text)
    short = clerk.post(f"/cases/{number}/overdue-reason", {"overdue_reason": "忙"})
    assert short.status_code == 422
    told = clerk.post(f"/cases/{number}/overdue-reason", {"overdue_reason": "现场核查因暴雨推迟"})
    assert told.status_code == 303
    assert "现场核查因暴雨推迟" in applicant.get(f"/case/{number}").text


def test_the_board_counts_the_city_for_supervisors_and_their_own_for_leaders(
    app: Flask, visit: Any, late: Story
) -> None:
    """Filters narrow it, figures lead to the cases, others are refused."""
    number = number_of(app, late)
    supervisor, leader = visit("jc.he"), visit("chen.leader")
    assert supervisor.get("/board").location == "/board/city"
    page = supervisor.get("/board/city", level="yellow", period="year", item="medical-device-iii")
    assert "市场监督管理局" in page.text
    link = re.search(r'href="(/board/cases[^"]+)" id="unit-open-1"', page.text)
    assert link is not None
    assert number in supervisor.client.get(link[1].replace("&amp;", "&")).text
    assert "没有符合条件的办件" in supervisor.get("/board/city", department="cgj").text
    assert leader.get("/board/city").status_code == 200
    assert leader.get("/board/city", department="cgj").status_code == 403
    assert visit("wang.clerk").get("/board/city").status_code == 403
    found = Program(app, "jc.he").ok("GET", "/board?period=year")
    assert found["total"]["overdue"] == 1
    assert found["total"]["yellow"] >= 1
    Program(app, "wang.clerk").refused(403, "GET", "/board")


def test_a_board_hears_of_a_change_and_asks_nothing_while_there_is_none(
    app: Flask, visit: Any, late: Story
) -> None:
    """The tag holds until something happens; asking whether it holds takes no query."""
    leader = visit("chen.leader")
    live.pulse(app).tag()
    assert live.pulse(app).wait(15)

    def settled() -> str:
        found = re.search(r"/board/pulse\?seen=([^\"]+)", leader.get("/board/live").text)
        seen = unquote(found[1]) if found else ""
        time.sleep(1.3)
        same = "HX-Trigger" not in leader.get("/board/pulse", seen=seen).headers
        return seen if same else ""

    seen = until(settled)
    asked: list[str] = []
    with app.app_context():
        engine = db.engine

    def note(_c: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        asked.append(statement)

    event.listen(engine, "before_cursor_execute", note)
    answer = leader.get("/board/pulse", seen=seen)
    event.remove(engine, "before_cursor_execute", note)
    assert answer.status_code == 204
    assert asked == []
    with app.app_context():
        act("chen.leader", "answer", of_cause(late, "step"), clock.now())
    assert until(lambda: "HX-Trigger" in leader.get("/board/pulse", seen=seen).headers)
    assert "HX-Trigger" in leader.get("/board/pulse", seen="").headers


def test_a_pulse_without_a_database_knows_nothing_and_says_so() -> None:
    """Then every page asks anew; it goes on trying and can be ended."""
    pulse = Beats("postgresql://nobody@127.0.0.1:1/none")
    assert pulse.tag() is None
    assert not pulse.wait(0.2)
    assert pulse.tag() is None
    ender = threading.Thread(target=pulse.close)
    ender.start()
    ender.join(10)
    assert not ender.is_alive()
    assert pulse.tag() is None


def test_cards_in_doubt_and_time_used_have_their_pages(app: Flask, visit: Any, late: Story) -> None:
    """A milder rule is tried, saved and lists the card; the time page says when there is none."""
    supervisor = visit("jc.he")
    change = {
        "threshold": "40", "answer_days": "3", "active": "1", "reason": "从宽",
        "effective_on": clock.civil_date(clock.now()).isoformat(),
    }  # fmt: skip
    tried = supervisor.post("/oversight/rules/step-over", {**change, "act": "try"})
    assert "已发的1张牌" in tried.text
    assert supervisor.post("/oversight/rules/step-over", change).status_code == 303
    page = supervisor.get("/oversight/doubts").text
    assert "现为40" in shown(page)
    with app.app_context():
        card = of_cause(late, "step").id
    assert (
        supervisor.post(f"/oversight/cards/{card}", {"act": "keep", "text": "维持原牌"}).status_code
        == 303
    )
    assert "没有待复核的牌" in supervisor.get("/oversight/doubts").text
    assert "没有办结的办件" in supervisor.get("/oversight/time").text
    first = {**change, "threshold": "0", "hearing_first": "1"}
    assert supervisor.post("/oversight/rules/statutory-over", first).status_code == 303
    assert "先听取意见" in supervisor.get("/oversight/rules/statutory-over").text


def test_programs_do_the_same(app: Flask, late: Story) -> None:
    """Letters, custody, reminders and reasons over the interface."""
    number = number_of(app, late)
    supervisor, leader = Program(app, "jc.he"), Program(app, "chen.leader")
    with app.app_context():
        day = clocks.due(clock.now(), "3wd").on.isoformat()
    letter = supervisor.ok("POST", "/letters", json={**LETTER, "case": number, "reply_on": day})
    assert letter["number"].startswith("江监察督字")
    leader.refused(403, "POST", "/letters", json={**LETTER, "case": number, "reply_on": day})
    bad = supervisor.refused(
        422, "POST", "/letters", json={**LETTER, "case": number, "reply_on": "2020-01-02"}
    )
    assert "reply_on" in bad["fields"]
    path = f"/letters/{letter['id']}"
    leader.ok("POST", path, json={"act": "reply", "text": "已安排"})
    assert supervisor.ok("POST", path, json={"act": "close", "text": "属实"})["state"] == "closed"
    leader.refused(409, "POST", path, json={"act": "reply", "text": "再说"})
    assert [one["id"] for one in leader.ok("GET", "/letters")["rows"]] == [letter["id"]]
    found = supervisor.ok("GET", f"/cases/{number}/custody")
    assert sum(row["hours"] for row in found["rows"]) == found["hours"]
    assert sum(row["seconds"] for row in found["rows"]) in (found["seconds"], found["seconds"] - 1)
    Program(app, "zhang.san").refused(403, "GET", f"/cases/{number}/custody")
    assert leader.ok("GET", "/custody?days=90")["cases"] == 0
    assert Program(app, "zhang.san").ok("POST", f"/cases/{number}/urging", json={})["done"]
    leader.ok("POST", f"/cases/{number}/overdue-reason", json={"reason": "核查推迟到下周"})
    assert supervisor.ok("POST", f"/cases/{number}/personal-data", json={"reason": "核查信访投诉"})
    assert "张三" in supervisor.ask("GET", f"/cases/{number}").text


def test_a_supervisor_proves_a_breach_on_the_page_and_by_a_program(
    app: Flask, visit: Any, late: Story
) -> None:
    """Wrong points keep what was typed; nobody else has the page; the record tells of it."""
    number, supervisor = number_of(app, late), visit("jc.he")
    page = supervisor.get(f"/cases/{number}").text
    assert f"/oversight/breaches/new?case={number}" in page
    assert "查实违规" in supervisor.get("/oversight/breaches/new", case=number).text
    day = clock.civil_date(clock.now()).isoformat()
    given = {"case": number, "department": "scjg", "happened_on": day, "findings": "另收加急费"}
    bad = supervisor.post("/oversight/breaches", given)
    assert bad.status_code == 422
    assert "另收加急费" in bad.text
    assert "请选择查实的违规" in shown(bad.text)
    whole = {**given, "cause": "fee", "findings": "窗口另收加急费200元，收据0031号。"}
    done = supervisor.post("/oversight/breaches", whole)
    assert done.status_code == 303
    assert "/oversight/cards/" in done.headers["Location"]
    assert "查实：违规收费" in shown(supervisor.get(f"/cases/{number}").text)
    assert supervisor.get("/oversight/breaches/new", case="none").status_code == 404
    assert visit("chen.leader").post("/oversight/breaches", whole).status_code == 403
    sent = {name: whole[name] for name in ("cause", "department", "happened_on", "findings")}
    path = f"/cases/{number}/breaches"
    assert Program(app, "jc.he").ok("POST", path, json={**sent, "cause": "backfill"})["card"]
    refused = Program(app, "jc.he").refused(422, "POST", path, json={**sent, "department": "x"})
    assert "department" in refused["fields"]
