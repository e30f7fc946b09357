"""The rounds of a worker: which looks read everything that is open, and which only what is due."""

from datetime import datetime, timedelta
from typing import Final

from engine import clocks
from engine.clock import civil_date
from engine.supervision import rules
from engine.supervision.issuing import LOOKED, look
from engine.supervision.watching import Unseen

#: How often everything open is read again, within a day.
WHOLE_EVERY: Final = timedelta(minutes=10)


class Watch:
    """The looks of one worker: the first of a day reads everything, most others what is due in it.

    So they stay quick however many cases are open. Everything is read again when the rules or the
    calendar change, and now and then, for due times that stops and extensions have moved.
    """

    def __init__(self) -> None:
        self._basis: tuple[object, ...] = ()
        self._whole_at: datetime | None = None

    def look(self, now: datetime, limit: int = LOOKED, *, seen: Unseen | None = None) -> list[int]:
        """Return the cases in which a signal or card is due, or a signal has become empty."""
        force, calendar = rules.in_force(civil_date(now)), clocks.calendar()
        basis = (civil_date(now), [rule.version for rule in force], calendar)
        recent = self._whole_at is not None and abs(now - self._whole_at) < WHOLE_EVERY
        whole = not recent or basis != self._basis
        found = look(now, limit, whole=whole, seen=seen)
        if whole:
            # A look that found all it may find has not seen the rest.
            self._whole_at, self._basis = (now if len(found) < limit else None), basis
        return found

    def forget(self) -> None:
        """Read everything at the next look: what this one found was not dealt with."""
        self._whole_at = None
