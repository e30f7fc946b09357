"""Incidents: what is left of a step that failed and was rolled back, to mend and retry."""

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, case, exists, func, or_, select
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from engine import db, events, paging
from engine.errors import ConflictError, EngineError, EngineFault, NotFoundError
from engine.models import Case, Draft, Incident, Message, Task, Timer
from engine.paging import Key, Order, Page
from engine.permissions import ADMIN, SYSTEM, Actor, require_role
from forms.text import Text

#: Most open incidents that are listed at once; closing some shows the others.
LISTED = 500
#: The stream of events about incidents that are not of one case.
STREAM: Final = "incidents"
PER_PAGE = 25
#: The database's own trouble: nothing to mend in a step, which goes through when it is over.
PASSING: Final = (OperationalError, InterfaceError)
#: How an incident of an application ends that its applicant hands in again.
HANDED_IN: Final = "已重新提交 handed in again"
#: How many incidents that nothing is left to be done about are closed with one commit.
SETTLED_TOGETHER: Final = 200
#: The item an incident is of.
_ITEM: Final = func.coalesce(Case.item_code, Draft.item_code)
#: How much is told of a failure that nobody foresaw, in characters.
TOLD_AT_MOST: Final = 200
_STEP_DONE: Final = "这一环节已另行办理 its step was done another way"
_STEP_GONE: Final = "这一环节已不再需要办理 its step is no longer to be done"
_TIMER_GONE: Final = "这一定时已不再等待 its timer waits no more"
_MESSAGE_SETTLED: Final = "这条消息已了结 its message was settled"
#: What an incident can no longer be about, and how it ends then; a message that failed still waits.
_MOOT: Final = (
    (exists().where(Task.id == Incident.task_id, Task.state == "completed"), _STEP_DONE),
    (exists().where(Task.id == Incident.task_id, Task.state == "cancelled"), _STEP_GONE),
    (
        and_(Incident.timer_id.is_not(None), ~exists().where(Timer.id == Incident.timer_id)),
        _TIMER_GONE,
    ),
    (
        and_(
            Incident.message_id.is_not(None),
            ~exists().where(
                Message.id == Incident.message_id, Message.state.in_(("waiting", "failed"))
            ),
        ),
        _MESSAGE_SETTLED,
    ),
)
_LATEST: Final = Order(
    Key(Incident.last_at, lambda row: row.last_at, paging.moment),
    Key(Incident.id, lambda row: row.id, paging.number),
    descending=True,
)


@dataclass(frozen=True)
class Attempt:
    """What somebody, a timer or a message tried when the diagram could not go on."""

    case_id: int | None
    element: str
    actor: Actor = SYSTEM
    task_id: str | None = None
    timer_id: str | None = None
    message_id: int | None = None
    #: what was handed in, as plain JSON, so that it can be tried again
    given: dict[str, Any] = field(default_factory=dict)
    #: the application that was to become a case, while there is none
    draft_id: str | None = None


@contextmanager
def attempting(attempt: Callable[[], object]) -> Iterator[None]:
    """Do a step of a case and write what it changes, in the open transaction.

    Whatever fails is raised as an EngineFault that says what was tried, to be kept: what the
    diagram cannot do, and what nobody foresaw, such as a value that the database cannot hold.
    Refusals, and the database's passing troubles, are raised as they are.
    """
    try:
        yield
        db.write()
    except EngineFault as fault:
        fault.attempt = fault.attempt or attempt()
        raise
    except (EngineError, *PASSING):
        raise
    except Exception as error:
        unforeseen = EngineFault(_unforeseen(error))
        unforeseen.attempt = attempt()
        raise unforeseen from error


