"""Reading ahead: what a view asks the database for first goes out with the question who asks.

Two questions in one piece spare the wait for the first answer. What is read ahead may be locked, so
it is done for those only who were let in a moment ago, and when all of the request has come: nobody
holds up others by sending slowly.
"""

from collections.abc import Callable
from typing import Any, Final, TypeVar

from flask import current_app

from webapp import current

View = TypeVar("View", bound=Callable[..., Any])

_MARK: Final = "__lianban_ahead__"
#: A body longer than this, in bytes, is left to its reader.
SMALL: Final = 100_000


def reads(ask: Callable[..., None]) -> Callable[[View], View]:
    """Say what a method of a view asks first; ``ask`` is given the parts of the address."""

    def mark(view: View) -> View:
        setattr(view, _MARK, ask)
        return view

    return mark


def begin() -> None:
    """Have what the view of this request asks first sent along with the next question."""
    asked = current.request()
    view = current_app.view_functions[asked.endpoint or ""]
    method = getattr(getattr(view, "view_class", None), asked.method.lower(), None)
    ask = getattr(method, _MARK, None)
    if ask is None or asked.content_length is None or asked.content_length > SMALL:
        return
    asked.get_data(cache=True)
    ask(**(asked.view_args or {}))
