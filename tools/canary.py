"""The canary on the command line: every open case is loaded with the code about to serve."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from engine import canary, clock, db
from engine.canary import Trouble
from forms.text import Text
from tools import data, progress
from tools.errors import ToolsError

#: The most cases that are named on the screen; JSON names all.
_SHOWN: Final = 50


@dataclass(frozen=True)
class Report:
    """What looking at every open case has shown."""

    looked: int
    seconds: float
    troubles: Sequence[Trouble]

    @property
    def failed(self) -> int:
        """How many cases the code cannot go on with."""
        return len({one.case_id for one in self.troubles})

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "looked": self.looked,
            "seconds": round(self.seconds, 1),
            "failed": self.failed,
            "cases": [
                {
                    "number": one.number,
                    "item": one.item,
                    "version_id": one.version_id,
                    "kind": one.kind,
                    "reason": one.reason._asdict(),
                }
                for one in self.troubles
            ],
        }

    def as_lines(self) -> list[str]:
        """Return it for people: the summary first, then the cases."""
        well = "✗" if self.failed else "✓"
        took = f"{self.seconds:.1f}"
        zh = f"看了 {self.looked} 件，{self.failed} 件不能继续，用时 {took} 秒"
        en = f"{self.looked} looked at, {self.failed} cannot go on, {took} s"
        lines = [f"{well} 在办件 open cases: {zh} · {en}"]
        for one in self.troubles[:_SHOWN]:
            lines.append(f"  {one.number} {one.item} [{one.kind}] {one.reason.zh}")
            lines.append(f"    {one.reason.en}")
        if len(self.troubles) > _SHOWN:
            more = len(self.troubles) - _SHOWN
            lines.append(f"  … 另有 {more} 处，见 --json {more} more with --json")
        return lines


def sing(url: str, *, told: Callable[[int, int], None] = lambda _done, _all: None) -> Report:
    """Look at every open case of a database; ``told`` hears how far it is."""
    began = time.monotonic()
    db.configure(url)
    try:
        with db.transaction():
            total = canary.count()
        looked = [0]

        def tell(done: int) -> None:
            looked[0] = done
            told(done, max(total, done))

        troubles = canary.examine(now=clock.now(), told=tell)
    finally:
        db.dispose()
    return Report(looked[0], time.monotonic() - began, troubles)


def listen() -> Report:
    """Look at every open case of this installation, with a bar. Raises ToolsError."""
    bar = progress.Bar("在办件", "open cases")
    with data.database(data.default_folder()) as url:
        _require_current(url)
        return sing(url, told=bar.show)


def guard(url: str) -> None:
    """Refuse to serve what cannot be gone on with. Raises ToolsError that names the cases."""
    _require_current(url)
    report = sing(url, told=progress.Bar("在办件", "open cases").show)
    for line in report.as_lines():
        progress.say(line)
    if report.failed:
        raise ToolsError(
            Text(
                "有在办件不能用这个版本的程序继续，没有启动。请换回原来的程序，或先修复这些办件。",
                "There are open cases that this code cannot go on with; nothing was started. Go "
                "back to the code before, or repair these cases first.",
            )
        )


def _require_current(url: str) -> None:
    if not db.is_current(url):
        raise ToolsError(
            Text(
                "表结构不是最新，请先运行 lianban migrate。",
                "The tables are not the newest: run lianban migrate first.",
            )
        )
