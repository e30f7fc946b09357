"""How long an authority may take with a question, a complaint, a bad rating: settings of the city.

The numbers are the defaults of supervision.md, sections 2.1 and 6: 5 working days to answer a
question and to say whether a complaint is taken up, 1 working day to see to a bad named rating.
"""

import os
from collections.abc import Mapping
from datetime import datetime
from typing import Final

from engine import clocks
from engine.errors import InvalidError
from engine.workdays import parse_limit

QUESTION, ACCEPTANCE, ANSWER, RATING = "QUESTION", "COMPLAINT", "COMPLAINT_ANSWER", "RATING"
DEFAULTS: Final[Mapping[str, str]] = {
    QUESTION: "5wd",
    ACCEPTANCE: "5wd",
    ANSWER: "15wd",
    RATING: "1wd",
}


def setting(which: str) -> str:
    """Return the environment variable that holds a limit."""
    return f"LIANBAN_{which}_LIMIT"


def of(which: str) -> str:
    """Return a limit as it is written: ``5wd``. Raises ValueError for one that is none."""
    written = os.environ.get(setting(which)) or DEFAULTS[which]
    try:
        parse_limit(written)
    except InvalidError as error:
        raise ValueError(f"{setting(which)}: {error}") from error
    return written


def due(which: str, now: datetime) -> datetime:
    """Return when a limit that begins now ends."""
    return clocks.due(now, of(which)).at
