"""What ``lianban`` does with a database: serve, work, deploy and look after an installation."""

import argparse
import json
import logging
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from engine import clock, db, definitions
from engine.problems import Problem
from forms.text import Text
from tools import (
    canary,
    checking,
    city,
    data,
    deciding,
    deploying,
    designing,
    doctor,
    serving,
    trying,
    worker,
)
from tools.bench import kinds as benchmarks
from tools.errors import ToolsError

Options = argparse.Namespace


def serve(options: Options) -> int:
    """Become the web server; the settings come from the environment."""
    if options.canary:
        with data.database(data.default_folder()) as url:
            canary.guard(url)
    command = serving.web_command(options.port, workers=options.workers, host=options.host)
    os.execv(command[0], command)  # noqa: S606 - the same interpreter


def work(options: Options) -> int:
    """Run one worker: until it is stopped, or until everything that is due is done."""
    if not 1 <= options.concurrency <= worker.MOST_LINES:
        raise ToolsError(
            Text(
                f"--concurrency 应为 1 至 {worker.MOST_LINES}。",
                f"--concurrency must be 1 to {worker.MOST_LINES}.",
            )
        )
    level = logging.WARNING if options.once else logging.INFO
    logging.basicConfig(level=level, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    with data.database(data.default_folder()) as url:
        if not options.once:
            worker.run(url, lines=options.concurrency, metrics_port=options.metrics_port)
            return 0
        done = worker.run_once(url, lines=options.concurrency)
    if options.json:
        print(json.dumps({name: done[name] for name in worker.KINDS}))
    else:
        print(
            "\n".join(f"{said.zh} {said.en}: {done[name]}" for name, said in worker.KINDS.items())
        )
    return 1 if done["failures"] else 0


def check_items(paths: Sequence[Path]) -> list[tuple[str, Sequence[Problem]]]:
    """Check items without a database; each with all its problems, files as paths.

    Raises ToolsError or EngineError for a path that holds no readable item.
    """
    found: list[tuple[str, Sequence[Problem]]] = []
    for path in paths:
        for bundle in deploying.bundles([path]):
            folder = path / bundle.name if (path / bundle.name).is_dir() else path
            listed = definitions.read_bundle(bundle.files).problems
            placed = [replace(one, file=str(folder / (one.file or ""))) for one in listed]
            found.append((bundle.name, placed))
    return found


def migrate(_options: Options) -> int:
    """Bring the database to the newest schema."""
    with data.database(data.default_folder()) as url:
        current = db.is_current(url)
        if not current:
            db.migrate(url)
    print("无需升级 already current" if current else "已升级 migrated")
    return 0


def seed_demo(_options: Options) -> int:
    """Bring in the demo city; what exists is left alone."""
    with data.bound(data.default_folder()):
        city.seed(now=clock.now())
    print("演示城市已就绪 the demo city is in place")
    return 0


def examine(options: Options) -> int:
    """Look at everything an installation needs and say what to do about what is wrong."""
    if options.all_cases:
        return _examine_cases(options)
    findings = doctor.examine(data.default_folder())
    if options.json:
        print(json.dumps([finding.as_json() for finding in findings], ensure_ascii=False))
    else:
        for finding in findings:
            print(finding.as_line())
    return 0 if all(finding.well for finding in findings) else 1


def _examine_cases(options: Options) -> int:
    """Load every open case with the code at hand; a bar only where people read it."""
    if options.json:
        with data.database(data.default_folder()) as url:
            report = canary.sing(url)
        print(json.dumps(report.as_json(), ensure_ascii=False))
    else:
        report = canary.listen()
        print("\n".join(report.as_lines()))
    return 1 if report.failed else 0


def bench(options: Options) -> int:
    """Measure; the words after ``bench`` are the benchmark's own."""
    return benchmarks.main(options.words)


def _add_worker(added: argparse.ArgumentParser) -> None:
    added.add_argument(
        "--once", action="store_true", help="办完到期的事就退出 do what is due, then leave"
    )
    added.add_argument(
        "--concurrency", type=int, default=1, metavar="N", help="同时几路 lines of work at once (1)"
    )
    added.add_argument(
        "--metrics-port", type=int, metavar="PORT", help="在此端口提供 /metrics for Prometheus"
    )
    added.add_argument("--json", action="store_true", help="--once 的结果 its result as JSON")


def parser() -> argparse.ArgumentParser:
    """Build the parser of all commands."""
    whole = argparse.ArgumentParser(prog="lianban", description="联办：网上审批 · Lianban")
    commands = whole.add_subparsers(title="命令 commands", required=True)

    def command(name: str, run: Callable[[Options], int], text: str) -> argparse.ArgumentParser:
        added = commands.add_parser(name, help=text, description=text)
        added.set_defaults(run=run)
        return added

    added = command("serve", serve, "启动网站 start the web server")
    added.add_argument("--host", default="127.0.0.1")
    added.add_argument("--port", type=int, default=8000)
    added.add_argument("--workers", type=int, default=2)
    added.add_argument(
        "--canary",
        action="store_true",
        help="先看能否继续每个在办件 first see that every open case can go on",
    )
    _add_worker(command("worker", work, "启动后台进程 start a worker process"))
    checking.add_command(command)
    trying.add_command(command)
    deploying.add_command(command)
    designing.add_commands(command)
    deciding.add_commands(command)
    added = command("doctor", examine, "检查运行环境 examine this installation")
    added.add_argument(
        "--all-cases",
        action="store_true",
        help="用现在的程序读取每个在办件 load every open case with the code at hand",
    )
    added.add_argument("--json", action="store_true")
    command("migrate", migrate, "升级数据库 bring the database to the newest schema")
    command("seed-demo", seed_demo, "导入演示城市 bring in the demo city")
    added = command("bench", bench, "测量性能 measure")
    added.add_argument("words", nargs=argparse.REMAINDER, metavar="...")
    return whole
