"""Complaints: taken up or not, looked into, answered in writing; unseen by the unit until then."""

from datetime import timedelta

import pytest

from engine import clock, clocks, db, events, notices, voices
from engine.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from reports.documents import pdf
from tests.engine.voices.scenes import actor, ended, filed, moved

complaints = voices.complaints
NOW = clock.now()
ANSWER = "经核查，窗口人员应当场出具凭证而未出具，已责令改正。"
WHOLE = [
    ("jc.he", "accept", ""),
    ("jc.he", "assign", ""),
    ("chen.leader", "report", "已调取录像，情况属实。"),
    ("jc.he", "answer", ANSWER),
]


def told(login: str) -> list[str]:
    """The kinds of what somebody was told, newest first."""
    return [one.kind for one in notices.list_for(actor(login).person_id or 0).rows]


def test_a_complaint_goes_its_way_to_a_written_numbered_answer(city_db: str) -> None:
    """Each limit begins where the one before ended; the complainant is told at each turn."""
    row = filed()
    assert row.due_at == clocks.due(row.filed_at, "5wd").at
    row = moved(row, *WHOLE)
    assert row.state == "answered"
    assert row.answer_number.startswith("江监察诉字〔")
    assert told("zhang.san") == ["complaint-answered", "complaint-answered"]
    types = [one.type for one in reversed(events.recent(f"complaint:{row.id}"))]
    assert types == [
        "complaint-filed", "complaint-accepted", "complaint-assigned", "complaint-reported",
        "complaint-answered",
    ]  # fmt: skip
    assert events.verify(f"complaint:{row.id}") == []
    assert complaints.verify(row.verify_code or "").id == row.id
    with db.transaction() as session:
        paper = complaints.paper(complaints.mine(row.number, actor("zhang.san")))
        assert paper not in session
    assert pdf(paper).startswith(b"%PDF")
    assert pdf(paper, language="en").startswith(b"%PDF")


def test_the_unit_sees_nothing_before_it_is_assigned_and_its_clerks_never(city_db: str) -> None:
    """No notice, no list, no page, and nothing in the case's own record."""
    story = ended()
    row = filed(case=story.case.number)
    insiders = ("wang.clerk", "feng.registrar", "chen.leader", "qian.head")
    for login in insiders:
        assert complaints.queue(actor(login)).rows == []
        with pytest.raises(NotFoundError):
            complaints.find(row.id, actor(login))
        assert "complaint" not in told(login)
    assert not [one for one in events.history(story.case_id) if "complaint" in one.type]
    row = moved(row, *WHOLE[:2])
    assert complaints.find(row.id, actor("chen.leader")).text == row.text
    for login in ("wang.clerk", "feng.registrar"):
        with pytest.raises(NotFoundError):
            complaints.find(row.id, actor(login))


def test_a_supervisor_of_the_unit_itself_does_not_judge(city_db: str) -> None:
    """A complaint about the supervisors' own office is not theirs."""
    filing = complaints.Filing("监察办公室久不答复督办来信。", True, department="jcz")
    with db.transaction():
        row = complaints.file(filing, origin="", actor=actor("zhang.san"), now=NOW)
    assert complaints.queue(actor("jc.he")).rows == []
    with pytest.raises(NotFoundError):
        moved(row, WHOLE[0])


def test_acts_out_of_turn_and_by_others_are_refused(city_db: str) -> None:
    """Assigned before accepted, reported by another, answered twice."""
    row = filed()
    with pytest.raises(ForbiddenError):
        moved(row, ("chen.leader", "accept", ""))
    with pytest.raises(ConflictError):
        moved(row, WHOLE[1])
    moved(row, *WHOLE[:2])
    with pytest.raises(NotFoundError):
        moved(row, ("cg.head", "report", "与我无关"))
    with pytest.raises(InvalidError):
        moved(row, ("chen.leader", "report", " "))
    moved(row, *WHOLE[2:])
    with pytest.raises(ConflictError):
        moved(row, WHOLE[3])


def test_a_refusal_gives_its_reason(city_db: str) -> None:
    """And ends it: nothing is late any more."""
    row = moved(filed(), ("jc.he", "refuse", "属于行政复议范围，请依法申请复议。"))
    assert (row.state, row.answer[:6]) == ("refused", "属于行政复议")
    assert voices.overdue(row.due_at + timedelta(days=1)) == []
    with pytest.raises(NotFoundError):
        complaints.paper(row)


def test_without_a_name_nothing_of_the_person_is_kept(city_db: str) -> None:
    """Neither the person nor the name in the record; the code is the key."""
    row = filed(named=False)
    (event,) = events.recent(f"complaint:{row.id}")
    assert (row.person_id, event.actor_id) == (None, None)
    assert "张三" not in event.actor_name
    assert complaints.made_by(actor("zhang.san")).rows == []
    with pytest.raises(NotFoundError):
        complaints.mine(row.number, actor("zhang.san"))
    moved(row, *WHOLE)
    assert complaints.find_public(row.number, row.query_code).answer == ANSWER
    with pytest.raises(NotFoundError):
        complaints.find_public(row.number, "")
    assert "complaint-answered" not in told("zhang.san")


def test_a_complaint_about_a_case_has_a_name(city_db: str) -> None:
    """The case says whose it is anyway; what else is wrong is said at its field."""
    with pytest.raises(InvalidError) as refused:
        filed(named=False, case=ended().case.number)
    assert set(refused.value.fields) == {"named"}
    for filing, wrong in (
        (complaints.Filing("太短", True, department="scjg"), "text"),
        (complaints.Filing("窗口人员态度生硬，不给凭证。", True, department="x"), "department"),
    ):
        with pytest.raises(InvalidError) as refused, db.transaction():
            complaints.file(filing, origin="", actor=actor("zhang.san"), now=NOW)
        assert set(refused.value.fields) == {wrong}


def test_a_complaint_left_lying_is_late_for_the_supervisors(city_db: str) -> None:
    """And for nobody of the unit."""
    row = filed()
    later = row.due_at + timedelta(hours=1)
    assert [one.kind for one in voices.seen_by(actor("jc.he"), later)] == ["complaint"]
    assert voices.seen_by(actor("chen.leader"), later) == []
