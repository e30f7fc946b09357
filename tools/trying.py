"""``lianban try``: run diagrams of any kind, without a database."""

import argparse
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from engine import plain_yaml
from engine.bpmn.model import Process
from engine.problems import Problem
from engine.runtime.decisions import Decisions
from engine.runtime.machine.plan import Plan, first_nodes, openings
from engine.runtime.scripting import finite
from engine.runtime.trial import BEGINNING
from engine.runtime.trying import Script, Tried, read_steps, try_process
from engine.workdays import Calendar, working_end
from forms import Text
from tools import checking

MAX_SCRIPT: Final = 1024 * 1024
#: Most values in a script.
MAX_VALUES: Final = 100_000
_NAMES: Final = {
    "completed": Text("已办结", "completed"),
    "waiting": Text("等待中", "waiting"),
    "failed": Text("出错", "failed"),
    "refused": Text("不能运行", "refused"),
}
_OPTIONS: Final[dict[str, dict[str, Any]]] = {
    "paths": {
        "nargs": "+",
        "type": Path,
        "metavar": "FILE",
        "help": "流程图和决策表 diagrams (.bpmn) and tables (.dmn)",
    },
    "--process": {
        "metavar": "ID",
        "help": "哪个流程；默认第一个可执行、没有被调用的"
        " which process; else the first executable one that is not called",
    },
    "--start": {
        "metavar": "ID",
        "help": "从哪个开始事件；默认没有触发的 at which start event; else one without a trigger",
    },
    "--vars": {
        "default": "{}",
        "metavar": "JSON",
        "help": '开始时的变量 variables at the start, as {"sum": 5}',
    },
    "--script": {"type": Path, "metavar": "FILE", "help": "步骤 steps (YAML or JSON)"},
    "--auto": {
        "action": "store_true",
        "help": "办结每个任务，让每个定时到期 complete every task, let every timer come due",
    },
    "--clock": {
        "metavar": "INSTANT",
        "help": "从何时开始 when it begins, as 2026-03-02T09:00+08:00",
    },
    "--json": {"action": "store_true", "help": "输出 JSON for programs"},
}


def add_command(command: checking.Command) -> None:
    """Add ``try`` to the parser of ``lianban``."""
    added = command("try", run, "试运行流程图 run diagrams without a database")
    for words, settings in _OPTIONS.items():
        added.add_argument(*words.split(), **settings)
    added.epilog = (
        "退出码：0 办结或等待，1 出错或不能运行，2 命令写错。"
        " Exit codes: 0 completed or waiting, 1 failed or refused, 2 wrong words."
    )


def parser() -> argparse.ArgumentParser:
    """Build a parser that knows this command only."""
    return checking.parser_of(add_command)


def run(options: argparse.Namespace) -> int:
    """Try a process; 0 when it completed or waits, 1 when it failed or was refused."""
    files = checking.read_files(options.paths)
    wrong = [one for listed in files.problems.values() for one in listed]
    tried: Tried | None = None
    if not any(one.severity == "error" for one in wrong):
        try:
            script, now = _script(options), _clock(options.clock)
            process = _chosen(files, options.process)
            _check_start(process, options.start)
        except _RefusedError as refused:
            wrong.append(replace(refused.problem, file=refused.problem.file or _first(options)))
        else:
            plan = Plan(files.diagrams, Decisions(files.tables))
            tried = try_process(plan, process, script, now=now, workdays=plain_weeks)
    answer = _answer(tried, wrong)
    if options.json:
        print(json.dumps(answer, ensure_ascii=False, default=str))
    else:
        _tell(answer)
    return 0 if answer["status"] in {"completed", "waiting"} else 1


class _RefusedError(Exception):
    """What was asked for cannot be tried; ``problem`` says why."""

    def __init__(self, rule: str, message: Text, file: str = "", line: int = 1) -> None:
        super().__init__(message.en)
        self.problem = replace(checking.problem(file, rule, message), line=line)


def _first(options: argparse.Namespace) -> str:
    return str(options.paths[0])


def _check_start(process: Process, wanted: str | None) -> None:
    """Refuse a start that the process does not have."""
    starts = [one.id for one in process.within(None) if one.type == "startEvent"]
    starts += [one.id for one in openings(process) if one.id not in starts]
    if wanted is not None and wanted not in starts:
        known = ", ".join(starts) or "—"
        raise _RefusedError(
            "no-start",
            Text(
                f"流程“{process.id}”没有开始事件“{wanted}”；现有：{known}。",
                f"The process '{process.id}' has no start '{wanted}'; there are {known}.",
            ),
        )


def _chosen(files: checking.Files, wanted: str | None) -> Process:
    if wanted is not None:
        found = files.processes.get(wanted)
        if found is None:
            known = ", ".join(files.processes) or "—"
            raise _RefusedError(
                "no-process",
                Text(
                    f"没有流程“{wanted}”；现有：{known}。",
                    f"There is no process '{wanted}'; there are {known}.",
                ),
            )
        return found
    filled = [process for process in files.processes.values() if process.nodes]
    if not filled:
        raise _RefusedError("no-process", Text("没有可运行的流程。", "There is no process to run."))
    called = {node.attributes.get("calledElement") for one in filled for node in one.nodes.values()}
    ranked = [
        (not one.executable, one.id in called, not first_nodes(one, None), number)
        for number, one in enumerate(filled)
    ]
    return filled[min(ranked)[-1]]


