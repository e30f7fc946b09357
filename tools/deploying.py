"""``lianban deploy``: items of folders and archives become versions, for people and for CI.

All or nothing unless told otherwise: every item is tried in one unit of work, which is undone when
one of them is refused, and always in a dry run. An item that calls another one of the same delivery
is tried again after it.
"""

import argparse
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from sqlalchemy.exc import SQLAlchemyError

from engine import clock, db, definitions, people
from engine.errors import NotFoundError
from engine.permissions import SYSTEM, Actor
from engine.problems import Problem
from forms.text import Text
from tools import checking, city, data
from tools.errors import ToolsError

DEPLOYED, UNCHANGED, OLDER, REFUSED, HELD = "deployed", "unchanged", "older", "refused", "held-back"
STATES: Final = {
    DEPLOYED: Text("新版本", "new version"),
    UNCHANGED: Text("已是最新", "unchanged"),
    OLDER: Text("与旧版相同，没有部署；现行的是另一版", "the files of an older version"),
    REFUSED: Text("未通过", "refused"),
    HELD: Text("可以部署，因其他事项未通过而没有部署", "held back because of the others"),
}
DONE, PROBLEMS, UNREACHABLE = 0, 1, 2


@dataclass(frozen=True)
class Bundle:
    """One item named on the command line."""

    name: str
    files: dict[str, bytes]
    #: The folder or archive it was read from.
    path: Path = field(default=Path())


@dataclass(frozen=True)
class Result:
    """What became of one item."""

    item: str
    path: Path
    state: str
    number: int | None = None
    #: Running cases on older versions, by number.
    running: tuple[tuple[int, int], ...] = ()
    problems: tuple[Problem, ...] = ()

    @property
    def refused(self) -> bool:
        """Whether the item keeps the delivery from going through."""
        return self.state in (REFUSED, OLDER)

    def as_json(self) -> dict[str, Any]:
        """Return it for programs."""
        return {
            "item": self.item,
            "path": str(self.path),
            "state": self.state,
            "number": self.number,
            "new": self.state == DEPLOYED,
            "running": [{"number": number, "cases": cases} for number, cases in self.running],
            "problems": [checking.as_json(one) for one in self.problems],
        }

    def as_lines(self) -> list[str]:
        """Return it for people: one line, and one block a problem."""
        said = STATES[self.state]
        number = f" {self.number}" if self.number else ""
        found = [f"{self.item}: {said.zh} {said.en}{number}"]
        if self.running:
            zh = "、".join(f"第{number}版{cases}件" for number, cases in self.running)
            en = ", ".join(f"{cases} on version {number}" for number, cases in self.running)
            found.append(f"  在办件留在原版本 running cases stay: {zh} · {en}")
        return [*found, *map(checking.as_line, self.problems)]


class _Undone(Exception):  # noqa: N818 - no error: the unit of work is to be rolled back
    """Everything was tried; nothing of it is to stay."""


def bundles(paths: Sequence[Path]) -> list[Bundle]:
    """Read the items at some paths: an item's folder, a folder of items, or a ZIP file.

    Raises ToolsError for a path at which there is no item.
    """
    found = []
    for path in paths:
        if path.suffix == ".zip" and path.is_file():
            found.append(Bundle(path.stem, _unpacked(path), path))
            continue
        folders = city.item_folders(path)
        if not folders:
            raise ToolsError(
                Text(
                    f"{path} 中没有事项（找不到 item.yaml）。",
                    f"There is no item at {path} (no item.yaml).",
                )
            )
        found += [Bundle(one.name, definitions.read_folder(one), one) for one in folders]
    return found


def _unpacked(path: Path) -> dict[str, bytes]:
    try:
        return definitions.read_archive(path)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise ToolsError(
            Text(f"{path} 无法读取（{why}）。", f"{path} cannot be read ({why}).")
        ) from error


