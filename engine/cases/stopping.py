"""Stopping the clock as an act: a handler asks on a ground of the closed list, a head approves."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import select

from engine import clocks, db, events, holding, notices, people, stops
from engine.bpmn.grounds import GROUNDS, cause_of, ground_of
from engine.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from engine.models import Case, ClockStop
from engine.permissions import LEADER, Actor
from forms.text import Text

MAX_PLANNED: Final = 250  # working days: a year
MAX_REASON: Final = 1000
#: Whose approval counts as that of the agency's head (许可法 42): a setting, [design].
HEADS: Final = (LEADER, "head")
#: The kind of row, beside that of suspensions, and its name.
STOP: Final = "stop"
_NAME: Final = Text("停止计时", "stop of the clock")
_ACTIVE: Final = ("asked", "running")
_WORDS: Final = Text("请写明理由，2至1000字。", "Give the reasons, in 2 to 1000 characters.")


@dataclass(frozen=True)
class Asking:
    """A stop asked for: the ground's code, working days planned, and why."""

    ground: str
    planned_days: int
    reason: str


def require_staff(actor: Actor, case: Case) -> None:
    """Refuse the act unless the actor works in the case's lead department."""
    if actor.kind != "staff" or case.lead_code not in actor.departments:
        raise ForbiddenError(
            Text(
                "只有牵头部门的人员可以申请停止计时。",
                "Only staff of the lead department may ask to stop the clock.",
            )
        )


def may_approve(actor: Actor, case: Case) -> bool:
    """Say whether the actor is a head of the agency that answers for the case."""
    return actor.kind == "staff" and any(actor.holds(case.lead_code, role) for role in HEADS)


def require_head(actor: Actor, case: Case) -> None:
    """Refuse the act unless the actor is a head of the lead department."""
    if not may_approve(actor, case):
        raise ForbiddenError(
            Text(
                "须由牵头部门负责人批准。",
                "Only the head of the lead department may approve this.",
            )
        )


def require_running(case: Case) -> None:
    """Refuse the act unless the clock of the case is one that can be stopped or extended."""
    if case.accepted_at is None:
        raise ConflictError(
            Text("尚未受理，期限没有开始。", "Not accepted yet: no limit is running.")
        )
    if case.decided_at is not None or case.closed_at is not None:
        raise ConflictError(Text("这个办件已经决定。", "This case has been decided."))
    if case.suspended_at is not None:
        raise ConflictError(
            Text(
                "这个办件已中止，期限没有在走；请先恢复办理。",
                "This case is suspended and no limit runs; resume it first.",
            )
        )


def checked_reason(reason: str) -> str:
    """Return reasons without blanks around them. Raises InvalidError at the field ``reason``."""
    said = reason.strip()
    if not 2 <= len(said) <= MAX_REASON:
        raise InvalidError(_WORDS, fields={"reason": _WORDS})
    return said


def ask_stop(case_id: int, asking: Asking, *, actor: Actor, now: datetime) -> ClockStop:
    """Ask the head to stop the clock of a case; nothing stands still before the approval.

    Raises ForbiddenError, ConflictError (not accepted, decided, a stop is asked for or running),
    InvalidError (ground not lawful, days, reasons).
    """
    case = holding.of_case(case_id)
    require_staff(actor, case)
    require_running(case)
    _refuse_second(case)
    _check(asking)
    stop = ClockStop(
        case_id=case.id,
        ground=asking.ground,
        department_code=case.lead_code,
        state="asked",
        planned=f"{asking.planned_days}wd",
        reason=checked_reason(asking.reason),
        asked_at=now,
        asked_by=actor.person_id,
    )
    db.session().add(stop)
    events.of_case(
        case,
        "clock-stop-asked",
        actor,
        now,
        department=case.lead_code,
        ground=stop.ground,
        planned=stop.planned,
        reason=stop.reason,
    )
    tell_heads(case, "clock-stop-asked", _NAME, stop.reason, now)
    db.session().flush()
    return stop


def _refuse_second(case: Case) -> None:
    query = select(ClockStop.id).where(
        ClockStop.case_id == case.id,
        ClockStop.element.is_(None),
        ClockStop.kind == STOP,
        ClockStop.state.in_(_ACTIVE),
    )
    if db.session().scalar(query) is not None:
        raise ConflictError(
            Text(
                "已有一项停止计时正在申请或进行。",
                "A stop has been asked for or is running already.",
            )
        )


