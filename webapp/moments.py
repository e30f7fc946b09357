"""Moments that people type on a page: a day and a time of the city's clock."""

from datetime import datetime

from engine.clock import CIVIL_ZONE
from engine.errors import InvalidError
from forms.text import Text


def read(text: str, field: str) -> datetime | None:
    """Read what a ``datetime-local`` field gave; None for nothing. Raises InvalidError."""
    if not text.strip():
        return None
    try:
        return datetime.fromisoformat(text.strip()).replace(tzinfo=CIVIL_ZONE)
    except ValueError as error:
        said = Text(
            "请写成“2026-12-01 09:00”这样的时间。", "Write a moment such as 2026-12-01 09:00."
        )
        raise InvalidError(said, fields={field: said}) from error
