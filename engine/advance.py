"""Advancing a case: run its diagram one step and mirror the result into rows.

The only place where the runtime's state and the tables of tasks, co-handling and timers meet. The
caller holds the case (``engine.holding``) and the transaction; any error leaves nothing behind.
"""

from collections.abc import Mapping, Sequence, Set
from datetime import datetime, timedelta
from typing import Any

from engine import clocks, db, events, holding, jobs, notices, people, postbox, runtime, stops
from engine.bpmn import facts
from engine.bpmn.model import Step
from engine.definitions import Bundle, bundle_of, join
from engine.incidents import Attempt, attempting
from engine.models import Case, CoHandling, Task, Timer
from engine.permissions import APPLICANT_ROLE, SYSTEM, Actor
from forms.text import Text

CO, LEAD, EACH = "co", "lead", "each"


def used_by_diagram(of: Bundle, form: str | None, answers: Mapping[str, Any]) -> dict[str, Any]:
    """Pick the answers of a form that some expression decides on; what was left blank is null."""
    asked = of.forms[form].keys if form is not None else frozenset()
    return {key: answers.get(key) for key in asked if key in of.names}


def begin(
    case: Case,
    *,
    actor: Actor,
    now: datetime,
    at: str | None = None,
    brought: Mapping[str, Any] | None = None,
) -> None:
    """Start a new case's diagram on its application answers.

    ``at``: the start event to which a message came; ``brought``: what the message carries besides.
    """
    of = bundle_of(case)
    variables = {
        **(brought or {}),
        **used_by_diagram(of, of.process.start_form, case.answers),
        "item": case.item_code,
        "lead": case.lead_code,
        "channel": case.channel,
        **_on_licence(case, of),
    }
    step = runtime.start(of.program, variables, now=now, workdays=clocks.working_time, at=at)
    _mirror(case, of, step, actor, now)


def _on_licence(case: Case, of: Bundle) -> dict[str, Any]:
    """Return what is applied for, and on which licence, where some expression looks at it."""
    known = {"application_kind": case.application_kind, "licence": case.licence_number}
    return {name: value for name, value in known.items() if name in of.names}


def complete(
    case: Case, task: Task, variables: Mapping[str, Any], *, actor: Actor, now: datetime
) -> None:
    """Complete one task in the diagram; the task's own row was written by the caller."""
    of = bundle_of(case)
    holding.open_tasks(case).pop(task.id, None)  # nothing is left to be cancelled of it
    step = runtime.complete(
        of.program, case.state, task.id, variables, now=now, workdays=clocks.working_time
    )
    _mirror(case, of, step, actor, now)


def looked_at(task: Task) -> frozenset[str]:
    """Name what the outputs of a program's task look at, of what it answers."""
    node = bundle_of(task.case).node(task.element)
    return facts.answered(node) if node is not None else frozenset()


def answer(case: Case, task: Task, given: runtime.Answer, *, actor: Actor, now: datetime) -> None:
    """Go on with what a program outside says about its task."""
    of = bundle_of(case)
    with attempting(lambda: Attempt(case.id, task.element, actor, task.id)):
        step = runtime.answer(
            of.program, case.state, task.id, given, now=now, workdays=clocks.working_time
        )
        _mirror(case, of, step, actor, now)


def fire(case: Case, timer: Timer, *, now: datetime) -> None:
    """Let one timer of the diagram come due."""
    of = bundle_of(case)
    step = runtime.fire(of.program, case.state, timer.id, now=now, workdays=clocks.working_time)
    events.of_case(case, "timer-fired", SYSTEM, now, element=timer.element)
    _mirror(case, of, step, SYSTEM, now)


def deliver(case: Case, place: str, data: Mapping[str, Any], *, now: datetime) -> None:
    """Give a message or signal to the place of a case that waits for it."""
    of = bundle_of(case)
    step = runtime.deliver(
        of.program, case.state, place, data, now=now, workdays=clocks.working_time
    )
    _mirror(case, of, step, SYSTEM, now)


def skip(case: Case, branch: str, outcome: str, *, actor: Actor, now: datetime) -> None:
    """End one silent branch of a co-handling; ``outcome`` counts as its answer."""
    of = bundle_of(case)
    step = runtime.skip(
        of.program, case.state, branch, outcome, now=now, workdays=clocks.working_time
    )
    _mirror(case, of, step, actor, now)


def take(case: Case, of: Bundle, step: runtime.Step, *, actor: Actor, now: datetime) -> None:
    """Mirror a step that something else than an act of the diagram has made: a move."""
    _mirror(case, of, step, actor, now)


