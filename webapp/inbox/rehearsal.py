"""An act tried out before it is carried out: what the confirm page shows is what would happen."""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NoReturn

from engine import db, tasks
from engine.cases import documents
from engine.permissions import Actor
from engine.tasks import Doing
from forms.text import Text
from webapp.inbox.told import whose_turn


@dataclass(frozen=True)
class Preview:
    """A document that would be issued; it gets its number only when it is."""

    title: Text
    facts: tuple[tuple[Text, Text], ...]
    paragraphs: tuple[Text, ...]
    points: tuple[Text, ...]
    remedies: Text
    to: str
    issuer: Text
    issued_at: datetime
    valid_to: date | None


@dataclass(frozen=True)
class Rehearsal:
    """What an act would do."""

    documents: tuple[Preview, ...]
    signatures_missing: int
    whose_turn: Text
    closes: bool


class _UndoError(Exception):
    """Ends the transaction of a rehearsal, so that nothing of it stays."""


def rehearse(task_id: str, doing: Doing, *, actor: Actor, now: datetime) -> Rehearsal:
    """Carry an act out in a transaction that is then rolled back, and tell what it did.

    Raises whatever the act itself would raise.
    """
    seen: list[Rehearsal] = []
    try:
        with db.transaction():
            done = tasks.complete(task_id, doing, actor=actor, now=now)
            seen.append(
                Rehearsal(
                    documents=tuple(_preview(row) for row in done.issued),
                    signatures_missing=done.signatures_missing,
                    whose_turn=whose_turn(done),
                    closes=done.case.closed_at is not None,
                )
            )
            _undo()
    except _UndoError:
        return seen[0]


def _undo() -> NoReturn:
    raise _UndoError


def _preview(row: Any) -> Preview:
    data = row.data
    return Preview(
        title=Text(row.title_zh, row.title_en),
        facts=tuple((documents.text_of(k), documents.text_of(v)) for k, v in data["facts"]),
        paragraphs=tuple(documents.text_of(p) for p in data["paragraphs"]),
        points=tuple(documents.text_of(p) for p in data["points"]),
        remedies=documents.text_of(data["remedies"]),
        to=data["to"],
        issuer=documents.text_of(data["issuer"]),
        issued_at=row.issued_at,
        valid_to=row.valid_to,
    )
