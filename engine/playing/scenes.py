"""A play at one moment: open tasks, deadlines, notices, what it waits for and what happened."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.bpmn.model import Step
from engine.playing.notices import Notice
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
class Happened:
    """One thing on the way, in words."""

    at: datetime
    text: Text
    #: The number of the move that did it, from 1; 0 at the start.
    number: int


@dataclass(frozen=True)
class Awaited:
    """A message, signal or moment that the play waits for."""

    kind: str
    element: str
    name: str
    #: What a message must carry to be meant, as it was written; None: anything.
    key: str | None = None
    at: datetime | None = None


@dataclass(frozen=True)
class Scene:
    """A play as it stands after its last move."""

    now: datetime
    todos: tuple[Todo, ...]
    awaited: tuple[Awaited, ...]
    deadlines: tuple[Deadline, ...]
    notices: tuple[Notice, ...]
    log: tuple[Happened, ...]
    completed: bool
    #: Elements where it stands, and those that are done.
    current: frozenset[str]
    done: frozenset[str]
    data: Mapping[str, Any]
    #: Why the last move could not be made, or where the diagram failed.
    fault: Text | None = None

    def next_moment(self) -> datetime | None:
        """Return the next moment at which something is due, after now."""
        dues = [one.due.at for one in self.todos if one.due and one.due.at]
        dues += [one.at for one in self.awaited if one.at]
        dues += [one.at for one in self.deadlines if one.at]
        return min((at for at in dues if at > self.now), default=None)
