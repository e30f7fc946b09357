"""Where a list stands: which of how many pages, or at which mark."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import TypeVar

from flask import request

from engine.errors import InvalidError

Page = TypeVar("Page")


@dataclass(frozen=True)
class Paged:
    """One page of a longer list, as the macro ``paging`` wants it."""

    page: int
    total: int
    per_page: int

    @property
    def pages(self) -> int:
        """Return how many pages there are, at least one."""
        return max(1, ceil(self.total / self.per_page))


def turned(find: Callable[[str], Page]) -> Page:
    """Return the page at the mark in the address; one that is none of this list's is the first."""
    try:
        return find(request.args.get("at", ""))
    except InvalidError:
        return find("")
