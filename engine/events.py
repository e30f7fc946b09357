"""The record of everything that happened: append-only, each event sealed to the one before it."""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import func, select, text
from sqlalchemy.dialects.postgresql import distinct_on

from engine import db
from engine.models import Case, Event
from engine.permissions import Actor

SEED = "0" * 64
#: What the hash of an event covers, in this order.
_SEALED = (
    *("previous_hash", "stream", "seq", "case_id", "type", "at"),
    *("actor_id", "actor_name", "department_code", "data"),
)
_CHAINED = (*_SEALED, "hash")
_CHAINS = f"select {', '.join(_CHAINED)} from event where stream = any($1) order by stream, seq"  # noqa: S608


def record(
    stream: str,
    type_: str,
    actor: Actor,
    now: datetime,
    *,
    case: Case | None = None,
    department: str | None = None,
    **data: Any,
) -> None:
    """Append one event to a stream, in the transaction of the change it tells of.

    ``type_`` is past tense. Writers of one stream wait for each other: the chain never forks.
    """
    known = db.known()
    seq, previous = known.get(("events", stream)) or _tail(stream, case)
    row = {
        "stream": stream,
        "seq": seq + 1,
        "case_id": case.id if case else None,
        "type": type_,
        "at": now,
        "actor_id": actor.person_id,
        "actor_name": actor.name,
        "department_code": department,
        # Written at once: what changes in it later is not what was told.
        "data": orjson.Fragment(orjson.dumps(data, option=orjson.OPT_SORT_KEYS)),
        "previous_hash": previous,
    }
    row["hash"] = _sealed(row)
    db.append(Event, row)
    known["events", stream] = (row["seq"], row["hash"])


def stream_of(case_id: int) -> str:
    """Return the name of a case's own stream."""
    return f"case:{case_id}"


def hold(case_id: int, tail: Sequence[Any] | None) -> None:
    """Remember number and hash of a case's last event (None: there is none yet).

    Only for who holds the lock on the case's row, or has just made it: the stream is theirs then.
    """
    db.known()["events", stream_of(case_id)] = (tail[0], tail[1]) if tail else (0, SEED)


def hold_all(case_ids: Sequence[int]) -> None:
    """Remember the last events of many cases, whose rows are all locked, with one statement."""
    streams = {stream_of(case_id): case_id for case_id in case_ids}
    query = (
        select(Event.stream, Event.seq, Event.hash)
        .where(Event.stream.in_(streams))
        .order_by(Event.stream, Event.seq.desc())
        .ext(distinct_on(Event.stream))
    )
    tails = {row.stream: (row.seq, row.hash) for row in db.session().execute(query)}
    for stream, case_id in streams.items():
        hold(case_id, tails.get(stream))


def _tail(stream: str, case: Case | None) -> tuple[int, str]:
    """Ask for number and hash of a stream's last event; from now on the stream is ours alone.

    The lock is the case's row for its own stream, a named one for all others.
    """
    session = db.session()
    if case is not None and stream == stream_of(case.id):
        row = select(Case.id).where(Case.id == case.id)
        session.execute(row.with_for_update(key_share=True))
    else:
        session.execute(text("select pg_advisory_xact_lock(hashtext(:stream))"), {"stream": stream})
    last = session.execute(
        select(Event.seq, Event.hash)
        .where(Event.stream == stream)
        .order_by(Event.seq.desc())
        .limit(1)
    ).first()
    return (last.seq, last.hash) if last else (0, SEED)


def of_case(
    case: Case,
    type_: str,
    actor: Actor,
    now: datetime,
    *,
    department: str | None = None,
    **data: Any,
) -> None:
    """Append one event to a case's own stream."""
    record(stream_of(case.id), type_, actor, now, case=case, department=department or None, **data)


def seal(event: Event) -> str:
    """Compute the hash that ties an event to all before it in its stream."""
    return _sealed({name: getattr(event, name) for name in _SEALED})


def _sealed(row: Mapping[str, Any]) -> str:
    at: datetime = row["at"]
    content = [at.astimezone(UTC).isoformat() if name == "at" else row[name] for name in _SEALED]
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).hexdigest()


def verify(stream: str) -> list[int]:
    """Return the sequence numbers at which a stream's chain is broken; empty when it is whole."""
    return broken([stream]).get(stream, [])


def broken(streams: Sequence[str]) -> dict[str, list[int]]:
    """Check the chains of many streams with one statement.

    Returns for each that does not hold the sequence numbers at which it is broken.
    """
    db.write()
    found: dict[str, list[int]] = {}
    stream, previous, expected = "", SEED, 1
    for values in db.ask(_CHAINS, (list(streams),)):
        row = dict(zip(_CHAINED, values, strict=True))
        if row["stream"] != stream:
            stream, previous, expected = row["stream"], SEED, 1
        whole = row["seq"] == expected and row["previous_hash"] == previous
        if not whole or _sealed(row) != row["hash"]:
            found.setdefault(stream, []).append(row["seq"])
        previous, expected = row["hash"], row["seq"] + 1
    return found


def streams() -> list[str]:
    """Return the names of all streams, for a check of every chain."""
    return list(db.session().scalars(select(Event.stream).distinct().order_by(Event.stream)))


def history(case_id: int) -> list[Event]:
    """Return what happened in a case, oldest first."""
    query = select(Event).where(Event.case_id == case_id).order_by(Event.seq)
    return list(db.session().scalars(query))


def recent(stream: str, limit: int = 50) -> list[Event]:
    """Return the latest events of a stream, newest first."""
    query = select(Event).where(Event.stream == stream).order_by(Event.seq.desc()).limit(limit)
    return list(db.session().scalars(query))


def count(stream: str) -> int:
    """Return how many events a stream holds."""
    return db.session().scalar(select(func.count()).where(Event.stream == stream)) or 0
