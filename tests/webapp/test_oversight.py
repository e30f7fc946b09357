"""Supervision on the web: figures, lists, a card's acts, the forecast and the rules."""

from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from engine import clock, supervision
from engine.clock import civil_date
from tests.engine.supervision.scenes import accepted, of_cause, supervise
from tests.webapp.staff import shown

WORDS = "系统升级期间未能办理，已补办。"


@pytest.fixture
def card_path(app: Flask) -> str:
    """The page of a yellow card that waits for its unit's answer since a moment ago."""
    with app.app_context():
        story = accepted(clock.now() - timedelta(days=25))
        supervise(clock.now())
        return f"/oversight/cards/{of_cause(story, 'step').id}"


def send(person: Any, path: str, act: str, text: str = WORDS) -> Any:
    return person.post(path, {"act": act, "text": text})


def test_a_card_goes_from_answer_to_verification_through_the_pages(
    visit: Any, card_path: str
) -> None:
    """The leader answers, the supervisor sends it back, then believes it."""
    leader, supervisor = visit("chen.leader"), visit("jc.he")
    assert "黄牌" in shown(leader.get("/oversight").text)
    page = leader.get(card_path).text
    assert 'value="appeal"' in page
    assert 'value="withdraw"' not in page
    assert send(leader, card_path, "answer").status_code == 303
    assert send(supervisor, card_path, "return").status_code == 303
    assert send(leader, card_path, "answer").status_code == 303
    assert send(supervisor, card_path, "verify", "已核实").status_code == 303
    page = shown(supervisor.get(card_path).text)
    assert "已核实办结" in page
    assert WORDS in page
    assert send(supervisor, card_path, "withdraw").status_code == 409


def test_a_withdrawn_card_stays_visible(visit: Any, card_path: str) -> None:
    """On appeal; found under its state, with both sides' words."""
    leader, supervisor = visit("chen.leader"), visit("jc.he")
    assert send(leader, card_path, "appeal", "当日全市停电").status_code == 303
    assert send(supervisor, card_path, "withdraw", "情况属实").status_code == 303
    found = supervisor.get("/oversight", state="withdrawn", level="yellow").text
    assert card_path in found
    page = shown(leader.get(card_path).text)
    assert "当日全市停电" in page
    assert "情况属实" in page


def test_what_is_wrong_is_told_at_its_field_and_keeps_what_was_typed(
    visit: Any, card_path: str
) -> None:
    """No words; no such act."""
    leader = visit("chen.leader")
    answer = send(leader, card_path, "answer", " ")
    assert answer.status_code == 422
    assert 'id="field-text-error"' in answer.text
    answer = send(leader, card_path, "explode", WORDS)
    assert answer.status_code == 422
    assert WORDS in answer.text


def test_others_do_not_see_a_card_and_the_wrong_side_cannot_act(visit: Any, card_path: str) -> None:
    """Another department's head, a clerk, an applicant; the supervisor in the unit's name."""
    assert visit("cg.head").get(card_path).status_code == 404
    assert visit("wang.clerk").get(card_path).status_code == 404
    assert visit("zhang.san").get(card_path).status_code == 403
    assert send(visit("jc.he"), card_path, "answer").status_code == 403
    assert send(visit("chen.leader"), card_path, "withdraw").status_code == 403
    assert card_path not in visit("cg.head").get("/oversight").text


def test_a_supervisor_reads_no_personal_data(visit: Any, card_path: str) -> None:
    """The applicant is 张*; the unit's leader reads the name."""
    supervisor = visit("jc.he")
    for path in ("/oversight", card_path, "/notices"):
        assert "张三" not in supervisor.get(path).text
    assert "张*" in supervisor.get(card_path).text
    assert "张三" in visit("chen.leader").get(card_path).text


def test_the_figures_are_fetched_alone_and_change_with_the_cards(
    app: Flask, visit: Any, card_path: str
) -> None:
    """The page asks every five seconds; the answer is a part of a page."""
    supervisor = visit("jc.he")
    page = supervisor.get("/oversight").text
    assert 'hx-get="/oversight/figures"' in page
    before = shown(supervisor.get("/oversight/figures").text)
    send(visit("chen.leader"), card_path, "answer")
    after = supervisor.get("/oversight/figures").text
    assert "<html" not in after
    assert "0 答复待核实" in before
    assert "1 答复待核实" in shown(after)


