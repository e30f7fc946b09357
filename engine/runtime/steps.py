"""What an advance of a case gives back: frozen values that know nothing of the machinery."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal


@dataclass(frozen=True)
class Branch:
    """One run of a multi-instance activity, such as one department of a co-handling."""

    #: Stable over all saves.
    id: str
    #: The multi-instance activity as drawn.
    element: str
    #: Place of its item in the collection, from 0.
    index: int
    item: object


@dataclass(frozen=True)
class OpenTask:
    """A step that waits for a person."""

    id: str
    element: str
    #: The innermost branch it stands in; None outside any.
    branch: Branch | None
    #: The variables it sees.
    data: Mapping[str, Any]


@dataclass(frozen=True)
class WaitingTimer:
    """A timer event that waits for its moment (an aware UTC instant)."""

    id: str
    element: str
    due_at: datetime
    branch: Branch | None


@dataclass(frozen=True)
class TraceEntry:
    """One thing that happened to a drawn element in this advance."""

    element: str
    event: Literal["entered", "completed", "cancelled"]
    branch_id: str | None


@dataclass(frozen=True)
class Step:
    """A case after one advance: what to store, and what is open now."""

    state: bytes
    open_tasks: tuple[OpenTask, ...]
    timers: tuple[WaitingTimer, ...]
    completed: bool
    #: The variables of the whole case.
    data: Mapping[str, Any]
    trace: tuple[TraceEntry, ...]
    #: All branches of multi-instance activities that are still open, also those in which at the
    #: moment only a timer or a join waits.
    branches: tuple[Branch, ...] = ()
