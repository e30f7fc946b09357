"""Who may enter which page: every route declares its door, one function enforces it.

A view says ``@open_to_all("why")``, ``@applicants_only``, ``@staff_only``, ``@roles("leader")``,
``@logged_in``, ``@token_only``, ``@programs("admin")`` or ``@machines_only``. A route without a
door stops the application from starting.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import Flask, current_app, g, request

from engine import clock, people
from engine.errors import EngineError, ForbiddenError, InvalidError
from engine.permissions import MACHINE, Actor
from forms.text import Text
from webapp import ahead, current, visitor

_MARK = "__lianban_door__"
View = TypeVar("View", bound=Callable[..., Any] | type)


@dataclass(frozen=True)
class Door:
    """One rule of entry: its name, and why it is so."""

    #: open, login, applicant, staff, role, token, program or machine
    name: str
    why: str
    #: for ``role`` and ``program``: any one of these is enough
    roles: frozenset[str] = frozenset()


class DoorMissingError(Exception):
    """Expected every route to say who may enter; the message lists those that do not."""


class LoginNeededError(EngineError):
    """Expected somebody who is logged in."""

    code = "login-needed"

    def __init__(self) -> None:
        super().__init__(Text("请先登录，再继续。", "Please sign in to go on."))


class TokenNeededError(LoginNeededError):
    """Expected a valid bearer token."""

    code = "token-needed"


class WrongPasswordError(LoginNeededError):
    """Expected a login and password that fit."""

    code = "wrong-password"

    def __init__(self) -> None:
        super().__init__()
        self.message = people.WRONG


def _declare(door: Door) -> Callable[[View], View]:
    def mark(view: View) -> View:
        setattr(view, _MARK, door)
        return view

    return mark


def open_to_all(why: str) -> Callable[[View], View]:
    """Let everybody in; ``why`` says what makes that right."""
    return _declare(Door("open", why))


def logged_in(view: View) -> View:
    """Let in whoever is logged in, applicant or staff."""
    return _declare(Door("login", "a person's own pages"))(view)


def applicants_only(view: View) -> View:
    """Let in applicants; staff have pages of their own."""
    return _declare(Door("applicant", "an applicant's own business"))(view)


def staff_only(view: View) -> View:
    """Let in staff of any department; the engine decides what each may see."""
    return _declare(Door("staff", "work of the departments"))(view)


def roles(*codes: str) -> Callable[[View], View]:
    """Let in staff who hold any one of these roles in some department."""
    return _declare(Door("role", "work of " + ", ".join(codes), frozenset(codes)))


def token_only(view: View) -> View:
    """Let in programs that show a bearer token of a person."""
    return _declare(Door("token", "the interface for programs"))(view)


def programs(*codes: str) -> Callable[[View], View]:
    """Let in programs that show login and password, or a token, of staff with one of the roles."""
    return _declare(Door("program", "programs of " + ", ".join(codes), frozenset(codes)))


def machines_only(view: View) -> View:
    """Let in the accounts of programs outside, with their token; nobody else has work there."""
    return _declare(Door("machine", "programs that do service tasks"))(view)


def declare(app: Flask, endpoint: str, door: Door) -> None:
    """Give a door to a view that somebody else's package made."""
    setattr(app.view_functions[endpoint], _MARK, door)


def door_of(view: Callable[..., Any], method: str = "GET") -> Door | None:
    """Find the door of a view function, of a class of views, or of one of its methods."""
    view_class = getattr(view, "view_class", None)
    places = (getattr(view_class, method.lower(), None), view_class, view)
    for place in places:
        found = getattr(place, _MARK, None)
        if isinstance(found, Door):
            return found
    return None


def install(app: Flask) -> None:
    """Enforce the doors before every request."""
    app.before_request(_enforce)


