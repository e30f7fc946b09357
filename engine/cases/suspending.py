"""中止: the whole procedure stands still for a dispute or suit about the application.

Staff ask, a head approves, and the applicant gets the written notice in the same act. Until it is
resumed nobody completes a task of the case, no timer of its diagram goes off, and no clock runs:
not the case's, nor that of a step, a co-handler or the applicant (取水条例18 and the like).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from engine import clocks, db, documents, duetimes, events, holding, notices, people, postbox
from engine.bpmn.grounds import SUSPENSIONS, cause_of
from engine.bpmn.language import is_working_duration
from engine.cases.stopping import (
    MAX_REASON,
    checked_reason,
    decidable,
    held,
    require_staff,
    tell_heads,
)
from engine.clock import civil_date
from engine.definitions import Bundle, bundle, bundle_of
from engine.duetimes import SUSPENSION
from engine.errors import ConflictError, InvalidError
from engine.models import Case, ClockStop, Person, Timer
from engine.permissions import Actor
from forms.text import Text, dated

MAX_ARTICLE: Final = 60
_NAME: Final = Text("中止", "suspension")
_WORDS: Final = Text("请写明理由，2至1000字。", "Give the reasons, in 2 to 1000 characters.")


@dataclass(frozen=True)
class Asking:
    """A suspension asked for: ``dispute`` or ``suit``, the item's article, and what it is about."""

    cause: str
    article: str
    reason: str


def article_of(case: Case) -> str:
    """Return the article by which the item provides for a suspension; empty where it names none."""
    return bundle(case.version_id).process.properties.get("suspension", "")


def ask(case_id: int, asking: Asking, *, actor: Actor, now: datetime) -> ClockStop:
    """Ask the head to suspend a case; nothing stands still before the approval.

    Raises ForbiddenError, ConflictError (decided, or asked for already), InvalidError by field.
    """
    case = holding.of_case(case_id)
    require_staff(actor, case)
    _require_undecided(case)
    if running(case) is not None or asked(case) is not None:
        raise ConflictError(
            Text("已有中止正在申请或进行。", "A suspension has been asked for or is in force.")
        )
    _check(asking)
    row = ClockStop(
        case_id=case.id,
        kind=SUSPENSION,
        ground=f"{asking.cause}:{asking.article.strip()}",
        department_code=case.lead_code,
        state="asked",
        reason=checked_reason(asking.reason),
        asked_at=now,
        asked_by=actor.person_id,
    )
    db.session().add(row)
    _record(case, row, "suspension-asked", actor, now, reason=row.reason)
    tell_heads(case, "suspension-asked", _NAME, row.reason, now)
    db.session().flush()
    return row


def _require_undecided(case: Case) -> None:
    if case.decided_at is not None or case.closed_at is not None:
        raise ConflictError(
            Text(
                "这个办件已经决定或办结，不能中止。",
                "This case has been decided or closed: it cannot be suspended.",
            )
        )


def _check(asking: Asking) -> None:
    problems: dict[str, Text] = {}
    if asking.cause not in SUSPENSIONS:
        problems["cause"] = Text("请选择争议或诉讼。", "Choose whether it is a dispute or a suit.")
    if not 2 <= len(asking.article.strip()) <= MAX_ARTICLE:
        problems["article"] = Text(
            "请写明依据的条款，如“取水条例18”。", "Name the article, such as 取水条例18."
        )
    if not 2 <= len(asking.reason.strip()) <= MAX_REASON:
        problems["reason"] = _WORDS
    if problems:
        raise InvalidError(
            Text("请更正下列各项，尚未提交。", "Please correct the points below."), fields=problems
        )


def _find(case: Case, state: str) -> ClockStop | None:
    query = select(ClockStop).where(
        ClockStop.case_id == case.id, ClockStop.kind == SUSPENSION, ClockStop.state == state
    )
    return db.session().scalar(query)


def running(case: Case) -> ClockStop | None:
    """Return the suspension in force, if there is one."""
    return _find(case, "running") if case.suspended_at is not None else None


def asked(case: Case) -> ClockStop | None:
    """Return the suspension that waits for the head, if there is one."""
    return _find(case, "asked")


def _decidable(suspension_id: int, actor: Actor, now: datetime) -> tuple[Case, ClockStop]:
    case, row = decidable(suspension_id, SUSPENSION, _NAME, actor)
    clocks.refuse_backward(row.asked_at, now)
    return case, row


def approve(suspension_id: int, *, actor: Actor, now: datetime) -> ClockStop:
    """Suspend a case: everything stands still from now, and the applicant is told in writing.

    Raises ForbiddenError (not the head, or the one who asked), ConflictError, NotFoundError.
    """
    case, row = _decidable(suspension_id, actor, now)
    _require_undecided(case)
    row.state, row.started_at = "running", now
    row.decided_at, row.decided_by = now, actor.person_id
    case.suspended_at = now
    case.due_facts = {**case.due_facts, SUSPENSION: True}  # its clocks ask for their stops
    postbox.hold(case)
    said = Text(
        "因与本申请有关的争议或诉讼尚未解决，依法中止办理。中止期间各项期限停止计算；"
        "原因消除后恢复办理，届时另行书面通知。",
        "A dispute or suit about this application is not settled, so its handling is suspended by "
        "law. No limit runs meanwhile; you will be told in writing when it is resumed.",
    )
    content = documents.Content(facts=_facts(case, row), paragraphs=[said])
    document = documents.issue(
        case, SUSPENSION, content, department=row.department_code, actor=actor, now=now
    )
    row.notice_number = document.number
    _record(case, row, "case-suspended", actor, now, reason=row.reason, notice=document.number)
    duetimes.recompute(case, bundle(case.version_id), "case-suspended", actor=actor, now=now)
    _tell(case, "case-suspended", Text("中止办理", "Suspended"), said, now)
    return row


