"""The simulated clock: what is to happen when, taken in the order of its time."""

import heapq
from collections.abc import Callable
from datetime import datetime
from itertools import count

Act = Callable[[datetime], None]


class Agenda:
    """Acts to come; those of one instant go in the order in which they were put in."""

    def __init__(self) -> None:
        self._heap: list[tuple[datetime, int, Act]] = []
        self._order = count()

    def put(self, at: datetime, act: Act) -> None:
        """Let something happen at an instant."""
        heapq.heappush(self._heap, (at, next(self._order), act))

    def run(self, until: datetime) -> None:
        """Do everything up to an instant, each with the time it was put in for."""
        while self._heap and self._heap[0][0] < until:
            at, _, act = heapq.heappop(self._heap)
            act(at)
