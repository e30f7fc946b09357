"""Ratings: who may rate what and when, what becomes of a bad one, what looks like fraud."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from engine import clocks, db, events, notices, voices
from engine.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from engine.models import Rating, Task
from tests.engine.voices.scenes import ITEM, actor, ended, rated
from tools.stories import Story

ratings = voices.ratings


def rate(story: Story, level: int, login: str = "zhang.san", **more: object) -> Rating:
    """One attempt to rate."""
    given = ratings.Given(level, str(more.pop("text", "")))
    with db.transaction():
        return ratings.rate(
            story.case.number, given, origin=str(more.pop("origin", "a")), actor=actor(login),
            now=story.now,
        )  # fmt: skip


def test_a_case_is_rated_once_after_its_end_by_its_applicant(city_db: str) -> None:
    """Twice, too early, by another, by staff, at no level: each is refused and nothing is kept."""
    early = Story(ITEM).apply()
    with pytest.raises(ConflictError, match="decided"):
        rate(early, 5)
    story = ended().later(hours=1)
    with pytest.raises(NotFoundError):
        rate(story, 1, "li.si")
    with pytest.raises(ForbiddenError):
        rate(story, 5, "wang.clerk")
    with pytest.raises(InvalidError) as wrong:
        rate(story, 6)
    assert set(wrong.value.fields) == {"level"}
    with pytest.raises(InvalidError) as long:
        rate(story, 5, text="长" * 2001)
    assert set(long.value.fields) == {"text"}
    assert ratings.of_case(story.case) is None
    row = rate(story, 4)
    assert (row.state, row.signs, row.seconds) == ("none", [], 3600)
    with pytest.raises(ConflictError, match="once"):
        rate(story, 1)
    assert ratings.summary(ITEM).counts == {5: 0, 4: 1, 3: 0, 2: 0, 1: 0}


def test_a_bad_named_rating_is_looked_into_within_a_working_day_and_called_back(
    city_db: str,
) -> None:
    """By a head who had no hand in the case; in order; the applicant is told what was found."""
    story = ended()
    row = rated(story, 1)
    leader, registrar = actor("chen.leader"), actor("feng.registrar")
    assert row.due_at == clocks.due(story.now, "1wd").at
    told = notices.list_for(leader.person_id or 0).rows[0]
    assert (told.kind, told.path) == ("rating-bad", f"/inbox/ratings/{row.id}")
    with pytest.raises(NotFoundError), db.transaction():
        ratings.contact(row.id, "true", "已补办", actor=registrar, now=story.now)
    with pytest.raises(ConflictError), db.transaction():
        ratings.call_back(row.id, "满意", satisfied=True, actor=leader, now=story.now)
    with pytest.raises(InvalidError), db.transaction():
        ratings.contact(row.id, "maybe", "已补办", actor=leader, now=story.now)
    with db.transaction():
        ratings.contact(row.id, "true", "已致歉，窗口增加人手", actor=leader, now=story.now)
    with db.transaction():
        ratings.call_back(row.id, "申请人接受", satisfied=True, actor=leader, now=story.now)
    assert ratings.find(row.id, leader).state == "closed"
    kinds = [one.kind for one in notices.list_for(actor("zhang.san").person_id or 0).rows]
    assert kinds[0] == "rating-answered"
    found = [one.type for one in events.recent(f"rating:{row.id}")]
    assert found == ["rating-called-back", "rating-looked-into", "case-rated"]
    assert events.verify(f"rating:{row.id}") == []


def test_one_who_handled_the_case_looks_into_no_rating_of_it(city_db: str) -> None:
    """Also a head, when the head had a hand in it; a clerk and another unit's head never."""
    story = ended()
    row, head = rated(story, 2), actor("qian.head")
    assert ratings.may_look_into(row, head)
    assert not ratings.may_look_into(row, actor("wang.clerk"))
    assert not ratings.may_look_into(row, actor("cg.head"))
    with db.transaction() as session:
        done = session.scalars(select(Task).where(Task.case_id == story.case_id)).first()
        assert done is not None
        done.completed_by = head.person_id
    with pytest.raises(ForbiddenError), db.transaction():
        ratings.contact(row.id, "untrue", "并无此事", actor=head, now=story.now)


def test_without_a_name_nobody_is_looked_into(city_db: str) -> None:
    """It counts, and staff find no way to it."""
    row = rated(ended(), 1, named=False)
    assert (row.state, row.due_at) == ("none", None)
    with pytest.raises(NotFoundError):
        ratings.find(row.id, actor("jc.he"))
    (standing,) = ratings.standings(actor("jc.he"), row.rated_at)
    assert (standing.total, standing.bad, standing.waiting) == (1, 1, 0)


def test_what_looks_like_fraud_is_marked_and_counted(city_db: str) -> None:
    """Seconds after the end, several from one address, many at a time: signs, no verdicts."""
    quick = ended()
    assert rate(quick, 5).signs == ["fast"]
    second, third = ended("li.si", at=quick.now).later(hours=1), ended(at=quick.now).later(hours=2)
    assert rate(second, 5, "li.si").signs == []
    assert rate(third, 5, origin="a").signs == ["same-origin"]
    (standing,) = ratings.standings(actor("jc.he"), third.now)
    assert (standing.total, standing.signs, standing.wordless_top) == (3, 2, 3)
    assert ratings.standings(actor("cg.head"), third.now) == []


def test_a_bad_rating_left_lying_is_late_for_its_department(city_db: str) -> None:
    """It stands among what supervisors and the department's heads see as overdue."""
    story = ended()
    row = rated(story, 1)
    later = (row.due_at or story.now) + timedelta(hours=1)
    (late,) = voices.seen_by(actor("jc.he"), later)
    assert (late.kind, late.department, late.path) == ("rating", "scjg", f"/inbox/ratings/{row.id}")
    assert len(voices.seen_by(actor("chen.leader"), later)) == 1
    assert voices.seen_by(actor("cg.head"), later) == []
    assert voices.overdue(story.now) == []
