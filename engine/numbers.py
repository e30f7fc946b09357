"""Numbers people quote: gapless, one series a year, taken inside the transaction."""

import secrets
from typing import Final

from engine import db

# Without letters and digits that are mistaken for each other on paper or on the phone.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


_NEXT: Final = (
    "insert into counter (series, value) values ($1, 1) "
    "on conflict (series) do update set value = counter.value + 1 returning value"
)


def following(series: str) -> int:
    """Return the next number of a series; a rolled-back transaction gives it back."""
    # Directly: the session would write all that has changed before it asks.
    [[value]] = db.ask(_NEXT, (series,))
    return int(value)


def code(length: int) -> str:
    """Return a random code that can be read out on the phone."""
    # As many letters as fit into five bits: each byte picks one, all alike.
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in secrets.token_bytes(length))
