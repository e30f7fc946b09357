"""A play of a case comes to the same open steps, due times and notices as the case itself."""

from datetime import datetime

import pytest
from sqlalchemy import select

from engine import clocks, db, definitions, playing
from engine.cases import retelling
from engine.clock import CIVIL_ZONE
from engine.definitions import Reading
from engine.models import Case, Notice, Task
from engine.playing import Scene, Stage
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]

MONDAY = datetime(2026, 3, 2, 9, 0, tzinfo=CIVIL_ZONE)
POINTS = [
    {
        "kind": "field",
        "target": "company",
        "label_zh": "企业名称",
        "label_en": "Company",
        "reason": "与营业执照不一致",
    }
]


def played(story: Story) -> Scene:
    """Walk the case again as a play of its own version, on the city's calendar."""
    of = definitions.bundle_of(story.case)
    files = definitions.files_of(of.version_id)
    reading: Reading = definitions.read_bundle({**files, "paths.yaml": b"[]"})
    script = retelling.script_of(story.case.number, reading)
    assert playing.read(playing.write(script)) == script
    return Stage(reading, definitions.bundle_hash(files), clocks.calendar()).play(script)


def compare(story: Story) -> Scene:
    """Compare the open steps with their due times, and the clocks of the case."""
    scene, case = played(story), story.case
    assert scene.fault is None
    found = sorted(
        (one.element, one.department, one.due.at if one.due else None) for one in scene.todos
    )
    rows = db.session().scalars(select(Task).where(Task.case_id == case.id, Task.state == "open"))
    assert found == sorted((row.element, row.department_code or "", row.due_at) for row in rows)
    ours = {one.name.en: one.at for one in scene.deadlines}
    if case.decided_at is None and case.accepted_at is not None:
        assert ours["Promised limit"] == case.promised_due_at
        assert ours["Statutory limit"] == case.statutory_due_at
    return scene


def titles(case: Case) -> list[str]:
    """Return what the applicant was told, without what each case is called."""
    query = select(Notice.title_en).where(
        Notice.case_id == case.id, Notice.person_id == case.applicant_id
    )
    return sorted(title.split(":")[0] for title in db.session().scalars(query))


def test_a_case_with_corrections_and_rectification() -> None:
    """Corrected once, stopped by law, decided after weeks: the same at every turn."""
    story = Story("medical-device-iii", at=MONDAY).apply()
    compare(story)
    story.later(hours=2).do("wang.clerk", "accept", "correct", corrections=POINTS)
    (point,) = compare(story).record.entries
    assert (point["target"], point["label_en"]) == ("company", "Name of the company")
    assert point["reason"] != POINTS[0]["reason"]
    story.later(days=1).do("zhang.san", "correct_application", "submitted")
    story.later(hours=3).do("wang.clerk", "accept", "accept")
    compare(story)
    story.later(days=2).do("zhao.examiner", "review", "pass")
    story.later(hours=1).do("sun.inspector", "site_check", "rectify")
    story.do("zhou.inspector", "site_check", "rectify")
    report = story.filled("rectify")
    story.later(days=6).do("zhang.san", "rectify", "submitted", answers=report)
    compare(story)
    for who in ("sun.inspector", "zhou.inspector"):
        story.do(who, "recheck", "pass")
    story.later(days=1).do("zhao.examiner", "section_opinion", "propose-grant")
    story.do("qian.head", "decide", "grant")
    scene = compare(story)
    assert [one.at for one in scene.deadlines] == [story.case.delivery_due_at]
    story.later(days=1).do("feng.registrar", "deliver_licence", "delivered")
    scene = compare(story)
    assert scene.completed
    told = sorted(
        one.title.en.split(":")[0] for one in scene.notices if one.to.en == "The applicant"
    )
    assert told == titles(story.case)


def test_a_case_in_which_departments_were_asked() -> None:
    """Each branch with its department and due time; answers are told by department."""
    story = Story("restaurant-opening", at=MONDAY).apply()
    story.later(hours=1).do("wang.clerk", "accept", "accept")
    compare(story)
    story.later(hours=4).do("cg.wu", "part_opinion", "agree")
    scene = compare(story)
    assert len(scene.todos) > 1
