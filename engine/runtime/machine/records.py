"""What a running world consists of: scopes with variables, and items where tokens are."""

from dataclasses import dataclass, field, fields
from datetime import datetime
from operator import attrgetter
from typing import Any, Final, Literal

import orjson

from engine.bpmn.model import Node
from engine.runtime.errors import LimitExceeded, RuntimeFault
from forms.text import Text

FORMAT: Final = "lianban-world"
VERSION: Final = 2
#: The version before wrote each record with the names of its fields.
NAMED: Final = 1
#: Largest stored world, in bytes.
MAX_WORLD: Final = 8 * 1024 * 1024

Kind = Literal["token", "run", "handler", "undo", "event", "boundary", "start", "choice"]
State = Literal["inside", "open", "waiting", "joining", "listening"]


@dataclass(frozen=True)
class Entry:
    """One line of the record."""

    at: datetime
    element: str
    name: Text
    type: str
    event: str
    scope: str
    #: The innermost run of a multi-instance activity around it.
    branch: int | None = None


@dataclass
class Scope:
    """One run of a process or subprocess."""

    id: int
    process: str
    #: Its path for people: processes, subprocesses, runs.
    label: str
    #: The subprocess; None for a whole process.
    element: str | None = None
    #: The scope around it, and the item there that it works for; None for a process of its own.
    parent: int | None = None
    holder: int | None = None
    #: Its own variables; None: those of the scope around it.
    variables: dict[str, Any] | None = None
    #: What the last token that ended here carried.
    token: dict[str, Any] = field(default_factory=dict)
    #: Completed activities that can be undone, oldest first.
    done: list[dict[str, Any]] = field(default_factory=list)
    #: Complex gateways that wait for their reset, with the flows that already came.
    fired: dict[str, list[str]] = field(default_factory=dict)
    #: Of an ad-hoc subprocess: starts that have not begun, and whether none may begin any more.
    later: list[str] = field(default_factory=list)
    closed: bool = False


@dataclass
class Item:
    """A node that something happens at: a token, a run, or an event that listens."""

    id: int
    scope: int
    node: str
    kind: Kind
    state: State
    #: The flow by which its token came.
    came: str | None = None
    #: What travels with the token: ``outcome``.
    token: dict[str, Any] = field(default_factory=dict)
    #: A run's loop, a boundary's activity, a choice's gateway, a handler's thrower.
    host: int | None = None
    #: A branch's own variables.
    variables: dict[str, Any] | None = None
    #: Mapped inputs and what came in; seen first, never written by others.
    local: dict[str, Any] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)
    #: Whether it stands in the trace and has not been left.
    entered: bool = False


@dataclass(frozen=True)
class Arrival:
    """A token on its way into a node."""

    scope: Scope
    node: Node
    came: str | None
    token: dict[str, Any]


@dataclass
class World:
    """All that runs at once: the process that was started, those it calls, those it writes to."""

    next: int = 1
    scopes: dict[int, Scope] = field(default_factory=dict)
    items: dict[int, Item] = field(default_factory=dict)
    #: Messages thrown and not yet received.
    mail: list[dict[str, Any]] = field(default_factory=list)
    #: Processes that ended: their scope's id and variables.
    ended: dict[int, dict[str, Any]] = field(default_factory=dict)
    #: Starts that need several events: what came so far, by definition.
    half: dict[str, dict[str, Any]] = field(default_factory=dict)

    def number(self) -> int:
        """Give the next id."""
        self.next += 1
        return self.next - 1


def dump(world: World) -> bytes:
    """Store a world; raises LimitExceeded when it has grown too large."""
    content = orjson.dumps(
        {
            "format": FORMAT,
            "version": VERSION,
            "next": world.next,
            "scopes": [_SCOPE(scope) for scope in world.scopes.values()],
            "items": [_ITEM(item) for item in world.items.values()],
            "mail": world.mail,
            "ended": list(world.ended.items()),
            **({"half": world.half} if world.half else {}),
        }
    )
    if len(content) > MAX_WORLD:
        raise LimitExceeded(Text("流程数据过大。", "The data of the run is too large."))
    return content


#: A record as a row: its fields in their order. New fields go to the end, with a default, so that
#: shorter rows stored before still load.
_SCOPE: Final = attrgetter(*(one.name for one in fields(Scope)))
_ITEM: Final = attrgetter(*(one.name for one in fields(Item)))


def load(content: bytes) -> World:
    """Bring a stored world back; raises RuntimeFault for anything else."""
    try:
        stored = orjson.loads(content)
        if stored["format"] != FORMAT or stored["version"] not in (NAMED, VERSION):
            raise _other_version()
        named = stored["version"] == NAMED
        scopes = [Scope(**one) if named else Scope(*one) for one in stored["scopes"]]
        items = [Item(**one) if named else Item(*one) for one in stored["items"]]
        return World(
            stored["next"],
            {one.id: one for one in scopes},
            {one.id: one for one in items},
            stored["mail"],
            dict(stored["ended"]),
            stored.get("half", {}),
        )
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError) as error:
        raise RuntimeFault(Text("流程状态无法读取。", "The stored run cannot be read.")) from error


def _other_version() -> RuntimeFault:
    return RuntimeFault(
        Text(
            "流程状态由另一版本的系统写成，本版本不能读取。",
            "The stored run was written by another version of the system.",
        )
    )
