"""Reading the facts that supervision judges: everything open that has a limit, in small parts."""

from collections import namedtuple
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Select,
    String,
    and_,
    any_,
    bindparam,
    case,
    cast,
    exists,
    false,
    func,
    literal,
    or_,
    select,
)

from engine import db
from engine.db.direct import Asked
from engine.models import Card, Case, ClockStop, CoHandling, Correction, Event, Letter, Task
from engine.permissions import APPLICANT_ROLE
from engine.supervision.judging import INSTANT, Fact
from engine.supervision.kinds import (
    CAUSES,
    COHANDLING,
    DELIVERY,
    EXPLANATION,
    LETTER,
    PROMISE,
    RECEIPT,
    STATUTORY,
    STEP,
    STOP,
    WITHDRAWN,
)
from engine.workdays import Calendar, due_at, facts, parse_limit
from forms.text import Text

#: Rows read with one statement.
BATCH: Final = 1000
#: Limits that no diagram sets: licensing law art. 32 and 44, and the city's own for its reasons.
LIMITS: Final = {RECEIPT: "5wd", DELIVERY: "10wd", EXPLANATION: "1wd"}

#: The subject of what concerns a case as a whole.
WHOLE: Final = "case"
_CASE = (Case.id, Case.item_code, Case.lead_code)
#: A case's own clocks count until it is decided.
_RUNNING = and_(Case.decided_at.is_(None), Case.closed_at.is_(None))


@dataclass(frozen=True)
class _Source:
    """Where the facts of one cause are: the rows, which of them are open, and how to read one."""

    query: Select[*tuple[Any, ...]]
    subject: ColumnElement[str]
    open: ColumnElement[bool]
    ended: ColumnElement[bool]
    #: the moment by which ended ones are chosen
    ended_at: Any
    read: Callable[[Any, Calendar], Fact]
    #: the stored due time; None where it is reckoned, as whole days, when the fact is read
    due: Any = None
    #: the moment by which ended ones of named cases are chosen, where that is another
    ended_again_at: Any = None


def _step(row: Any, _calendar: Calendar) -> Fact:
    return Fact(
        row.case_id, row.item_code, STEP, row.id, Text(row.name_zh, row.name_en),
        row.department_code or row.lead_code, row.role, row.assignee_id, row.created_at,
        row.due_at, row.due_facts, row.completed_at,
    )  # fmt: skip


def _cohandling(row: Any, _calendar: Calendar) -> Fact:
    return Fact(
        row.case_id, row.item_code, COHANDLING, str(row.id), CAUSES[COHANDLING],
        row.department_code, "", None, row.asked_at, row.due_at, row.due_facts, row.answered_at,
    )  # fmt: skip


def _clock(cause: str, name: str) -> Callable[[Any, Calendar], Fact]:
    def read(row: Any, _calendar: Calendar) -> Fact:
        told = row.due_facts.get(name, {}).get("started_at")
        started = datetime.fromisoformat(told) if told else row.accepted_at or row.received_at
        return Fact(
            row.id, row.item_code, cause, WHOLE, CAUSES[cause], row.lead_code, "", None,
            started, row.due_at, row.due_facts.get(name) or {}, row.decided_at or row.closed_at,
        )  # fmt: skip

    return read


def _lawful(cause: str) -> Callable[[Any, Calendar], Fact]:
    def read(row: Any, calendar: Calendar) -> Fact:
        told = row.due_facts.get(cause)
        if not told:
            told = dict(facts(due_at(calendar, row.started_at, parse_limit(LIMITS[cause]))))
        return Fact(
            row.id, row.item_code, cause, WHOLE, CAUSES[cause], row.lead_code, "", None,
            row.started_at, datetime.fromisoformat(told["at"]), told,
            row.ended_at or row.closed_at,
        )  # fmt: skip

    return read


def _stop(row: Any, _calendar: Calendar) -> Fact:
    known = {"limit": row.planned, "started_at": row.started_at.isoformat()}
    return Fact(
        row.case_id, row.item_code, STOP, str(row.id), CAUSES[STOP], row.department_code, "",
        row.asked_by, row.started_at, row.due_at, known, row.ended_at,
        ends_itself=row.element is None,
    )  # fmt: skip


def _letter(row: Any, _calendar: Calendar) -> Fact:
    return Fact(
        row.case_id, row.item_code, LETTER, str(row.id), Text(row.subject, row.subject),
        row.department_code, row.role, None, row.issued_at, row.due_at, row.due_facts,
        row.replied_at,
    )  # fmt: skip


