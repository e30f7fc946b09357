"""Incidents: what is left of a step that failed and was rolled back, to mend and retry."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.exc import DBAPIError, InterfaceError, OperationalError

from engine import db, events, paging
from engine.errors import ConflictError, EngineError, EngineFault, NotFoundError
from engine.models import Case, Incident
from engine.paging import Key, Order, Page
from engine.permissions import ADMIN, SYSTEM, Actor, require_role
from forms.text import Text

#: Most open incidents that are listed at once; closing some shows the others.
LISTED = 500
PER_PAGE = 25
#: The database's own trouble: nothing to mend in a step, which goes through when it is over.
PASSING: Final = (OperationalError, InterfaceError)
#: How much is told of a failure that nobody foresaw, in characters.
TOLD_AT_MOST: Final = 200
_LATEST: Final = Order(
    Key(Incident.last_at, lambda row: row.last_at, paging.moment),
    Key(Incident.id, lambda row: row.id, paging.number),
    descending=True,
)


@dataclass(frozen=True)
class Attempt:
    """What somebody, a timer or a message tried when the diagram could not go on."""

    case_id: int
    element: str
    actor: Actor = SYSTEM
    task_id: str | None = None
    timer_id: str | None = None
    message_id: int | None = None
    #: what was handed in, as plain JSON, so that it can be tried again
    given: dict[str, Any] = field(default_factory=dict)


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

    The same fault of the same task, timer or message again only counts up. None when the fault does
    not say what was tried.
    """
    attempt = fault.attempt
    if not isinstance(attempt, Attempt):
        return None
    with db.transaction():
        return note(attempt, fault.message, now=now)


def note(attempt: Attempt, message: Text, *, now: datetime) -> Incident:
    """Write down, in the open transaction, that something could not be done; again: count up."""
    same = select(Incident).where(
        Incident.case_id == attempt.case_id,
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


def _open(attempt: Attempt, message: Text, now: datetime) -> Incident:
    session = db.session()
    case = session.get_one(Case, attempt.case_id)
    incident = Incident(
        case_id=case.id,
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
    element, fault = attempt.element, message.zh
    events.of_case(
        case, "step-failed", attempt.actor, now, element=element, fault=fault, incident=incident.id
    )
    return incident


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
    query = select(Incident).join(Incident.case).where(closed, *_LATEST.beyond(mark))
    if wanted.like:
        example = select(Incident.message_en).where(Incident.id == wanted.like)
        query = query.where(Incident.message_en == example.scalar_subquery())
    if wanted.item:
        query = query.where(Case.item_code == wanted.item)
    rows = db.session().scalars(query.order_by(*_LATEST.by(mark)).limit(PER_PAGE + 1))
    return _LATEST.page(list(rows), mark, PER_PAGE)


def items(actor: Actor) -> list[str]:
    """Return the codes of the items that have open incidents."""
    require_role(actor, ADMIN)
    query = select(Case.item_code).join(Incident).where(Incident.closed_at.is_(None)).distinct()
    return sorted(db.session().scalars(query))


def find(incident_id: int, actor: Actor, *, lock: bool = False) -> Incident:
    """Return an incident for an admin. Raises ForbiddenError, NotFoundError."""
    require_role(actor, ADMIN)
    query = select(Incident).where(Incident.id == incident_id)
    if lock:
        query = query.with_for_update(of=Incident).execution_options(populate_existing=True)
    incident = db.session().scalar(query)
    if incident is None:
        raise NotFoundError(Text("没有这条异常记录。", "There is no such incident."))
    return incident


def close(incident_id: int, how: str, *, actor: Actor, now: datetime) -> Incident:
    """Close an incident, saying how; the case is not touched.

    Raises ConflictError when it is closed already.
    """
    incident = find(incident_id, actor, lock=True)
    if incident.closed_at is not None:
        raise ConflictError(
            Text("这条异常已经处理完毕。", "This incident has been closed already.")
        )
    incident.closed_at, incident.closed_by = now, actor.person_id
    incident.closed_how = how.strip()[:500]
    events.of_case(
        incident.case, "incident-closed", actor, now, incident=incident.id, how=incident.closed_how
    )
    return incident
