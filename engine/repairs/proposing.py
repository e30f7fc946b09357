"""Repairs of cases: tried, proposed by one administrator, approved and carried out by another."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, NoReturn

from sqlalchemy import select

from engine import db, events, holding, notices, paging, people
from engine.errors import ConflictError, ForbiddenError, InvalidError, NotFoundError
from engine.models import Case, Repair
from engine.paging import Key, Order, Page
from engine.permissions import ADMIN, SUPERVISOR, Actor, no_such_case, require_role
from engine.repairs import mending, outlook
from engine.repairs.mending import ACTS, Changed, Deed, Mend
from engine.repairs.outlook import Line
from forms.text import Text

PER_PAGE = 25
STATES: Final[Mapping[str, Text]] = {
    "open": Text("待另一名管理员批准", "waits for another administrator"),
    "done": Text("已实施", "carried out"),
    "refused": Text("未批准", "refused"),
    "withdrawn": Text("已撤回", "withdrawn"),
}
CHANGED = Text(
    "办件在预览之后已有变化，没有实施。请重新预览后再提出。",
    "The case has changed since the preview, so nothing was done. Preview and propose anew.",
)
_NEWEST: Final = Order(Key(Repair.id, lambda row: row.id, paging.number), descending=True)


@dataclass(frozen=True)
class Preview:
    """What a repair would do, and the mark of the case for which that holds."""

    mend: Mend
    lines: list[Line]
    changed: list[Changed]
    seen: str


class _UndoError(Exception):
    """Ends the transaction of a preview, so that nothing of it stays."""


def preview(case_id: int, mend: Mend, *, actor: Actor, now: datetime) -> Preview:
    """Carry a repair out in a transaction of its own that is rolled back; tell what it did.

    Call it outside of a transaction. Raises ForbiddenError unless the actor is an admin, and
    whatever the repair itself raises.
    """
    require_role(actor, ADMIN)
    seen: list[Preview] = []
    try:
        with db.transaction():
            seen.append(_try(holding.of_case(case_id), mend, actor, now, ""))
            _undo()
    except _UndoError:
        return seen[0]


def _undo() -> NoReturn:
    raise _UndoError


def _try(case: Case, mend: Mend, actor: Actor, now: datetime, reason: str) -> Preview:
    """Carry a repair out on a held case, and tell what it does."""
    if mend.act not in ACTS:
        raise mending.invalid("act", Text("请选择一种修复。", "Choose what to do."))
    before = outlook.standing(case)
    changed = mending.carry_out(Deed(case, mend, actor, now, reason))
    after = outlook.standing(case)
    return Preview(mend, outlook.difference(case, before, after, changed), changed, before.mark)


def propose(found: Preview, case_id: int, reason: str, *, actor: Actor, now: datetime) -> Repair:
    """Put a repair that was previewed to the other administrators, with the reason.

    Raises InvalidError without a reason, ConflictError when the case has changed since.
    """
    require_role(actor, ADMIN)
    case = holding.of_case(case_id)
    words = mending.checked_reason(reason)
    if outlook.standing(case).mark != found.seen:
        raise ConflictError(CHANGED)
    repair = Repair(
        case_id=case.id,
        act=found.mend.act,
        given={**asdict(found.mend), "answers": dict(found.mend.answers)},
        reason=words,
        state="open",
        seen=found.seen,
        preview=outlook.stored(found.lines),
        happened=[],
        changed=[_stored(one) for one in found.changed],
        proposed_at=now,
        proposed_by=actor.person_id,
    )
    db.session().add(repair)
    db.session().flush()
    events.of_case(case, "repair-proposed", actor, now, **_facts(repair))
    others = [one for one in people.with_role(ADMIN) if one.id != actor.person_id]
    notices.tell_all(others, _asked(case, repair), case=case, now=now)
    return repair


def refuse_other(found: Preview, mark: str) -> None:
    """Raise ConflictError when a preview is not the one that somebody was shown."""
    if found.seen != mark:
        raise ConflictError(CHANGED)


def _facts(repair: Repair) -> dict[str, Any]:
    return {"repair": repair.id, "act": repair.act, "reason": repair.reason}


def _stored(one: Changed) -> dict[str, Any]:
    label = {"zh": one.label.zh, "en": one.label.en}
    return {"key": one.key, **label, "before": one.before, "after": one.after}


def approve(repair_id: int, *, actor: Actor, now: datetime) -> Repair:
    """Approve another administrator's proposal and carry it out, in the open transaction.

    Supervisors are told. Raises ForbiddenError for the proposer, ConflictError when it was decided
    already or the case has changed since the preview, and whatever the repair raises.
    """
    repair, case = _to_decide(repair_id, actor)
    if repair.proposed_by == actor.person_id:
        raise ForbiddenError(
            Text(
                "自己提出的修复须由另一名管理员批准。",
                "Your own proposal must be approved by another administrator.",
            )
        )
    if outlook.standing(case).mark != repair.seen:
        raise ConflictError(CHANGED)
    done = _try(case, Mend(**repair.given), actor, now, repair.reason)
    repair.state, repair.decided_at, repair.decided_by = "done", now, actor.person_id
    repair.happened = outlook.stored(done.lines)
    repair.changed = [_stored(one) for one in done.changed]
    events.of_case(
        case,
        "case-repaired",
        actor,
        now,
        proposed_by=repair.proposer.name,
        lines=[line.text.zh for line in done.lines],
        **_facts(repair),
    )
    notices.tell_all(people.with_role(SUPERVISOR), _told(case, repair), case=case, now=now)
    notices.tell(repair.proposed_by, _decided(case, repair), case=case, now=now)
    return repair


def refuse(repair_id: int, why: str, *, actor: Actor, now: datetime) -> Repair:
    """Refuse a proposal with a reason; its proposer thereby takes it back.

    Raises InvalidError without a reason, ConflictError when it was decided already.
    """
    repair, case = _to_decide(repair_id, actor)
    words = mending.checked_reason(why)
    own = repair.proposed_by == actor.person_id
    repair.state = "withdrawn" if own else "refused"
    repair.decided_at, repair.decided_by, repair.decision = now, actor.person_id, words
    facts = {**_facts(repair), "reason": words}
    events.of_case(case, f"repair-{repair.state}", actor, now, **facts)
    if not own:
        notices.tell(repair.proposed_by, _decided(case, repair), case=case, now=now)
    return repair


def _to_decide(repair_id: int, actor: Actor) -> tuple[Repair, Case]:
    """Find an open proposal and hold its case. Raises NotFoundError, ConflictError."""
    require_role(actor, ADMIN)
    repair = db.session().get(Repair, repair_id)
    if repair is None:
        raise no_such_repair()
    case = holding.of_case(repair.case_id)
    db.session().refresh(repair)
    if repair.state != "open":
        state = STATES[repair.state]
        raise ConflictError(
            Text(f"这项修复{state.zh}，不能再处理。", f"This repair is {state.en} already.")
        )
    return repair, case


def no_such_repair() -> NotFoundError:
    """Make the answer for a repair that is not there."""
    return NotFoundError(Text("没有这项修复。", "There is no such repair."))


def _asked(case: Case, repair: Repair) -> notices.Message:
    act = ACTS[repair.act]
    title = Text(f"待批准的修复：{case.subject}", f"A repair to approve: {case.subject}")
    body = Text(
        f"办件{case.number}：{act.zh}。理由：{repair.reason}",
        f"Case {case.number}: {act.en}. Reason: {repair.reason}",
    )
    return notices.Message("repair-proposed", title, body, f"/admin/repairs/{repair.id}")


def _told(case: Case, repair: Repair) -> notices.Message:
    act = ACTS[repair.act]
    title = Text(f"办件已被修复：{case.subject}", f"A case was repaired: {case.subject}")
    body = Text(
        f"办件{case.number}：{act.zh}，由两名管理员提出并批准。理由：{repair.reason}",
        f"Case {case.number}: {act.en}, by two administrators. Reason: {repair.reason}",
    )
    return notices.Message("case-repaired", title, body, f"/admin/repairs/{repair.id}")


def _decided(case: Case, repair: Repair) -> notices.Message:
    state = STATES[repair.state]
    title = Text(f"修复{state.zh}：{case.subject}", f"Repair {state.en}: {case.subject}")
    body = Text(
        f"您对办件{case.number}提出的修复{state.zh}。{repair.decision}",
        f"Your repair of case {case.number} was {state.en}. {repair.decision}",
    )
    return notices.Message("repair-decided", title, body, f"/admin/repairs/{repair.id}")


def find(repair_id: int, actor: Actor) -> Repair:
    """Return a repair, for admins and supervisors. Raises ForbiddenError, NotFoundError."""
    require_watching(actor)
    repair = db.session().get(Repair, repair_id)
    if repair is None:
        raise no_such_repair()
    return repair


def require_watching(actor: Actor) -> None:
    """Refuse who is neither an administrator nor a supervisor. Raises ForbiddenError."""
    if not actor.has(SUPERVISOR):
        require_role(actor, ADMIN)


def listed(
    actor: Actor, *, state: str = "", case_id: int | None = None, at: str = ""
) -> Page[Repair]:
    """Return a page of repairs, the newest first, for admins and supervisors.

    Raises ForbiddenError, InvalidError for what is no state or no mark.
    """
    require_watching(actor)
    if state and state not in STATES:
        fault = Text("没有这种状态。", "There is no such state.")
        raise InvalidError(fault, fields={"state": fault})
    mark = _NEWEST.read(at)
    query = select(Repair).where(*_NEWEST.beyond(mark))
    if state:
        query = query.where(Repair.state == state)
    if case_id is not None:
        query = query.where(Repair.case_id == case_id)
    rows = db.session().scalars(query.order_by(*_NEWEST.by(mark)).limit(PER_PAGE + 1))
    return _NEWEST.page(list(rows), mark, PER_PAGE)


def case_by_number(number: str, actor: Actor) -> Case:
    """Return a case to repair by its number, for admins. Raises ForbiddenError, NotFoundError."""
    require_role(actor, ADMIN)
    case = db.session().scalar(select(Case).where(Case.number == number.strip().upper()))
    if case is None:
        raise no_such_case()
    return case
