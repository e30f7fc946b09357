"""What an advance of a case gives back: frozen values that know nothing of the machinery."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

import orjson

from engine.bpmn.model import Outside
from engine.runtime.joined import Part


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
    #: The branch around it; None when there is none.
    outer: "Branch | None" = None

    def chain(self) -> "Iterator[Branch]":
        """List it and the branches around it, innermost first."""
        at: Branch | None = self
        while at is not None:
            yield at
            at = at.outer


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
class Subscription:
    """A place that waits for a message or a signal from outside the case."""

    id: str
    element: str
    kind: Literal["message", "signal"]
    name: str
    #: The value a message must carry to be meant, as ``key_text`` writes it; None: no key is asked.
    key: str | None


@dataclass(frozen=True)
class Sent:
    """A message or signal that this advance threw and that nobody inside the case took."""

    kind: Literal["message", "signal"]
    name: str
    element: str
    data: Mapping[str, Any]
    #: The value by which its receiver is found; None: by its name alone.
    key: str | None


@dataclass(frozen=True)
class Answer:
    """What a program outside says about its task: what came out, or which error it ended with."""

    #: Set in the case.
    variables: Mapping[str, Any]
    #: Seen by the task's own outputs, and by nobody else.
    own: Mapping[str, Any] = field(default_factory=dict)
    #: The code of the error; None when it did what it was asked.
    error: str | None = None


def answer_of(outside: Outside, given: Mapping[str, Any], error: str | None = None) -> Answer:
    """Sort what a program gave: what it may set in the case, and the rest, which stays apart."""
    set_ = {name: value for name, value in given.items() if name in outside.results}
    return Answer(set_, {name: given[name] for name in given.keys() - set_.keys()}, error)


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
    #: All places that wait for a message or signal; those that are new, and the ids of those gone.
    subscriptions: tuple[Subscription, ...] = ()
    subscribed: tuple[Subscription, ...] = ()
    unsubscribed: tuple[str, ...] = ()
    sent: tuple[Sent, ...] = ()
    #: Processes of other bundles that were called for the first time: later steps need them.
    joined: tuple[Part, ...] = ()


def key_text(value: object) -> str:
    """Write a correlation value so that equal values have equal texts: 7 and 7.0, not 7 and '7'."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