def _mirror(case: Case, of: Bundle, step: runtime.Step, actor: Actor, now: datetime) -> None:
    case.state = step.state
    case.revision += 1
    if step.joined:
        of = join(case, step.joined)
    trace = [[entry.element, entry.event] for entry in step.trace]
    events.of_case(case, "case-advanced", actor, now, trace=trace, revision=case.revision)
    stops.follow(case, of, step.trace, actor=actor, now=now)
    branches = _mirror_branches(case, of, step, now)
    _mirror_tasks(case, of, step, branches, now)
    _mirror_timers(case, step)
    postbox.mirror(case, step, actor=actor, now=now)
    if step.completed and case.closed_at is None:
        case.status, case.closed_at = "closed", now
        events.of_case(case, "case-closed", actor, now, result=case.result)
        title = of.item.title
        said = Text(
            f"办件{case.number}（{title.zh}）已办结，可打开办件查看。",
            f"Case {case.number} ({title.en}) is closed. Open it to see how it ended.",
        )
        heading = Text(f"已办结：{case.subject}", f"Closed: {case.subject}")
        _tell_applicant(case, "case-closed", heading, said, now)


def _mirror_branches(
    case: Case, of: Bundle, step: runtime.Step, now: datetime
) -> dict[str, CoHandling]:
    """Open a row for each department newly asked, and close those whose branch has ended."""
    known = holding.open_cohandlings(case)
    if not known and not step.branches:
        return known
    live = {branch.id: branch for branch in step.branches}
    new = [
        branch
        for branch in live.values()
        if branch.id not in known and branch.element in of.cohandlings
    ]
    for row in known.values():
        if row.branch not in live:
            row.state = "answered" if row.outcome else "cancelled"
            row.answered_at = now if row.outcome else None
            events.of_case(
                case,
                f"cohandling-{row.state}",
                SYSTEM,
                now,
                department=row.department_code,
                element=row.element,
                outcome=row.outcome,
            )
    found = {key: row for key, row in known.items() if key in live}
    found |= _ask(case, of, new, now) if new else {}
    db.known()["cohandled", case.id] = found
    return found


def _ask(
    case: Case, of: Bundle, branches: Sequence[runtime.Branch], now: datetime
) -> dict[str, CoHandling]:
    """Ask departments, each with its own limit, and tell their staff."""
    rows = [_asked(case, of, branch, now) for branch in branches]
    session = db.session()
    with session.no_autoflush:  # what is waiting to be written goes with the rows
        staff = people.staff_of({row.department_code for row in rows})
    for branch, row in zip(branches, rows, strict=True):
        if row.department_code not in staff:
            _department(branch, branch.element)
    session.add_all(rows)
    session.flush()  # their tasks name them
    for row in rows:
        events.of_case(
            case,
            "cohandling-asked",
            SYSTEM,
            now,
            department=row.department_code,
            element=row.element,
            due_at=row.due_at,
        )
        name = of.cohandlings[row.element].name
        title = Text(f"协办：{case.subject}", f"Co-handling: {case.subject}")
        body = Text(
            f"办件{case.number}（{of.item.title.zh}）请贵部门协办“{name.zh}”。",
            f"Case {case.number} ({of.item.title.en}) asks your department for “{name.en}”.",
        )
        message = notices.Message("cohandling-asked", title, body, f"/cases/{case.number}")
        notices.tell_all(staff.get(row.department_code, ()), message, case=case, now=now)
    return {row.branch: row for row in rows}


def _asked(case: Case, of: Bundle, branch: runtime.Branch, now: datetime) -> CoHandling:
    due_at, facts = _due(of.cohandlings[branch.element].limit, now)
    return CoHandling(
        case_id=case.id,
        element=branch.element,
        branch=branch.id,
        department_code=str(branch.item),
        asked_at=now,
        due_at=due_at,
        due_facts=facts,
        state="open",
    )


def _due(limit: str | None, now: datetime) -> tuple[datetime | None, dict[str, Any]]:
    if limit is None:
        return None, {}
    found = clocks.due(now, limit)
    return found.at, clocks.facts_of(found)


def _mirror_tasks(
    case: Case,
    of: Bundle,
    step: runtime.Step,
    branches: Mapping[str, CoHandling],
    now: datetime,
) -> None:
    known = holding.open_tasks(case)
    live = {task.id for task in step.open_tasks}
    for task in _tasks(known.keys() - live):
        if task.state == "open":  # not one that a program outside has just done
            task.state = "cancelled"
            events.of_case(case, "task-cancelled", SYSTEM, now, task=task.id, element=task.element)
    found = {task_id: row for task_id, row in known.items() if task_id in live}
    for open_task in step.open_tasks:
        if open_task.id not in known:
            around = open_task.branch.chain() if open_task.branch else ()
            branch = next((branches[one.id] for one in around if one.id in branches), None)
            row = _open(case, of.step(open_task.element), open_task, branch, now)
            found[row.id] = holding.OpenTask(
                row.id, row.name_zh, row.name_en, row.role, row.department_code
            )
    db.known()["open", case.id] = found


