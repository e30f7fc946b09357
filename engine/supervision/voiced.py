"""What people said about a case and nobody answers in time, told to supervision as facts.

Of a case a yellow card comes for a question without its answer, for a bad rating that no head has
looked into, and for a complaint on which the unit has not reported when its time is over. What
concerns no case has no card: it stays among what is late on the pages of oversight
(``voices.overdue``). So do complaints that the supervisors owe themselves, before they let the unit
know of them and after its report: a card would tell the unit that there is one.

The record of a case is read by those who handle it. Of cards about ratings and complaints it
therefore does not tell the cause.
"""

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from engine import clocks, db
from engine.models import Complaint, Question, Rating
from engine.supervision.facts import Feeder, feed
from engine.supervision.judging import Fact
from engine.supervision.kinds import CAUSES, COMPLAINT, QUESTION, RATING
from engine.voices import limits

_Voice = Question | Complaint | Rating


def questions(case_ids: Collection[int] | None, since: datetime | None) -> Iterator[Fact]:
    """Tell the questions about a case that wait for their answer, or were answered lately."""
    wanted = _wanted(Question.state == "open", Question.answered_at, since)
    query = select(Question).where(Question.case_id.is_not(None), wanted)
    if case_ids is not None:
        query = query.where(Question.case_id.in_(case_ids))
    for row in db.session().scalars(query.order_by(Question.id)):
        yield _fact(QUESTION, row, row.asked_at, row.due_at, limits.QUESTION, row.answered_at)


def ratings(case_ids: Collection[int] | None, since: datetime | None) -> Iterator[Fact]:
    """Tell the bad ratings that wait to be looked into, or were looked into lately."""
    wanted = _wanted(Rating.state == "open", Rating.contacted_at, since)
    query = select(Rating).where(Rating.due_at.is_not(None), wanted)
    if case_ids is not None:
        query = query.where(Rating.case_id.in_(case_ids))
    for row in db.session().scalars(query.order_by(Rating.id)):
        due_at = row.due_at or row.rated_at
        yield _fact(RATING, row, row.rated_at, due_at, limits.RATING, row.contacted_at)


def complaints(case_ids: Collection[int] | None, since: datetime | None) -> Iterator[Fact]:
    """Tell the complaints about a case on which the unit owes its report; only while it does.

    One that the supervisor let the unit know of too late is not the unit's fault.
    """
    del since
    owed = and_(Complaint.state == "assigned", Complaint.assigned_at < Complaint.due_at)
    query = select(Complaint).where(Complaint.case_id.is_not(None), owed)
    if case_ids is not None:
        query = query.where(Complaint.case_id.in_(case_ids))
    for row in db.session().scalars(query.order_by(Complaint.id)):
        started_at = row.accepted_at or row.filed_at
        yield _fact(COMPLAINT, row, started_at, row.due_at, limits.ANSWER, None)


def _wanted(is_open: ColumnElement[bool], ended_at: Any, since: datetime | None) -> Any:
    return is_open if since is None else or_(is_open, ended_at >= since)


def _fact(
    cause: str,
    row: _Voice,
    started_at: datetime,
    due_at: datetime,
    limit: str,
    ended_at: datetime | None,
) -> Fact:
    found = clocks.due(started_at, limits.of(limit))
    # With another limit set since, or another calendar, the day stays as it was told.
    known = clocks.facts_of(found) if found.at == due_at else {}
    return Fact(
        row.case_id or 0, row.item_code, cause, str(row.id), CAUSES[cause], row.department_code,
        "", None, started_at, due_at, known, ended_at,
    )  # fmt: skip


FEEDS: dict[str, Feeder] = {QUESTION: questions, RATING: ratings, COMPLAINT: complaints}
for _cause, _feeder in FEEDS.items():
    feed(_cause, _feeder)
