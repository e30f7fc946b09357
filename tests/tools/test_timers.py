"""Timers fired by workers: once by any number of them, and a broken one blocks nobody."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from engine import clock, db, definitions, events
from engine.permissions import SYSTEM
from tools import worker
from tools.stories import Story

ROOT = Path(__file__).resolve().parent.parent.parent
ITEM = "individual-business"
# A reminder one hour after the acceptance desk was asked: drawn onto the real item.
TIMER = """
    <bpmn:boundaryEvent id="remind" name="提醒" attachedToRef="accept" cancelActivity="false">
      <bpmn:extensionElements><camunda:properties>
        <camunda:property name="nameEn" value="Remind" />
      </camunda:properties></bpmn:extensionElements>
      <bpmn:outgoing>f_remind</bpmn:outgoing>
      <bpmn:timerEventDefinition id="remind_timer">
        <bpmn:timeDuration xsi:type="bpmn:tFormalExpression">PT1H</bpmn:timeDuration>
      </bpmn:timerEventDefinition>
    </bpmn:boundaryEvent>
    <bpmn:endEvent id="reminded" name="已提醒">
      <bpmn:extensionElements><camunda:properties>
        <camunda:property name="nameEn" value="Reminded" />
      </camunda:properties></bpmn:extensionElements>
      <bpmn:incoming>f_remind</bpmn:incoming>
    </bpmn:endEvent>
    <bpmn:sequenceFlow id="f_remind" sourceRef="remind" targetRef="reminded" />
  </bpmn:process>"""
PICTURE = """
      <bpmndi:BPMNShape id="remind_di" bpmnElement="remind">
        <dc:Bounds x="2000" y="900" width="36" height="36" /></bpmndi:BPMNShape>
      <bpmndi:BPMNShape id="reminded_di" bpmnElement="reminded">
        <dc:Bounds x="2100" y="900" width="36" height="36" /></bpmndi:BPMNShape>
      <bpmndi:BPMNEdge id="f_remind_di" bpmnElement="f_remind">
        <di:waypoint x="2036" y="918" /><di:waypoint x="2100" y="918" /></bpmndi:BPMNEdge>
    </bpmndi:BPMNPlane>"""


@pytest.fixture
def story(city_db: str) -> Iterator[Story]:
    """A case that was submitted two hours ago, and whose reminder is due."""
    files = definitions.read_folder(ROOT / "processes" / ITEM)
    drawn = files[f"{ITEM}.bpmn"].decode()
    drawn = drawn.replace("</bpmn:process>", TIMER).replace("</bpmndi:BPMNPlane>", PICTURE)
    files[f"{ITEM}.bpmn"] = drawn.encode()
    now = clock.now()
    with db.transaction():
        definitions.deploy(files, actor=SYSTEM, now=now)
    yield Story(ITEM, at=now - timedelta(hours=2)).apply()
    db.session().close()


def fired(story: Story) -> int:
    db.session().rollback()
    return sum(1 for event in events.history(story.case_id) if event.type == "timer-fired")


def test_a_due_timer_is_fired_once(story: Story) -> None:
    assert worker.fire_next_timer()
    assert not worker.fire_next_timer()
    assert fired(story) == 1


def test_many_workers_fire_a_timer_once(story: Story) -> None:
    def work(_number: int) -> bool:
        try:
            return worker.fire_next_timer()
        finally:
            db.session().close()

    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(work, range(8)))
    assert results.count(True) == 1
    assert fired(story) == 1


def test_a_timer_that_cannot_fire_is_set_aside_and_changes_nothing(story: Story) -> None:
    with db.transaction() as session:
        revision = story.case.revision
        broken = {"id": story.case_id, "state": b"not a state"}
        session.execute(text('UPDATE "case" SET state = :state WHERE id = :id'), broken)
    assert worker.fire_next_timer()
    assert not worker.fire_next_timer()
    assert fired(story) == 0
    assert story.case.revision == revision
    assert db.session().scalar(text("SELECT failure FROM timer")) is not None
