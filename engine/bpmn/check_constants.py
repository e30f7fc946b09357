"""Expressions whose value is known before anything runs: they use no data and no clock."""

import re
from typing import Final

from engine.bpmn.expressions import understand
from engine.feel import FeelError, compile_expression

#: What an expression gives whose value depends on something.
OPEN: Final = object()
#: Most branches of one multi-instance activity that the engine runs.
MOST_BRANCHES: Final = 500
#: Longer texts are not worked out, nor those that go through lists: a check has to be quick.
_MOST_LETTERS: Final = 200
_LONG: Final = re.compile(r"\b(for|some|every|function)\b|\.\.")


def constant(text: str | None) -> object:
    """Give the value that an expression always has, or OPEN."""
    if not text or len(text) > _MOST_LETTERS or _LONG.search(text):
        return OPEN
    read = understand(text.strip())
    if read.error is not None or read.names or read.possible or read.unknown_calls:
        return OPEN
    try:
        return compile_expression(text.strip()).evaluate({})
    except FeelError:  # it asks for the time of day, or fails when it runs
        return OPEN


def never_holds(condition: str | None) -> bool:
    """Whether a condition can never be true, whatever the data."""
    value = constant(condition)
    return value is None or value is False


def always_holds(condition: str | None) -> bool:
    """Whether a condition is true, whatever the data."""
    return constant(condition) is True
