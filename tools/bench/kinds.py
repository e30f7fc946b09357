"""``lianban bench``: what the engine, a completion over HTTP and a large city cost, as ratios.

Everything that is compared is measured in turn, in one run, on one machine: trust the ratios, not
the milliseconds. Databases keep their durable settings.
"""

import argparse
import json
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from tools.bench import engine_trips, limits, migrate, over_http, scale

#: Each kind measures into a folder and writes its report for people.
KINDS: Final[dict[str, ModuleType]] = {
    "engine": engine_trips,
    "http": over_http,
    "scale": scale,
    "limits": limits,
    "migrate": migrate,
}


def main(words: Sequence[str]) -> int:
    """Run one benchmark and print its report; exit code 0."""
    parser = argparse.ArgumentParser(prog="lianban bench", description=__doc__)
    parser.add_argument("kind", choices=list(KINDS))
    parser.add_argument("--cases", type=int, help="how many cases (default: as the kind needs)")
    parser.add_argument(
        "--timers", type=int, default=10_000, help="scale: how many timers come due at once"
    )
    parser.add_argument(
        "--memory", type=int, default=10_000, help="scale: after how many cases memory is flat"
    )
    parser.add_argument("--json", action="store_true", help="print JSON")
    options = parser.parse_args(words)
    kind = KINDS[options.kind]
    measure: Callable[[Path, argparse.Namespace], dict[str, Any]] = kind.measure
    with tempfile.TemporaryDirectory(prefix="lianban-bench-") as folder:
        root = Path(folder)
        root.chmod(0o755)
        report = measure(root, options)
    print(json.dumps(report, indent=1) if options.json else kind.as_text(report))
    return 0
