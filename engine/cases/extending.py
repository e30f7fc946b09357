"""Extending a case's statutory limit: once, before it ends, by the right head, reasons told."""

from datetime import datetime
from typing import Final

from sqlalchemy import select

from engine import clocks, db, documents, duetimes, events, holding, notices
from engine.cases.stopping import checked_reason, may_approve, require_running
from engine.definitions import Bundle, bundle
from engine.errors import ConflictError, EngineError, ForbiddenError, InvalidError
from engine.models import Case, Extension
from engine.permissions import Actor
from engine.workdays import Limit, parse_limit
from forms.text import Text

#: The kind of item handled by several departments together (许可法 42(2)).
JOINT: Final = "joint"
#: Who approves for the head of the same-level government: a role, in any department [design].
GOVERNMENT: Final = "government"


def most(case: Case) -> Limit | None:
    """Return by how much the item lets its limit be extended; None where it does not."""
    process = bundle(case.version_id).process
    extension, statutory = process.properties.get("extension"), process.statutory_limit
    if not extension or not statutory:
        return None
    found = parse_limit(extension)
    return found if found.unit is parse_limit(statutory).unit else None


def of_case(case: Case) -> Extension | None:
    """Return the extension of a case, if it has had one."""
    return db.session().scalar(select(Extension).where(Extension.case_id == case.id))


def why_not(case: Case, actor: Actor, now: datetime) -> EngineError | None:
    """Say why this actor may not extend this case now; None when they may."""
    try:
        require_running(case)
    except ConflictError as refusal:
        return refusal
    if not _is_head(case, bundle(case.version_id), actor):
        return ForbiddenError(
            Text(
                "延期须由行政机关负责人批准；联合办理的，由本级人民政府负责人批准（许可法42）。",
                "Only the head of the agency may extend a limit; in joint handling, only the head "
                "of the government (art. 42).",
            )
        )
    if most(case) is None:
        return ConflictError(Text("这个事项不允许延期。", "This item does not allow an extension."))
    if of_case(case) is not None:
        return ConflictError(Text("期限只能延长一次。", "The limit may be extended only once."))
    if case.statutory_due_at is not None and now >= case.statutory_due_at:
        return ConflictError(
            Text(
                "法定期限已经届满，不能再延期。",
                "The statutory limit has passed: it can no longer be extended.",
            )
        )
    return None


def _is_head(case: Case, of: Bundle, actor: Actor) -> bool:
    if of.process.kind == JOINT:
        return actor.kind == "staff" and actor.has(GOVERNMENT)
    return may_approve(actor, case)


def extend(case_id: int, days: int, reason: str, *, actor: Actor, now: datetime) -> Extension:
    """Extend a case's statutory limit; the applicant is told the reasons in writing.

    The promise stays as it was published. Raises ForbiddenError (not the right head),
    ConflictError (second time, after the deadline, item allows none), InvalidError.
    """
    case = holding.of_case(case_id)
    refusal = why_not(case, actor, now)
    if refusal is not None:
        raise refusal
    clocks.refuse_backward(case.accepted_at, now)
    allowed = most(case)
    if allowed is None or not 1 <= days <= allowed.amount:
        said = Text(
            f"最多延长{allowed.text().zh if allowed else 0}。",
            f"It may be extended by {allowed.text().en if allowed else 0} at most.",
        )
        raise InvalidError(said, fields={"days": said})
    row = Extension(
        case_id=case.id,
        limit=str(Limit(days, allowed.unit)),
        reason=checked_reason(reason),
        department_code=case.lead_code,
        approved_at=now,
        approved_by=actor.person_id,
        notice_number="",
    )
    db.session().add(row)
    duetimes.recompute(case, bundle(case.version_id), "limit-extended", actor=actor, now=now)
    _tell(case, row, actor, now)
    return row


def _tell(case: Case, row: Extension, actor: Actor, now: datetime) -> None:
    explained = clocks.explanation(case.due_facts.get(duetimes.STATUTORY) or {})
    content = documents.Content(
        facts=[
            (Text("事项", "Item"), bundle(case.version_id).item.title),
            (Text("延长", "Extended by"), parse_limit(row.limit).text()),
            (Text("理由", "Reasons"), Text(row.reason, row.reason)),
            (Text("延长后的法定期限", "Statutory limit now"), explained),
        ],
        paragraphs=[
            Text(
                "经本机关负责人批准，延长作出决定的期限（行政许可法第42条）。",
                "With the approval of the head, the time for the decision is extended "
                "(Licensing Law art. 42).",
            )
        ],
    )
    document = documents.issue(
        case, "extension", content, department=row.department_code, actor=actor, now=now
    )
    row.notice_number = document.number
    events.of_case(
        case,
        "limit-extended",
        actor,
        now,
        department=row.department_code,
        limit=row.limit,
        reason=row.reason,
        notice=document.number,
        statutory_due_at=case.statutory_due_at,
    )
    title = Text(f"延长期限：{case.subject}", f"Limit extended: {case.subject}")
    body = Text(
        f"办件{case.number}的办理期限延长。理由：{row.reason}。{explained.zh}。",
        f"The limit of case {case.number} was extended. Reasons: {row.reason}. {explained.en}.",
    )
    message = notices.Message("limit-extended", title, body, f"/case/{case.number}")
    notices.tell(case.applicant_id, message, case=case, now=now)
