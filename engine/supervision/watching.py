"""What the worker remembers between two looks: how far it has seen the record and its chains.

A limit that was passed and kept within one minute, or while no worker ran, is over before anybody
looks at open work. So each look also judges the cases in which something has happened since, and
checks the chains of those that are closed. The chains of all closed cases, in which nothing need
have happened, are gone through once a day, some in each look until the last has had its turn.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from engine import db
from engine.clock import civil_date
from engine.models import Case, Event, WatchMark

EVENTS, CHAINS, VERDICTS = "events", "chains", "verdicts"
#: The civil day of the last round over all chains that was brought to its end.
ROUND: Final = "round"
#: Steps that are being written while one looks have lower numbers than some already there: what
#: is younger than this is looked at again the next time.
SETTLED_AFTER: Final = timedelta(minutes=2)
#: Events read, and chains of closed cases checked, in one look.
READ, CHECKED = 20_000, 100
_MARKS: Final = select(WatchMark.name, WatchMark.value)


@dataclass(frozen=True)
class Unseen:
    """What has happened since the last look, and how far the next one need not go back."""

    case_ids: tuple[int, ...]
    #: closed cases whose chain has its turn
    chains: tuple[int, ...]
    upto: int
    chains_upto: int
    #: the day of the latest round that is at its end, empty before the first
    round: str


def unseen(now: datetime, checked: int = CHECKED) -> Unseen:
    """Return the cases to be judged again: touched since the last look, or next to be checked.

    ``checked``: how many chains at most have their turn in this look.
    """
    marks = {row.name: row.value for row in db.session().execute(_MARKS)}
    since, last_chain = int(marks.get(EVENTS) or 0), int(marks.get(CHAINS) or 0)
    today, done_on = civil_date(now).isoformat(), marks.get(ROUND) or ""
    rows = db.session().execute(
        select(Event.id, Event.case_id, Event.at)
        .where(Event.id > since)
        .order_by(Event.id)
        .limit(READ)
    )
    found = [(row.id, row.case_id, row.at) for row in rows]
    quiet = [number for number, _, at in found if at <= now - SETTLED_AFTER]
    chains = _next_chains(last_chain, checked) if done_on != today else []
    at_end = done_on != today and len(chains) < checked
    return Unseen(
        tuple(dict.fromkeys(case for _, case, _ in found if case is not None)),
        tuple(chains),
        max(quiet, default=since),
        # At the end it begins again with the first, on another day.
        0 if at_end else chains[-1] if chains else last_chain,
        today if at_end else done_on,
    )


def _next_chains(last: int, limit: int) -> list[int]:
    query = select(Case.id).where(Case.id > last, Case.closed_at.is_not(None))
    return list(db.session().scalars(query.order_by(Case.id).limit(limit)))


def note_seen(seen: Unseen) -> None:
    """Remember, in the open transaction, that a look was carried out to its end."""
    set_mark(EVENTS, str(seen.upto))
    set_mark(CHAINS, str(seen.chains_upto))
    set_mark(ROUND, seen.round)


def mark(name: str) -> str | None:
    """Return what was remembered under a name."""
    return db.session().scalar(select(WatchMark.value).where(WatchMark.name == name))


def set_mark(name: str, value: str) -> None:
    """Remember something under a name, in the open transaction."""
    row = insert(WatchMark).values(name=name, value=value)
    db.session().execute(
        row.on_conflict_do_update(index_elements=[WatchMark.name], set_={"value": value})
    )
