"""The tasks of a play: open, signed by one of two, or done; and what they lack."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.bpmn.model import Step
from engine.completion import Doing
from forms.text import Text


@dataclass(frozen=True)
class Deadline:
    """Until when something is to be done, and how that day came about; no day: it stands still."""

    name: Text
    at: datetime | None
    why: Text

    def missed(self, now: datetime) -> bool:
        """Whether it has passed."""
        return self.at is not None and now >= self.at


@dataclass(frozen=True)
class Todo:
    """An open task of the play."""

    #: The same in every walk of one script.
    id: str
    element: str
    step: Step
    #: A department's code; empty for the applicant.
    department: str
    opened_at: datetime
    due: Deadline | None
    #: The item of its innermost branch, to be named where the step is open several times.
    item: str
    data: Mapping[str, Any]


@dataclass(frozen=True)
class Done:
    """A step that is done: by which department, how, and what was said."""

    step: Step
    #: A department's code; empty for the applicant.
    department: str
    outcome: str
    opinion: str
    answers: Mapping[str, Any]
    at: datetime

    @property
    def label(self) -> Text:
        """The outcome in words."""
        found = self.step.outcome(self.outcome)
        return found.label if found is not None else Text(self.outcome, self.outcome)


@dataclass(frozen=True)
class Signed:
    """What the first of several people has signed, and how many have by now."""

    count: int
    doing: Doing
    #: A hash of what is signed.
    content: str
    at: datetime


@dataclass(frozen=True)
class Lacking:
    """What the inbox or the portal would have refused in a move that was made."""

    #: The number of the move, from 1; 0 for the application.
    number: int
    field: str
    text: Text
