"""I5: a permit that is void by itself when works do not begin in time (建筑法 9)."""

from datetime import date

import pytest

from engine import clocks, db, licences, notices, people
from engine.cases import documents
from engine.errors import ConflictError, InvalidError
from tests.engine.licences.scenes import at, days, fresh, holder, look, noon, of
from tools.stories import Story

pytestmark = [pytest.mark.db, pytest.mark.usefixtures("city_db")]
PERMIT = "works-permit"
MONDAY = date(2026, 3, 2)


def decided(outcome: str = "grant", review: str = "pass") -> Story:
    """An application of that Monday, reviewed by two at a time and decided the next day."""
    story = at(Story(PERMIT), MONDAY).apply().do("zj.tang", "accept", "accept")
    more = {"opinion": "施工图没有审查合格。"} if review == "fail" else {}
    story.do("zj.xie", "review", review, **more).do("zj.yu", "safety_filing", "pass")
    at(story, MONDAY + days(1))
    more = {"opinion": "施工图没有审查合格，不符合条件。"} if outcome == "refuse" else {}
    return story.do("zj.head", "decide", outcome, **more)


def test_the_clock_runs_from_receipt_and_the_permit_says_by_when_to_begin() -> None:
    """Seven working days by law, five promised; three months to begin, and no end otherwise."""
    story = decided()
    case = story.case
    due = [one and clocks.last_day(one) for one in (case.statutory_due_at, case.promised_due_at)]
    assert due == [date(2026, 3, 11), date(2026, 3, 9)]
    permit = of(story)
    assert (permit.begin_by, permit.valid_to) == (date(2026, 6, 3), None)
    assert permit.number.startswith("江住建施许2026")
    assert permit.holder_name == "江城城建投资有限公司"


def test_works_that_do_not_begin_make_it_void_by_itself() -> None:
    """Reminded before; void the day after, with a paper; nothing can be begun any more."""
    story = decided()
    permit = of(story)
    look(date(2026, 5, 25))
    told = {n.kind for n in notices.of_case(story.case) if n.person_id == holder().person_id}
    assert "licence-reminded" in told
    look(date(2026, 6, 3))
    assert fresh(permit).state == "valid"
    look(date(2026, 6, 4))
    assert fresh(permit).state == "lapsed"
    paper = documents.of_case(story.case)[-1]
    assert paper.kind == "licence-lapsed"
    assert "建筑法9" in str(paper.data["paragraphs"])
    with pytest.raises(ConflictError), db.transaction():
        licences.record_begun(permit.id, MONDAY, actor=holder(), now=noon(date(2026, 6, 5)))


def test_more_time_twice_and_works_reported_keep_it_valid() -> None:
    """Three months each at most; a third time there is none; begun, it never lapses."""
    permit = of(decided())
    head = people.actor_for_login("zj.head")

    def extend(months: int) -> None:
        with db.transaction():
            licences.give_more_time(
                permit.id, months, "拆迁尚未完成。", actor=head, now=noon(date(2026, 5, 20))
            )

    with pytest.raises(InvalidError):
        extend(4)
    extend(3)
    extend(2)
    assert fresh(permit).begin_by == date(2026, 11, 3)
    with pytest.raises(ConflictError):
        extend(1)
    begun = date(2026, 10, 12)
    with db.transaction():
        licences.record_begun(permit.id, begun, actor=holder(), now=noon(begun))
    look(date(2026, 11, 10))
    assert (fresh(permit).state, fresh(permit).begun_on) == ("valid", begun)


def test_a_refusal_names_its_reason_and_gives_no_permit() -> None:
    """The review says what is not in order; the head decides."""
    story = decided("refuse", review="fail")
    assert story.case.result == "refused"
    assert licences.of_case(story.case) == []
