"""Stops of the clock: begun and ended with their notice, whoever causes them.

``follow`` is for the diagram: the clock stands still while a token is inside an activity that says
``clock=stop``. ``start`` and ``finish`` carry out what was approved.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import select

from engine import clocks, db, documents, duetimes, events, notices
from engine.bpmn.grounds import ground_of
from engine.definitions import Bundle, bundle
from engine.models import Case, ClockStop
from engine.permissions import SYSTEM, Actor
from engine.runtime import TraceEntry
from forms.text import Text, dated

UNKNOWN = Text("至该环节办结", "until that step is done")


def follow(
    case: Case, of: Bundle, trace: Iterable[TraceEntry], *, actor: Actor, now: datetime
) -> None:
    """Start and end stops as tokens enter and leave the activities that stop the clock."""
    if not of.stopping or case.accepted_at is None:
        return
    moves: Counter[str] = Counter()
    for entry in trace:
        if entry.element in of.stopping:
            moves[entry.element] += 1 if entry.event == "entered" else -1
    for element, change in moves.items():
        if change:
            _moved(case, of, element, change, actor, now)


def _moved(case: Case, of: Bundle, element: str, change: int, actor: Actor, now: datetime) -> None:
    query = select(ClockStop).where(
        ClockStop.case_id == case.id, ClockStop.element == element, ClockStop.state == "running"
    )
    stop = db.session().scalar(query)
    if stop is not None:
        stop.tokens += change
        if stop.tokens <= 0:
            finish(case, stop, actor=actor, now=now)
    elif change > 0 and case.decided_at is None:
        node = of.stopping[element]
        stop = ClockStop(
            case_id=case.id,
            element=element,
            ground=node.properties.get("ground", ""),
            department_code=case.lead_code,
            planned=node.properties.get("limit") or None,
            tokens=change,
            asked_at=now,
        )
        db.session().add(stop)
        start(case, stop, node.name, actor=actor, now=now)


def start(case: Case, stop: ClockStop, why: Text, *, actor: Actor, now: datetime) -> None:
    """Stop the clock of a held case; the applicant gets the notice art. 45 asks for."""
    stop.state, stop.started_at = "running", now
    if stop.planned:
        stop.planned_end_at = clocks.due(now, stop.planned).at
    needed, ground = _needed(stop), ground_of(stop.ground)
    named = ground.text if ground else Text(stop.ground, stop.ground)
    content = _notice(case, named, why, needed)
    document = documents.issue(
        case, "clock-stop", content, department=stop.department_code, actor=actor, now=now
    )
    stop.notice_number = document.number
    events.of_case(
        case,
        "clock-stopped",
        actor,
        now,
        department=stop.department_code,
        element=stop.element,
        ground=stop.ground,
        planned=stop.planned,
        planned_end_at=stop.planned_end_at,
        notice=document.number,
    )
    _tell(case, needed, named, now)
    duetimes.recompute(case, bundle(case.version_id), "clock-stopped", actor=actor, now=now)


def _notice(case: Case, named: Text, why: Text, needed: Text) -> documents.Content:
    return documents.Content(
        facts=[
            (Text("事项", "Item"), bundle(case.version_id).item.title),
            (Text("依据", "Legal ground"), named),
            (Text("事由", "Reason"), why),
            (Text("所需时间", "Time needed"), needed),
        ],
        paragraphs=[
            Text(
                "下列时间依法不计算在办理期限内。结束后继续计时，新的期限可在办件页面查看。",
                "By law the time below is not counted in the limit. The clock goes on when it "
                "ends; the new due time stands on the page of the case.",
            )
        ],
    )


def _needed(stop: ClockStop) -> Text:
    if stop.planned is None or stop.planned_end_at is None:
        return UNKNOWN
    length, on = clocks.length(stop.planned), clocks.last_day(stop.planned_end_at)
    return Text(
        f"{length.zh}，预计至{dated(on).zh}",
        f"{length.en}, expected until {dated(on).en}",
    )


def _tell(case: Case, needed: Text, named: Text, now: datetime) -> None:
    title = Text(f"停止计时：{case.subject}", f"Time not counted: {case.subject}")
    body = Text(
        f"办件{case.number}停止计时（{named.zh}），所需时间：{needed.zh}。",
        f"The clock of case {case.number} stands still ({named.en}). Time needed: {needed.en}.",
    )
    message = notices.Message("clock-stopped", title, body, f"/case/{case.number}")
    notices.tell(case.applicant_id, message, case=case, now=now)


def finish(case: Case, stop: ClockStop, *, actor: Actor = SYSTEM, now: datetime) -> None:
    """Let the clock of a held case go on; due times are computed from when it really stood."""
    planned = stop.planned_end_at
    late = planned is not None and now >= planned
    # Only what was told to the applicant is not counted, where the staff had asked for it.
    if stop.element is None and late and planned is not None:
        stop.ended_at = planned
    else:
        stop.ended_at = now
        stop.overrun_at = stop.overrun_at or (now if late else None)
    stop.state = "ended"
    events.of_case(
        case,
        "clock-resumed",
        actor,
        now,
        department=stop.department_code,
        element=stop.element,
        ground=stop.ground,
        ended_at=stop.ended_at,
        overrun=stop.overrun_at is not None,
    )
    title = Text(f"恢复计时：{case.subject}", f"The clock goes on: {case.subject}")
    duetimes.recompute(case, bundle(case.version_id), "clock-resumed", actor=actor, now=now)
    explained = clocks.explanation(
        case.due_facts.get(duetimes.PROMISED) or case.due_facts.get(duetimes.STATUTORY) or {}
    )
    body = Text(
        f"办件{case.number}恢复计时。{explained.zh}。",
        f"The clock of case {case.number} goes on. {explained.en}.",
    )
    message = notices.Message("clock-resumed", title, body, f"/case/{case.number}")
    notices.tell(case.applicant_id, message, case=case, now=now)
