"""What the worker remembers between two looks: how far it has seen the record and its chains.

A limit that was passed and kept within one minute, or while no worker ran, is over before anybody
looks at open work. So each look also judges the cases in which something has happened since.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert

from engine import db
from engine.models import Case, Event, WatchMark

EVENTS, CHAINS, VERDICTS = "events", "chains", "verdicts"
#: Steps that are being written while one looks have lower numbers than some already there: what
#: is younger than this is looked at again the next time.
SETTLED_AFTER: Final = timedelta(minutes=2)
#: Events read, and chains of closed cases checked, in one look.
READ, CHECKED = 20_000, 100


@dataclass(frozen=True)
class Unseen:
    """What has happened since the last look, and how far the next one need not go back."""

    case_ids: tuple[int, ...]
    #: closed cases whose chain has its turn
    chains: tuple[int, ...]
    upto: int
    chains_upto: int


def unseen(now: datetime) -> Unseen:
    """Return the cases to be judged again: touched since the last look, or next to be checked."""
    since, last_chain = int(mark(EVENTS) or 0), int(mark(CHAINS) or 0)
    rows = db.session().execute(
        select(Event.id, Event.case_id, Event.at)
        .where(Event.id > since)
        .order_by(Event.id)
        .limit(READ)
    )
    found = [(row.id, row.case_id, row.at) for row in rows]
    quiet = [number for number, _, at in found if at <= now - SETTLED_AFTER]
    chains = list(
        db.session().scalars(
            select(Case.id)
            .where(Case.id > last_chain, Case.closed_at.is_not(None))
            .order_by(Case.id)
            .limit(CHECKED)
        )
    )
    return Unseen(
        tuple(dict.fromkeys(case for _, case, _ in found if case is not None)),
        tuple(chains),
        max(quiet, default=since),
        # At the end it begins again with the first.
        chains[-1] if len(chains) == CHECKED else 0,
    )


def note_seen(seen: Unseen) -> None:
    """Remember, in the open transaction, that a look was carried out to its end."""
    set_mark(EVENTS, str(seen.upto))
    set_mark(CHAINS, str(seen.chains_upto))


def mark(name: str) -> str | None:
    """Return what was remembered under a name."""
    return db.session().scalar(select(WatchMark.value).where(WatchMark.name == name))


def set_mark(name: str, value: str) -> None:
    """Remember something under a name, in the open transaction."""
    row = insert(WatchMark).values(name=name, value=value)
    db.session().execute(
        row.on_conflict_do_update(index_elements=[WatchMark.name], set_={"value": value})
    )
