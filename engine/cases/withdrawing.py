"""撤回: the applicant takes an application back before it is decided, and signs for it.

Nobody of the staff can do it, alone or for the applicant (law.md 6): the signature is the
applicant's password, or the query code that only they were given.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from typing import Final

import orjson

from engine import clocks, db, documents, events, holding, notices, people
from engine.cases import ending
from engine.cases.finding import get, signed_with
from engine.cases.stopping import HEADS
from engine.definitions import bundle
from engine.errors import ConflictError, EngineError, ForbiddenError, InvalidError
from engine.models import Case, Task
from engine.permissions import SYSTEM, Actor
from forms.text import Text

MAX_REASON: Final = 1000
RESULT: Final = "withdrawn"
_WRONG: Final = Text(
    "签名不符：请填写登录密码，或本办件的查询码。",
    "That does not sign it: enter your password, or the query code of this case.",
)


@dataclass(frozen=True)
class Signed:
    """A withdrawal as its applicant signs it: with their password or the case's query code."""

    password: str = ""
    query_code: str = ""
    reason: str = ""


@dataclass(frozen=True)
class Proof:
    """A signature that was found right: of whom, for which case, and how it was made."""

    case_id: int
    person_id: int | None
    how: str
    reason: str


def why_not(case: Case, actor: Actor) -> EngineError | None:
    """Say why this actor may not withdraw this application now; None when they may."""
    if actor.kind != "applicant" or actor.person_id != case.applicant_id:
        return ForbiddenError(
            Text(
                "只有申请人本人可以撤回申请，工作人员不能代为撤回。",
                "Only the applicant may withdraw an application; staff cannot do it for them.",
            )
        )
    if case.decided_at is not None:
        return ConflictError(
            Text(
                "已经作出决定，不能再撤回申请。如不服决定，请按决定书写明的途径办理。",
                "The decision has been made, so the application can no longer be withdrawn. The "
                "decision names the remedies.",
            )
        )
    if case.closed_at is not None:
        return ConflictError(Text("这个办件已经办结。", "This case is closed already."))
    return None


def prove(case_id: int, signed: Signed, *, actor: Actor, now: datetime) -> Proof:
    """Check the applicant's signature under a withdrawal.

    Call it outside of another transaction: a wrong one is counted, like a wrong login. Raises
    InvalidError at ``signature`` or ``reason``, ForbiddenError after too many wrong tries, and what
    ``withdraw`` would raise at once.
    """
    if len(signed.reason) > MAX_REASON:
        said = Text(f"理由最多{MAX_REASON}字。", f"At most {MAX_REASON} characters.")
        raise InvalidError(said, fields={"reason": said})
    guessed = f"withdraw:{actor.person_id}"
    with db.transaction():
        if (refusal := why_not(get(case_id), actor)) is not None:
            raise refusal
        if not signed.password and not signed.query_code:  # nothing was tried
            raise InvalidError(_WRONG, fields={"signature": _WRONG})
        people.refuse_guessing(guessed, now=now)
        how = _how(case_id, signed, actor)
        if how:
            return Proof(case_id, actor.person_id, how, signed.reason.strip())
        people.note_failure(guessed, now=now)
    raise InvalidError(_WRONG, fields={"signature": _WRONG})


def _how(case_id: int, signed: Signed, actor: Actor) -> str:
    if signed.query_code and signed_with(case_id, signed.query_code):
        return "query-code"
    return "password" if signed.password and people.proves(actor, signed.password) else ""


def withdraw(proof: Proof, *, actor: Actor, now: datetime) -> Case:
    """Withdraw an application: the case ends ``withdrawn``, its materials stay on record.

    Raises ForbiddenError (not its applicant, or signed by another), ConflictError (decided or
    closed already).
    """
    case = holding.of_case(proof.case_id)
    refusal = why_not(case, actor)
    if refusal is None and proof.person_id != actor.person_id:
        refusal = ForbiddenError(_WRONG)
    if refusal is not None:
        raise refusal
    clocks.refuse_backward(case.received_at, now)
    _withdraw(case, proof.reason, proof.how, actor, now)
    return case


def _withdraw(case: Case, reason: str, how: str, actor: Actor, now: datetime) -> None:
    was = case.status
    left = _days_left(case, now)
    _issue(case, reason, actor, now)
    # What supervision asks of a withdrawal (D7): who, how signed, how near to the limit.
    content = [case.number, actor.person_id, reason, how, now.isoformat()]
    events.of_case(
        case,
        "case-withdrawn",
        actor,
        now,
        reason=reason,
        signed=how,
        content=hashlib.sha256(orjson.dumps(content)).hexdigest(),
        status=was,
        days_left=left,
        item=case.item_code,
        applicant=case.applicant_id,
    )
    tasks = ending.close(case, RESULT, actor=actor, now=now)
    _tell_staff(case, tasks, reason, now)


def _days_left(case: Case, now: datetime) -> int | None:
    """Count the working days that were left of the limit; negative when it had passed."""
    due = case.promised_due_at or case.statutory_due_at or case.receipt_due_at
    return clocks.workdays_left(due, now) if due is not None else None


def _issue(case: Case, reason: str, actor: Actor, now: datetime) -> None:
    facts = [(Text("事项", "Item"), bundle(case.version_id).item.title)]
    if reason:
        facts.append((Text("理由", "Reasons"), Text(reason, reason)))
    said = Text(
        "根据您的申请，本件在作出决定前撤回，办理终止。已交材料留存备查，您可以重新申请。",
        "At your request the application was withdrawn before a decision, and its handling has "
        "ended. The materials stay on record; you may apply anew.",
    )
    content = documents.Content(facts=facts, paragraphs=[said])
    documents.issue(case, "withdrawal", content, department=case.lead_code, actor=SYSTEM, now=now)
    title = Text(f"已撤回申请：{case.subject}", f"Application withdrawn: {case.subject}")
    message = notices.Message("case-withdrawn", title, said, f"/case/{case.number}")
    notices.tell(actor.person_id or 0, message, case=case, now=now)


def _tell_staff(case: Case, tasks: list[Task], reason: str, now: datetime) -> None:
    title = Text(f"申请人撤回申请：{case.subject}", f"Application withdrawn: {case.subject}")
    zh, en = (f"理由：{reason}", f" Reasons: {reason}") if reason else ("", "")
    body = Text(
        f"办件{case.number}的申请人已签名撤回申请，待办已取消。{zh}",
        f"The applicant of case {case.number} has withdrawn it and signed for it; its tasks are "
        f"cancelled.{en}",
    )
    message = notices.Message("case-withdrawn", title, body, f"/cases/{case.number}")
    posts = {(task.department_code, task.role) for task in tasks if task.department_code}
    posts |= {(case.lead_code, role) for role in HEADS}
    unit = [person for post in sorted(posts, key=str) for person in people.holders(*post)]
    notices.tell_all(unit, message, case=case, now=now)
