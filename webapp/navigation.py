"""The main links of the header, by who is asking."""

from dataclasses import dataclass

from flask import current_app

from engine.permissions import ADMIN, DESIGNER, LEADER, SUPERVISOR, Actor
from forms.text import Text
from webapp import parking


@dataclass(frozen=True)
class Link:
    """One entry of the header."""

    text: Text
    path: str
    #: the blueprint that must be there for the link to lead anywhere
    blueprint: str
    #: which paths the entry stands for, when not only its own
    also: tuple[str, ...] = ()
    #: staff who see it; empty = all staff
    roles: frozenset[str] = frozenset()
    #: which paths below its own belong to another entry
    without: tuple[str, ...] = ()

    @property
    def current(self) -> bool:
        """Say whether the page shown belongs to this entry."""
        shown = parking.page_address().partition("?")[0]
        own = _below(shown, (self.path, *self.also))
        return own and not _below(shown, self.without)


def _below(path: str, prefixes: tuple[str, ...]) -> bool:
    return any(
        path == prefix or (prefix != "/" and path.startswith(f"{prefix}/")) for prefix in prefixes
    )


HOME = Link(Text("首页", "Home"), "/", "portal")
ITEMS = Link(Text("办事事项", "Services"), "/items", "portal", ("/apply",))
QUERY = Link(Text("进度查询", "Track"), "/query", "portal")
MINE = Link(Text("我的办件", "My cases"), "/my", "portal", ("/case",), without=("/my/licences",))
MY_LICENCES = Link(Text("我的证照", "My licences"), "/my/licences", "portal")
LICENCES = Link(Text("证照", "Licences"), "/licences", "licences")
INBOX = Link(Text("待办", "Tasks"), "/inbox", "inbox", ("/tasks", "/cases"))
BOARD = Link(Text("部门看板", "Board"), "/board", "board", (), frozenset({LEADER, SUPERVISOR}))
OVERSIGHT = Link(
    Text("电子监察", "Supervision"),
    "/oversight",
    "oversight",
    (),
    frozenset({LEADER, SUPERVISOR, "head"}),
)
#: Definitions, calendar, incidents and deliveries are tabs of its pages: the header stays short.
ADMINISTRATION = Link(
    Text("系统管理", "Administration"),
    "/admin/definitions",
    "admin",
    ("/admin",),
    frozenset({ADMIN, DESIGNER}),
)
STUDIO = Link(
    Text("流程设计", "Studio"),
    "/studio/drafts",
    "studio",
    ("/studio",),
    frozenset({ADMIN, DESIGNER}),
)


def links(actor: Actor | None) -> list[Link]:
    """Return the entries for this visitor, only those this face of the product has."""
    if actor is not None and actor.kind == "staff":
        entries = [INBOX, LICENCES, BOARD, OVERSIGHT, STUDIO, ADMINISTRATION]
        entries = [e for e in entries if not e.roles or any(actor.has(role) for role in e.roles)]
    else:
        entries = [HOME, ITEMS, QUERY, MINE, MY_LICENCES]
    return [entry for entry in entries if entry.blueprint in current_app.blueprints]


def home(actor: Actor | None) -> str:
    """Return where the wordmark leads."""
    if actor is not None and actor.kind == "staff" and "inbox" in current_app.blueprints:
        return INBOX.path
    return "/"
