"""Move one held case to another version, with all its rows; the same for putting it back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from engine import advance, clocks, db, duetimes, events, jobs, postbox, runtime
from engine.definitions import Bundle, bundle_of, viewed
from engine.migrating import snapshots, terms
from engine.migrating.plans import Plan
from engine.migrating.reading import Rows
from engine.migrating.terms import Change, Choice
from engine.models import (
    Case,
    ClockStop,
    CoHandling,
    Incident,
    RedeployedCase,
    Subscription,
    Task,
    Timer,
)
from engine.permissions import Actor
from engine.runtime import Fault, Move, Side, Step
from forms.text import Text

CLOSED = Text("办件已经办结。", "The case has been closed.")
ELSEWHERE = Text("办件已不在原版本上。", "The case is no longer on the old version.")
WOULD_GO_ON = Text(
    "办件已中止；到了新版本它会马上往下走，请恢复办理后再迁移。",
    "The case is suspended, and in the new version it would go on at once: move it after it is "
    "resumed.",
)
STANDS_STILL = Text(
    "办件仍中止：新的时限和新的定时在恢复办理时计算，期间收到的消息照样保留。",
    "It is still suspended: new limits and new timers are counted when it is resumed; messages "
    "that came meanwhile are kept.",
)


class StayError(Exception):
    """Expected a case that can be moved, but it stays where it is, for these ``faults``."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(faults[0].why.en)
        self.faults = tuple(faults)


@dataclass(frozen=True)
class Tried:
    """A move worked out and not yet written."""

    new: Bundle
    step: Step


def attempt(case: Case, plan: Plan, rows: Rows, *, now: datetime) -> Tried:
    """Work out a move; nothing is written. Raises StayError with the reasons.

    For a suspended case (中止) the time is that of its suspension: what begins to wait has it all
    left when the case is resumed. One that would go on by itself has to be resumed before.
    """
    if case.closed_at is not None:
        raise StayError([Fault("", CLOSED)])
    if case.version_id != plan.old.version_id:
        raise StayError([Fault("", ELSEWHERE)])
    old = bundle_of(case)
    new = viewed(plan.new.version_id, case.joined, [old.version_id, *case.came_from])
    wanted = Move(Side(old.program, old.process), Side(new.program, new.process), plan.mapping)
    try:
        step = runtime.move(
            wanted,
            case.state,
            _variables(case, old, new, rows),
            now=case.suspended_at or now,
            workdays=clocks.working_time,
        )
    except (runtime.RuntimeFault, runtime.TaskGone) as error:
        raise StayError(_reasons(error)) from error
    if faults := _unlike(step, new):
        raise StayError(faults)
    if case.suspended_at is not None and (ahead := _ahead(step, rows)) is not None:
        raise StayError([Fault(ahead, WOULD_GO_ON)])
    return Tried(new, step)


def _unlike(step: Step, new: Bundle) -> list[Fault]:
    """Name the open steps that the new version does not have."""
    missing = [task.element for task in step.open_tasks if task.element not in new.steps]
    return [Fault(element, _NO_STEP) for element in missing]


def _ahead(step: Step, rows: Rows) -> str | None:
    """Say where a case would have gone on by its move alone; None: all is open that was."""
    known = {row.id if isinstance(row, Task) else row.branch for row in rows.owed}
    new = [one for one in step.open_tasks if one.id not in known]
    if new:
        return new[0].element
    left = [one.element for one in step.trace if one.event == "completed"]
    if left:
        return left[0]
    live = {task.id for task in step.open_tasks} | {branch.id for branch in step.branches}
    return "" if step.completed or not known <= live else None


_NO_STEP = Text("新版本没有这个环节。", "The new version has no such step.")


def _reasons(error: runtime.RuntimeFault | runtime.TaskGone) -> Sequence[Fault]:
    if isinstance(error, runtime.TaskGone):
        return [Fault("", CLOSED)]
    return runtime.faulty(error)


def _variables(case: Case, old: Bundle, new: Bundle, rows: Rows) -> dict[str, Any]:
    """Give what the new version looks at and the old one did not: from answers already given.

    What nobody was asked yet is null, as what was left blank is.
    """
    wanted = new.names - old.names
    asked = {key for form in new.forms.values() for key in form.keys}
    found: dict[str, Any] = dict.fromkeys(wanted & asked)
    if not wanted:
        return found
    known: dict[str, Any] = {
        **case.answers,
        "item": case.item_code,
        "lead": case.lead_code,
        "channel": case.channel,
        "application_kind": case.application_kind,
        "licence": case.licence_number,
    }
    done = [task for task in rows.of[Task] if task.state == "completed"]
    for task in sorted(done, key=lambda one: one.completed_at):
        known |= task.answers
        if new.knows(task.element) and (name := new.step(task.element).outcome_as):
            known[name] = task.outcome
    return found | {name: known[name] for name in wanted if name in known}


