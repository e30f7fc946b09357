"""What a running world consists of: scopes with variables, and items where tokens are."""

from dataclasses import MISSING, dataclass, field, fields
from datetime import datetime
from typing import Any, Final, Literal

import orjson

from engine.runtime.errors import LimitExceeded, RuntimeFault
from forms.text import Text

FORMAT: Final = "lianban-world"
VERSION: Final = 1
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
            "scopes": [_slim(scope) for scope in world.scopes.values()],
            "items": [_slim(item) for item in world.items.values()],
            "mail": world.mail,
            "ended": list(world.ended.items()),
            **({"half": world.half} if world.half else {}),
        }
    )
    if len(content) > MAX_WORLD:
        raise LimitExceeded(Text("流程数据过大。", "The data of the run is too large."))
    return content


def _slim(one: Scope | Item) -> dict[str, Any]:
    """Give what differs from the defaults; not copied, it is written at once."""
    usual = _USUAL[type(one)]
    return {
        name: value
        for name, value in vars(one).items()
        if name not in usual or usual[name] != value
    }


def _defaults(kind: type) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for one in fields(kind):
        if one.default is not MISSING:
            found[one.name] = one.default
        elif one.default_factory is not MISSING:
            found[one.name] = one.default_factory()
    return found


_USUAL: Final = {kind: _defaults(kind) for kind in (Scope, Item)}


def load(content: bytes) -> World:
    """Bring a stored world back; raises RuntimeFault for anything else."""
    try:
        stored = orjson.loads(content)
        if (stored["format"], stored["version"]) != (FORMAT, VERSION):
            raise _other_version()
        return World(
            stored["next"],
            {one["id"]: Scope(**one) for one in stored["scopes"]},
            {one["id"]: Item(**one) for one in stored["items"]},
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
