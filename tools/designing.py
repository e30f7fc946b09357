"""``lianban compare`` and ``lianban whatif``: items in folders or ZIP files, no database."""

import argparse
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any, Final

from engine import clock, definitions, whatif
from engine.clock import civil_date
from engine.definitions import Reading
from engine.definitions.compare import KINDS, PARTS, Comparison, compare
from engine.whatif import Course, Figure, Setup, Summary
from engine.workdays import Calendar
from forms.text import Text
from tools import checking
from tools.errors import ToolsError

Files = Mapping[str, bytes]
_NUMBERS: Final = {
    "--arrivals": (float, 5.0, "每个工作日的申请数 applications a working day"),
    "--days": (int, 250, "工作日数 working days"),
    "--replications": (int, 5, "重复次数 runs"),
    "--seed": (int, 1, "随机种子 seed"),
    "--each": (int, 2, "未写明的岗位各有几人 people at each post that is not named"),
    "--usual-work": (float, 1.0, "未写明的环节的工时 hours of steps that are not named"),
}


def add_commands(command: checking.Command) -> None:
    """Add both commands to the parser of ``lianban``."""
    added = command("compare", run_compare, "比较两个事项文件夹 compare two bundles of one item")
    added.add_argument("old", type=Path, metavar="OLD", help="旧的一方 folder or ZIP")
    added.add_argument("new", type=Path, metavar="NEW", help="新的一方 folder or ZIP")
    added.add_argument("--json", action="store_true", help="输出 JSON for programs")
    added.epilog = "退出码：0 相同，1 有差别 Exit codes: 0 the same, 1 they differ."
    added = command("whatif", run_whatif, "模拟排队和负荷 simulate queues and load")
    added.add_argument("paths", nargs="+", type=Path, metavar="PATH", help="一个或两个事项 items")
    for name, (kind, usual, text) in _NUMBERS.items():
        added.add_argument(name, type=kind, default=usual, metavar="N", help=f"{text} ({usual:g})")
    for name, shape, text in (
        ("--people", "POST=N", "岗位的人数 people of a post, as scjg:clerk=3"),
        ("--work", "STEP=HOURS", "环节的工时 hours of a step, as review=0.5"),
        ("--outcome", "STEP:CODE=SHARE", "结论的比例 share of an outcome, as accept:correct=0.2"),
        ("--vars", "JSON", "申请内容，可多次 what an application says; several: one is drawn"),
    ):
        added.add_argument(name, action="append", default=[], metavar=shape, help=text)
    added.add_argument("--from", dest="first", type=date.fromisoformat, metavar="DATE")
    added.add_argument("--json", action="store_true", help="输出 JSON for programs")


def parser() -> argparse.ArgumentParser:
    """Build a parser that knows these commands only."""
    return checking.parser_of(add_commands)


def _files(path: Path) -> Files:
    try:
        if path.is_dir():
            return definitions.read_folder(path)
        return definitions.read_archive(path)
    except OSError as error:
        raise ToolsError(
            Text(f"无法读取 {path}：{error}", f"{path} cannot be read: {error}")
        ) from error


def _read(path: Path) -> tuple[Reading, Files]:
    files = _files(path)
    return definitions.read_bundle(files), files


# --- comparing -----------------------------------------------------------------------------------
def run_compare(options: argparse.Namespace) -> int:
    """Compare two bundles; 0 when they are the same, 1 when they differ."""
    found = compare(_read(options.old), _read(options.new))
    if options.json:
        print(json.dumps(_comparison(found), ensure_ascii=False))
    else:
        _tell(found)
    return 0 if found.same else 1


def _comparison(found: Comparison) -> dict[str, Any]:
    changes = [_plain(asdict(change)) for change in found.changes]
    return {"same": found.same, "counts": found.counts(), "changes": changes}


def _plain(value: Any) -> Any:
    """Write texts as mappings, as everywhere in JSON."""
    if isinstance(value, Text):
        return value._asdict()
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