def _tasks(task_ids: Set[str]) -> list[Task]:
    """Return tasks by their ids, those already in the session without asking again."""
    session = db.session()
    return [session.get_one(Task, task_id) for task_id in sorted(task_ids)]


def _department(branch: runtime.Branch | None, element: str) -> str:
    """Give the department a branch stands for. Raises RuntimeFault when it stands for none."""
    code = branch.item if branch is not None else None
    if isinstance(code, str) and code in people.department_codes():
        return code
    raise runtime.RuntimeFault(
        Text(f"“{code}”不是部门代码。", f"'{code}' is not the code of a department."),
        element=element,
    )


def whose(
    case: Case, step: Step, opened: runtime.OpenTask, branch: CoHandling | None
) -> str | None:
    """Give the department a task is for; None for the applicant's own."""
    if step.department == EACH:
        return _department(opened.branch, step.element)
    words = {CO: branch.department_code if branch else None, LEAD: case.lead_code}
    return words.get(step.department, step.department or None)


def _open(
    case: Case, step: Step, opened: runtime.OpenTask, branch: CoHandling | None, now: datetime
) -> Task:
    due_at, facts = _due(step.limit, now)
    department = whose(case, step, opened, branch)
    task = db.make(
        Task,
        id=opened.id,
        case_id=case.id,
        item_code=case.item_code,
        element=step.element,
        name_zh=step.name.zh,
        name_en=step.name.en,
        act=step.act,
        department_code=department,
        role=step.role,
        cohandling_id=branch.id if branch else None,
        created_at=now,
        due_at=due_at,
        due_facts=facts,
        answers={},
        draft={},
        state="open",
    )
    events.of_case(
        case,
        "task-opened",
        SYSTEM,
        now,
        department=department,
        task=opened.id,
        element=step.element,
        role=step.role,
        due_at=due_at,
    )
    if step.role == APPLICANT_ROLE:
        _tell_their_turn(case, step, now)
    if step.outside is not None:
        jobs.add(task, step.outside, opened.data, now=now)
    return task


def _tell_their_turn(case: Case, step: Step, now: datetime) -> None:
    title = Text(f"需要您办理：{step.name.zh}", f"Your turn: {step.name.en}")
    body = Text(
        f"您的办件{case.number}需要您办理“{step.name.zh}”。请打开办件页面查看要求并提交。",
        f"Your case {case.number} needs you for “{step.name.en}”. Open it to see what is asked.",
    )
    _tell_applicant(case, "applicant-turn", title, body, now)


def _tell_applicant(case: Case, kind: str, title: Text, body: Text, now: datetime) -> None:
    """Tell the applicant where the case stands, unless this very act has just told why."""
    if not notices.was_told(case.applicant_id, case):
        message = notices.Message(kind, title, body, f"/case/{case.number}")
        notices.tell(case.applicant_id, message, case=case, now=now)


def _mirror_timers(case: Case, step: runtime.Step) -> None:
    session = db.session()
    due = {timer.id: timer.due_at for timer in step.timers}
    read = _timers_read(case)
    if read == due:
        return
    db.known()["timers", case.id] = [(timer, at.isoformat()) for timer, at in due.items()]
    rows = holding.timers(case) if read is None or read.items() - due.items() else ()
    holding.forget_timers(case)
    known = {timer.id: timer for timer in rows}
    stored = known.keys() if read is None else read.keys()
    for timer_id in known.keys() - due.keys():
        session.delete(known[timer_id])
    for timer in step.timers:
        if timer.id not in stored:
            db.make(Timer, id=timer.id, case_id=case.id, element=timer.element, due_at=timer.due_at)
        elif timer.id in known:
            row = known[timer.id]
            row.due_at = timer.due_at + timedelta(seconds=row.held_seconds or 0)


def _timers_read(case: Case) -> dict[str, datetime] | None:
    """Return when the timers in the tables are due, None when that was not read."""
    read = db.known().get(("timers", case.id))
    if read is None:
        return None
    return {timer: datetime.fromisoformat(due_at) for timer, due_at in read}


def rearm(timer_id: str) -> None:
    """Let a timer that could not fire be tried again by the next worker."""
    timer = db.session().get(Timer, timer_id)
    if timer is not None:
        timer.failed_at, timer.failure = None, ""


def note_timer_failure(timer_id: str, reason: str, *, now: datetime) -> None:
    """Set a timer aside that could not fire, with the reason, so that it blocks no other."""
    timer = db.session().get(Timer, timer_id)
    if timer is not None:
        timer.failed_at, timer.failure = now, reason[:500]