def check(app: Flask) -> None:
    """Refuse to start when a route has no door.

    Raises DoorMissingError naming every such route at once.
    """
    missing = [
        f"{method} {rule.rule} ({rule.endpoint})"
        for rule in app.url_map.iter_rules()
        for method in sorted((rule.methods or set()) - {"HEAD", "OPTIONS"})
        if door_of(app.view_functions[rule.endpoint], method) is None
    ]
    if missing:
        raise DoorMissingError("no door in webapp.doors for: " + "; ".join(sorted(missing)))


def enter(view: Callable[..., Any], method: str) -> None:
    """Let the visitor of this request through the door of a view, or refuse.

    Raises LoginNeededError, TokenNeededError or ForbiddenError.
    """
    door = door_of(view, method)
    if door is None:
        raise DoorMissingError(f"no door for {request.path}")
    _RULES[door.name](door)


def _enforce() -> None:
    asked = current.request()
    if asked.endpoint is not None and asked.method != "OPTIONS":
        enter(current_app.view_functions[asked.endpoint], asked.method)


def _open(_door: Door) -> None:
    """Everybody may enter."""


def _somebody(_door: Door) -> Actor:
    actor = visitor.actor_or_none()
    if actor is None:
        raise LoginNeededError
    return actor


def _applicant(door: Door) -> None:
    if _somebody(door).kind != "applicant":
        raise ForbiddenError(
            Text(
                "这是申请人的页面。工作人员请使用自己的待办页面。",
                "This page is for applicants. Staff have pages of their own.",
            )
        )


def _staff(door: Door) -> None:
    if _somebody(door).kind != "staff":
        raise ForbiddenError(
            Text("这是工作人员的页面。", "This page is for the staff of the departments.")
        )


def _role(door: Door) -> None:
    _staff(door)
    actor = _somebody(door)
    if not any(actor.has(role) for role in door.roles):
        raise ForbiddenError(
            Text(
                "您的岗位不能打开这个页面。如需使用，请联系管理员。",
                "Your post does not open this page. Ask an administrator if you need it.",
            )
        )


def _token(_door: Door) -> None:
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not token.strip():
        raise TokenNeededError
    _show(token)


_PROGRAMS_ONLY = Text(
    "这里只供外部程序使用，请用管理员发给该程序的令牌。",
    "Only programs outside enter here, with the token that an administrator gave them.",
)
_NO_PROGRAMS = Text(
    "外部程序的令牌只能用于服务任务（/engine-rest/external-task）。",
    "The token of a program outside opens service tasks only (/engine-rest/external-task).",
)


def _show(token: str, *, programs_enter: bool = False) -> None:
    actor = people.actor_for_token(token.strip(), now=clock.now(), expected=ahead.begin)
    if actor is None:
        raise TokenNeededError
    if (actor.kind == MACHINE) != programs_enter:
        raise ForbiddenError(_PROGRAMS_ONLY if programs_enter else _NO_PROGRAMS)
    g.token_actor = actor


def _machine(_door: Door) -> None:
    """Let in who shows the token of a program, as a bearer or as the password to a login name."""
    given = request.authorization
    if given is not None and given.type == "basic":
        token = given.password or ""
    elif given is not None and given.type == "bearer":
        token = given.token or ""
    else:
        raise TokenNeededError
    _show(token, programs_enter=True)


def _program(door: Door) -> None:
    kind, _, shown = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() == "basic" and request.authorization is not None:
        given = request.authorization
        try:
            g.token_actor = people.authenticate(
                given.username or "", given.password or "", now=clock.now()
            )
        except InvalidError as error:
            raise WrongPasswordError from error
    elif kind.lower() == "bearer" and shown.strip():
        _token(door)
    else:
        # Programs also send this header with nothing in it, or with the word "undefined".
        raise TokenNeededError
    _role(door)


_RULES: dict[str, Callable[[Door], object]] = {
    "open": _open,
    "login": _somebody,
    "applicant": _applicant,
    "staff": _staff,
    "role": _role,
    "token": _token,
    "program": _program,
    "machine": _machine,
}