def move(
    row: RedeployedCase, case: Case, plan: Plan, rows: Rows, *, actor: Actor, now: datetime
) -> None:
    """Move a held case and note in its row how it was. Raises StayError, having done nothing.

    The event tells from where to where, why, and which due times changed.
    """
    tried, wish = attempt(case, plan, rows, now=now), row.redeployment
    choice, facts = Choice(wish.steps_anew, wish.promise_anew), rows.facts
    row.before, row.before_state = snapshots.take(case, rows), case.state
    keeps = terms.kept(case, plan, bundle_of(case), choice)
    changes = [*terms.of_case(case, tried.new, keeps, facts)]
    own = bool(changes)
    case.version_id = plan.new.version_id
    case.came_from = [plan.old.version_id, *case.came_from]
    changes += _owe(plan, [*terms.of_steps(plan, rows.owed, choice, facts)])
    _repoint(plan, rows)
    _put_tasks(case, tried, rows.owed)
    advance.take(case, tried.new, tried.step, actor=actor, now=now)
    if case.suspended_at is not None:
        _stand_still(case, row)
    case.due_facts = terms.facts_after(case, keeps)
    if own:
        duetimes.recompute(case, tried.new, "case-migrated", actor=actor, now=now)
    row.due = [one.row() for one in changes]
    events.of_case(
        case,
        "case-migrated",
        actor,
        now,
        version=plan.new.number,
        came_from=plan.old.number,
        mapping=dict(plan.mapping),
        redeployment=wish.id,
        reason=wish.reason,
        due=row.due,
    )
    row.state, row.done_at, row.revision = "moved", now, case.revision
    row.seq = last_event(case)


def _stand_still(case: Case, row: RedeployedCase) -> None:
    """Let what a suspended case waits for since its move hear nothing yet, and say so."""
    db.session().flush()
    postbox.hold(case)
    row.why_zh, row.why_en = STANDS_STILL.zh, STANDS_STILL.en


def _owe(plan: Plan, anew: Sequence[terms.Anew]) -> list[Change]:
    """Give open steps and co-handlers their new due times; list those that differ."""
    changes = []
    for row, after, due in anew:
        before = row.due_at
        row.due_at, row.due_facts = after, clocks.facts_of(due) if due else {}
        duetimes.move_correction(row)
        if before != after:
            changes.append(Change(plan.target(row.element), before, after))
    return changes


def last_event(case: Case) -> int:
    """Return the number of a held case's last event."""
    tail = cast("tuple[int, str]", db.known()["events", events.stream_of(case.id)])
    return int(tail[0])


def _repoint(plan: Plan, rows: Rows) -> None:
    """Let everything that names an element name the new one."""
    for table in (Task, ClockStop, Timer, Incident, CoHandling, Subscription):
        for row in rows.of[table]:
            if row.element in plan.mapping:
                row.element = plan.target(row.element)


def _put_tasks(case: Case, tried: Tried, rows: Sequence[terms.Owed]) -> None:
    """Let open tasks be what their step is in the new version; who works on it keeps it."""
    opened = {one.id: one for one in tried.step.open_tasks}
    asked = {one.id: one for one in rows if isinstance(one, CoHandling)}
    for task in rows:
        if not isinstance(task, Task) or task.id not in opened:
            continue
        step = tried.new.steps[opened[task.id].element]
        branch = asked.get(task.cohandling_id or 0)
        task.element, task.act = step.element, step.act
        task.name_zh, task.name_en = step.name.zh, step.name.en
        post = (advance.whose(case, step, opened[task.id], branch), step.role)
        if post != (task.department_code, task.role):
            task.department_code, task.role = post
            task.assignee_id = None
        if step.outside is not None:
            jobs.point(task.id, step.outside)


def put_back(
    row: RedeployedCase, case: Case, plan: Plan, rows: Rows, *, actor: Actor, now: datetime
) -> Text | None:
    """Put a held case back as it was before its move; gives the reason where it must stay."""
    why = why_kept(row, case)
    if why is not None:
        return why
    before: Mapping[str, Any] = row.before or {}
    snapshots.restore(case, rows, before, row.before_state or b"")
    for task in rows.of[Task]:
        if task.state == "open" and (outside := plan.old.steps[task.element].outside) is not None:
            jobs.point(task.id, outside)
    case.revision += 1
    events.of_case(
        case,
        "case-put-back",
        actor,
        now,
        version=plan.old.number,
        came_from=plan.new.number,
        mapping=dict(plan.mapping),
        redeployment=row.redeployment_id,
        revision=case.revision,
    )
    row.state, row.done_at = "undone", now
    row.why_zh = row.why_en = ""
    return None


def why_kept(row: RedeployedCase, case: Case) -> Text | None:
    """Say why a case that was moved cannot be put back; None: it can."""
    if case.revision != row.revision or last_event(case) != row.seq:
        return Text(
            "迁移后已有人办理或有新的记录，不能撤销。",
            "Somebody has acted on it since, or something was recorded; it stays.",
        )
    return None
