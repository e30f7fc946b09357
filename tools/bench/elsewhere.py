"""What Spiff-Arena itself did in the one run there is of it, brought to this machine's speed.

It is not to be had where this runs. Where it ran, trips of the stock library through the engine
were measured as well; the same trips here tell how fast this machine is beside that one.
"""

import statistics
from collections.abc import Sequence
from typing import Any, Final

from tools.bench import figures, model
from tools.bench.engine_trips import complete
from tools.bench.stock import StockCase

#: Completions a second by two web processes and four clients, and the trip late in the case.
DID, TRIP_MS, TASK = 19.0, 4.3, "T7"
WANTED: Final = 25.0
TRIPS: Final = 9


class Yardstick:
    """A case of the stock library late in its life, and how long its trips took."""

    def __init__(self) -> None:
        self._case = StockCase(model.approval(stock=True), model.PROCESS)
        complete(self._case, "T1", model.application(5))
        while (name := self._case.open()[0][0]) != TASK:
            complete(self._case, name)
        self._task = self._case.open()[0][1]
        self._filled = model.answers(TASK)
        self.measures: list[float] = []
        self.lay()
        self.measures.clear()

    def lay(self) -> None:
        """Note how many milliseconds a trip takes just now."""
        took = [figures.timed(self._trip) for _ in range(TRIPS)]
        self.measures.append(statistics.median(took) * 1000)

    def as_json(self, rates: Sequence[float]) -> dict[str, Any]:
        """Compare the completions a second of rounds, each with the trip measured beside it."""
        times = [
            rate * now / (DID * TRIP_MS) for rate, now in zip(rates, self.measures, strict=True)
        ]
        trip, median = statistics.median(self.measures), statistics.median(times)
        return {
            "completions_a_second": DID,
            "trip_ms_there": TRIP_MS,
            "trip_ms_here": round(trip, 2),
            "completions_a_second_here": round(DID * TRIP_MS / trip, 1),
            "times_faster": round(median, 1),
            "times_faster_least": round(min(times), 1),
            "times_faster_most": round(max(times), 1),
            "wanted_times_faster": WANTED,
            "verdict": "held" if median >= WANTED else "NOT HELD",
        }

    def _trip(self) -> None:
        self._case.trip(self._task, self._filled)


def lines(found: dict[str, Any]) -> list[str]:
    """Write the comparison for people."""
    span = f"{found['times_faster_least']} to {found['times_faster_most']}"
    trips = f"{found['trip_ms_there']} ms there, {found['trip_ms_here']} ms here"
    wanted = f"wanted at least {found['wanted_times_faster']:g}: {found['verdict']}"
    return [
        f"Spiff-Arena itself, one run elsewhere: {found['completions_a_second']:g} a second",
        f"  a trip of the stock library: {trips}",
        f"  so about {found['completions_a_second_here']} completions a second here",
        f"  times faster {found['times_faster']} (in single rounds {span}); {wanted}",
    ]
