"""What comes about by itself when a time has passed.

Deemed acceptance and the warning before it, the end of a stop, the reminder of the applicant and
the end of their time to correct, and the grant by silence where the item's law says so.
"""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import or_, select

from engine import clocks, db, documents, duetimes, events, holding, notices, people, stops
from engine.cases import silence
from engine.cases.life import DEEMED
from engine.cases.stopping import HEADS
from engine.definitions import bundle
from engine.models import Case, ClockStop, Correction
from engine.permissions import SYSTEM
from forms.text import Text

BATCH: Final = 20


def lapse(now: datetime, limit: int = BATCH) -> int:
    """Let everything lapse whose time has come, in the open transaction; return how much.

    Cases that somebody else holds are passed over until the next look.
    """
    looks = (_deem, _warn, _stops, _remind, _end_time_to_correct, _grant)
    return sum(look(now, limit) for look in looks)


def _due(column: Any, now: datetime, limit: int) -> list[Case]:
    """Hold the cases of which something falls due; what is suspended waits."""
    query = (
        select(Case.id)
        .where(column <= now, Case.suspended_at.is_(None))
        .order_by(column, Case.id)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    return [holding.of_case(case_id) for case_id in list(db.session().scalars(query))]


def _deem(now: datetime, limit: int) -> int:
    found = _due(Case.receipt_due_at, now, limit)
    for case in found:
        deem_accepted(case, now)
    return len(found)


def _warn(now: datetime, limit: int) -> int:
    """Warn the unit on the last day before an application counts as accepted."""
    found = _due(Case.receipt_warn_at, now, limit)
    for case in found:
        case.receipt_warn_at = None
        if case.receipt_due_at is not None and case.accepted_at is None:
            silence.warn_of_acceptance(case, case.receipt_due_at, now)
    return len(found)


def _grant(now: datetime, limit: int) -> int:
    found = _due(Case.tacit_due_at, now, limit)
    for case in found:
        silence.grant(case, now)
    return len(found)


def _notices(column: Any, now: datetime, limit: int) -> list[tuple[Case, Correction]]:
    """Hold the cases with a correction notice of which something falls due."""
    query = (
        select(Correction)
        .join(Case, Case.id == Correction.case_id)
        .where(column <= now, Case.suspended_at.is_(None))
        .order_by(column)
        .limit(limit)
        .with_for_update(of=Case, skip_locked=True)
    )
    found = []
    for correction in list(db.session().scalars(query)):
        case = holding.of_case(correction.case_id)
        db.session().refresh(correction)
        found.append((case, correction))
    return found


def _remind(now: datetime, limit: int) -> int:
    found = _notices(Correction.remind_at, now, limit)
    for case, correction in found:
        correction.remind_at = None
        if correction.lapse_at is not None and correction.answered_at is None:
            silence.remind_to_correct(case, correction.lapse_at, now)
    return len(found)


def _end_time_to_correct(now: datetime, limit: int) -> int:
    found = _notices(Correction.lapse_at, now, limit)
    for case, correction in found:
        correction.remind_at = correction.lapse_at = None
        if correction.answered_at is None and case.closed_at is None:
            correction.lapsed_at = now
            silence.end_time_to_correct(case, now)
    return len(found)


def deem_accepted(case: Case, now: datetime) -> None:
    """Count a held case as accepted, as of the day its materials came in (许可法 32(1)(4)).

    Its diagram waits where it stood: the unit still has to pass it on, but may refuse no more.
    """
    due_at = case.receipt_due_at
    duetimes.end_receipt(case)
    if case.accepted_at is not None or case.decided_at is not None or due_at is None:
        return
    since = duetimes.receipt_since(case)
    case.accepted_at, case.status = since, "accepted"
    case.due_facts = {**case.due_facts, DEEMED: since.isoformat()}
    duetimes.begin(case, bundle(case.version_id))
    events.of_case(
        case,
        "case-deemed-accepted",
        SYSTEM,
        now,
        department=case.lead_code,
        as_of=since,
        receipt_due_at=due_at,
        statutory_due_at=case.statutory_due_at,
        promised_due_at=case.promised_due_at,
    )
    _tell_deemed(case, now)


def _tell_deemed(case: Case, now: datetime) -> None:
    facts = case.due_facts
    explained = clocks.explanation(facts.get("promised") or facts.get("statutory") or {})
    said = Text(
        "逾期未告知需要补正的内容，自收到申请材料之日起即为受理（行政许可法第32条）。",
        "No corrections were named in time: the application counts as accepted from the day it "
        "was received (Licensing Law art. 32).",
    )
    content = documents.Content(
        facts=[
            (Text("事项", "Item"), bundle(case.version_id).item.title),
            (Text("办结期限", "Due"), explained),
        ],
        paragraphs=[said],
    )
    documents.issue(case, "acceptance", content, department=case.lead_code, actor=SYSTEM, now=now)
    body = Text(
        f"办件{case.number}：{said.zh}{explained.zh}。",
        f"Case {case.number}: {said.en} {explained.en}.",
    )
    title = Text(f"视为受理：{case.subject}", f"Deemed accepted: {case.subject}")
    for_applicant = notices.Message("case-deemed-accepted", title, body, f"/case/{case.number}")
    notices.tell(case.applicant_id, for_applicant, case=case, now=now)
    for_unit = notices.Message("case-deemed-accepted", title, body, f"/cases/{case.number}")
    roles = {task.role for task in holding.open_tasks(case).values()} | set(HEADS)
    unit = [person for role in sorted(roles) for person in people.holders(case.lead_code, role)]
    notices.tell_all(unit, for_unit, case=case, now=now)


def _stops(now: datetime, limit: int) -> int:
    query = (
        select(ClockStop)
        .join(Case, Case.id == ClockStop.case_id)
        .where(
            ClockStop.state == "running",
            ClockStop.planned_end_at <= now,
            or_(ClockStop.element.is_(None), ClockStop.overrun_at.is_(None)),
        )
        .order_by(ClockStop.planned_end_at, ClockStop.id)
        .limit(limit)
        .with_for_update(of=Case, skip_locked=True)
    )
    found = list(db.session().scalars(query))
    for stop in found:
        case = holding.of_case(stop.case_id)
        db.session().refresh(stop)
        if stop.state != "running":
            continue
        if stop.element is None:
            stops.finish(case, stop, now=now)
        elif stop.overrun_at is None:
            _overrun(case, stop, now)
    return len(found)


def _overrun(case: Case, stop: ClockStop, now: datetime) -> None:
    """See that an activity stops the clock longer than was told; when it ends nobody knows now."""
    stop.overrun_at = now
    events.of_case(
        case,
        "clock-stop-overrun",
        SYSTEM,
        now,
        department=stop.department_code,
        element=stop.element,
        ground=stop.ground,
        planned_end_at=stop.planned_end_at,
    )
    title = Text(f"停止计时超过计划：{case.subject}", f"A stop lasts too long: {case.subject}")
    body = Text(
        f"办件{case.number}停止计时已超过计划时间，请尽快恢复或重新书面告知申请人。",
        f"The clock of case {case.number} stands still longer than planned. Bring it to an end, or "
        "tell the applicant anew.",
    )
    message = notices.Message("clock-stop-overrun", title, body, f"/cases/{case.number}#clock")
    heads = [person for role in HEADS for person in people.holders(stop.department_code, role)]
    notices.tell_all(heads, message, case=case, now=now)
    duetimes.recompute(case, bundle(case.version_id), "clock-stop-overrun", actor=SYSTEM, now=now)
