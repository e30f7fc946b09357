"""Who has a draft open: a heartbeat of the editor's page, forgotten when it stops."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, select
from sqlalchemy.dialects.postgresql import insert

from engine import db
from engine.drafting import drafts
from engine.models import ItemEditor, Person
from engine.permissions import Actor

#: A page that has not been heard of for so long is closed.
GONE_AFTER: Final = timedelta(seconds=45)


@dataclass(frozen=True)
class Editor:
    """Somebody who has a draft open, and in which file."""

    person_id: int
    name: str
    path: str
    seen_at: datetime


def touch(draft_id: int, path: str, *, actor: Actor, now: datetime) -> list[Editor]:
    """Note that the actor has the draft open, and return who else has. Raises NotFoundError."""
    drafts.require_designer(actor)
    drafts.get(draft_id)
    if actor.person_id is not None:
        row = {"draft_id": draft_id, "person_id": actor.person_id, "path": path, "seen_at": now}
        statement = insert(ItemEditor).values(row)
        keys = [ItemEditor.draft_id, ItemEditor.person_id]
        again = {"path": path, "seen_at": now}
        db.session().execute(statement.on_conflict_do_update(index_elements=keys, set_=again))
    return [one for one in present(draft_id, now=now) if one.person_id != actor.person_id]


def leave(draft_id: int, *, actor: Actor) -> None:
    """Note that the actor has closed the draft."""
    mine = (ItemEditor.draft_id == draft_id) & (ItemEditor.person_id == actor.person_id)
    db.session().execute(delete(ItemEditor).where(mine))


def present(draft_id: int, *, now: datetime) -> list[Editor]:
    """Return who has a draft open, by name."""
    query = (
        select(ItemEditor, Person.name)
        .join(Person, Person.id == ItemEditor.person_id)
        .where(ItemEditor.draft_id == draft_id, ItemEditor.seen_at > now - GONE_AFTER)
        .order_by(Person.name, Person.id)
    )
    return [
        Editor(row.person_id, name, row.path, row.seen_at)
        for row, name in db.session().execute(query)
    ]