def _facts(case: Case, row: ClockStop) -> list[tuple[Text, Text]]:
    cause = cause_of(row.ground)
    return [
        (Text("事项", "Item"), bundle(case.version_id).item.title),
        (Text("依据", "Legal ground"), cause.text if cause else Text(row.ground, row.ground)),
        (Text("事由", "Reason"), Text(row.reason, row.reason)),
    ]


def refuse(suspension_id: int, *, actor: Actor, now: datetime) -> ClockStop:
    """Refuse a suspension that was asked for: the case goes on. Raises as ``approve``."""
    case, row = _decidable(suspension_id, actor, now)
    row.state, row.decided_at, row.decided_by = "refused", now, actor.person_id
    _record(case, row, "suspension-refused", actor, now)
    return row


def resume(suspension_id: int, reason: str, *, actor: Actor, now: datetime) -> ClockStop:
    """Let a suspended case go on, with the reason; every due time is computed anew.

    The days of the suspension are counted nowhere, timers go off that much later, and what was
    said to the case meanwhile reaches it. Raises
    ForbiddenError, ConflictError, NotFoundError, InvalidError at ``reason``.
    """
    case, row = held(suspension_id, SUSPENSION, _NAME, "running")
    require_staff(actor, case)
    clocks.refuse_backward(row.started_at, now)
    end(case, row, checked_reason(reason), actor=actor, now=now)
    of = bundle(case.version_id)
    duetimes.recompute(case, of, "case-resumed", actor=actor, now=now)
    explained = explained_due(case)
    facts = [
        *_facts(case, row)[:2],
        (Text("恢复的理由", "Why it goes on"), Text(row.end_reason, row.end_reason)),
        (Text("中止期间", "Suspended"), _span(row, now)),
    ]
    if explained.zh:
        facts.append((Text("办结期限", "Due"), explained))
    said = Text(
        "中止的原因已经消除，恢复办理，期限继续计算。",
        "The reason for the suspension has gone; the case and its limits go on.",
    )
    content = documents.Content(facts=facts, paragraphs=[said])
    document = documents.issue(
        case, "resumption", content, department=row.department_code, actor=actor, now=now
    )
    _record(case, row, "case-resumed", actor, now, reason=row.end_reason, notice=document.number)
    body = Text(
        said.zh + (f"{explained.zh}。" if explained.zh else ""),
        said.en + (f" {explained.en}." if explained.en else ""),
    )
    _tell(case, "case-resumed", Text("恢复办理", "Resumed"), body, now)
    return row


def end(case: Case, row: ClockStop, reason: str, *, actor: Actor, now: datetime) -> None:
    """End a suspension of a held case; timers have left what they had left when it began."""
    row.state, row.ended_at, row.ended_by, row.end_reason = "ended", now, actor.person_id, reason
    started, case.suspended_at = row.started_at or now, None
    postbox.release(case, now=now)
    of = bundle_of(case)
    for timer in db.session().scalars(select(Timer).where(Timer.case_id == case.id)):
        lasted = _later(of, timer, started, now) - timer.due_at
        timer.due_at += lasted
        timer.held_seconds = (timer.held_seconds or 0) + round(lasted.total_seconds())
    db.known().pop(("timers", case.id), None)


def _later(of: Bundle, timer: Timer, since: datetime, now: datetime) -> datetime:
    """Return when a timer is due that stood still: what it had left is left to it now.

    Working days and hours are counted as a limit counts them, from the day of the suspension to
    the day on which it ended; any other timer is as much later as it lasted.
    """
    node = of.node(timer.element)
    drawn = [event.expression or "" for event in node.events] if node is not None else []
    if timer.due_at <= since or not any(map(is_working_duration, drawn)):
        return timer.due_at + (now - since)
    return clocks.stood_still(timer.due_at, since, now)


def explained_due(case: Case) -> Text:
    """Explain the due time that binds a case now: of its receipt, promise or statute."""
    facts = case.due_facts
    return clocks.explanation(
        facts.get(duetimes.PROMISED)
        or facts.get(duetimes.STATUTORY)
        or facts.get(duetimes.RECEIPT)
        or {}
    )


def _span(row: ClockStop, now: datetime) -> Text:
    first, last = civil_date(row.started_at or now), civil_date(now)
    return Text(
        f"{dated(first).zh}至{dated(last).zh}",
        f"{dated(first).en} to {dated(last).en}",
    )


def _record(
    case: Case, row: ClockStop, kind: str, actor: Actor, now: datetime, **data: str
) -> None:
    events.of_case(
        case, kind, actor, now, department=row.department_code, ground=row.ground, **data
    )


def _tell(case: Case, kind: str, title: Text, body: Text, now: datetime) -> None:
    heading = Text(f"{title.zh}：{case.subject}", f"{title.en}: {case.subject}")
    text_ = Text(f"办件{case.number}：{body.zh}", f"Case {case.number}: {body.en}")
    message = notices.Message(kind, heading, text_, f"/case/{case.number}")
    notices.tell(case.applicant_id, message, case=case, now=now)
    unit = [p for t in holding.open_tasks(case).values() for p in _doers(t)]
    for_staff = notices.Message(kind, heading, text_, f"/cases/{case.number}#clock")
    notices.tell_all(unit, for_staff, case=case, now=now)


def _doers(task: holding.OpenTask) -> list[Person]:
    return people.holders(task.department_code, task.role) if task.department_code else []
