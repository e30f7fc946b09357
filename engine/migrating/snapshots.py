"""The rows of a case as they are before a move, as plain JSON, and how they are put back."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from sqlalchemy import DateTime

from engine import db
from engine.db import Base
from engine.migrating.reading import Rows
from engine.models import (
    Case,
    ClockStop,
    CoHandling,
    Correction,
    Incident,
    Subscription,
    Task,
    Timer,
)

_CASE: Final = (
    *("version_id", "came_from", "due_facts", "statutory_due_at", "promised_due_at"),
    *("receipt_due_at", "receipt_warn_at", "tacit_due_at", "delivery_due_at", "joined"),
)
#: What a move may change of each kind of row.
_ROWS: Final[tuple[tuple[type[Any], tuple[str, ...]], ...]] = (
    (Task, ("element", "name_zh", "name_en", "act", "department_code", "role", "assignee_id",
            "due_at", "due_facts", "state")),
    (CoHandling, ("element", "due_at", "due_facts", "state")),
    (ClockStop, ("element",)),
    (Incident, ("element",)),
    (Correction, ("remind_at", "lapse_at")),
)  # fmt: skip
#: Rows that a move may also make or remove.
_WHOLE: Final[tuple[type[Any], ...]] = (Timer, Subscription)


def take(case: Case, rows: Rows) -> dict[str, Any]:
    """Give all that a move may change."""
    found: dict[str, Any] = {"case": _values(case, _CASE)}
    for table, names in _ROWS:
        found[table.__tablename__] = {str(row.id): _values(row, names) for row in rows.of[table]}
    for whole in _WHOLE:
        columns = whole.__table__.columns.keys()
        found[whole.__tablename__] = [_values(row, columns) for row in rows.of[whole]]
    return found


def restore(case: Case, rows: Rows, before: Mapping[str, Any], state: bytes) -> None:
    """Put everything back. What a move had opened besides is closed with it."""
    _put(case, before["case"])
    case.state = state
    for table, _ in _ROWS:
        known = before[table.__tablename__]
        for row in rows.of[table]:
            if str(row.id) in known:
                _put(row, known[str(row.id)])
            elif table in (Task, CoHandling):
                row.state = "cancelled"
    for whole in _WHOLE:
        _restore_whole(whole, rows, before[whole.__tablename__])


def _restore_whole(table: type[Any], rows: Rows, before: Sequence[Mapping[str, Any]]) -> None:
    """Put back rows that a move may have made, changed or removed."""
    session = db.session()
    wanted = {values["id"]: values for values in before}
    for row in rows.of[table]:
        if row.id in wanted:
            _put(row, wanted.pop(row.id))
        else:
            session.delete(row)
    session.add_all(_made(table, values) for values in wanted.values())


def _values(row: Base, names: Sequence[str]) -> dict[str, Any]:
    found = {name: getattr(row, name) for name in names}
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in found.items()
    }


def _put(row: Any, values: Mapping[str, Any]) -> None:
    for name, value in _read(type(row), values).items():
        setattr(row, name, value)


def _made(table: type[Any], values: Mapping[str, Any]) -> Any:
    return table(**_read(table, values))


def _read(table: type[Any], values: Mapping[str, Any]) -> dict[str, Any]:
    moments = {c.key for c in table.__table__.columns if isinstance(c.type, DateTime)}
    return {
        name: datetime.fromisoformat(value) if value is not None and name in moments else value
        for name, value in values.items()
    }