def run(options: argparse.Namespace) -> int:
    """Deploy items: 0 all deployed or unchanged, 1 problems, 2 nothing there or out of reach."""
    try:
        chosen = bundles(options.paths)
        with data.bound(data.default_folder()):
            actor = _actor(options.as_login)
            results = deploy(
                chosen, actor, note=options.note, keep=options.keep_going, dry=options.dry_run
            )
    except (ToolsError, NotFoundError) as error:
        return _unreachable(error.message)
    except SQLAlchemyError as error:
        reason = str(error).partition("\n")[0]
        return _unreachable(
            Text(
                f"数据库不可用，没有部署：{reason}",
                f"The database cannot be used; nothing was deployed: {reason}",
            )
        )
    _tell(results, options)
    return PROBLEMS if any(one.refused for one in results) else DONE


def _actor(login: str | None) -> Actor:
    return people.actor_for_login(login) if login else SYSTEM


def _unreachable(message: Text) -> int:
    checking.complain(message)
    return UNREACHABLE


def deploy(
    chosen: Sequence[Bundle], actor: Actor, *, note: str = "", keep: bool = False, dry: bool = False
) -> list[Result]:
    """Deploy items in one unit of work; ``keep``: what is refused does not hold back the others.

    ``dry``: nothing stays. Raises ForbiddenError unless the actor is an administrator.
    """
    # One order for everybody: two who deploy the same items never wait for each other.
    waiting = sorted(chosen, key=lambda one: one.name)
    results: list[Result] = []
    with suppress(_Undone), db.transaction():
        while waiting:
            tried = [(one, _try(one, actor, note)) for one in waiting]
            left = [one for one, result in tried if result.state == REFUSED]
            last = len(left) == len(waiting)
            results += [result for _, result in tried if last or result.state != REFUSED]
            waiting = [] if last else left
        if dry or (not keep and any(one.refused for one in results)):
            raise _Undone
    if any(one.refused for one in results) and not keep:
        results = [replace(r, state=HELD) if r.state == DEPLOYED else r for r in results]
    return sorted(results, key=lambda one: one.item)


def _try(one: Bundle, actor: Actor, note: str) -> Result:
    try:
        done = definitions.deploy(one.files, actor=actor, now=clock.now(), note=note)
    except definitions.BundleRefusedError as refusal:
        placed = tuple(replace(p, file=str(one.path / (p.file or ""))) for p in refusal.problems)
        return Result(one.name, one.path, REFUSED, problems=placed)
    code, number = done.version.item_code, done.version.number
    known = definitions.versions(code)
    running = tuple(
        (info.version.number, info.running)
        for info in known
        if info.running and info.version.number != number
    )
    if done.created:
        return Result(code, one.path, DEPLOYED, number, running)
    # Newer than what is in force: it takes effect at a moment to come.
    known_well = done.version.state == "active" and number >= definitions.newest(code).number
    return Result(code, one.path, UNCHANGED if known_well else OLDER, number, running)


def _tell(results: Sequence[Result], options: argparse.Namespace) -> None:
    if options.json:
        print(json.dumps([one.as_json() for one in results], ensure_ascii=False))
        return
    for one in results:
        print("\n".join(one.as_lines()))
    if any(one.refused for one in results) and not options.keep_going:
        print("有事项未通过，全部没有部署。 Nothing was deployed: an item was refused.")
    elif options.dry_run:
        print("只是检查，没有部署。 A dry run: nothing was deployed.")


def add_command(
    command: Callable[[str, Callable[[argparse.Namespace], int], str], argparse.ArgumentParser],
) -> None:
    """Add ``deploy`` to the parser of ``lianban``."""
    added = command("deploy", run, "部署事项 deploy items as new versions")
    added.add_argument("paths", nargs="+", type=Path, metavar="PATH")
    added.add_argument("--json", action="store_true")
    added.add_argument("--dry-run", action="store_true", help="只检查 check only")
    added.add_argument("--as", dest="as_login", metavar="LOGIN", help="部署人 who deploys")
    added.add_argument("--note", default="", help="说明 what is new")
    which = added.add_mutually_exclusive_group()
    which.add_argument(
        "--all-or-nothing",
        dest="keep_going",
        action="store_false",
        help="有一个未通过就都不部署（默认） one refused, none deployed (default)",
    )
    which.add_argument(
        "--keep-going", action="store_true", help="部署其余通过的 deploy those that pass"
    )
    added.set_defaults(keep_going=False)
