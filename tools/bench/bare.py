"""The bare database transaction: what a completion writes, without the product around it.

The statements of one real completion are kept and sent again through a plain driver connection,
for another case each time, with new keys where rows must be new: what the database alone takes for
the same writes.
"""

import json
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import psycopg
from sqlalchemy import create_engine, event
from sqlalchemy.orm import scoped_session, sessionmaker

from engine import db, tasks
from engine.permissions import Actor
from engine.tasks import Doing

_WRITES: Final = re.compile(r"\b(INSERT INTO|UPDATE|DELETE FROM)\b", re.IGNORECASE)
_PARTS: Final = re.compile(r'part\d+ AS \((INSERT INTO|UPDATE|DELETE FROM) "?(\w+)')
#: What is read along with a locked row, which writing alone would not need.
_ALONG: Final = re.compile(r"select held\.\*.* from \((.*)\) as held", re.DOTALL)
#: What must be new in a new row, by table.
_KEYS: Final[Mapping[str, tuple[str, ...]]] = {
    "task": ("id",),
    "timer": ("id",),
    "document": ("number", "verify_code"),
}


@dataclass(frozen=True)
class Kept:
    """One statement of a completion."""

    text: str
    parameters: Any

    @property
    def needed(self) -> bool:
        """Whether the database alone would need it: it writes, or locks what is written."""
        return bool(_WRITES.search(self.text)) or "FOR NO KEY UPDATE" in self.text


@dataclass(frozen=True)
class Place:
    """Whose rows are written: a task that waits, and its case."""

    task: str
    case: int


def kept(url: str, task_id: str, doing: Doing, actor: Actor, now: Any) -> list[Kept]:
    """Complete one task in this process and keep every statement that it sent."""
    found: list[Kept] = []
    engine = create_engine(url)

    def keep(*call: Any) -> None:
        found.append(Kept(call[2], call[3]))

    db.dispose()
    db.use(scoped_session(sessionmaker(engine, expire_on_commit=False)))
    with engine.connect():
        pass  # what the driver asks once for each connection
    event.listen(engine, "before_cursor_execute", keep)
    with db.transaction():
        tasks.complete(task_id, doing, actor=actor, now=now)
    engine.dispose()
    db.configure(url)
    return found


def alone(statements: Sequence[Kept]) -> list[Kept]:
    """Return what the database alone would need of the statements of an act."""
    needed = [one for one in statements if one.needed]
    inner = [(_ALONG.fullmatch(one.text), one) for one in needed]
    return [Kept(found[1], one.parameters[:1]) if found else one for found, one in inner]


def places(url: str, tasks: Sequence[str]) -> list[Place]:
    """Find the cases of tasks that wait."""
    with psycopg.connect(url) as connection:
        query = "select id, case_id from task where id = any(%s)"
        return [Place(*row) for row in connection.execute(query, (list(tasks),))]


def replay(connection: psycopg.Connection[Any], statements: Sequence[Kept], at: Place) -> None:
    """Send the same writes again for another case, and commit."""
    fresh = uuid.uuid4().hex
    with connection.transaction(), psycopg.RawCursor(connection) as cursor:
        for statement in statements:
            cursor.execute(statement.text, _renewed(statement, fresh, at))


def _renewed(statement: Kept, fresh: str, at: Place) -> Any:
    parts = _PARTS.findall(statement.text)
    if not parts:
        return (at.task,) if "FOR NO KEY UPDATE" in statement.text else statement.parameters
    return tuple(
        _rows(json.loads(rows), kind, table, fresh, at)
        for (kind, table), rows in zip(parts, statement.parameters, strict=True)
    )


def _rows(rows: list[dict[str, Any]], kind: str, table: str, fresh: str, at: Place) -> str:
    mine = {"case_id": at.case, "stream": f"case:{at.case}"}
    if kind != "INSERT INTO":
        mine["id"] = at.task if table == "task" else at.case
    for number, row in enumerate(rows):
        row.update({key: value for key, value in mine.items() if key in row})
        if kind == "INSERT INTO":
            row.update({key: f"{fresh}{number}{key}" for key in _KEYS.get(table, ())})
    return json.dumps(rows)
