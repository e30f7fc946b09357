"""Pages of items that call others or that messages begin, and lists that turn by marks."""

from urllib.parse import unquote

from engine import clock, db, people
from engine.models import Notice
from tests.engine.bpmn.diagrams import chain, end, node, user
from tests.engine.test_calls_between_items import OTHER, call, calling, inspecting, publish
from tests.engine.wide import ITEM, deploy, files
from tools.stories import Story

ASKED = '<bpmn:messageEventDefinition messageRef="m"/>'


def test_the_guide_offers_no_application_where_messages_begin_the_cases(app, visit):
    """It says so instead of a button that would lead nowhere."""
    begin = node("startEvent", "by", ASKED, more='camunda:formRef="apply"')
    with app.app_context():
        deploy(
            files(begin, user("a"), end("e"), chain("by", "a", "e"),
                  beside='<bpmn:message id="m" name="Asked"/>')
        )  # fmt: skip
    guide = visit("zhang.san").get(f"/items/{ITEM}").text
    assert "不接受网上申请" in guide
    assert f"/items/{ITEM}/start" not in guide


def test_steps_of_another_item_stand_on_guide_case_and_task(app, visit):
    """With the form and the outcomes that they have there."""
    with app.app_context():
        publish(inspecting())
        deploy(files(*calling(call())))
        story = Story(ITEM).apply()
        task, number = story.task(f"{OTHER}@1.look", "zhao.examiner").id, story.case.number
    assert "任务look" in visit("zhang.san").get(f"/items/{ITEM}").text
    staff = visit("zhao.examiner")
    assert "任务look" in staff.get(f"/cases/{number}").text
    page = staff.get(f"/tasks/{task}").text
    assert "任务look" in page
    assert "坏" in page


def test_notices_and_own_cases_turn_by_marks(app, visit):
    """A mark that is none leads to the first page; every page links to its neighbours."""
    with app.app_context(), db.transaction() as session:
        person = people.actor_for_login("zhang.san").person_id or 0
        for number in range(45):
            text = {"title_zh": f"通知{number:02}", "title_en": "", "body_zh": "", "body_en": ""}
            session.add(
                Notice(person_id=person, kind="test", path="", created_at=clock.now(), **text)
            )
    reader = visit("zhang.san")
    first = reader.get("/notices").text
    assert ("通知44" in first, "通知24" in first) == (True, False)
    mark = first.partition('rel="next"')[0].rpartition("at=")[2]
    mark = unquote(mark.partition('"')[0].partition("&")[0])
    second = reader.get("/notices", at=mark).text
    assert ("通知24" in second, "通知44" in second, 'rel="prev"' in second) == (True, False, True)
    assert "通知44" in reader.get("/notices", at="nonsense").text
    assert reader.get("/my", at="nonsense").status_code == 200
