"""What a repair of a case may choose from: its open steps, and for each where to, how, to whom."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine import db, events, holding, people
from engine.definitions import Bundle, bundle_of
from engine.errors import ConflictError, InvalidError, NotFoundError
from engine.models import Case, Repair, Task
from engine.permissions import ADMIN, APPLICANT_ROLE, Actor, require_role
from engine.repairs import mending, routes
from engine.repairs.mending import ACTS
from engine.tasks import open_of_case, reassigning
from forms import Form
from forms.text import Text

NONE_OPEN = Text("没有打开的待办。", "No task is open.")


@dataclass(frozen=True)
class Choice:
    """One open task with what a repair may do with it; an empty list: that cannot be done."""

    task: Task
    #: (element, name) of where its token may go, and of what may be repeated
    moves: Sequence[tuple[str, Text]]
    repeats: Sequence[tuple[str, Text]]
    #: (code, label) of outcomes with which it may be skipped
    outcomes: Sequence[tuple[str, Text]]
    #: (id, name) of who may be given it
    people: Sequence[tuple[int, str]]


@dataclass(frozen=True)
class Desk:
    """All that can be repaired in a case."""

    case: Case
    bundle: Bundle
    choices: Sequence[Choice]
    #: (source, name) of the forms whose answers may be changed
    sources: Sequence[tuple[str, Text]]
    #: why an act is not possible at all, by act
    refused: dict[str, Text]


def desk(case: Case, actor: Actor) -> Desk:
    """Return what can be repaired in a case. Raises ForbiddenError unless the actor is an admin."""
    require_role(actor, ADMIN)
    of = bundle_of(case)
    refused = {act: why for act in ACTS if (why := _refusal(case, act)) is not None}
    tasks = open_of_case(case)
    choices = [_choice(case, of, task, alone=len(tasks) == 1) for task in tasks]
    return Desk(case, of, choices, mending.changeable(case, of), refused)


@dataclass(frozen=True)
class Subject:
    """What a repair is about, in words: its step (none for answers), and what becomes of it."""

    step: Text | None
    target: Text | None


def subject(repair: Repair) -> Subject:
    """Say what a stored repair is about."""
    of, given = bundle_of(repair.case), repair.given
    task = db.session().get(Task, given["task"]) if given["task"] else None
    step = Text(task.name_zh, task.name_en) if task is not None else None
    if repair.act == mending.CHANGE:
        return Subject(None, dict(mending.changeable(repair.case, of)).get(given["source"]))
    if repair.act == mending.REASSIGN:
        person = people.get(given["person"])
        return Subject(step, Text(person.name, person.name) if person else None)
    if repair.act == mending.SKIP and task is not None:
        chosen = of.step(task.element).outcome(given["outcome"])
        return Subject(step, chosen.label if chosen else None)
    node = of.node(given["element"])
    return Subject(step, node.name if node else None)


def form_of(case: Case, source: str, actor: Actor) -> tuple[Form, Mapping[str, Any]]:
    """Return a form whose answers may be changed, with the answers as they stand.

    Raises ForbiddenError unless the actor is an admin, NotFoundError for what cannot be changed.
    """
    require_role(actor, ADMIN)
    try:
        form, task = mending.source_of(case, source)
    except InvalidError as error:
        raise NotFoundError(error.message) from error
    return bundle_of(case).forms[form], case.answers if task is None else task.answers


def open_form(case_id: int, source: str, why: str, *, actor: Actor, now: datetime) -> None:
    """Record that an administrator reads the answers of a case in order to change them, and why.

    Raises ForbiddenError unless the actor is an admin, InvalidError without a reason or for what
    cannot be changed.
    """
    require_role(actor, ADMIN)
    case = holding.of_case(case_id)
    mending.source_of(case, source)
    words = mending.checked_reason(why)
    events.of_case(case, "personal-data-shown", actor, now, source=source, reason=words)


def _refusal(case: Case, act: str) -> Text | None:
    try:
        mending.refuse_state(case, act)
    except ConflictError as error:
        return error.message
    return None


def _choice(case: Case, of: Bundle, task: Task, *, alone: bool) -> Choice:
    process = routes.process_of(of.running, task.element)
    moves, owed = [], mending.owed(case)
    if process is not None:
        moves = [
            (node.id, node.name)
            for node in routes.targets(process, task.element)
            if routes.barrier(process, task.element, node.id, alone=alone, owed=owed) is None
        ]
    done = mending.repeatable(case, task)
    step = of.step(task.element)
    codes = mending.skippable(step)
    return Choice(
        task,
        [one for one in moves if one[0] != task.element],
        [one for one in moves if one[0] in done],
        [(one.code, one.label) for one in step.outcomes if one.code in codes],
        [
            (one.id, one.name)
            for one in (reassigning.candidates(task) if task.role != APPLICANT_ROLE else [])
            if one.id != task.assignee_id
        ],
    )
