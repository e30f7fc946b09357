"""Figures of a benchmark: medians with their spread, measured in turn, as text and as JSON."""

import os
import platform
import statistics
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Figures:
    """Seconds of each run of one thing."""

    name: str
    seconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """Return the median in seconds."""
        return statistics.median(self.seconds)

    @property
    def p95(self) -> float:
        """Return what 95 of 100 runs stayed below, in seconds."""
        return self._cut()[-1]

    def time(self, act: Callable[[], object]) -> None:
        """Do it once and note how long it took."""
        self.seconds.append(timed(act))

    def as_json(self) -> dict[str, Any]:
        """Return median, spread and count, in milliseconds."""
        cut = self._cut()
        return {
            "name": self.name,
            "n": len(self.seconds),
            "median_ms": _ms(self.median),
            "p5_ms": _ms(cut[0]),
            "p95_ms": _ms(cut[-1]),
        }

    def _cut(self) -> list[float]:
        if len(self.seconds) < 2:
            return self.seconds * 2
        return statistics.quantiles(self.seconds, n=20, method="inclusive")


def timed(act: Callable[[], object]) -> float:
    """Return how many seconds an act takes."""
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def in_turn(
    acts: Mapping[str, Callable[[], object]], rounds: int, at_once: int = 1
) -> dict[str, Figures]:
    """Measure several things in turn, so that what else the machine does hits all of them.

    A turn is ``at_once`` runs of one thing. The first turn only warms up.
    """
    found = {name: Figures(name) for name in acts}
    for number in range(-at_once, rounds, at_once):
        for name, act in acts.items():
            for _ in range(at_once):
                seconds = timed(act)
                if number >= 0:
                    found[name].seconds.append(seconds)
    return found


def ratio(more: Figures, less: Figures) -> float:
    """Return how many times longer one thing takes than another, by their medians."""
    return round(more.median / less.median, 2)


def this_machine() -> dict[str, Any]:
    """Describe what it ran on, as far as it explains the figures."""
    return {
        "cores": os.cpu_count(),
        "python": sys.version.split()[0],
        "system": platform.system(),
    }


def line(row: Mapping[str, Any]) -> str:
    """Write one row of figures for people."""
    return (
        f"{row['name']:44} n={row['n']:5}  median {row['median_ms']:9.3f} ms"
        f"  (p5 {row['p5_ms']:.3f}, p95 {row['p95_ms']:.3f})"
    )


def lines(figures: Sequence[Mapping[str, Any]]) -> list[str]:
    """Write rows of figures for people."""
    return [line(row) for row in figures]


def _ms(seconds: float) -> float:
    return round(seconds * 1000, 3)