def test_a_wrong_page_mark_leads_to_the_first_page(visit: Any, card_path: str) -> None:
    """And unknown filters find nothing."""
    supervisor = visit("jc.he")
    assert card_path in supervisor.get("/oversight", at="nonsense").text
    assert "没有这样的预警或牌" in supervisor.get("/oversight", department="x", item="y").text


def test_the_forecast_names_department_and_person(app: Flask, visit: Any) -> None:
    """A case that will be late within five working days; nobody else's department."""
    with app.app_context():
        accepted(clock.now() - timedelta(days=3))
    assert "江城市市场监督管理局" in shown(visit("jc.he").get("/oversight/forecast").text)
    assert "预计不会有新的牌" in visit("cg.head").get("/oversight/forecast").text


def test_a_rule_is_tried_then_saved_as_a_new_version(
    app: Flask, visit: Any, card_path: str
) -> None:
    """Trying saves nothing."""
    supervisor, path = visit("jc.he"), "/oversight/rules/step-over"
    today = civil_date(clock.now()).isoformat()
    given = {
        "threshold": "60",
        "answer_days": "5",
        "active": "1",
        "effective_on": today,
        "reason": "试行",
    }
    tried = supervisor.post(path, {**given, "act": "try"})
    assert tried.status_code == 200
    assert "试算结果" in tried.text
    assert "按新规则有0项" in tried.text
    with app.app_context():
        assert len(supervision.versions("step-over")) == 1
    assert supervisor.post(path, {**given, "act": "save"}).status_code == 303
    page = shown(supervisor.get(path).text)
    assert "何正清" in page
    assert "试行" in page
    assert "60" in shown(supervisor.get("/oversight/rules").text)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("threshold", "many"),
        ("threshold", "99999"),
        ("threshold", "61"),
        ("answer_days", "-1"),
        ("effective_on", "2020-01-01"),
        ("effective_on", "tomorrow"),
        ("reason", ""),
    ],
)
def test_a_wrong_rule_is_refused_at_its_field(visit: Any, name: str, value: str) -> None:
    """Nothing typed is lost."""
    today = civil_date(clock.now()).isoformat()
    given = {"threshold": "1", "answer_days": "3", "active": "1", "effective_on": today}
    wrong = {**given, "reason": "试行的理由", name: value, "act": "save"}
    answer = visit("jc.he").post("/oversight/rules/step-over", wrong)
    assert answer.status_code == 422
    assert f'id="field-{name}-error"' in answer.text
    if name != "reason":
        assert "试行的理由" in answer.text


def test_a_rule_that_would_card_most_of_the_work_asks_to_be_confirmed(
    app: Flask, visit: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The box appears with the refusal."""
    monkeypatch.setattr("engine.supervision.rules.FEW", 1)
    today = civil_date(clock.now()).isoformat()
    given = {"answer_days": "3", "active": "1", "effective_on": today, "reason": "从严"}
    supervisor, path = visit("jc.he"), "/oversight/rules/step-over"
    assert supervisor.post(path, {**given, "threshold": "60"}).status_code == 303
    with app.app_context():
        accepted(clock.now() - timedelta(days=25))
    answer = supervisor.post(path, {**given, "threshold": "0"})
    assert answer.status_code == 409
    assert 'name="confirmed"' in answer.text
    sure = supervisor.post(path, {**given, "threshold": "0", "confirmed": "1"})
    assert sure.status_code == 303


def test_leaders_read_the_rules_and_only_supervisors_change_them(visit: Any) -> None:
    """A clerk reads neither; an unknown rule is not found."""
    leader = visit("chen.leader")
    assert leader.get("/oversight/rules").status_code == 200
    assert "保存为新版本" not in leader.get("/oversight/rules/step-over").text
    assert leader.post("/oversight/rules/step-over", {}).status_code == 403
    assert visit("wang.clerk").get("/oversight/rules").status_code == 403
    assert visit("jc.he").get("/oversight/rules/no-such").status_code == 404
