"""A play at one moment: open tasks, deadlines, notices, what it waits for and what happened."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from engine.playing.notices import Notice
from engine.playing.record import Record
from engine.playing.todos import Deadline, Lacking, Todo
from forms.text import Text


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
    #: Application, materials, signatures and the steps that are done.
    record: Record
    #: What the real doors would have refused in the moves so far.
    lacking: tuple[Lacking, ...] = ()
    #: Why the last move could not be made, or where the diagram failed.
    fault: Text | None = None

    def next_moment(self) -> datetime | None:
        """Return the next moment at which something is due, after now."""
        dues = [one.due.at for one in self.todos if one.due and one.due.at]
        dues += [one.at for one in self.awaited if one.at]
        dues += [one.at for one in self.deadlines if one.at]
        return min((at for at in dues if at > self.now), default=None)
