"""Metrics in Prometheus' plain text: how they are written, and what waits in the database.

Every process of the service tells the same figures of the database, whichever is asked.
"""

import hmac
import os
from collections.abc import Callable, Mapping
from typing import Final

from engine import db, pulse

#: The setting that holds the key of whoever reads metrics.
KEY: Final = "LIANBAN_METRICS_KEY"
TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
#: name, help, how to read it from the pulse
SHARED: Final[tuple[tuple[str, str, Callable[[pulse.Pulse], float]], ...]] = (
    ("timers_due", "Timers that are due and have not fired.", lambda p: p.timers_due),
    ("timer_oldest_due_seconds", "How long the oldest of them is due.", lambda p: p.oldest_timer),
    ("timers_set_aside", "Timers that could not fire.", lambda p: p.timers_failed),
    ("lapse_oldest_due_seconds", "Longest overdue end of a receipt limit.",
     lambda p: p.oldest_lapse),
    ("messages_waiting", "Messages between cases on their way.", lambda p: p.messages_waiting),
    ("jobs_waiting", "Queued jobs that may begin.", lambda p: p.jobs_waiting),
    ("job_oldest_seconds", "How long the oldest of them waits.", lambda p: p.oldest_job),
    ("jobs_failed", "Jobs that are not tried again.", lambda p: p.jobs_failed),
    ("programs_waiting", "Service tasks that no program has fetched.",
     lambda p: p.programs_waiting),
    ("programs_failed", "Service tasks that programs have given up.", lambda p: p.programs_failed),
    ("workers_alive", "Workers heard of in the last 30 seconds.", lambda p: p.alive),
    ("worker_heartbeat_age_seconds", "Since any worker was heard of.",
     lambda p: min(p.workers, default=-1.0)),
)  # fmt: skip


def key() -> str:
    """Return the key that whoever reads metrics must show; empty where none is set."""
    return os.environ.get(KEY, "").strip()


def opened(authorization: str) -> bool:
    """Say whether a header shows the key (``Bearer …``); where none is set, anything will do."""
    shown = authorization.removeprefix("Bearer ").strip()
    return hmac.compare_digest(shown.encode(), key().encode()) if key() else True


def lines(name: str, kind: str, said: str, samples: Mapping[str, float] | float) -> list[str]:
    """Write a metric; its samples are by their labels (``status="2xx"``), or one without any."""
    found = {"": samples} if isinstance(samples, (int, float)) else samples
    told = [
        f"{name}{{{labels}}} {value:g}" if labels else f"{name} {value:g}"
        for labels, value in found.items()
    ]
    return [f"# HELP {name} {said}", f"# TYPE {name} {kind}", *told]


def shared() -> list[str]:
    """Write what waits in the database; while it cannot be reached, only that it cannot."""
    try:
        taken = pulse.take()
    except Exception:  # noqa: BLE001 - whatever it is, it is what is to be told
        return _up(0)
    finally:
        db.session().close()
    found: list[str] = []
    for name, said, read in SHARED:
        found += lines(f"lianban_{name}", "gauge", said, read(taken))
    return [*found, *_up(1)]


def _up(value: int) -> list[str]:
    return lines("lianban_database_up", "gauge", "Whether the database answers.", value)
