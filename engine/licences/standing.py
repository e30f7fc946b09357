"""How a licence stands as of a day, whether or not the worker has been there yet."""

from dataclasses import dataclass
from datetime import date

from engine.licences import kinds
from engine.models import Licence
from forms.text import Text


@dataclass(frozen=True)
class Standing:
    """The present state of a licence in a word, its name, and what explains it."""

    state: str
    name: Text
    #: The ground of the end, with its article; None where there is none.
    ground: Text | None

    @property
    def valid(self) -> bool:
        """Say whether the licence may be relied on."""
        return self.state == kinds.VALID


def standing(licence: Licence, today: date) -> Standing:
    """Return how a licence stands as of a day."""
    state = licence.state
    if state == kinds.VALID and licence.valid_to is not None and licence.valid_to < today:
        state = kinds.EXPIRED
    ground = kinds.GROUNDS.get(licence.end_ground or "")
    said = None
    if ground is not None:
        said = kinds.article_of(ground, "")
    return Standing(state, kinds.STATES[state], said)
