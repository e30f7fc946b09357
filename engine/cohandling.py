"""Co-handling as its lead sees it: who was asked, answered, is missing; urging; going on."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from engine import advance, clocks, db, events, holding, notices, people
from engine.bpmn.model import CoHandling as Drawn
from engine.cases import materials
from engine.definitions import bundle_of
from engine.errors import ConflictError, ForbiddenError, NotFoundError
from engine.models import Case, CoHandling, Person, Task
from engine.permissions import Actor, may_see_case, no_such_case
from forms.text import Text

URGE_INTERVAL = timedelta(hours=4)  # so that urging stays a sign, not noise
NO_REPLY = "no-reply"  # the outcome of a branch that the rule "silence is agreement" closed


@dataclass(frozen=True)
class BoardRow:
    """One department asked: what it owes, or what it answered."""

    row: CoHandling
    drawn: Drawn
    department: Text
    due: Text
    state: clocks.State
    outcome: Text | None
    people: Sequence[Person]
    tasks: Sequence[Task]


def board(case_id: int, actor: Actor, *, now: datetime) -> list[BoardRow]:
    """Return all departments asked in a case, in the order they were asked.

    Raises NotFoundError for who may not see the case.
    """
    session = db.session()
    case = session.get(Case, case_id)
    if case is None or not may_see_case(actor, case, materials.departments_asked(case)):
        raise no_such_case()
    rows = session.scalars(
        select(CoHandling).where(CoHandling.case_id == case_id).order_by(CoHandling.id)
    )
    return [_board_row(case, row, now) for row in rows]


def _board_row(case: Case, row: CoHandling, now: datetime) -> BoardRow:
    of = bundle_of(case)
    tasks = list(
        db.session().scalars(
            select(Task).where(Task.cohandling_id == row.id).order_by(Task.created_at, Task.id)
        )
    )
    roles = {task.role for task in tasks if task.state == "open"}
    due_time = row.due_at if row.state == "open" else None
    return BoardRow(
        row=row,
        drawn=of.cohandling(row.element),
        department=people.department_name(row.department_code),
        due=clocks.left(due_time, now),
        state=clocks.state_of(due_time, now),
        outcome=_outcome_text(case, row, tasks),
        people=[p for role in sorted(roles) for p in people.holders(row.department_code, role)],
        tasks=tasks,
    )


def _outcome_text(case: Case, row: CoHandling, tasks: Sequence[Task]) -> Text | None:
    if row.outcome == NO_REPLY:
        return Text("逾期未答复，视为同意", "No reply, taken as agreed")
    of = bundle_of(case)
    for task in reversed(tasks):
        chosen = of.step(task.element).outcome(row.outcome or "")
        if chosen is not None:
            return chosen.label
    return None


def _row_for_lead(cohandling_id: int, actor: Actor) -> tuple[CoHandling, Case]:
    """Find a row and lock its case, for staff of the lead department."""
    row = db.session().get(CoHandling, cohandling_id)
    if row is None:
        raise NotFoundError(Text("没有找到这项协办。", "No such co-handling was found."))
    case = holding.of_case(row.case_id)
    require_lead(actor, case)
    db.session().refresh(row)
    return row, case


def require_lead(actor: Actor, case: Case) -> None:
    """Refuse the act unless the actor is of the case's lead department."""
    if actor.kind != "staff" or case.lead_code not in actor.departments:
        raise ForbiddenError(
            Text(
                "只有牵头部门的人员可以催办或继续。",
                "Only staff of the lead department may urge or go on.",
            )
        )


def urge(cohandling_id: int, *, actor: Actor, now: datetime) -> CoHandling:
    """Remind a department of the answer it owes; its people get a notice.

    Raises ForbiddenError unless the actor is of the lead department, ConflictError when it has
    answered already or was urged within the last four hours.
    """
    row, case = _row_for_lead(cohandling_id, actor)
    if row.state != "open":
        raise ConflictError(
            Text("该部门已经答复，无需催办。", "The department has answered; no need to urge.")
        )
    if row.urged_at is not None and now - row.urged_at < URGE_INTERVAL:
        raise ConflictError(
            Text("四小时内已经催办过。", "The department was urged within the last four hours.")
        )
    row.urged_at, row.urged_count = now, row.urged_count + 1
    events.of_case(
        case,
        "cohandling-urged",
        actor,
        now,
        department=row.department_code,
        element=row.element,
        times=row.urged_count,
    )
    left = clocks.left(row.due_at, now)
    title = Text(f"催办：{case.subject}", f"Reminder: {case.subject}")
    body = Text(
        f"牵头部门就办件{case.number}催办，请尽快答复（{left.zh}）。",
        f"The lead department reminds you of case {case.number}; please answer ({left.en}).",
    )
    message = notices.Message("cohandling-urged", title, body, f"/cases/{case.number}")
    staff = people.staff_of({row.department_code}).get(row.department_code, ())
    notices.tell_all(staff, message, case=case, now=now)
    return row


def proceed(case_id: int, element: str, *, actor: Actor, now: datetime) -> list[CoHandling]:
    """Go on without the silent departments, where the diagram counts silence as agreement.

    Only when ``noReply=agreed`` stands in the diagram and each silent department's own limit has
    passed (city rules for opinions, law.md section 5). Raises ForbiddenError, ConflictError.
    """
    case = holding.of_case(case_id)
    require_lead(actor, case)
    if case.suspended_at is not None:
        raise holding.suspended()
    drawn = bundle_of(case).cohandlings.get(element)
    if drawn is None or drawn.no_reply != "agreed":
        raise ForbiddenError(
            Text(
                "流程规定必须等待各部门答复，不能跳过。",
                "The diagram says that every department must answer.",
            )
        )
    session = db.session()
    silent = list(
        session.scalars(
            select(CoHandling).where(
                CoHandling.case_id == case_id,
                CoHandling.element == element,
                CoHandling.state == "open",
            )
        )
    )
    _refuse_early(silent, now)
    for row in silent:
        _skip(case, row, actor, now)
    return silent


def _refuse_early(silent: Sequence[CoHandling], now: datetime) -> None:
    if not silent:
        raise ConflictError(Text("各部门均已答复。", "All departments have answered."))
    if any(row.due_at is None or row.due_at > now for row in silent):
        raise ConflictError(
            Text(
                "还有部门未到答复期限，到期后才能继续。",
                "Some departments still have time to answer; go on after their limit.",
            )
        )


def _skip(case: Case, row: CoHandling, actor: Actor, now: datetime) -> None:
    """Close a silent branch with the outcome ``no-reply``; its open tasks are cancelled."""
    row.outcome, row.opinion = NO_REPLY, ""
    events.of_case(
        case,
        "cohandling-skipped",
        actor,
        now,
        department=row.department_code,
        element=row.element,
    )
    advance.skip(case, row.branch, NO_REPLY, actor=actor, now=now)
    row.state = "skipped"
