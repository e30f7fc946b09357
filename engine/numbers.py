"""Numbers people quote: gapless, one series a year, taken inside the transaction."""

import secrets

from sqlalchemy.dialects.postgresql import insert

from engine import db
from engine.models import Counter

# Without letters and digits that are mistaken for each other on paper or on the phone.
ALPHABET = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"


def following(series: str) -> int:
    """Return the next number of a series; a rolled-back transaction gives it back."""
    statement = (
        insert(Counter)
        .values(series=series, value=1)
        .on_conflict_do_update(index_elements=["series"], set_={"value": Counter.value + 1})
        .returning(Counter.value)
    )
    # On the connection: the session would write all that has changed before it asks.
    return int(db.session().connection().execute(statement).scalar_one())


def code(length: int) -> str:
    """Return a random code that can be read out on the phone."""
    # As many letters as fit into five bits: each byte picks one, all alike.
    return "".join(ALPHABET[byte % len(ALPHABET)] for byte in secrets.token_bytes(length))