#: Corrections were named and have not come in: the authority owes nothing meanwhile.
CORRECTING: Final = exists().where(Correction.case_id == Case.id, Correction.answered_at.is_(None))
_LAST_ASKED = (
    select(func.max(Correction.asked_at))
    .where(Correction.case_id == Case.id)
    .correlate(Case)
    .scalar_subquery()
)
_FIRST_ASKED = (
    select(Correction.asked_at)
    .where(Correction.case_id == Case.id)
    .order_by(Correction.id)
    .limit(1)
    .scalar_subquery()
)
EXPLAINED: Final = exists().where(Event.case_id == Case.id, Event.type == "overdue-explained")
#: Accepted by law because nobody had said anything: the limit of receipt was not kept.
DEEMED: Final = Case.due_facts.has_key("deemed")
_CORRECTED = (
    select(func.max(Correction.answered_at))
    .where(Correction.case_id == Case.id)
    .correlate(Case)
    .scalar_subquery()
)
_COMPLETE_AT = func.coalesce(_CORRECTED, Case.received_at)
_WHOLE = literal(WHOLE, String)
_CLOCK = (*_CASE, Case.accepted_at, Case.received_at, Case.decided_at, Case.closed_at)
_SOURCES: Final[dict[str, _Source]] = {
    STEP: _Source(
        select(
            Task.id, Task.case_id, Task.item_code, Task.name_zh, Task.name_en, Task.role,
            Task.department_code, Task.assignee_id, Task.created_at, Task.due_at, Task.due_facts,
            Task.completed_at, Case.lead_code,
        )
        .join(Case, Case.id == Task.case_id)
        .where(
            Task.due_at.is_not(None), Task.role != APPLICANT_ROLE, Task.cohandling_id.is_(None)
        ),
        cast(Task.id, String), Task.state == "open", Task.state == "completed",
        Task.completed_at, _step, Task.due_at,
    ),
    COHANDLING: _Source(
        select(
            CoHandling.id, CoHandling.case_id, CoHandling.department_code, CoHandling.asked_at,
            CoHandling.due_at, CoHandling.due_facts, CoHandling.answered_at, Case.item_code,
        )
        .join(Case, Case.id == CoHandling.case_id)
        .where(CoHandling.due_at.is_not(None)),
        cast(CoHandling.id, String), CoHandling.state == "open", CoHandling.state == "answered",
        CoHandling.answered_at, _cohandling, CoHandling.due_at,
    ),
    PROMISE: _Source(
        select(*_CLOCK, Case.promised_due_at.label("due_at"), Case.due_facts).where(
            Case.promised_due_at.is_not(None)
        ),
        _WHOLE, _RUNNING, Case.decided_at.is_not(None), Case.decided_at,
        _clock(PROMISE, "promised"), Case.promised_due_at,
    ),
    STATUTORY: _Source(
        select(*_CLOCK, Case.statutory_due_at.label("due_at"), Case.due_facts).where(
            Case.statutory_due_at.is_not(None)
        ),
        _WHOLE, _RUNNING, Case.decided_at.is_not(None), Case.decided_at,
        _clock(STATUTORY, "statutory"), Case.statutory_due_at,
    ),
    RECEIPT: _Source(
        select(
            *_CASE, Case.closed_at, Case.due_facts,
            # With the corrections the five days begin anew.
            case(
                (or_(DEEMED, Case.accepted_at.is_(None)), _COMPLETE_AT), else_=Case.received_at
            ).label("started_at"),
            # Whichever came first: the notice of correction, or the acceptance.
            case(
                (DEEMED, None),
                (Case.accepted_at.is_not(None), func.least(_FIRST_ASKED, Case.accepted_at)),
                (CORRECTING, _LAST_ASKED),
            ).label("ended_at"),
        ),
        _WHOLE,
        and_(
            Case.accepted_at.is_(None), Case.closed_at.is_(None), Case.suspended_at.is_(None),
            ~CORRECTING,
        ),
        or_(Case.accepted_at.is_not(None), CORRECTING), Case.received_at,
        _lawful(RECEIPT), ended_again_at=_COMPLETE_AT,
    ),
    DELIVERY: _Source(
        select(
            *_CASE, Case.decided_at.label("started_at"), Case.delivered_at.label("ended_at"),
            Case.closed_at, Case.due_facts,
        ).where(Case.decided_at.is_not(None)),
        _WHOLE, and_(Case.delivered_at.is_(None), Case.closed_at.is_(None)),
        Case.delivered_at.is_not(None), Case.delivered_at, _lawful(DELIVERY),
    ),
    STOP: _Source(
        select(
            ClockStop.id, ClockStop.case_id, ClockStop.element, ClockStop.planned,
            ClockStop.department_code, ClockStop.asked_by, ClockStop.started_at,
            ClockStop.planned_end_at.label("due_at"), Case.item_code,
            # What ended as it was told is in time to the instant.
            case(
                (ClockStop.overrun_at.is_not(None), ClockStop.ended_at),
                else_=ClockStop.ended_at - INSTANT,
            ).label("ended_at"),
        )
        .join(Case, Case.id == ClockStop.case_id)
        .where(ClockStop.planned_end_at.is_not(None), ClockStop.started_at.is_not(None)),
        cast(ClockStop.id, String), ClockStop.state == "running", ClockStop.state == "ended",
        ClockStop.ended_at, _stop, ClockStop.planned_end_at,
    ),
    EXPLANATION: _Source(
        select(
            *_CASE, Case.promised_due_at.label("started_at"),
            literal(None).label("ended_at"), Case.closed_at, Case.due_facts,
        ).where(Case.promised_due_at.is_not(None), ~EXPLAINED),
        _WHOLE, _RUNNING, false(), Case.closed_at, _lawful(EXPLANATION),
    ),
    LETTER: _Source(
        select(
            Letter.id, Letter.case_id, Letter.subject, Letter.department_code, Letter.role,
            Letter.issued_at, Letter.reply_by.label("due_at"), Letter.due_facts,
            Letter.replied_at, Case.item_code,
        ).join(Case, Case.id == Letter.case_id),
        cast(Letter.id, String), Letter.state == "issued", Letter.replied_at.is_not(None),
        Letter.replied_at, _letter, Letter.reply_by,
    ),
}  # fmt: skip


