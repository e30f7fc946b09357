"""All built-in functions, by name."""

from engine.feel.functions import (
    camunda,
    contexts,
    conversion,
    dates,
    lists,
    numeric,
    ranges,
    strings,
)
from engine.feel.functions.base import BUILTINS, Builtin

#: The modules whose import registers their functions.
MODULES = (camunda, contexts, conversion, dates, lists, numeric, ranges, strings)


def find(name: str) -> Builtin | None:
    """Return a built-in function, or None."""
    return BUILTINS.get(name)