def _unforeseen(error: Exception) -> Text:
    """Tell of a failure by its kind and first line: what follows may hold what people wrote."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    words, kind = str(cause).strip(), type(cause).__name__
    told = f"{kind}: {words.splitlines()[0]}"[:TOLD_AT_MOST] if words else kind
    return Text(
        f"系统内部出错，这一步没有生效，已记入“异常处理”（{told}）。",
        "Something failed inside the system: the step has not taken effect, and an incident was "
        f"noted ({told}).",
    )


def keep(fault: EngineFault, *, now: datetime) -> Incident | None:
    """Write down a failed step, in a transaction of its own, after its own was rolled back.

    The same fault of the same task, timer, message or application again only counts up. None when
    the fault does not say what was tried, or the application was deleted or went through meanwhile.
    """
    attempt = fault.attempt
    if not isinstance(attempt, Attempt):
        return None
    with db.transaction():
        if attempt.draft_id is not None and not _holds(attempt.draft_id):
            return None
        return note(attempt, fault.message, now=now)


def _holds(draft_id: str) -> bool:
    """Keep an application as it is until the transaction ends; whether it still is to be one."""
    query = select(Draft.id).where(Draft.id == draft_id, Draft.case_id.is_(None))
    return db.session().scalar(query.with_for_update(key_share=True)) is not None


def note(attempt: Attempt, message: Text, *, now: datetime) -> Incident:
    """Write down, in the open transaction, that something could not be done; again: count up."""
    same = select(Incident).where(
        _of(attempt.case_id, attempt.draft_id),
        Incident.closed_at.is_(None),
        Incident.task_id.is_not_distinct_from(attempt.task_id),
        Incident.timer_id.is_not_distinct_from(attempt.timer_id),
        Incident.message_id.is_not_distinct_from(attempt.message_id),
        Incident.message_en == message.en,
    )
    incident = db.session().scalar(same.limit(1).with_for_update())
    if incident is not None:
        incident.times, incident.last_at = incident.times + 1, now
        incident.attempt, incident.actor_id = attempt.given, attempt.actor.person_id
        return incident
    return _open(attempt, message, now)


def _of(case_id: int | None, draft_id: str | None) -> ColumnElement[bool]:
    """Say which incidents are of a case, or of an application that has not become one."""
    return Incident.case_id == case_id if case_id is not None else Incident.draft_id == draft_id


def _open(attempt: Attempt, message: Text, now: datetime) -> Incident:
    session = db.session()
    incident = Incident(
        case_id=attempt.case_id,
        draft_id=attempt.draft_id,
        task_id=attempt.task_id,
        timer_id=attempt.timer_id,
        message_id=attempt.message_id,
        element=attempt.element,
        message_zh=message.zh,
        message_en=message.en,
        attempt=attempt.given,
        actor_id=attempt.actor.person_id,
        first_at=now,
        last_at=now,
    )
    session.add(incident)
    session.flush()
    _record(incident, "step-failed", attempt.actor, now, element=attempt.element, fault=message.zh)
    return incident


def _record(incident: Incident, what: str, actor: Actor, now: datetime, **facts: Any) -> None:
    """Record what happens to an incident, with its case if there is one."""
    facts["incident"] = incident.id
    if incident.case is not None:
        events.of_case(incident.case, what, actor, now, **facts)
    else:
        events.record(STREAM, what, actor, now, draft=incident.draft_id, **facts)


def waiting(actor: Actor) -> Sequence[Incident]:
    """Return the open incidents, those of the same cause together, the latest first.

    Raises ForbiddenError unless the actor is an admin.
    """
    require_role(actor, ADMIN)
    query = (
        select(Incident)
        .where(Incident.closed_at.is_(None))
        .order_by(Incident.message_en, Incident.last_at.desc(), Incident.id)
        .limit(LISTED)
    )
    return list(db.session().scalars(query))


@dataclass(frozen=True)
class Cause:
    """One cause of open incidents: its words, how many there are, since when."""

    message: Text
    number: int
    #: the latest of them, by which the cause is named
    example: int
    first_at: datetime
    last_at: datetime


def causes(actor: Actor) -> list[Cause]:
    """Return the causes of open incidents, the most frequent first, at most ``LISTED``.

    Raises ForbiddenError unless the actor is an admin.
    """
    require_role(actor, ADMIN)
    number = func.count()
    query = (
        select(
            Incident.message_zh,
            Incident.message_en,
            number,
            func.max(Incident.id),
            func.min(Incident.first_at),
            func.max(Incident.last_at),
        )
        .where(Incident.closed_at.is_(None))
        .group_by(Incident.message_zh, Incident.message_en)
        .order_by(number.desc(), Incident.message_en)
        .limit(LISTED)
    )
    return [
        Cause(Text(zh, en), many, example, first_at, last_at)
        for zh, en, many, example, first_at, last_at in db.session().execute(query)
    ]


@dataclass(frozen=True)
class Wanted:
    """Which incidents to list: of the same cause as one of them, of an item, open or closed."""

    like: int = 0
    item: str = ""
    closed: bool = False
    at: str = ""


def listed(actor: Actor, wanted: Wanted) -> Page[Incident]:
    """Return a page of incidents, the latest first.

    Raises ForbiddenError unless the actor is an admin, InvalidError for what is no mark.
    """
    require_role(actor, ADMIN)
    mark = _LATEST.read(wanted.at)
    closed = Incident.closed_at.is_not(None) if wanted.closed else Incident.closed_at.is_(None)
    query = select(Incident).where(closed, *_LATEST.beyond(mark))
    if wanted.like:
        example = select(Incident.message_en).where(Incident.id == wanted.like)
        query = query.where(Incident.message_en == example.scalar_subquery())
    if wanted.item:
        query = query.outerjoin(Incident.case).outerjoin(Incident.draft)
        query = query.where(_ITEM.in_([wanted.item]))
    rows = db.session().scalars(query.order_by(*_LATEST.by(mark)).limit(PER_PAGE + 1))
    return _LATEST.page(list(rows), mark, PER_PAGE)


def items(actor: Actor) -> list[str]:
    """Return the codes of the items that have open incidents."""
    require_role(actor, ADMIN)
    query = select(_ITEM).select_from(Incident).outerjoin(Incident.case).outerjoin(Incident.draft)
    query = query.where(Incident.closed_at.is_(None)).distinct()
    return sorted(db.session().scalars(query))


def find(incident_id: int, actor: Actor, *, lock: bool = False) -> Incident:
    """Return an incident for an admin. Raises ForbiddenError, NotFoundError."""
    require_role(actor, ADMIN)
    query = select(Incident).where(Incident.id == incident_id)
    if lock:
        _hold_application(incident_id)
        query = query.with_for_update(of=Incident).execution_options(populate_existing=True)
    incident = db.session().scalar(query)
    if incident is None:
        raise NotFoundError(Text("没有这条异常记录。", "There is no such incident."))
    return incident


def _hold_application(incident_id: int) -> None:
    """Lock the application of an incident before the incident, as whoever submits it does."""
    query = select(Draft.id).join(Incident, Incident.draft_id == Draft.id)
    query = query.where(Incident.id == incident_id)
    db.session().execute(query.with_for_update(of=Draft, key_share=True))


def close(incident_id: int, how: str, *, actor: Actor, now: datetime) -> Incident:
    """Close an incident, saying how; the case is not touched.

    Raises ConflictError when it is closed already.
    """
    incident = find(incident_id, actor, lock=True)
    if incident.closed_at is not None:
        raise ConflictError(
            Text("这条异常已经处理完毕。", "This incident has been closed already.")
        )
    _end(incident, how.strip()[:500], actor, now)
    return incident


def stuck(draft_ids: Collection[str]) -> dict[str, datetime]:
    """Return those applications that could not become cases and wait to be mended, with since."""
    query = select(Incident.draft_id, func.min(Incident.first_at)).where(
        Incident.draft_id.in_(draft_ids), Incident.closed_at.is_(None)
    )
    found = db.session().execute(query.group_by(Incident.draft_id))
    return {str(one): since for one, since in found}


def _end(incident: Incident, how: str, actor: Actor, now: datetime) -> None:
    incident.closed_at, incident.closed_by, incident.closed_how = now, actor.person_id, how
    _record(incident, "incident-closed", actor, now, how=how)


def settle(*, now: datetime) -> int:
    """Close, in the open transaction, incidents that nothing is left to be done about.

    Their step was done another way or is no longer to be done, their timer waits no more, their
    message was settled. Returns how many, at most ``SETTLED_TOGETHER``.
    """
    query = (
        select(Incident, case(*_MOOT))
        .join(Incident.case)
        .where(Incident.closed_at.is_(None), or_(*(moot for moot, _ in _MOOT)))
        .order_by(Incident.id)
        .limit(SETTLED_TOGETHER)
        # Whoever is at such a case now is not waited for: the next look finds it.
        .with_for_update(of=(Incident, Case), key_share=True, skip_locked=True)
        .execution_options(populate_existing=True)
    )
    found = db.session().execute(query).all()
    events.hold_all(list({incident.case_id for incident, _ in found}))
    for incident, how in found:
        _end(incident, how, SYSTEM, now)
    return len(found)


def handed_in(draft_id: str, case: Case, *, actor: Actor, now: datetime) -> None:
    """Close what is left open of an application that has become a case, where it is found now."""
    query = select(Incident).where(Incident.draft_id == draft_id).with_for_update(of=Incident)
    for incident in db.session().scalars(query):
        incident.case, incident.attempt = case, {}  # what was handed in is the case's own now
        if incident.closed_at is None:
            _end(incident, HANDED_IN, actor, now)