def _script(options: argparse.Namespace) -> Script:
    try:
        variables = json.loads(options.vars, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        where = f"（{error}）" if isinstance(error, json.JSONDecodeError) else ""
        zh, en = f"--vars 不是 JSON{where}。", f"--vars is no JSON{where}."
        raise _RefusedError("vars", Text(zh, en.replace("（", " (").replace("）", ")"))) from error
    if not isinstance(variables, Mapping):
        raise _RefusedError("vars", Text("--vars 应是对象。", "--vars must be an object."))
    if not _whole(variables):
        half = Text("--vars 含有半个字符。", "--vars has half a character (a lone surrogate).")
        raise _RefusedError("vars", half)
    if not finite(variables):
        large = Text("--vars 含有过大的数。", "--vars has a number that is too large.")
        raise _RefusedError("vars", large)
    steps = [] if options.script is None else _steps(options.script)
    return Script(variables, steps, options.auto, options.start)


def _whole(values: object) -> bool:
    """Say whether all texts are whole: JSON can write half a character, and nothing can keep it."""
    try:
        json.dumps(values, ensure_ascii=False, default=str).encode()
    except UnicodeEncodeError:
        return False
    return True


def _no_number(text: str) -> None:
    raise ValueError(text)


def _piped(path: Path) -> bytes:
    """Read what a pipe brings, such as ``--script <(…)``: it is waited for like by any reader."""
    with path.open("rb") as pipe:
        found = pipe.read(MAX_SCRIPT + 1)
    if len(found) > MAX_SCRIPT:
        raise ValueError(path)
    return found


def _steps(path: Path) -> list[dict[str, Any]]:
    try:
        text = _piped(path) if path.is_fifo() else checking.read_bytes(path, MAX_SCRIPT)
        steps, _ = plain_yaml.load(text, most=MAX_SCRIPT, nodes=MAX_VALUES)
    except plain_yaml.PlainYamlError as error:
        line = error.line or 1
        why = Text(
            f"脚本无法读取（第 {line} 行）：{error.message.zh}",
            f"The script cannot be read (line {line}): {error.message.en}",
        )
        raise _RefusedError("script", why, str(path), line) from error
    except (OSError, ValueError) as error:
        said = " ".join(str(error).split())[:200]
        if error.args == (path,):
            said = f"> {MAX_SCRIPT // 1024} KB"
        why = Text(f"脚本无法读取：{said}。", f"The script cannot be read: {said}.")
        raise _RefusedError("script", why, str(path)) from error
    if isinstance(steps, Mapping) and "steps" in steps:
        steps = steps["steps"]
    wrong = read_steps([] if steps is None else steps)
    if wrong:
        raise _RefusedError("script", wrong[0], str(path))
    return list(steps or [])


def _clock(text: str | None) -> datetime:
    if text is None:
        return BEGINNING
    try:
        found = datetime.fromisoformat(text)
        known = found.astimezone(BEGINNING.tzinfo) if found.tzinfo is not None else None
    except (ValueError, OverflowError):  # too near to the first or the last year
        known = None
    if known is None:
        message = Text(
            "--clock 应为带时区的时刻，如 2026-03-02T09:00+08:00。",
            "--clock must be an instant with its offset, as 2026-03-02T09:00+08:00.",
        )
        raise _RefusedError("clock", message)
    return known


def plain_weeks(start: datetime, duration: str) -> datetime:
    """Count working time in plain weeks: a trial must not depend on holidays."""
    return working_end(Calendar(), start, duration)


def _answer(tried: Tried | None, wrong: Sequence[Problem]) -> dict[str, Any]:
    notes = [] if tried is None else [_note(text) for text in tried.notes]
    tried = Tried("refused") if tried is None else tried
    return {
        "status": tried.status,
        "trace": [
            {
                "seq": number,
                "at": entry.at.isoformat(),
                "element": entry.element,
                "name": entry.name.zh,
                "type": entry.type,
                "event": entry.event,
                "scope": entry.scope,
            }
            for number, entry in enumerate(tried.trace, start=1)
        ],
        "waiting": [
            {"element": element, "type": kind, "due_at": due.isoformat() if due else None}
            for element, kind, due in tried.waiting
        ],
        "data": tried.data,
        "problems": [checking.as_json(problem) for problem in (*wrong, *notes)],
        "error": None
        if tried.error is None
        else {"element": tried.element, "message": tried.error._asdict()},
    }


def _note(text: Text) -> Problem:
    hint = Text("请检查名称和关联值。", "Check its name and its correlation.")
    return Problem("", None, None, "not-received", "warning", text, hint)


def _say(line: str) -> None:
    print(checking.shown(line))


def _tell(answer: Mapping[str, Any]) -> None:
    name = _NAMES[answer["status"]]
    _say(f"{name.zh} {name.en}")
    for entry in answer["trace"]:
        _say(f"  {entry['seq']:>4} {entry['at']} {entry['event']:<9} {entry['element']}")
    for one in answer["waiting"]:
        _say(f"  … {one['element']} ({one['type']}) {one['due_at'] or ''}")
    for one in answer["problems"]:
        _say(f"  {one['file']}:{one['line'] or ''} [{one['severity']} {one['rule']}]")
        _say(f"    {one['message']['zh']} {one['hint']['zh']}")
        _say(f"    {one['message']['en']} {one['hint']['en']}")
    if answer["error"] is not None:
        said = answer["error"]["message"]
        _say(f"  ✗ {answer['error']['element'] or ''} {said['zh']} {said['en']}")
