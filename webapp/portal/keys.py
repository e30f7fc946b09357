"""The keys a visitor holds to questions and complaints: the login, or a query code typed before."""

from collections.abc import Callable
from typing import TypeVar

from flask import session

from engine import clock, people
from engine.permissions import Actor
from webapp import visitor

Voice = TypeVar("Voice")
_HELD = "voices"
_MOST = 10


def speaker(nobody: Actor) -> Actor:
    """Return who speaks: the person logged in, or nobody in particular."""
    return visitor.actor_or_none() or nobody


def hold(number: str, code: str) -> None:
    """Remember a query code that fits, for this session."""
    held = {**session.get(_HELD, {}), number: code}
    session[_HELD] = dict(list(held.items())[-_MOST:])


def opened(
    number: str,
    by_person: Callable[[str, Actor], Voice],
    by_code: Callable[[str, str], Voice],
) -> Voice | None:
    """Return what a visitor may read: by a code held, or as its maker; None for nobody's key.

    Raises NotFoundError for whoever is logged in and did not make it.
    """
    code = session.get(_HELD, {}).get(number)
    if code is not None:
        return by_code(number, code)
    actor = visitor.actor_or_none()
    return by_person(number, actor) if actor is not None else None


def try_code(number: str, code: str, find: Callable[[str, str], object]) -> None:
    """Find something by its code, and hold the code.

    Raises NotFoundError for a wrong one, which the caller counts with ``count_guess``;
    ForbiddenError after too many of them.
    """
    people.refuse_guessing(_guessed(number), now=clock.now())
    find(number, code)
    hold(number.strip().upper(), code.strip().upper())


def count_guess(number: str) -> None:
    """Count one wrong code."""
    people.note_failure(_guessed(number), now=clock.now())


def _guessed(number: str) -> str:
    return f"query:{number.strip().upper()}"
