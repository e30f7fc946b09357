"""How many connections each web process of a server has, where all of them can see it.

A kept connection stays with the process that took it, so one process could have all four of a
proxy while the next idles. Who has more lets who has fewer come first, and for that has to know.
"""

import mmap
from typing import Final

#: As many processes as a server may have at a time, those that are about to end among them.
ROOM: Final = 256
#: What stands for a process that takes no connections.
NOBODY: Final = -1


class Seats:
    """A row of counts in memory shared with the processes forked after it was made."""

    def __init__(self) -> None:
        self._counts = memoryview(mmap.mmap(-1, 4 * ROOM)).cast("i")
        for place in range(ROOM):
            self._counts[place] = NOBODY
        self._given: set[int] = set()

    def give(self) -> int | None:
        """Give a place to a process about to be forked; None when there is none left."""
        place = next((one for one in range(ROOM) if one not in self._given), None)
        if place is not None:
            self._given.add(place)
        return place

    def free(self, place: int | None) -> None:
        """Take back the place of a process that has ended."""
        self.tell(place, NOBODY)
        self._given.discard(-1 if place is None else place)

    def tell(self, place: int | None, connections: int) -> None:
        """Let the others know how many connections a process has; NOBODY: it takes none."""
        if place is not None:
            self._counts[place] = connections

    def any_below(self, connections: int) -> bool:
        """Say whether some process has fewer connections than this, and takes more."""
        return connections > 0 and any(NOBODY < count < connections for count in self._counts)