def _tell(found: Comparison) -> None:
    if found.same:
        print("没有差别 nothing differs")
    for change in found.changes:
        part, kind = PARTS[change.part], KINDS[change.kind]
        print(f"{kind.zh} {kind.en}: {part.zh} {change.id} {change.name.zh} {change.name.en}")
        for fact in change.facts:
            print(f"    {fact.label.zh} {fact.label.en}: {fact.before.zh} → {fact.after.zh}")
    for gap in found.gaps:
        print(f"! {gap.zh} {gap.en}")


# --- simulating ----------------------------------------------------------------------------------
def run_whatif(options: argparse.Namespace) -> int:
    """Simulate one item, or two beside each other. Raises InvalidError, ToolsError."""
    setup = _setup(options)
    setup.check()
    answers = [_simulated(path, setup, shown=not options.json) for path in options.paths]
    if options.json:
        print(json.dumps([_plain(asdict(one)) for one in answers], ensure_ascii=False))
        return 0
    for path, found in zip(options.paths, answers, strict=True):
        _tell_summary(path, found)
    return 0


def _simulated(path: Path, setup: Setup, *, shown: bool) -> Summary:
    files = _files(path)
    course = Course(definitions.read_bundle(files), definitions.bundle_hash(files))
    runs, calendar = [], Calendar()
    for number in range(setup.replications):
        if shown:
            print(f"\r{path} {number + 1}/{setup.replications}", end="", file=sys.stderr)
        runs.append(whatif.replicate(course, setup, calendar, number))
    if shown:
        print(file=sys.stderr)
    return whatif.summarise(course, setup, runs, whatif.Axis(calendar, setup.first, 1).hours)


def _setup(options: argparse.Namespace) -> Setup:
    outcomes: dict[str, dict[str, float]] = {}
    for name, share in _pairs(options.outcome):
        step, _, code = name.partition(":")
        outcomes.setdefault(step, {})[code] = share
    return Setup(
        options.first or civil_date(clock.now()),
        options.arrivals,
        people={post: int(count) for post, count in _pairs(options.people)},
        each=options.each,
        work={step: (hours,) for step, hours in _pairs(options.work)},
        outcomes=outcomes,
        mixes=tuple(_variables(text) for text in options.vars),
        usual_work=options.usual_work,
        days=options.days,
        replications=options.replications,
        seed=options.seed,
    )


def _pairs(words: Sequence[str]) -> list[tuple[str, float]]:
    """Read ``NAME=NUMBER``. Raises ToolsError for anything else."""
    found = []
    for word in words:
        name, _, number = word.rpartition("=")
        try:
            found.append((name, float(number)))
        except ValueError:
            name = ""
        if not name:
            raise ToolsError(
                Text(f"“{word}”应写成 名称=数字。", f"'{word}' must be written NAME=NUMBER.")
            )
    return found


def _variables(text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError:
        found = None
    if not isinstance(found, dict):
        raise ToolsError(Text("--vars 应是 JSON 对象。", "--vars must be a JSON object."))
    return found


def _tell_summary(path: Path, found: Summary) -> None:
    print(f"{path}")
    for name, figure in (
        ("承诺兑现率 promises kept", found.kept),
        ("中位数（工作日） median, working days", found.median),
        ("九成在内 nine of ten within", found.p90),
        ("收件 received", found.received),
        ("未决定 undecided", found.unfinished),
    ):
        print(f"  {name}: {_spread(figure)}")
    for step in found.steps:
        print(f"  {step.element}: 等待（小时） wait, hours {_spread(step.wait)}")
    for post in found.posts:
        print(f"  {post.post} × {post.people}: 负荷 load {_spread(post.load)}")
    for why, count in found.faults:
        print(f"  ✗ {count} × {why.zh} {why.en}")


def _spread(figure: Figure | None) -> str:
    if figure is None:
        return "—"
    return f"{figure.mean:.2f} ({figure.least:.2f}–{figure.most:.2f})"
