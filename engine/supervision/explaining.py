"""超期原因: the lead department tells in public why it did not keep what it had promised."""

from datetime import datetime
from typing import Final

from sqlalchemy import select

from engine import db, events, holding, notices
from engine.errors import ConflictError, ForbiddenError, InvalidError
from engine.models import Case, Event
from engine.permissions import Actor
from forms.text import Text

EXPLAINED: Final = "overdue-explained"
LONGEST: Final = 500


def explain_overdue(case_id: int, reason: str, *, actor: Actor, now: datetime) -> Case:
    """Publish why a case has passed its promise (city rules: beyond it, state reasons).

    It stands on the page of the case, and the applicant is told. A later reason is added to those
    before. Raises ForbiddenError for another unit, ConflictError when nothing is overdue,
    InvalidError without words.
    """
    case = holding.of_case(case_id)
    if actor.kind != "staff" or case.lead_code not in actor.departments:
        raise ForbiddenError(
            Text(
                "只有牵头部门的人员可以公开超期原因。",
                "Only staff of the lead department may tell the reasons.",
            )
        )
    words = reason.strip()
    if not 5 <= len(words) <= LONGEST:
        fault = Text(f"请填写5至{LONGEST}字。", f"Write 5 to {LONGEST} characters.")
        raise InvalidError(fault, fields={"overdue_reason": fault})
    if not is_overdue(case, now):
        raise ConflictError(
            Text(
                "这个办件没有超过承诺期限，无需说明。",
                "This case has not passed its promised limit; there is nothing to explain.",
            )
        )
    events.of_case(case, EXPLAINED, actor, now, department=case.lead_code, reason=words)
    title = Text(f"超期原因：{case.subject}", f"Why it is late: {case.subject}")
    body = Text(
        f"办件{case.number}超过了承诺期限。原因：{words}",
        f"Case {case.number} has passed its promised limit. The reason: {words}",
    )
    message = notices.Message(EXPLAINED, title, body, f"/case/{case.number}")
    notices.tell(case.applicant_id, message, case=case, now=now)
    return case


def is_overdue(case: Case, now: datetime) -> bool:
    """Say whether a case has passed its promise, decided by now or not."""
    due = case.promised_due_at
    return due is not None and due <= min(now, case.decided_at or now)


def explanations(case: Case) -> list[Event]:
    """Return the reasons published for a case, oldest first."""
    query = select(Event).where(Event.case_id == case.id, Event.type == EXPLAINED)
    return list(db.session().scalars(query.order_by(Event.seq)))
