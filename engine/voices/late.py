"""What an authority owes an answer to and whose time has passed: for boards and oversight.

Letters of supervision about a case have cards when they are late; those about none stand here.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from engine import db
from engine.models import Case, Complaint, Document, Letter, Question, Rating
from engine.permissions import LEADER, SUPERVISOR, Actor
from engine.voices.complaints import UNDER_WAY
from forms.text import Text

MOST: Final = 200
KINDS: Final = {
    "question": Text("咨询", "Question"),
    "complaint": Text("投诉", "Complaint"),
    "rating": Text("差评核实", "Bad rating"),
    "letter": Text("监察函件", "Letter of supervision"),
}


@dataclass(frozen=True)
class Overdue:
    """One thing owed: its kind, who owes it, since when it is late, and where it is dealt with."""

    kind: str
    department: str
    number: str
    due_at: datetime
    path: str


def overdue(now: datetime, departments: Collection[str] | None = None) -> list[Overdue]:
    """Return what is late, the longest first; of some departments, or of all.

    Complaints are owed by the supervisors: they are left out where departments are named.
    """
    found = [*_questions(now, departments), *_ratings(now, departments)]
    found += _letters(now, departments)
    if departments is None:
        found += _complaints(now)
    return sorted(found, key=lambda one: (one.due_at, one.number))[:MOST]


def seen_by(actor: Actor, now: datetime) -> list[Overdue]:
    """Return what is late, as far as an actor answers for it or supervises it."""
    if not actor.has(SUPERVISOR):
        heading = {code for code, role in actor.posts if role in (LEADER, "head")}
        return overdue(now, heading)
    # Nobody sees complaints about the own unit.
    return [
        one
        for one in overdue(now)
        if one.kind != "complaint" or one.department not in actor.departments
    ]


def _questions(now: datetime, departments: Collection[str] | None) -> list[Overdue]:
    query = select(Question).where(Question.state == "open", Question.due_at <= now)
    if departments is not None:
        query = query.where(Question.department_code.in_(sorted(departments)))
    return [
        Overdue(
            "question", row.department_code, row.number, row.due_at, f"/inbox/questions/{row.id}"
        )
        for row in db.session().scalars(query.order_by(Question.due_at).limit(MOST))
    ]


def _ratings(now: datetime, departments: Collection[str] | None) -> list[Overdue]:
    query = select(Rating, Case.number).join(Rating.case)
    query = query.where(Rating.state == "open", Rating.due_at <= now)
    if departments is not None:
        query = query.where(Rating.department_code.in_(sorted(departments)))
    return [
        Overdue(
            "rating", row.department_code, number, row.due_at or now, f"/inbox/ratings/{row.id}"
        )
        for row, number in db.session().execute(query.order_by(Rating.due_at).limit(MOST))
    ]


def _letters(now: datetime, departments: Collection[str] | None) -> list[Overdue]:
    query = select(Letter, Document.number).join(Letter.document).where(Letter.case_id.is_(None))
    query = query.where(Letter.state == "issued", Letter.reply_by <= now)
    if departments is not None:
        query = query.where(Letter.department_code.in_(sorted(departments)))
    return [
        Overdue("letter", row.department_code, number, row.reply_by, f"/oversight/letters/{row.id}")
        for row, number in db.session().execute(query.order_by(Letter.reply_by).limit(MOST))
    ]


def _complaints(now: datetime) -> list[Overdue]:
    query = select(Complaint).where(Complaint.state.in_(UNDER_WAY), Complaint.due_at <= now)
    return [
        Overdue(
            "complaint", row.department_code, row.number, row.due_at,
            f"/oversight/complaints/{row.id}",
        )
        for row in db.session().scalars(query.order_by(Complaint.due_at).limit(MOST))
    ]  # fmt: skip
