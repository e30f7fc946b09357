"""Many timers due at once, fired by two workers of which one is killed in between."""

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

import psycopg

from engine import clock, db, definitions
from engine.permissions import SYSTEM
from forms.text import Text
from tools import city, serving
from tools.bench import copies
from tools.bench.over_http import ITEM
from tools.stories import Story

TIMERS: Final = 10_000
MOST_SECONDS: Final = 60.0
GIVE_UP_SECONDS: Final = 600.0
#: Timers counted in a second of waiting: to count takes the machine as well.
COUNTED_A_SECOND: Final = 50_000
# A reminder one hour after the acceptance desk was asked, drawn onto the real item.
REMINDER: Final = """
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
PICTURE: Final = """
      <bpmndi:BPMNShape id="remind_di" bpmnElement="remind">
        <dc:Bounds x="2000" y="900" width="36" height="36" /></bpmndi:BPMNShape>
      <bpmndi:BPMNShape id="reminded_di" bpmnElement="reminded">
        <dc:Bounds x="2100" y="900" width="36" height="36" /></bpmndi:BPMNShape>
      <bpmndi:BPMNEdge id="f_remind_di" bpmnElement="f_remind">
        <di:waypoint x="2036" y="918" /><di:waypoint x="2100" y="918" /></bpmndi:BPMNEdge>
    </bpmndi:BPMNPlane>"""


@dataclass(frozen=True)
class Outcome:
    """What two workers made of the timers."""

    timers: int
    seconds: float
    fired_when_killed: int
    #: how many timers went off, by how often they did
    times: Mapping[int, int]
    left: int
    failed: int

    @property
    def exactly_once(self) -> bool:
        """Whether every timer went off once and none is left."""
        return self.times == {1: self.timers} and not self.left


def measured(url: str, logs: Path, number: int = TIMERS) -> dict[str, Any]:
    """Let many timers come due at once and say how they were fired."""
    prepare(url, number)
    found = run(url, logs, number)
    return {
        "timers": found.timers,
        "seconds": round(found.seconds, 1),
        "a_second": round(found.timers / found.seconds, 1),
        "fired_when_one_worker_was_killed": found.fired_when_killed,
        "exactly_once": found.exactly_once,
        "left": found.left,
        "failed": found.failed,
    }


def as_text(found: Mapping[str, Any]) -> str:
    """Write the outcome for people."""
    once = "each exactly once" if found["exactly_once"] else "NOT each exactly once"
    return (
        f"{found['timers']} timers due at once: {found['seconds']} s, {found['a_second']} a second"
        f" by two workers, one killed after {found['fired_when_one_worker_was_killed']}: {once}"
        f" (wanted at most {MOST_SECONDS:g} s)"
    )


def reminding_files() -> dict[str, bytes]:
    """Return the bundle of a real item with a reminder drawn onto it."""
    files = definitions.read_folder(serving.ROOT / "processes" / ITEM)
    drawn = files[f"{ITEM}.bpmn"].decode()
    drawn = drawn.replace("</bpmn:process>", REMINDER)
    return {**files, f"{ITEM}.bpmn": drawn.replace("</bpmndi:BPMNPlane>", PICTURE).encode()}


def prepare(url: str, number: int) -> None:
    """Set up a city in which so many cases have a reminder that has been due for an hour."""
    db.migrate(url)
    db.configure(url)
    city.seed(now=clock.now())
    seed(url, number)
    db.dispose()


def seed(url: str, number: int) -> None:
    """Begin so many cases two hours ago, the first at the door, the others as its copies."""
    early = clock.now() - timedelta(hours=2)
    with db.transaction():
        definitions.deploy(reminding_files(), actor=SYSTEM, now=clock.now())
    story = Story(ITEM, at=early).apply()
    copies.copy(url, story, number - 1, now=early)


def run(url: str, logs: Path, number: int) -> Outcome:
    """Start two workers, kill one when a third is done, wait until nothing is due any more."""
    children = serving.Children(logs, {"DATABASE_URL": url})
    killed_at = 0
    # Few timers go by in no time, and one worker is to die between them; counting many takes long.
    pause = min(0.1, number / COUNTED_A_SECOND)
    began = time.monotonic()
    first = children.start(Text("工作进程一", "first worker"), serving.worker_command())
    children.start(Text("工作进程二", "second worker"), serving.worker_command())
    try:
        with psycopg.connect(url, autocommit=True) as connection:
            while _left(connection) and time.monotonic() - began < GIVE_UP_SECONDS:
                done = _fired(connection)
                if not killed_at and done >= number // 3:
                    first.process.kill()
                    killed_at = done
                time.sleep(pause)
            seconds = time.monotonic() - began
    finally:
        children.stop()
    return _outcome(url, number, seconds, killed_at)


def _left(connection: psycopg.Connection[Any]) -> int:
    query = "select count(*) from timer where due_at <= %s and failed_at is null"
    return _number(connection, query, clock.now())


def _fired(connection: psycopg.Connection[Any]) -> int:
    return _number(connection, "select count(*) from event where type = 'timer-fired'")


def _number(connection: psycopg.Connection[Any], query: str, *given: datetime) -> int:
    row = connection.execute(query, given).fetchone()
    return int(row[0]) if row else 0


def _outcome(url: str, number: int, seconds: float, killed_at: int) -> Outcome:
    with psycopg.connect(url) as connection:
        times = connection.execute(
            "select times, count(*) from (select count(*) as times from event"
            " where type = 'timer-fired' group by case_id) fired group by times"
        ).fetchall()
        failed = _number(connection, "select count(*) from timer where failed_at is not null")
        return Outcome(number, seconds, killed_at, dict(times), _left(connection), failed)