def _check(asking: Asking) -> None:
    problems: dict[str, Text] = {}
    if ground_of(asking.ground) is None:
        problems["ground"] = Text(
            "请选择法定事由，或写明本事项的条款。",
            "Choose a legal ground, or name the item's own article.",
        )
    if not 1 <= asking.planned_days <= MAX_PLANNED:
        problems["planned_days"] = Text(
            f"请写1至{MAX_PLANNED}个工作日。", f"Write 1 to {MAX_PLANNED} working days."
        )
    if not 2 <= len(asking.reason.strip()) <= MAX_REASON:
        problems["reason"] = _WORDS
    if problems:
        raise InvalidError(
            Text("请更正下列各项，尚未提交。", "Please correct the points below."), fields=problems
        )


def tell_heads(case: Case, kind: str, name: Text, reason: str, now: datetime) -> None:
    """Tell the heads of a case's department that something waits for their approval."""
    heads = [person for role in HEADS for person in people.holders(case.lead_code, role)]
    title = Text(f"待批准{name.zh}：{case.subject}", f"A {name.en} to approve: {case.subject}")
    body = Text(
        f"办件{case.number}申请{name.zh}。理由：{reason}",
        f"A {name.en} is asked for in case {case.number}. Reasons: {reason}",
    )
    message = notices.Message(kind, title, body, f"/cases/{case.number}#clock")
    notices.tell_all(heads, message, case=case, now=now)


def held(stop_id: int, kind: str, name: Text, wanted: str) -> tuple[Case, ClockStop]:
    """Find what staff asked for, a stop or a suspension, and lock its case.

    Raises NotFoundError for none of this kind, ConflictError unless it is in that state.
    """
    session = db.session()
    row = session.get(ClockStop, stop_id)
    if row is None or row.element is not None or row.kind != kind:
        raise NotFoundError(Text(f"没有找到这项{name.zh}。", f"No such {name.en} was found."))
    case = holding.of_case(row.case_id)
    session.refresh(row)
    if row.state != wanted:
        raise ConflictError(
            Text(f"这项{name.zh}的状态已经变化。", f"This {name.en} has changed meanwhile.")
        )
    return case, row


def decidable(stop_id: int, kind: str, name: Text, actor: Actor) -> tuple[Case, ClockStop]:
    """Return what waits for a head, for a head who has not asked for it. Raises as ``held``."""
    case, row = held(stop_id, kind, name, "asked")
    require_head(actor, case)
    if row.asked_by == actor.person_id:
        raise ForbiddenError(
            Text("申请人不能批准自己的申请。", "Who asked for it may not approve it.")
        )
    return case, row


def approve_stop(stop_id: int, *, actor: Actor, now: datetime) -> ClockStop:
    """Approve a stop: the clock stands still from now, and the applicant gets the notice.

    Raises ForbiddenError (not the head, or the one who asked), ConflictError, NotFoundError.
    """
    case, stop = decidable(stop_id, STOP, _NAME, actor)
    require_running(case)
    clocks.refuse_backward(stop.asked_at, now)
    stop.decided_at, stop.decided_by = now, actor.person_id
    stops.start(case, stop, Text(stop.reason, stop.reason), actor=actor, now=now)
    return stop


def refuse_stop(stop_id: int, *, actor: Actor, now: datetime) -> ClockStop:
    """Refuse a stop that was asked for: the clock runs on. Raises as ``approve_stop``."""
    case, stop = decidable(stop_id, STOP, _NAME, actor)
    stop.state, stop.decided_at, stop.decided_by = "refused", now, actor.person_id
    events.of_case(
        case, "clock-stop-refused", actor, now, department=case.lead_code, ground=stop.ground
    )
    return stop


def end_stop(stop_id: int, *, actor: Actor, now: datetime) -> ClockStop:
    """End a stop before its planned end. Raises ForbiddenError, ConflictError, NotFoundError."""
    case, stop = held(stop_id, STOP, _NAME, "running")
    require_staff(actor, case)
    clocks.refuse_backward(stop.started_at, now)
    stops.finish(case, stop, actor=actor, now=now)
    return stop


def of_case(case: Case) -> Sequence[ClockStop]:
    """Return the stops of a case, oldest first."""
    query = select(ClockStop).where(ClockStop.case_id == case.id).order_by(ClockStop.id)
    return list(db.session().scalars(query))


def choices() -> list[tuple[str, Text]]:
    """Return the grounds that people may choose from: code and words."""
    return [(ground.code, ground.text) for ground in GROUNDS.values()]


def name_of(code: str) -> Text:
    """Name a ground and its article."""
    ground = cause_of(code)
    return ground.text if ground else Text(code, code)