#: Facts that another part of the system knows of: of the cases asked about (None: of all), what
#: is open, and what has ended since an instant (None: nothing of that).
Feeder = Callable[[Collection[int] | None, datetime | None], Iterator[Fact]]
_FED: Final[dict[str, Feeder]] = {}


def feed(cause: str, feeder: Feeder) -> None:
    """Let another module tell the facts of a cause, such as complaints that wait for an answer.

    It is called once, where that module is loaded, with a function that gives a ``Fact`` for each
    limit that runs (``ended_at`` None) or has ended lately, or for each breach (``found``).
    Rules of that cause then judge them like all others: cards, trial, forecast.
    """
    if cause not in CAUSES:
        raise LookupError(f"Expected a cause of engine.supervision.kinds, but got {cause!r}")
    _FED[cause] = feeder


def running(
    calendar: Calendar,
    *,
    cause: str = "",
    done_at: Mapping[str, str] | None = None,
    until: datetime | None = None,
) -> Iterator[Fact]:
    """Return what is open and has a limit, of one cause or of all (read in parts).

    ``done_at`` says by cause at which level a card can rise no further: what has such a card, or
    a withdrawn one, is left out. ``until``: only what is due before.
    """
    for name, source in _SOURCES.items():
        if cause not in ("", name) or (until is not None and source.due is None):
            continue
        query = source.query.where(source.open).execution_options(yield_per=BATCH)
        if until is not None:
            query = query.where(source.due < until)
        if done_at is not None:
            query = query.where(~_finished(name, source, done_at.get(name, "")))
        yield from _read(query, source, calendar)
    for name, feeder in _FED.items():
        if cause in ("", name) and until is None:
            yield from (fact for fact in feeder(None, None) if fact.ended_at is None)


def of_cases(case_ids: Collection[int], calendar: Calendar, since: datetime) -> Iterator[Fact]:
    """Return what some cases have that is open, or has ended since an instant."""
    db.write()
    for name, source in _SOURCES.items():
        asked, row = _of_cases(name)
        found = db.ask(asked.text, asked.values(ids=list(case_ids), since=since))
        yield from (source.read(row(*values), calendar) for values in found)
    for feeder in _FED.values():
        yield from feeder(case_ids, since)


@cache
def _of_cases(cause: str) -> tuple[Asked, Callable[..., Any]]:
    """Write the statement of ``of_cases`` for a cause, once, and what its rows are read as.

    A look over much that has happened, and every card, sends one of each cause.
    """
    source = _SOURCES[cause]
    ended_at = source.ended_at if source.ended_again_at is None else source.ended_again_at
    lately = and_(source.ended, ended_at >= bindparam("since"))
    query = source.query.where(Case.id == any_(bindparam("ids")), or_(source.open, lately))
    names = [str(column.key) for column in query.selected_columns]
    return Asked(query), namedtuple("Row", names)


def _finished(cause: str, source: _Source, top: str) -> ColumnElement[bool]:
    return exists().where(
        Card.case_id == Case.id,
        Card.cause == cause,
        Card.subject == source.subject,
        or_(Card.level == top, Card.state == WITHDRAWN),
    )


def ended(calendar: Calendar, cause: str, since: datetime, limit: int) -> list[Fact]:
    """Return the latest facts of a cause that ended since an instant, for trying a rule."""
    if cause not in _SOURCES:
        return []
    source = _SOURCES[cause]
    query = source.query.where(source.ended, source.ended_at >= since)
    found = query.order_by(source.ended_at.desc()).limit(limit)
    return list(_read(found, source, calendar))


def _read(query: Select[*tuple[Any, ...]], source: _Source, calendar: Calendar) -> Iterator[Fact]:
    rows = db.session().execute(query)
    return (source.read(row, calendar) for row in rows)
