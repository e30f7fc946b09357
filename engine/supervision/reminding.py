"""催办: anybody on a case may remind those whose turn it is; so may its applicant."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select

from engine import clocks, db, events, holding, notices, people
from engine.cases import materials
from engine.errors import ConflictError, InvalidError
from engine.models import Case, Event, Person, Task
from engine.permissions import APPLICANT_ROLE, MACHINE, Actor, may_see_case, no_such_case
from engine.supervision.telling import answering, readers
from forms.text import Text

#: So that a reminder stays a sign: how long after one the next may follow, by who sends it.
STAFF_WAIT, APPLICANT_WAIT = timedelta(hours=4), timedelta(hours=24)
LONGEST: Final = 200
URGED: Final = "case-urged"


def remind(case_id: int, text: str = "", *, actor: Actor, now: datetime) -> Case:
    """Remind those whose turn it is in a case; when a limit has passed, their leader too.

    Raises NotFoundError for who may not see the case, ConflictError when it is nobody's turn in
    the offices or a reminder was sent a short while ago, InvalidError for too many words.
    """
    case = holding.of_case(case_id)
    if not may_see_case(actor, case, materials.departments_asked(case)):
        raise no_such_case()
    words = text.strip()
    if len(words) > LONGEST:
        fault = Text(f"最多{LONGEST}字。", f"At most {LONGEST} characters.")
        raise InvalidError(fault, fields={"text": fault})
    if (refusal := why_not(case, actor, now)) is not None:
        raise ConflictError(refusal)
    waiting = _waiting(case)
    for task in waiting:
        _tell(case, task, actor, words, now)
    units = sorted({task.department_code or case.lead_code for task in waiting})
    events.of_case(
        case, URGED, actor, now, department=units[0], units=units, kind=actor.kind, reason=words
    )
    return case


def why_not(case: Case, actor: Actor, now: datetime) -> Text | None:
    """Say why no reminder can be sent now; None when it can."""
    if case.closed_at is not None:
        return Text("办件已经办结，无需催办。", "The case is closed; nothing to urge.")
    if not _waiting(case):
        return Text(
            "现在没有等待工作人员办理的事项，无需催办。",
            "Nothing waits for the offices now; there is nobody to urge.",
        )
    wait = APPLICANT_WAIT if actor.kind == "applicant" else STAFF_WAIT
    last = last_reminder(case, actor.kind)
    if last is not None and now - last.at < wait:
        hours = int(wait.total_seconds() // 3600)
        return Text(
            f"{hours}小时内已经催办过，请稍后再催。",
            f"A reminder was sent within the last {hours} hours; please wait a little.",
        )
    return None


def last_reminder(case: Case, kind: str) -> Event | None:
    """Return the latest reminder of a case by staff or by its applicant."""
    query = select(Event).where(
        Event.case_id == case.id, Event.type == URGED, Event.data["kind"].as_string() == kind
    )
    return db.session().scalar(query.order_by(Event.seq.desc()).limit(1))


def _waiting(case: Case) -> list[Task]:
    query = select(Task).where(
        Task.case_id == case.id, Task.state == "open", Task.role != APPLICANT_ROLE
    )
    return list(db.session().scalars(query.order_by(Task.created_at, Task.id)))


def _tell(case: Case, task: Task, actor: Actor, words: str, now: datetime) -> None:
    department = task.department_code or case.lead_code
    told: Iterable[Person] = (
        [task.assignee] if task.assignee is not None else people.holders(department, task.role)
    )
    if task.role == MACHINE:  # a program reads no notices: whoever answers for the unit does
        told = answering(department)
    overdue = any(at is not None and at <= now for at in (task.due_at, case.promised_due_at))
    found = readers([*told, *(answering(department) if overdue else [])])
    who = Text("申请人", "The applicant") if actor.kind == "applicant" else _named(actor)
    left = clocks.left(task.due_at, now)
    said = Text(f"：{words}", f": {words}") if words else Text("", "")
    heading = Text(f"催办：{case.subject}", f"Reminder: {case.subject}")
    body = Text(
        f"{who.zh}催办办件{case.number}的“{task.name_zh}”（{left.zh}）{said.zh}。",
        f"{who.en} reminds you of “{task.name_en}” in case {case.number} ({left.en}){said.en}.",
    )
    message = notices.Message(URGED, heading, body, f"/tasks/{task.id}")
    others: Any = [reader for reader in found if reader.id != actor.person_id]
    notices.tell_all(others, message, case=case, now=now)


def _named(actor: Actor) -> Text:
    return Text(actor.name, actor.name)
