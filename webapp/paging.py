"""Where a list stands: which of how many pages."""

from dataclasses import dataclass
from math import ceil


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
