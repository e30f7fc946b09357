"""Write mappings of Camunda 8 whose targets are parts of a variable, such as ``order.status``.

An output is merged into what the variable holds; an input makes a variable of the parts alone.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from engine.bpmn import expressions

#: A target, and FEEL for its value.
Pair = tuple[str, str]

_TARGET: Final = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")


def is_target(text: str) -> bool:
    """Whether a text names a variable or, by dots, a part of one."""
    return _TARGET.fullmatch(text) is not None


@dataclass
class _Part:
    """What is written into a variable, or into one of its parts."""

    value: str | None = None
    parts: "dict[str, _Part]" = field(default_factory=dict)

    def write(self, path: Sequence[str], value: str) -> None:
        """Note a value; a later one takes the place of what it covers."""
        if not path:
            # A comment at its end must not swallow what comes behind.
            self.value, self.parts = f"{value}\n" if "//" in value else value, {}
            return
        self.parts.setdefault(path[0], _Part()).write(path[1:], value)

    def text(self, there: str | None) -> str:
        """Give FEEL for the whole; ``there`` is what its parts are merged into, if anything."""
        there = there if self.value is None else f"({self.value})"
        if not self.parts:
            return self.value or "null"
        # Each part is a context of its own: none may be seen by the next one as a name.
        made = [] if there is None else [_context(there)]
        for name, part in self.parts.items():
            inside = part.text(None if there is None else f"{there}.{name}")
            made.append(f'{{"{name}": {inside}}}')
        return f"context merge([{', '.join(made)}])"


def _context(there: str) -> str:
    """Give FEEL for a context that may not be there, or be something else."""
    inner = f"if {there} instance of context then {there} else {{}}"
    return f"if is defined({there}) then ({inner}) else {{}}"


def inputs(pairs: Sequence[Pair]) -> list[Pair]:
    """Give the inputs by variable, in their order: each may look at those before it."""
    begun: set[str] = set()
    found: list[Pair] = []
    for target, value in pairs:
        root, *path = target.split(".")
        part = _Part()
        part.write(path if _reads(value) else [], value)
        found.append((root, part.text(root if root in begun else None)))
        begun.add(root)
    return found


def outputs(pairs: Sequence[Pair]) -> list[Pair]:
    """Give the outputs by variable, in their order; neighbours of one variable are one."""
    found: list[Pair] = []
    for root, together in groupby(pairs, lambda pair: pair[0].partition(".")[0]):
        part = _Part()
        for target, value in together:
            part.write(target.split(".")[1:] if _reads(value) else [], value)
        found.append((root, part.text(root)))
    return found


def _reads(text: str) -> bool:
    """Whether a value can stand inside of another; what cannot be read is left for the check."""
    return expressions.understand(text).error is None
